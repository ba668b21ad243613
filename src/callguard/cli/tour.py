"""What the demo shows of its leads, part by part."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import attrs
from rich import box
from rich.console import Group
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

import callguard
from callguard import packs, phone
from callguard.cli.reasons import bar, reasons_table
from callguard.cli.verdict import where
from callguard.model import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from callguard.cli.desk import Desk
    from callguard.guard import Guard, Line
    from callguard.policy import Campaign

SAMPLE = 1_000
ROUNDS = 20_000
_SHOWN = (  # what is shown of whom, and at which moment
    (Reason.LISTED, 0),
    (Reason.PROTECTED_NUMBER, 0),
    (Reason.INVALID_NUMBER, 0),
    (Reason.REGION_BLOCKED, 0),
    (Reason.FILING_MISSING, 0),
    (Reason.CALLING_WINDOW, 0),
    (Reason.REST_DAY, 2),
)


@attrs.frozen
class Moment:
    """An instant of the tour, and what is known of all leads then, by campaign: one reason code a lead."""

    key: str
    at: float
    codes: dict[str, bytes]


@attrs.define
class Tour:
    """The leads of a folder, its guard, and its answers."""

    guard: Guard
    folder: Path
    phones: list[str]
    places: list[str | None]
    column: str
    lines: dict[str, Line] = attrs.field(factory=dict)
    moments: list[Moment] = attrs.field(factory=list)

    @property
    def campaign(self) -> Campaign:
        """The campaign that the tour is about: the first that markets, else the first."""
        campaigns = self.guard.policy.campaigns
        return next((campaign for campaign in campaigns if campaign.purpose == "marketing"), campaigns[0])

    @property
    def line(self) -> Line:
        """Its line."""
        return self.lines[self.campaign.name]

    @property
    def timezone(self) -> str:
        """The enterprise's time."""
        return self.guard.policy.enterprise.timezone


def parts(desk: Desk, tour: Tour) -> Iterator[list[RenderableType]]:
    """Give the parts one by one, so that each stands there while the next is worked out."""
    yield _reasons(desk, tour)
    yield _campaigns(desk, tour)
    yield _examples(desk, tour)
    yield _next(desk, tour)
    yield _speed(desk, tour)
    yield _refusal(desk, tour)


def summary(desk: Desk, tour: Tour) -> dict[str, Any]:
    """Return what the demo counts, for machines."""
    moments = []
    for moment in tour.moments:
        local = desk.local(moment.at, tour.timezone)
        assert local is not None
        counts = {name: {r.value: n for r, n in _counts(codes).items()} for name, codes in moment.codes.items()}
        moments.append({"moment": moment.key, "at": local.isoformat(), "counts": counts})
    return {"enterprise": tour.guard.policy.enterprise.name, "leads": len(tour.phones), "moments": moments}


def _heading(desk: Desk, title: str) -> Rule:
    return Rule(Text(title, "bold"), align="left", style="dim", characters="─" if desk.marks[0] == "✓" else "-")


def _counts(codes: bytes) -> dict[Reason, int]:
    return {reason: n for reason in Reason if (n := codes.count(reason.code))}


def _title(desk: Desk, tour: Tour, moment: Moment) -> str:
    local = desk.local(moment.at, tour.timezone)
    assert local is not None
    return f"{desk.words(f'moment-{moment.key}')}\n{desk.words.instant(local, offset=False)}"


def head(desk: Desk, tour: Tour) -> list[RenderableType]:
    """Say whose leads these are."""
    words, policy = desk.words, tour.guard.policy
    told = sum(place is not None for place in tour.places)
    return [
        Text.assemble(("callguard", "bold cyan"), f"  {words('demo-title', name=policy.enterprise.name)}"),
        Text(words("demo-leads", n=f"{len(tour.phones):,}", folder=tour.folder, column=tour.column, told=f"{told:,}"), "dim"),
        Text(),
    ]


def _reasons(desk: Desk, tour: Tour) -> list[RenderableType]:
    """Show how many leads have which reason at each moment, and why so many may be in a blocked region."""
    words, campaign = desk.words, tour.campaign
    table = reasons_table(desk, [(_title(desk, tour, m), _counts(m.codes[campaign.name])) for m in tour.moments])
    return [
        _heading(desk, words("demo-reasons", campaign=campaign.name, purpose=words.value("purpose", campaign.purpose))),
        Text(),
        table,
        *_unknown(desk, tour),
        Text(),
    ]


