"""The guard before Asterisk's manager: real clients, and what passes, is decided, is denied. The switch is a protocol double."""

import asyncio

import pytest

from asterisk_ways import ALLOWED, DENIED, WAYS
from proxy_world import CALLER, client, until, world
from samples import guard

LOGIN = "Action: Login\r\nActionID: 1\r\nUsername: u\r\nSecret: pw\r\n\r\n"
MOBILE = "13800130001"


def run(scenario):
    return asyncio.run(scenario())


async def logged_in(at):
    found = await at.connect()
    await found.until("\r\n")
    await found.send(LOGIN)
    await found.until("Fully Booted\r\n")
    return found


def originate(channel=f"PJSIP/{MOBILE}@trunk", mark="o", **more):
    told = {"Action": "Originate", "ActionID": mark, "Channel": channel, "Context": "ivr", "Exten": "s", "Priority": "1", **more}
    return "".join(f"{name}: {value}\r\n" for name, value in told.items() if value is not None) + "\r\n"


@pytest.mark.way(
    "Asterisk, through `callguard proxy ami`, by panoramisk", "Manager.send_action: Originate, Channel", peer="protocol double only"
)
def test_panoramisk_is_answered_and_what_is_denied_never_reaches_the_switch():
    async def scenario():
        async with world("ami") as at:
            printed = await client("with_panoramisk", at.server.port)

            assert printed == [
                "Success",
                "Success|Originate successfully queued",
                "Error|callguard denied: protected-number (protected-number)",
                "Error|callguard denied: protected-number (protected-number)",
                "Error",
            ]
            assert [action["Channel"] for action in at.switch.named("Originate")] == [f"PJSIP/{MOBILE}@trunk"]
            assert at.switch.named("Command") == []

    run(scenario)


@pytest.mark.way("Asterisk, through `callguard proxy ami`, by pyst2", "Manager.originate(…)", peer="protocol double only")
def test_pyst2_is_answered_and_names_campaign_and_caller_itself():
    async def scenario():
        async with world("ami", campaign=None, caller=None) as at:
            printed = await client("with_pyst2", at.server.port)

            assert printed == [
                "Success",
                "Success|Originate successfully queued",
                "Error|callguard denied: protected-number (protected-number)",
                "Success|Originate successfully queued",
                "Success",
                "callguard denied: command-unknown (Command)",
                "callguard denied: campaign-missing",
            ]
            assert len(at.switch.named("Originate")) == 2
            assert at.switch.named("Redirect") == []
            assert [entry.campaign for entry in at.guard.log.search(reason="allowed")] == ["survey", "survey"]

    run(scenario)


def test_the_second_target_denied_gives_the_count_of_the_first_back():
    async def scenario():
        async with world("ami", campaign="survey") as at:
            found = await logged_in(at)
            await found.send(originate(f"PJSIP/{MOBILE}@trunk&PJSIP/110@trunk"))
            assert "protected-number" in await found.until("\r\n\r\n")
            assert [(e.outcome, e.released is not None) for e in at.guard.log.search(reason="allowed")] == [("failed", True)]

            await found.send(originate())
            assert "Success" in await found.until("\r\n\r\n")
            await found.send(originate(mark="again"))
            answer = await found.until("\r\n\r\n")
            assert "callguard denied: attempt-limit" in answer
            assert "ActionID: again" in answer
            assert MOBILE not in answer

    run(scenario)


def test_one_number_by_two_trunks_is_one_attempt():
    async def scenario():
        async with world("ami", campaign="survey") as at:
            found = await logged_in(at)
            await found.send(originate(f"SIP/a/{MOBILE}&SIP/b/{MOBILE}"))
            assert "Success" in await found.until("\r\n\r\n")
            assert len(at.outcomes()) == 1

    run(scenario)


