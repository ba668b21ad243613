"""`callguard inspect`: a policy, its state and its call log held against the rules, today or on a day to come."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from callguard import clock
from callguard.cli import answers, commands, reports
from callguard.cli.desk import NotAnswered
from callguard.cli.phases import Phases
from callguard.errors import CallguardError
from callguard.readiness import SEVERITIES, inspect, opened
from callguard.readiness.ahead import MOST_DAYS
from callguard.readiness.inspecting import DAYS
from callguard.readiness.kept import Kept, is_there, keys, why_not

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from callguard.cli.desk import Desk
    from callguard.cli.words import Words
    from callguard.policy import Policy
    from callguard.readiness import Inspection

_UNREAD = 2


def command(words: Words) -> click.Command:
    """Return the command."""
    params: list[click.Parameter] = [
        click.Option(["--on"], metavar="DATE"),
        click.Option(["--days"], type=click.IntRange(0, MOST_DAYS), metavar="N", default=DAYS),
        click.Option(["--severity"], type=click.Choice(SEVERITIES), default="note"),
        click.Option(["--fail-on"], type=click.Choice(SEVERITIES), default="violation"),
        click.Option(["--no-log"], is_flag=True),
        *reports.options(),
    ]
    return commands.Command(words, "inspect", run, params)


def run(
    desk: Desk, *, on: str | None, days: int, severity: Any, fail_on: Any, no_log: bool, report: tuple[str, ...], force: bool
) -> int:
    """Inspect, and show what there is to remark; 0 where nothing is as bad as `fail_on`."""
    from callguard.cli import inspect_report, inspect_shown

    reports.check(desk, report, force=force)
    policy, words = desk.policy(), desk.words
    day = _day(desk, policy, on)
    with ExitStack() as stack:
        kept = None if no_log else _kept(desk, policy, stack)
        progress = stack.enter_context(Phases(desk, "inspect", worth=0, after=1.0))
        try:
            found = inspect(policy, on=day, days=days, kept=kept, progress=progress)
        except ValueError as error:
            raise NotAnswered(desk.words("inspect-wrong-on") if str(error).startswith("`on`") else str(error)) from None
    shown = SEVERITIES[: SEVERITIES.index(severity) + 1]
    made = reports.made(desk, policy.enterprise.timezone)
    reports.write(
        desk,
        report,
        page=lambda: inspect_report.page(words, found, policy, shown, made=made),
        value=lambda: _value(desk, found, shown),
        events=lambda: inspect_report.events(words, found, shown),
    )
    if desk.json:
        desk.print_json(_value(desk, found, shown))
    else:
        inspect_shown.show(desk, found, shown)
    return _status(found, fail_on)


def _value(desk: Desk, found: Inspection, severities: Sequence[str]) -> dict[str, Any]:
    from callguard.readiness import remark_json

    value = remark_json.as_json(found, desk.words.lang)
    return value | {"remarks": [each for each in value["remarks"] if each["severity"] in severities]}


def _status(found: Inspection, fail_on: Any) -> int:
    if found.at_least(*SEVERITIES[: SEVERITIES.index(fail_on) + 1]):
        return 1
    return _UNREAD if found.of("state-unknown") else 0


def _day(desk: Desk, policy: Policy, text: str | None) -> date:
    """Return the day that is looked at, today's of the enterprise where none is named."""
    if text is None:
        return clock.local(policy.enterprise.timezone, desk.now)[0]
    try:
        found = answers.day(text)
    except ValueError:
        found = None
    if found is None:
        raise NotAnswered(desk.words("bad-choice", option="--on", value=text, choices="YYYY-MM-DD"))
    return found


def _kept(desk: Desk, policy: Policy, stack: ExitStack) -> Kept | Mapping[str, str] | None:
    """Open the state where there is one; why not, where it cannot be read, nor its key be had where it would be made."""
    try:
        if is_there(policy):
            return stack.enter_context(opened(policy))
        desk.notes([desk.words("inspect-no-state", path=policy.state_folder)])
        keys(policy)
    except CallguardError as error:
        return why_not(error)
    return None
