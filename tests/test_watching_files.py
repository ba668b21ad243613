"""A guard that watches its files: what changes is taken up whole, what is broken changes nothing and is told."""

from __future__ import annotations

import threading
import time
import uuid

import pytest

from callguard import Guard
from callguard.testing import FrozenClock
from tests.samples import CALLER, MOBILE, OTHER, POLICY, TUESDAY_TEN, ask

EVERY = 0.02


@pytest.fixture
def files(tmp_path):
    (tmp_path / "list.csv").write_text(f"{OTHER}\n")
    path = tmp_path / "callguard.toml"
    path.write_text(POLICY + '[[lists]]\nname = "own"\npath = "list.csv"\n')
    return path


@pytest.fixture
def watching(files):
    with Guard.open(files, clock=FrozenClock(TUESDAY_TEN)) as guard:
        guard.watch(every=EVERY)
        yield guard


def until(true, seconds=5.0):
    start = time.monotonic()
    while not true():
        assert time.monotonic() - start < seconds, "it never came true"
        time.sleep(EVERY / 2)


def replace(path, text):
    beside = path.with_suffix(".new")
    beside.write_text(text)
    beside.replace(path)


def test_a_list_that_changes_is_taken_up(files, watching):
    line = watching.line(campaign="course", caller=CALLER)
    assert str(line.may_dial(MOBILE).reason) == "allowed"
    replace(files.parent / "list.csv", f"{MOBILE}\n{OTHER}\n")

    until(lambda: str(line.may_dial(MOBILE).reason) == "listed")
    assert str(line.may_dial(OTHER).reason) == "listed"


def test_a_policy_that_changes_is_taken_up(files, watching):
    assert ask(watching) == "allowed"
    replace(files, files.read_text().replace('name = "Xinghe"', 'name = "Xinghe"\nblocked = true'))

    until(lambda: ask(watching) == "enterprise-blocked")


def test_a_candidate_that_changes_is_taken_up_with_its_lists(files, tmp_path):
    (tmp_path / "next.csv").write_text(f"{OTHER}\n")
    (tmp_path / "next.toml").write_text(POLICY + '[[lists]]\nname = "own"\npath = "next.csv"\n')
    replace(files, files.read_text() + "[candidate]\npolicy = 'next.toml'\n")

    def says(guard):
        with guard.attempt(MOBILE, caller=CALLER, campaign="course") as attempt:
            attempt.outcome("answered")
        return attempt.candidate.reason

    with Guard.open(files, clock=FrozenClock(TUESDAY_TEN)) as guard:
        guard.watch(every=EVERY)
        assert says(guard) == "allowed"
        replace(tmp_path / "next.csv", f"{MOBILE}\n")
        until(lambda: says(guard) == "listed")
        replace(tmp_path / "next.toml", POLICY.replace('name = "Xinghe"', 'name = "Xinghe"\nblocked = true'))
        until(lambda: says(guard) == "enterprise-blocked")


def test_a_candidate_whose_list_is_missing_is_taken_up_once_the_list_is_there(files, tmp_path):
    (tmp_path / "next.toml").write_text(POLICY + '[[lists]]\nname = "own"\npath = "next.csv"\n')
    replace(files, files.read_text() + "[candidate]\npolicy = 'next.toml'\n")

    def warned(guard):
        return any(notice.key == "candidate-unread" for notice in guard.warnings)

    with Guard.open(files, clock=FrozenClock(TUESDAY_TEN)) as guard:
        assert warned(guard)
        guard.watch(every=EVERY)
        replace(tmp_path / "next.csv", f"{OTHER}\n")
        until(lambda: not warned(guard))


def rules_that_raise(folder, monkeypatch, what):
    """Write a file of rules that raises when it is imported, and return its name."""
    name = f"raising_{uuid.uuid4().hex}"
    (folder / f"{name}.py").write_text(f"raise {what}('{MOBILE}')\n")
    monkeypatch.syspath_prepend(str(folder))
    return name


