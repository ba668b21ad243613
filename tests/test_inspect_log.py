"""What an inspection remarks of a state and its call log."""

from datetime import date

import attrs
import pytest

from call_logs import FIRST, LOGGED, NUMBERS, PLAIN, SECOND, call, calls, chains, log_of, other_writer, sealed
from callguard import Policy
from callguard.readiness import Kept, inspect, opened
from callguard.readiness.kept import is_there
from callguard.testing import FrozenClock, MemoryStore
from samples import CALLER

ON = date(2026, 11, 25)
SECOND_CALLER = "010-8555-0124"


def looked(store, text=LOGGED, *, ring=FIRST, on=ON, **more):
    """Inspect a policy with what a store holds, as another process would."""
    policy = Policy.from_toml(text)
    return inspect(policy, on=on, kept=Kept.of(policy, store, log_of(store, ring, text)), **more)


def one(found, id_):
    (remark,) = found.of(id_)
    return remark


def of_the_log(found):
    return {each.id for each in found.remarks if each.what in ("log", "state")}


def test_a_whole_log_is_summed_up():
    found = looked(chains())

    assert of_the_log(found) == {
        "log-since",
        "log-summary",
        "state-kept",
        "storage-not-sealed",
    }  # whose key the policy does not name
    since = one(found, "log-since")
    assert (since.facts["first"], since.facts["n"], since.facts["months"]) == (date(2026, 11, 24), 6, 6)
    assert "6 calls were let go" in one(found, "log-summary").message_in("en")


def test_where_the_state_is_and_which_records_are_not_sealed():
    store = chains(1, ring=PLAIN)
    other_writer(store)
    calls(sealed(store=store), 1)
    named = LOGGED.replace("enabled = true", 'key_env = "CALLGUARD_LOG_KEY"')
    found = looked(store, named)

    unsealed = one(found, "rows-unsealed")
    assert (unsealed.severity, unsealed.facts["n"], unsealed.rows) == ("violation", 4, (65,))
    assert one(found, "state-kept").message_in("en") == "in memory, until the process ends; sealed."
    assert not looked(chains(), named).of("rows-unsealed")


def test_denials_are_counted_by_their_reason():
    store = MemoryStore()
    guard = sealed(store=store)
    guard.refuse(NUMBERS[0], scope="enterprise")
    calls(guard, 3)
    found = one(looked(store), "log-summary")

    assert (found.facts["allowed"], found.facts["denied"], found.facts["by_reason"]) == (2, 1, {"refused": 1})
    assert "拒绝 1 次: refused 已拒绝来电 1" in found.message_in("zh")


@pytest.mark.parametrize("what", ["changed", "missing"])
def test_a_log_that_was_tampered_with_is_a_violation(what):
    store = chains()
    rows = store._rows
    if what == "changed":
        rows[2] = attrs.evolve(rows[2], at=rows[2].at + 1)
    else:
        del rows[2]
    found = looked(store)

    broken = one(found, "log-broken")
    assert broken.severity == "violation"
    assert "写入者" in broken.message_in("zh")
    assert "writer" not in broken.message_in("zh")
    assert broken.facts["n"] >= 1
    assert set(broken.rows) == {56, 57, 69}


def test_a_log_whose_key_is_not_held_is_said_not_to_be_looked_at():
    for ring in (SECOND, PLAIN):
        found = looked(chains(), ring=ring)
        unknown = one(found, "state-unknown")
        assert unknown.severity == "unknown"
        assert f"以密钥 {FIRST.active} 加密, 而未持有该密钥" in unknown.message_in("zh")
        assert not found.of("log-summary")


def test_why_nothing_was_looked_at_is_said():
    found = inspect(Policy.from_toml(LOGGED), on=ON, kept="the disk is away")

    assert one(found, "state-unknown").message_in("en") == "the disk is away"
    both = inspect(Policy.from_toml(LOGGED), on=ON, kept={"en": "the disk is away", "zh": "磁盘不在"})
    assert one(both, "state-unknown").message_in("zh") == "磁盘不在"


def test_a_key_that_a_log_which_is_off_names_seals_nothing():
    off = LOGGED.replace("enabled = true", 'enabled = false\nkey_env = "CALLGUARD_LOG_KEY"')
    found = looked(chains(), off)

    assert one(found, "state-kept").message_in("en") == "in memory, until the process ends; not sealed."
    sealing = one(found, "storage-not-sealed")
    assert "the key that is named seals nothing" in sealing.message_in("en")
    assert sealing.mend_in("zh") == "启用日志: `enabled = true`。"
    assert "No key is named" in one(looked(chains(), LOGGED), "storage-not-sealed").message_in("en")


