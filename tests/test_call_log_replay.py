"""Deciding again on what was recorded: equal by the law of then, different by another, and honest about what is missing."""

from __future__ import annotations

import attrs
import pytest

from call_logs import FIRST, LOGGED, NUMBERS, PLAIN, ROTATED, SECOND, Sealed, call, calls, log_of, sealed
from callguard import Guard, Policy, PolicyError, Reason, StateError, packs
from callguard.call_log import archiving, log
from callguard.call_log.archiving import Archive, Law, read_calendar, read_pack, shipped, written
from callguard.rules import Deny, rule
from callguard.testing import FrozenClock, MemoryStore
from samples import CALLER, MOBILE, OTHER, POLICY

LONGER = LOGGED.replace("limits = [{ attempts = 1", "limits = [{ attempts = 3")


def results(found, **more):
    return [(each.result, each.missing) for each in found.replay(**more)]


def varied(found):
    """Place calls that are decided by every kind of rule."""
    found.refuse(OTHER)
    found.consent(NUMBERS[3], scope="vip", proof="form 1", until="2026-11-24T12:00:00+08:00")
    for callee, campaign in (
        (MOBILE, "survey"),
        (MOBILE, "survey"),
        (OTHER, "notice"),
        (OTHER, "course"),
        ("hello", "notice"),
        ("110", "vip"),
    ):
        call(found, callee, campaign=campaign)
    for callee in NUMBERS[:4]:
        call(found, callee, campaign="vip", caller="010-8555-0124")
        call(found, callee, campaign="shadow")
        call(found, callee, campaign="notice", place="CN-XJ")
        call(found, "+1 212 555 0123", campaign="course")
    call(found, NUMBERS[5], caller="alice")
    call(found, OTHER, campaign="shadow")
    found.set_caller_status("010-8555-0124", "suspended")
    call(found, NUMBERS[6], caller="010-8555-0124")
    found._clock.set("2026-11-28T21:30:00+08:00")
    call(found, NUMBERS[7], campaign="course")
    call(found, NUMBERS[7], campaign="shadow")
    found._clock.set("2028-02-08T10:30:00+08:00")
    call(found, NUMBERS[8], campaign="course")
    found._generation.store.go_stale(found._clock() - 1)
    call(found, NUMBERS[9])


def test_what_was_decided_is_decided_again():
    found = sealed()
    varied(found)
    replayed = list(found.log.replay())
    assert [(each.result, each.missing) for each in replayed] == [("equal", None)] * len(replayed)
    reasons = {each.entry.reason for each in replayed}
    assert reasons >= {
        Reason.ALLOWED,
        Reason.REFUSED,
        Reason.INVALID_NUMBER,
        Reason.PROTECTED_NUMBER,
        Reason.NO_CONSENT,
        Reason.CALLER_UNKNOWN,
        Reason.CALLER_SUSPENDED,
        Reason.ATTEMPT_LIMIT,
        Reason.CALLING_WINDOW,
        Reason.REST_DAY,
        Reason.STATE_STALE,
    }
    assert any(each.shadow for each in replayed)
    assert any(each.entry.shadow != each.shadow for each in replayed) is False
    assert all(each.data == () for each in replayed)
    assert {result for result, _ in results(log_of(found._generation.store))} == {"equal"}


def test_a_changed_pack_is_seen(monkeypatch):
    found = sealed(at="2026-11-24T20:30:00+08:00")
    calls(found, 2, campaign="course")
    assert results(found.log) == [("equal", None)] * 2

    texts = shipped() | {"cn.toml": shipped()["cn.toml"].replace(b"end = 21:00:00", b"end = 20:00:00")}
    pack = read_pack(texts)
    changed = Law(policy=found._generation.policy, pack=pack, calendar=read_calendar(texts, pack, found._generation.policy, None))
    for each in found.log.replay(law=changed):
        assert each.result == "different"
        assert (each.entry.reason, each.decision.reason) == (Reason.ALLOWED, Reason.CALLING_WINDOW)
        assert each.decision.rule == "marketing-hours"

    # an archive that holds another pack's text than the one that was decided by is no archive
    store = found._generation.store
    archive = Archive(store, FIRST)
    document = archive.document(next(found.log.search()).law)
    place = archiving._place(document["packs"]["cn.toml"], FIRST.active)
    store._archive[place] = FIRST.seal(texts["cn.toml"], place.encode())
    with pytest.raises(StateError, match="not what was archived"):
        results(log_of(store))


