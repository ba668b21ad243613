"""A plan as people read it: the first call, the steps with their dates and bars, what is wanting, too much, and owed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich import box
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from callguard.cli import plan_said, regulations_shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from rich.console import RenderableType

    from callguard.cli.desk import Desk
    from callguard.cli.words import Words
    from callguard.readiness import Plan, Step

_COLOURS: Final = {"held": "green", "renew": "yellow", "ready": "cyan", "apply": "bold"}
_CONDITIONS: Final = {"not-met": "red", "unknown": "yellow", "doubtful": "yellow"}
_BAR: Final = 26  # cells
_WIDE: Final = 96  # a terminal that has room for the bars beside the dates


def show(desk: Desk, plan: Plan) -> None:
    """Print a plan."""
    words = desk.words
    first = plan.step(plan.first_number).title[words.lang] if plan.first_number else words("plan-no-number")
    head = Text.assemble((words("plan-first", span=plan_said.span(words, plan.first_call)), "bold"), (f"  {first}", "dim"))
    desk.show(head, Text(words("plan-on", day=plan.on), "dim"))
    if (plan.complete.earliest.day, plan.complete.latest.day) != (plan.first_call.earliest.day, plan.first_call.latest.day):
        desk.show(Text(words("plan-complete", span=plan_said.span(words, plan.complete))))
    _section(desk, "plan-steps", [_steps(desk, plan)])
    _section(desk, "plan-conditions", [_conditions(desk, plan)] if plan.open_conditions else [])
    _section(desk, "plan-gaps", [_indented((plan.step(id_).title[words.lang], "red")) for id_ in plan.gaps])
    _section(desk, "plan-surplus", [_line(each.requirement.title, each.why, words, "yellow") for each in plan.surplus])
    _section(
        desk,
        "plan-not-needed",
        [_line(each.requirement.title, each.why, words, "") for each in plan.not_needed if not each.surplus],
    )
    _section(desk, "plan-documents", [_indented(f"{of}: ", (text, "dim")) for of, text in plan_said.documents(words, plan)])
    _section(
        desk, "plan-cautions", [_indented((f"{of}: ", "yellow"), (text, "dim")) for of, text in plan_said.cautions(words, plan)]
    )
    _section(desk, "plan-regulations", list(regulations_shown.otherwise(words, plan.differences)))
    _section(desk, "plan-duties", [_duties(words, plan)])
    _section(desk, "plan-notes", [_indented((note.message_in(words.lang), "dim")) for note in plan.notes])


def _section(desk: Desk, title: str, rows: list[RenderableType]) -> None:
    """Print a part of the plan, nothing where there is nothing in it."""
    if rows:
        desk.show(Text(), Text(desk.words(title), "bold underline"), *rows)


def _steps(desk: Desk, plan: Plan) -> Table:
    """Return the steps in order, each with its authority and dates, and a bar where there is room."""
    words, bars = desk.words, desk.out.width >= _WIDE
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("", justify="right", no_wrap=True)
    for key in ("plan-what", "status", "plan-waits", "plan-ready"):
        table.add_column(words(key), overflow="fold")
    if bars:
        table.add_column(words("plan-between", first=plan.on, last=plan.complete.latest.day), no_wrap=True)
    places = {step.id: i for i, step in enumerate(plan.steps, 1)}
    waiting = {step.id for step in plan.steps if step.status == "apply"}
    for step in plan.steps:
        title = step.title[words.lang] + (f" x {step.count}" if step.count and step.count > 1 else "")
        beside = "".join(f"\n{each}" for each in (plan_said.authority(words, step), plan_said.taking(words, step)) if each)
        what = Text.assemble((title, _COLOURS[step.status]), (beside, "dim"))
        applied = step.status == "apply"
        waits = ", ".join(str(places[id_]) for id_ in step.waits_for if applied and id_ in waiting)
        status = plan_said.status(words, step)
        row: list[str | Text] = [str(places[step.id]), what, status, waits, _when(words, step) if applied else ""]
        table.add_row(*row, *([_bar(desk, plan, step)] if bars else []))
    return table


def _when(words: Words, step: Step) -> str:
    """Return the days of a step, one above the other; `+?` where a time is not counted."""
    early, late = plan_said.day(step.ends.earliest), plan_said.day(step.ends.latest)
    more = " +?" if step.uncounted else ""
    return f"{early}{more}" if early == late else f"{early}\n{words('plan-until', day=late)}{more}"


def _bar(desk: Desk, plan: Plan, step: Step) -> Text:
    """Return a bar from the start of applications to the end of the plan: the shortest time, and light up to the longest."""
    whole = (plan.complete.latest.day - plan.on).days
    if step.status != "apply" or not whole:
        return Text()

    def cell(day: date) -> int:
        return round((day - plan.on).days / whole * _BAR)

    full, light, point = ("█", "░", "◆") if desk.marks[0] == "✓" else ("#", "-", "*")
    start, early, late = cell(step.starts.earliest.day), cell(step.ends.earliest.day), cell(step.ends.latest.day)
    if step.uncounted:
        return Text(" " * min(start, _BAR - 1) + point, "cyan")
    return Text.assemble(" " * start, (full * max(early - start, 1), "cyan"), (light * (late - max(early, start + 1)), "dim cyan"))


def _conditions(desk: Desk, plan: Plan) -> Table:
    words = desk.words
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for key in ("plan-condition", "plan-of", "plan-found", "status"):
        table.add_column(words(key), overflow="fold")
    for step, checked in plan.open_conditions:
        standing = Text(words(f"plan-{checked.status}"), _CONDITIONS[checked.status])
        table.add_row(plan_said.condition(words, checked), step.title[words.lang], plan_said.found(words, checked), standing)
    return table


def _line(title: Mapping[str, str], why: Mapping[str, str], words: Words, style: str) -> Padding:
    return _indented((title[words.lang], style), (f" - {why[words.lang]}", "dim"))


def _indented(*parts: str | tuple[str, str]) -> Padding:
    """Return a text two cells in, all of its lines."""
    return Padding(Text.assemble(*parts), (0, 0, 0, 2))


def _duties(words: Words, plan: Plan) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(words("plan-duty"), max_width=24, overflow="fold")
    for key in ("plan-due", "plan-says"):
        table.add_column(words(key), overflow="fold")
    for owed in plan.duties:
        table.add_row(owed.duty.title[words.lang], plan_said.dues(words, owed), Text(owed.duty.text[words.lang], "dim"))
    return table
