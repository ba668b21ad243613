"""Dial permits: what is in one, who may sign it, which call it is good for, when, and how often."""

from __future__ import annotations

import asyncio
import base64
import multiprocessing
import os
import pickle
import stat
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard import DialDenied, Guard, Policy, PolicyError, StateError
from callguard.clock import read_instant
from callguard.permits import REASONS, Checker, Permit, PermitError, Permits, UsedHere, UsedOnHost, new_keys
from callguard.rules import Pass, rule
from callguard.testing import MemoryStore
from permits import CALLEE, NOW, PERMITTING, PRIVATE, PUBLIC, VARIABLE, checker, guard, permit
from samples import CALLER, MOBILE, OTHER, TUESDAY_TEN

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


def why(text, callee=CALLEE, caller=CALLER, now=NOW, by=None):
    """Return why a permit is not taken, None where it is."""
    try:
        (by or checker()).check(text, callee=callee, caller=caller, now=now)
    except PermitError as error:
        return REASONS[REASONS.index(error.reason)]
    return None


def bytes_of(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def text_of(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_the_instant_of_the_tests_is_that_of_the_samples():
    assert read_instant(TUESDAY_TEN) == NOW


# ── what is in one


def test_a_permit_is_taken_for_its_call_and_says_its_campaign():
    found = checker().check(permit(), callee="138 0013 0001", caller="010-8555-0123", now=NOW + 1)

    assert (found.campaign, found.since, found.until) == ("course", NOW, NOW + 30)
    assert len(found.id) == 32
    assert found == pickle.loads(pickle.dumps(found))


def test_it_is_a_short_text_that_a_header_a_variable_and_an_address_can_carry():
    text = permit(campaign="spring-course")

    assert len(text) < 220
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_neither_number_stands_in_it_and_no_two_are_alike():
    one, other = permit(), permit()

    assert one != other
    for number in (str(CALLEE), MOBILE, CALLER, "861085550123"):
        assert number.encode() not in bytes_of(one)
        assert int(number).to_bytes(8, "big") not in bytes_of(one)
    assert bytes_of(one)[33:65] != bytes_of(other)[33:65]


def test_a_campaign_in_chinese_and_the_longest_there_is():
    assert checker().check(permit(campaign="春季课程"), callee=CALLEE, caller=CALLER, now=NOW).campaign == "春季课程"
    assert checker().check(permit(campaign="c" * 255), callee=CALLEE, caller=CALLER, now=NOW).campaign == "c" * 255
    with pytest.raises(ValueError, match="256 bytes; accepted: 255"):
        permit(campaign="c" * 256)


# ── who may sign it


def test_a_permit_of_another_key_is_not_taken_and_of_several_keys_each_is():
    private, public = new_keys()

    assert why(permit(private=private)) == "unknown-key"
    both = Checker([PUBLIC, public])
    assert why(permit(private=private), by=both) is None
    assert why(permit(), by=both) is None
    assert why(permit(), by=Checker(f"{public}\n{PUBLIC}\n")) is None


@given(st.integers(0, 10**6), st.integers(1, 255))
def test_a_permit_with_any_byte_changed_is_not_taken(place, change):
    data = bytearray(bytes_of(permit()))
    data[place % len(data)] ^= change

    assert why(text_of(bytes(data))) in {"malformed", "unknown-key", "signature"}


@given(st.text(max_size=400) | st.binary(max_size=300).map(text_of) | st.integers(0, 170).map(lambda n: permit()[:n]))
def test_whatever_is_no_permit_is_not_taken(text):
    assert why(text) in {"missing", "malformed", "unknown-key", "signature"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "missing"),
        ("", "missing"),
        (" \t ", "missing"),
        ("null", "malformed"),
        (permit() + "=", "malformed"),
        (permit() + "AAAA" * 100, "malformed"),
        (permit().translate(str.maketrans("-_", "+/")) + "+", "malformed"),
        (text_of(b"\x02" + bytes_of(permit())[1:]), "malformed"),
        (text_of(bytes_of(permit())[:128]), "malformed"),
    ],
    ids=range(9),
)
def test_what_is_missing_and_what_is_malformed(text, reason):
    assert why(text) == reason


