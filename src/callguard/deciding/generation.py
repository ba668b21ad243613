"""Everything that one policy decides with, bound together and swapped whole: law, numbers, lists, lines."""

from __future__ import annotations

import importlib
import threading
from functools import lru_cache, partial
from time import time
from typing import TYPE_CHECKING, Any, Final, Literal

import attrs

from callguard import packs, phone
from callguard._core.line import EMPTY, Known, Table
from callguard.clock import DAY
from callguard.deciding.cells import renew
from callguard.errors import PolicyError, Problem, StateError
from callguard.model import Reason
from callguard.rules import RULES, limits, local
from callguard.rules.rule import Callee, Rule
from callguard.state.view import SHARED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from callguard._core.line import Cell
    from callguard.call_log import CallLog
    from callguard.deciding.beside import Candidate
    from callguard.deciding.cells import Memo
    from callguard.index import Index, Plane
    from callguard.index.opened import Progress
    from callguard.model import Decision, Place
    from callguard.packs import Calendar, LocalLaw
    from callguard.permits import Permits
    from callguard.phone import NumberPlan, Reading
    from callguard.policy import Caller, Campaign, Policy
    from callguard.rules.rule import Kind
    from callguard.sealing import Keyring
    from callguard.state import Followed

_WRITINGS: Final = 100_000  # of callers, kept as they were written
CALLER_SPAN: Final = 2 * DAY  # the enterprise's day is never longer


@attrs.define(slots=True, eq=False)
class Bound:
    """A campaign and one caller: the table that the hot path reads, and the answers kept beside it.

    `fewest` is from how many attempts on limits are looked at; `others` are cells for instants that somebody named, `told` live
    cells for places that somebody told, or whose law looks at each callee: `each` tells of which it does. `learnt` is
    what screening keeps from one piece of a table to the next, by the place that is told of all its rows.
    """

    campaign: Campaign
    caller: Caller | None
    table: Table
    fewest: tuple[int | None, int | None]
    others: dict[int, Cell] = attrs.field(factory=dict)
    told: dict[int, Cell] = attrs.field(factory=dict)
    each: dict[int, bool] = attrs.field(factory=dict)
    learnt: dict[str | None, list[Any]] = attrs.field(factory=dict)

    def learn(self, number: int, decision: Decision) -> None:
        """Keep what the rules said of a number that is on a list or has refused, where they say the same of every such number."""
        marked = self.table.marked(number)
        if marked == 1 and decision.reason is Reason.LISTED:
            self.table.on_list = decision
        elif marked == 2 and decision.reason is Reason.REFUSED:
            self.table.refused = decision


@attrs.frozen(slots=True, eq=False)
class Means:
    """What a policy decides with, had from elsewhere ready to be used, so that no file is read for it."""

    calendar: Calendar
    local_law: LocalLaw
    numbers: NumberPlan
    index: Index | None


