"""Starting from a checkpoint: the same as from the whole log, whatever happened before and after it."""

from __future__ import annotations

import random

import pytest

from callguard import Guard
from callguard.state import checkpoint
from tests.dying import CALLER, FIRST, wait_for, write_policy

MANY = 25_000


def reason(guard, i, campaign="notice"):
    return guard.may_dial(f"+{FIRST + i}", caller=CALLER, campaign=campaign).reason.value


@pytest.fixture(params=["sealed", "plain"])
def policy(request, tmp_path):
    path = write_policy(tmp_path)
    if request.param == "plain":
        path.write_text(path.read_text().replace('[call_log]\nkey_file = "callguard.key"\n', ""))
    path.write_text(path.read_text() + '[[campaigns]]\nname = "vip"\npurpose = "notification"\nrequire_consent = true\n')
    return path


def test_a_start_from_a_checkpoint_knows_what_the_log_knows(policy):
    kept = policy.parent / "state" / checkpoint.NAME
    chance = random.Random(7)
    with Guard.open(policy) as guard:
        guard.refuse(f"+{FIRST + 3}", scope="survey")
        guard.refuse_many([(f"+{FIRST + i}", None) for i in range(MANY)])
        for i in range(0, 200, 10):
            guard.lift_refusal(f"+{FIRST + i}", proof=f"letter {i}")
        guard.consent(f"+{FIRST + MANY + 1}", proof="form 1")
        guard.set_caller_status(CALLER, "active")
        guard.refuse_many([(f"+{FIRST + MANY + 100 + i}", None) for i in range(MANY)])
        assert wait_for(20, kept.exists) is not None
        guard.refuse(f"+{FIRST + 10}")  # lifted before, refused again
        guard.lift_refusal(f"+{FIRST + 11}", proof="letter 11")
        asked = [*range(210), MANY, MANY + 1, *(chance.randrange(3 * MANY) for _ in range(400))]
        before = [(reason(guard, i), reason(guard, i, "vip"), reason(guard, i, "survey")) for i in asked]

    with Guard.open(policy) as guard:
        assert guard._state.store._noted > 0, "the checkpoint was used"
        assert not guard.warnings
        assert [(reason(guard, i), reason(guard, i, "vip"), reason(guard, i, "survey")) for i in asked] == before
        assert reason(guard, 10) == "refused"
        assert reason(guard, 11) == reason(guard, 20) == "allowed"
        guard.refuse(f"+{FIRST + 20}")
        assert reason(guard, 20) == "refused"
        guard.refuse_many([(f"+{FIRST + 30}", "2020-01-01T00:00:00+08:00")])
        assert reason(guard, 30) == "allowed", "it happened before the lift"
    kept.unlink()
    with Guard.open(policy) as guard:
        after = [(reason(guard, i), reason(guard, i, "vip"), reason(guard, i, "survey")) for i in asked if i != 20]
    assert after == [found for i, found in zip(asked, before, strict=True) if i != 20]


def test_a_damaged_checkpoint_is_told_of_and_the_log_is_read(policy):
    kept = policy.parent / "state" / checkpoint.NAME
    with Guard.open(policy) as guard:
        guard.refuse_many([(f"+{FIRST + i}", None) for i in range(MANY)])
        assert wait_for(20, kept.exists) is not None
    spoiled = bytearray(kept.read_bytes())
    spoiled[len(spoiled) // 2] ^= 1
    kept.write_bytes(spoiled)

    with Guard.open(policy) as guard:
        assert [notice.key for notice in guard.warnings] == ["checkpoint-unused"]
        assert [reason(guard, i) for i in (0, MANY - 1, MANY)] == ["refused", "refused", "allowed"]
