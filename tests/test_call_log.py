"""What the log holds, who finds it, and what is readable without its key."""

from __future__ import annotations

from datetime import date

import attrs
import pytest

from call_logs import FIRST, LOGGED, NUMBERS, ONE, PLAIN, ROTATED, SECOND, TWO, call, calls, log_of, other_writer, sealed
from callguard import Reason, StateError
from callguard.call_log import CallLog
from callguard.clock import read_instant
from callguard.sealing import Keyring
from callguard.testing import MemoryStore
from samples import CALLER, MOBILE, OTHER, TUESDAY_TEN

AT = read_instant(TUESDAY_TEN)
LIMITED = (
    LOGGED
    + """
[[lists]]
name = "dnc"
path = "dnc.csv"
"""
)


def only(found):
    (entry,) = found.log.search()
    return entry


def test_a_record_holds_every_fact_that_the_rules_saw():
    found = sealed()
    found.refuse(MOBILE, scope="brand")
    found.consent(MOBILE, scope="survey", proof="recording 7", until="2027-01-01T00:00:00+08:00")
    call(found, "138 0013 0001", campaign="survey", key="key-1")
    entry = only(found)

    assert (entry.at, entry.callee, entry.caller) == (AT, 8613800130001, "+861085550123")
    assert (entry.campaign, entry.purpose) == ("survey", "survey")
    assert (entry.reason, entry.rule, entry.retry) == (Reason.REFUSED, "do-not-call-after-refusal", None)
    assert not entry.provisional
    assert not entry.shadow
    assert not entry.allowed
    assert entry.refusals == {"brand"}
    assert [(c.scope, c.until) for c in entry.consents] == [("survey", read_instant("2027-01-01T00:00:00+08:00"))]
    assert entry.counted == ()
    assert entry.of_caller is None
    assert entry.caller_status == "active"
    assert (entry.place.country, entry.place.province, entry.place.zones) == ("CN", "CN-BJ", {"Asia/Shanghai"})
    assert entry.days == (("2026-11-24", "work", None, False),)
    assert entry.mark == found._generation.known.applied == 2
    assert entry.key == "key-1"
    assert entry.outcome is entry.duration is entry.ended is entry.released is entry.permit is None
    document = found.log.document(entry.law)
    assert document["policy"] == found._generation.policy.digest
    assert {"cn.toml", "default.toml", "calendar_cn.toml", "us.toml", "days.toml"} <= set(document["packs"])
    assert all(document[name] for name in ("callguard", "phonenumbers", "tzdata"))


def test_an_outcome_is_joined_to_its_decision_and_the_last_one_stands():
    found = sealed()
    with found.attempt(MOBILE, caller=CALLER, campaign="notice") as attempt:
        found._clock.advance(5)
        attempt.outcome("voicemail")
        found._clock.advance(5)
        attempt.outcome("answered", duration=3)
    entry = only(found)
    assert (entry.outcome, entry.duration, entry.ended) == ("answered", 3, AT + 10)
    assert entry.reason is Reason.ALLOWED
    assert entry.allowed
    assert len(tuple(found._generation.store.log_rows(_all()))) == 3


def _all():
    from callguard.state.records import LogQuery

    return LogQuery()


def test_a_release_is_on_record():
    found = sealed()
    store = found._generation.store
    with found.attempt(MOBILE, caller=CALLER, campaign="notice") as attempt:
        store.transact(lambda transaction: found.log.release(transaction, attempt._row, AT + 1))
    assert only(found).released == AT + 1
    assert only(found).outcome == "unknown"


def test_counts_are_those_that_the_limits_saw():
    found = sealed(text=LOGGED)
    for campaign in ("survey", "survey", "notice"):
        call(found, MOBILE, campaign=campaign)
    first, second, third = found.log.search()
    assert (first.counted, second.counted, third.counted) == ((), (AT,), None)
    assert second.reason is Reason.ATTEMPT_LIMIT
    assert second.retry == read_instant("2026-11-25T00:00:00+08:00")

    capped = sealed()
    for i in range(4):
        call(capped, NUMBERS[i], caller="010-8555-0124")
    assert [entry.of_caller for entry in capped.log.search()] == [(0, None), (1, None), (2, AT), (2, AT)]


