"""What every store must do, in one suite.

A test module of a store runs it by a class of its own:

    import pytest
    pytest.register_assert_rewrite("store_contract")
    from store_contract import LastingContract  # noqa: E402

    class TestSqliteStore(LastingContract):
        step = 1 << 16

        @pytest.fixture
        def make_store(self, tmp_path): ...

- `make_store` is a fixture: a function without arguments. Each call opens the *same* database anew and returns the Store, as another guard or
  process of the same host would; the first finds it empty. The fixture closes all of them at the end (closing twice is no error). The
  system's clock, no short `max_staleness`.
- `step` is the distance of the marks of two records that follow each other.
- A store that outlives its closing takes `LastingContract`, which has all tests; one that does not takes `StoreContract`, and `make_store`
  is called once a test. Which it is is asserted against `Store.lasting`: no test is skipped.

Attempts are asked for by `keep_attempts` first, as a guard does.
"""

from __future__ import annotations

import random
import time

import pytest

pytest.register_assert_rewrite("store_contract_attempts", "store_contract_log", "store_stage")
from callguard.errors import StateError  # noqa: E402
from callguard.state.records import Consented, Lift, Refusal, StatusChange, Withdrawal  # noqa: E402
from callguard.state.view import View  # noqa: E402
from store_contract_attempts import AttemptContract  # noqa: E402
from store_contract_log import LogContract  # noqa: E402
from store_stage import (  # noqa: E402
    CALLER,
    DAY,
    FIRST,
    NOW,
    RECORDS,
    SPAN,
    anchor_at,
    attempt,
    check_chain,
    contents,
    count,
    exact,
    log,
    race,
    records_of,
    refusal,
    registered,
    row,
    rows_of,
    soon,
    together,
    viewed,
)


