"""Everything that one policy decides with, bound together and swapped whole: law, numbers, lists, marks, lines."""

from __future__ import annotations

import importlib
import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

import attrs

from callguard import packs, phone
from callguard._core.blocks import PLANES, Marks
from callguard._core.line import EMPTY, Table
from callguard.clock import DAY
from callguard.errors import PolicyError, Problem
from callguard.index import read_list
from callguard.rules import RULES
from callguard.rules.rule import Callee, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from callguard._core.line import Cell
    from callguard.index import ReadList
    from callguard.model import Place
    from callguard.phone import NumberPlan, Reading
    from callguard.policy import Caller, Campaign, Policy
    from callguard.rules.rule import Answer, Kind
    from callguard.state import Store, View

_SHARED: Final = 1 << (PLANES - 1)
_WRITINGS: Final = 100_000  # of callers, kept as they were written
CALLER_SPAN: Final = 2 * DAY  # the enterprise's day is never longer


@attrs.define(slots=True, eq=False)
class Bound:
    """A campaign and one caller: the table that the hot path reads, and the answers kept beside it.

    `others` are cells for instants that somebody named, `told` live cells for places that somebody told.
    """

    campaign: Campaign
    caller: Caller | None
    table: Table
    others: dict[int, Cell] = attrs.field(factory=dict)
    told: dict[int, Cell] = attrs.field(factory=dict)


class Generation:
    """One policy with its law, numbers, lists and marks; nothing of it changes but what follows the state."""

    def __init__(self, policy: Policy, custom: Iterable[Rule], view: View, store: Store, clock: Callable[[], float]) -> None:
        self.policy = policy
        self.view = view
        self.store = store
        self.clock = clock
        self.pack = packs.load("cn")
        try:
            self.calendar = packs.calendar(policy.calendar_overrides, policy.school_vacations)
        except (OSError, ValueError) as error:
            raise _unreadable(policy, "calendar.overrides", error, "a TOML file of [[days]] with date, kind and name") from error
        self.custom = _custom_rules(policy, custom)
        self.rules: tuple[Rule, ...] = (*RULES, *self.custom)
        self.by_kind: dict[Kind, tuple[Rule, ...]] = {
            kind: tuple(rule for rule in self.rules if rule.kind == kind)
            for kind in ("callee", "call", "attempts", "upkeep", "custom")
        }
        self.numbers = _numbers(policy)
        self.places: list[Place] = list(self.numbers.places)
        self._told: dict[tuple[int, str], int] = {}
        self._telling = threading.Lock()
        self.lists: dict[str, ReadList] = {
            source.name: read_list(source, self.numbers, policy.enterprise.timezone, i) for i, source in enumerate(policy.lists)
        }
        self.planes: dict[str, int] = {}
        self.marks = Marks()
        for name, read in self.lists.items():
            self.marks.fill([*read.plain, *read.dated], self.plane(name))
        self._members = {
            name: frozenset((*read.plain, *read.dated)) for name, read in self.lists.items() if self.planes[name] == _SHARED
        }
        for scope in policy.scopes:
            self.plane(scope)
        for number, scopes in view.refusals.items():
            self.marks.put(number, self.marks.get(number) | sum(self.plane(scope) for scope in scopes))
        self.memo: dict[tuple[object, ...], tuple[Answer, float]] = {}
        self.other_memo: dict[tuple[object, ...], tuple[Answer, float]] = {}
        self._bound: dict[tuple[str, str | None], Bound] = {}
        self._by_writing: dict[tuple[str, str], Bound] = {}

    def plane(self, name: str) -> int:
        """Return the bit of a scope or list; past the last one they share it, since a bit only says to look further."""
        return self.planes.setdefault(name, min(1 << len(self.planes), _SHARED))

    def bind(self, campaign: str, caller: str) -> Bound:
        """Bind a campaign and a caller; all callers that are not the policy's share one. PolicyError for an unknown campaign."""
        bound = self._by_writing.get((campaign, caller))
        if bound is None:
            found = self.policy.campaign(campaign)
            known = self.policy.caller(caller)
            key = (found.name, None if known is None else known.key)
            bound = self._bound.get(key)
            if bound is None:
                bound = self._bound.setdefault(key, Bound(found, known, self._table(found, known)))
            if known is not None and len(self._by_writing) < _WRITINGS:
                self._by_writing[campaign, caller] = bound
        return bound

    def _table(self, campaign: Campaign, caller: Caller | None) -> Table:
        unheeded = set(self.policy.scopes) - campaign.honours_scopes | set(self.lists) - campaign.honours_lists
        return Table(
            self.numbers.core,
            self.marks,
            self._heeded(unheeded),
            len(self.numbers.places),
            self.store.pulse,
            self.clock,
            national=self.numbers.national,
            integers=self.numbers.ambiguous,
            long_way=campaign.require_consent,
            counted=self._counted(campaign, caller),
        )

    def _heeded(self, unheeded: set[str]) -> int:
        """Return the planes that are looked into: all, those of scopes still unknown too, but the ones of unheeded names alone."""
        kept = {bit for name, bit in self.planes.items() if name not in unheeded} | {_SHARED}
        return (1 << PLANES) - 1 - sum({self.planes[name] for name in unheeded} - kept)

    def _counted(self, campaign: Campaign, caller: Caller | None) -> Callable[[int, float], bool] | None:
        """Return what tells whether attempts are so many that a limit may have been reached; None where nothing is limited."""
        least = min((limit.attempts for limit in campaign.limits), default=None)
        cap = None if caller is None else caller.daily_attempts
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
        mask = self.marks.get(number)
        return Callee(
            status=reading.status,
            note=reading.note,
            refusals=self.view.refusals.get(number, frozenset()) if mask else frozenset(),
            listings=tuple(
                entry
                for name, read in self.lists.items()
                if mask & self.planes[name] and number in self._members.get(name, (number,))
                for entry in read.listings(number)
            ),
            consents=self.view.consents.get(number, ()),
        )

    def follow_refusals(self, number: int) -> None:
        """Mark a number as the view has it now."""
        mask = self.marks.get(number)
        scopes = self.view.refusals.get(number, frozenset())
        lists = {self.planes[name] for name in self.lists}
        for name, bit in self.planes.items():
            if name not in self.lists and bit not in lists:
                mask = mask | bit if name in scopes else mask & ~bit
        for scope in scopes:
            mask |= self.plane(scope)
        self.marks.put(number, mask)

    def forget(self, caller: str) -> None:
        """Let the answers about a caller be worked out anew."""
        for bound in tuple(self._bound.values()):
            if bound.caller is not None and bound.caller.key == caller:
                bound.table.cells = [EMPTY] * len(bound.table.cells)
                bound.others, bound.told = {}, {}


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
        except Exception as error:
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
