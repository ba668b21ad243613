"""Where campaigns and numbers can call, by the rules that look at the place: nowhere, not everywhere, or soon fewer places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from callguard import packs
from callguard.model import Reason
from callguard.readiness import names
from callguard.readiness.ahead import NOWHERE
from callguard.readiness.reach import ABROAD, PLACED, PLACES, PROVINCES, UNPLACED, Reach
from callguard.readiness.remark import Remark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from callguard.model import Place
    from callguard.policy import Caller, Campaign
    from callguard.readiness.ahead import Ahead
    from callguard.rules.rule import Rule

_RENEWED: Final = frozenset(
    {"local-licence-province-scope", "cross-border-telecom-qualification"}
)  # what ends of these are licences
_FAR: Final = "US"  # stands for all other countries

Stops = tuple[float, tuple["Rule", ...], float | None]  # from when, by which rules, until when


def numbers(ahead: Ahead) -> Iterator[Remark]:
    """Yield of each number by which rules, and from when, it may call no province at all, whatever else serves its campaigns."""
    found: dict[tuple[str, str, float, float | None, bool], list[Campaign]] = {}
    callers = {each.key: each for each in ahead.policy.callers if each.status == "active"}
    for campaign in ahead.policy.campaigns:
        known: dict[tuple[object, ...], Stops | None] = {}
        for caller in callers.values():
            if caller.key not in campaign.callers:
                continue
            kind = _kind(caller)
            if kind not in known:
                known[kind] = _nowhere(ahead, campaign, caller)
            if (stops := known[kind]) is not None:
                since, rules, until = stops
                for rule in rules:
                    found.setdefault((caller.key, rule.id, since, until, campaign.enforce), []).append(campaign)
    for (key, id_, since, until, enforced), campaigns in found.items():
        rule = next(each for each in PLACED if each.id == id_)
        where = next(place for place in PROVINCES.values() if _denies(ahead, rule, campaigns[0], callers[key], place, since))
        denial = ahead.denial(rule, campaigns[0], callers[key], where)
        assert denial is not None
        yield Remark(
            kind=packs.inspected().remarks[id_],
            severity="violation" if not enforced else "stops-calls" if since == ahead.start else "will-stop",
            what="caller",
            name=names.caller(callers[key]),
            campaigns=tuple(each.name for each in campaigns),
            day=None if since == ahead.start else ahead.day(since),
            resumes=None if until is None else ahead.day(until),
            reason=denial.reason,
            facts=denial.facts,
        )


def _kind(caller: Caller) -> tuple[object, ...]:
    """Return what of a number the rules look at that look at the place."""
    return caller.kind, caller.province, caller.forwards_to


def _nowhere(ahead: Ahead, campaign: Campaign, caller: Caller) -> Stops | None:
    """Return from when on no province can be called, by which rules, and until when; those that deny them all go before others."""
    edges = {at for rule in PLACED for place in PROVINCES.values() for at, _ in ahead.steps(rule, campaign, caller, place)}
    since: float | None = None
    denying: tuple[Rule, ...] = ()
    for at in sorted(edges):
        stopped = [
            {rule.id for rule in PLACED if _denies(ahead, rule, campaign, caller, place, at)} for place in PROVINCES.values()
        ]
        if since is None and all(stopped):
            ids = set.intersection(*stopped) or set.union(*stopped)
            since, denying = at, tuple(rule for rule in PLACED if rule.id in ids)
        elif since is not None and not all(stopped):
            return since, denying, at
    return None if since is None else (since, denying, None)


def _denies(ahead: Ahead, rule: Rule, campaign: Campaign, caller: Caller, place: Place, at: float) -> bool:
    """Return whether a rule denies at an instant."""
    steps = ahead.steps(rule, campaign, caller, place)
    return next(reason for since, reason in reversed(steps) if since <= at) is not None


def campaign(ahead: Ahead, found: Campaign) -> Iterator[Remark]:
    """Yield that a campaign can call nobody, not everywhere, or soon fewer places; nothing where it does not enforce."""
    if not found.enforce:
        return
    steps = list(Reach(ahead, found).days())
    first = steps[0][1]
    callers = list({_kind(each): each for each in ahead.policy.callers if each.key in found.callers}.values())
    yield from _limited(ahead, found, callers, first)
    yield from _abroad(ahead, found, callers, first)
    unserved = next((i for i, (_, served, _) in enumerate(steps) if not served), None)
    if unserved is not None:
        at, _, reasons = steps[unserved]
        later = next((ahead.day(at) for at, served, _ in steps[unserved:] if served), None)
        yield _remark(
            "campaign-unserved",
            found,
            severity="will-stop" if unserved else "stops-calls",
            day=ahead.day(at) if unserved else None,
            resumes=later,
            facts={"reasons": names.reasons(reasons or (Reason.CALLER_UNKNOWN,))},
        )
    fewer = next(((at, served) for at, served, _ in steps if served and first - served), None)
    if fewer is not None:
        gone = [code for code in PLACES if code in first - fewer[1]]
        yield _remark(
            "reach-shrinks",
            found,
            severity="will-stop",
            day=ahead.day(fewer[0]),
            facts={"names": _places(gone), "places": gone},
            rules=_ending(ahead, found, gone, fewer[0]),
            mends={id_: packs.inspected().remarks["renewal"].mend for id_ in _RENEWED},
        )


def _limited(ahead: Ahead, found: Campaign, callers: list[Caller], served: frozenset[str]) -> Iterator[Remark]:
    """Yield that some provinces cannot be called, and how the rules that say so are met."""
    wanted = {code for code in PROVINCES if code not in found.blocked_regions}
    here = [code for code in PROVINCES if code in served]
    if served and wanted - served:
        facts = {"served": len(here), "names": _places(here), "places": here}
        rules = _limiting(ahead, found, callers, wanted - served)
        yield _remark("reach-limited", found, severity="note", facts=facts, rules=rules)


def _abroad(ahead: Ahead, found: Campaign, callers: list[Caller], served: frozenset[str]) -> Iterator[Remark]:
    """Yield which places abroad cannot be called, of those for which the policy has a filing or licence, or will have."""
    filings, licences = ({each.kind for each in held} for held in (ahead.policy.filings, ahead.policy.licences))
    meant = set(ahead.law.apart) if ahead.law.filings["apart"] in filings else set()
    if ahead.law.filings["abroad"] in filings or ahead.law.abroad_licence in licences:
        meant.add(_FAR)
    missing = [code for code in ABROAD if code in meant and code not in served and code not in found.blocked_regions]
    if served and missing:
        facts = {"names": _places(missing), "places": missing}
        yield _remark("reach-abroad", found, severity="note", facts=facts, rules=_limiting(ahead, found, callers, missing))


def _limiting(ahead: Ahead, found: Campaign, callers: list[Caller], places: Iterable[str]) -> list[str]:
    """Return the rules that deny calls to places on the first day."""
    return [
        rule.id
        for rule in PLACED
        if any(_denies(ahead, rule, found, caller, PLACES[code], ahead.start) for code in places for caller in callers)
    ]


def _ending(ahead: Ahead, found: Campaign, gone: list[str], at: float) -> list[str]:
    """Return the rules that deny, at an instant, numbers' calls to places that they could call on the first day."""
    rules: dict[str, None] = {}
    placed: dict[tuple[object, ...], list[str]] = {}
    for caller in ahead.policy.callers:
        if caller.key not in found.callers or _denying(ahead, UNPLACED, found, caller, NOWHERE, ahead.start):
            continue
        kind = _kind(caller)
        could = [code for code in gone if not _denying(ahead, PLACED, found, caller, PLACES[code], ahead.start)]
        if kind not in placed:
            placed[kind] = [each for code in could for each in _denying(ahead, PLACED, found, caller, PLACES[code], at)]
        if could:
            rules.update(dict.fromkeys([*_denying(ahead, UNPLACED, found, caller, NOWHERE, at), *placed[kind]]))
    return list(rules)


