"""The protocol readers: however the bytes are cut the messages are the same, and whatever they are nothing is guessed."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.commands import ami_wire, esl_wire

AMI = b"Action: Login\r\nActionID: 1\r\nSecret: pw\r\n\r\n\r\naction:Originate\nChannel: PJSIP/1@t\nVariable: a=1\nVariable: b=2\n\nAction: Ping\r\n\r\n"
ESL = b"auth ClueCon\n\n\r\napi status\r\n\r\nsendmsg u\ncall-command: execute\nexecute-app-name: x\ncontent-length: 6\n\na\n\nb\n\nexit\n\n"
GREETED = b"Asterisk Call Manager/9.0.0\r\nResponse: Success\r\nActionID: 1\r\n\r\nResponse: Follows\r\nActionID: 2\r\na\r\n\r\nb\r\n--END COMMAND--\r\n\r\nEvent: X\r\n\r\n"
TOLD = b"Content-Type: auth/request\n\nContent-Length: 5\nContent-Type: api/response\n\na\n\nbcContent-Type: command/reply\nReply-Text: +OK\n\n"


def cut(data, places):
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges)]


@pytest.mark.parametrize(
    ("reader", "data", "count"),
    [
        (ami_wire.ActionReader, AMI, 3),
        (esl_wire.CommandReader, ESL, 4),
        (ami_wire.AnswerReader, GREETED, 4),
        (esl_wire.AnswerReader, TOLD, 3),
    ],
)
@given(places=st.lists(st.integers(0, 1000), max_size=30))
def test_any_cut_of_the_bytes_gives_the_same_messages(reader, data, count, places):
    one, many = reader(), reader()
    whole = one.feed(data)

    assert len(whole) == count
    assert [message for part in cut(data, places) for message in many.feed(part)] == whole
    assert getattr(many, "broken", None) is None


def test_byte_by_byte():
    for reader, data in ((ami_wire.ActionReader, AMI), (esl_wire.CommandReader, ESL), (esl_wire.AnswerReader, TOLD)):
        one, many = reader(), reader()
        assert [m for i in range(len(data)) for m in many.feed(data[i : i + 1])] == one.feed(data)


JUNK = st.binary(max_size=300) | st.lists(
    st.sampled_from([b"\r", b"\n", b"\r\n", b"\n\n", b": ", b":", b"Action", b"api originate x &park()", b"\x00", b"Content-Length: 3", b"-1", b"\xff", b"a"]),
    max_size=40,
).map(b"".join)  # fmt: skip


@given(data=JUNK, places=st.lists(st.integers(0, 400), max_size=10))
def test_whatever_comes_is_read_alike_or_broken_alike(data, places):
    for reader in (ami_wire.ActionReader, esl_wire.CommandReader):
        one, many = reader(), reader()
        whole = one.feed(data)
        parts = [message for part in cut(data, places) for message in many.feed(part)]

        assert parts == whole
        assert (many.broken is None) == (one.broken is None)
        if one.broken is not None:
            assert one.feed(b"Action: Ping\r\n\r\n") == []
        for message in whole:
            again = reader()
            assert [found.encode() for found in again.feed(message.encode())] == [message.encode()]
            assert b"\r" not in message.encode().replace(b"\r\n", b"")
            assert b"\x00" not in message.encode() or getattr(message, "body", b"")


@given(data=JUNK)
def test_the_switchs_own_bytes_are_given_on_untouched(data):
    for reader in (ami_wire.AnswerReader(), esl_wire.AnswerReader()):
        try:
            found = reader.feed(data)
        except ami_wire.Broken:
            continue
        assert data.startswith(b"".join(answer.raw for answer in found))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"Action: " + b"x" * 1024 + b"\r\n", "line too long"),
        (b"x" * 1025, "line too long"),
        (b"".join(b"H%d: x\r\n" % i for i in range(129)), "too many headers"),
        (b"Header:" + b"x" * 1015 + b"\r\n", "line too long"),  # with the blank that it is passed on with
        (b"Action originate\r\n", "a line that is no header"),
        (b"Act\x00ion: x\r\n", "a line that is no header"),
        (b"Action : x\r\n", "a line that is no header"),
        (b"Action: a\rb\r\n", "a control character"),
        (b"Action: a\x00b\r\n", "a control character"),
    ],
)
def test_an_action_that_is_none(data, why):
    reader = ami_wire.ActionReader()

    assert reader.feed(b"Action: Ping\r\n\r\n" + data)[0].name == "ping"
    assert reader.broken == why


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"api " + b"x" * 16 * 1024 + b"\n\n", "line too long"),
        (b"a" * (16 * 1024 + 1), "line too long"),
        (b"api x\n" + b"".join(b"h%d: x\n" % i for i in range(128)), "too many headers"),
        (b"api a\rapi b\n\n", "a control character"),
        (b"api a\x00\n\n", "a control character"),
        (b"api a\nno header\n\n", "a line that is no header"),
        (b"sendevent x\nContent-Length: 1\nContent-Length: 1\n\nx", "a length that is none"),
        (b"sendevent x\nContent-Length: -1\n\n", "a length that is none"),
        (b"sendevent x\nContent-Length: 1x\n\n", "a length that is none"),
        (b"sendevent x\nContent-Length: 1048577\n\n", "a body too large"),
    ],
)
def test_a_command_that_is_none(data, why):
    reader = esl_wire.CommandReader()

    assert reader.feed(b"api status\n\n" + data)[0].rest == "status"
    assert reader.broken == why


def test_an_answer_without_an_end_is_none():
    for reader in (ami_wire.AnswerReader(), esl_wire.AnswerReader()):
        reader.feed(b"\r\n")
        with pytest.raises(ami_wire.Broken, match="without an end"):
            reader.feed(b"x" * 5_000_000)
    with pytest.raises(ami_wire.Broken, match="a length that is none"):
        esl_wire.AnswerReader().feed(b"Content-Length: -5\n\n")


def test_the_first_header_of_a_name_is_asterisks_own_reading():
    action = ami_wire.ActionReader().feed(AMI)[1]

    assert (action.name, action.get("CHANNEL"), action.all("variable"), action.get("none")) == (
        "originate",
        "PJSIP/1@t",
        ["a=1", "b=2"],
        "",
    )