class Generation:
    """One policy with its law, numbers and lists; nothing of it changes but what follows the state."""

    def __init__(
        self,
        policy: Policy,
        custom: Iterable[Rule],
        state: Followed,
        clock: Callable[[], float],
        *,
        folder: Path | None = None,
        keyring: Keyring | None = None,
        progress: Progress | None = None,
        means: Means | None = None,
    ) -> None:
        """Bind a policy to a state; `folder` is where its lists may stand as one file, sealed by a `keyring` that has a key."""
        self.policy = policy
        self.state, self.view, self.store = state, state.view, state.store
        self.clock = clock
        self.log: CallLog | None = None
        self.permits: Permits | None = None
        self.candidate: Candidate | None = None
        self.known = Known(state.store.pulse, state.view.delta)
        self.known.applied = state.mark
        self.pack = packs.load("cn")
        self.calendar, self.local_law = _law(policy) if means is None else (means.calendar, means.local_law)
        self._looked_back = False
        self.custom = _custom_rules(policy, custom)
        self.rules: tuple[Rule, ...] = (*RULES, *self.custom)
        self.by_kind: dict[Kind, tuple[Rule, ...]] = {
            kind: tuple(rule for rule in self.rules if rule.kind == kind)
            for kind in ("callee", "call", "attempts", "upkeep", "custom")
        }
        self.numbers = _numbers(policy) if means is None else means.numbers
        self.places: list[Place] = list(self.numbers.places)
        self._told: dict[tuple[int, str], int] = {}
        self._telling = threading.Lock()
        self.index = _index(policy, self.numbers, folder, keyring, progress) if means is None else means.index
        self.lists: dict[str, Plane] = {} if self.index is None else {plane.name: plane for plane in self.index.planes}
        self.damage: str | None = None
        self.is_behind = False  # what this host knows of the store could not be read
        for scope in policy.scopes:
            self.view.bit(scope)
        self.memo: Memo = {}
        self.other_memo: Memo = {}
        self._bound: dict[tuple[str, str | None], Bound] = {}
        self._by_writing: dict[tuple[str, str], Bound] = {}
        state.tell(self)

    def let_go(self, *, closing: bool = False) -> None:
        """Let go of the index files, the candidate's too; `closing` ends what checks them."""
        beside = None if self.candidate is None else self.candidate.generation
        for index in (self.index, None if beside is None else beside.index):
            if index is not None:
                if closing:
                    index.stop_verifying()
                index.let_go()

    def catch_up(self, wait: float = -1) -> bool:
        """Apply what the store has and the view has not; False where a thread that is at it takes longer than `wait` seconds.

        Less than 0: however long. Where the log cannot be read, `is_behind` tells.
        """
        if self.known.applied == self.known.pulse.last():
            return True
        applied = self.state.follow(self.known, wait)
        if applied is not None:
            self.is_behind = not applied
        return applied is not None

    @property
    def attempts_span(self) -> float:
        """How many seconds back attempts may count: by the longest of the limits, or by the cap of a caller."""
        spans = [limits.span(limit) for campaign in self.policy.campaigns for limit in campaign.limits]
        if any(caller.daily_attempts is not None for caller in self.policy.callers):
            spans.append(CALLER_SPAN)
        return max(spans, default=0)

    def look_back(self) -> bool:
        """Let attempts count as far back as the law of callees' places does; False where the store cannot be asked for them.

        Not before a callee is met whose place has such law: most enterprises never call one, and need not keep so much.
        """
        if not self._looked_back:
            about = {(c.purpose, c.sector, c.automated) for c in self.policy.campaigns}
            spans: dict[str, float] = {}
            for country, clauses in self.local_law.capped(about).items():
                code = self.numbers.country_code(country)
                spans[code] = max(spans.get(code, 0), local.longest(clauses))
            # a number of no country may be told to be in any
            spans |= dict.fromkeys(phone.NO_COUNTRY, max(spans.values(), default=0))
            try:
                self.store.keep_attempts(self.attempts_span, spans)
            except StateError:
                return False
            self._looked_back = True
        return True

    def asks_each(self, bound: Bound, place_id: int) -> bool:
        """Whether the law of a place looks at each callee, so that no answer is kept for all of it."""
        known = bound.each.get(place_id)
        if known is None:
            campaign, place = bound.campaign, self.places[place_id]
            clauses = self.local_law.of(place, campaign.purpose, campaign.sector, automated=campaign.automated)
            known = bound.each[place_id] = any(clause.consent or clause.caps for clause in clauses)
        return known

    def bind(self, campaign: str, caller: str) -> Bound:
        """Bind a campaign and a caller; all callers that are not the policy's share one. PolicyError for an unknown campaign."""
        bound = self._by_writing.get((campaign, caller))
        if bound is None:
            found = self.policy.campaign(campaign)
            known = self.policy.caller(caller)
            key = (found.name, None if known is None else known.key)
            bound = self._bound.get(key)
            if bound is None:
                bound = self._bound.setdefault(key, Bound(found, known, self._table(found, known), limits.fewest(found, known)))
                bound.table.renew = partial(renew, self, bound)
            if known is not None and len(self._by_writing) < _WRITINGS:
                self._by_writing[campaign, caller] = bound
        return bound

    def _table(self, campaign: Campaign, caller: Caller | None) -> Table:
        further = 0 if self.index is None else self.index.further
        listed = sum(plane.bit for name, plane in self.lists.items() if name in campaign.honours_lists)
        # all scopes count, those still unknown too, but the ones that the campaign does not heed
        unheeded = {self.view.bit(scope) for scope in self.policy.scopes if scope not in campaign.honours_scopes} - {SHARED}
        return Table(
            self.numbers.core,
            None if self.index is None else self.index.trie,
            self.known,
            len(self.numbers.places),
            None if self.clock is time else self.clock,
            listed=listed | further,
            further=further,
            refusals=2 * SHARED - 1 - sum(unheeded),
            unsure=SHARED,
            national=self.numbers.national,
            integers=self.numbers.ambiguous,
            long_way=campaign.require_consent,
            counted=self._counted(campaign, caller),
        )

    def _counted(self, campaign: Campaign, caller: Caller | None) -> Callable[[int, float], bool] | None:
        """Return what tells whether attempts are so many that a limit may have been reached; None where nothing is limited."""
        least, cap = limits.fewest(campaign, caller)
        if least is None and cap is None:
            return None
        store, name, key = self.store, campaign.name, "" if caller is None else caller.key

        def counted(number: int, at: float) -> bool:
            if least is not None and len(store.campaign_attempts(name, number)) >= least:
                return True
            return cap is not None and store.caller_count(key, at - CALLER_SPAN) >= cap

        return counted

    def place_id(self, reading: Reading, told: str | None) -> int:
        """Return the number of the place where a callee may be; ValueError for a told place that cannot be."""
        leaf = self.numbers.place_id(reading.number) if reading.status == "valid" and reading.number is not None else 0
        if told is None:
            return leaf
        if not isinstance(told, str):
            raise TypeError(f"`place` is a {type(told).__name__}; accepted: an ISO 3166 code or a Chinese province, as text")
        known = self._told.get((leaf, told))
        if known is None:
            place = self.numbers.tell(self.places[leaf], told)
            with self._telling:
                known = self._told.setdefault((leaf, told), len(self.places))
                if known == len(self.places):
                    self.places.append(place)
        return known

    def callee(self, reading: Reading) -> Callee:
        """Gather what is on record of a callee, for the rules that ask whom."""
        number = reading.number
        if number is None:
            return Callee(status=reading.status, note=reading.note)
        return Callee(
            status=reading.status,
            note=reading.note,
            refusals=self.view.refused(number),
            listings=() if self.index is None else self.index.listings(number),
            consents=self.view.consents.get(number, ()),
        )

    def marked(self, number: int) -> bool:
        """Return whether a number is on a list or has refused, whoever heeds it."""
        return self.view.delta.get(number) != 0 or (self.index is not None and self.index.trie.mask(number) != 0)

    def is_damaged(self, said: str) -> None:
        """Answer `state-stale` from now on, since what the lists say is not known."""
        self.damage = said
        self.known.sound = False

    def forget(self, caller: str) -> None:
        """Let the answers about a caller be worked out anew."""
        for bound in tuple(self._bound.values()):
            if bound.caller is not None and bound.caller.key == caller:
                bound.table.cells = [EMPTY] * len(bound.table.cells)
                bound.others, bound.told = {}, {}