@pytest.mark.parametrize(
    ("more", "outcome"),
    [
        ({}, "unknown"),
        ({"Context": "broken"}, "failed"),
        ({"Async": "true"}, "answered"),
        ({"Async": "true", "Account": "5"}, "busy"),
        ({"Async": "true", "Account": "3"}, "no-answer"),
    ],
)
def test_the_outcome_is_what_the_switch_says(more, outcome):
    async def scenario():
        async with world("ami") as at:
            found = await logged_in(at)
            await found.send(originate(**more))
            await found.until("\r\n\r\n")
            await at.ends(outcome)

    run(scenario)


def test_a_client_that_leaves_before_the_answer_leaves_an_unknown_outcome():
    async def scenario():
        async with world("ami") as at:
            found = await logged_in(at)
            await found.send(originate(mark="gone", Account="never", Async="yes"))  # the double sends no event for `yes`
            await found.until("\r\n\r\n")
            found.close()
            await at.ends("unknown")

    run(scenario)


def test_nothing_is_counted_before_a_login():
    async def scenario():
        async with world("ami") as at:
            found = await at.connect()
            await found.until("\r\n")
            await found.send(originate())
            assert "callguard denied: not-logged-in" in await found.until("\r\n\r\n")
            await found.send(LOGIN.replace("pw", "wrong"))
            assert "Authentication failed" in await found.until("\r\n\r\n")
            await found.send(originate())
            assert "not-logged-in" in await found.until("\r\n\r\n")
            assert at.switch.named("Originate") == []
            assert list(at.guard.log.search()) == []

    run(scenario)


def test_a_login_and_a_call_may_be_sent_at_once():
    async def scenario():
        async with world("ami") as at:
            found = await at.connect()
            await found.until("\r\n")
            await found.send(LOGIN + originate())
            assert "Originate successfully queued" in await found.until("queued\r\n\r\n")

    run(scenario)


def test_what_is_sent_to_the_switch_is_what_was_read():
    async def scenario():
        async with world("ami") as at:
            found = await logged_in(at)
            await found.send(
                f"action:originate\nACTIONID:  x\nChannel:\tPJSIP/{MOBILE}@trunk \nexten:s\ncontext: ivr\npriority:1\n\n"
            )
            await found.until("\r\n\r\n")
            assert at.switch.actions[-1] == [
                ("action", "originate"),
                ("ACTIONID", "x"),
                ("Channel", f"PJSIP/{MOBILE}@trunk"),
                ("exten", "s"),
                ("context", "ivr"),
                ("priority", "1"),
            ]

    run(scenario)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"channel": "PJSIP/1000"}, "target-inside"),
        ({"channel": "PJSIP/${X}@trunk"}, "target-unreadable (Originate)"),
        ({"Exten": "110", "Context": "out"}, "protected-number"),
        ({"Exten": "1000"}, "invalid-number"),
        ({"Application": "Dial", "Data": "PJSIP/110@trunk,30"}, "protected-number"),
        ({"Application": "System", "Data": "true"}, "command-unknown (System)"),
        ({"Variable": "SHELL(x)=1"}, "command-unreadable (Variable)"),
        ({"Variable": "CALLGUARD_CAMPAIGN=no-such"}, "policy-failure"),
        ({"Variable": "CALLGUARD_CALLER=01085550124", "CallerID": CALLER}, "caller-conflict"),
        ({"CallerID": "Xinghe <10086>"}, "caller-unknown"),
        ({"CallerID": '"Xinghe" <01085550124> desk'}, "command-unreadable (CallerID)"),
        ({"CHANNEL": "PJSIP/110@trunk"}, "command-unreadable (Originate)"),
    ],
)
def test_what_is_not_certain_is_denied(more, reason):
    async def scenario():
        async with world("ami") as at:
            found = await logged_in(at)
            await found.send(originate(**more))
            assert f"Message: callguard denied: {reason}" in await found.until("\r\n\r\n")
            assert at.switch.named("Originate") == []

    run(scenario)


def test_targets_inside_are_not_decided_and_the_other_leg_is():
    async def scenario():
        async with world("ami", internal=[r"PJSIP/1\d{3}"]) as at:
            found = await logged_in(at)
            await found.send(originate("PJSIP/1000", Exten="110", Context="out"))
            assert "protected-number" in await found.until("\r\n\r\n")
            await found.send(originate("PJSIP/1000", Exten=MOBILE, Context="out"))
            assert "Success" in await found.until("\r\n\r\n")
            assert len(at.outcomes()) == 1

    run(scenario)


