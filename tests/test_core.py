"""The core by itself: it knows integers, text and bytes."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from callguard import compiled
from callguard._core.blocks import Marks


@given(
    filled=st.lists(st.tuples(st.integers(1, 60_000), st.sampled_from([1, 2, 1 << 63])), max_size=60),
    puts=st.lists(st.tuples(st.integers(1, 60_000), st.integers(0, 7)), max_size=60),
)
def test_marks_equal_a_plain_dict(filled, puts):
    marks, plain = Marks(), {}
    for plane in {plane for _, plane in filled}:
        numbers = [number for number, p in filled if p == plane]
        marks.fill(numbers, plane)
        for number in numbers:
            plain[number] = plain.get(number, 0) | plane
    for number, mask in puts:
        marks.put(number, mask)
        plain[number] = mask

    for number in {*plain, *(n + 1 for n in plain)}:
        assert marks.get(number) == plain.get(number, 0)


@settings(max_examples=20)
@given(st.integers(0, 2**32))
def test_dense_blocks_equal_a_plain_dict(seed):
    chance = random.Random(seed)
    marks, plain = Marks(), {}
    for plane in (1, 4):
        numbers = chance.sample(range(10_000, 30_000), 3_000)
        marks.fill(numbers, plane)
        for number in numbers:
            plain[number] = plain.get(number, 0) | plane
    for _ in range(500):
        number, mask = chance.randrange(10_000, 30_000), chance.choice([0, 1, 2, 5])
        marks.put(number, mask)
        plain[number] = mask
    marks.fill([10_001, 10_002], 1 << 40)
    plain[10_001] = plain.get(10_001, 0) | 1 << 40
    plain[10_002] = plain.get(10_002, 0) | 1 << 40

    assert all(marks.get(number) == plain.get(number, 0) for number in range(9_990, 30_010))


def test_the_core_says_whether_it_is_compiled():
    assert compiled() is False
