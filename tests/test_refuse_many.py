"""Lists of refusals taken in: what was kept, what stood already, what was skipped and why."""

from __future__ import annotations

import pytest

from callguard import PolicyError
from callguard.errors import StateError
from callguard.recording import BATCH, ImportReport
from callguard.testing import MemoryStore
from tests.samples import MOBILE, OTHER, TUESDAY_TEN, ask, guard

FIRST = 8_613_800_130_000


def test_rows_are_kept_and_counted():
    found = guard()
    report = found.refuse_many([(MOBILE, None), (OTHER, TUESDAY_TEN), (MOBILE, None)], source="crm")

    assert (report.taken, report.already, report.not_taken, report.skipped) == (2, 1, 0, [])
    assert ask(found) == ask(found, OTHER) == "refused"


def test_a_second_time_everything_stands_already():
    found = guard()
    rows = [(f"+{FIRST + i}", None) for i in range(10)]
    found.refuse_many(rows)
    report = found.refuse_many(rows)

    assert (report.taken, report.already) == (0, 10)


def test_rows_that_cannot_be_read_are_skipped_with_the_reason_and_the_rest_is_kept():
    found = guard()
    rows = [("nobody", None), (13800130001, None), (MOBILE, "soon"), (MOBILE, "2026-01-01"), (OTHER, None), ("", None)]
    report = found.refuse_many(rows)

    assert report.taken == 1
    assert report.skipped == [(0, "no-number"), (1, "ambiguous-integer"), (2, "bad-instant"), (3, "bad-instant"), (5, "no-number")]
    assert report.not_taken == 5
    assert ask(found) == "allowed"
    assert ask(found, OTHER) == "refused"


def test_an_import_from_before_a_lift_is_kept_on_record_and_changes_nothing():
    found = guard()
    found.refuse(MOBILE)
    found.lift_refusal(MOBILE, proof="a letter")
    report = found.refuse_many([(MOBILE, "2026-11-24T09:59:59+08:00")])

    assert report.taken == 1
    assert ask(found) == "allowed"
    found.refuse_many([(MOBILE, TUESDAY_TEN)])
    assert ask(found) == "refused", "a tie refuses"


def test_a_refusal_in_one_scope_is_not_one_in_another():
    found = guard()
    found.refuse_many([(MOBILE, None)], scope="brand")
    report = found.refuse_many([(MOBILE, None)])

    assert (report.taken, report.already) == (1, 0)


def test_many_batches_are_each_kept_whole_and_a_failing_one_not_at_all():
    class Filling(MemoryStore):
        room = 2

        def append(self, records):
            if len(records) > 1:
                Filling.room -= 1
            if Filling.room < 0:
                raise StateError("no room is left")
            return super().append(records)

    found, report = guard(store=Filling()), ImportReport()
    rows = [(f"+{FIRST + i}", None) for i in range(2 * BATCH + 5)]
    with pytest.raises(StateError, match="no room"):
        found.refuse_many(rows, report=report)

    assert report.taken == 2 * BATCH
    assert ask(found, f"+{FIRST + 2 * BATCH - 1}") == "refused"
    assert ask(found, f"+{FIRST + 2 * BATCH}") == "allowed"


def test_an_unknown_scope_is_told_before_any_row_is_read():
    found = guard()

    def rows():
        raise AssertionError("a row was read")
        yield (MOBILE, None)

    with pytest.raises(PolicyError, match="brand"):
        found.refuse_many(rows(), scope="brend")
    with pytest.raises(TypeError, match="`scope`"):
        found.refuse_many([], scope=None)


def test_no_more_than_a_thousand_skipped_rows_are_named():
    report = guard().refuse_many([("nobody", None)] * 1_500)

    assert report.not_taken == 1_500
    assert len(report.skipped) == 1_000
