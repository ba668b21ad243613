"""Working answers out: the rules in reason order, and cells that keep what they said until it may change."""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING

import attrs

from callguard import clock
from callguard._core.line import EMPTY, Cell
from callguard.deciding.generation import CALLER_SPAN
from callguard.model import FOREVER, Decision, Explanation, Finding, Place, Reason
from callguard.policy import Campaign
from callguard.rules.dates import last_day
from callguard.rules.findings import evaluate
from callguard.rules.rule import Attempts, Call, Deny, Pass, Upkeep

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from callguard.deciding.generation import Bound, Generation
    from callguard.phone import Reading
    from callguard.policy import Caller, CallerStatus, Licence
    from callguard.rules.rule import Answer, Rule
    from callguard.state import Store, Transaction

_SEARCH_DAYS = 400
_STRICTNESS: tuple[CallerStatus, ...] = ("active", "suspended", "reclaimed")
Answered = tuple["Rule", "Answer"]


def settle(answered: Iterable[Answered], until: float = FOREVER, *, provisional: bool = False) -> Decision:
    """Return the decision of answers in reason order: the first denial, or that the call may be placed.

    It is provisional when any answer up to the deciding one is, and holds no longer than each of them.
    """
    for rule, answer in answered:
        until = min(until, answer.until)
        provisional = provisional or answer.provisional
        if isinstance(answer, Deny):
            return _denial(rule, answer, until, provisional=provisional)
    return Decision(Reason.ALLOWED, provisional=provisional, until_s=_finite(until))


def _denial(rule: Rule, answer: Deny, until: float, *, provisional: bool) -> Decision:
    return Decision(
        answer.reason,
        rule.id,
        provisional=provisional,
        retry_s=_finite(answer.until),
        until_s=_finite(until),
        text=None if answer.note is None else f"{answer.reason.value}/{answer.note}",
    )


def _finite(until: float) -> float | None:
    return None if until >= clock.LAST else until


@attrs.frozen(slots=True)
class Question:
    """One callee, read and placed, asked about on one line at one instant; `live` when nobody named the instant."""

    generation: Generation
    bound: Bound
    reading: Reading
    place_id: int
    at: float
    live: bool

    @property
    def place(self) -> Place:
        """Where the callee may be."""
        return self.generation.places[self.place_id]

    def call(self, at: float | None = None) -> Call:
        """Return what the rules are told."""
        generation, bound = self.generation, self.bound
        return Call(
            at=self.at if at is None else at,
            policy=generation.policy,
            campaign=bound.campaign,
            caller=bound.caller,
            caller_status=_status(self),
            place=self.place,
            pack=generation.pack,
            calendar=generation.calendar,
        )


def ask(
    generation: Generation,
    bound: Bound,
    callee: object,
    at: object,
    place: str | None,
    reading: Reading | None = None,
    *,
    name: str = "at",
) -> Question:
    """Read a callee, unless it has been, a place and an instant; TypeError and ValueError for what a program may not pass."""
    if reading is None:
        reading = generation.numbers.read(callee)  # type: ignore[arg-type]
    live = at is None
    when = clock.check(generation.clock()) if live else clock.instant(at, name)
    return Question(generation, bound, reading, generation.place_id(reading, place), when, live)


def decide(question: Question, attempts: Attempts | None = None) -> Decision:
    """Return the decision: what `explain` would find first, worked out no further than that."""
    generation, bound, reading = question.generation, question.bound, question.reading
    until: float = FOREVER
    marked = reading.number is not None and generation.marks.get(reading.number)
    if reading.status != "valid" or marked or bound.campaign.require_consent:
        found = settle(_callee_answers(question))
        if not found:
            return found
        until = FOREVER if found.until_s is None else found.until_s
    cell = _cell(question)
    if cell.final:
        return _until(cell.answer, until)
    law: Decision = cell.law
    until = min(until, FOREVER if law.until_s is None else law.until_s)
    found = settle(_attempt_answers(question, attempts), until, provisional=law.provisional)
    if found:
        failing = [(rule, answer) for rule, answer in _upkeep_answers(question) if isinstance(answer, Deny)]
        found = settle(failing, until, provisional=law.provisional)
    return _until(cell.answer, until) if found else found


def _until(decision: Decision, until: float) -> Decision:
    """Return a decision that holds no longer than until an instant."""
    if until >= (FOREVER if decision.until_s is None else decision.until_s):
        return decision
    return attrs.evolve(decision, until_s=until)


def _cell(question: Question) -> Cell:
    """Return the cell that holds, worked out anew when none does; a named instant never touches the live ones."""
    place_id, at, cells = question.place_id, question.at, question.bound.table.cells
    if question.live and place_id < len(cells):
        kept: dict[int, Cell] | list[Cell] = cells
        cell = cells[place_id]
    else:
        kept = question.bound.told if question.live else question.bound.others
        cell = kept.get(place_id, EMPTY)
    if cell.since <= at < cell.until:
        return cell
    cell = _work_out(question)
    kept[place_id] = cell
    return cell


