"""The mirror of attempts: what counts, what is given back, what goes by and by."""

from __future__ import annotations

import random
import threading

import pytest

from callguard.state.counts import Counts, Pending, Released, counted
from callguard.state.records import Attempted

FIRST = 8_613_800_130_000
NOW = 1_795_000_000.0
DAY = 86_400


def attempt(n=0, at=NOW, campaign="survey", caller="861085550123", key=None):
    return Attempted(number=FIRST + n, campaign=campaign, caller=caller, at=at, key=key)


def counts(span=2 * DAY):
    found = Counts()
    found.keep(span)
    return found


def table(found, campaign="survey"):
    return counted(threading.Lock(), lambda: found, campaign)


def test_attempts_count_by_campaign_and_number_and_by_caller():
    found = counts()
    found.apply(1, attempt(1, NOW + 5))
    found.apply(2, attempt(1, NOW))
    found.apply(3, attempt(1, NOW + 9, campaign="notice"))
    found.apply(4, attempt(2, NOW + 7, caller="4008550142"))

    assert found.campaign_attempts("survey", FIRST + 1) == (NOW, NOW + 5)
    assert found.campaign_attempts("notice", FIRST + 1) == (NOW + 9,)
    assert found.campaign_attempts("survey", FIRST + 3) == ()
    assert found.campaign_attempts("none", FIRST + 1) == ()
    assert found.caller_attempts("861085550123", NOW) == (NOW, NOW + 5, NOW + 9)
    assert found.caller_attempts("861085550123", NOW + 5) == (NOW + 5, NOW + 9)
    assert found.caller_count("861085550123", NOW + 0.1) == 2
    assert (found.caller_count("4008550142", 0), found.caller_count("none", 0)) == (1, 0)
    assert found.caller_attempts("none", 0) == ()
    assert found.applied == 4
    assert dict(table(found).items()) == {FIRST + 1: 2, FIRST + 2: 1}
    assert table(found, "none") is None


def test_what_was_seen_changes_nothing():
    found = counts()
    for _ in range(2):
        found.apply(1, attempt())
        found.apply(2, attempt())
        found.apply(3, Released(1))

    assert found.campaign_attempts("survey", FIRST) == (NOW,)
    assert found.caller_count("861085550123", 0) == 1


def test_a_release_gives_back_one_count_once():
    found = counts()
    found.apply(3, attempt(at=NOW))
    found.apply(7, attempt(at=NOW + 1))
    found.apply(8, attempt(at=NOW))
    for seq, of in ((9, 3), (10, 3), (11, 5), (12, 99), (13, 9)):
        found.apply(seq, Released(of))

    assert found.campaign_attempts("survey", FIRST) == (NOW, NOW + 1)
    assert found.caller_attempts("861085550123", 0) == (NOW, NOW + 1)
    assert found.attempt(3) is None
    assert found.attempt(8) == ("survey", FIRST, "861085550123", NOW)
    found.apply(14, Released(7))
    found.apply(15, Released(8))
    assert found.campaign_attempts("survey", FIRST) == ()
    assert found.caller_count("861085550123", 0) == 0
    assert found._by_campaign["survey"] == {}


def test_a_table_of_counts_is_kept_up():
    found = counts()
    found.apply(1, attempt(1))
    found.apply(2, attempt(1, NOW + 1))
    found.apply(3, attempt(2))
    found.apply(4, Attempted(number=0, campaign="survey", caller="861085550123", at=NOW))
    kept = table(found)
    assert dict(kept.items()) == {FIRST + 1: 2, FIRST + 2: 1}

    found.apply(5, attempt(3))
    found.apply(6, Released(1))
    found.apply(7, Released(3))
    found.apply(8, Released(4))
    assert table(found) is kept
    assert dict(kept.items()) == {FIRST + 1: 1, FIRST + 2: 0, FIRST + 3: 1}
    found.apply(9, Released(2))
    found.apply(10, Released(5))
    assert table(found) is None


