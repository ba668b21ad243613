"""`callguard lists diff`: what differs between two versions of lists, and whether too much is gone."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich import box
from rich.table import Table
from rich.text import Text

from callguard import index
from callguard._core import native
from callguard.batch import files
from callguard.cli import commands
from callguard.cli.desk import NotAnswered
from callguard.cli.lists_sources import target_of, telling
from callguard.cli.most_removed import ExceededError, MostRemoved
from callguard.cli.phases import Phases
from callguard.phone import NumberPlan
from callguard.sealing import Keyring

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from callguard.cli.desk import Desk
    from callguard.cli.words import Words
    from callguard.index import Changes, Index

_COUNTS = ("old", "new", "same", "added", "removed", "redated")


def command(words: Words) -> click.Command:
    """Return the command."""
    params = [
        click.Argument(["old"], metavar="[OLD]", required=False),
        click.Argument(["new"], metavar="[NEW]", required=False),
        click.Option(["--list"], metavar="NAME"),
        click.Option(["--max-removed"], metavar="SHARE"),
        click.Option(["--by-place"], is_flag=True),
        click.Option(["--added"], metavar="FILE"),
        click.Option(["--removed"], metavar="FILE"),
        click.Option(["--force"], is_flag=True),
    ]
    return commands.Command(words, "lists diff", diff, params)


def diff(
    desk: Desk,
    old: str | None,
    new: str | None,
    *,
    list: str | None,  # noqa: A002 - the option's name
    max_removed: str | None,
    by_place: bool,
    added: str | None,
    removed: str | None,
    force: bool,
) -> int:
    """Compare two versions; 0 when nothing differs, 1 when something does, 3 when more is gone than may be."""
    words = desk.words
    most, refused = MostRemoved.read(desk, max_removed), None
    with telling(words), ExitStack() as stack:
        before, after = _versions(desk, stack, old, new)
        names = _names(desk, before, after, list)
        read = [Path(path) for path in (old, new) if path is not None]
        if new is None:
            read += [desk.path, *(source.path for source in desk.policy().lists)]
        outs = [_export(desk, out, names, read, force=force, entries=entries) for out, entries in ((added, True), (removed, False))]
        if added and removed and Path(added).resolve() == Path(removed).resolve():
            raise NotAnswered(words("out-same", what=words("out-other"), path=removed))
        exports = [None if out is None else stack.enter_context(out) for out in outs]
        places = [_Places() for _ in names] if by_place else []
        numbers = {"added": 0, "removed": 0}

        def take(changes: Sequence[Changes]) -> None:
            for key, export, held in zip(
                numbers, exports, ([each.arrived for each in changes], [each.gone for each in changes]), strict=True
            ):
                if export is not None:
                    export.add(held)
                    numbers[key] += sum(len(each.numbers) for each in held)
            for change, found in zip(changes, places, strict=False):
                found.add(change)

        with Phases(desk) as progress:
            for each in (before, after):
                each.verify(progress)
            differences = index.differences(before, after, only=list, take=take, progress=progress)
        try:
            for difference in differences:
                most.check(difference.name, difference.removed, difference.old or 0)
        except ExceededError as error:
            refused = most.said(words, error)
        else:
            for export in exports:
                if export is not None:
                    export.put()
    lists = [{"name": each.name, **{key: getattr(each, key) for key in _COUNTS}} for each in differences]
    for found, place in zip(lists, places, strict=False):
        found["places"] = place.counted()
    same = not any(each.differs for each in differences)
    named = (old or words("diff-before"), new or words("diff-in-force"))
    if desk.json:
        desk.print_json({"old": old, "new": new, "lists": lists, "same": same, **({} if refused is None else {"error": refused})})
    else:
        desk.show(*_tables(words, lists))
        desk.show(Text(words("diff-same") if same else words("diff-differ", old=named[0], new=named[1]), "bold"))
        if refused is None:
            for out, key in ((added, "added"), (removed, "removed")):
                if out is not None:
                    desk.show(Text(words("diff-written", path=out, n=numbers[key]), "dim"))
    return most.refused(desk, refused) if refused is not None else 0 if same else 1


def _versions(desk: Desk, stack: ExitStack, old: str | None, new: str | None) -> tuple[Index, Index]:
    """Return the two indexes, open until the stack is left: files, or what is in force by the policy and was before."""
    for path in (old, new):
        if path is not None:
            desk.readable(Path(path))
    if new is not None:
        assert old is not None
        before, now = index.open(old), index.open(new)
    else:
        before, now = _in_force(desk, old)
    for found in (before, now):
        stack.callback(found.close)
    return before, now


def _in_force(desk: Desk, old: str | None) -> tuple[Index, Index]:
    """Return an index, or that of the policy's lists before, and that of its lists as they are now."""
    policy = desk.policy()
    if not policy.lists:
        raise NotAnswered(desk.words("diff-no-lists"))
    numbers = NumberPlan(policy.enterprise.region, policy.enterprise.integers)
    log = policy.call_log
    sealed = log is not None and log.enabled
    keyring = Keyring.find(log, desk.path.absolute().parent) if sealed else Keyring.plain()
    folder = policy.state_folder / "index"
    with Phases(desk) as progress:
        now = index.for_policy(policy, numbers, progress, folder=folder, keyring=keyring)
    before = index.open(old) if old is not None else index.standing_before(policy, numbers, now, folder=folder, keyring=keyring)
    if before is None:
        raise NotAnswered(desk.words("diff-none-kept"))
    return before, now


