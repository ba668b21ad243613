"""The guard before FreeSWITCH's event socket: real clients, and what passes, is decided, is denied. The switch is a protocol double."""

import asyncio

import pytest

from freeswitch_ways import NEVER, PEER, WAYS
from proxy_world import GENESIS, NO_GENESIS, client, until, world

MOBILE = "13800130001"
CALL = f"sofia/gateway/gw/{MOBILE}"


def run(scenario):
    return asyncio.run(scenario())


async def logged_in(at):
    found = await at.connect()
    await found.until("\n\n")
    await found.send("auth ClueCon\n\n")
    assert "+OK accepted" in await found.until("\n\n")
    return found


async def api(found, line):
    """Send an API and return its answer."""
    await found.send(f"api {line}\n\n")
    head = await found.until("\n\n")
    length = int(head.partition("Content-Length: ")[2].split()[0])
    return (await found.reader.readexactly(length)).decode()


def test_greenswitch_is_answered_and_what_is_denied_never_reaches_the_switch():
    async def scenario():
        async with world("esl") as at:
            printed = await client("with_greenswitch", at.server.port)

            assert printed == [
                "+OK events",
                "+OK uuid",
                "-ERR CALLGUARD_DENIED protected-number (protected-number)",
                "+OK Job-UUID",
                "BACKGROUND_JOB False",
                "+OK Job-UUID",
                "BACKGROUND_JOB True",
                "-ERR CALLGUARD_DENIED target-inside",
                "-ERR CALLGUARD_DENIED command-unknown (luarun)",
            ]
            assert at.switch.placed() == [
                f"api originate {CALL} &park()",
                "bgapi originate sofia/gateway/gw/13800130002 &park()",
            ]

    run(scenario)


@pytest.mark.skipif(not GENESIS, reason=NO_GENESIS)
def test_genesis_is_answered_and_makes_a_channel_of_a_denial():
    """Its Channel.create ignores what originate is answered: the guard's page says so."""

    async def scenario():
        async with world("esl") as at:
            printed = await client("with_genesis", at.server.port, python=GENESIS)

            assert printed == ["+OK uuid", "-ERR CALLGUARD_DENIED protected-number (protected-number)", "a channel True"]
            assert at.switch.placed() == [f"api originate {CALL} &park()"]

    run(scenario)


