"""Asterisk's manager: whatever a client sends, what reaches the switch calls nobody but whom the judge has allowed."""

from __future__ import annotations

from callguard.commands.ami_wire import AnswerReader
from callguard.proxies.ami import AmiConnection
from fuzz import asterisk_slowly
from fuzz.judged import AGENT, answered, through
from fuzz.target import Target


def check(data: bytes) -> None:
    if data.startswith(b"<"):
        _answers(data[1:])
        return
    for sent, placed in through(AmiConnection, data):
        for message in asterisk_slowly.messages(sent):
            whom = asterisk_slowly.called(message)
            numbers = [each for each in whom if not AGENT.fullmatch(each)]
            assert set(numbers) <= {callee for callee, _ in placed}, "only whom the judge allowed is called"
            shown = asterisk_slowly.shown(message)
            if placed and shown and asterisk_slowly.first(message, "action").lower() == "originate":
                assert {caller for _, caller in placed} == {shown}, "the caller that is shown is the one that was decided"


def _answers(data: bytes) -> None:
    from types import SimpleNamespace

    connection = AmiConnection((None, SimpleNamespace(write=lambda _: None)), None, login_s=1.0)
    connection.requests()
    for answer in answered(AnswerReader(), data):
        assert connection.told(answer) == answer.raw


TOKENS = (
    *(b"\r\n", b"\r\n\r\n", b"\n\n", b"\n", b"\r", b": ", b":", b"&", b"/", b"@", b",", b"(", b")", b"${", b"}", b"$[", b"<", b">", b'"', b"\\"),
    *(b" ", b"\t", b"\x00", b"\xff", b"=", b"|", b"s", b"*", b"+", b"!"),
    *(b"Action: Originate\r\n", b"Action: Redirect\r\n", b"Action: Command\r\n", b"Action: Ping\r\n", b"Action: Atxfer\r\n"),
    *(b"Action: QueueAdd\r\n", b"Action: UserEvent\r\n", b"Action: DAHDIDialOffhook\r\n", b"Action: Setvar\r\n", b"Action: Getvar\r\n"),
    *(b"Channel: PJSIP/13800130001@trunk\r\n", b"Channel: Local/agent1@inside/n\r\n", b"Channel: SIP/trunk/110\r\n", b"Exten: 13800130001\r\n"),
    *(b"Exten: s\r\n", b"Context: out\r\n", b"Priority: 1\r\n", b"Application: Dial\r\n", b"Application: Playback\r\n", b"Data: "),
    *(b"ActionID: 1\r\n", b"Async: true\r\n", b"ExtraExten: 110\r\n", b"Interface: PJSIP/agent1\r\n", b"Number: 13800130001\r\n"),
    *(b"Variable: CALLGUARD_CAMPAIGN=survey\r\n", b"Variable: CALLGUARD_CALLER=01085550124\r\n", b"CallerID: 01085550124\r\n"),
    *(b'CallerID: "x" <01085550123>\r\n', b"Command: channel originate ", b"application ", b"extension ", b"core show channels"),
    *(b"PJSIP/", b"SIP/", b"IAX2/", b"DAHDI/g1/", b"Local/", b"sip:", b"trunk", b"agent1", b"13800130001", b"+8613800130002", b"110"),
    *(b"SHELL(x)", b"CHANNEL(state)", b"CALLERID(num)", b"GotoIf", b"Response: Success\r\n", b"Response: Follows\r\n", b"Event: OriginateResponse\r\n"),
    *(b"--END COMMAND--\r\n\r\n", b"Message: Permission denied\r\n", b"Asterisk Call Manager/9.0.0\r\n", b"PreDialGoSub: x\r\n"),
)  # fmt: skip
TARGET = Target("ami", check, TOKENS)
