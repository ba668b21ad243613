"""What single values cannot show: mistakes that stand between them. Whatever is WRONG already is left unjudged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from callguard import phone
from callguard.packs import OVERLAYS
from callguard.policy import windows
from callguard.policy.callers import check_callers
from callguard.policy.mistakes import WRONG, Placed, meant, show, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from callguard.policy.mistakes import KeyPath
    from callguard.policy.model import Campaign
    from callguard.policy.tables import Draft

ENTERPRISE: Final = "enterprise"
MAINLAND: Final = "CN"


def each(items: Any) -> Iterator[tuple[int, Any]]:
    """Return the elements that are known, with their index."""
    if items is not WRONG:
        yield from ((n, item) for n, item in enumerate(items) if item is not WRONG)


def check(draft: Draft, raw: Mapping[str, Any]) -> Iterator[Placed]:
    """Yield every mistake between the values of a draft; `raw` is what it was read from."""
    if draft.enterprise is not WRONG:
        yield from _enterprise(draft)
    yield from _names(draft)
    if draft.call_log is not WRONG and draft.call_log is not None:
        yield from _one_of(draft.call_log, "call_log", ("key_env", "key_file", "key_command"))
        yield from _one_of(draft.call_log, "call_log", ("hand_on_url", "hand_on_command"))
    if draft.permits is not WRONG and draft.permits is not None:
        yield from _one_of(draft.permits, "permits", ("key_env", "key_file"))
    if draft.calendar is not WRONG:
        for n, vacation in each(draft.calendar.school_vacations):
            path = ("calendar", "school_vacations", n, "to")
            yield from _order(vacation.first, vacation.last, path, "from", "the first day of the vacation")
    yield from _licences(draft)
    for n, change in each(draft.changes):
        yield from _order(change.changed, change.filed, ("changes", n, "filed"), "changed", "the day of the change")
    yield from check_callers(draft)
    for n, caller in each(draft.callers):
        yield from _alike(caller.documents or (), ("callers", n, "documents"), "a document once")
    yield from _alike(draft.rules, ("rules",), "a rule once")
    scopes, lists, whole = names(draft)
    if whole and draft.opt_out not in (None, WRONG):
        yield from _scope(draft.opt_out.scope, ("opt_out", "scope"), scopes)
    for n, campaign in each(draft.campaigns):
        yield from _campaign(campaign, n)
        if whole:
            yield from _honours(campaign, n, scopes, lists)
            yield from _opt_out(campaign, n, scopes, draft.opt_out)
        yield from windows.check(campaign, n, raw)


def names(draft: Draft) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    """Return every scope and every list's name, and whether these are all: none mistaken."""
    enterprise = draft.enterprise
    own = () if enterprise is WRONG else enterprise.scopes
    every = (
        (enterprise, own, draft.campaigns, draft.lists),
        () if own is WRONG else own,
        *(
            (item if item is WRONG else item.name,)
            for items in (draft.campaigns, draft.lists)
            if items is not WRONG
            for item in items
        ),
    )
    whole = all(value is not WRONG for group in every for value in group)
    scopes = (ENTERPRISE, *(s for _, s in each(own)), *(c.name for _, c in each(draft.campaigns) if c.name is not WRONG))
    return scopes, tuple(source.name for _, source in each(draft.lists) if source.name is not WRONG), whole


def _enterprise(draft: Draft) -> Iterator[Placed]:
    enterprise = draft.enterprise
    registered, paid_in = enterprise.registered_capital, enterprise.paid_in_capital
    if registered not in (None, WRONG) and paid_in not in (None, WRONG) and paid_in > registered:
        yield Placed((ENTERPRISE, "paid_in_capital"), show(paid_in), f"no more than `registered_capital`, {registered}")
    yield from _alike(enterprise.documents or (), (ENTERPRISE, "documents"), "a document once")
    if enterprise.region is WRONG:
        return
    if enterprise.timezone is None:
        zones = phone.country_zones(enterprise.region)
        if len(zones) != 1:
            accepted = f"one of its time zones: {', '.join(sorted(zones))}" if zones else "a time zone, as Europe/Paris"
            found = f"nothing, and `{enterprise.region}` has {len(zones) or 'no known'} time zones"
            yield Placed((ENTERPRISE, "timezone"), found, accepted, sort="missing")
    packs = enterprise.packs
    if packs is not None and packs is not WRONG:
        if enterprise.region == MAINLAND and "cn" not in packs and WRONG not in packs:
            yield Placed((ENTERPRISE, "packs"), show(packs), "a list with `cn`: it is the law of an enterprise in the mainland")
        for overlay, law in OVERLAYS.items():
            if overlay in packs and law not in packs and WRONG not in packs and enterprise.region != MAINLAND:
                accepted = f"`{overlay}` beside `{law}`: it says where regulation differs from it"
                yield Placed((ENTERPRISE, "packs"), show(packs), accepted)
        yield from _alike(packs, (ENTERPRISE, "packs"), "a pack once")