class StoreContract(AttemptContract, LogContract):
    """What holds of a store that nobody opens again."""

    lasting = False
    step = 1

    @pytest.fixture
    def make_store(self):
        raise NotImplementedError("the class of a store's tests gives it")

    @pytest.fixture
    def store(self, make_store):
        store = make_store()
        store.keep_attempts(SPAN)
        return store

    def test_the_suite_knows_whether_the_store_lasts(self, store):
        assert store.lasting is self.lasting

    def test_a_new_store_is_empty_fresh_and_writable(self, store):
        assert (store.pulse.last(), records_of(store), store.fill(View())) == (0, [], 0)
        assert (rows_of(store), registered(store), store.anchors(), store.archived("ab" * 32)) == ([], [], (), None)
        assert store.fresh_until() > time.time()
        assert store.log_writable()
        assert time.time() < store.pulse.deadline
        assert all(isinstance(key, str) and isinstance(facts, dict) for key, facts in store.warnings())

    def test_records_of_each_kind_come_back_as_they_were(self, store):
        mark = store.append(RECORDS[:5])
        for record in RECORDS[5:]:
            assert store.append([record]) == mark + self.step
            mark += self.step

        assert records_of(store) == RECORDS
        assert records_of(store) == RECORDS

    def test_marks_are_dense_in_the_order_of_appending(self, store):
        marks = [store.append([refusal(n)]) for n in range(5)]
        last = store.append([refusal(n) for n in range(5, 10)])
        marks += [last - self.step * n for n in range(4, -1, -1)]

        assert marks == [self.step * n for n in range(1, 11)]
        assert store.pulse.last() == last
        assert list(store.follow(0)) == [(mark, refusal(n)) for n, mark in enumerate(marks)]

    def test_it_is_followed_from_any_mark(self, store):
        store.append([refusal(n) for n in range(20)])
        marks = [mark for mark, _ in store.follow(0)]

        for n, mark in enumerate([0, *marks]):
            assert records_of(store, mark) == [refusal(m) for m in range(n, 20)]

    def test_appending_nothing_changes_nothing(self, store):
        assert store.append([]) == 0
        mark = store.append([refusal()])
        assert store.append([]) == mark == store.pulse.last()
        assert records_of(store) == [refusal()]

    @pytest.mark.parametrize("wrong", ["no record", refusal(1 << 70)], ids=["another type", "a number too large"])
    def test_records_are_kept_all_or_none(self, store, wrong):
        before = store.append([refusal()])
        with pytest.raises((TypeError, AttributeError, ValueError, OverflowError, StateError)):
            store.append([refusal(1), wrong, refusal(2)])

        assert store.pulse.last() == before
        assert store.append([refusal(3)]) == before + self.step
        assert records_of(store) == [refusal(), refusal(3)]

    def test_applying_again_changes_nothing(self, store):
        store.append(RECORDS[:6])
        view, once = View(), View()
        for _, record in store.follow(0):
            view.apply(record)
            view.apply(record)
            once.apply(record)
        assert contents(view) == contents(once)

    def test_filling_a_view_is_following_from_the_start(self, store):
        chance = random.Random(8)
        records = list(RECORDS)
        for n in range(600):
            number, scope, at = (
                FIRST + chance.randrange(200),
                chance.choice(["enterprise", "品牌", "survey"]),
                NOW + chance.randrange(99),
            )
            records += [
                chance.choice([
                    Refusal(number=number, scope=scope, at=at, imported=chance.random() < 0.5, source=f"row {n}"),
                    Refusal(number=number, scope=scope, at=at),
                    Lift(number=number, scope=scope, at=at, proof="p"),
                    Consented(number=number, scope=scope, at=at, proof="p", until=None if n % 2 else at + DAY),
                    Withdrawal(number=number, scope=scope, at=at),
                    StatusChange(caller=chance.choice([CALLER, "96012"]), status=chance.choice(["active", "suspended"]), at=at),
                ])
            ]  # fmt: skip
        store.append(records)
        view = View()

        assert store.fill(view) == store.pulse.last()
        assert contents(view) == contents(viewed(records)) == contents(viewed(records_of(store)))
        store.append([Withdrawal(number=FIRST, scope="survey", at=NOW), refusal(0)])
        for _, record in store.follow(len(records) * self.step):
            view.apply(record)
        assert contents(view) == contents(viewed(records_of(store)))

    def test_a_view_that_knows_scopes_already_is_filled_alike(self, store):
        store.append(RECORDS)
        view = View()
        for scope in ("survey", "nobody's", "enterprise"):
            view.bit(scope)
        store.fill(view)

        assert contents(view) == contents(viewed(RECORDS))

    def test_following_can_be_given_up_and_bars_no_writer(self, store):
        store.append([refusal(n) for n in range(5)])
        following = store.follow(0)
        assert next(following) == (self.step, refusal(0))
        store.append([refusal(5)])
        following.close()
        store.append([refusal(6)])
        assert len(records_of(store)) == 7

    def test_threads_append_and_lose_nothing(self, store):
        acknowledged = [[] for _ in range(8)]

        def appending(who):
            for n in range(25):
                kept = [refusal(who * 100 + 2 * n)] if n % 5 else [refusal(who * 100 + 2 * n), refusal(who * 100 + 2 * n + 1)]
                mark = store.append(kept)
                assert store.pulse.last() >= mark
                acknowledged[who].append((mark, kept))

        together([lambda who=who: appending(who) for who in range(8)])
        marks = {record.number: mark for mark, record in store.follow(0)}
        order = [record.number for record in records_of(store)]

        assert list(marks.values()) == [self.step * n for n in range(1, 8 * 30 + 1)]
        assert store.pulse.last() == self.step * 8 * 30
        for mine in acknowledged:
            numbers = [record.number for _, kept in mine for record in kept]
            assert [number for number in order if number in set(numbers)] == numbers
            for mark, kept in mine:
                places = [marks[record.number] for record in kept]
                assert places == [places[0] + self.step * n for n in range(len(kept))]  # none between those of one append
                assert places[-1] <= mark

    def test_closing_again_is_no_error(self, store):
        store.append([refusal()])
        store.close()
        store.close()


