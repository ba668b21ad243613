"""How long what is known holds: from when a question was sent, by a clock that nobody sets, told on one that is set."""

import time

import pytest

from callguard._core.line import Pulse
from callguard.model import FOREVER
from callguard.state.freshness import Freshness, since_boot

HOUR = 3_600.0
NOW = 1_800_000_000.0


class Clocks:
    """A wall clock and a steady one, moved by hand."""

    def __init__(self):
        self.at, self.steady = NOW, 500.0

    def wall(self):
        return self.at

    def monotonic(self):
        return self.steady

    def go(self, seconds):
        self.at += seconds
        self.steady += seconds


@pytest.fixture
def clocks():
    return Clocks()


@pytest.fixture
def pulse():
    return Pulse(FOREVER)


def made(clocks, pulse, clock=None, span=5.0):
    wall = clocks.wall
    return Freshness(pulse, wall if clock is None else clock, span, wall=wall, monotonic=clocks.monotonic)


def test_nothing_is_known_before_the_first_answer(clocks, pulse):
    freshness = made(clocks, pulse)
    assert pulse.deadline == 0
    assert freshness.until() == 0
    freshness.tick()
    assert pulse.deadline == 0


def test_the_deadline_counts_from_when_the_question_was_sent(clocks, pulse):
    freshness = made(clocks, pulse)
    asked = freshness.asked()
    clocks.go(2)
    freshness.answered(asked, NOW)
    assert pulse.deadline == freshness.until() == NOW + 5
    clocks.go(1)
    freshness.tick()
    assert pulse.deadline == freshness.until() == NOW + 5


@pytest.mark.parametrize(("took", "fresh"), [(0, True), (4.875, True), (5, False), (5.125, False)])
def test_an_answer_that_took_longer_than_it_holds_is_none(clocks, pulse, took, fresh):
    freshness = made(clocks, pulse)
    asked = freshness.asked()
    clocks.go(took)
    freshness.answered(asked, NOW)
    assert (clocks.wall() < pulse.deadline) is fresh
    assert freshness.until() == NOW + 5


@pytest.mark.parametrize(("passed", "fresh"), [(4.875, True), (5, False), (5.125, False)])
@pytest.mark.parametrize("ticked", [False, True])
def test_it_passes_by_itself(clocks, pulse, passed, fresh, ticked):
    freshness = made(clocks, pulse)
    freshness.answered(freshness.asked(), NOW)
    clocks.go(passed)
    if ticked:
        freshness.tick()
    assert (clocks.wall() < pulse.deadline) is fresh


def test_a_passed_deadline_does_not_come_back_with_a_clock_set_back(clocks, pulse):
    freshness = made(clocks, pulse)
    freshness.answered(freshness.asked(), 0)
    clocks.go(6)
    freshness.tick()
    clocks.at -= HOUR
    assert pulse.deadline == 0
    freshness.tick()
    assert pulse.deadline == 0
    assert freshness.until() == NOW - HOUR + 5


@pytest.mark.parametrize("step", [HOUR, -HOUR, 0.25, -0.25])
def test_steps_of_the_wall_clock_are_mended_by_the_next_tick(clocks, pulse, step):
    freshness = made(clocks, pulse)
    freshness.answered(freshness.asked(), NOW - HOUR - 1)
    clocks.go(1)
    clocks.at += step
    freshness.tick()
    assert pulse.deadline == clocks.wall() + 4
    clocks.go(3.875)
    freshness.tick()
    assert clocks.wall() < pulse.deadline
    clocks.go(0.125)
    freshness.tick()
    assert pulse.deadline == 0


def test_a_later_answer_to_an_earlier_question_takes_nothing_back(clocks, pulse):
    freshness = made(clocks, pulse)
    early = freshness.asked()
    clocks.go(1)
    late = freshness.asked()
    freshness.answered(late, NOW)
    freshness.answered(early, NOW)
    assert pulse.deadline == NOW + 6