def test_calls_under_two_packs_are_each_decided_by_their_own(monkeypatch):
    store = MemoryStore()
    calls(sealed(store=store, at="2026-11-24T20:30:00+08:00"), 1, campaign="course")
    texts = shipped() | {"cn.toml": shipped()["cn.toml"].replace(b"end = 21:00:00", b"end = 20:00:00")}
    with monkeypatch.context() as patch:
        patch.setattr(archiving, "shipped", lambda: texts)
        patch.setattr(packs, "load", lambda name="cn": read_pack(texts))
        calls(sealed(store=store, at="2026-11-24T20:40:00+08:00"), 1, campaign="course")
    found = log_of(store)
    assert [entry.reason for entry in found.search()] == [Reason.ALLOWED, Reason.CALLING_WINDOW]
    assert results(found) == [("equal", None)] * 2
    assert [each.result for each in found.replay(law="current")] == ["equal", "different"]
    one, two = (found.document(entry.law)["packs"]["cn.toml"] for entry in found.search())
    assert one != two


def test_another_policy_is_shown_to_decide_otherwise(tmp_path):
    found = sealed()
    for _ in range(3):
        call(found, MOBILE, campaign="survey")
    assert [e.reason for e in found.log.search()] == [Reason.ALLOWED, Reason.ATTEMPT_LIMIT, Reason.ATTEMPT_LIMIT]
    file = tmp_path / "policy.toml"
    file.write_text(LONGER.replace('{ attempts = 2, per = "48 hours" }', '{ attempts = 3, per = "48 hours" }'))
    replayed = list(found.log.replay(law=file))
    assert [each.result for each in replayed] == ["equal", "different", "different"]
    assert [each.decision.reason for each in replayed] == [Reason.ALLOWED] * 3
    file.write_text("version = 2")
    with pytest.raises(PolicyError):
        found.log.replay(law=file)


def test_cannot_is_said_where_a_fact_is_missing(tmp_path):
    found = sealed()
    call(found, MOBILE, campaign="notice")
    call(found, MOBILE, campaign="survey", caller="010-8555-0124")
    limited = LOGGED.replace('name = "notice"', 'name = "notice"\nlimits = [{ attempts = 1, per = "1 day" }]')
    capped = LOGGED.replace('number = "010-8555-0123"', 'number = "010-8555-0123"\ndaily_attempts = 5')
    renamed = LOGGED.replace('name = "survey"', 'name = "surveys"')

    def by(text):
        return results(found.log, law=Law.current(Policy.from_toml(text)))

    assert by(limited) == [("cannot", "how many attempts the callee had had: no limit looked at them then"), ("equal", None)]
    assert by(capped) == [("cannot", "how many attempts the caller had placed: no cap looked at them then"), ("equal", None)]
    assert by(renamed) == [("equal", None), ("cannot", "the campaign `survey` is not in the policy")]


def test_cannot_is_said_where_the_law_is_not_archived():
    found = sealed()
    calls(found, 1)
    store = found._generation.store
    whole = dict(store._archive)
    law = next(found.log.search()).law
    document = found.log.document(law)
    for digest, said in (
        (law, f"the law {law[:16]}… is not in the archive"),
        (document["text"], f"the policy {document['text'][:16]}… is not in the archive"),
        (document["packs"]["cn.toml"], f"the pack cn.toml {document['packs']['cn.toml'][:16]}… is not in the archive"),
    ):
        store._archive = {key: body for key, body in whole.items() if key != archiving._place(digest, FIRST.active)}
        reading = log.CallLog(store, FIRST, found._generation.policy, found._clock, writes=False)
        assert results(reading) == [("cannot", said)]


def test_a_law_that_this_version_cannot_read_is_said_to_be(monkeypatch):
    texts = shipped() | {"cn.toml": shipped()["cn.toml"].replace(b"filing_days = 30", b"filing_days = 30\nnew_value = 1")}
    monkeypatch.setattr(archiving, "shipped", lambda: texts)
    found = sealed()
    calls(found, 1)
    ((result, missing),) = results(found.log)
    assert result == "cannot"
    assert missing.endswith("cannot be read by this version (TypeError)")


def test_after_a_rotation_the_law_is_archived_under_the_new_key_too():
    store = MemoryStore()
    calls(sealed(FIRST, store=store), 1)
    calls(sealed(ROTATED, store=store), 1)
    assert results(log_of(store, ROTATED)) == [("equal", None)] * 2
    store._rows = [row for row in store._rows if row.key == SECOND.active]
    assert results(log.CallLog(store, SECOND, Policy.from_toml(LOGGED), FrozenClock(0.0 + 1_800_000_000), writes=False)) == [
        ("equal", None)
    ]


@rule("no-calls")
def no_calls(call):
    return Deny(until=call.at)


def test_what_a_rule_of_the_users_own_denied_cannot_be_decided_again():
    found = sealed(rules=[no_calls])
    call(found, MOBILE)
    call(found, "hello")
    assert results(found.log) == [("cannot", "the code of the rule `no-calls`, which is the user's own"), ("equal", None)]


def test_what_was_not_handed_on_is_decided_again():
    found = sealed()
    real = found.log.hand_on

    def fail(row, caller):
        raise StateError("not handed on")

    found.log.hand_on = fail
    call(found, MOBILE)
    found.log.hand_on = real
    first, second = found.log.search()
    assert (first.reason, second.reason, second.handed_on) == (Reason.ALLOWED, Reason.LOG_UNAVAILABLE, False)
    assert results(found.log) == [("equal", None)] * 2