def test_what_comes_and_goes_while_a_table_is_made_is_in_it():
    chance = random.Random(9)
    found = counts()
    for n in range(35_000):
        found.apply(n + 1, attempt(n, NOW + n))
    seq, pieces = 35_000, 0
    while (made := found.by_number("survey")).rest:
        pieces += 1
        for _ in range(300):
            seq += 1
            given_back = Released(chance.randrange(1, seq))
            found.apply(seq, given_back if chance.random() < 0.5 else attempt(chance.randrange(40_000), NOW + seq))

    assert pieces == 3
    kept = {n: count for n, count in made.table.items() if count}
    assert kept == {n: len(found.campaign_attempts("survey", n)) for n in found.numbers("survey")}
    assert table(found) is made.table


def test_attempts_are_taken_in_while_a_table_is_made():
    found, lock, over = counts(), threading.Lock(), threading.Event()
    for n in range(200_000):
        found.apply(n + 1, attempt(n))

    def applying():
        seq = 200_000
        while not over.is_set():
            seq += 1
            with lock:
                found.apply(seq, attempt(seq % 300_000))

    thread = threading.Thread(target=applying)
    thread.start()
    tables = [counted(lock, lambda: found, "survey") for _ in range(2)]
    over.set()
    thread.join()

    assert tables[0] is tables[1]
    assert dict(tables[0].items()) == {n: len(found.campaign_attempts("survey", n)) for n in found.numbers("survey")}


def test_a_table_of_counts_does_not_grow_with_all_that_ever_was():
    found = counts(3_600)
    tables = []
    for n in range(12_000):
        found.apply(n + 1, attempt(n, NOW + 60 * n))
        if n % 500 == 0:
            tables.append(table(found))
            kept = {number for number, count in tables[-1].items() if count}
            assert kept == {FIRST + i for i in range(n + 1) if found.campaign_attempts("survey", FIRST + i)}

    assert len({*map(id, tables)}) > 2
    assert max(map(len, tables)) < 8_000


def test_numbers_that_could_not_be_read_count_too():
    found = counts()
    found.apply(1, Attempted(number=0, campaign="shadow", caller="861085550123", at=NOW))
    assert found.campaign_attempts("shadow", 0) == (NOW,)
    found.apply(2, Released(1))
    assert found.campaign_attempts("shadow", 0) == ()


def test_without_a_span_nothing_is_kept_and_a_shorter_one_changes_nothing():
    found = Counts()
    found.apply(1, attempt())
    assert (found.campaign_attempts("survey", FIRST), found.applied) == ((), 1)
    found.keep(DAY)
    found.keep(60)
    assert found.span == DAY


def test_what_is_older_than_the_span_goes_by_and_by():
    found = counts(3_600)
    for n in range(20_000):
        found.apply(n + 1, attempt(n % 5_000, NOW + 30 * n, campaign=f"c{n % 3}"))
    newest = NOW + 30 * 19_999
    kept = sum(len(found.campaign_attempts(f"c{c}", FIRST + n)) for c in range(3) for n in range(5_000))

    assert 3_600 / 30 <= kept <= (3_600 + DAY) / 30 + 1_024
    assert found.caller_count("861085550123", newest - 3_600) == 121
    assert len(found._seqs) < 2 * kept + 1_024
    assert found.attempt(1) is None
    assert found.attempt(19_999) is not None
    found.apply(20_001, Released(20_000))
    assert found.caller_count("861085550123", newest - 3_600) == 120


