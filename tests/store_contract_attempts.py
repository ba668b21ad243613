"""What every store must do for attempts, and for works that check, count and log as one; a part of store_contract.py."""

from __future__ import annotations

import pytest

from callguard.errors import StateError
from store_stage import (
    CALLER,
    DAY,
    FIRST,
    NOW,
    SPAN,
    Boom,
    attempt,
    check_chain,
    count,
    exact,
    log,
    race,
    refusal,
    registered,
    row,
    rows_of,
    soon,
    together,
)


class AttemptContract:
    """Counting, giving back, keys, limits; works that raise, and those beside them."""

    def test_attempts_count_by_campaign_and_number_and_by_caller(self, store):
        numbers = count(store, attempt(0, NOW - 5), attempt(0, NOW - 9), attempt(1, NOW - 7))
        numbers += count(store, attempt(0, NOW - 2, campaign="notice"), attempt(0, NOW, caller="96012"))

        def asking(transaction):
            assert transaction.campaign_attempts("survey", FIRST) == (NOW - 9, NOW - 5, NOW)
            assert transaction.campaign_attempts("notice", FIRST) == (NOW - 2,)
            assert transaction.campaign_attempts("survey", FIRST + 2) == ()
            assert transaction.caller_attempts(CALLER, NOW - SPAN) == (NOW - 9, NOW - 7, NOW - 5, NOW - 2)
            assert transaction.caller_attempts(CALLER, NOW - 7) == (NOW - 7, NOW - 5, NOW - 2)
            assert transaction.caller_attempts("none", 0) == ()
            return "asked"

        assert store.transact(asking) == "asked"
        assert len(set(numbers)) == 5
        assert sorted(numbers) == numbers
        assert soon(lambda: store.campaign_attempts("survey", FIRST), (NOW - 9, NOW - 5, NOW))
        assert soon(lambda: store.caller_attempts(CALLER, NOW - 5), (NOW - 5, NOW - 2))
        assert soon(lambda: store.caller_count(CALLER, NOW - 7), 3)
        assert soon(lambda: store.caller_count("none", 0), 0)
        assert soon(lambda: dict(store.campaign_counts("survey").items()), {FIRST: 3, FIRST + 1: 1})
        assert store.campaign_counts("none") is None
        tallies = store.tallies()
        assert {name: dict(numbers) for name, numbers in tallies.campaigns.items()} == {
            "survey": {FIRST: (NOW - 9, NOW - 5, NOW), FIRST + 1: NOW - 7},
            "notice": {FIRST: NOW - 2},
        }
        assert {caller: tuple(instants) for caller, instants in tallies.callers.items()} == {
            CALLER: (NOW - 9, NOW - 7, NOW - 5, NOW - 2),
            "96012": (NOW,),
        }

    def test_a_work_sees_what_it_counted_and_gave_back(self, store):
        (before,) = count(store, attempt(0, NOW - 9))

        def working(transaction):
            mine = transaction.count(attempt(0, NOW))
            assert transaction.campaign_attempts("survey", FIRST) == (NOW - 9, NOW)
            assert transaction.caller_attempts(CALLER, NOW - 1) == (NOW,)
            transaction.release(before)
            transaction.release(before)
            assert transaction.campaign_attempts("survey", FIRST) == (NOW,)
            transaction.release(mine)
            assert transaction.campaign_attempts("survey", FIRST) == transaction.caller_attempts(CALLER, 0) == ()
            transaction.count(attempt(0, NOW + 1))

        store.transact(working)
        assert exact(store) == (NOW + 1,)

    def test_a_count_is_given_back_once(self, store):
        first, second = count(store, attempt(), attempt())
        for _ in range(2):
            store.transact(lambda transaction: transaction.release(first))
            assert exact(store) == (NOW,)
        store.transact(lambda transaction: transaction.release(second + 1_000))  # there is none

        assert exact(store) == (NOW,)
        assert soon(lambda: store.caller_count(CALLER, 0), 1)
        store.transact(lambda transaction: transaction.release(second))
        assert exact(store) == ()
        assert soon(lambda: store.campaign_attempts("survey", FIRST), ())
        assert soon(lambda: store.campaign_counts("survey"), None)

    @pytest.mark.parametrize("ahead", [3_600, 366 * DAY])
    def test_attempts_dated_later_count_and_hide_no_others(self, store, ahead):
        count(store, attempt(0, NOW - 5 * DAY), attempt(1, NOW + ahead), attempt(0, NOW + ahead))

        assert exact(store) == (NOW - 5 * DAY, NOW + ahead)
        assert exact(store, FIRST + 1) == (NOW + ahead,)
        assert soon(lambda: store.caller_count(CALLER, NOW - 6 * DAY), 3)

    def test_a_longer_span_counts_what_came_before_it_was_asked_for(self, make_store):
        store = make_store()
        store.keep_attempts(3_600)
        count(store, attempt(0, NOW - 3_500), attempt(1, NOW - 20 * DAY))
        assert exact(store) == (NOW - 3_500,)
        store.keep_attempts(0)
        assert exact(store) == (NOW - 3_500,)
        store.keep_attempts(21 * DAY)

        assert exact(store, FIRST + 1) == (NOW - 20 * DAY,)
        assert soon(lambda: store.caller_count(CALLER, NOW - 21 * DAY), 2)
        assert soon(lambda: dict(store.campaign_counts("survey").items()), {FIRST: 1, FIRST + 1: 1})

    def test_keys_find_the_newest_attempt_that_counts(self, store):
        kept = [attempt(n, NOW - 100 + n, key=key) for n, key in enumerate(["通话-1", "call-2", "通话-1", None])]
        first, second, third, _ = count(store, *kept)

        def asking(key, since):
            return store.transact(lambda transaction: transaction.keyed(key, since))

        assert asking("通话-1", NOW - DAY) == (third, kept[2])
        assert asking("通话-1", NOW - 98) == (third, kept[2])
        assert asking("通话-1", NOW - 97) is None
        assert asking("call-2", NOW - 99) == (second, kept[1])
        assert asking("call-3", 0) is asking("", 0) is None
        store.transact(lambda transaction: transaction.release(third))
        assert asking("通话-1", 0) == (first, kept[0])
        assert asking("通话-1", NOW - 99) is None

    def test_keys_are_found_within_the_work_that_counted_them(self, store):
        (before,) = count(store, attempt(key="before"))

        def working(transaction):
            assert transaction.keyed("mine", 0) is None
            mine = transaction.count(attempt(1, key="mine"))
            assert transaction.keyed("mine", NOW) == (mine, attempt(1, key="mine"))
            assert transaction.keyed("mine", NOW + 1) is None
            newer = transaction.count(attempt(0, NOW + 1, key="before"))
            assert transaction.keyed("before", 0)[0] == newer
            transaction.release(newer)
            assert transaction.keyed("before", 0)[0] == before
            transaction.release(before)
            assert transaction.keyed("before", 0) is None
            return mine

        mine = store.transact(working)
        assert store.transact(lambda transaction: transaction.keyed("mine", 0)) == (mine, attempt(1, key="mine"))
        assert store.transact(lambda transaction: transaction.keyed("before", 0)) is None

    def test_a_key_counts_once_however_many_ask_at_once(self, store):
        counted = []

        def dialling():
            def work(transaction):
                found = transaction.keyed("one call", NOW - DAY)
                return found[0] if found else transaction.count(attempt(key="one call"))

            counted.append(store.transact(work))

        together([dialling] * 16)
        assert len(counted) == 16
        assert len(set(counted)) == 1
        assert exact(store) == (NOW,)

    def test_threads_that_race_take_exactly_what_the_limit_leaves(self, store):
        race([store] * 16)
        assert all(len(exact(store, FIRST + n)) == 3 for n in range(5))

    # works

    def test_a_work_that_raises_keeps_nothing(self, store):
        (before,) = count(store, attempt(key="before"))
        (head,) = log(store, row(1))
        boom = Boom("its own")

        def working(transaction):
            transaction.count(attempt(0, NOW + 5, key="gone"))
            transaction.release(before)
            assert transaction.log(row(2)).position == head.position + 1
            raise boom

        with pytest.raises(Boom) as raised:
            store.transact(working)

        assert raised.value is boom
        assert exact(store) == (NOW,)
        assert store.transact(lambda transaction: transaction.keyed("gone", 0)) is None
        assert store.transact(lambda transaction: transaction.keyed("before", 0))[0] == before
        assert soon(lambda: store.caller_count(CALLER, 0), 1)
        log(store, row(3))
        (writer,) = registered(store)
        check_chain(store, writer, 2)
        assert [each.sealed for each in rows_of(store)] == [b"\x00sealed \xff 1", b"\x00sealed \xff 3"]

    def test_works_that_raise_leave_those_beside_them_alone(self, store):
        def working(who):
            for n in range(10):

                def work(transaction, n=n):
                    transaction.count(attempt(who, NOW + n))
                    transaction.log(row(n))
                    if (who + n) % 3 == 0:
                        raise Boom(f"{who} {n}")
                    return who, n

                if (who + n) % 3 == 0:
                    with pytest.raises(Boom, match=f"^{who} {n}$"):
                        store.transact(work)
                else:
                    assert store.transact(work) == (who, n)

        together([lambda who=who: working(who) for who in range(16)])
        for who in range(16):
            assert exact(store, FIRST + who) == tuple(NOW + n for n in range(10) if (who + n) % 3)
        (writer,) = registered(store)
        check_chain(store, writer, sum((who + n) % 3 > 0 for who in range(16) for n in range(10)))

    def test_a_work_within_a_work_is_told_rather_than_waited_for(self, store):
        with pytest.raises(StateError, match="within"):
            store.transact(lambda _: store.transact(lambda _: None))
        with pytest.raises(StateError, match="within"):
            store.transact(lambda _: store.append([refusal()]))
        assert store.append([refusal()]) == self.step
        assert exact(store) == ()