def _names(desk: Desk, before: Index, after: Index, only: str | None) -> list[str]:
    """Return the lists that are compared."""
    try:
        return index.compared(before, after, only)
    except ValueError:
        names = _quoted(desk.words, index.compared(before, after))
        raise NotAnswered(desk.words("diff-no-list", name=only, names=names)) from None


def _export(
    desk: Desk, out: str | None, names: Sequence[str], read: Sequence[Path], *, entries: bool, force: bool
) -> index.Export | None:
    """Return what writes numbers into a file, where one is named and can be written."""
    words = desk.words
    if out is None:
        return None
    path = target_of(desk, out)
    form = path.suffix.lower()
    if form not in index.FORMS:
        raise NotAnswered(words("diff-form", path=out, suffix=path.suffix, forms=", ".join(index.FORMS)))
    if form != ".cgx" and len(names) != 1:
        raise NotAnswered(words("diff-one-list", path=out, names=_quoted(words, names)))
    for source in read:
        if files.same(out, source):
            raise NotAnswered(words("out-same", what=words("out-input"), path=source))
    if path.exists() and not force:
        raise NotAnswered(words("exists", path=out))
    return index.Export(path, names, entries=entries)


def _quoted(words: Words, names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or words("none")


class _Places:
    """Counts what was added and removed by place: that of the first of ten thousand numbers which begin alike."""

    def __init__(self) -> None:
        self._plan = NumberPlan("CN")
        self._counts: dict[str, list[int]] = {}

    def add(self, change: Changes) -> None:
        """Count the changes of a slice."""
        for i, numbers in enumerate((change.added, change.removed)):
            for _, found in groupby(numbers.tolist(), lambda number: number // native.BLOCK):
                first, *others = found
                place = self._plan.places[self._plan.core.place(first)]
                self._counts.setdefault(place.province or place.country or "", [0, 0])[i] += 1 + len(others)

    def counted(self) -> dict[str, dict[str, int]]:
        """Return the counts, those of the most changes first; a place without a name is unknown."""
        found = sorted(self._counts.items(), key=lambda item: (-sum(item[1]), item[0]))
        return {place: {"added": counts[0], "removed": counts[1]} for place, counts in found}


def _tables(words: Words, lists: Sequence[dict[str, Any]]) -> Iterator[Table]:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(words("list"), no_wrap=True)
    for key in ("before", "same", "added", "removed", "redated", "now"):
        table.add_column(words(key), justify="right", no_wrap=True)
    for each in lists:
        counts = [each[key] for key in ("old", "same", "added", "removed", "redated", "new")]
        table.add_row(Text(each["name"], "bold"), *(words("gone-list") if n is None else f"{n:,}" for n in counts))
    yield table
    for each in lists:
        if each.get("places"):
            places = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
            places.add_column(Text(each["name"], "bold"))
            for key in ("added", "removed"):
                places.add_column(words(key), justify="right")
            for place, counts in each["places"].items():
                places.add_row(place or words("unknown-place"), f"{counts['added']:,}", f"{counts['removed']:,}")
            yield places
