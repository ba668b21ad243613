"""What every command works at: its language, its policy, and where it writes."""

from __future__ import annotations

import io
import json
import os
import re
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TextIO

import attrs
from rich.console import Console
from rich.text import Text

from callguard import as_json, clock, phone
from callguard.cli.facts import FILES_ZH
from callguard.errors import CallguardError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pendulum
    from rich.console import RenderableType

    from callguard import Guard, Policy
    from callguard.batch.files import TableError
    from callguard.cli.words import Words
    from callguard.model import Decision
    from callguard.policy import Campaign

POLICY_FILE = "callguard.toml"
_NUMBERS = re.compile(r"(?<![\w.])\+?\d(?:[ -]?\d){9,}(?![\w.])")
_USUAL = 100
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class NotAnswered(CallguardError):  # noqa: N818 - what the exit status 2 says
    """The question cannot be answered as it was put; the text says why, and what is accepted."""


@attrs.define
class Desk:
    """One run of one command; a context manager, which closes what it opened."""

    words: Words
    policy_option: str | None = None
    json: bool = False
    now: float = attrs.field(factory=time.time)
    _open: ExitStack = attrs.field(factory=ExitStack, init=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    # ---- the policy

    @property
    def path(self) -> Path:
        """The policy file: `--policy`, else CALLGUARD_POLICY, else `callguard.toml` here."""
        named = self.policy_option or os.environ.get("CALLGUARD_POLICY")
        path = Path(named or POLICY_FILE)
        if not named and not path.exists():
            raise NotAnswered(self.words("no-policy"))
        self.readable(path)
        return path

    def readable(self, path: Path) -> None:
        """Do nothing for a file that can be read; NotAnswered says what else it is."""
        if path.is_file():
            key = None if os.access(path, os.R_OK) else "may-not-read"
        else:
            key = "is-folder" if path.is_dir() else "is-no-file" if path.exists() else "no-file"
        if key:
            raise NotAnswered(self.words(key, path=path))

    def policy(self) -> Policy:
        """Read the policy; PolicyError with every mistake of it."""
        from callguard import Policy

        return Policy.load(self.path)

    def guard(self) -> Guard:
        """Open the policy's guard, until the desk is left; lists that are new are read with a bar."""
        from callguard import Guard
        from callguard.cli.phases import Phases

        with Phases(self) as progress:
            return self._open.enter_context(Guard.open(self.path, progress=progress))

    def line(self, policy: Policy, campaign: str | None, caller: str | None) -> tuple[Campaign, str]:
        """Return the campaign and the caller number; either may be left out where there is only one."""
        if campaign is None:
            if not policy.campaigns:
                raise NotAnswered(self.words("no-campaign"))
            if len(policy.campaigns) > 1:
                raise NotAnswered(self.words("which-campaign", names=self._names(c.name for c in policy.campaigns)))
            campaign = policy.campaigns[0].name
        if campaign not in [c.name for c in policy.campaigns]:
            raise NotAnswered(self.unknown_campaign(policy, campaign))
        found = policy.campaign(campaign)
        if caller is None:
            usual = [c.number for c in policy.callers if c.key in found.callers]
            if not usual:
                raise NotAnswered(self.words("no-caller", campaign=found.name))
            if len(usual) > 1:
                raise NotAnswered(self.words("which-caller", names=self._names(usual)))
            caller = usual[0]
        elif policy.caller(caller) is None:
            self.notes([self.unknown_caller(policy, caller, "--caller")])
        return found, caller

    def table(self, error: TableError) -> str:
        """Say why a file cannot be read as a table; what stands in its cells is masked."""
        facts = {name: masked(str(value)) if name in {"columns", "name", "names"} else value for name, value in error.facts.items()}
        if self.words.lang == "zh" and "what" in facts:
            facts["what"] = FILES_ZH.get(str(facts["what"]), facts["what"])
        return self.words(f"table-{error.key}", **facts)

    def unknown_campaign(self, policy: Policy, name: str) -> str:
        """Say that a name is none of the policy's campaigns, and which are."""
        known = [c.name for c in policy.campaigns]
        return self._nearest(self.words("unknown-campaign", name=name, names=self._names(known)), name, known)

    def unknown_caller(self, policy: Policy, number: str, option: str) -> str:
        """Say that a number is none of the policy's callers, and which are."""
        numbers = [c.number for c in policy.callers]
        names = self._names(numbers) or self.words("no-callers")
        return self._nearest(self.words("unknown-caller", option=option, number=number, names=names), number, numbers)

    def scope(self, policy: Policy, name: str) -> None:
        """Do nothing for a scope that the policy declares."""
        if name not in policy.scopes:
            text = self.words("unknown-scope", name=name, names=self._names(policy.scopes))
            raise NotAnswered(self._nearest(text, name, policy.scopes))

    def instant(self, text: str | None, timezone: str, option: str = "--at") -> float:
        """Return the epoch seconds of `--at`: now, an ISO instant with its offset, or one in the enterprise's time."""
        if text is None:
            return self.now
        written = text.strip()
        try:
            found = datetime.fromisoformat(written)
        except ValueError:
            raise NotAnswered(self.words("bad-at", option=option, text=text, zone=timezone)) from None
        if len(written) < len("2026-11-24T20"):  # a day alone is no instant
            raise NotAnswered(self.words("bad-at-day", option=option, text=text))
        try:
            return clock.check((found if found.tzinfo else found.replace(tzinfo=clock.zone(timezone))).timestamp())
        except (ValueError, OverflowError):
            raise NotAnswered(self.words("bad-at-years", option=option, text=text)) from None

    def day_or_instant(self, text: str | None, timezone: str, option: str) -> date | float | None:
        """Return what an option says that takes a day as well as an instant; None where it is not there."""
        if text is None:
            return None
        with suppress(ValueError):
            return date.fromisoformat(text.strip())
        try:
            datetime.fromisoformat(text.strip())
        except ValueError:
            raise NotAnswered(self.words("bad-day-or-at", option=option, text=text, zone=timezone)) from None
        return self.instant(text, timezone, option)

    def local(self, at: float | pendulum.DateTime | None, timezone: str) -> pendulum.DateTime | None:
        """Return an instant in a zone."""
        if at is None:
            return None
        return clock.datetime_of(at if isinstance(at, int | float) else at.timestamp(), timezone)

    # ---- writing

    @property
    def out(self) -> Console:
        """Standard output: coloured and as wide as the terminal; plain in a pipe."""
        return _console(stderr=False)

    @property
    def err(self) -> Console:
        """Standard error."""
        return _console(stderr=True)

    def show(self, *what: RenderableType, stderr: bool = False) -> None:
        """Print for people; in a pipe without the blanks that a table leaves at the ends of lines."""
        console = self.err if stderr else self.out
        if console.is_terminal:
            console.print(*what, sep="\n")
            return
        with console.capture() as captured:
            console.print(*what, sep="\n")
        console.file.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))
        console.file.flush()

    def print_json(self, value: Mapping[str, Any], *, stderr: bool = False) -> None:
        """Print for machines: one JSON object on one line."""
        text = json.dumps(value, ensure_ascii=False, default=str)
        (self.err if stderr else self.out).print(text, markup=False, highlight=False, soft_wrap=True)

    def notes(self, texts: Iterable[str]) -> None:
        """Print what a person should know on standard error; machines are not told."""
        for text in () if self.json else texts:
            self.complain(Text.assemble((f"{self.words('note')}: ", "yellow"), (text, "dim")))

    def complain(self, text: Text) -> None:
        """Print on standard error; in a pipe a line stays a line."""
        err = self.err
        err.print(text, soft_wrap=not err.is_terminal)

    def warnings(self, guard: Guard) -> Iterator[str]:
        """Say what a guard wants a person to know, in the user's language."""
        return (notice.message_in(self.words.lang) for notice in guard.warnings)

    @contextmanager
    def progress(self, title: str, total: int | None) -> Iterator[Callable[[int, int], None]]:
        """Show a bar of what is done of `total`, and a count of rows, on a terminal; none in a pipe."""
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        rows = TextColumn("{task.fields[rows]:,} ({task.fields[rate]:,}/s)")
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), rows, TimeRemainingColumn())
        err = self.err
        with Progress(*columns, console=err, transient=True, disable=not err.is_terminal or self.json) as bars:
            task, began = bars.add_task(title, total=total, rows=0, rate=0), time.monotonic()

            def update(done: int, rows: int) -> None:
                rate = int(rows / max(time.monotonic() - began, 0.001))
                bars.update(task, completed=done if total else 0, rows=rows, rate=rate)

            yield update

    @property
    def marks(self) -> tuple[str, str, str]:
        """Yes, no, neither; in a terminal that has no such signs, plain ones."""
        encoding = getattr(self.out.file, "encoding", None) or "utf-8"
        try:
            "✓✗–█".encode(encoding)
        except (UnicodeEncodeError, LookupError):
            return "+", "x", "-"
        return "✓", "✗", "–"

    def decision(self, decision: Decision, timezone: str) -> dict[str, Any]:
        """Return a decision as the JSON of `check`."""
        return as_json.decision(decision, timezone, self.words.lang)

    def _names(self, names: Iterable[str]) -> str:
        return ", ".join(f"`{name}`" for name in names)

    def _nearest(self, text: str, given: str, known: Sequence[str]) -> str:
        """Add the nearest of the known names to a text."""
        near = get_close_matches(given, known, n=1)
        return f"{text}; {self.words('did-you-mean', names=near[0])}" if near else text


def masked(text: str) -> str:
    """Return what a person may have typed a callee into, or a file's cell, with what looks like a number masked; dates are not."""

    def mask(match: re.Match[str]) -> str:
        return match[0] if _DATE.match(match[0]) else phone.mask(match[0])

    return _NUMBERS.sub(mask, text)


def _console(*, stderr: bool) -> Console:
    """Return a console; in a pipe it is as wide as COLUMNS, or the terminal that the user sits at, else 100."""
    stream: TextIO = sys.stderr if stderr else sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
    width = None if stream.isatty() else _width()
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def _width() -> int:
    """Return how wide a table may be that goes into a pipe."""
    named = os.environ.get("COLUMNS", "")
    if named.isdecimal() and int(named):
        return int(named)
    for descriptor in (2, 0):
        with suppress(OSError):
            return os.get_terminal_size(descriptor).columns or _USUAL
    return _USUAL