class LastingContract(StoreContract):
    """What holds of a store that others open too, now or later."""

    lasting = True

    @pytest.fixture
    def other(self, make_store, store):
        """The same store, as another process has it."""
        other = make_store()
        other.keep_attempts(SPAN)
        return other

    def test_all_of_it_is_there_when_it_is_opened_again(self, make_store, store):
        mark = store.append(RECORDS)
        first, second = count(store, attempt(0, NOW - DAY, key="call"), attempt(0, NOW))
        store.transact(lambda transaction: transaction.release(second))
        rows = log(store, *(row(n) for n in range(6)))
        store.purge([anchor_at(rows[1])])
        store.archive("policy", "ab" * 32, b"version = 1")
        (writer,) = registered(store)
        store.close()

        again = make_store()
        again.keep_attempts(SPAN)
        view = View()
        assert (again.pulse.last(), again.fill(view)) == (mark, mark)
        assert contents(view) == contents(viewed(RECORDS))
        assert records_of(again) == RECORDS
        assert again.campaign_attempts("survey", FIRST) == (NOW - DAY,)
        assert again.caller_count(CALLER, 0) == 1
        assert exact(again) == (NOW - DAY,)
        assert again.transact(lambda transaction: transaction.keyed("call", 0)) == (first, attempt(0, NOW - DAY, key="call"))
        assert rows_of(again) == rows[2:]
        assert again.anchors() == (anchor_at(rows[1]),)
        assert again.archived("ab" * 32) == b"version = 1"
        assert registered(again) == [writer]
        assert again.append([refusal()]) == mark + self.step
        assert count(again, attempt())[0] > second

    def test_each_opening_writes_a_chain_of_its_own(self, store, other):
        for n in range(4):
            log(store, row(n))
            log(other, row(n), row(n + 1))
        one, two = sorted(registered(store), key=lambda writer: writer.count)

        assert registered(store) == registered(other)
        assert [writer.name for writer in store.writers()] == sorted(writer.name for writer in store.writers())
        check_chain(other, one, 4)
        check_chain(store, two, 8)
        in_order = [(each.writer, each.position) for each in rows_of(store)]
        assert in_order in (
            [*((one.name, n) for n in range(1, 5)), *((two.name, n) for n in range(1, 9))],
            [*((two.name, n) for n in range(1, 9)), *((one.name, n) for n in range(1, 5))],
        )
        anchors = sorted((anchor_at(each) for each in rows_of(store) if each.position == 3), key=lambda anchor: anchor.writer)
        assert other.purge(anchors) == 6
        assert store.anchors() == tuple(anchors)
        assert len(rows_of(store)) == 6

    def test_what_one_appends_the_other_knows_of_at_once(self, store, other):
        for n in range(20):
            one, two = (store, other) if n % 2 else (other, store)
            mark = one.append([refusal(n, source=f"row {n}")])
            assert two.pulse.last() == mark
            assert list(two.follow(mark - self.step)) == [(mark, refusal(n, source=f"row {n}"))]

    def test_what_one_counts_the_other_counts(self, store, other):
        (first,) = count(store, attempt(key="call"))
        assert exact(other) == (NOW,)
        assert other.transact(lambda transaction: transaction.keyed("call", 0)) == (first, attempt(key="call"))
        count(other, attempt(0, NOW + 1))
        assert soon(lambda: store.campaign_attempts("survey", FIRST), (NOW, NOW + 1))
        assert soon(lambda: store.caller_count(CALLER, 0), 2)
        other.transact(lambda transaction: transaction.release(first))
        assert exact(store) == (NOW + 1,)
        assert store.transact(lambda transaction: transaction.keyed("call", 0)) is None
        store.transact(lambda transaction: transaction.release(first))
        assert exact(other) == exact(store) == (NOW + 1,)

    def test_several_openings_race_and_take_exactly_what_the_limit_leaves(self, make_store, store):
        stores = [store, *(make_store() for _ in range(3))]
        for each in stores:
            each.keep_attempts(SPAN)
        race(stores * 4)
        assert all(len(exact(each, FIRST + n)) == 3 for n in range(5) for each in stores)

    def test_several_openings_append_and_lose_nothing(self, make_store, store):
        stores = [store, *(make_store() for _ in range(3))]

        def appending(who):
            each = stores[who % 4]
            for n in range(20):
                mark = each.append([refusal(who * 20 + n)])
                assert min(one.pulse.last() for one in stores) >= mark

        together([lambda who=who: appending(who) for who in range(8)])
        marks, records = zip(*store.follow(0), strict=True)
        assert list(marks) == [self.step * n for n in range(1, 161)]
        assert sorted(record.number for record in records) == [FIRST + n for n in range(160)]
        for who in range(8):
            mine = [record.number for record in records if (record.number - FIRST) // 20 == who]
            assert mine == sorted(mine)
        for each in stores:
            view = View()
            assert each.fill(view) == self.step * 160
            assert contents(view) == contents(viewed(records))
