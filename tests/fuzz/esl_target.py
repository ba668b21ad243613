"""FreeSWITCH's event socket: whatever a client sends, what reaches the switch calls nobody but whom the judge has allowed."""

from __future__ import annotations

from types import SimpleNamespace

from callguard.commands.esl_wire import AnswerReader
from callguard.proxies.esl import EslConnection
from fuzz import freeswitch_slowly
from fuzz.judged import AGENT, answered, judge, through
from fuzz.target import Target


def check(data: bytes) -> None:
    if data.startswith(b"<"):
        _replies(data[1:])
        return
    for sent, placed in through(EslConnection, data):
        for message in freeswitch_slowly.messages(sent):
            numbers = [each for each in freeswitch_slowly.called(message) if not AGENT.fullmatch(each)]
            assert set(numbers) <= {callee for callee, _ in placed}, "only whom the judge allowed is called"


def _replies(data: bytes) -> None:
    connection = EslConnection((None, SimpleNamespace(write=lambda _: None)), judge(), login_s=1.0)
    connection.requests()
    for answer in answered(AnswerReader(), data):
        assert connection.told(answer) == answer.raw


TOKENS = (
    *(b"\n", b"\n\n", b"\r\n", b" ", b"'", b'"', b"\\", b"`", b"$", b"${", b"$${", b"}", b"{", b"[", b"]", b"<", b">", b",", b"|", b":_:", b"^^:"),
    *(b"&", b"(", b")", b"::", b"/", b"@", b"%", b"=", b";", b";;", b"\x00", b"\xff", b"\t", b"-bleg ", b"+", b"!"),
    *(b"api ", b"bgapi ", b"sendmsg\n", b"sendevent x\n", b"auth ClueCon\n\n", b"exit\n\n", b"event plain ALL\n\n", b"linger\n\n"),
    *(b"originate ", b"uuid_transfer ", b"uuid_broadcast ", b"uuid_bridge ", b"uuid_setvar ", b"conference room dial ", b"expand ", b"sched_api +1 none "),
    *(b"uuid_dual_transfer ", b"eval ", b"status", b"show calls", b"luarun x", b"sched_transfer +1 u 110"),
    *(b"call-command: execute\n", b"call-command: hangup\n", b"execute-app-name: bridge\n", b"execute-app-name: transfer\n", b"execute-app-arg: "),
    *(b"Content-Length: 3\n", b"Job-UUID: 1\n", b"event-lock: true\n", b"Content-Type: api/response\n", b"Content-Type: command/reply\n", b"Reply-Text: +OK\n"),
    *(b"sofia/gateway/trunk/", b"sofia/internal/", b"@host", b"user/agent1", b"loopback/", b"/default/XML", b"error/USER_BUSY", b"group/agent1"),
    *(b"&park()", b"&bridge(sofia/gateway/trunk/", b"&transfer(", b"&socket(h:1)", b"XML default", b"inline", b"13800130001", b"+8613800130002", b"110"),
    *(b"{CALLGUARD_CAMPAIGN=survey}", b"{origination_caller_id_number=01085550124}", b"{execute_on_answer=bridge x}", b"[leg_timeout=1]", b"agent1", b"u-1"),
)  # fmt: skip
TARGET = Target("esl", check, TOKENS)
