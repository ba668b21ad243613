"""Nothing acknowledged is lost, and no limit exceeded, whenever a dialer is killed, and by whatever its disk and clock do."""

from __future__ import annotations

import os
import signal

import pytest

import postgres_server
from tests.dying import Acknowledged, Dialer, kill_rounds, lost, warm, write_policy

STEPS = ("begun", "counted", "written", "committing", "committed", "publishing", "published", "returning")
ROUNDS = int(os.environ.get("CALLGUARD_KILLS", "12"))


postgres, database = postgres_server.postgres, postgres_server.database


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def policy(request, tmp_path):
    """A policy whose state is in one of the databases."""
    if request.param == "sqlite":
        return write_policy(tmp_path)
    return write_policy(tmp_path, f'path = "state"\nurl = "{request.getfixturevalue("database")}"')


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_dialers_killed_at_random_instants_lose_nothing(policy):
    acknowledged = kill_rounds(policy, ROUNDS, seed=ROUNDS)

    assert not acknowledged.failed
    assert acknowledged.refused
    assert acknowledged.placed
    assert lost(policy, acknowledged) == []


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("step", STEPS)
def test_dialers_killed_between_any_two_steps_lose_nothing(policy, step):
    acknowledged = Acknowledged()
    warm(policy)
    # the first times fall into the opening, which archives the law
    ended = [Dialer(policy, seed=times, fault=(step, times)).mourn(acknowledged) for times in (1, 2, 3, 7, 20, 21)]

    assert ended == [signal.SIGKILL] * 6
    assert not acknowledged.failed
    assert acknowledged.placed
    assert lost(policy, acknowledged) == []