def test_denials_keep_their_turn():
    async def scenario():
        async with world("esl", allow={"msleep"}) as at:
            found = await logged_in(at)
            at.switch.gate.clear()
            await found.send(
                "api msleep 10\n\nsendmsg u\ncall-command: xferext\n\nfilter a b\n\nsendevent x\n\napi originate error/x &park()\n\n"
            )
            await until(lambda: len(at.switch.commands) == 2)
            at.switch.gate.set()
            answers = await found.until("+OK uuid")

            assert [line.partition(": ")[2] for line in answers.split("\n") if line.startswith("Reply-Text")] == [
                "-ERR CALLGUARD_DENIED command-unknown (sendmsg)",
                "+OK filter",
                "-ERR CALLGUARD_DENIED command-unknown (sendevent)",
            ]
            assert answers.startswith("Content-Type: api/response\nContent-Length: 3\n\n+OK")

    run(scenario)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("originate sofia/gateway/gw/110 &park()", "protected-number"),
        (f"originate {CALL}|sofia/gateway/gw/110 &park()", "protected-number"),
        (f"originate {CALL}:_:sofia/gateway/gw/110 &park()", "protected-number"),
        (f"originate {CALL} &bridge(sofia/gateway/gw/110)", "protected-number"),
        (f"originate {CALL} 110 XML out", "protected-number"),
        (f"originate {CALL} 's,bridge:sofia/gateway/gw/110' inline", "target-unreadable"),
        (f"originate {CALL} answer inline", "command-unreadable"),
        (f"originate {CALL} &lua(x.lua)", "command-unknown (lua)"),
        ("originate user/1000 &park()", "target-inside"),
        (f"originate {{api_on_answer='originate x'}}{CALL} &park()", "target-unreadable"),
        (f"originate {{sip_invite_req_uri=sip:110@trunk}}{CALL} &park()", "target-unreadable"),
        (f"originate {{CALLGUARD_CAMPAIGN=no-such}}{CALL} &park()", "policy-failure"),
        (f"originate {{origination_caller_id_number=10086}}{CALL} &park()", "caller-unknown"),
        ("expand originate sofia/gateway/gw/110 &park()", "protected-number"),
        ("expand api originate sofia/gateway/gw/110 &park()", "protected-number"),
        ("bgapi originate sofia/gateway/gw/110 &park()", "protected-number"),
        ("eval ${originate(sofia/gateway/gw/110 &park())}", "command-unreadable"),
        (f"sched_api +1 none originate {CALL} &park()", "call-later (sched_api)"),
        ("sched_transfer +1 u 110", "call-later"),
        ("uuid_transfer u 110 XML out", "protected-number"),
        ("uuid_dual_transfer u s 110/XML/out", "protected-number"),
        ("uuid_broadcast u bridge::sofia/gateway/gw/110", "protected-number"),
        ("uuid_bridge u sofia/gateway/gw/110", "command-unreadable"),
        ("uuid_setvar u api_hangup_hook originate", "command-unreadable"),
        ("uuid_setvar_multi u a=1;api_hangup_hook=x", "command-unreadable"),
        ("conference room dial sofia/gateway/gw/110", "protected-number"),
        ("conference room bgdial {CALLGUARD_CAMPAIGN=notice}sofia/gateway/gw/110 01085550123", "protected-number"),
        ("conference room transfer 2", "command-unknown"),
        ("sofia profile external restart", "command-unknown"),
        ("nosuch x", "command-unknown (nosuch)"),
    ],
)
def test_what_is_denied_is_echoed_by_the_switch(line, reason):
    async def scenario():
        async with world("esl") as at:
            found = await logged_in(at)
            assert (await api(found, line)).startswith(f"-ERR CALLGUARD_DENIED {reason}")
            assert [
                command for command in at.switch.commands if not command.startswith(("auth", "api echo -ERR CALLGUARD_DENIED"))
            ] == []
            assert at.guard.may_dial(MOBILE, caller="01085550123", campaign="survey")

    run(scenario)


def way(name):
    return pytest.param(name, marks=pytest.mark.way("FreeSWITCH, through `callguard proxy esl`", name, peer=PEER))


@pytest.mark.parametrize("name", [way(name) for name in (*WAYS, *NEVER)])
def test_each_way_to_place_a_call_is_decided(name):
    """What may be placed reaches the switch, what is denied does not; what would be placed later, or by a program, never does."""
    passed, denied = NEVER.get(name) or (WAYS[name].format(MOBILE), WAYS[name].format("110"))

    async def scenario():
        async with world("esl") as at:
            found = await logged_in(at)
            await found.send(f"{passed}\n\n{denied}\n\n")
            await found.until("CALLGUARD_DENIED")

            reached = [command for command in at.switch.commands if "CALLGUARD_DENIED" not in command]
            assert reached == ["auth ClueCon", passed]

    run(scenario)


@pytest.mark.parametrize(
    "line",
    [
        "status",
        "uuid_kill u",
        "uuid_bridge u1 u2",
        "uuid_broadcast u /sounds/a.wav both",
        "sched_api +1 none uuid_kill u",
        "expand status",
        "conference room list",
        "conference room kick 2",
        "uuid_setvar u a b c",
        "sofia status",
        "originate error/USER_BUSY &park()",
        f"originate {{origination_caller_id_name='A B',CALLGUARD_CAMPAIGN=survey}}[leg_timeout=5]{CALL},[x=1]sofia/a/sip:13800130002@h:5060 &park()",
        f"originate user/1000 &bridge({CALL})",
        f"originate loopback/{MOBILE}/default 1000 XML default",
    ],
)
def test_what_is_harmless_or_allowed_passes_as_it_was_read(line):
    async def scenario():
        async with world("esl", internal=["user/1000", "1000@default"]) as at:
            found = await logged_in(at)
            assert "CALLGUARD" not in await api(found, line)
            assert at.switch.commands[-1] == f"api {line}"

    run(scenario)


