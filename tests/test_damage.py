"""A guard whose index is damaged answers `state-stale`, with the file's name, until a sound one is loaded."""

from __future__ import annotations

import pytest

from callguard import Guard
from callguard.model import Reason
from tests.samples import CALLER, POLICY

LISTED = 8_613_800_130_000
FREE = "+8613900130001"


@pytest.fixture
def policy(tmp_path):
    """A policy whose list has ten thousand numbers, and stands as an index file beside its state."""
    (tmp_path / "listed.txt").write_text("".join(f"+{LISTED + 3 * i}\n" for i in range(10_000)), "ascii")
    file = tmp_path / "callguard.toml"
    file.write_text(
        POLICY.replace('honours = ["enterprise"]\n', "")
        + '[state]\npath = "state"\n[[lists]]\nname = "complaints"\npath = "listed.txt"\n',
        "utf-8",
    )
    return file


def index_file(policy):
    (found,) = (policy.parent / "state" / "index").glob("*.cgx")
    return found


def check_ended(guard):
    """Wait for the check of a guard's index."""
    guard._generation.index._verifier.join(10)
    assert not guard._generation.index._verifier.is_alive()


def damage(file):
    """Turn bits of the file where numbers stand."""
    data = bytearray(file.read_bytes())
    for i in range(8192, len(data), 4096):
        data[i] ^= 0x20
    file.write_bytes(data)


def test_a_list_stands_as_one_file_that_the_next_guard_maps(policy):
    with Guard.open(policy) as guard:
        assert guard.may_dial(f"+{LISTED}", caller=CALLER, campaign="notice").reason is Reason.LISTED
    made = index_file(policy).stat()
    with Guard.open(policy) as guard:
        assert guard.may_dial(f"+{LISTED + 3}", caller=CALLER, campaign="notice").reason is Reason.LISTED
        assert guard.may_dial(f"+{LISTED + 1}", caller=CALLER, campaign="notice").reason is Reason.ALLOWED
        assert [plane.numbers for plane in guard.lists] == [10_000]
    assert index_file(policy).stat().st_ino == made.st_ino
    assert index_file(policy).stat().st_mtime_ns == made.st_mtime_ns


def test_damage_turns_what_would_be_allowed_to_state_stale(policy):
    Guard.open(policy).close()
    file = index_file(policy)
    damage(file)

    guard = Guard.open(policy)
    line = guard.line(campaign="notice", caller=CALLER)
    check_ended(guard)

    assert line.may_dial(FREE).reason is Reason.STATE_STALE
    assert line.may_dial(FREE).message == "The index of the suppression lists is damaged, so no call is allowed."
    assert line.scrub([FREE, FREE]).counts() == {Reason.STATE_STALE: 2}
    found = next(finding for finding in line.explain(FREE).findings if finding.rule == "state-stale")
    assert found.status == "denies"
    assert file.name in found.facts["damage"]

    guard.reload()  # the lists are read again, and a sound file is written
    check_ended(guard)
    assert index_file(policy).exists()
    assert line.may_dial(FREE).reason is Reason.ALLOWED
    assert line.may_dial(f"+{LISTED}").reason is Reason.LISTED


def test_an_answer_kept_before_the_damage_was_found_is_given_no_more(policy):
    guard = Guard.open(policy)
    line = guard.line(campaign="notice", caller=CALLER)
    assert line.may_dial(FREE).reason is Reason.ALLOWED
    assert line.may_dial(FREE).reason is Reason.ALLOWED

    guard._generation.is_damaged("`index.cgx` is damaged")

    assert line.may_dial(FREE).reason is Reason.STATE_STALE


def test_a_truncated_file_is_built_again(policy):
    Guard.open(policy).close()
    file = index_file(policy)
    file.write_bytes(file.read_bytes()[:5000])

    with Guard.open(policy) as guard:
        assert guard.may_dial(f"+{LISTED}", caller=CALLER, campaign="notice").reason is Reason.LISTED
        assert guard.may_dial(FREE, caller=CALLER, campaign="notice").reason is Reason.ALLOWED


def test_a_guard_in_memory_writes_nothing(policy, monkeypatch):
    from callguard import Policy

    guard = Guard(Policy.load(policy))

    assert guard.may_dial(f"+{LISTED}", caller=CALLER, campaign="notice").reason is Reason.LISTED
    assert not (policy.parent / "state").exists()
