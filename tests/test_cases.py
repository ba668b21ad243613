"""Cited cases, run through the whole guard; every decided row has a boundary whose two sides come out differently."""

from __future__ import annotations

import copy
import tomllib
from collections import defaultdict
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs
import pytest

from callguard import Decision, DialDenied, Guard, Policy, Reason, packs
from callguard import clock as clocks
from callguard.rules import FOREVER, RULES, Deny, Pass, rule
from callguard.testing import FrozenClock, MemoryStore

FOLDER = Path(__file__).parent / "cases"
KEYS = {
    *("pair", "side", "rule", "row", "law", "at", "callee", "caller", "campaign", "place"),
    *("policy", "campaign_keys", "caller_keys", "files", "history", "own_rule", "reason", "until", "provisional"),
}


@attrs.frozen(eq=False)
class Case:
    """One call, and what is expected of it."""

    name: str
    data: dict[str, Any]

    def __getattr__(self, key: str) -> Any:
        if key not in KEYS:
            raise AttributeError(key)
        return self.data.get(key)


@rule("no-fridays")
def no_fridays(call):
    if clocks.local("Asia/Shanghai", call.at)[0].weekday() == 4:
        return Deny(until=call.next_midnight)
    return Pass(until=call.next_midnight)


@rule("breaks-on-sundays")
def breaks_on_sundays(call):
    if clocks.local("Asia/Shanghai", call.at)[0].weekday() == 6:
        raise RuntimeError("8613800138000")
    return Pass(FOREVER)


OWN = {"no-fridays": no_fridays, "breaks-on-sundays": breaks_on_sundays}


