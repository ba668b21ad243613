"""What decides of a guard, shipped: it answers elsewhere as the guard did, tells no secret, and is refused where it would not."""

from __future__ import annotations

import pickle
from datetime import timedelta

import attrs
import pyarrow as pa
import pytest
from hypothesis import given, settings

import spark_world
from callguard import Guard
from callguard.batch import scrub_batches
from callguard.batch.arrow import Screening
from callguard.batch.asking import Asked
from callguard.batch.shipment import opened, ship
from callguard.errors import CallguardError, IndexFileError, PolicyError, StateError
from callguard.rules import Pass, rule
from callguard.sealing import Keyring
from callguard.state import View, copied
from callguard.state.records import Attempted
from callguard.testing import FrozenClock, MemoryStore
from samples import CALLER, MOBILE, OTHER, POLICY, TUESDAY_TEN, guard
from stage import lived
from worlds import worlds

EXAMPLES = max(settings().max_examples // 5, 10)


@pytest.fixture
def key(monkeypatch):
    monkeypatch.setenv(spark_world.KEY_ENV, spark_world.KEY)


def elsewhere(found, folder, **more):
    """Ship a guard into a folder, and open what was shipped."""
    sent, files = ship(found, folder, **more)
    assert all(file.parent == folder for file in files)
    return opened(pickle.loads(pickle.dumps(sent)), lambda name: str(folder / name))


def answers(decider, table, **told):
    """Return what the rows of a table are told."""
    if isinstance(decider, Guard):
        found = scrub_batches(table, decider, **told).read_all()
    else:
        screening = Screening(decider, Asked(**told), table.schema, iter(table.to_batches()))
        found = pa.Table.from_batches([screening.with_answers(batch, answered, encoded=False) for batch, answered in screening])
    return found.select(["callguard_reason", "callguard_message", "callguard_retry_at"]).to_pylist()


@pytest.mark.parametrize("sealed", [False, True])
def test_it_answers_as_the_guard_did(tmp_path, key, sealed):
    at = spark_world.AT
    policy = spark_world.write(tmp_path, sealed=sealed)
    spark_world.live(policy, at)
    table = spark_world.table(at)
    with Guard.open(policy, clock=FrozenClock(at + timedelta(hours=1))) as found:
        expected = answers(found, table, **spark_world.TOLD)
        there = elsewhere(found, tmp_path / "shipped")
        found.refuse(MOBILE)  # too late to be shipped

    assert answers(there, table, **spark_world.TOLD) == expected
    reasons = {row["callguard_reason"] for row in expected}
    assert reasons >= {
        "allowed",
        "refused",
        "listed",
        "no-consent",
        "attempt-limit",
        "caller-suspended",
        "undecided",
        "invalid-number",
    }
    with pytest.raises(CallguardError):
        there.line(campaign="nothing", caller=CALLER)


@settings(max_examples=EXAMPLES)
@given(world=worlds())
def test_it_answers_as_the_guard_did_in_any_world(world, tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    for stage, step, answer in lived(world, folder):
        _, callee, caller, campaign, at, place = step
        if answer is ValueError or world["custom"]:
            continue
        if stage.guard.ailment is not None:
            with pytest.raises(StateError, match=str(stage.guard.ailment)):
                ship(stage.guard, folder)
            continue
        asked = {"at": stage.clock if at is None else at, "place": place}
        there = elsewhere(stage.guard, folder).line(campaign=campaign, caller=caller)

        assert there.may_dial(callee, **asked) == stage.guard.may_dial(callee, caller=caller, campaign=campaign, **asked)


def test_more_scopes_than_bits_and_lists_in_memory(tmp_path):
    names = [f"scope-{n}" for n in range(80)]
    (tmp_path / "dnc.txt").write_text("13800130005\n")
    extra = f'[[lists]]\nname = "dnc"\npath = "{tmp_path / "dnc.txt"}"\n'
    found = guard(POLICY.replace('scopes = ["brand"]', f"scopes = {names}"), extra=extra)
    for n in range(80):
        found.refuse(f"+86138001301{n:02d}", scope=names[n])
    phones = pa.table({"phone": [f"1380013{n:04d}" for n in range(200)]})
    told = {"campaign": "course", "caller": CALLER, "at": found.now()}
    expected = answers(found, phones, **told)
    there = elsewhere(found, tmp_path / "a")

    assert answers(there, phones, **told) == expected
    assert [row["callguard_reason"] for row in expected].count("refused") == 80
    assert [row["callguard_reason"] for row in expected].count("listed") == 1
    again = elsewhere(found, tmp_path / "a")
    assert answers(again, phones, **told) == expected
    assert len(list((tmp_path / "a").glob("*.cgx"))) == 1


def test_attempts_count_as_far_back_as_the_law_of_places_does(tmp_path):
    store = MemoryStore()
    found = guard(POLICY + '[[campaigns]]\nname = "fr"\npurpose = "marketing"\n', store=store, at="2026-11-24T14:00:00+01:00")
    number = 33612345678
    for day in range(1, 5):
        told = {"number": number, "campaign": "fr", "caller": CALLER}
        store.transact(lambda t, day=day, told=told: t.count(Attempted(**told, at=found.now() - day * 86_400)))
    expected = found.may_dial(number, caller=CALLER, campaign="fr", at=found.now())
    there = elsewhere(found, tmp_path)

    assert expected.reason == "place-limit" or not expected
    assert there.line(campaign="fr", caller=CALLER).may_dial(number, at=found.now()) == expected


def test_nothing_is_kept_and_nothing_counted_there(tmp_path):
    there = elsewhere(guard(), tmp_path)
    store = there._generation.store

    for asking in (lambda: store.append([]), lambda: store.transact(lambda _: None)):
        with pytest.raises(StateError, match="only read"):
            asking()
    view = there._generation.view
    with pytest.raises(StateError, match="only read"):
        view.consents[1] = ()
    with pytest.raises(StateError, match="only read"):
        del view.consents[1]


def test_no_secret_goes_along(tmp_path, key):
    at = spark_world.AT
    policy = spark_world.write(tmp_path, sealed=True)
    spark_world.live(policy, at)
    folder = tmp_path / "shipped"
    with Guard.open(policy, clock=FrozenClock(at + timedelta(hours=1))) as found:
        sent, files = ship(found, folder)
    shipped = pickle.loads(sent[1]).policy

    assert shipped.call_log.hand_on_command is shipped.permits is shipped.state is shipped.candidate is None
    assert found.policy.call_log.hand_on_command == ("file-record", "hush-hush")
    whole = b"".join(file.read_bytes() for file in files) + repr(sent).encode()
    assert len(files) == 3
    permits = (tmp_path / "permits.key").read_bytes().removeprefix(b"permit-private:").strip()
    for secret in (permits, b"hush-hush", spark_world.KEY.encode(), bytes.fromhex(spark_world.KEY), b"permits.key", b"form 3"):
        assert secret not in whole
    for number in (8613800130201, 8613800130401, 8613800130301):
        assert number.to_bytes(8, "little") not in whole
        assert str(number).encode() not in whole


def test_who_lacks_the_key_is_told(tmp_path, key, monkeypatch):
    at = spark_world.AT
    policy = spark_world.write(tmp_path, sealed=True)
    with Guard.open(policy, clock=FrozenClock(at)) as found:
        sent, _ = ship(found, tmp_path / "shipped")
        other, _ = ship(found, tmp_path / "shipped", key_env="ANOTHER_NAME")

    def find(name):
        return str(tmp_path / "shipped" / name)

    monkeypatch.setenv("ANOTHER_NAME", spark_world.KEY)
    assert opened(other, find).now() == at.timestamp()
    monkeypatch.setenv(spark_world.KEY_ENV, "cd" * 32)
    with pytest.raises(StateError, match="which is not held"):
        opened(sent, find)
    monkeypatch.delenv(spark_world.KEY_ENV)
    with pytest.raises(PolicyError, match=f"`call_log.key_env`: found `{spark_world.KEY_ENV}`, which is not set"):
        opened(sent, find)
    assert opened(other, find).now() == at.timestamp()


def test_a_key_that_a_command_tells_needs_a_name_there(tmp_path, key):
    policy = spark_world.write(tmp_path, sealed=True)
    told = f'key_command = ["sh", "-c", "echo {spark_world.KEY}"]'
    policy.write_text(policy.read_text().replace(f'key_env = "{spark_world.KEY_ENV}"', told))
    with Guard.open(policy, clock=FrozenClock(spark_world.AT)) as found:
        with pytest.raises(PolicyError, match=r"key_command.*`key_env=`"):
            ship(found, tmp_path / "shipped")
        assert elsewhere(found, tmp_path / "shipped", key_env=spark_world.KEY_ENV).policy.call_log.key_command is None


def test_rules_that_a_program_gave_are_refused(tmp_path):
    @rule("mine")
    def mine(call):
        return Pass(until=call.at)

    with pytest.raises(PolicyError, match="found `mine`; accepted: `rules` of the policy"):
        ship(guard(rules=[mine]), tmp_path)


def test_rules_of_the_policy_are_imported_there_and_compared(tmp_path, monkeypatch):
    module = tmp_path / "shipped_rules.py"
    module.write_text(
        "from callguard.rules import Deny, Pass, rule\n@rule('no-notices')\ndef no_notices(call):\n"
        "    return Deny(until=call.at) if call.campaign.name == 'notice' else Pass(until=call.at)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    found = guard(POLICY.replace("version = 1\n", 'version = 1\nrules = ["shipped_rules:no_notices"]\n'))
    sent, _ = ship(found, tmp_path / "shipped")
    there = opened(sent, lambda name: str(tmp_path / "shipped" / name))
    monkeypatch.delitem(__import__("sys").modules, "shipped_rules")

    assert there.line(campaign="notice", caller=CALLER).may_dial(MOBILE, at=found.now()).reason == "custom"
    assert there.line(campaign="course", caller=CALLER).may_dial(MOBILE, at=found.now())
    module.write_text(module.read_text().replace("'notice'", "'survey'"))
    with pytest.raises(CallguardError, match=r"rule shipped_rules:no_notices is \w+ here and \w+ there"):
        opened(sent, lambda name: str(tmp_path / "shipped" / name))


@pytest.mark.parametrize("name", ["form", "callguard", "phonenumbers", "tzdata", "law"])
def test_other_versions_are_refused_before_anything_is_decided(tmp_path, name):
    (versions, body), _ = ship(guard(), tmp_path)

    with pytest.raises(CallguardError, match=f"{name} is .* here and other there; install the same on both"):
        opened((versions | {name: "other"}, body), lambda name: str(tmp_path / name))


def test_a_guard_that_denies_everybody_is_not_shipped(tmp_path):
    store = MemoryStore()
    found = guard(store=store)
    store.go_stale(0)

    with pytest.raises(StateError, match="state-stale"):
        ship(found, tmp_path / "shipped")
    assert not (tmp_path / "shipped").exists()


def test_files_that_are_not_what_was_sent_are_refused(tmp_path):
    (tmp_path / "dnc.txt").write_text("13800130005\n")
    (tmp_path / "other.txt").write_text("13800130006\n")

    def shipped(name, folder):
        extra = f'[[lists]]\nname = "dnc"\npath = "{tmp_path / name}"\n'
        found = guard(extra=extra)
        found.refuse(OTHER)
        return ship(found, tmp_path / folder)

    sent, files = shipped("dnc.txt", "a")
    _, (refusals, rest, index) = shipped("other.txt", "b")
    for mine, (other, error) in zip(
        files, [(refusals, "another database"), (rest, ""), (index, "not the index that the guard had open")], strict=True
    ):
        kept = mine.read_bytes()
        for damaged in (other.read_bytes(), kept[: len(kept) // 2], b"", kept[:-9] + bytes(9) if mine.suffix == ".cgx" else b"x"):
            if mine.suffix == ".rest" and damaged == other.read_bytes():
                continue  # nothing but its name tells a plain one from another: `find` says which it is
            mine.write_bytes(damaged)
            with pytest.raises((StateError, IndexFileError)):
                opened(sent, lambda name: str(tmp_path / "a" / name))
        mine.write_bytes(damaged := other.read_bytes())
        if error:
            with pytest.raises((StateError, IndexFileError), match=error):
                opened(sent, lambda name: str(tmp_path / "a" / name))
        mine.write_bytes(kept)
    opened(sent, lambda name: str(tmp_path / "a" / name))
    files[0].unlink()
    with pytest.raises(StateError, match="is not there"):
        opened(sent, lambda name: str(tmp_path / "a" / name))


def test_a_folder_that_takes_nothing(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(StateError, match="takes no copy"):
        ship(guard(), tmp_path / "file")


def test_a_copy_holds_what_was_known(tmp_path):
    found = guard(at=TUESDAY_TEN)
    found.refuse(OTHER, scope="brand")
    found.consent(MOBILE, scope="vip", proof="form 3")
    store = found._state.store
    store.transact(lambda t: t.count(Attempted(number=8613800130001, campaign="survey", caller="x", at=5.5)))
    store.transact(lambda t: [t.count(Attempted(number=0, campaign="other", caller="y", at=7.0 + i)) for i in range(2)])
    store.transact(lambda t: [t.count(Attempted(number=8613800130003, campaign="other", caller="y", at=i)) for i in range(3)])
    keyring = Keyring([b"k" * 32])
    copied.write(tmp_path / "a", tmp_path / "b", found._state.view, store.tallies(), "0" * 32, keyring)
    read = copied.Copied(tmp_path / "a", tmp_path / "b", "0" * 32, keyring, complete=False)
    view = View()

    assert read.fill(view) == 0
    assert view.refused(8613800130002) == {"brand"}
    assert dict(view.consents) == {8613800130001: (attrs.evolve(found._state.view.consents[8613800130001][0], proof=None),)}
    assert len(view.consents) == 1
    assert read.campaign_attempts("survey", 8613800130001) == read.caller_attempts("x", 5) == (5.5,)
    assert read.campaign_attempts("survey", 1) == read.campaign_attempts("none", 1) == read.caller_attempts("none", 0) == ()
    assert (read.caller_count("x", 5), read.caller_count("x", 6), read.caller_count("none", 0)) == (1, 0, 0)
    assert read.campaign_counts("none") is None
    assert {name: dict(read.campaign_counts(name).items()) for name in ("survey", "other")} == {
        "survey": {8613800130001: 1},
        "other": {8613800130003: 3},
    }
    assert read.campaign_counts("other") is read.campaign_counts("other")
    read.keep_attempts(5)
    with pytest.raises(StateError, match="as far back"):
        read.keep_attempts(5, {"33": 9.0})
    with pytest.raises(StateError, match=r"cannot be read|was changed"):
        copied.Copied(tmp_path / "a", tmp_path / "b", "1" * 32, keyring, complete=True)
    with pytest.raises(StateError):
        copied.Copied(tmp_path / "a", tmp_path / "b", "0" * 32, Keyring.plain(), complete=True)
