"""The product answers as the slow reading does, however it is asked, in generated worlds."""

from __future__ import annotations

from collections import Counter

import pytest
from callguard.model import Reason
from hypothesis import given, settings
from stage import Stage, lived
from worlds import worlds

EXAMPLES = settings().max_examples


@pytest.mark.parametrize("half", [0, 1])  # so that two workers share a soak
def test_answers_as_the_slow_reading_does(half, tmp_path, record_property):
    first = Counter()

    @settings(max_examples=EXAMPLES // 2)
    @given(worlds())
    def run(world):
        for turn, (_, _, answer) in enumerate(lived(world, tmp_path)):
            if turn == 0:
                first[answer.reason.value if answer is not ValueError else "ValueError"] += 1

    run()
    record_property("reasons", dict(first))
    seen = sum(first.values())
    if seen >= 20_000:
        for reason in Reason:
            assert first[reason] >= 200 * seen / 50_000, f"{reason} came first in only {first[reason]} of {seen} worlds"
        assert first["allowed"] >= seen / 10