def _denying(ahead: Ahead, rules: Iterable[Rule], found: Campaign, caller: Caller, place: Place, at: float) -> list[str]:
    """Return which of some rules deny at an instant."""
    return [rule.id for rule in rules if _denies(ahead, rule, found, caller, place, at)]


def _remark(id_: str, found: Campaign, *, rules: Iterable[str] = (), mends: Any = None, facts: Any, **more: Any) -> Remark:
    """Return a remark of a campaign; where rules are named, its rows, source and mend are theirs."""
    kinds = [packs.inspected().remarks[rule] for rule in rules]
    if kinds:
        mend = {
            lang: " ".join(dict.fromkeys((mends or {}).get(each.id, each.mend)[lang] for each in kinds)) for lang in ("en", "zh")
        }
        facts = facts | {"rules": [each.id for each in kinds], "mend": mend}
        more["rows"] = tuple(sorted({row for each in kinds for row in each.rows}))
        more["citation"] = {lang: _cited([each.citation[lang] for each in kinds]) for lang in ("en", "zh")}
    kind = packs.inspected().remarks[id_]
    return Remark(kind=kind, what="campaign", name=found.name, campaigns=(found.name,), facts=facts, **more)


def _cited(citations: list[str]) -> str:
    """Return several citations as one: where they stand, then what stands there."""
    parts = [each.partition(": ") for each in dict.fromkeys(citations)]
    places, texts = (dict.fromkeys(each[i] for each in parts if each[i]) for i in (0, 2))
    return "; ".join(places) + (": " if texts else "") + "; ".join(texts)


def _places(codes: Iterable[str]) -> dict[str, str]:
    """Return what places are called; the one that stands for all that are farther, so."""
    return names.several(
        {"en": "other countries", "zh": "其他国家或地区"} if code == _FAR else names.region(code) for code in codes
    )