def cases() -> list[Case]:
    """Every case of every file, with what its file gives to all of them."""
    found = []
    for path in sorted(FOLDER.glob("*/*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        given = data.get("given", {})
        for case in data["cases"]:
            whole = {**given, **case}
            name = f"{path.parent.name}/{path.stem}:{whole['pair']}:{whole['side']}"
            assert set(whole) <= KEYS, (name, set(whole) - KEYS)
            at = whole["at"]
            found.append(Case(f"{name}@{at:%Y-%m-%dT%H:%M:%S}", whole))
    return found


CASES = cases()


def written(value: Any) -> str:
    """A TOML value."""
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return "{ " + ", ".join(f'"{key}" = {written(each)}' for key, each in value.items()) + " }"
        case list():
            return "[" + ", ".join(map(written, value)) + "]"
        case date() | time() | int() | float():
            return str(value) if not isinstance(value, datetime) else value.isoformat()
        case _:
            return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def policy_text(case: Case) -> str:
    """The base policy with the case's changes."""
    base = copy.deepcopy(tomllib.loads((FOLDER / "base.toml").read_text(encoding="utf-8")))
    for key, value in (case.policy or {}).items():
        base[key] = {**base.get(key, {}), **value} if isinstance(value, dict) else value
    base["callers"][0] |= case.caller_keys or {}
    base["campaigns"][0] |= case.campaign_keys or {}
    return "\n".join(f"{key} = {written(value)}" for key, value in base.items())


def happen(guard: Guard, store: MemoryStore, clock: FrozenClock, event: dict[str, Any], call: dict[str, Any]) -> None:
    """One thing that happened before the question."""
    event = dict(event)
    do, at = event.pop("do"), event.pop("at", None)
    if at is not None and do != "stale":
        clock.set(at)
    callee = event.pop("callee", call["callee"])
    match do:
        case "refuse":
            guard.refuse(callee, **event)
        case "lift":
            guard.lift_refusal(callee, proof="recording 7", **event)
        case "consent":
            guard.consent(callee, proof="form 12", **event)
        case "withdraw":
            guard.withdraw_consent(callee, **event)
        case "status":
            guard.set_caller_status(event.get("number", call["caller"]), event["status"])
        case "attempt":
            with guard.attempt(callee, **{**call["line"], **event}) as attempt:
                attempt.outcome("no-answer")
        case "stale":
            store.go_stale(at.timestamp())
        case "stop-log":
            store.stop_log()
        case _:
            raise AssertionError(do)


def told(decision: Decision) -> tuple[Any, ...]:
    """A decision but for how long it holds: what is asked about now may also end with the state's freshness."""
    return decision.reason, decision.rule, decision.retry_at, decision.provisional


@cache
def run(case: Case) -> tuple[Decision, Any, Any]:
    """The decision, the tested rule's finding and the counts of a scrub, all of the real guard."""
    with TemporaryDirectory() as folder:
        for name, text in (case.files or {}).items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        file = Path(folder) / "callguard.toml"
        file.write_text(policy_text(case), encoding="utf-8")
        policy = Policy.load(file)
        clock, store = FrozenClock(case.at), MemoryStore()
        own = [OWN[case.own_rule]] if case.own_rule else []
        with Guard(policy, rules=own, clock=clock, store=store) as guard:
            line = {"caller": case.caller or policy.callers[0].number, "campaign": case.campaign or "c"}
            call = {"callee": case.callee or "+86 138 0013 8000", "caller": line["caller"], "line": line}
            for event in case.history or []:
                happen(guard, store, clock, event, call)
            clock.set(case.at)
            decision = guard.may_dial(call["callee"], **line, place=case.place)
            explained = guard.explain(call["callee"], **line, at=case.at, place=case.place)
            scrubbed = guard.scrub([call["callee"]], **line, places=[case.place])
            finding = next(f for f in explained.findings if f.rule == case.rule)
            assert told(explained.decision) == told(decision)
            assert [decision.reason.code] == list(scrubbed.codes)
            if not decision:
                with pytest.raises(DialDenied), guard.attempt(call["callee"], **line, place=case.place):
                    raise AssertionError("entered")
            return decision, finding, explained


def instant(until: Any) -> Any:
    """An instant as pendulum compares it; None for never."""
    return None if until == "never" else until


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_case_comes_out_as_the_law_says(case):
    decision, finding, _ = run(case)

    if case.side == "deny":
        assert (case.reason, case.rule) == (decision.reason, decision.rule)
        assert finding.status == "denies"
        if case.until is not None:
            assert instant(case.until) == decision.retry_at
    else:
        assert decision.allowed, (decision.reason, decision.rule)
        assert finding.status != "denies"
        if case.until is not None:
            assert instant(case.until) == finding.until
    if case.provisional is not None:
        assert case.provisional == decision.provisional


def executed() -> dict[str, dict[str, list[tuple[Case, Decision]]]]:
    """What each pair's cases came to, by side."""
    pairs: dict[str, dict[str, list[tuple[Case, Decision]]]] = defaultdict(lambda: {"allow": [], "deny": []})
    for case in CASES:
        pairs[f"{case.rule}: {case.pair}"][case.side].append((case, run(case)[0]))
    return pairs


def parted() -> list[tuple[Case, Decision]]:
    """The denied side of each pair whose two sides were executed and gave different answers."""
    return [
        denied
        for sides in executed().values()
        for denied in sides["deny"]
        if sides["allow"] and not denied[1] and all(allowed for _, allowed in sides["allow"])
    ]


def test_every_pair_has_two_sides_that_differ():
    differing = {f"{case.rule}: {case.pair}" for case, decision in parted() if not decision}

    assert sorted(set(executed()) - differing) == []


def test_every_decided_row_has_a_pair():
    decided = {(text.id, row) for text in packs.load().rules.values() for row in text.rows}
    found = {(case.rule, row) for case, _ in parted() for row in case.row}

    assert sorted(decided - found) == []
    assert sorted(found - decided) == []


def test_every_rule_and_every_reason_has_a_pair():
    rules = {case.rule for case, _ in parted()}
    reasons = {decision.reason for _, decision in parted()}

    assert {rule.id for rule in RULES} <= rules
    assert set(Reason) - {Reason.ALLOWED} == reasons


def test_every_case_cites_its_law():
    assert [case.name for case in CASES if not case.law or case.row is None or case.side not in ("allow", "deny")] == []


def test_no_two_cases_have_one_name():
    names = [case.name for case in CASES]

    assert sorted({name for name in names if names.count(name) > 1}) == []