@pytest.mark.parametrize(
    ("message", "denied"),
    [
        ("sendmsg u\ncall-command: execute\nexecute-app-name: playback\nexecute-app-arg: a.wav", False),
        ("sendmsg u\ncall-command: hangup\nhangup-cause: NORMAL_CLEARING", False),
        (f"sendmsg u\ncall-command: execute\nexecute-app-name: bridge\nexecute-app-arg: {CALL}", False),
        ("sendmsg u\ncall-command: execute\nexecute-app-name: bridge\nexecute-app-arg: sofia/gateway/gw/110", True),
        ("sendmsg u\ncall-command: execute\nexecute-app-name: transfer\nexecute-app-arg: 110 XML out", True),
        ("sendmsg u\ncall-command: execute\nexecute-app-name: set\nexecute-app-arg: x=${originate(y)}", True),
        ("sendmsg u\ncall-command: execute\nexecute-app-name: socket\nexecute-app-arg: h:1 async full", True),
        ("sendmsg u\ncall-command: hangup\ncall-command: execute\nexecute-app-name: bridge\nexecute-app-arg: user/1", True),
        ("sendmsg u\ncall-command: execute\nexecute-app-name: playback\nContent-Length: 4\n\nuser", True),
        ("SENDMSGu\ncall-command: hangup", True),
        ("api status\nconsole_execute: true", True),
        ("event plain ALL\nCommand: api originate", True),
    ],
)
def test_messages_to_calls_are_read(message, denied):
    async def scenario():
        async with world("esl") as at:
            found = await logged_in(at)
            await found.send(message + ("\n\n" if "\n\n" not in message else ""))
            answer = await found.until("\n\n")
            answer += await found.until(")") if "api/response" in answer else ""
            assert ("CALLGUARD_DENIED" in answer) == denied
            assert [c for c in at.switch.commands if "CALLGUARD" not in c][-1].startswith(
                "auth" if denied else message.partition("\n")[0]
            )

    run(scenario)


def test_a_jobs_own_id_is_kept():
    async def scenario():
        async with world("esl") as at:
            found = await logged_in(at)
            await found.send("bgapi originate sofia/gateway/gw/110 &park()\nJob-UUID: mine\n\n")
            assert "Job-UUID: mine" in await found.until("CALLGUARD_DENIED")

    run(scenario)


@pytest.mark.parametrize(
    ("line", "outcomes"),
    [
        (f"api originate {CALL} &park()", ["unknown"]),
        (f"api originate {{x=busy}}{CALL} &park()", ["busy"]),
        (f"bgapi originate {CALL} &park()", ["unknown"]),
        (f"api originate {{x=busy}}{CALL},sofia/gateway/gw/13800130002 &park()", ["failed", "failed"]),
    ],
)
def test_the_outcome_is_what_the_reply_says(line, outcomes):
    async def scenario():
        async with world("esl") as at:
            found = await logged_in(at)
            await found.send(f"{line}\n\n")
            await at.ends(*outcomes)

    run(scenario)


def test_nothing_is_counted_before_a_login():
    async def scenario():
        async with world("esl") as at:
            found = await at.connect()
            await found.until("\n\n")
            await found.send("auth wrong\n\n" + f"api originate {CALL} &park()\n\n")
            assert "-ERR invalid" in await found.until("\n\n")
            assert "not-logged-in" in await found.until("not-logged-in")
            assert list(at.guard.log.search()) == []
            assert at.switch.placed() == []

    run(scenario)


def test_thousands_of_harmless_commands_pass_in_their_order():
    async def scenario():
        async with world("esl") as at:
            found = await logged_in(at)
            await found.send("".join(f"api echo {i}.\n\n" for i in range(3_000)))
            answers = await found.until("2999.")
            assert next(part for part in answers.split("\n\n") if "." in part).startswith("0.")
            assert answers.count("api/response") == 3_000

    run(scenario)