@pytest.mark.parametrize("ahead", [366 * DAY, -366 * DAY])
def test_one_clock_that_is_wrong_takes_no_other_ones_attempts_away(ahead):
    found = counts(DAY)
    for n in range(5_000):
        found.apply(2 * n + 1, attempt(n, NOW + n))
        if n % 5 == 0:
            found.apply(2 * n + 2, attempt(n, NOW + n + ahead, caller="96012"))

    assert found.caller_count("861085550123", NOW) == 5_000
    assert all(NOW + n in found.campaign_attempts("survey", FIRST + n) for n in range(5_000))
    for n in range(5_000, 40_000):
        found.apply(2 * n + 1, attempt(n, NOW + 100 * n))
    assert len(found._seqs) < 10_000
    if ahead > 0:
        assert found.caller_count("96012", NOW + DAY) == 1_000  # what is dated later counts
    assert found.campaign_attempts("survey", FIRST + 1) == ()


def test_it_equals_a_plain_list_whatever_comes():
    chance = random.Random(4)
    found, plain = counts(DAY), {}
    for seq in range(1, 3_000):
        if plain and chance.random() < 0.2:
            of = chance.choice([*plain, seq - 1])
            found.apply(seq, Released(of))
            plain.pop(of, None)
        else:
            plain[seq] = attempt(
                chance.randrange(5), NOW + chance.randrange(40_000), f"c{chance.randrange(3)}", f"{chance.randrange(3)}"
            )
            found.apply(seq, plain[seq])
    for c in range(3):
        for n in range(5):
            wanted = sorted(each.at for each in plain.values() if (each.campaign, each.number) == (f"c{c}", FIRST + n))
            assert list(found.campaign_attempts(f"c{c}", FIRST + n)) == wanted
        for since in (0, NOW + 20_000):
            wanted = sorted(each.at for each in plain.values() if each.caller == f"{c}" and each.at >= since)
            assert list(found.caller_attempts(f"{c}", since)) == wanted
            assert found.caller_count(f"{c}", since) == len(wanted)


def test_readers_need_no_lock():
    found, over, wrong = counts(60), threading.Event(), []

    def reading():
        while not over.is_set():
            since = NOW + found.applied
            instants = found.caller_attempts("861085550123", since - 50)
            if not (len(instants) >= 40 and list(instants) == sorted(instants) and instants[0] >= since - 50):
                wrong.append(instants)
            if not found.caller_count("861085550123", since - 50) >= 40:
                wrong.append("count")
            found.campaign_attempts("survey", FIRST + 3)

    for n in range(1, 200):
        found.apply(n, attempt(n % 7, NOW + n))
    threads = [threading.Thread(target=reading) for _ in range(3)]
    for thread in threads:
        thread.start()
    for n in range(200, 6_000):
        found.apply(n, Released(n - 150) if n % 9 == 0 else attempt(n % 7, NOW + n - n % 4))
    over.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_pending_events_are_seen_before_they_are_kept():
    found = counts()
    found.apply(1, attempt(at=NOW))
    pending = Pending(found)
    pending.add(2, attempt(at=NOW - 1))
    pending.add(3, attempt(1, at=NOW + 1))
    pending.add(4, attempt(at=NOW + 2, caller="96012", campaign="notice"))
    before = len(pending)
    for seq, of in ((5, 1), (6, 1), (7, 3), (8, 77)):
        pending.add(seq, Released(of))

    assert pending.campaign_attempts("survey", FIRST) == (NOW - 1,)
    assert pending.campaign_attempts("survey", FIRST + 1) == ()
    assert pending.campaign_attempts("notice", FIRST) == (NOW + 2,)
    assert pending.caller_attempts("861085550123", 0) == (NOW - 1,)
    assert pending.caller_attempts("861085550123", NOW) == ()
    assert found.campaign_attempts("survey", FIRST) == (NOW,)
    pending.back(before)
    assert pending.campaign_attempts("survey", FIRST) == (NOW - 1, NOW)
    assert pending.caller_attempts("861085550123", NOW) == (NOW, NOW + 1)
    pending.keep()
    assert found.caller_attempts("861085550123", 0) == (NOW - 1, NOW, NOW + 1)
    assert (found.applied, len(pending)) == (4, 0)
