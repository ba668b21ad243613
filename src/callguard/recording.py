"""What a guard is told and keeps: refusals, consents and their ends, what became of callers; one at a time, or a list of them."""

from __future__ import annotations

import math
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final

import attrs

from callguard import clock as clocks
from callguard import phone
from callguard.errors import PolicyError
from callguard.policy import State
from callguard.policy.opt_outs import is_refusal
from callguard.state.records import Consented, Lift, Refusal, StatusChange, Withdrawal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date, datetime
    from typing import TypeAlias

    from callguard.deciding import Generation
    from callguard.observing import Observers
    from callguard.phone import NumberPlan
    from callguard.policy import Caller, CallerStatus
    from callguard.state import Followed
    from callguard.state.records import Record

    At: TypeAlias = datetime | float | None
    Row = tuple[str | int, At | str]

_STATUSES: Final = ("active", "suspended", "reclaimed")

BATCH: Final = 10_000
_SHOWN: Final = 1_000


@attrs.define(slots=True)
class ImportReport:
    """What became of the rows of an import; `skipped` names the first thousand that were not taken, by row (from 0), and why.

    `already`: refusals of the scope that stood before; they are not kept twice.
    """

    taken: int = 0
    already: int = 0
    not_taken: int = 0
    skipped: list[tuple[int, str]] = attrs.field(factory=list)

    def skip(self, row: int, why: str) -> None:
        """Note a row that was not taken."""
        self.not_taken += 1
        if len(self.skipped) < _SHOWN:
            self.skipped.append((row, why))


def refusals(
    rows: Iterable[Row],
    report: ImportReport,
    *,
    scope: str,
    source: str | None,
    now: Callable[[], float],
    numbers: NumberPlan,
    standing: Callable[[int], bool],
) -> Iterator[Sequence[Record]]:
    """Yield the refusals of an import in batches, each to be kept as one; the report is of what was yielded before, and skipped."""
    seen: set[int] = set()
    numbered = enumerate(rows)
    while batch := list(islice(numbered, BATCH)):
        records: list[Record] = []
        for i, (callee, at) in batch:
            reading = numbers.read(callee)
            if reading.number is None:
                report.skip(i, reading.note if reading.note == "ambiguous-integer" else "no-number")
                continue
            try:
                when = None if at is None else clocks.read_instant(at) if isinstance(at, str) else clocks.instant(at)
            except ValueError:
                report.skip(i, "bad-instant")
                continue
            if reading.number in seen or standing(reading.number):
                report.already += 1
                continue
            if when is None:
                seen.add(reading.number)
            at_s = now() if when is None else when
            records.append(Refusal(number=reading.number, scope=scope, at=at_s, source=source, imported=when is not None))
        if records:
            yield records
            report.taken += len(records)


