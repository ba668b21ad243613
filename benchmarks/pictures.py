"""Which figures go into which picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from benchmarks.data import SIZES, words
from benchmarks.plots import Bar, Kind, Picture

if TYPE_CHECKING:
    from benchmarks.figures import Figure, Record

RIVALS = {
    "by-hand": "phonenumbers + set + zoneinfo",
    "casbin": "pycasbin",
    "cedar": "Cedar (cedarpy)",
    "opa": "OPA (regopy)",
    "set-int": "set[int]",
    "set-str": "set[str]",
    "roaring": "pyroaring BitMap64",
    "sqlite": "SQLite",
    "valkey": "Valkey (Redis), loopback",
    "postgres": "PostgreSQL, local socket",
}
DATABASES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
DECIDING = ("by-hand", "casbin", "cedar", "opa")


def sizes(record: Record, before: str, after: str) -> list[str]:
    """Return the sizes of which a figure `before` size `after` is there, least first."""
    return [size for size in SIZES if f"{before}{size}{after}" in record.figures]


def pictures(record: Record) -> Iterator[tuple[str, Picture]]:
    """Yield each picture that there are figures for, with its file's name."""
    for name, picture in (
        ("cold", _rivals(record, "cold.p50")),
        ("campaign", _rivals(record, "campaign")),
        ("hot", _hot(record)),
        ("tail", _tail(record)),
        ("scrub", _scrub(record)),
        ("bytes", _bytes(record)),
        ("state", _state(record)),
    ):
        if picture is not None:
            yield name, picture


def _bar(label: str, figure: Figure, kind: Kind = "other") -> Bar:
    return Bar(label, figure.median, figure.least, figure.greatest, kind)


def _rivals(record: Record, what: str) -> Picture | None:
    """Return one decision of callguard beside every rival, at the most numbers that each was asked to hold."""
    cold = what.startswith("cold")
    mine = sizes(record, "cold.cn-" if cold else "hot.", ".random.p50" if cold else ".campaign")
    theirs = {name: found for name in RIVALS if (found := sizes(record, "rivals.", f".{name}.{what}"))}
    if not mine or not theirs:
        return None
    ours = record.figures[f"cold.cn-{mine[-1]}.random.p50" if cold else f"hot.{mine[-1]}.campaign"]
    made = {
        name: _bar(f"{RIVALS[name]}, {words(found[-1])}", record.figures[f"rivals.{found[-1]}.{name}.{what}"])
        for name, found in theirs.items()
    }
    groups = [
        (
            "deciding: number, place, hours, list, caller",
            [_bar(f"callguard, {words(mine[-1])}", ours, "ours"), *(bar for name, bar in made.items() if name in DECIDING)],
        ),
        ("membership in the list alone", [bar for name, bar in made.items() if name not in DECIDING]),
    ]
    if cold:
        floor = record.figures.get(f"cold.cn-{mine[-1]}.chase-file.p50")
        if floor is not None:
            groups.append(("one access to memory", [_bar("pointer chase, as much memory, same pages", floor, "floor")]))
        title, sub = "One question, cold: callees nobody has asked about", "each call fenced, so that none overlaps the next"
    else:
        title, sub = "One question, in a campaign", "random callees of 2,000 blocks, in a plain loop, net of the empty loop"
    return Picture(title, f"{sub}; nanoseconds on a logarithmic scale, less is better", "ns", [g for g in groups if g[1]], log=True)


def _hot(record: Record) -> Picture | None:
    found = sizes(record, "hot.", ".one")
    if not found:
        return None
    groups = []
    for title, name, floor in (
        ("one number again and again", "one", "floor-one"),
        ("a campaign of 2,000 blocks", "campaign", "floor-campaign"),
        ("guard.may_dial with keywords", "keywords", "floor-keywords"),
    ):
        bars = [_bar("an empty compiled call", record.figures[f"hot.{found[-1]}.{floor}"], "floor")]
        bars += [_bar(f"may_dial, {words(size)}", record.figures[f"hot.{size}.{name}"], "ours") for size in found]
        groups.append((title, bars))
    return Picture(
        "Hot: beside a call that does nothing", "median of the passes, net of the empty loop; less is better", "ns", groups
    )