@pytest.mark.parametrize(("cap", "wanted"), [(3, 0), (2, 1)])
def test_more_calls_than_planned(cap, wanted):
    store = MemoryStore()
    wide = LOGGED.replace("daily_attempts = 2", "daily_attempts = 9")
    guard = sealed(store=store, text=wide)
    calls(guard, 3, caller=SECOND_CALLER)
    found = looked(store, LOGGED.replace("daily_attempts = 2", f"daily_attempts = {cap}")).of("volume-over-plan")

    assert len(found) == wanted
    for each in found:
        assert (each.facts["most"], each.facts["planned"], each.day, each.name) == (3, 2, date(2026, 11, 24), SECOND_CALLER)
        assert each.rows == (51,)


def test_calls_that_were_released_are_none():
    store = MemoryStore()
    guard = sealed(store=store, text=LOGGED.replace("daily_attempts = 2", "daily_attempts = 9"))
    calls(guard, 2, caller=SECOND_CALLER)
    with guard.attempt(NUMBERS[5], caller=SECOND_CALLER, campaign="notice") as attempt:
        attempt.release()

    assert not looked(store).of("volume-over-plan")


def test_a_purpose_that_is_not_the_number_s():
    store = MemoryStore()
    calls(sealed(store=store), 2)
    planned = LOGGED.replace("filed = 2024-01-20\n[[callers]]", 'filed = 2024-01-20\npurposes = ["survey"]\n[[callers]]')
    found = one(looked(store, planned), "purpose-outside-plan")

    assert (found.severity, found.facts["n"], found.day) == ("violation", 2, date(2026, 11, 24))
    assert "服务" in found.message_in("zh")
    assert not looked(store).of("purpose-outside-plan")


def test_marketing_calls_without_consent_have_their_share():
    store = MemoryStore()
    guard = sealed(store=store)
    guard.consent(NUMBERS[0], scope="enterprise", proof="form 7")
    calls(guard, 4, campaign="course")
    calls(guard, 2, campaign="notice")
    found = one(looked(store), "calls-without-consent")

    assert (found.facts["n"], found.facts["all"], found.facts["share"], found.severity) == (3, 4, 75, "violation")
    for number in NUMBERS[1:4]:
        guard.consent(number, scope="course", proof="form 8")
    fresh = MemoryStore()
    agreed = sealed(store=fresh)
    agreed.consent(NUMBERS[0], scope="course", proof="form 7")
    calls(agreed, 1, campaign="course")
    assert not looked(fresh).of("calls-without-consent")


def test_told_places_that_differ_from_known_ones():
    store = MemoryStore()
    guard = sealed(store=store)
    for number, place in ((NUMBERS[0], "广东"), (NUMBERS[1], "广东"), (NUMBERS[2], "北京"), (NUMBERS[3], None)):
        call(guard, number, place=place)
    found = one(looked(store), "places-differ")

    assert (found.facts["n"], found.facts["told"]["en"], found.facts["known"]["zh"]) == (2, "Guangdong", "北京")
    assert found.severity == "note"


def test_days_on_which_something_was_kept_and_nothing_logged():
    store = MemoryStore()
    calls(sealed(store=store, at="2026-11-20T10:00:00+08:00"), 1)
    other_writer(store)
    sealed(store=store, at="2026-11-22T10:00:00+08:00").refuse(NUMBERS[9], scope="enterprise")  # a Sunday
    sealed(store=store, at="2026-11-23T10:00:00+08:00").refuse(NUMBERS[8], at=1_795_222_800)  # somebody else's word
    calls(sealed(store=store, at="2026-11-24T10:00:00+08:00"), 1)
    found = one(looked(store), "log-gap")

    assert (found.severity, found.facts["days"]) == ("note", "2026-11-22")
    assert "on 1 day of which" in found.message_in("en")
    sealed(store=store, at="2026-11-23T10:00:00+08:00").refuse(NUMBERS[7], scope="enterprise")
    gaps = {each.severity: each.facts["days"] for each in looked(store).of("log-gap")}
    assert gaps == {"unknown": "2026-11-23", "note": "2026-11-22"}