def test_what_cannot_be_read_as_a_number_is_logged_without_one():
    found = sealed()
    for callee in ("hello", "110", 13800130013):
        call(found, callee)
    entries = tuple(found.log.search())
    assert [(e.callee, e.status, e.note) for e in entries] == [
        (None, "invalid", "characters"),
        (entries[1].callee, "protected", None),
        (None, "invalid", "ambiguous-integer"),
    ]


def test_a_strange_caller_is_logged_as_it_was_written():
    found = sealed()
    call(found, caller="alice \ud800 \N{PILE OF POO}")
    assert only(found).caller == "alice \ud800 \N{PILE OF POO}"
    assert only(found).reason is Reason.CALLER_UNKNOWN


def test_search_finds_a_number_in_any_writing():
    found = sealed()
    for number in (MOBILE, OTHER, MOBILE):
        call(found, number)
    for writing in (MOBILE, "+86 138 0013 0001", "008613800130001", "１３８００１３０００１", 8613800130001):
        assert [e.callee for e in found.log.search(number=writing)] == [8613800130001] * 2
        assert all(e.outcome == "answered" for e in found.log.search(number=writing))
    assert not tuple(found.log.search(number="13800130099"))
    with pytest.raises(ValueError, match="cannot be read as E") as caught:
        found.log.search(number="hello 13800130001")
    assert "138" not in str(caught.value)


def test_search_by_caller_campaign_reason_and_days():
    found = sealed()
    call(found, MOBILE, campaign="notice")
    found.refuse(OTHER)
    call(found, OTHER, campaign="notice")
    call(found, NUMBERS[1], campaign="survey", caller="010-8555-0124")
    found._clock.set("2026-11-26T00:30:00+08:00")
    call(found, NUMBERS[2], campaign="notice")

    def numbers(**asked):
        return [e.callee % 100 for e in found.log.search(**asked)]

    assert numbers() == [1, 2, 11, 12]
    assert numbers(caller="010 8555 0124") == [11]
    assert numbers(caller="+861085550123") == [1, 2, 12]
    assert numbers(campaign="survey") == [11]
    assert numbers(campaign="surve") == []
    assert numbers(reason="refused") == numbers(reason=Reason.REFUSED) == [2]
    assert numbers(reason="allowed", campaign="notice") == [1, 12]
    assert [e.outcome for e in found.log.search(reason="allowed")] == ["answered"] * 3
    assert numbers(since=date(2026, 11, 24), until=date(2026, 11, 24)) == [1, 2, 11]
    assert numbers(since="2026-11-25") == [12]
    assert numbers(since="2026-11-26T00:30:00+08:00") == [12]
    assert numbers(until="2026-11-26T00:30:00+08:00") == [1, 2, 11]
    with pytest.raises(ValueError, match="`reject` is no reason; accepted: allowed, invalid-number"):
        found.log.search(reason="reject")


def test_an_outcome_after_the_period_is_still_joined():
    found = sealed(at="2026-11-24T23:59:50+08:00")
    with found.attempt(MOBILE, caller=CALLER, campaign="notice") as attempt:
        found._clock.advance(600)
        attempt.outcome("answered")
    (entry,) = found.log.search(until=date(2026, 11, 24))
    assert entry.outcome == "answered"
    assert not tuple(found.log.search(since=date(2026, 11, 25)))


def test_nothing_is_readable_without_the_key():
    found = sealed()
    found.refuse(MOBILE)
    call(found, MOBILE, key="order-4711")
    calls(found, 3, campaign="survey", outcome="a-name-of-our-own")
    store = found._generation.store
    rows = tuple(store.log_rows(_all()))
    kept = b"".join(
        part
        for row in rows
        for part in (row.sealed, row.link, row.callee or b"", row.caller or b"", row.campaign or b"", row.reason or b"")
    )
    kept += b"".join(store._archive.values()) + "".join(store._archive).encode()
    for secret in (
        b"13800130",
        b"85550123",
        b"survey",
        b"notice",
        b"refused",
        b"allowed",
        b"a-name-of-our-own",
        b"order-4711",
        b"Xinghe",
        b"kind",
    ):
        assert secret not in kept
    assert len(rows) == 1 + 2 * 3
    assert {row.key for row in rows} == {FIRST.active}
    assert found._generation.policy.digest not in store._archive


