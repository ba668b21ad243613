"""Six calendar months, to the day: nothing goes earlier, whole days go after."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from call_logs import FIRST, LOGGED, NUMBERS, PLAIN, call, calls, log_of, other_writer, sealed
from callguard.call_log import purging
from callguard.call_log.purging import kept_from, months_after, removable
from callguard.clock import read_instant
from callguard.errors import StateError
from callguard.state.records import LogQuery
from callguard.testing import MemoryStore


def rows(store):
    return list(store.log_rows(LogQuery()))


@pytest.mark.parametrize(
    ("day", "later"),
    [
        ((2026, 5, 25), (2026, 11, 25)),
        ((2026, 8, 28), (2027, 2, 28)),
        ((2026, 8, 29), (2027, 3, 1)),
        ((2026, 8, 30), (2027, 3, 1)),
        ((2026, 8, 31), (2027, 3, 1)),
        ((2026, 9, 1), (2027, 3, 1)),
        ((2027, 8, 29), (2028, 2, 29)),
        ((2027, 8, 30), (2028, 3, 1)),
        ((2026, 6, 30), (2026, 12, 30)),
        ((2026, 6, 1), (2026, 12, 1)),
        ((2026, 12, 31), (2027, 7, 1)),
        ((2026, 3, 31), (2026, 10, 1)),
        ((2024, 2, 29), (2024, 8, 29)),
    ],
)
def test_six_months_after_a_day_never_come_early(day, later):
    assert months_after(date(*day), 6) == date(*later)


def test_the_policy_may_ask_for_more_and_never_for_less():
    day = date(2026, 5, 25)
    assert removable(day, 6) == removable(day, 3) == date(2026, 11, 25)
    assert removable(day, 24) == date(2028, 5, 25)


def test_a_records_last_instant_is_kept_for_six_whole_months():
    """The day before `before` is the youngest that goes; its corresponding day six months on has passed."""
    day = date(2024, 1, 1)
    while day < date(2028, 12, 31):
        first = removable(day + timedelta(days=1), 6)  # when the records of `day` may go
        month = (day.year * 12 + day.month - 1) + 6
        year, month = divmod(month, 12)
        last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
        corresponding = date(year, month + 1, min(day.day, last))
        assert timedelta(0) < first - corresponding <= timedelta(days=4)
        day += timedelta(days=1)


def test_the_last_date_that_may_be_named_is_the_last():
    day = date(2024, 1, 1)
    while day < date(2028, 12, 31):
        for months in (6, 7, 24):
            last = kept_from(day, months)
            assert removable(last, months) <= day
            assert removable(last + timedelta(days=1), months) > day
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("today", "refused", "accepted"),
    [
        ("2027-02-28", "2026-08-29", "2026-08-28"),
        ("2027-03-01", "2026-09-02", "2026-09-01"),
        ("2027-05-25", "2026-11-26", "2026-11-25"),
    ],
)
def test_earlier_deletion_is_refused_on_both_sides_of_midnight(today, refused, accepted):
    store = MemoryStore()
    calls(sealed(store=store, at=f"{accepted}T00:00:00+08:00"), 1)
    for clock in ("00:00:00", "23:59:59"):
        log = log_of(store, at=f"{today}T{clock}+08:00")
        with pytest.raises(
            ValueError, match=f"records before {refused} cannot be removed on {today}: .* accepted: {accepted} or earlier"
        ):
            log.purge(date.fromisoformat(refused))
        assert log.purge(date.fromisoformat(accepted)) == 0
    yesterday = date.fromisoformat(today) - timedelta(days=1)
    with pytest.raises(ValueError, match=f"cannot be removed on {yesterday}"):
        log_of(store, at=f"{yesterday}T23:59:59.9+08:00").purge(date.fromisoformat(accepted))
    assert len(rows(store)) == 2


def test_whole_days_go_in_the_enterprises_zone():
    store = MemoryStore()
    for at in ("2026-08-24T23:58:00+08:00", "2026-08-24T23:59:59.5+08:00", "2026-08-25T00:00:00+08:00"):
        call(sealed(store=store, at=at), NUMBERS[0], outcome=None)
    log = log_of(store, at="2027-02-25T00:00:00+08:00")
    assert log.purge(date(2026, 8, 25), dry=True) == 3  # the second call's outcome came the next day
    assert len(rows(store)) == 6
    assert log.purge(date(2026, 8, 25)) == 3
    assert min(row.at for row in rows(store)) >= read_instant("2026-08-25T00:00:00+08:00")
    assert log.verify()
    assert log.purge(date(2026, 8, 25)) == 0


def test_only_the_front_of_a_chain_goes():
    """A clock that was set back for a while leaves older rows behind younger ones: they wait for these."""
    store = MemoryStore()
    for at in ("2026-08-01T10:00:00+08:00", "2026-09-20T10:00:00+08:00", "2026-08-02T10:00:00+08:00"):
        calls(sealed(store=store, at=at), 1)
    log = log_of(store, at="2027-03-01T10:00:00+08:00")
    assert log.purge(date(2026, 9, 1)) == 2
    assert [entry.at for entry in log.search()] == [read_instant(f"2026-{day}T10:00:00+08:00") for day in ("09-20", "08-02")]
    assert log.verify()


@pytest.mark.parametrize("writers", [1, 3])
def test_many_rows_go_in_steps_each_of_which_leaves_the_log_whole(monkeypatch, writers):
    monkeypatch.setattr(purging, "STEP", 4)
    store = MemoryStore()
    for _ in range(writers):
        calls(sealed(store=store, at="2026-08-01T10:00:00+08:00"), 5)
        calls(sealed(store=store, at="2026-09-20T10:00:00+08:00"), 1)
        other_writer(store)
    log = log_of(store, at="2027-03-02T10:00:00+08:00")
    before, told, purge = len(rows(store)), [], store.purge

    def purged(anchors):
        gone = purge(anchors)
        assert 0 < gone <= 4
        assert log.verify(), "it is whole after each step"
        if len(told) == 1:
            raise StateError("the disk is gone")
        return gone

    monkeypatch.setattr(store, "purge", purged)
    with pytest.raises(StateError, match="the disk is gone"):
        log.purge(date(2026, 9, 1), progress=lambda *step: told.append(step))
    assert told == [(4, 10 * writers)]
    assert len(rows(store)) == before - 8 + 1  # and a note of it
    asked = []
    assert log.purge(date(2026, 9, 1), sure=lambda count: bool(asked.append(count))) == 0
    assert asked == [10 * writers - 8]
    told[:] = [()] * 9
    assert log.purge(date(2026, 9, 1), sure=lambda _: True) == 10 * writers - 8
    assert log.purge(date(2026, 9, 1)) == 0
    assert len(rows(store)) == before - 10 * writers + 2
    assert log.verify(deep=True)


def test_the_policy_may_keep_for_longer():
    store = MemoryStore()
    text = LOGGED.replace("enabled = true", 'enabled = true\nretain = "2 years"')
    calls(sealed(store=store, text=text, at="2026-08-01T10:00:00+08:00"), 1)
    with pytest.raises(ValueError, match="kept for 24 calendar months; accepted: 2025-03-01 or earlier"):
        log_of(store, FIRST, text, at="2027-03-01T10:00:00+08:00").purge(date(2026, 8, 2))
    assert log_of(store, FIRST, text, at="2028-08-02T10:00:00+08:00").purge(date(2026, 8, 2)) == 2


def test_a_chain_that_began_without_a_key_is_purged_too():
    store = MemoryStore()
    calls(sealed(PLAIN, store=store, at="2026-01-01T10:00:00+08:00"), 1)
    calls(sealed(PLAIN, store=store, at="2026-03-01T10:00:00+08:00"), 1)
    calls(sealed(FIRST, store=store, at="2026-05-01T10:00:00+08:00"), 1)
    other_writer(store)
    assert log_of(store, PLAIN, at="2026-08-01T10:00:00+08:00").purge(date(2026, 2, 1)) == 2
    log = log_of(store, FIRST, at="2026-12-01T10:00:00+08:00")
    assert [fault.what for fault in log.verify().faults] == ["anchor"]  # nothing but a key proves who left it
    assert log.purge(date(2026, 4, 1)) == 2
    assert log.verify()
    assert log.purge(date(2026, 6, 1)) == 2
    assert log.verify()
