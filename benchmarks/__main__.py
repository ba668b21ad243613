"""The benchmarks: `python -m benchmarks`, `… check` against the budgets, `… page RESULTS.json` for the documentation."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
import warnings
from collections.abc import Sequence
from pathlib import Path

from benchmarks import budgets, machine, report
from benchmarks.bench import FULL, PASSES, QUICK, QUICK_PASSES, Bench
from benchmarks.data import SIZES
from benchmarks.figures import Record
from benchmarks.suites import SUITES, suite

_NEEDS = """Lists and indexes are made once and kept in the folder that CALLGUARD_BENCH_DATA names, else in one beside the temporary
files: some 6 GB with 100 million numbers, which also want 8 GB of memory."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and say what was found; 0, or 1 where a budget is missed."""
    parser = _parser()
    told = parser.parse_args(arguments)
    if told.list:
        for name, title in SUITES.items():
            print(f"{name:10} {title}")
        return 0
    warnings.simplefilter("ignore")  # of rivals, at people who develop them
    if told.task == "page":
        if told.file is None:
            parser.error("page needs the JSON file of a run")
        return _page(Record.from_json(told.file.read_text("utf-8")), told.docs)
    bench = Bench(
        passes=told.passes or (QUICK_PASSES if told.quick else PASSES),
        quick=told.quick,
        sizes=_sizes(parser, told.size) or (QUICK if told.quick else FULL),
        only=tuple(name for text in told.only for name in text.split(",")),
    )
    if told.task == "check":
        return _check(bench, told, arguments)
    _measure(bench, arguments)
    for line in report.table(bench.record):
        print(line)
    _save(bench.record, told.json)
    return _page(bench.record, told.docs) if told.docs else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__, epilog=_NEEDS)
    parser.add_argument("task", nargs="?", choices=("run", "check", "page"), default="run")
    parser.add_argument("file", nargs="?", type=Path, help="page: the JSON file of a run; check: test it instead of measuring")
    parser.add_argument("--quick", action="store_true", help="a minute or two: one million numbers, fewer passes and samples")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there, too")
    parser.add_argument("--docs", type=Path, metavar="FOLDER", help="write performance.md and its pictures into this folder")
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME…", help="names of suites or figures (check: of budgets)"
    )
    parser.add_argument("--size", metavar="SIZE…", help=f"sizes of lists, parted by commas: {', '.join(list(SIZES)[1:])}")
    parser.add_argument("--passes", type=int, metavar="N", help=f"passes of each measurement; else {PASSES}")
    parser.add_argument("--list", action="store_true", help="list the suites")
    return parser


def _sizes(parser: argparse.ArgumentParser, text: str | None) -> tuple[str, ...]:
    sizes = tuple(sorted(text.lower().split(","), key=lambda size: SIZES.get(size, 0))) if text else ()
    for size in sizes:
        if not SIZES.get(size):
            parser.error(f"--size is `{size}`; accepted: {', '.join(list(SIZES)[1:])}")
    return sizes


def _measure(bench: Bench, arguments: Sequence[str] | None) -> None:
    bench.record.machine.update(machine.about())
    bench.record.machine["date"] = time.strftime("%Y-%m-%d", time.gmtime())
    bench.record.machine["passes"] = bench.passes
    bench.record.command = _command(sys.argv[1:] if arguments is None else arguments)
    for name in SUITES:
        if bench.wants(name):
            bench.say(f"{name}: {SUITES[name]}")
            start = time.perf_counter()
            try:
                suite(name)(bench)
            except Exception as error:  # noqa: BLE001 - one suite that fails leaves the others
                bench.skip(name, f"{type(error).__name__}: {error}")
            bench.say(f"  {name} took {time.perf_counter() - start:.0f} s")


def _command(arguments: Sequence[str]) -> str:
    """Return the command without the files that it names, which are this machine's."""
    kept, skip = [], False
    for argument in arguments:
        if not skip and argument.partition("=")[0] not in {"--json", "--docs"}:
            kept.append(argument)
        skip = argument in {"--json", "--docs"}
    return shlex.join(["python", "-m", "benchmarks", *kept])


def _check(bench: Bench, told: argparse.Namespace, arguments: Sequence[str] | None) -> int:
    found = budgets.chosen(budgets.read(), bench.sizes, bench.only)
    if not found:
        print("no budget is so named, or of that size")
        return 2
    if told.file is None:
        bench.only = budgets.needed(found)
        _measure(bench, arguments)
        _save(bench.record, told.json)
    else:
        bench.record = Record.from_json(told.file.read_text("utf-8"))
    findings = budgets.check(found, bench.record)
    for line in (*report.machine_lines(bench.record), "", *budgets.lines(findings)):
        print(line)
    for name, why in bench.record.skipped.items():
        print(f"left out: {name}, {why}")
    missed = budgets.broken(findings)
    print(f"\n{len(findings)} budgets, {len(missed)} broken")
    return 1 if missed else 0


def _save(record: Record, path: Path | None) -> None:
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(record.as_json(), "utf-8")


def _page(record: Record, folder: Path | None) -> int:
    from benchmarks import page

    page.write(record, folder or Path(__file__).parent.parent / "docs")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