def _tail(record: Record) -> Picture | None:
    found = sizes(record, "cold.cn-", ".half.p999")
    if not found:
        return None
    name = f"cold.cn-{found[-1]}"
    groups = [
        (
            title,
            [
                _bar("pointer chase, same pages", record.figures[f"{name}.chase-file.{point}"], "floor"),
                _bar("may_dial, random callees", record.figures[f"{name}.random.{point}"], "ours"),
                _bar("may_dial, half of them listed", record.figures[f"{name}.half.{point}"], "ours"),
            ],
        )
        for title, point in (("half take at most (p50)", "p50"), ("99 in 100 (p99)", "p99"), ("999 in 1,000 (p99.9)", "p999"))
    ]
    return Picture(
        f"Cold, with its tail: {words(found[-1])} numbers",
        "each call fenced, pages touched beforehand; less is better",
        "ns",
        groups,
    )


def _scrub(record: Record) -> Picture | None:
    found = sizes(record, "scrub.", ".int64")
    if not found:
        return None
    name = f"scrub.{found[-1]}"
    rows: tuple[tuple[str, str, Kind], ...] = (
        ("gather", "a gather, one load a number", "floor"),
        ("int64", "scrub, int64", "ours"),
        ("arrow-text", "scrub, Arrow strings", "ours"),
        ("list-text", "scrub, a list of text", "ours"),
        ("gather-2threads", "a gather, two threads", "floor"),
        ("int64-2threads", "scrub, int64, two threads", "ours"),
        ("arrow-text-2threads", "scrub, Arrow strings, two threads", "ours"),
    )
    bars = [_bar(label, record.figures[f"{name}.{key}"], kind) for key, label, kind in rows if f"{name}.{key}" in record.figures]
    return Picture(f"Many at once: {words(found[-1])} numbers listed", "nanoseconds a row; less is better", "ns", [("", bars)])


def _bytes(record: Record) -> Picture | None:
    groups = []
    for country, title in (("cn", "Chinese mobiles"), ("us", "US numbers")):
        bars = []
        for size in sizes(record, f"bytes.{country}-", ".index"):
            bars.append(_bar(f"callguard's index, {words(size)}", record.figures[f"bytes.{country}-{size}.index"], "ours"))
            theirs = record.figures.get(f"bytes.{country}-{size}.roaring")
            if theirs is not None:
                bars.append(_bar(f"pyroaring, serialized, {words(size)}", theirs))
        if bars:
            groups.append((title, bars))
    if not groups:
        return None
    return Picture("Bytes a listed number", "the index file whole; less is better", "B", groups)


def _state(record: Record) -> Picture | None:
    """Return what lasts a second, on each database with one thread and with many, beside what the disk can do."""
    groups = []
    for title, name in (
        ("refusals", "refuse"),
        ("logged attempts", "attempt"),
        ("logged attempts, each with its outcome", "attempt-outcome"),
    ):
        bars = []
        for engine, label in DATABASES.items():
            found = [(threads, record.figures.get(f"state.{engine}.{name}-{threads}")) for threads in (1, 16)]
            bars += [
                _bar(f"{label}, {'one thread' if threads == 1 else f'{threads} threads'}", figure, "ours")
                for threads, figure in found
                if figure is not None
            ]
        if bars:
            groups.append((title, bars))
    if not groups:
        return None
    floors = [
        _bar(label, figure, "floor")
        for key, label in (
            ("sqlite.fsync", "4 KiB pwrite and fdatasync"),
            ("sqlite.commit", "SQLite, a bare commit"),
            ("postgres.commit", "PostgreSQL, a bare commit"),
        )
        if (figure := record.figures.get(f"state.{key}")) is not None
    ]
    if floors:
        groups.append(("nothing of callguard, one thread", floors))
    sub = "on the disk before it returns; on a logarithmic scale, more is better"
    return Picture("What lasts, a second", sub, "/s", groups, log=True)
