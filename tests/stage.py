"""A world on the stage: the real Guard and the slow reading live through the same steps and are asked the same questions."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import oracle
from callguard import DialDenied, Guard, Policy
from callguard.rules import FOREVER, Deny, Pass, rule
from callguard.testing import MemoryStore
from oracle import days, law, numbers
from worlds import render, toml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENFORCED = ("protected-number", "refused", "listed", "state-stale", "log-unavailable")
names = itertools.count()


class Disagreement(AssertionError):  # noqa: N818 - it is no error of either
    """The product and the slow reading answered differently."""


def own_rule(told: dict[str, Any]) -> Any:
    """Return a user's own rule as callguard takes it."""

    def no_fridays(call: Any) -> Any:
        friday = days.local(call.enterprise.timezone, call.at).weekday() == 4
        return Deny(until=call.next_midnight) if friday else Pass(until=call.next_midnight)

    def not_before(call: Any) -> Any:
        return Deny(until=told["instant"]) if call.at < told["instant"] else Pass(until=FOREVER)

    def raises(call: Any) -> Any:
        raise RuntimeError("a rule of the user's own")

    def nonsense(call: Any) -> Any:
        return None

    return rule(told["id"])(
        {"no-fridays": no_fridays, "not-before": not_before, "raises": raises, "nonsense": nonsense}[told["id"]]
    )


