"""`callguard scrub`: a file screened, or a folder of them."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from callguard.batch import files, forms
from callguard.batch.asking import Asked
from callguard.batch.journal import folder_for
from callguard.batch.running import Job, run
from callguard.cli import commands, scrub_folder, scrub_shown
from callguard.cli.desk import NotAnswered
from callguard.cli.reasons import reasons_table
from callguard.index.ahead import processors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from callguard.batch.sources import Source
    from callguard.cli.desk import Desk
    from callguard.cli.words import Words
    from callguard.guard import Guard
    from callguard.policy import Policy


def command(words: Words) -> click.Command:
    """Return the command."""
    params = [
        click.Argument(["source"], metavar="IN"),
        *commands.call_options(),
        click.Option(["--column"], metavar="NAME"),
        click.Option(["--campaign-column"], metavar="NAME"),
        click.Option(["--caller-column"], metavar="NAME"),
        click.Option(["--place-column"], metavar="NAME"),
        click.Option(["--at-column"], metavar="NAME"),
        click.Option(["--sheet"], metavar="NAME"),
        click.Option(["--out"], metavar="OUT"),
        click.Option(["--split"], is_flag=True),
        click.Option(["--resume"], is_flag=True),
        click.Option(["--force"], is_flag=True),
        click.Option(["--threads"], metavar="N"),
    ]
    return commands.Command(words, "scrub", scrub, params)


def scrub(
    desk: Desk,
    *,
    source: str,
    out: str | None,
    split: bool,
    resume: bool,
    force: bool,
    threads: str | None,
    sheet: str | None,
    **said: str | None,
) -> int:
    """Screen a file or a folder; 0 when it is screened, whatever the answers, 1 when a file of a folder could not be."""
    words = desk.words
    if out is None:
        raise NotAnswered(words("same-file"))
    check_source(desk, source)
    is_folder = source != "-" and Path(source).is_dir()
    if is_folder:
        scrub_folder.check(desk, source, out)
    else:
        _check_folder(desk, out)
        forms.kind_of(out)
    guard = desk.guard()
    asked = _asked(desk, guard, **said)
    job = Job(source, out, asked, words.lang, sheet, split, resume, force, threads_of(desk, threads))
    if is_folder:
        return scrub_folder.screen(desk, guard, job)
    again = resume and folder_for(out).exists()
    for each in job.outs:
        check_target(desk, guard.policy, [source], each, force=force or again)
    try:
        with ExitStack() as stack:
            found = run(guard, job, progress(desk, stack, words("screening")))
    except files.TableError as error:
        error.facts.setdefault("path", source)
        raise
    except (OSError, KeyboardInterrupt):
        if folder_for(out).exists():
            desk.notes([words("scrub-kept")])
        raise
    _show(desk, guard, job, found)
    return 0


def progress(desk: Desk, stack: ExitStack, title: str) -> Callable[[Source], Callable[[int, int], None]]:
    """Return what shows a bar for a source, until the stack is left."""
    return lambda source: stack.enter_context(desk.progress(title, source.total))


def check_target(desk: Desk, policy: Policy, sources: Iterable[str], out: str, *, force: bool) -> None:
    """Do nothing where nothing is lost: what is read is never overwritten, and another file only where that is said."""
    parts = [*(found.path for found in policy.lists), policy.hcode_file, policy.calendar_overrides]
    for key, names in (("out-input", sources), ("out-policy", [desk.path]), ("out-part", parts)):
        for name in names:
            if name is not None and files.same(out, name):
                raise NotAnswered(desk.words("out-same", what=desk.words(key), path=name))
    if out != "-" and not force and Path(out).is_file():
        raise NotAnswered(desk.words("exists", path=out))


def _asked(
    desk: Desk,
    guard: Guard,
    *,
    campaign: str | None,
    caller: str | None,
    at: str | None,
    column: str | None,
    campaign_column: str | None,
    caller_column: str | None,
    place_column: str | None,
    at_column: str | None,
) -> Asked:
    """Return what is asked of every row; NotAnswered for what is said twice, and for a campaign that is none."""
    check_line(
        desk,
        guard,
        {"campaign": campaign, "caller": caller, "at": at},
        {"campaign": campaign_column, "caller": caller_column, "at": at_column},
    )
    when = None if at is None else desk.instant(at, guard.policy.enterprise.timezone)
    return Asked(campaign, caller, when, column, campaign_column, caller_column, place_column, at_column)


def check_line(desk: Desk, guard: Guard, fixed: Mapping[str, str | None], told: Mapping[str, str | None]) -> None:
    """Do nothing for campaign, caller and instant, fixed or told by a column, that rows can be asked for."""
    words, policy = desk.words, guard.policy
    for name, value in fixed.items():
        if value is not None and told.get(name) is not None:
            raise NotAnswered(words("scrub-twice", option=f"--{name}"))
    if not policy.campaigns:
        raise NotAnswered(words("no-campaign"))
    campaign, caller = fixed["campaign"], fixed["caller"]
    if campaign is not None and campaign not in [each.name for each in policy.campaigns]:
        raise NotAnswered(desk.unknown_campaign(policy, campaign))
    if caller is not None and policy.caller(caller) is None:
        desk.notes([desk.unknown_caller(policy, caller, "--caller")])


def threads_of(desk: Desk, text: str | None) -> int:
    """Return how many threads an option asks for; as many as there are processors where it says nothing."""
    if text is None:
        return processors()
    if not text.isdecimal() or len(text) > len("1000") or int(text) < 1:
        raise NotAnswered(desk.words("bad-choice", option="--threads", value=text, choices=desk.words("scrub-threads")))
    return int(text)


def _show(desk: Desk, guard: Guard, job: Job, found: Source) -> None:
    words, out = desk.words, job.out
    local = desk.local(found.at, guard.policy.enterprise.timezone)
    assert local is not None
    campaign, at = scrub_shown.line_of(words, guard, job.asked, found, local)
    aside = out == "-"
    if desk.json:
        value = scrub_shown.as_json(found) | {"campaign": None if job.asked.campaign_column else campaign}
        value |= {"at": None if job.asked.at_column else local.isoformat(), "out": None if aside else out}
        desk.print_json(value | ({"outs": job.outs} if job.split else {}), stderr=aside)
        return
    name = "-" if job.source == "-" else Path(job.source).name
    head = words("screened", n=found.counts.rows, name=name, campaign=campaign, at=at)
    desk.show(Text(head, "bold"), *(Text(text, "dim") for text in scrub_shown.how(words, found)), stderr=aside)
    if found.counts.rows:
        counts = found.counts
        table = reasons_table(desk, [(words("rows"), counts.by_reason)], undecided=counts.undecided)
        desk.show(Text(), table, Text(), stderr=aside)
    if not aside:
        for each in job.outs:
            desk.show(Text(words("written", path=each)))
    desk.notes([*scrub_shown.notes(words, found), *desk.warnings(guard)])


def check_source(desk: Desk, source: str) -> None:
    """Do nothing for a file that can be read, a folder, or standard input."""
    if not source:
        raise NotAnswered(desk.words("empty-name", option="IN"))
    if source != "-" and (not Path(source).exists() or Path(source).is_file()):
        desk.readable(Path(source))


def _check_folder(desk: Desk, out: str) -> None:
    """Do nothing where a file can be written beside the name."""
    words, path = desk.words, Path(out)
    if not out:
        raise NotAnswered(words("empty-name", option="--out"))
    if out == "-":
        return
    if path.is_dir():
        raise NotAnswered(words("is-folder", path=out))
    folder = path.resolve().parent
    if not folder.is_dir():
        raise NotAnswered(words("out-folder", path=path.parent))
    if not (path.exists() and not path.is_file()) and not os.access(folder, os.W_OK):
        raise NotAnswered(words("may-not-write", path=folder))
