"""Python's own sets: membership, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.data import Numbers, texts
from benchmarks.rivals import Rival


@contextmanager
def _numbers(numbers: Numbers, _: Path) -> Iterator[set[int]]:
    yield set(numbers.tolist())


@contextmanager
def _texts(numbers: Numbers, _: Path) -> Iterator[set[str]]:
    yield set(texts(numbers))


NUMBERS = Rival("set-int", "set[int], membership alone", (), _numbers, shape="member", keys="number")
TEXTS = Rival("set-str", "set[str], membership alone", (), _texts, shape="member")
