"""`callguard scrub` of a folder: each table into a file of the same name in another folder."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
from rich.text import Text

from callguard.batch import files, folders, forms
from callguard.batch.answers import Counts
from callguard.cli import scrub_shown
from callguard.cli.desk import NotAnswered, masked
from callguard.cli.reasons import reasons_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from callguard.batch.folders import Done
    from callguard.batch.running import Job
    from callguard.cli.desk import Desk
    from callguard.guard import Guard

_SHOWN = 8


def check(desk: Desk, source: str, out: str) -> None:
    """Do nothing where OUT is, or may become, a folder that is not the one that is read, nor in it, nor around it."""
    words = desk.words
    if out in {"", "-"} or Path(out).is_file() or (not Path(out).exists() and forms.known(out)):
        raise NotAnswered(words("scrub-out-folder", path=source, out=out))
    read, written = Path(source).resolve(), Path(out).resolve()
    if read == written or read in written.parents or written in read.parents:
        raise NotAnswered(words("scrub-inside", out=out))
    if not written.parent.is_dir():
        raise NotAnswered(words("out-folder", path=Path(out).parent))


def screen(desk: Desk, guard: Guard, job: Job) -> int:
    """Screen every table of a folder; 1 where one could not be."""
    words = desk.words
    names, others = folders.tables_in(Path(job.source))
    if not names:
        raise NotAnswered(words("scrub-no-tables", path=job.source))
    _check_targets(desk, guard, job, names)
    found: list[Done] = []
    with ExitStack() as stack:

        def bar(name: str | None, total: int | None) -> Callable[[int, int], None]:
            stack.close()
            shown = masked(Path(job.source).name if name is None else name)
            return stack.enter_context(desk.progress(f"{words('screening')} {shown}", total))

        try:
            for each in folders.run_folder(guard, job, names, bar):
                found.append(each)
                if each.error is not None and not desk.json:
                    desk.complain(Text.assemble((f"{words('error')}: ", "bold red"), desk.table(each.error)))
        except files.TableError as error:
            error.facts.setdefault("path", job.source)
            raise
        except (OSError, KeyboardInterrupt):
            desk.notes([words("scrub-kept")])
            raise
    place = {name: i for i, name in enumerate(names)}
    found.sort(key=lambda each: place[each.name])
    _show(desk, guard, job, found, others, found[0].at or desk.now)
    return 1 if any(each.error for each in found) else 0


def _check_targets(desk: Desk, guard: Guard, job: Job, names: list[str]) -> None:
    from callguard.cli.scrub import check_target

    sources = [str(Path(job.source) / name) for name in names]
    for name in names:
        part = attrs.evolve(job, out=str(Path(job.out) / name))
        for out in part.outs:
            if Path(out).exists():
                check_target(desk, guard.policy, sources, out, force=job.force or job.resume)


def _show(desk: Desk, guard: Guard, job: Job, found: list[Done], others: list[str], at: float) -> None:
    words = desk.words
    local = desk.local(at, guard.policy.enterprise.timezone)
    assert local is not None
    campaign, shown_at = scrub_shown.line_of(words, guard, job.asked, None, local)
    reasons: Counter[str] = Counter()
    for each in found:
        reasons.update(each.reasons)
    counts = Counts(sum(each.rows for each in found), reasons)
    good = [each for each in found if each.error is None]
    if desk.json:
        value: dict[str, Any] = scrub_shown.counted(counts)
        value |= {"campaign": campaign, "at": None if job.asked.at_column else local.isoformat(), "out": job.out}
        value |= {"files": [_json(desk, each) for each in found], "left_alone": others}
        desk.print_json(value)
        return
    head = words("scrub-files", n=counts.rows, files=len(good), campaign=campaign, at=shown_at)
    desk.show(Text(head, "bold"))
    before = sum(each.before for each in good)
    if before:
        desk.show(Text(words("scrub-before", n=before), "dim"))
    if counts.rows:
        desk.show(Text(), reasons_table(desk, [(words("rows"), counts.by_reason)], undecided=counts.undecided), Text())
    desk.show(Text(words("written", path=job.out)))
    names = ", ".join(masked(name) for name in others[:_SHOWN]) + (" …" if len(others) > _SHOWN else "")
    left = [words("scrub-others", n=len(others), names=names)] if others else []
    desk.notes([*left, *desk.warnings(guard)])


def _json(desk: Desk, each: Done) -> dict[str, Any]:
    if each.error is not None:
        return {"file": each.name, "error": desk.table(each.error)}
    return {"file": each.name, "rows": each.rows, "counts": each.reasons, "outs": list(each.outs), "before": each.before}
