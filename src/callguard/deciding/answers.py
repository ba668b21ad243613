"""Working answers out: the rules in reason order, and cells that keep what they said until it may change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from callguard import clock
from callguard._core.line import EMPTY
from callguard.deciding.cells import work_out
from callguard.deciding.generation import CALLER_SPAN
from callguard.deciding.question import Question, ask, status_of
from callguard.model import FOREVER, Explanation, Finding, Place
from callguard.policy import Campaign
from callguard.rules.dates import last_day
from callguard.rules.findings import evaluate
from callguard.rules.local import counted_together, in_force, said_by
from callguard.rules.rule import Attempts, Call, Deny, Pass, Upkeep
from callguard.rules.settling import finite, settle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from callguard._core.line import Cell
    from callguard.deciding.generation import Bound, Generation
    from callguard.model import Decision, Reason
    from callguard.policy import Caller, Licence
    from callguard.rules.rule import Answer, Rule
    from callguard.rules.settling import Answered
    from callguard.state import Store, Transaction

_SEARCH_DAYS = 400


def decide(question: Question, attempts: Attempts | None = None) -> Decision:
    """Return the decision: what `explain` would find first, worked out no further than that."""
    generation, bound, reading = question.generation, question.bound, question.reading
    until: float = FOREVER
    if question.callee is not None:
        marked = bool(question.callee.refusals or question.callee.listings)
    else:
        marked = reading.number is not None and generation.marked(reading.number)
    each = reading.status == "valid" and generation.asks_each(bound, question.place_id)
    if reading.status != "valid" or marked or bound.campaign.require_consent or each:
        found = settle(_callee_answers(question))
        if not found:
            return found
        until = FOREVER if found.until_s is None else found.until_s
    cell = _cell(question)
    if cell.final:
        return _until(cell.answer, until)
    law: Decision = cell.law
    lasting = min(until, FOREVER if law.until_s is None else law.until_s)
    if each or _counts(question, attempts):
        found = settle(_attempt_answers(question, attempts), lasting, provisional=law.provisional)
        if not found:
            return found
        until = min(until, FOREVER if found.until_s is None else found.until_s) if each else until
    if not _kept_up(question):
        failing = [(rule, answer) for rule, answer in _upkeep_answers(question) if isinstance(answer, Deny)]
        found = settle(failing, lasting, provisional=law.provisional)
        if not found:
            return found
    return _until(cell.answer, until)


def _counts(question: Question, attempts: Attempts | None) -> bool:
    """Whether there may be so many attempts that a limit denies; where there are not, `until` is never."""
    bound = question.bound
    least, cap = bound.fewest
    if attempts is not None:
        return (least is not None and len(attempts.campaign) >= least) or (cap is not None and len(attempts.caller) >= cap)
    counted, number = bound.table.counted, question.reading.number
    return counted is not None and (number is None or counted(number, question.at))


def _kept_up(question: Question) -> bool:
    """Whether the store's pulse already tells that what is known is fresh, and that the log can be written."""
    generation = question.generation
    now = question.at if question.live else generation.clock()
    return generation.damage is None and not generation.is_behind and now < generation.store.pulse.deadline


def _until(decision: Decision, until: float) -> Decision:
    """Return a decision that holds no longer than until an instant."""
    if until >= (FOREVER if decision.until_s is None else decision.until_s):
        return decision
    return attrs.evolve(decision, until_s=until)


def _cell(question: Question) -> Cell:
    """Return the cell that holds, worked out anew when none does; a named instant never touches the live ones."""
    place_id, at, cells = question.place_id, question.at, question.bound.table.cells
    if question.live and place_id < len(cells) and not question.generation.asks_each(question.bound, place_id):
        kept: dict[int, Cell] | list[Cell] = cells
        cell = cells[place_id]
    else:
        kept = question.bound.told if question.live else question.bound.others
        cell = kept.get(place_id, EMPTY)
    if cell.since <= at < cell.until:
        return cell
    cell = work_out(question.generation, question.bound, place_id, at, live=question.live)
    kept[place_id] = cell
    return cell


def _callee_answers(question: Question) -> Iterator[Answered]:
    callee, call = question.callee or question.generation.callee(question.reading), question.call()
    for rule in question.generation.by_kind["callee"]:
        yield rule, evaluate(rule, call, callee=callee)


def _attempt_answers(question: Question, attempts: Attempts | None) -> Iterator[Answered]:
    if attempts is None:
        look_back(question)
        attempts = known_attempts(question, question.generation.store)
    call = question.call()
    for rule in question.generation.by_kind["attempts"]:
        yield rule, evaluate(rule, call, attempts=attempts)


def look_back(question: Question) -> None:
    """Let the store count as far back as the law of the callee's place does; where it cannot, `known_attempts` says so."""
    if question.generation.asks_each(question.bound, question.place_id):
        question.generation.look_back()


def known_attempts(question: Question, source: Store | Transaction, of_caller: tuple[float, ...] | None = None) -> Attempts:
    """Return the attempts that a store, or a transaction of it, has, as far as campaign, caller and the callee's law have limits.

    `of_caller` are the caller's, where they are known. Before a transaction begins, `look_back` lets the store reach far enough.
    """
    campaign, number = question.bound.campaign, question.reading.number or 0
    caps = question.generation.asks_each(question.bound, question.place_id)
    together = counted_together(question.call()) if caps else ()
    return Attempts(
        campaign=source.campaign_attempts(campaign.name, number) if campaign.limits or caps else (),
        caller=_of_caller(question.bound, question.at, source) if of_caller is None else of_caller,
        every=tuple(at for each in together for at in source.campaign_attempts(each.name, number)),
        complete=not caps or question.generation.look_back(),
    )