class Recording:
    """The part of a guard that keeps what it is told; each method returns once what it kept lasts, and is in force everywhere here.

    Each raises StateError where it cannot be kept.
    """

    if TYPE_CHECKING:
        _clock: Callable[[], float]
        _generation: Generation
        _state: Followed
        _observers: Observers

    @property
    def state_age(self) -> float:
        """How many seconds old what is known of the state is; 0 where nobody else can change it, infinite where it is not known."""
        until = self._state.store.fresh_until()
        if until <= 0:
            return math.inf
        state = self._generation.policy.state
        longest = State().max_staleness_s if state is None else state.max_staleness_s
        return max(0.0, longest - (until - self._clock()))

    def refuse_many(
        self,
        rows: Iterable[tuple[str | int, At | str]],
        *,
        scope: str = "enterprise",
        source: str | None = None,
        report: ImportReport | None = None,
    ) -> ImportReport:
        """Keep the refusals of a list of (callee, when it happened or None), in batches; each batch lasts, or none of it.

        Rows that cannot be read are skipped and reported, those that stand already are counted. StateError when a batch cannot be
        kept: those before it were, as `report`, which may be given, tells. Where what is known may be out of date, none counts as
        standing, and all are kept.
        """
        check_text(scope=scope)
        if source is not None:
            check_text(source=source)
        self._generation.policy.check_scope(scope)
        report = ImportReport() if report is None else report
        numbers = self._generation.numbers
        batches = refusals(
            rows,
            report,
            scope=scope,
            source=source,
            now=self._clock,
            numbers=numbers,
            standing=lambda number: self._is_kept(number, scope),
        )
        self._generation.catch_up()
        for batch in batches:
            self._record(*batch)
        return report

    def refuse(self, callee: str | int, *, scope: str = "enterprise", source: str | None = None, at: At = None) -> None:
        """Keep a callee's refusal; the very next question honours it. `at` is when it happened, as evidence.

        ValueError for what cannot be read as E.164, PolicyError for a scope that the policy does not declare.
        """
        if source is not None:
            check_text(source=source)
        when = self._clock() if at is None else clocks.instant(at)
        number = self._number(callee, scope)
        self._record(Refusal(number=number, scope=scope, at=when, source=source, imported=at is not None))

    def heard(
        self,
        callee: str | int,
        *,
        campaign: str,
        outcome: str | None = None,
        keys: str | None = None,
        sip_status: int | None = None,
        source: str | None = None,
    ) -> bool:
        """Keep what happened in a call as the callee's refusal, where the policy's `opt_out` says it is one; return whether it is.

        The campaign is the call's; of one that the policy does not have any more the section `[opt_out]` counts. `keys` are one
        entry, compared as a whole. A refusal that stands in the scope is not kept twice. A callee who cannot be read is False:
        there is nobody to keep it of. StateError as `refuse`.
        """
        keep = self._hears(callee, campaign, outcome=outcome, keys=keys, sip_status=sip_status, source=source)
        if keep is None:
            return False
        keep()
        return True

    def _hears(
        self,
        callee: str | int,
        campaign: str,
        *,
        outcome: str | None = None,
        keys: str | None = None,
        sip_status: int | None = None,
        source: str | None = None,
        now: bool = False,
    ) -> Callable[[], None] | None:
        """Return what keeps a refusal, None where there is none; with `now` this process denies before it is kept."""
        said = {"outcome": outcome, "keys": keys, "source": source}
        check_text(campaign=campaign, **{name: value for name, value in said.items() if value is not None})
        if sip_status is not None and (isinstance(sip_status, bool) or not isinstance(sip_status, int)):
            raise TypeError(f"`sip_status` is a {type(sip_status).__name__}; accepted: a SIP status, as 607")
        opt_out = self._generation.policy.opt_out_of(campaign)
        if not is_refusal(opt_out, outcome=outcome, keys=keys, sip_status=sip_status):
            return None
        number = self._generation.numbers.read(callee).number
        if number is None:
            return None
        refusal = Refusal(number=number, scope=opt_out.scope, at=self._clock(), source=source or _said(outcome, keys, sip_status))
        if now:
            self._state.deny(refusal)
        return partial(self._keep_heard, refusal)

    def _keep_heard(self, refusal: Refusal) -> None:
        self._generation.catch_up()
        if not self._is_kept(refusal.number, refusal.scope):
            self._record(refusal)

    def _is_kept(self, number: int, scope: str) -> bool:
        """Whether a refusal lasts already; never where what is known may be out of date: somebody may have lifted it since."""
        fresh = not self._generation.is_behind and self._clock() < self._state.store.fresh_until()
        return fresh and self._state.stands(number, scope)

    def lift_refusal(self, callee: str | int, *, scope: str = "enterprise", proof: str) -> None:
        """End a refusal of one scope, by the proof of newer consent, as which it counts too; both stay on record."""
        number = self._number(callee, scope)
        self._record(Lift(number=number, scope=scope, at=self._clock(), proof=_proof(proof)))

    def consent(self, callee: str | int, *, scope: str = "enterprise", proof: str, until: At | date | str = None) -> None:
        """Keep a callee's consent, which satisfies `require_consent` and never ends a refusal.

        `until`: an instant before which it holds, or a date, its last; both may be text in ISO 8601.
        """
        end = None if until is None else clocks.edge(until, self._generation.policy.enterprise.timezone, ends=True)
        number = self._number(callee, scope)
        self._record(Consented(number=number, scope=scope, at=self._clock(), proof=_proof(proof), until=end))

    def withdraw_consent(self, callee: str | int, *, scope: str = "enterprise") -> None:
        """End all of a callee's consents of one scope."""
        number = self._number(callee, scope)
        self._record(Withdrawal(number=number, scope=scope, at=self._clock()))

    def set_caller_status(self, number: str, status: CallerStatus) -> None:
        """Say what became of a caller number: `active`, `suspended`, `reclaimed`; of this and the policy's, the stricter holds.

        PolicyError for a number that is not the policy's, ValueError for another status.
        """
        check_text(number=number, status=status)
        if status not in _STATUSES:
            raise ValueError(f"`status` is `{status}`; accepted: {', '.join(_STATUSES)}")
        caller = self._own(number)
        self._record(StatusChange(caller=caller.key, status=status, at=self._clock()))

    def _own(self, number: str) -> Caller:
        caller = self._generation.policy.caller(number)
        if caller is None:
            known = ", ".join(phone.mask(each.number) for each in self._generation.policy.callers)
            raise PolicyError(f"the number is none of the policy's callers; accepted: {known}")
        return caller

    def _record(self, *records: Record) -> None:
        try:
            self._state.append(records)
        finally:
            self._generation.catch_up()
        self._observers.kept(records)

    def _number(self, callee: str | int, scope: str) -> int:
        check_text(scope=scope)
        self._generation.policy.check_scope(scope)
        reading = self._generation.numbers.read(callee)
        if reading.note == "ambiguous-integer":
            raise ValueError("the integer is both a number in E.164 and a national mobile number; accepted: the number as text")
        if reading.number is None:
            raise ValueError(
                "the callee cannot be read as a number in E.164; accepted: a number with its country code or area code"
            )
        return reading.number


def _said(outcome: str | None, keys: str | None, sip_status: int | None) -> str:
    """Return where a refusal comes from, where nobody says."""
    said = (("outcome", outcome), ("keys", keys), ("sip", sip_status))
    return "; ".join(f"{name} {value}" for name, value in said if value is not None)


def check_text(**values: object) -> None:
    """Do nothing for texts; TypeError that names any other value."""
    for name, value in values.items():
        if not isinstance(value, str):
            raise TypeError(f"`{name}` is a {type(value).__name__}; accepted: text")


def _proof(proof: str) -> str:
    if not isinstance(proof, str):
        raise TypeError(f"`proof` is a {type(proof).__name__}; accepted: text that names the evidence")
    if not proof.strip():
        raise ValueError("`proof` is empty; accepted: text that names the evidence of the callee's consent")
    return proof