def test_a_policy_file_is_archived_as_it_stands(tmp_path):
    file = tmp_path / "policy.toml"
    file.write_bytes("\ufeff# a comment\n".encode() + LOGGED.encode())
    store = MemoryStore()
    kind = type("Kept", (Sealed,), {"ring": FIRST})
    found = kind(Policy.load(file), clock=FrozenClock("2026-11-24T10:00:00+08:00"), store=store)
    calls(found, 1)
    document = found.log.document(next(found.log.search()).law)
    assert document["policy"] == document["text"] == found._generation.policy.digest
    assert Archive(store, FIRST).read(document["text"]) == file.read_bytes()
    assert results(found.log) == [("equal", None)]

    file.write_text(LOGGED)  # changed since it was read: what means the same is kept instead
    store._archive.clear()
    later = log.CallLog(store, FIRST, found._generation.policy, found._clock)
    document = later.document(later._law)
    assert document["text"] != document["policy"]
    assert Policy.from_toml(later.archive.read(document["text"]).decode()) == found._generation.policy


def test_a_password_is_archived_only_where_it_is_sealed(tmp_path):
    file = tmp_path / "policy.toml"
    file.write_text(LOGGED + '[state]\nurl = "postgresql://callguard:s3cret@db/calls"\n')
    policy = Policy.load(file)
    for ring, kept in ((PLAIN, False), (FIRST, True)):
        store = MemoryStore()
        found = log.CallLog(store, ring, policy, FrozenClock("2026-11-24T10:00:00+08:00"))
        assert b"s3cret" not in b"".join(store._archive.values())
        text = found.archive.read(found.document(found._law)["text"])
        assert (b"s3cret" in text) == kept


def test_overrides_are_archived(tmp_path):
    (tmp_path / "days.toml").write_text('[[days]]\ndate = 2026-11-25\nkind = "off"\nname = "开学"\n', encoding="utf-8")
    file = tmp_path / "policy.toml"
    file.write_text(
        LOGGED
        + '[calendar]\noverrides = "days.toml"\nschool_vacations = [{ province = "CN-GD", from = 2026-12-01, to = 2026-12-02 }]\n'
    )
    store = MemoryStore()
    kind = type("Kept", (Sealed,), {"ring": FIRST})
    found = kind(Policy.load(file), clock=FrozenClock("2026-11-25T10:00:00+08:00"), store=store)
    calls(found, 1, campaign="course")
    found._clock.set("2026-12-01T10:00:00+08:00")
    calls(found, 1, campaign="course")
    entries = list(found.log.search())
    assert entries[0].days == (("2026-11-25", "off", "开学", False),)
    assert [entry.reason for entry in entries] == [Reason.REST_DAY, Reason.ALLOWED]
    (tmp_path / "days.toml").unlink()
    assert results(log_of(store)) == [("equal", None)] * 2
    assert [result for result, _ in results(log_of(store), law="current")] == ["different", "equal"]


@pytest.mark.parametrize("name", ["everything", "hong-kong", "kinds", "least", "united-states"])
def test_a_policy_written_out_means_the_same(name):
    from pathlib import Path

    text = (Path(__file__).parent / "policies/valid" / f"{name}.toml").read_text(encoding="utf-8")
    policy = Policy.from_toml(text)
    again = Policy.from_toml(written(policy).decode())
    assert again == policy
    assert written(again) == written(policy)


def test_archived_packs_are_read_as_the_shipped_ones_are():
    """One reader would be better than two that agree."""
    policy = Policy.from_toml(POLICY)
    pack, known = read_pack(shipped()), packs.load("cn")
    for field in attrs.fields(type(known)):
        if field.name == "rules":
            assert [attrs.asdict(each) for each in pack.rules.values()] == [attrs.asdict(each) for each in known.rules.values()]
        else:
            assert getattr(pack, field.name) == getattr(known, field.name)
    calendar, shipped_one = read_calendar(shipped(), pack, policy, None), packs.calendar()
    for field in attrs.fields(type(calendar)):
        assert getattr(calendar, field.name) == getattr(shipped_one, field.name)


def test_versions_that_were_others_then_are_named(monkeypatch):
    found = sealed()
    calls(found, 1)
    monkeypatch.setattr(archiving.clock, "tz_version", lambda: "2031.1")
    (replayed,) = log_of(found._generation.store).replay()
    assert replayed.data == ("tzdata",)


def test_a_log_opened_for_reading_writes_no_decision():
    found = sealed()
    reading = log.CallLog(found._generation.store, FIRST, found._generation.policy, found._clock, writes=False)
    found._generation.log = reading
    with pytest.raises(RuntimeError, match="opened for reading"), found.attempt(MOBILE, caller=CALLER, campaign="notice"):
        pass
    assert isinstance(found, Guard)