def _of_caller(bound: Bound, at: float, source: Store | Transaction) -> tuple[float, ...]:
    caller = bound.caller
    return () if caller is None or caller.daily_attempts is None else source.caller_attempts(caller.key, at - CALLER_SPAN)


def volume(bound: Bound, at: float, store: Store) -> tuple[float, ...]:
    """Return the attempts of a caller that count at an instant where its volume may be used up by them, else none."""
    cap = bound.fewest[1]
    if bound.caller is None or cap is None or store.caller_count(bound.caller.key, at - CALLER_SPAN) < cap:
        return ()
    return _of_caller(bound, at, store)


def upkeep(question: Question) -> Upkeep:
    """Return whether callguard itself can know and record."""
    return _upkeep_of(question.generation)


def _upkeep_of(generation: Generation) -> Upkeep:
    store = generation.store
    fresh_until = 0 if generation.is_behind else store.fresh_until()
    return Upkeep(fresh_until=fresh_until, log_writable=store.log_writable(), damage=generation.damage)


def ailment(generation: Generation) -> Reason | None:
    """Return the reason for which every call is denied now, whoever is called; None where there is none."""
    generation.catch_up()
    call, known = _of_no_callee(generation, None, generation.clock()), _upkeep_of(generation)
    for rule in generation.by_kind["upkeep"]:
        answer = evaluate(rule, call, upkeep=known)
        if isinstance(answer, Deny):
            return answer.reason
    return None


def _upkeep_answers(question: Question) -> Iterator[Answered]:
    known = upkeep(question)
    call = question.call(question.at if question.live else question.generation.clock())
    for rule in question.generation.by_kind["upkeep"]:
        yield rule, evaluate(rule, call, upkeep=known)


def every_answer(question: Question, attempts: Attempts | None = None) -> list[Answered]:
    """Return what every rule says, in reason order."""
    call = question.call()
    answers: dict[str, Answer] = {}
    for rule, answer in (
        *_callee_answers(question),
        *_attempt_answers(question, attempts),
        *_upkeep_answers(question),
    ):
        answers[rule.id] = answer
    return [(rule, answers[rule.id] if rule.id in answers else evaluate(rule, call)) for rule in question.generation.rules]


def _finding(call: Call, rule: Rule, answer: Answer) -> Finding:
    denies = isinstance(answer, Deny)
    return Finding(
        rule.id,
        answer.reason if isinstance(answer, Deny) else rule.reasons[0],
        "denies" if denies else "passes" if not isinstance(answer, Pass) or answer.applies else "does-not-apply",
        answer.facts,
        citation(call, rule, "en"),
        citation_zh=citation(call, rule, "zh"),
        until_s=finite(answer.until),
    )


def citation(call: Call, rule: Rule, lang: str) -> str:
    """Return where a rule is written, for a call: in the law of the callee's place, where that says it."""
    said = [clause.citation(lang) for clause in call.clauses if said_by(rule.id, clause) and in_force(call, clause, call.at)]
    if said:
        return "; ".join(said)
    return call.pack.citation(rule.id, lang, here=call.own_law or call.pack.mainland in call.place.countries)


def _of_no_callee(generation: Generation, caller: Caller | None, at: float) -> Call:
    """Return a call of which nothing is known but the enterprise and the caller."""
    return Call(
        at=at,
        policy=generation.policy,
        campaign=Campaign(name="", purpose="service"),
        caller=caller,
        caller_status=status_of(generation, caller),
        place=Place(None),
        pack=generation.pack,
        calendar=generation.calendar,
    )


def last_days(generation: Generation, at: float) -> tuple[tuple[Licence, date | None], ...]:
    """Return each licence with its last valid day; None where it does not end."""
    call = _of_no_callee(generation, None, at)
    found = ((licence, last_day(call, licence)) for licence in generation.policy.licences)
    return tuple((licence, None if day == day.max else day) for licence, day in found)


def caller_findings(generation: Generation, caller: Caller, at: float) -> tuple[Finding, ...]:
    """Return what the rules find that look at nothing but the enterprise and the caller."""
    call = _of_no_callee(generation, caller, at)
    return tuple(
        _finding(call, rule, evaluate(rule, call))
        for rule in generation.by_kind["call"]
        if rule.reads & {"caller", "kind"} and rule.reads <= {"enterprise", "caller", "kind"}
    )


def explain(question: Question) -> Explanation:
    """Return every rule's finding, and the decision that follows from them.

    How long the state stays fresh is no part of how long an answer holds: each question looks at that anew.
    """
    answered = every_answer(question)
    call = question.call()
    passing = [(rule, answer) for rule, answer in answered if rule.kind != "upkeep" or isinstance(answer, Deny)]
    return Explanation(settle(passing), tuple(_finding(call, rule, answer) for rule, answer in answered), question.place)


def next_allowed(question: Question) -> float | None:
    """Return the first instant from the question's on at which all rules pass; None when no passing of time alone will do."""
    at = question.at
    end = min(at + _SEARCH_DAYS * clock.DAY, clock.END)
    while at <= end:
        until = [a.until for _, a in every_answer(attrs.evolve(question, at=at, live=False)) if isinstance(a, Deny)]
        if not until:
            return at
        later = max(until)
        if min(until) <= at or later >= FOREVER:
            return None
        at = later
    return None


__all__ = ["Pass", "Question", "ask", "decide", "every_answer", "explain", "known_attempts", "next_allowed", "settle"]