class Stage:
    """One world with its guard and its history."""

    def __init__(self, world: dict[str, Any], folder: Path) -> None:
        self.world, self.history, self.clock = world, [], 0.0
        policy = dict(world["policy"])
        self.region, self.integers = policy["enterprise"]["region"], policy["enterprise"].get("integers")
        self.paths: list[Path] = []
        if "lists" in policy:
            policy["lists"] = [{"name": entry["name"], "path": self.file(folder, entry["name"])} for entry in policy["lists"]]
        if world["hcodes"]:
            rows = ["prefix,province", *(f"{prefix},{province}" for prefix, province in world["hcodes"].items())]
            policy["places"] = {"hcode_file": self.write(folder, "hcodes.csv", rows)}
        if world["overrides"]:
            rows = [f"[[days]]\ndate = {toml(day)}\nkind = {toml(kind)}\nname = 'x'" for day, kind in world["overrides"].items()]
            policy["calendar"] = {**policy.get("calendar", {}), "overrides": self.write(folder, "calendar.toml", rows)}
        for pack in world.get("own_packs", []):
            path = self.write(folder, "pack.toml", [f"{key} = {toml(value)}" for key, value in pack.items()])
            own = policy["enterprise"]
            policy["enterprise"] = {**own, "packs": [*own.get("packs", []), path]}
        self.text = render(policy)
        self.store = MemoryStore()
        rules = [own_rule(told) for told in world["custom"]]
        self.guard = Guard(Policy.from_toml(self.text), rules=rules, clock=lambda: self.clock, store=self.store)

    def write(self, folder: Path, name: str, rows: list[str]) -> str:
        path = folder / f"{next(names)}-{name}"
        path.write_text("\n".join(rows) + "\n", encoding="utf-8")
        self.paths.append(path)
        return str(path)

    def file(self, folder: Path, name: str) -> str:
        table = self.world["files"][name]
        rows = [",".join(row) for row in table["rows"]] if table["header"] else [row[0] for row in table["rows"]]
        return self.write(folder, f"{name}.csv", ["number,since,until", *rows] if table["header"] else rows)

    def close(self) -> None:
        self.guard.close()
        for path in self.paths:
            path.unlink()

    # steps

    def play(self, step: tuple) -> None:
        """Let the guard and the history live through a step that is no question."""
        kind = step[0]
        if kind == "clock":
            self.clock = step[1]
        elif kind == "attempt":
            self.attempt(*step[1:])
        else:
            getattr(self, kind)(*step[1:])

    def remember(self, *step: Any) -> None:
        self.history.append((self.clock, step))

    def refuse(self, callee: Any, scope: str, ago: float | None) -> None:
        at = None if ago is None else self.clock + ago
        self.guard.refuse(callee, scope=scope, at=at)
        self.remember("refuse", callee, scope, at)

    def lift(self, callee: Any, scope: str) -> None:
        self.guard.lift_refusal(callee, scope=scope, proof="form 7")
        self.remember("lift", callee, scope)

    def consent(self, callee: Any, scope: str, until: str | None) -> None:
        value: Any = None
        if until is not None:
            value = date.fromisoformat(until) if len(until) == 10 else datetime.fromisoformat(until)
        self.guard.consent(callee, scope=scope, proof="form 3", until=value)
        self.remember("consent", callee, scope, until)

    def withdraw(self, callee: Any, scope: str) -> None:
        self.guard.withdraw_consent(callee, scope=scope)
        self.remember("withdraw", callee, scope)

    def status(self, caller: str, status: str) -> None:
        self.guard.set_caller_status(caller, status)
        self.remember("status", caller, status)

    def stale(self, is_stale: bool) -> None:
        self.store.go_stale(self.clock if is_stale else FOREVER)
        self.remember("stale", is_stale)

    def unwritable(self, is_unwritable: bool) -> None:
        self.store.stop_log(stopped=is_unwritable)
        self.remember("unwritable", is_unwritable)

    def attempt(self, callee: Any, caller: str, campaign: str, place: str | None, release: bool) -> None:
        """Place a call now, counted by both where both let it go."""
        call = oracle.Call(callee, caller, campaign, self.clock, place)
        expected = answer(self.world, self.history, call)
        try:
            with self.guard.attempt(callee, caller=caller, campaign=campaign, place=place) as attempt:
                if release:
                    attempt.release()
                else:
                    attempt.outcome("answered")
            found: Any = oracle.Answer(law.Reason.ALLOWED, None, False)
        except DialDenied as denied:
            found = oracle.Answer(denied.decision.reason, denied.decision.rule, denied.decision.provisional)
        except ValueError:
            found = ValueError
        told = [] if expected is ValueError else oracle.findings(self.world, self.history, call)
        stopping = [oracle.Answer(reason, rule, False) for rule, reason, _ in told if reason in ENFORCED]
        shadow = not next(c for c in self.world["policy"]["campaigns"] if c["name"] == campaign).get("enforce", True)
        if shadow and stopping and expected.reason != "allowed":
            expected = stopping[0]  # whichever reasons come before it
        goes = expected is not ValueError and (expected.reason == "allowed" or (shadow and expected.reason not in ENFORCED))
        if goes != (found is not ValueError and found.reason == "allowed") or (not goes and found != expected):
            raise Disagreement(f"attempt {call}: product {found}, slow reading {expected}, shadow {shadow}")
        number = numbers.read(callee, self.region, self.integers)[1]
        if goes and not release:
            self.remember("counted", number, numbers.caller_key(caller, self.region), campaign)

    # questions

    def ask(self, step: tuple, turn: int = 0) -> oracle.Answer | type[ValueError]:
        """Ask every way of asking, beginning with another one each turn; return what the slow reading answers."""
        _, callee, caller, campaign, at, place = step
        call = oracle.Call(callee, caller, campaign, self.clock if at is None else at, place)
        expected = answer(self.world, self.history, call)
        ways = [self.may_dial, self.line, self.explain, self.scrub]
        for way in ways[turn % 4 :] + ways[: turn % 4] + [self.may_dial]:
            try:
                found = way(call, at)
            except ValueError as error:
                found = ValueError
                if expected is not ValueError:
                    raise Disagreement(f"{way.__name__} {call}: product raises {error}, slow reading {expected}") from error
            if found != expected:
                raise Disagreement(f"{way.__name__} {call}: product {found}, slow reading {expected}")
        return expected

    def may_dial(self, call: oracle.Call, at: float | None) -> oracle.Answer:
        return plain(self.guard.may_dial(call.callee, caller=call.caller, campaign=call.campaign, at=moment(at), place=call.place))

    def line(self, call: oracle.Call, at: float | None) -> oracle.Answer:
        return plain(self.guard.line(campaign=call.campaign, caller=call.caller).may_dial(call.callee, at=at, place=call.place))

    def explain(self, call: oracle.Call, at: float | None) -> oracle.Answer:
        """Compare the findings too, where there is a callee to find them for."""
        explained = self.guard.explain(call.callee, caller=call.caller, campaign=call.campaign, at=at, place=call.place)
        expected = oracle.findings(self.world, self.history, call)
        if [finding.rule for finding in explained.findings] != [rule for rule, _, _ in expected]:
            raise Disagreement(f"findings of {[f.rule for f in explained.findings]}")
        denials = [(finding.rule, finding.reason) for finding in explained.findings if finding.status == "denies"]
        if (denials[0] if denials else (None, "allowed")) != (explained.decision.rule, explained.decision.reason):
            raise Disagreement(f"explain {call}: first denial {denials[:1]}, decision {explained.decision}")
        wanted = [(rule, reason) for rule, reason, _ in expected if reason is not None]
        if (
            wanted[:1] != [("invalid-number", "invalid-number")]
            and wanted[:1] != [("protected-number", "protected-number")]
            and denials != wanted
        ):
            raise Disagreement(f"explain {call}: denials {denials}, slow reading {wanted}")
        return plain(explained.decision)

    def scrub(self, call: oracle.Call, at: float | None) -> Any:
        """Screen the callee among others, each of which is compared."""
        others = ["+8613800130013", "+12085550123", "110", "x", call.callee]
        placed = call.place is not None
        result = self.guard.scrub(
            [*others, call.callee],
            caller=call.caller,
            campaign=call.campaign,
            at=at,
            places=[None] * 5 + [call.place] if placed else None,
        )
        codes = [law.Reason.from_code(code) for code in result.codes]
        alone = [call._replace(callee=callee, place=None) for callee in others]
        expected = [oracle.decide(self.world, self.history, other).reason for other in alone]
        if codes[:-1] != expected:
            raise Disagreement(f"scrub {alone}: product {codes[:-1]}, slow reading {expected}")
        found = answer(self.world, self.history, call)
        return found._replace(reason=codes[-1]) if isinstance(found, oracle.Answer) else codes[-1]


def answer(world: dict[str, Any], history: list, call: oracle.Call) -> Any:
    """Return what the slow reading answers; ValueError where it raises it."""
    try:
        return oracle.decide(world, history, call)
    except ValueError:
        return ValueError


def plain(decision: Any) -> oracle.Answer:
    """Return what is compared of a Decision."""
    return oracle.Answer(decision.reason, decision.rule, decision.provisional)


def moment(at: float | None) -> Any:
    """Return an instant as an aware datetime, in a zone of no importance."""
    return None if at is None else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=at)


def lived(world: dict[str, Any], folder: Path) -> Iterator[tuple[Stage, tuple, Any]]:
    """Let a world happen; yield each question with what both answer."""
    stage = Stage(world, folder)
    try:
        for turn, step in enumerate(world["steps"]):
            if step[0] == "ask":
                yield stage, step, stage.ask(step, turn)
            else:
                stage.play(step)
    finally:
        stage.close()