EVERY_WAY = WAYS | {
    "Redirect, ExtraExten": lambda n, live: {
        "Action": "Redirect",
        "Channel": live,
        "Exten": "s",
        "Context": "hold",
        "ExtraChannel": live,
        "ExtraExten": n,
        "ExtraContext": "out",
    },
    "BlindTransfer, Exten": lambda n, live: {"Action": "BlindTransfer", "Channel": live, "Exten": n, "Context": "out"},
    "Atxfer, Exten": lambda n, live: {"Action": "Atxfer", "Channel": live, "Exten": n, "Context": "out"},
    "DAHDIDialOffhook, Number": lambda n, _: {"Action": "DAHDIDialOffhook", "DAHDIChannel": "1", "Number": n},
    "DAHDITransfer, Exten": lambda n, _: {"Action": "DAHDITransfer", "DAHDIChannel": "1", "Exten": n},
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name,
            marks=pytest.mark.way("Asterisk, through `callguard proxy ami`", f"Action: {name}", peer="protocol double only"),
            id=name,
        )
        for name in EVERY_WAY
    ],
)
def test_each_way_is_decided(name):
    way = EVERY_WAY[name]

    async def scenario():
        async with world("ami", internal=[r"Local/s@hold"]) as at:
            found = await logged_in(at)
            for mark, number, answer in (("d", DENIED, "callguard denied: protected-number"), ("a", ALLOWED, "Response: Success")):
                told = way(number, "PJSIP/1000-1") | {"ActionID": mark}
                await found.send("".join(f"{header}: {value}\r\n" for header, value in told.items()) + "\r\n")
                assert answer in await found.until("\r\n\r\n")
            assert [action["ActionID"] for action in at.switch.named(told["Action"])] == ["a"]

    run(scenario)


def test_an_unknown_action_is_passed_when_it_is_allowed_by_name():
    async def scenario():
        for allow, passed in (((), False), (("SETVAR",), True)):
            async with world("ami", allow=allow) as at:
                found = await logged_in(at)
                await found.send("Action: Setvar\r\nActionID: s\r\nVariable: A\r\nValue: 1\r\n\r\n")
                answer = await found.until("\r\n\r\n")
                assert ("Response: Success" in answer) == passed
                assert bool(at.switch.named("Setvar")) == passed

    run(scenario)


def test_state_that_cannot_be_kept_denies():
    async def scenario():
        found = guard()
        async with world("ami", found=found) as at:
            connected = await logged_in(at)
            found._state.store.go_stale(0)
            await connected.send(originate())
            assert "callguard denied: state-stale" in await connected.until("\r\n\r\n")
            assert at.switch.named("Originate") == []

    run(scenario)


def test_thousands_of_harmless_actions_pass_in_their_order():
    async def scenario():
        async with world("ami") as at:
            found = await logged_in(at)
            count = 3_000
            await found.send("".join(f"Action: Ping\r\nActionID: p{i}\r\n\r\n" for i in range(count)))
            answers = await found.until(f"ActionID: p{count - 1}\r\n")
            assert answers.count("Response: Success") == count
            await until(lambda: len(at.switch.named("Ping")) == count)

    run(scenario)


def test_nothing_that_is_logged_holds_a_number(caplog):
    caplog.set_level("INFO")

    async def scenario():
        async with world("ami") as at:
            found = await logged_in(at)
            for mark, channel in enumerate((f"PJSIP/{MOBILE}@trunk", "PJSIP/110@trunk", "PJSIP/13800130002@a/b")):
                await found.send(originate(channel, str(mark)))
                await found.until("\r\n\r\n")
            await found.send(f"Action: {MOBILE}\r\n\r\n")
            await found.until("\r\n\r\n")

    run(scenario)
    assert "denied: protected-number" in caplog.text
    assert "1380013" not in caplog.text
