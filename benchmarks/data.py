"""Seeded synthetic numbers: those that are listed, and those who are asked about; all in ranges that number plans know."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.building import kept
from callguard import phone

BLOCK = 10_000
SIZES = {"0": 0, "10k": 10_000, "100k": 100_000, "1m": 1_000_000, "10m": 10_000_000, "30m": 30_000_000, "100m": 100_000_000}
LIVE = {"cn": 480_000, "us": 170_000}
_SEED = {"cn": 7, "us": 11}
_TOGETHER = 2_000  # blocks

Numbers = np.ndarray[Any, np.dtype[np.int64]]


def words(size: str) -> str:
    """Return a size for people: 100 M."""
    return "no list" if size == "0" else f"{size[:-1]} {'M' if size[-1] == 'm' else 'k'}"


def _candidates(country: str) -> Numbers:
    """Return the blocks of ten thousand numbers that may be live: seven-digit mobile prefixes, or area code and exchange."""
    if country == "cn":
        return 86_0000000 + np.arange(130_0000, 200_0000, dtype=np.int64)
    area, exchange = np.arange(201, 990, dtype=np.int64), np.arange(200, 1000, dtype=np.int64)
    return (1_000_000 + area[:, None] * 1_000 + exchange[None, :]).ravel()


@lru_cache(maxsize=4)
def blocks(country: str) -> Numbers:
    """Return the live blocks of a country, sorted: those in which callguard's number plan knows every number it is asked about."""
    path = kept() / f"{country}-blocks-{phone.data_version()}.npy"
    if path.exists():
        kept_before: Numbers = np.load(path)
        return kept_before
    leaf = phone.NumberPlan("CN").core.leaf
    known = [q for q in _candidates(country).tolist() if all(leaf(q * BLOCK + low) > 1 for low in (0, 4_999, 9_999))]
    chosen = np.random.default_rng(_SEED[country]).choice(np.array(known, np.int64), LIVE[country], replace=False)
    chosen.sort()
    _save(path, chosen)
    return chosen


def listed(country: str, size: str) -> Numbers:
    """Return a list's numbers, distinct and sorted: live blocks weigh lognormal(0, 1), no more than are in one."""
    path = kept() / f"{country}-{size}-{phone.data_version()}.npy"
    if path.exists():
        mapped: Numbers = np.load(path, mmap_mode="r")
        return mapped
    live = blocks(country)
    chance = np.random.default_rng((_SEED[country], SIZES[size]))
    counts = _shares(chance, len(live), SIZES[size])
    parts = [slice(at, at + _TOGETHER) for at in range(0, len(live), _TOGETHER)]
    found = np.concatenate([_some_of(chance, live[part], counts[part]) for part in parts])
    assert len(found) == SIZES[size]
    _save(path, found)
    return found


def shuffled(country: str, size: str) -> Numbers:
    """Return the same numbers in random order."""
    found = np.array(listed(country, size))
    np.random.default_rng(3).shuffle(found)
    return found


def _shares(chance: np.random.Generator, count: int, numbers: int) -> Numbers:
    """Return how many numbers each block has, in all just as many as wanted."""
    weights = chance.lognormal(0.0, 1.0, count)
    counts = np.zeros(count, np.int64)
    while (missing := numbers - int(counts.sum())) > 0:
        room = np.where(counts < BLOCK, weights, 0.0)
        counts = np.minimum(counts + chance.multinomial(missing, room / room.sum()), BLOCK)
    return counts


def _some_of(chance: np.random.Generator, live: Numbers, counts: Numbers) -> Numbers:
    """Return as many distinct numbers of each block as wanted, sorted; of one that is more than half full, the rest is drawn."""
    most = counts > BLOCK // 2
    wanted = np.where(most, BLOCK - counts, counts)
    drawn = np.zeros((len(live), BLOCK), np.bool_)
    missing = wanted
    while missing.any():
        rows = np.repeat(np.arange(len(live)), missing)
        drawn[rows, chance.integers(0, BLOCK, len(rows))] = True
        missing = wanted - np.count_nonzero(drawn, axis=1)
    drawn ^= most[:, None]
    at = np.flatnonzero(drawn)
    return live[at // BLOCK] * BLOCK + at % BLOCK


def _save(path: Path, values: Numbers) -> None:
    """Write an array beside its place, and rename it."""
    part = path.with_suffix(".part.npy")
    np.save(part, values)
    part.replace(path)


# --- who is asked about


def random_callees(country: str, count: int, seed: int = 5) -> Numbers:
    """Return numbers of live blocks, each as likely as any other."""
    chance = np.random.default_rng(seed)
    return chance.choice(blocks(country), count) * BLOCK + chance.integers(0, BLOCK, count)


def half_listed(country: str, size: str, count: int, seed: int = 6) -> Numbers:
    """Return numbers of which one half is listed and the other is not, in random order."""
    found = listed(country, size)
    chance = np.random.default_rng(seed)
    present = np.asarray(found[np.sort(chance.integers(0, len(found), count // 2))])
    absent = np.empty(0, np.int64)
    while len(absent) < count - len(present):
        drawn = random_callees(country, count, seed + 1 + len(absent))
        where = np.minimum(np.searchsorted(found, drawn), len(found) - 1)
        absent = np.concatenate((absent, drawn[np.asarray(found[where]) != drawn]))
    both = np.concatenate((present, absent[: count - len(present)]))
    chance.shuffle(both)
    return both


def campaign(country: str, count: int = 300_000, among: int = 2_000) -> Numbers:
    """Return random numbers of some random live blocks, as one campaign dials."""
    chance = np.random.default_rng(4)
    chosen = chance.choice(blocks(country), among, replace=False)
    return chance.choice(chosen, count) * BLOCK + chance.integers(0, BLOCK, count)


def texts(numbers: Numbers) -> list[str]:
    """Return numbers as E.164 text."""
    return [f"+{number}" for number in numbers.tolist()]
