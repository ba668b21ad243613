"""What is said in the calls of a campaign, looked through for wording that exaggerates what a drug or device does."""

from __future__ import annotations

import errno
import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Final

from callguard import packs
from callguard.readiness import names
from callguard.readiness.remark import Remark

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from callguard.policy import Campaign
    from callguard.readiness.ahead import Ahead

_MOST: Final = 4 << 20  # bytes of a script
_OS: Final = {errno.ENOENT: "没有这个文件", errno.EACCES: "没有权限", errno.EISDIR: "是目录, 不是文件"}
_SHOWN: Final = 100  # remarks of one script


def scripts(ahead: Ahead) -> Iterator[Remark]:
    """Yield what is to be remarked of the scripts of campaigns that sell drugs or devices; of others nothing is asked."""
    remarks = packs.inspected().remarks
    for campaign in ahead.policy.campaigns:
        if campaign.product is None or campaign.purpose != "marketing":
            continue
        said = {"name": campaign.name, "what": "campaign", "campaigns": (campaign.name,)}
        facts = {"product": names.PRODUCTS[campaign.product]}
        if not campaign.scripts:
            yield Remark(kind=remarks["script-unknown"], severity="unknown", facts=facts, **said)  # type: ignore[arg-type]
            continue
        if campaign.scripts_reviewed is None or campaign.scripts_reviewed > ahead.on:
            yield Remark(kind=remarks["script-not-reviewed"], severity="due", facts=facts, **said)  # type: ignore[arg-type]
        for path in campaign.scripts:
            yield from _script(campaign, path)


def _script(campaign: Campaign, path: Path) -> Iterator[Remark]:
    remarks = packs.inspected().remarks
    try:
        with path.open("rb") as file:
            text = file.read(_MOST + 1).decode("utf-8-sig")
        why = {"en": f"larger than {_MOST >> 20} MiB", "zh": f"大于 {_MOST >> 20} MiB"} if len(text.encode()) > _MOST else None
    except OSError as error:
        why = {"en": error.strerror or type(error).__name__, "zh": _OS.get(error.errno or 0, "读取出错")}
    except UnicodeDecodeError:
        why = {"en": "it is not UTF-8", "zh": "不是 UTF-8 编码"}
    if why is not None:
        facts = {"file": path.name, "why": why}
        kind = remarks["script-unread"]
        yield Remark(kind=kind, severity="unknown", what="campaign", name=campaign.name, campaigns=(campaign.name,), facts=facts)
        return
    for line, term in exaggerations(text)[:_SHOWN]:
        yield Remark(
            kind=remarks["wording"],
            severity="violation",
            what="campaign",
            name=campaign.name,
            campaigns=(campaign.name,),
            facts={"file": path.name, "line": line, "term": term},
        )


def exaggerations(text: str) -> tuple[tuple[int, str], ...]:
    """Return each term of the law's list that stands in a text, as the list has it, with its line, counted from 1.

    Full-width signs count as plain ones, blanks within Chinese do not count. What the words before a term plainly deny, and 最好
    where it gives advice, is no claim; what is not plain stays one.
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        plain = unicodedata.normalize("NFKC", line).translate(_UNSEEN)
        hits = ((_terms()[match.lastindex or 0], match) for match in _pattern().finditer(plain))
        terms = dict.fromkeys(term for term, match in hits if not _is_harmless(term, plain[: match.start()], plain[match.end() :]))
        found += [(number, term) for term in terms]
    return tuple(found)


_UNSEEN: Final = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))  # signs that take no room
_BLANK: Final = re.compile(r"(?<=[^!-~]) | (?=[^!-~])")  # beside Chinese, where it says nothing
_ENDS: Final = re.compile(r"[,.;:!?。；：！？、]")
_DENIED: Final = re.compile(
    r"(?<![能会是可要])(?:不能够?|不可能?|无法|难以|不会|不保证|不能保证|无法保证|不承诺|不宣称|不声称|不代表|不等于|不意味着|并不|并非|不是|不属于?)"
    r"(?:可以|完全|彻底|一定|保证|能够?|达到|做到|实现|是|被)*$|"
    r"(?:\b(?:not|never|no)|n't)(?: (?:yet|been|be|an?|necessarily))*$",
    re.IGNORECASE,
)
# What may turn a denial round: a second one, a condition, a question, other products.
_DOUBTED: Final = re.compile(
    r"[不没未无非否别勿岂就才便则若]|如果|只有|除非|谁|难道|怎|什么|为何|其他|其它|他家|同类|竞品|普通|传统|一般|西药|以往|过去|以前|曾"
    r"|other|unlike|rival|competitor|conventional|ordinary|\bif\b|unless|only|without|why|who",
    re.IGNORECASE,
)
_ADVICE: Final = re.compile(  # what follows 最好 where it means had better
    r"在|于|先|不要|别|勿|能|要|由|到|去|请(?:医|专|教|家)|咨询|遵|按|每|随|饭|餐|空腹|早|晚|睡|避免|停|提前|继续|坚持|把|将|和|与"
    r"|同时|配合|连续|定期|及时|存|放|保持|阅读|告知"
)
_PRAISED: Final = re.compile(r"(?:是|为|属|效果|疗效|功效|质量|品质|口碑|评价|得|市面|市场|全国|世界|全球|国内|行业|同类)$")


def _is_harmless(term: str, before: str, after: str) -> bool:
    """Return whether the words around a term, up to the nearest stops, make plain that it claims nothing."""
    clause = _BLANK.sub("", " ".join(_ENDS.split(before)[-1].split()))
    stop = _ENDS.search(after)
    rest = (after if stop is None else after[: stop.end()]).strip()
    if term == "最好" and _ADVICE.match(rest) and not _PRAISED.search(clause):
        return True
    denied = _DENIED.search(clause)
    if denied is None or _DOUBTED.search(clause[: denied.start()]):
        return False
    return not rest.startswith("的") and not re.search(r"[吗么呢嘛]?[?？]$|[吗么呢嘛]\W?$", rest)


@cache
def _terms() -> dict[int, str]:
    longest = sorted(packs.inspected().exaggerations, key=len, reverse=True)
    return dict(enumerate(longest, 1))


@cache
def _pattern() -> re.Pattern[str]:
    """Return one pattern of all terms, the longest first; words of letters stand alone."""
    parts = []
    for term in _terms().values():
        if "%" in term or not term.isascii():
            body = r"\s*".join(re.escape(part) for part in (term.split() if term.isascii() else "".join(term.split())))
        else:
            body = re.escape(term).replace(r"\ ", r"\s+")
        parts.append(rf"((?<![a-z]){body}(?![a-z]))" if term[0].isascii() and term[0].isalpha() else f"({body})")
    return re.compile("|".join(parts), re.IGNORECASE)