def _law(policy: Policy) -> tuple[Calendar, LocalLaw]:
    """Return the calendar, and the law of callees' places."""
    try:
        calendar = packs.calendar(policy.calendar_overrides, policy.school_vacations)
    except (OSError, ValueError) as error:
        raise _unreadable(policy, "calendar.overrides", error, "a TOML file of [[days]] with date, kind and name") from error
    try:
        return calendar, packs.local_law(policy.enterprise.packs)
    except ValueError as error:
        raise _unreadable(policy, "enterprise.packs", error, "packs that `callguard packs check` finds right") from error


def _index(
    policy: Policy, numbers: NumberPlan, folder: Path | None, keyring: Keyring | None, progress: Progress | None
) -> Index | None:
    """Return the index of the policy's lists; None where it has none."""
    if not policy.lists:
        return None
    from callguard.index import for_policy

    return for_policy(policy, numbers, progress, folder=folder, keyring=keyring)


def _numbers(policy: Policy) -> NumberPlan:
    """Return the number plan, with the newer provinces of mobile prefixes that are installed or that the policy names."""
    if policy.hcode_file is None:
        return _installed(policy.enterprise.region, policy.enterprise.integers)
    try:
        codes = phone.installed_hcodes() | phone.read_hcodes(policy.hcode_file)
    except (OSError, ValueError) as error:
        raise _unreadable(policy, "places.hcode_file", error, "a CSV of prefix,province with seven-digit prefixes") from error
    return phone.NumberPlan(policy.enterprise.region, policy.enterprise.integers, codes)


@lru_cache(maxsize=8)
def _installed(region: str, integers: Literal["e164", "national"] | None) -> NumberPlan:
    return phone.NumberPlan(region, integers, phone.installed_hcodes())


def _unreadable(policy: Policy, key: str, error: Exception, accepted: str) -> PolicyError:
    file = None if policy.file is None else str(policy.file)
    return PolicyError(problems=[Problem(key=key, found=str(error), accepted=accepted, file=file)])


def _custom_rules(policy: Policy, given: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return the user's own rules, those of the policy first; PolicyError for one that is not there or an id that is taken."""
    found: list[tuple[str, object]] = []
    for i, path in enumerate(policy.rules):
        module, _, name = path.partition(":")
        try:
            found.append((f"rules[{i}]", getattr(importlib.import_module(module), name)))
        except (Exception, SystemExit) as error:
            said = f"`{path}`, a {type(error).__name__} when it was imported"
            accepted = "`package.module:function`, a rule that can be imported"
            raise PolicyError(problems=[Problem(key=f"rules[{i}]", found=said, accepted=accepted)]) from error
    found += [("Guard(rules=…)", rule) for rule in given]
    taken = {rule.id for rule in RULES}
    rules: list[Rule] = []
    for key, rule in found:
        if not isinstance(rule, Rule) or rule.kind != "custom":
            problem = Problem(key=key, found=f"a {type(rule).__name__}", accepted='a function made a rule by `@rule("its-id")`')
            raise PolicyError(problems=[problem])
        if rule.id in taken:
            raise PolicyError(problems=[Problem(key=key, found=f"rule id `{rule.id}`", accepted="an id that no other rule has")])
        taken.add(rule.id)
        rules.append(rule)
    return tuple(rules)
