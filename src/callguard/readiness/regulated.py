"""Where regulation says otherwise of a policy that names the overlay: notes beside what the article says, which stays the rule."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from callguard import packs
from callguard.readiness.conditions import check
from callguard.readiness.days import Reckoned, after_working_days
from callguard.readiness.means import scenario
from callguard.readiness.names import PARTICULARS, several
from callguard.readiness.otherwise import applies, by, reported
from callguard.readiness.remark import Remark
from callguard.readiness.renewals import renewals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from callguard.packs import Difference, Hours
    from callguard.policy import Campaign, Policy
    from callguard.readiness.ahead import Ahead
    from callguard.readiness.scenario import Scenario

OVERLAY: Final = "cn-regulations"
_OF_USE: Final = ("purpose", "sector", "product", "academic_tutoring")
_NOTHING: Final = {"en": "", "zh": ""}


def regulated(ahead: Ahead) -> Iterator[Remark]:
    """Yield what regulation says otherwise, where a policy names the overlay and it would change an answer."""
    if OVERLAY not in ahead.policy.enterprise.packs:
        return
    found = scenario(ahead)
    for each in packs.regulations(OVERLAY).differences.values():
        if applies(found, each, ahead.on):
            yield from _of(ahead, found, each)


def _of(ahead: Ahead, found: Scenario, difference: Difference) -> Iterator[Remark]:
    if difference.drops:
        yield from _dropped(ahead, found, difference)
    elif difference.lifts:
        yield from _lifted(found, difference)
    elif difference.renew_days:
        yield from _renewals(ahead, difference, timedelta(days=difference.renew_days))
    elif difference.yearly:
        yield from _reports(ahead, difference)
    elif difference.from_decision:
        yield from _decisions(ahead, difference)
    elif difference.notify_working_days and "duty change-filing" in difference.touches:
        yield from _contacts(ahead, difference, difference.notify_working_days)
    elif not difference.decided_days:  # a policy knows of no application that is under way
        yield from _plain(ahead.policy, difference)


def _remark(difference: Difference, *, answer: Mapping[str, str] = _NOTHING, **more: Any) -> Remark:
    written = {lang: f" {text}" if text and lang == "en" else text for lang, text in answer.items()}
    return Remark(
        **{"what": "law", "name": difference.id} | more,
        kind=packs.inspected().remarks["regulation-differs"],
        severity="note",
        facts={
            "difference": difference.id,
            "status": difference.status,
            "sure": difference.sure,
            "article": dict(difference.article),
            "regulation": dict(difference.regulation),
            "answer": written,
            "do": dict(difference.do),
            "how": difference.how,
            "sources": [source.url for source in difference.sources],
        },
        rows=difference.rows,
        title=difference.title,
        citation={lang: difference.citation(lang) for lang in ("en", "zh")},
    )


def _dropped(ahead: Ahead, found: Scenario, difference: Difference) -> Iterator[Remark]:
    """Yield that what applies and is not held is not asked for; of call centres once, where no licence of any province is held."""
    law = packs.requirements().requirements
    kinds = {each.kind for each in ahead.policy.licences}
    for id_ in difference.drops:
        requirement = law[id_]
        held = requirement.held_by
        if not found.answers_any(requirement.when) or id_ in found.held or (held is not None and held.licence in kinds):
            continue
        what = "filing" if requirement.kind == "filing" else "licence"
        said = _PERHAPS if difference.sure == "memory" else _NOT_ASKED
        answer = {lang: text.format(requirement.title[lang]) for lang, text in said.items()}
        yield _remark(difference, answer=answer, what=what, name=id_)


_NOT_ASKED: Final = {"en": "{} is not held: by regulation it is not asked for.", "zh": "未持有{}: 按法规不要求。"}
_PERHAPS: Final = {"en": "{} is not held: by regulation it is perhaps not asked for.", "zh": "未持有{}: 按法规或不要求。"}


def _lifted(found: Scenario, difference: Difference) -> Iterator[Remark]:
    """Yield that conditions that are not met, or not known to be, are not made."""
    law = packs.requirements().requirements.values()
    open_ = {
        condition.id: condition.title
        for requirement in law
        if found.answers_any(requirement.when)
        for condition in requirement.conditions
        if condition.id in difference.lifts and check(found, condition).status != "met"
    }
    if open_:
        names = several(open_.values())
        answer = {"en": f"Not met, or not declared: {names['en']}.", "zh": f"未满足或未写明: {names['zh']}。"}
        yield _remark(difference, answer=answer, what="enterprise")


def _renewals(ahead: Ahead, difference: Difference, span: timedelta) -> Iterator[Remark]:
    """Yield by which day renewal is to be applied for, or was, of each licence whose renewal is spoken of."""
    for each in renewals(ahead):
        if each.id == "renewal":
            last, licence = each.facts["last"], each.facts["licence"]
            day = last - span
            if day < ahead.on:
                answer = {"en": f"{licence['en']}: the day was {day}.", "zh": f"{licence['zh']}: 期限 {day} 已过。"}
            else:
                answer = {lang: f"{licence[lang]}: {text}" for lang, text in _ended(by(day)).items()}
            yield _remark(difference, answer=answer, what="licence", name=each.name, day=day)


def _reports(ahead: Ahead, difference: Difference) -> Iterator[Remark]:
    """Yield when the reports are taken that are owed."""
    for each in renewals(ahead):
        if each.id in ("annual-report", "annual-report-late") and each.day is not None:
            licence, years, taken = each.facts["licence"], each.facts["years"], _ended(reported(each.day))
            answer = {lang: f"{licence[lang]}, {years}: {taken[lang]}" for lang in taken}
            yield _remark(difference, answer=answer, what="licence", name=each.name, day=each.day)


def _decisions(ahead: Ahead, difference: Difference) -> Iterator[Remark]:
    """Yield the changes whose days count from a decision, which is no later than the change."""
    for each in renewals(ahead):
        if each.id in ("change-filing", "change-filing-late") and each.name in difference.from_decision and each.day is not None:
            what, latest = PARTICULARS[each.name], by(each.day)
            answer = {
                "en": f"{what['en']}: counted from the decision, which the policy does not say, {latest['en']}.",
                "zh": f"{what['zh']}: 自公司决定起算 (策略未写明决定日), {latest['zh']}。",
            }
            yield _remark(difference, answer=answer, what="enterprise", name=each.name, day=each.day)


def _contacts(ahead: Ahead, difference: Difference, n: int) -> Iterator[Remark]:
    """Yield until when changes that may be of address or contact are told, on the days that are looked at."""
    for change in ahead.policy.changes:
        day = after_working_days(ahead.calendar, Reckoned(change.changed), n).day
        if change.what == "other" and change.changed <= ahead.until and day >= ahead.on:
            latest = by(day)
            answer = {
                "en": f"If what changed on {change.changed} is one of these: {latest['en']}.",
                "zh": f"如 {change.changed} 的变更属此类: {latest['zh']}。",
            }
            yield _remark(difference, answer=answer, what="enterprise", name=change.what, day=day)


def _ended(text: Mapping[str, str]) -> dict[str, str]:
    return {"en": f"{text['en']}.", "zh": f"{text['zh']}。"}


def _plain(policy: Policy, difference: Difference) -> Iterator[Remark]:
    """Yield a difference of which no day follows, unless the policy heeds it, with the campaigns that it is about."""
    campaigns = [each for each in policy.campaigns if any(_is_about(each, clause) for clause in difference.when)]
    if difference.met_by == "school_vacations" and policy.school_vacations:
        return
    if difference.met_by == "require_consent":
        campaigns = [each for each in campaigns if not each.require_consent]
    if difference.hours is not None:
        hours = difference.hours
        campaigns = [each for each in campaigns if not _within(each, hours)]
    about = {key for clause in difference.when for key in clause} & set(_OF_USE)
    if campaigns or not about:
        yield _remark(difference, campaigns=tuple(each.name for each in campaigns) if about else ())


def _is_about(campaign: Campaign, clause: Mapping[str, bool | str]) -> bool:
    return all(getattr(campaign, key) == value for key, value in clause.items() if key in _OF_USE)


def _within(campaign: Campaign, hours: Hours) -> bool:
    """Return whether a campaign's own hours leave those of regulation nowhere."""
    return bool(campaign.windows) and all(hours.start <= each.start and each.end <= hours.end for each in campaign.windows)
