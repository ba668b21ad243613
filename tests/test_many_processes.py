"""One host, several processes: a refusal that has returned is honoured by the very next question in every one of them."""

from __future__ import annotations

import os
import random

import pytest

from callguard import Guard
from tests.dying import CALLER, FIRST, write_policy

PROCESSES = 4
REFUSALS = int(os.environ.get("CALLGUARD_REFUSALS", "1200"))

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


def number(turn):
    return FIRST + 1_000_000 + turn * 7


class Peer:
    """A process with a guard of its own, which does what it is told by a pipe: refuse a number, or say whether it is refused."""

    def __init__(self, policy):
        self.policy = policy
        ask, self._ask = os.pipe()
        self._answer, answer = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            code = 1
            try:
                os.close(self._ask)
                self._serve(policy, ask, answer)
                code = 0
            finally:
                os._exit(code)
        os.close(ask)
        os.close(answer)

    @staticmethod
    def _serve(policy, ask, answer):
        with Guard.open(policy) as guard:
            line = guard.line(campaign="notice", caller=CALLER)
            os.write(answer, b"k")
            while order := os.read(ask, 16):
                what, n = order[:1], int(order[1:])
                if what == b"r":
                    guard.refuse(f"+{n}")
                    os.write(answer, b"k")
                else:
                    os.write(answer, b"y" if line.may_dial(f"+{n}").reason.value == "refused" else b"n")

    def tell(self, what, n):
        os.write(self._ask, b"%s%015d" % (what, n))

    def hear(self):
        return os.read(self._answer, 1)

    def end(self):
        os.close(self._ask)
        os.close(self._answer)
        assert os.waitpid(self.pid, 0)[1] == 0


@pytest.fixture
def peers(tmp_path):
    policy = write_policy(tmp_path)
    Guard.open(policy).close()
    found = [Peer(policy) for _ in range(PROCESSES)]
    assert [peer.hear() for peer in found] == [b"k"] * PROCESSES
    yield found
    for peer in reversed(found):  # those forked later hold the pipes of those before
        peer.end()


def test_no_process_answers_by_an_older_state(peers):
    chance, stale = random.Random(5), 0
    for turn in range(REFUSALS):
        one = chance.randrange(PROCESSES)
        peers[one].tell(b"r", number(turn))
        assert peers[one].hear() == b"k"
        for peer in peers:
            peer.tell(b"a", number(turn))
        stale += sum(peer.hear() != b"y" for peer in peers)

    assert stale == 0
    peers[0].tell(b"a", FIRST - 1)
    assert peers[0].hear() == b"n", "what nobody refused is not refused"


def test_a_process_that_fell_behind_the_ring_reads_the_log_once(peers):
    for turn in range(PROCESSES):
        peers[turn].tell(b"a", number(turn))
    assert {peer.hear() for peer in peers} == {b"n"}
    more = 5_000  # more than the tail holds
    with Guard.open(peers[0].policy) as guard:
        guard.refuse_many([(f"+{number(turn)}", None) for turn in range(more)])
    for turn in (0, more // 2, more - 1):
        for peer in peers:
            peer.tell(b"a", number(turn))
        assert {peer.hear() for peer in peers} == {b"y"}