def _names(draft: Draft) -> Iterator[Placed]:
    """Yield each scope, campaign and list whose name is taken."""
    taken: dict[str, str] = {ENTERPRISE: "the scope that every policy has"}
    scopes = () if draft.enterprise is WRONG else draft.enterprise.scopes
    named: list[tuple[KeyPath, Any]] = [((ENTERPRISE, "scopes", n), scope) for n, scope in each(scopes)]
    for group, items in (("lists", draft.lists), ("campaigns", draft.campaigns)):
        named += [((group, n, "name"), item.name) for n, item in each(items)]
    for path, name in named:
        if name is WRONG:
            continue
        if name in taken:
            yield Placed(path, show(name), f"a name of its own: this one is {taken[name]}")
        else:
            taken[name] = f"`{written(path)}`"


def _alike(items: Any, path: KeyPath, accepted: str) -> Iterator[Placed]:
    seen: set[str] = set()
    for n, item in each(items):
        if item in seen:
            yield Placed((*path, n), f"{show(item)} again", accepted)
        seen.add(item)


def _one_of(section: Any, name: str, keys: Iterable[str]) -> Iterator[Placed]:
    """Yield the second and any further of some keys of which there may be one."""
    first, *more = [key for key in keys if getattr(section, key) is not None] or [""]
    for key in more:
        yield Placed((name, key), f"both `{first}` and `{key}`", "one of them")


def _order(first: Any, last: Any, path: tuple[str | int, ...], other: str, what: str) -> Iterator[Placed]:
    """Yield the mistake of a date at `path` that is before the one that must not be later."""
    if first is not None and last is not None and WRONG not in (first, last) and last < first:
        yield Placed(path, show(last), f"{show(first)} or later: `{other}` is {what}")


def _licences(draft: Draft) -> Iterator[Placed]:
    for n, licence in each(draft.licences):
        path = ("licences", n)
        yield from _order(licence.issued, licence.expires, (*path, "expires"), "issued", "its first day")
        if licence.kind == "call-centre" and WRONG not in (licence.scope, licence.provinces):
            if licence.scope and licence.provinces:
                yield Placed((*path, "provinces"), "both `scope` and `provinces`", "one of them")
            elif not licence.scope and not licence.provinces:
                yield Placed(
                    (*path, "scope"),
                    "neither `scope` nor `provinces`",
                    '`scope = "national"`, or `provinces` with one or more',
                    sort="missing",
                )


def _campaign(campaign: Campaign, n: int) -> Iterator[Placed]:
    path = ("campaigns", n)
    if campaign.sector not in ("education", WRONG) and campaign.academic_tutoring not in (None, WRONG):
        found = f"{show(campaign.academic_tutoring)}, in the sector {campaign.sector}"
        yield Placed((*path, "academic_tutoring"), found, 'the key only with `sector = "education"`')
    if campaign.sector not in ("healthcare", WRONG) and campaign.product not in (None, WRONG):
        found = f"{show(campaign.product)}, in the sector {campaign.sector}"
        yield Placed((*path, "product"), found, 'the key only with `sector = "healthcare"`')


def _honours(campaign: Campaign, n: int, scopes: Iterable[str], lists: Iterable[str]) -> Iterator[Placed]:
    path = ("campaigns", n, "honours")
    if campaign.honours is None or campaign.honours is WRONG:
        return
    known = (*scopes, *lists)
    for i, name in each(campaign.honours):
        if name not in known:
            yield Placed((*path, i), show(name), f"a scope or a list: {', '.join(known)}", meant(name, known))
    if campaign.purpose == "marketing" and ENTERPRISE not in campaign.honours and WRONG not in campaign.honours:
        near = [name for _, name in each(campaign.honours) if name not in known and meant(name, [ENTERPRISE])]
        if not near:
            yield Placed(path, show(campaign.honours), "a list with `enterprise`: a marketing campaign honours it in any case")


def _scope(scope: Any, path: KeyPath, scopes: Iterable[str]) -> Iterator[Placed]:
    if scope is not None and scope is not WRONG and scope not in scopes:
        yield Placed(path, show(scope), f"a scope: {', '.join(scopes)}", meant(scope, scopes))


def _opt_out(campaign: Campaign, n: int, scopes: Iterable[str], section: Any) -> Iterator[Placed]:
    """Yield a scope that is none, or that the campaign whose calls the refusals are made in would not honour."""
    own, honours = campaign.opt_out, campaign.honours
    if own is WRONG:
        return
    path = ("campaigns", n, "opt_out", "scope")
    scope: Any = None if own is None else own.scope
    yield from _scope(scope, path, scopes)
    enabled: Any = None if own is None else own.enabled
    if honours is None or honours is WRONG or WRONG in honours or enabled is False or enabled is WRONG:
        return
    if scope in scopes and scope not in honours:
        yield Placed(
            path, show(scope), f"a scope that the campaign honours: {', '.join(s for s in scopes if s in honours) or 'none'}"
        )
    # a campaign may take what the section switches off, and its scope with it
    ends = section in (None, WRONG) or (section.enabled is False and enabled is not True)
    said: Any = None if ends or scope is not None else section.scope
    if campaign.purpose == "marketing" and said in scopes and said not in honours:
        found = f"{show(honours)}, and refusals in its calls are kept in `{said}`"
        yield Placed(("campaigns", n, "honours"), found, f"a list with `{said}`, or a scope of its own in `opt_out`")
