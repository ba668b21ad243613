"""A scenario out of a policy, as far as a policy says it."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any

from callguard import packs
from callguard.readiness.scenario import Held, Scenario, Use
from callguard.readiness.validity import lasts
from callguard.rules.dates import last_day_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from callguard.packs import Requirement
    from callguard.packs.requirement import HeldBy
    from callguard.policy import CallerStatus, Policy
    from callguard.policy.model import Licence


def scenario_of(policy: Policy, *, on: date, **given: Any) -> Scenario:
    """Return the scenario that a policy tells on a day; `given` are fields of a Scenario that go before what it says.

    What a policy does not declare is not known, documents and plans among it. A filing for places abroad, or for Hong Kong, Macau
    and Taiwan, says that they are called. ValueError as Scenario, where neither says how far calls reach, and for an enterprise
    that the mainland's law does not bind.
    """
    if packs.load().id not in policy.enterprise.packs:
        raise ValueError(f"`packs` is {policy.enterprise.packs!r}; accepted: an enterprise under the mainland's law, `cn`")
    said = told(policy, on=on)
    if {"national", "provinces"} & given.keys():
        del said["national"], said["provinces"]
    numbers = given.get("numbers")
    if numbers is not None:
        more = [kind for kind, count in numbers.items() if count > said["numbers"].get(kind, 0)]
        said["held"] = {id_: each for id_, each in said["held"].items() if id_.removeprefix("number-") not in more}
    given["held"] = said["held"] | dict(given.get("held") or {})
    return Scenario(**said | given)


def told(policy: Policy, *, on: date, statuses: Mapping[str, CallerStatus] = {}) -> dict[str, Any]:
    """Return the fields of a Scenario that a policy says; `statuses` are what has been recorded of its callers."""
    law, enterprise, campaigns = packs.load(), policy.enterprise, policy.campaigns
    centres = _centres(policy, on)
    reclaimed = {key for key, status in statuses.items() if status == "reclaimed"}
    kinds = (each.kind for each in policy.callers if each.status != "reclaimed" and each.key not in reclaimed)
    national = any(not each.provinces for each in centres)
    filed = {each.kind for each in policy.filings} | {each.kind for each in policy.licences}
    return {
        "uses": tuple(
            dict.fromkeys(
                Use(
                    purpose=each.purpose,
                    sector=each.sector,
                    product=each.product,
                    academic_tutoring=each.academic_tutoring and each.sector == "education",
                )
                for each in campaigns
            )
        ),
        "national": national,
        "provinces": () if national else tuple(dict.fromkeys(code for each in centres for code in each.provinces)),
        "operation": "outsourced" if enterprise.outsourcer else None,
        "online": any(each.online for each in campaigns),
        "ai": any(each.automated for each in campaigns),
        "biometrics": any(each.biometrics for each in campaigns),
        "abroad": bool(filed & {law.filings["abroad"], law.abroad_licence}),
        "hk_mo_tw": law.filings["apart"] in filed,
        "branch": enterprise.branch,
        "foreign_capital": enterprise.foreign_invested,
        "numbers": dict(Counter(kinds)),
        "seats": enterprise.seats,
        "registered_capital": enterprise.registered_capital,
        "paid_in_capital": enterprise.paid_in_capital,
        "office_area": enterprise.office_area,
        "home": enterprise.home,
        "business_scope": None if enterprise.business_scope is None else covers_calling(enterprise.business_scope),
        "staff": None if enterprise.staff is None else enterprise.staff > 0,
        "facilities": enterprise.facilities,
        "service_network": enterprise.service_network,
        "security_policy": enterprise.security_policy,
        "held": _held(policy, on),
        "lapsed": _lapsed(policy, on),
        "regulations": any(name in packs.OVERLAYS for name in enterprise.packs),
    }


def _centres(policy: Policy, on: date) -> list[Licence]:
    """Return the call-centre licences that are valid on a day; where none is, those that begin later, else all that there were."""
    law = packs.load()
    found = [each for each in policy.licences if each.kind == law.every_call_licence]
    going = [each for each in found if each.issued <= on <= last_day_by(law, each)]
    return going or [each for each in found if each.issued > on] or found


def covers_calling(scope: Iterable[str]) -> bool:
    """Return whether a scope of business names what calling needs, by the words of the law."""
    words = packs.inspected().scope_words
    return any(word in entry.casefold() for entry in scope for word in words)


def _held(policy: Policy, on: date) -> dict[str, Held]:
    """Return what a policy holds on a day: of several licences of a kind the one that is valid longest."""
    found: dict[str, Held] = {}
    for requirement in packs.requirements().requirements.values():
        held = list(_numbers(policy, requirement, on) if requirement.number else _qualifications(policy, requirement, on))
        if held and held[0].provinces:
            found[requirement.id] = _together(held)
        elif held:
            found[requirement.id] = max(held, key=lambda each: (each.until is None, each.until or on, each.since or on))
    return found


def _together(held: list[Held]) -> Held:
    """Return several provinces' licences as one, which holds as long as all of them."""
    return Held(
        since=max((each.since for each in held if each.since), default=None),
        until=min((each.until for each in held if each.until), default=None),
        provinces=tuple(dict.fromkeys(code for each in held for code in each.provinces)),
    )


def _numbers(policy: Policy, requirement: Requirement, on: date) -> Iterator[Held]:
    """Yield the numbers of a kind, where all of them may be used."""
    callers = [each for each in policy.callers if each.kind == requirement.number and each.status != "reclaimed"]
    days = [min(day for day in (each.obtained, each.filed) if day) if each.obtained or each.filed else None for each in callers]
    if days and all(day is not None and day <= on for day in days):
        left = sorted({each.obtained for each in callers if each.obtained and (each.filed is None or each.filed > on)})
        yield Held(since=max(day for day in days if day), unfiled=tuple(left))


def _qualifications(policy: Policy, requirement: Requirement, on: date) -> Iterator[Held]:
    held = requirement.held_by
    if held is None:
        return
    law = packs.load()
    for licence in _licences(policy, held):
        if licence.issued <= on <= last_day_by(law, licence):
            last = lasts(law, licence, policy.licences)
            until = None if last == date.max else last
            yield Held(since=licence.issued, until=until, provinces=licence.provinces if held.scope == "provincial" else ())
    for filing in policy.filings:
        if filing.kind == held.filing and filing.filed <= on:
            yield Held(since=filing.filed)


def _lapsed(policy: Policy, on: date) -> dict[str, date]:
    """Return the last day of what a policy held, and holds no more on a day."""
    law, found = packs.load(), {}
    for requirement in packs.requirements().requirements.values():
        held = requirement.held_by
        if held is not None and not any(_qualifications(policy, requirement, on)):
            ended = [last for each in _licences(policy, held) if (last := last_day_by(law, each)) < on]
            if ended:
                found[requirement.id] = max(ended)
    return found


def _licences(policy: Policy, held: HeldBy) -> Iterator[Licence]:
    """Yield the licences of a policy by which a requirement is held, whatever their days."""
    for licence in policy.licences:
        if licence.kind == held.licence and held.scope in (None, "provincial" if licence.provinces else "national"):
            yield licence