@pytest.mark.parametrize(("ahead", "fresh"), [(-HOUR, True), (0, True), (60, True), (60.125, False), (HOUR, False)])
@pytest.mark.parametrize("own", [False, True])
def test_a_clock_behind_the_newest_record(clocks, pulse, ahead, fresh, own):
    freshness = made(clocks, pulse, (lambda: clocks.at) if own else None)
    freshness.answered(freshness.asked(), NOW + ahead)
    assert (pulse.deadline > 0) is fresh
    assert (freshness.until() > 0) is fresh


def test_a_clock_set_back_behind_the_newest_record_and_set_right(clocks, pulse):
    freshness = made(clocks, pulse)
    freshness.answered(freshness.asked(), NOW)
    clocks.at -= 61
    freshness.tick()
    assert pulse.deadline == freshness.until() == 0
    clocks.at += 61
    freshness.tick()
    assert pulse.deadline == NOW + 5


def test_a_store_without_records_is_no_reason(clocks, pulse):
    clocks.at = 0.0
    freshness = made(clocks, pulse)
    freshness.answered(freshness.asked(), 0)
    assert pulse.deadline == 5


def test_what_is_newest_is_what_the_last_answer_said(clocks, pulse):
    freshness = made(clocks, pulse)
    freshness.answered(freshness.asked(), NOW + HOUR)
    freshness.answered(freshness.asked(), NOW)
    assert pulse.deadline == NOW + 5


def test_on_a_clock_of_its_own_it_is_for_ever_or_not_at_all(clocks, pulse):
    freshness = made(clocks, pulse, lambda: NOW - 12 * HOUR, span=5.0)
    assert pulse.deadline == 0
    freshness.answered(freshness.asked(), NOW - 12 * HOUR)
    assert pulse.deadline == freshness.until() == FOREVER
    clocks.go(4.875)
    freshness.tick()
    assert pulse.deadline == FOREVER
    clocks.go(0.125)
    freshness.tick()
    assert pulse.deadline == freshness.until() == 0


@pytest.mark.parametrize("own", [False, True])
def test_lost_until_a_question_sent_later_is_answered(clocks, pulse, own):
    freshness = made(clocks, pulse, (lambda: clocks.at) if own else None)
    freshness.answered(freshness.asked(), NOW)
    before = freshness.asked()
    clocks.go(1)
    freshness.lost()
    assert pulse.deadline == freshness.until() == 0
    freshness.tick()
    assert pulse.deadline == 0
    freshness.answered(before, NOW)
    assert pulse.deadline == freshness.until() == 0
    freshness.answered(freshness.asked(), NOW)
    assert pulse.deadline == freshness.until() == (FOREVER if own else NOW + 6)


def test_a_pause_between_the_two_clocks_only_shortens_it(clocks, pulse):
    read = []

    def wall():
        read.append("wall")
        clocks.go(1)
        return clocks.at - 1

    def monotonic():
        read.append("steady")
        return clocks.steady

    freshness = Freshness(pulse, wall, 5.0, wall=wall, monotonic=monotonic)
    asked = freshness.asked()
    read.clear()
    freshness.answered(asked, 0)
    assert read == ["wall", "steady"]
    assert pulse.deadline == NOW + 4


def test_the_systems_clocks():
    pulse = Pulse(0.0)
    freshness = Freshness(pulse, time.time, 5.0)
    freshness.answered(freshness.asked(), time.time())
    assert 4 < pulse.deadline - time.time() <= 5.001
    other = Freshness(pulse, lambda: time.time() + 0, 5.0)
    other.answered(other.asked(), time.time())
    assert pulse.deadline == FOREVER


def test_the_steady_clock_goes_on_while_the_machine_sleeps():
    assert since_boot() >= time.monotonic() - 1
    first = since_boot()
    time.sleep(0.01)
    assert 0.005 < since_boot() - first < 5
