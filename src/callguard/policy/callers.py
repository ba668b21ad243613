"""Callers as a policy declares them: what their digits tell, and where the declaration contradicts it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from callguard import phone
from callguard.policy.mistakes import WRONG, Placed, nearest, show, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from callguard.policy.model import Caller, CallerKind
    from callguard.policy.tables import Draft

NUMBER: Final = "a number that can be read, with its area code: 010-8555-0123, 4008550123, 95xxx, +852 …"
_FREE: Final[tuple[CallerKind, ...]] = ("fixed", "mobile", "virtual")


def keys(draft: Draft) -> list[Any]:
    """Return each caller's number as compared: None where it cannot be read, WRONG where that is not known."""
    if draft.callers is WRONG:
        return []
    region: Any = WRONG if draft.enterprise is WRONG else draft.enterprise.region
    return [
        WRONG if WRONG in (region, caller) or caller.number is WRONG else phone.caller_key(caller.number, region)
        for caller in draft.callers
    ]


def kinds(key: str) -> tuple[CallerKind, ...]:
    """Return the kinds that a number may be declared as, first the one to take where none is declared.

    A mobile number may be an MVNO's whose range is newer than our table; the other way round the digits are certain. Of a
    foreign number, or one of no plan, they are not.
    """
    told = phone.caller_kind(key)
    if told is None or not _mainland(key):
        return (told, *(kind for kind in _FREE if kind != told)) if told else _FREE
    return ("mobile", "virtual") if told == "mobile" else (told,)


def _mainland(key: str) -> bool:
    """Tell whether a number is of the mainland's plan, or bare digits."""
    return key.startswith("+86") or not key.startswith("+")


def check_callers(draft: Draft) -> Iterator[Placed]:
    """Yield the mistakes of the callers, and of the campaigns that name them."""
    if draft.callers is WRONG:
        return
    found = keys(draft)
    first: dict[str, int] = {}
    for n, (caller, key) in enumerate(zip(draft.callers, found, strict=True)):
        if caller is WRONG:
            continue
        path = ("callers", n)
        if key is None:
            yield Placed((*path, "number"), masked(caller.number), NUMBER)
        elif key is not WRONG and key in first:
            yield Placed((*path, "number"), masked(caller.number), f"each number once; `callers[{first[key]}]` has it")
        elif key is not WRONG:
            first[key] = n
            yield from _kind(caller, key, n)
            yield from _province(caller, key, n)
        if WRONG not in (caller.obtained, caller.filed) and caller.obtained and caller.filed and caller.filed < caller.obtained:
            yield Placed((*path, "filed"), show(caller.filed), f"{show(caller.obtained)} or later: `obtained` is its first day")
    if draft.enterprise is not WRONG and draft.enterprise.region is not WRONG and WRONG not in found:
        yield from _named(draft, found)


def _kind(caller: Caller, key: str, n: int) -> Iterator[Placed]:
    fitting = kinds(key)
    path = ("callers", n, "kind")
    if caller.kind is None and _mainland(key) and phone.caller_kind(key) is None:
        yield Placed(path, "nothing, and the digits do not tell", ", ".join(fitting), sort="missing")
    elif caller.kind is not None and caller.kind is not WRONG and caller.kind not in fitting:
        yield Placed(path, show(caller.kind), f"{', '.join(fitting)}: its digits tell", f"did you mean `{fitting[0]}`?")


def _province(caller: Caller, key: str, n: int) -> Iterator[Placed]:
    if caller.province is WRONG:
        return
    told = phone.caller_province(key)
    path = ("callers", n, "province")
    if told and caller.province and caller.province != told:
        yield Placed(path, show(caller.province), f"{told}: its area code tells", f"did you mean `{told}`?")
    elif not told and not caller.province and phone.caller_kind(key) == "96":
        yield Placed(path, "nothing", "the province of a 96-number, as CN-GD, 广东 or Guangdong", sort="missing")


def _named(draft: Draft, found: Sequence[str | None]) -> Iterator[Placed]:
    """Yield the callers of campaigns that are not among the policy's."""
    if draft.campaigns is WRONG:
        return
    known = {key: n for n, key in enumerate(found) if key}
    region = draft.enterprise.region
    for i, campaign in enumerate(draft.campaigns):
        if campaign is WRONG or campaign.callers is None or campaign.callers is WRONG:
            continue
        for j, number in enumerate(campaign.callers):
            key = None if number is WRONG else phone.caller_key(number, region)
            if number is WRONG or key in known:
                continue
            near = nearest(key or number, known)
            hint = f"did you mean `{written(('callers', known[near]))}`?" if near else None
            yield Placed(("campaigns", i, "callers", j), masked(number), "a number of the policy's `[[callers]]`", hint)


def masked(number: str) -> str:
    """Return a number as it may be shown."""
    return show(phone.mask(number))
