"""Which column of a table holds the numbers: by its name in English or Chinese, else by what its values read as."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final, Literal

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SAMPLE: Final = 1_000
How = Literal["named", "header", "values", "only"]
_NAMES: Final = frozenset(
    """
    phone phones phoneno phonenumber phonenum mobile mobileno mobilenumber mobilephone cell cellphone cellphonenumber tel telno
    telephone telephoneno telephonenumber telnumber number msisdn callee calleenumber contactnumber contactphone handphone landline
    手机 手机号 手机号码 电话 电话号 电话号码 号码 联系电话 联系手机 联系号码 联系方式 被叫 被叫号码 移动电话 固定电话 固话 座机
    手機 手機號 手機號碼 電話 電話號碼 號碼 聯絡電話 家长电话 家长手机 客户电话 客户手机 客户号码
    """.split()  # noqa: SIM905 - a table to be read by people
)
_TELLING: Final = {
    "campaign": frozenset(("campaign", "campaigns", "campaignname", "活动", "活动名", "活动名称", "外呼活动", "活動", "活動名稱")),
    "caller": frozenset(
        ("caller", "callerid", "callernumber", "callerno", "主叫", "主叫号", "主叫号码", "外显号码", "主叫號碼", "外顯號碼")
    ),
}


@attrs.frozen(slots=True)
class Choice:
    """The column taken, counted from 0, its name, and how it was found."""

    index: int
    name: str
    how: How


def plain(name: str) -> str:
    """Return a header's name without case, width, spaces and punctuation."""
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())


def is_name(name: str) -> bool:
    """Return whether a header's name is one of a column of numbers."""
    return plain(name) in _NAMES


def tells(name: str, what: str) -> bool:
    """Return whether a header's name is one of a column that tells each row's `campaign`, or its `caller`."""
    return plain(name) in _TELLING[what]


def has_header(first: Sequence[str], reads: Callable[[Sequence[str]], Sequence[bool]]) -> bool:
    """Return whether a first row names columns: no cell of it reads as a number, nor has seven digits and no letter."""
    if any(map(is_name, first)):
        return True
    return not any(reads(first)) and not any(
        sum(c.isdigit() for c in cell) >= 7 and not any(c.isalpha() for c in cell) for cell in first
    )


def find(header: Sequence[str], name: str) -> int:
    """Return the index of a column by its name, or by its place counted from 1; ValueError where there is none."""
    for same in (lambda cell: cell == name, lambda cell: cell.strip() == name.strip(), lambda cell: plain(cell) == plain(name)):
        for i, cell in enumerate(header):
            if same(cell):
                return i
    if name.isdecimal() and 1 <= int(name) <= len(header):
        return int(name) - 1
    raise ValueError(name)


def choose(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    reads: Callable[[Sequence[str]], Sequence[bool]],
) -> Choice | None:
    """Return the column of numbers: the only one, else named as one, else most of whose values read as numbers; None: neither.

    Of several with such names it is the one of whose values most read as numbers; a name whose values never do gives way to
    a column whose values do.
    """
    if len(header) == 1:
        return Choice(0, header[0], "only")
    shares = [_share([row[i] for row in rows[:SAMPLE] if i < len(row)], reads) for i in range(len(header))]
    named = [i for i, cell in enumerate(header) if is_name(cell)]
    best = max(range(len(header)), key=lambda i: shares[i], default=None)
    if best is None:
        return None
    if named:
        found = max(named, key=lambda i: shares[i])
        if shares[found] > 0 or shares[best] <= 0.5:
            return Choice(found, header[found], "header")
    return Choice(best, header[best], "values") if shares[best] > 0.5 else None


def _share(values: Sequence[str], reads: Callable[[Sequence[str]], Sequence[bool]]) -> float:
    """Return how many of the values that are not empty read as numbers, from 0 to 1."""
    filled = [value for value in values if value.strip()]
    return sum(reads(filled)) / len(filled) if filled else 0.0
