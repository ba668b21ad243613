"""`callguard demo`: the leads of an example screened at three instants, in memory."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import click

from callguard import Guard, Policy, clock
from callguard.batch import columns
from callguard.cli import commands, tour
from callguard.cli.desk import POLICY_FILE, NotAnswered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callguard.cli.desk import Desk
    from callguard.cli.words import Words
    from callguard.policy import Campaign

EXAMPLE = Path("examples/xinghe")
LEADS = "leads.csv"
MOST = 100_000
INSTANTS = (
    ("evening", "2026-11-24T20:59:30+08:00"),
    ("make-up", "2026-09-20T10:00:00+08:00"),
    ("holiday", "2026-10-01T10:00:00+08:00"),
)


def command(words: Words) -> click.Command:
    """Return the command."""
    return commands.Command(words, "demo", demo, [click.Argument(["folder"], required=False)])


def demo(desk: Desk, *, folder: str | None) -> int:
    """Screen the leads, and show what became of them; 0 when it could be shown."""
    where = _folder(desk, folder)
    made = tour.Tour(Guard(Policy.load(where / POLICY_FILE)), where, *_leads(desk, where / LEADS))
    for campaign in made.guard.policy.campaigns:
        _, caller = _first_caller(desk, made, campaign)
        made.lines[campaign.name] = made.guard.line(campaign=campaign.name, caller=caller)
    if not made.lines:
        raise NotAnswered(desk.words("no-campaign"))
    if not desk.json:
        desk.show(*tour.head(desk, made))
    with desk.progress(desk.words("screening"), len(INSTANTS) * len(made.lines)) as progress:
        for key, text in INSTANTS:
            moment = tour.Moment(key, clock.read_instant(text), {})
            for name, line in made.lines.items():
                moment.codes[name] = bytes(line.scrub(made.phones, at=moment.at, places=made.places).codes)
                done = len(made.moments) * len(made.lines) + len(moment.codes)
                progress(done, done * len(made.phones))
            made.moments.append(moment)
    if desk.json:
        desk.print_json(tour.summary(desk, made))
        return 0
    for part in tour.parts(desk, made):
        desk.show(*part)
    desk.notes(desk.warnings(made.guard))
    return 0


def _folder(desk: Desk, folder: str | None) -> Path:
    """Return the folder: the one named, else the example where it is, else where the policy is."""
    if folder is not None:
        where = Path(folder)
    elif desk.policy_option is None and (EXAMPLE / POLICY_FILE).is_file():
        where = EXAMPLE
    else:
        where = desk.path.parent
    for name in (POLICY_FILE, LEADS):
        if not (where / name).is_file():
            raise NotAnswered(desk.words("no-file", path=where / name))
    return where


def _first_caller(desk: Desk, made: tour.Tour, campaign: Campaign) -> tuple[Campaign, str]:
    """Return a campaign's first caller in the policy's order."""
    for caller in made.guard.policy.callers:
        if caller.key in campaign.callers:
            return campaign, caller.number
    raise NotAnswered(desk.words("no-caller", campaign=campaign.name))


def _leads(desk: Desk, path: Path) -> tuple[list[str], list[str | None], str]:
    """Return the numbers and places of a file of leads, and the name of its column of numbers."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        header = next(reader, [])
        rows = [row for row, _ in zip(reader, range(MOST), strict=False)]
    found = next((i for i, name in enumerate(header) if columns.is_name(name)), None)
    if found is None:
        raise NotAnswered(desk.words("table-no-numbers", path=path, columns=", ".join(header)))
    place = next((i for i, name in enumerate(header) if name.strip().casefold() in {"province", "省份"}), None)
    return [_cell(row, found) for row in rows], [_cell(row, place).strip() or None for row in rows], header[found]


def _cell(row: Sequence[str], i: int | None) -> str:
    return row[i] if i is not None and i < len(row) else ""