def _unknown(desk: Desk, tour: Tour) -> Iterator[RenderableType]:
    """Say how many leads are only blocked since nobody knows their province: they would be left out without a word."""
    moment = tour.moments[0]
    rows = [i for i, code in enumerate(moment.codes[tour.campaign.name]) if code == Reason.REGION_BLOCKED.code]
    sample = rows[:: max(len(rows) // SAMPLE, 1)][:SAMPLE]
    unknown = sum(
        finding.status == "denies" and bool(finding.facts.get("province_unknown"))
        for i in sample
        for finding in tour.line.explain(tour.phones[i], at=moment.at, place=tour.places[i]).findings
    )
    if unknown:
        key = "demo-unknown" if find_spec("phone") else "demo-unknown-hcode"
        text = desk.words(key, share=f"{unknown / len(sample):.0%}", n=len(rows))
        yield from (Text(), Text(text, "dim"))


def _campaigns(desk: Desk, tour: Tour) -> list[RenderableType]:
    """Show how many leads each campaign may call at each moment."""
    words = desk.words
    total = len(tour.phones) or 1
    wide = max((desk.out.width - 36) // len(tour.moments) - 12, 4)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(words("campaign"), no_wrap=True)
    for moment in tour.moments:
        table.add_column(words(f"moment-{moment.key}"), no_wrap=True)
    for name in tour.lines:
        cells = []
        for moment in tour.moments:
            n = moment.codes[name].count(Reason.ALLOWED.code)
            cells.append(Text.assemble(f"{n:>7,} ", (bar(n / total, min(wide, 16), plain=desk.marks[0] != "✓"), "green")))
        campaign = tour.guard.policy.campaign(name)
        table.add_row(Text.assemble(name, (f"\n{words.value('purpose', campaign.purpose)}", "dim")), *cells)
    return [_heading(desk, words("demo-campaigns")), Text(), table, Text()]


def _examples(desk: Desk, tour: Tour) -> list[RenderableType]:
    """Explain a denial of each kind that occurs, the number masked."""
    words, name = desk.words, tour.campaign.name
    shown: list[RenderableType] = [_heading(desk, words("demo-examples")), Text()]
    for reason, which in _SHOWN:
        moment = tour.moments[which]
        row = moment.codes[name].find(bytes([reason.code]))
        if row < 0:
            continue
        callee, place = tour.phones[row], tour.places[row]
        explanation = tour.line.explain(callee, at=moment.at, place=place)
        decision = explanation.decision
        following = desk.local(tour.line.next_allowed(callee, after=moment.at, place=place), tour.timezone)
        law = packs.load().rules.get(decision.rule or "")
        hidden = callee if reason is Reason.PROTECTED_NUMBER else phone.mask(callee) or words("empty")
        shown.append(
            Text.assemble(
                (f"{desk.marks[1]} ", "bold red"),
                f"{hidden}  ",
                (where(words, explanation.place), "dim"),
                "  ",
                (reason.value, "bold"),
            )
        )
        when = words("never") if following is None else words("passes-from", at=words.instant(following, offset=False))
        arrow = "→" if desk.marks[0] == "✓" else ">"
        lines = [Text(decision.message_in(words.lang))]
        lines += [] if law is None else [Text(law.citation[words.lang], "dim")]
        lines.append(Text(f"{arrow} {when}", "magenta" if following is None else "yellow"))
        shown.append(Padding(Group(*lines), (0, 0, 0, 2)))
    return [*shown, Text()]


def _next(desk: Desk, tour: Tour) -> list[RenderableType]:
    """Show when the denied of the last moment may be called next, and how many never."""
    words, moment = desk.words, tour.moments[-1]
    codes = moment.codes[tour.campaign.name]
    denied = [i for i, code in enumerate(codes) if code]
    sample = denied[:: max(len(denied) // SAMPLE, 1)][:SAMPLE]
    following: Counter[float] = Counter()
    never: Counter[Reason] = Counter()
    for i in sample:
        found = tour.line.next_allowed(tour.phones[i], after=moment.at, place=tour.places[i])
        if found is None:
            never[Reason.from_code(codes[i])] += 1
        else:
            following[found.timestamp()] += 1
    table = Table.grid(padding=(0, 2))
    most = max((*following.values(), *never.values()), default=1)
    wide = max(desk.out.width - 60, 10)

    def row(label: Text, n: int, colour: str) -> None:
        drawn = bar(n / most, wide, plain=desk.marks[0] != "✓")
        table.add_row(label, Text(f"{n / max(len(sample), 1):>6.1%}"), Text(drawn, colour))

    for at, n in sorted(following.items()):
        local = desk.local(at, tour.timezone)
        assert local is not None
        row(Text(words.instant(local, offset=False)), n, "yellow")
    for reason, n in sorted(never.items(), key=lambda item: item[0].code):
        row(Text.assemble((words("demo-never"), "magenta"), f" {words.reason(reason)}"), n, "magenta")
    heading = words("demo-next", n=f"{len(denied):,}", moment=words(f"moment-{moment.key}"), sample=f"{len(sample):,}")
    return [_heading(desk, heading), Text(), table, Text()]


def _speed(desk: Desk, tour: Tour) -> list[RenderableType]:
    """Measure decisions a second on this machine, in this process."""
    words, line = desk.words, tour.line
    at = tour.moments[0].at
    start = perf_counter()
    line.scrub(tour.phones, at=at)
    written = len(tour.phones) / (perf_counter() - start)
    plain = [f"+86138{i // 100:04d}01{i % 100:02d}" for i in range(ROUNDS)]
    start = perf_counter()
    line.scrub(plain, at=at)
    scrubbed = ROUNDS / (perf_counter() - start)
    may_dial = line.may_dial
    start = perf_counter()
    for number in plain:
        may_dial(number)
    each = ROUNDS / (perf_counter() - start)
    start = perf_counter()
    for _ in range(ROUNDS):
        may_dial("+8613800138000")
    again = ROUNDS / (perf_counter() - start)
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(justify="right", style="bold")
    for key, rate in (("written", written), ("plain", scrubbed), ("each", each), ("again", again)):
        table.add_row(
            words(f"speed-{key}"), f"{_rounded(rate):,}", Text(words("per-second"), "dim"), Text(f"{1e6 / rate:.2f} µs", "dim")
        )
    core = words("compiled" if callguard.compiled() else "interpreted")
    return [_heading(desk, words("demo-speed", python=platform.python_version(), core=core)), Text(), table, Text()]


def _rounded(rate: float) -> int:
    """Return a rate to three figures: more would be a pretence."""
    return int(float(f"{rate:.3g}"))


def _refusal(desk: Desk, tour: Tour) -> list[RenderableType]:
    """Keep a refusal, and ask again."""
    words, moment = desk.words, tour.moments[0]
    row = moment.codes[tour.campaign.name].find(bytes([Reason.ALLOWED.code]))
    shown: list[RenderableType] = [_heading(desk, words("demo-refusal")), Text()]
    if row >= 0:
        callee, place = tour.phones[row], tour.places[row]
        start = perf_counter()
        tour.guard.refuse(callee, source="demo")
        took = perf_counter() - start
        decision = tour.line.may_dial(callee, at=moment.at, place=place)
        shown += [
            Text.assemble((f"{desk.marks[0]} ", "bold green"), f"{phone.mask(callee)}  ", words("yes")),
            Text(f"  guard.refuse(…)  {took * 1e6:,.0f} µs", "dim"),
            Text.assemble(
                (f"{desk.marks[1]} ", "bold red"),
                f"{phone.mask(callee)}  ",
                (str(decision.reason), "bold"),
                f"  {decision.message_in(words.lang)}",
            ),
            Text(),
        ]
    shown += [Text(words("demo-try"), "dim")]
    shown += [
        Text(f"  {text}", "bold")
        for text in (
            f"cd {tour.folder}",
            f'{_program(tour.folder)} explain "138 0013 0100" --campaign {tour.campaign.name}',
            f"{_program(tour.folder)} scrub leads.csv --campaign {tour.campaign.name} --out screened.csv",
        )
    ]
    return shown


def _program(folder: Path) -> str:
    """Return how this program is called from a folder: by its name, or where it is not found by that, by its path."""
    here = Path(sys.argv[0])
    if here.name != "callguard":
        return "python -m callguard"
    found = shutil.which("callguard")
    return "callguard" if found and Path(found).samefile(here) else os.path.relpath(here, folder)