@pytest.mark.parametrize("ring", [SECOND, PLAIN])
def test_a_key_that_is_not_held_opens_and_finds_nothing(ring):
    found = sealed()
    call(found, MOBILE)
    log = CallLog(found._generation.store, ring, found._generation.policy, found._clock, writes=False)
    with pytest.raises(StateError, match=f"under key {FIRST.active}, which is not held"):
        tuple(log.search())
    assert not tuple(log.search(number=MOBILE))
    verified = log.verify()
    assert not verified
    assert {fault.what for fault in verified.faults} == {"key"}
    assert MOBILE[:7] not in str(verified.faults)


def test_after_a_rotation_old_records_are_found_and_none_is_rewritten():
    store = MemoryStore()
    call(sealed(FIRST, store=store), MOBILE)
    before = tuple(store.log_rows(_all()))
    other_writer(store)
    later = sealed(ROTATED, store=store, at="2026-11-25T10:00:00+08:00")
    call(later, MOBILE)
    assert set(before) < set(store.log_rows(_all()))
    assert [e.at for e in sorted(later.log.search(number=MOBILE), key=lambda e: e.at)] == [AT, AT + 86400]
    assert later.log.verify()
    assert all(later.log.document(e.law) for e in later.log.search())

    only_new = log_of(store, SECOND)
    assert [e.at for e in only_new.search(number=MOBILE)] == [AT + 86400]
    assert {fault.what for fault in only_new.verify().faults} == {"key"}


def test_keys_may_change_within_a_chain():
    store = MemoryStore()
    call(sealed(PLAIN, store=store), MOBILE)
    call(sealed(FIRST, store=store), MOBILE)
    call(sealed(ROTATED, store=store), MOBILE)
    log = log_of(store, ROTATED)
    assert len(tuple(log.search(number=MOBILE))) == 3
    verified = log.verify()
    assert verified
    assert (verified.rows, verified.chains, verified.unsealed) == (6, 1, 2)


def test_what_was_logged_without_a_key_is_still_found_once_there_is_one():
    store = MemoryStore()
    call(sealed(PLAIN, store=store), MOBILE)
    log = log_of(store, FIRST)
    assert [e.callee for e in log.search(number=MOBILE)] == [8613800130001]
    assert [e.outcome for e in log.search(campaign="notice")] == ["answered"]


def test_an_entry_shows_no_number():
    found = sealed()
    call(found, MOBILE, key="13800130001")
    assert "138001300" not in repr(only(found))
    assert "8555012" not in repr(only(found))


def test_a_row_is_bound_to_its_place():
    found = sealed()
    calls(found, 2)
    rows = tuple(found._generation.store.log_rows(_all()))
    from callguard.call_log.chain import unsealed

    assert unsealed(FIRST, rows[0])
    for other in (
        attrs.evolve(rows[0], position=9),
        attrs.evolve(rows[0], writer="x"),
        attrs.evolve(rows[0], at=1.0),
        attrs.evolve(rows[0], callee=None),
    ):
        with pytest.raises(StateError, match="another's place"):
            unsealed(FIRST, other)


def test_the_log_is_written_in_the_decisions_transaction():
    found = sealed()
    store = found._generation.store
    store.stop_log()
    call(found, MOBILE)
    store.stop_log(stopped=False)
    assert not tuple(found.log.search())
    assert store.campaign_attempts("notice", 8613800130001) == ()


def test_long_chains_join_their_outcomes_within_a_window(monkeypatch):
    from callguard.call_log import searching

    monkeypatch.setattr(searching, "WINDOW", 2)
    found = sealed()
    opened = []
    for i in range(4):
        attempt = found.attempt(NUMBERS[i], caller=CALLER, campaign="notice")
        attempt.__enter__()
        opened.append(attempt)
    for attempt in opened:
        attempt.outcome("answered")
    entries = tuple(found.log.search())
    assert [e.callee % 100 for e in entries] == [10, 11, 12, 13]
    assert [e.outcome for e in entries] == [None, None, "answered", "answered"]
    for attempt in opened:
        attempt.__exit__(None, None, None)


def test_keys_of_32_bytes_alone():
    assert Keyring((ONE, TWO)).ids == (FIRST.active, SECOND.active)