def _work_out(question: Question) -> Cell:
    """Ask the rules that look at who calls, where and when, and then the user's own."""
    generation, call = question.generation, question.call()
    memo = generation.memo if question.live else generation.other_memo
    answered: list[Answered] = []
    for rule in generation.by_kind["call"]:
        answer = _shared(rule, call, question, memo)
        answered.append((rule, answer))
        if isinstance(answer, Deny):
            break
    decision = law = settle(answered)
    if law and generation.by_kind["custom"]:
        decision = settle([*answered, *((rule, evaluate(rule, call)) for rule in generation.by_kind["custom"])])
    until = FOREVER if decision.until_s is None else floor(decision.until_s)
    return Cell(floor(question.at), until, decision, not law, law)


def _shared(rule: Rule, call: Call, question: Question, memo: dict[tuple[object, ...], tuple[Answer, float]]) -> Answer:
    """Return what a rule says, worked out once for all calls that look the same to it."""
    reads = rule.reads
    key = (
        rule.id,
        call.campaign.name if "campaign" in reads else None,
        (None if call.caller is None else call.caller.key, call.caller_status) if "caller" in reads else None,
        question.place_id if "place" in reads else None,
    )
    kept = memo.get(key)
    if kept is not None and kept[1] <= call.at < kept[0].until:
        return kept[0]
    answer = evaluate(rule, call)
    memo[key] = (answer, call.at)
    return answer


def _callee_answers(question: Question) -> Iterator[Answered]:
    callee, call = question.generation.callee(question.reading), question.call()
    for rule in question.generation.by_kind["callee"]:
        yield rule, evaluate(rule, call, callee=callee)


def _attempt_answers(question: Question, attempts: Attempts | None, *, every: bool = False) -> Iterator[Answered]:
    bound = question.bound
    if not every and not bound.campaign.limits and (bound.caller is None or bound.caller.daily_attempts is None):
        return
    if attempts is None:
        attempts = known_attempts(question, question.generation.store)
    call = question.call()
    for rule in question.generation.by_kind["attempts"]:
        yield rule, evaluate(rule, call, attempts=attempts)


def known_attempts(question: Question, source: Store | Transaction) -> Attempts:
    """Return the attempts that a store, or a transaction of it, has, as far as the campaign and the caller have limits."""
    campaign, caller, number = question.bound.campaign, question.bound.caller, question.reading.number or 0
    return Attempts(
        campaign=source.campaign_attempts(campaign.name, number) if campaign.limits else (),
        caller=source.caller_attempts(caller.key, question.at - CALLER_SPAN)
        if caller and caller.daily_attempts is not None
        else (),
    )


def _upkeep_answers(question: Question) -> Iterator[Answered]:
    store = question.generation.store
    upkeep = Upkeep(fresh_until=store.fresh_until(), log_writable=store.log_writable())
    call = question.call(question.at if question.live else question.generation.clock())
    for rule in question.generation.by_kind["upkeep"]:
        yield rule, evaluate(rule, call, upkeep=upkeep)


def _status(question: Question) -> CallerStatus:
    caller = question.bound.caller
    return "active" if caller is None else _stricter(question.generation, caller)


def _stricter(generation: Generation, caller: Caller) -> CallerStatus:
    """Of the policy's status and what was said last, the stricter."""
    said = generation.view.statuses.get(caller.key, "active")
    return max(caller.status, said, key=_STRICTNESS.index)


def every_answer(question: Question, attempts: Attempts | None = None) -> list[Answered]:
    """Return what every rule says, in reason order."""
    call = question.call()
    answers: dict[str, Answer] = {}
    for rule, answer in (
        *_callee_answers(question),
        *_attempt_answers(question, attempts, every=True),
        *_upkeep_answers(question),
    ):
        answers[rule.id] = answer
    return [(rule, answers[rule.id] if rule.id in answers else evaluate(rule, call)) for rule in question.generation.rules]


def _finding(call: Call, rule: Rule, answer: Answer) -> Finding:
    pack, denies = call.pack, isinstance(answer, Deny)
    here = call.own_law or pack.mainland in call.place.countries
    return Finding(
        rule.id,
        answer.reason if isinstance(answer, Deny) else rule.reasons[0],
        "denies" if denies else "passes" if not isinstance(answer, Pass) or answer.applies else "does-not-apply",
        answer.facts,
        pack.citation(rule.id, here=here),
        citation_zh=pack.citation(rule.id, "zh", here=here),
        until_s=_finite(answer.until),
    )


def _of_no_callee(generation: Generation, caller: Caller | None, at: float) -> Call:
    """Return a call of which nothing is known but the enterprise and the caller."""
    return Call(
        at=at,
        policy=generation.policy,
        campaign=Campaign(name="", purpose="service"),
        caller=caller,
        caller_status="active" if caller is None else _stricter(generation, caller),
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
        if "caller" in rule.reads and rule.reads <= {"enterprise", "caller"}
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