def test_a_refusal_that_was_heard_in_a_call_tells_of_one_on_a_rest_day_too():
    store = MemoryStore()
    calls(sealed(store=store, at="2026-11-20T10:00:00+08:00"), 1)
    other_writer(store)
    sealed(store=store, at="2026-11-22T10:00:00+08:00").heard(NUMBERS[9], campaign="notice", outcome="refused")
    calls(sealed(store=store, at="2026-11-24T10:00:00+08:00"), 1)
    found = one(looked(store), "log-gap")

    assert (found.severity, found.facts["days"]) == ("unknown", "2026-11-22")


def test_what_is_later_than_the_day_is_not_spoken_of():
    store = MemoryStore()
    calls(sealed(store=store, at="2026-11-20T10:00:00+08:00"), 1, campaign="course")
    other_writer(store)
    later = sealed(store=store, at="2026-11-24T10:00:00+08:00")
    calls(later, 3, campaign="course")
    later.log.note("purge", why="room", before="2026-11-01", rows=7)
    found = looked(store, on=date(2026, 11, 20))

    assert one(found, "log-summary").facts["allowed"] == 1
    assert one(found, "calls-without-consent").facts["n"] == 1
    assert not found.of("log-unlogged")
    assert not found.of("purged-early")
    before = looked(store, on=date(2026, 11, 19))
    assert not any(each.id.startswith(("log-s", "log-g", "log-u")) for each in before.remarks)


def test_attempts_that_were_counted_while_the_log_was_off():
    store = MemoryStore()
    off = LOGGED.replace("enabled = true", "enabled = false")
    guard = sealed(store=store, text=off, at="2026-11-23T10:00:00+08:00")
    calls(guard, 1, campaign="survey")
    other_writer(store)
    calls(sealed(store=store), 1)
    found = one(looked(store), "log-unlogged")

    assert (found.severity, found.facts["days"]) == ("violation", "2026-11-23")
    assert not looked(chains()).of("log-unlogged")


@pytest.mark.parametrize(("before", "early"), [("2026-05-24", False), ("2026-05-25", True)])
def test_a_purge_that_was_earlier_than_the_law_permits(before, early):
    store = chains()
    guard = sealed(store=store, at="2026-11-24T20:00:00+08:00")
    guard.log.note("purge", why="room", before=before, rows=7)
    found = looked(store).of("purged-early")

    assert [each.severity for each in found] == (["violation"] if early else [])


def test_what_has_been_kept_long_enough_may_be_purged():
    store = chains()

    assert not looked(store, on=date(2027, 5, 24)).of("log-purgeable")
    assert one(looked(store, on=date(2027, 5, 25)), "log-purgeable").day == date(2026, 11, 25)
    longer = LOGGED.replace("enabled = true", 'enabled = true\nretain = "1 year"')
    assert not looked(store, longer, on=date(2027, 5, 25)).of("log-purgeable")


def test_a_number_that_was_said_to_be_reclaimed_and_a_scope_that_is_not_declared():
    store = MemoryStore()
    guard = sealed(store=store)
    guard.set_caller_status(CALLER, "reclaimed")
    guard.refuse(NUMBERS[0], scope="brand")
    calls(guard, 1, caller=SECOND_CALLER)
    found = looked(store, LOGGED.replace('scopes = ["brand"]', ""))

    stopped = one(found, "number-reclaimed")
    assert (stopped.severity, stopped.name) == ("stops-calls", "010-8555-0123")
    assert one(found, "scope-undeclared").name == "brand"
    assert not looked(store).of("scope-undeclared")


def test_progress_is_told_of_checking_and_reading():
    told = []
    looked(chains(), progress=lambda done, total, what: told.append((done, total, what)))

    assert {what for _, _, what in told} == {"checking", "reading"}
    assert all(done <= total for done, total, _ in told)


def test_a_state_on_the_disk_is_opened_where_there_is_one(tmp_path):
    from callguard import Guard

    file = tmp_path / "callguard.toml"
    file.write_text(LOGGED, "utf-8")
    policy = Policy.load(file)
    assert not is_there(policy)
    with Guard.open(file, clock=FrozenClock("2026-11-24T10:00:00+08:00")) as guard:
        calls(guard, 2)
    assert is_there(policy)
    with opened(policy) as kept:
        found = inspect(policy, on=ON, kept=kept)

    assert one(found, "log-summary").facts["allowed"] == 2
    assert one(found, "state-kept").message_in("zh") == f"SQLite, 位于 {tmp_path / 'state'}; 未加密。"
    assert not found.of("state-unknown")