@pytest.mark.parametrize("what", ["SystemExit", "GeneratorExit", "ZeroDivisionError"])
@pytest.mark.parametrize("whose", ["candidate", "own"])
def test_whatever_a_file_of_rules_raises_watching_goes_on(files, tmp_path, monkeypatch, caplog, what, whose):
    name = rules_that_raise(tmp_path, monkeypatch, what)
    changed = POLICY.replace("version = 1", f"version = 1\nrules = ['{name}:rule']")
    (tmp_path / "next.toml").write_text(POLICY)
    sound = POLICY + "[candidate]\npolicy = 'next.toml'\n"
    replace(files, sound)

    def told(guard):
        return [notice for notice in guard.warnings if notice.key in ("candidate-unread", "reload-failed")]

    with Guard.open(files, clock=FrozenClock(TUESDAY_TEN)) as guard:
        guard.watch(every=EVERY)
        if whose == "candidate":
            replace(tmp_path / "next.toml", changed)
        else:
            replace(files, changed)
        until(lambda: told(guard))
        assert what in told(guard)[0]
        assert ask(guard) == "allowed"
        replace(tmp_path / "next.toml", POLICY)
        replace(files, sound.replace('name = "Xinghe"', 'name = "Xinghe"\nblocked = true'))
        until(lambda: ask(guard) == "enterprise-blocked")
        until(lambda: not told(guard))

    said = [record.getMessage() for record in caplog.records if record.name == "callguard"]
    assert bool(said) == (whose == "own" or what == "GeneratorExit")
    assert MOBILE not in "".join(said)


def test_a_broken_policy_changes_nothing_and_is_told_until_it_is_mended(files, watching):
    sound = files.read_text()
    replace(files, sound.replace("version = 1", "version = 99"))
    until(lambda: any(notice.key == "reload-failed" for notice in watching.warnings))

    assert ask(watching) == "allowed"
    assert ask(watching, OTHER) == "listed"
    (told,) = (notice for notice in watching.warnings if notice.key == "reload-failed")
    assert "version" in told
    assert "策略" in told.message_in("zh")
    replace(files, sound)
    until(lambda: all(notice.key != "reload-failed" for notice in watching.warnings))


def test_a_list_that_is_gone_changes_nothing_and_is_told(files, watching):
    (files.parent / "list.csv").unlink()
    until(lambda: any(notice.key == "reload-failed" for notice in watching.warnings))

    assert ask(watching, OTHER) == "listed"


def test_a_policy_whose_list_is_missing_is_taken_up_once_the_list_is_there(files, watching, caplog):
    replace(files, POLICY + '[[lists]]\nname = "own"\npath = "next.csv"\n')
    until(lambda: any(notice.key == "reload-failed" for notice in watching.warnings))
    time.sleep(EVERY * 40)  # it is tried more than once, and said once
    assert ask(watching, OTHER) == "listed"
    assert len([record for record in caplog.records if record.name == "callguard"]) == 1

    replace(files.parent / "next.csv", f"{MOBILE}\n")

    until(lambda: ask(watching) == "listed", seconds=10)
    assert ask(watching, OTHER) == "allowed"
    assert all(notice.key != "reload-failed" for notice in watching.warnings)


def test_a_policy_that_is_changed_and_still_wrong_is_said_again(files, watching, caplog):
    sound = files.read_text()
    for turn in range(2):
        replace(files, sound.replace("version = 1", f"version = 99 # {turn}"))
        until(lambda turn=turn: len([record for record in caplog.records if record.name == "callguard"]) == turn + 1)
    assert ask(watching) == "allowed"


def test_refusals_stay_across_reloads_and_threads_ask_meanwhile(files, watching):
    watching.refuse(MOBILE)
    line = watching.line(campaign="course", caller=CALLER)
    over, wrong = threading.Event(), []

    def asking():
        while not over.is_set():
            if str(line.may_dial(MOBILE).reason) != "refused":
                wrong.append(line.may_dial(MOBILE))

    threads = [threading.Thread(target=asking) for _ in range(4)]
    for thread in threads:
        thread.start()
    for turn in range(5):
        replace(files, files.read_text() + f"# {turn}\n")
        digest = watching.policy.digest
        until(lambda digest=digest: watching.policy.digest != digest)
    over.set()
    for thread in threads:
        thread.join()

    assert not wrong


@pytest.mark.parametrize(
    ("every", "error"), [(0, ValueError), (-1, ValueError), (float("nan"), ValueError), ("1", TypeError), (True, TypeError)]
)
def test_how_often_it_looks_is_a_positive_number(files, every, error):
    with Guard.open(files) as guard, pytest.raises(error, match="`every`"):
        guard.watch(every=every)


def test_a_guard_that_is_closed_looks_no_more(files):
    before = threading.active_count()
    guard = Guard.open(files)
    guard.watch(every=EVERY)
    assert threading.active_count() > before
    guard.close()

    assert not [thread for thread in threading.enumerate() if thread.name == "callguard-watcher"]
