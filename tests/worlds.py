"""Hypothesis strategies for whole worlds: a policy, its files, what happens, and what is asked, as plain data.

Each world has an intent: the reason that it is built to give first. It is clean but for one broken thing, drawn from both sides
of the thing's boundary, and a little noise.
"""

from __future__ import annotations

from datetime import date, time
from typing import Any

from hypothesis import strategies as st

from breaking import Breaking
from building import DAY_S, HOUR, INTENTS, UPKEEP
from synthetic import AMERICAN, FIXED, MOBILES, Draw, odds, pick


class Living(Breaking):
    """A world in which time passes, things happen and questions are asked."""

    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = {**self.policy, "enterprise": self.enterprise, "licences": self.licences, "filings": self.filings}
        found["callers"] = self.callers
        found["lists"] = [{"name": name} for name in self.lists]
        found["campaigns"] = self.campaigns
        return {key: value for key, value in found.items() if value != []}

    def steps(self) -> list[tuple]:
        """Return what happens: the past, the question, and more questions while time passes and things change."""
        draw = self.draw
        live = odds(draw, 50)
        clock = self.at if live else self.at + pick(draw, (-400, -30, -1, 1, 30, 400)) * DAY_S + pick(draw, (0, 0, 1, -1, HOUR))
        past = min([clock, *(step[1] for step in self.before if step[0] == "clock")])
        steps: list[tuple] = [("clock", past - 1)] if self.before and self.before[0][0] != "clock" else []
        steps += self.before
        latest = max([past, *(step[1] for step in self.before if step[0] == "clock")])
        clock = max(clock, latest)
        live &= clock == self.at
        steps += [("clock", clock), ("ask", self.callees[0], self.caller, "main", None if live else self.at, self.told)]
        for _ in range(draw(st.integers(0, 3))):
            clock += pick(draw, (0, 0, 1, 2, 60, HOUR, 7 * HOUR, 13 * HOUR, DAY_S, 30 * DAY_S))
            steps.append(("clock", clock))
            steps += self.event()
            moved = self.at + pick(draw, (0, 0, -1, 1, -60, HOUR, -HOUR, 11 * HOUR, DAY_S, -DAY_S, 7 * DAY_S))
            asked = (pick(draw, self.callees), self.told) if odds(draw, 85) else (self.other(), None)
            campaign = pick(draw, self.campaigns)["name"] if odds(draw, 15) else "main"
            caller = pick(draw, self.callers)["number"] if odds(draw, 10) else self.caller
            steps.append(("ask", asked[0], caller, campaign, None if odds(draw, 60) else moved, asked[1]))
        return steps

    def other(self) -> Any:
        return (
            self.rewritten()
            if odds(self.draw, 40)
            else pick(self.draw, (f"+{pick(self.draw, MOBILES + FIXED + AMERICAN)}", "x", "110"))
        )

    def event(self) -> list[tuple]:
        draw = self.draw
        if odds(draw, 50):
            return []
        callee, scope, kind = self.rewritten(), self.scope(honoured=False), draw(st.integers(0, 9))
        if kind < 2:
            return [("refuse", callee, scope, None)]
        if kind < 4:
            return [("lift", callee, scope)]
        if kind < 6:
            return [("consent", callee, scope, self.edge_until() if odds(draw, 50) else None)]
        if kind < 7:
            return [("withdraw", callee, scope)]
        if kind < 9:
            return [("status", self.callers[0]["number"], pick(draw, ("active", "active", "suspended", "reclaimed")))]
        return [("attempt", callee, "main", odds(draw, 20))]


@st.composite
def worlds(draw: Draw, intents: tuple[str, ...] = INTENTS) -> dict[str, Any]:
    """Draw a world: `intent`, `policy`, `files`, `hcodes`, `overrides`, `custom`, `steps`."""
    intent = draw(st.sampled_from(intents + intents[:1]))
    building = Living(draw, intent)
    building.break_(intent)
    if odds(draw, 12):
        building.break_(pick(draw, [i for i in INTENTS if i not in UPKEEP]))
    if building.number and odds(draw, 20) and building.place is not None:
        building.callees.append(building.rewritten())
    steps = [
        (
            "attempt",
            s[1],
            building.caller,
            s[2] if any(c["name"] == s[2] for c in building.campaigns) else "main",
            building.told,
            s[3],
        )
        if s[0] == "attempt"
        else s
        for s in building.steps()
    ]
    return {
        "intent": intent,
        "policy": building.document(),
        "files": building.files,
        "hcodes": building.hcodes,
        "overrides": building.overrides,
        "custom": building.custom,
        "steps": steps,
    }


def toml(value: Any) -> str:
    """Write a plain value in TOML, tables inline."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + " }"
    return repr(value)


def render(policy: dict[str, Any]) -> str:
    """Write a policy as a TOML file has it."""
    lines = []
    for key, value in policy.items():
        if isinstance(value, dict):
            lines += [f"[{key}]", *(f"{name} = {toml(item)}" for name, item in value.items())]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for table in value:
                lines += [f"[[{key}]]", *(f"{name} = {toml(item)}" for name, item in table.items())]
        else:
            lines.insert(0, f"{key} = {toml(value)}")
    return "\n".join(lines) + "\n"