def test_one_permit_has_one_writing():
    text = permit(campaign="ab")  # the last character says less than six bits
    others = [text[:-1] + last for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" if last != text[-1]]

    assert len(bytes_of(text)) % 3
    assert {why(other) for other in others} <= {"malformed", "signature"}


@pytest.mark.parametrize(
    "text", ["", "x", PUBLIC, PRIVATE[:-1], f"{PRIVATE} {PRIVATE}", "permit-private:" + "A" * 42 + "="], ids=range(6)
)
def test_what_is_no_private_key_is_told_without_it(text):
    with pytest.raises(ValueError, match="accepted: one private key") as told:
        Permits.signing(text)
    assert PRIVATE[-20:] not in str(told.value)


@pytest.mark.parametrize("text", ["", "x", PRIVATE, PUBLIC[:-1], PUBLIC + "A", f"{PUBLIC} {PRIVATE}"], ids=range(6))
def test_what_is_no_public_key_is_told_and_a_private_one_does_not_belong_there(text):
    with pytest.raises(ValueError, match="accepted: public keys") as told:
        Checker(text)
    assert PRIVATE[-20:] not in str(told.value)


def test_nothing_shows_the_private_key():
    assert PRIVATE.removeprefix("permit-private:") not in repr(Permits.signing(PRIVATE)) + repr(vars(Permits.signing(PRIVATE)))


# ── for which call, and when


@pytest.mark.parametrize(
    "callee", ["+8613800130001", "8613800130001", "013800130001", "(86) 138 0013 0001", CALLEE, "tel:+86-138-0013-0001"]
)
@pytest.mark.parametrize("caller", ["01085550123", "+86 10 8555 0123", "(010) 8555-0123", "008601085550123"])
def test_callee_and_caller_may_be_written_as_the_trunk_writes_them(callee, caller):
    assert why(permit(), callee, caller) is None


def test_an_enterprises_short_code_is_a_caller_too():
    assert why(permit(caller="95013"), caller="+8695013") is None
    assert why(permit(caller="95013"), caller="95014") == "caller"


@pytest.mark.parametrize("callee", ["13800130002", "138001300011", "", "alice", "0", -5, 13800130001])
def test_a_permit_is_for_one_callee(callee):
    assert why(permit(), callee) == "callee"


@pytest.mark.parametrize("caller", ["01085550124", "", "anonymous", "8555 0123"])
def test_a_permit_is_for_one_caller(caller):
    assert why(permit(), caller=caller) == "caller"


def test_it_is_good_for_its_seconds_and_as_long_as_clocks_may_differ():
    exact = {"by": checker(skew=0)}
    assert why(permit(), now=NOW - 0.001, **exact) == "not-yet"
    assert why(permit(), now=NOW, **exact) is None
    assert why(permit(), now=NOW + 29.999, **exact) is None
    assert why(permit(), now=NOW + 30, **exact) == "expired"

    assert why(permit(), now=NOW - 2.001) == "not-yet"
    assert why(permit(), now=NOW - 2) is None
    assert why(permit(), now=NOW + 31.999) is None
    assert why(permit(), now=NOW + 32) == "expired"


def test_it_is_good_no_longer_than_is_said():
    text = permit(until=NOW + 5)

    assert why(text, now=NOW + 6.9) is None
    assert why(text, now=NOW + 7) == "expired"
    assert checker(skew=0).check(permit(until=NOW + 99), callee=CALLEE, caller=CALLER, now=NOW).until == NOW + 30
    with pytest.raises(ValueError, match="more than 0"):
        permit(until=NOW)


@pytest.mark.parametrize("lifetime", [0, -1, 600.1])
def test_a_lifetime_is_seconds_and_no_more_than_ten_minutes(lifetime):
    with pytest.raises(ValueError, match="up to 600"):
        Permits.signing(PRIVATE, lifetime=lifetime)


@pytest.mark.parametrize("skew", [-1, 601])
def test_a_skew_is_seconds(skew):
    with pytest.raises(ValueError, match="seconds from 0 to 600"):
        checker(skew=skew)


def test_what_fails_does_not_use_the_permit():
    by, text = checker(), permit()

    assert why(text, OTHER, by=by) == "callee"
    assert why(text, caller="01085550124", by=by) == "caller"
    assert why(text, now=NOW - 5, by=by) == "not-yet"
    assert why(text, by=by) is None
    assert why(text, by=by) == "used"


# ── how often


@pytest.fixture(params=["here", "on-host"])
def used(request, tmp_path):
    if request.param == "here":
        yield UsedHere()
    else:
        found = UsedOnHost(tmp_path)
        yield found
        found.close()


def test_a_permit_is_good_for_one_call(used):
    by = checker(used=used)
    one, other = permit(), permit()

    assert [why(text, by=by) for text in (one, one, other, one, other)] == [None, "used", None, "used", "used"]


def test_a_permit_that_ended_is_forgotten_and_not_taken_when_the_clock_is_set_back(used):
    assert used.take(b"a" * 16, 100.0, 90.0) is None
    assert used.take(b"a" * 16, 100.0, 99.9) == "used"
    assert used.take(b"b" * 16, 200.0, 101.5) is None  # the first is forgotten
    assert used.take(b"a" * 16, 100.0, 95.0) == "expired"
    assert used.take(b"c" * 16, 99.0, 95.0) == "expired"
    assert used.take(b"b" * 16, 200.0, 95.0) == "used"


def test_a_clock_that_was_far_ahead_for_a_moment_stops_no_calls_for_long(used):
    used.take(b"a" * 16, 100.0, 90.0)
    used.take(b"b" * 16, 10.0**9 + 30, 10.0**9)

    assert used.take(b"c" * 16, 125.0, 95.0) is None


def test_of_many_threads_one_gets_it(used):
    by, text = checker(used=used), permit()
    start, found = threading.Barrier(12), []

    def ask():
        start.wait()
        found.append(why(text, by=by))

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(found, key=str) == [None, *["used"] * 11]


def ask_apart(public, folder, texts, start, out):
    by = Checker(public, used=UsedOnHost(folder))
    start.wait()
    out.put([why(text, by=by) for text in texts])


def test_of_many_processes_one_gets_each(tmp_path):
    texts = [permit() for _ in range(40)]
    context = multiprocessing.get_context("fork")
    start, out = context.Barrier(4), context.Queue()
    processes = [context.Process(target=ask_apart, args=(PUBLIC, tmp_path, texts, start, out)) for _ in range(4)]
    for process in processes:
        process.start()
    answers = [out.get(timeout=120) for _ in processes]
    for process in processes:
        process.join(120)

    for found in zip(*answers, strict=True):
        assert sorted(found, key=str) == [None, "used", "used", "used"]


def in_a_fork(work):
    """Return what a function returns in a forked process."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.write(writing, str(work()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as file:
        said = file.read()
    os.waitpid(pid, 0)
    return said


def test_a_forked_process_shares_what_is_on_the_host(tmp_path):
    used = UsedOnHost(tmp_path)
    by, text, other = checker(used=used), permit(), permit()
    assert why(text, by=by) is None

    assert in_a_fork(lambda: [why(text, by=by), why(other, by=by)]) == "['used', None]"
    assert why(other, by=by) == "used"
    used.close()


def test_a_forked_process_takes_nothing_where_it_cannot_know():
    by, text = checker(), permit()

    def ask():
        try:
            return why(text, by=by)
        except StateError as error:
            return f"StateError {error}"

    assert "StateError" in in_a_fork(ask)
    assert why(text, by=by) is None


def test_the_file_is_its_owners_and_survives_who_wrote_it(tmp_path):
    text = permit()
    used = UsedOnHost(tmp_path)
    assert why(text, by=checker(used=used)) is None
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in tmp_path.iterdir())
    used.close()

    again = UsedOnHost(tmp_path)
    assert why(text, by=checker(used=again)) == "used"
    again.close()


def test_where_it_cannot_be_known_nothing_is_taken(tmp_path):
    with pytest.raises(StateError, match=r"cannot be made \(No such file"):
        checker(used=UsedOnHost(tmp_path / "nowhere")).check(permit(), callee=CALLEE, caller=CALLER, now=NOW)
    (tmp_path / "permits.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(StateError, match="cannot be used"):
        checker(used=UsedOnHost(tmp_path)).check(permit(), callee=CALLEE, caller=CALLER, now=NOW)


# ── what an attempt gives


def attempt(found, callee=MOBILE, campaign="course", **more):
    return found.attempt(callee, caller=CALLER, campaign=campaign, **more)


def test_an_attempt_that_was_allowed_gives_a_permit_and_its_record_the_id(monkeypatch):
    with guard(monkeypatch) as found:
        with attempt(found) as call:
            text = call.permit()
            assert call.permit() == text
        permit_ = checker().check(text, callee=MOBILE, caller=CALLER, now=NOW)

        assert (permit_.campaign, permit_.since, permit_.until) == ("course", NOW, NOW + 30)
        assert [entry.permit for entry in found.log.search()] == [permit_.id]


def test_a_denied_attempt_gives_none_and_its_record_has_none(monkeypatch):
    with guard(monkeypatch) as found:
        call = attempt(found, "110")
        with pytest.raises(RuntimeError, match="has not been entered"):
            call.permit()
        with pytest.raises(DialDenied):
            call.__enter__()
        with pytest.raises(RuntimeError, match="it was denied"):
            call.permit()
        assert [entry.permit for entry in found.log.search()] == [None]


def test_a_call_that_cannot_be_counted_gets_no_permit(monkeypatch):
    store = MemoryStore()
    with guard(monkeypatch, store=store) as found:
        store.stop_log(stopped=True)
        call = attempt(found)
        with pytest.raises(DialDenied):
            call.__enter__()
        with pytest.raises(RuntimeError, match="it was denied"):
            call.permit()


def test_a_call_in_the_shadow_gets_one_since_it_goes(monkeypatch):
    with guard(monkeypatch, at="2026-11-24T23:00:00+08:00") as found:
        with attempt(found, campaign="shadow") as call:
            assert call.shadow
            assert why(call.permit(), now=found._clock()) is None
        with pytest.raises(DialDenied):
            attempt(found).__enter__()


def test_a_count_that_was_given_back_gives_no_permit(monkeypatch):
    with guard(monkeypatch) as found, attempt(found) as call:
        call.release()
        with pytest.raises(RuntimeError, match="given back"):
            call.permit()


def test_a_permit_ends_when_the_decision_does(monkeypatch):
    with guard(monkeypatch, at="2026-11-24T20:59:50+08:00") as found, attempt(found) as call:
        assert checker().check(call.permit(), callee=MOBILE, caller=CALLER, now=found._clock()).until == read_instant(
            "2026-11-24T21:00:00+08:00"
        )


def test_a_rule_that_wants_to_be_asked_every_time_shortens_no_permit(monkeypatch):
    ask = rule("ask-every-time")(lambda call: Pass(until=call.at))
    with guard(monkeypatch, rules=[ask]) as found, attempt(found) as call:
        assert checker().check(call.permit(), callee=MOBILE, caller=CALLER, now=NOW).until == NOW + 30


def test_attempts_of_one_key_share_one_permit_so_that_it_is_one_call(monkeypatch):
    ids = []
    with guard(monkeypatch) as found:
        for key, callee in (("k", MOBILE), ("k", MOBILE), ("l", MOBILE), (None, MOBILE), (None, MOBILE)):
            with attempt(found, callee, key=key) as call:
                ids.append(checker().check(call.permit(), callee=callee, caller=CALLER, now=NOW).id)

    assert ids[0] == ids[1]
    assert len(set(ids)) == 4


def test_async_attempts_give_permits_too(monkeypatch):
    async def dial():
        async with attempt(found) as call:
            return call.permit()

    with guard(monkeypatch) as found:
        assert why(asyncio.run(dial())) is None


def test_without_permits_in_the_policy_there_are_none():
    from samples import guard as plain

    with plain() as found, attempt(found) as call, pytest.raises(PolicyError, match=r"accepted: \[permits\] with `key_env`"):
        call.permit()


def test_a_policy_may_say_how_long_a_permit_is_good(monkeypatch):
    with guard(monkeypatch, PERMITTING.replace("[permits]", "[permits]\nlifetime = '5s'")) as found, attempt(found) as call:
        assert checker().check(call.permit(), callee=MOBILE, caller=CALLER, now=NOW).until == NOW + 5


# ── where the key is


def test_a_guard_does_not_open_without_its_key(monkeypatch, tmp_path):
    policy = Policy.from_toml(PERMITTING)
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(PolicyError, match=rf"`permits.key_env`: found `{VARIABLE}`, which is not set; accepted: one private key"):
        Guard(policy)
    monkeypatch.setenv(VARIABLE, PUBLIC)
    with pytest.raises(PolicyError, match="holds a public key, which cannot sign"):
        Guard(policy)


def test_a_key_file_is_its_owners_alone(tmp_path):
    (tmp_path / "callguard.toml").write_text(PERMITTING.replace(f"key_env = '{VARIABLE}'", "key_file = 'permit.key'"), "utf-8")
    key = tmp_path / "permit.key"
    key.write_text(PRIVATE + "\n")
    key.chmod(0o644)
    with pytest.raises(PolicyError, match=r"`permits.key_file`.*which others may read or write \(mode 0644\)"):
        Guard.open(tmp_path / "callguard.toml")
    key.chmod(0o600)
    with Guard.open(tmp_path / "callguard.toml", clock=lambda: NOW) as found, attempt(found) as call:
        assert why(call.permit()) is None


def test_a_reloaded_policy_signs_with_its_own_key(tmp_path):
    file, key = tmp_path / "callguard.toml", tmp_path / "permit.key"
    file.write_text(PERMITTING.replace(f"key_env = '{VARIABLE}'", "key_file = 'permit.key'"), "utf-8")
    key.touch(mode=0o600)
    key.write_text(PRIVATE)
    other, public = new_keys()
    with Guard.open(file, clock=lambda: NOW) as found:
        key.write_text(other)
        found.reload()
        with attempt(found) as call:
            assert why(call.permit()) == "unknown-key"
            assert why(call.permit(), by=Checker(public)) is None


def test_an_error_says_why_and_holds_no_number():
    with pytest.raises(PermitError) as told:
        checker().check(permit(), callee=OTHER, caller=CALLER, now=NOW)

    assert (told.value.reason, str(told.value)) == ("callee", "the permit is for another callee")
    assert pickle.loads(pickle.dumps(told.value)).reason == "callee"
    assert isinstance(checker().check(permit(), callee=CALLEE, caller=CALLER, now=NOW), Permit)
