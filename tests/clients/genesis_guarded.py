"""What a dialer does with a guarded genesis, in every way it has to place a call; print what came of each as JSON."""

import asyncio
import sys

from genesis import Channel, Consumer, Inbound, Outbound, RingGroup
from genesis.protocol import Protocol
from judged import ALLOWED, CALLER, DENIED, REFUSES, Report, said

from callguard import DialDenied
from callguard.dialers.genesis import guarded
from callguard.judging import Denied, calling

PORT, SCENARIO = int(sys.argv[1]), sys.argv[2]


def inbound():
    return Inbound("127.0.0.1", PORT, "ClueCon")


async def until(condition):
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def each(report, way, work):
    """Do a thing with a number that may be called and with one that may not."""
    for number in (ALLOWED, DENIED):
        try:
            done = await work(number)
        except (DialDenied, Denied) as error:
            done = said(error)
        report.came(way, number, str(done))


async def ways(report):
    """Place calls in every way."""
    async with guarded(inbound(), report.judge) as switch:
        for way, command in report.commands():

            async def send(number, command=command):
                reply = await switch.send(command[number])
                return reply.body or reply["Reply-Text"]

            await each(report, way, send)

        async def create(number):
            return (await Channel.create(switch, f"sofia/gateway/create/{number}")).uuid

        async def ring(number):
            return await RingGroup.ring(switch, [f"sofia/gateway/ring/{number}"], timeout=0.2)

        await each(report, "Channel.create", create)
        await each(report, "RingGroup.ring", ring)
    consumer = guarded(Consumer("127.0.0.1", PORT, "ClueCon"), report.judge)
    running = asyncio.create_task(consumer.start())
    await until(lambda: consumer.protocol.subscriptions.all_events)

    async def consume(number):
        return (await consumer.protocol.send(f"bgapi originate sofia/gateway/consumer/{number} &park()"))["Reply-Text"]

    await each(report, "Consumer.protocol.send", consume)
    await consumer.stop()
    await running
    await outbound(report)


async def outbound(report):
    """Place calls from a session that the switch has opened."""
    ended = asyncio.Event()

    async def handle(session):
        async def message(number):
            return (await session.sendmsg("execute", "bridge", f"sofia/gateway/session/{number}"))["Reply-Text"]

        async def send(number):
            return (await session.send(f"api originate sofia/gateway/session/{number} &park()")).body

        async def create(number):
            return (await Channel.create(session, f"sofia/gateway/channel/{number}")).uuid

        async def digits(number):
            asked = {"file": "p.wav", "invalid_file": "e.wav", "var_name": "x", "regexp": "1", "digit_timeout": 1}
            more = {"transfer_on_failure": number, "block": False}
            return (await session.channel.play_and_get_digits(1, 5, "#", minimal=1, maximum=1, **asked, **more))["Reply-Text"]

        try:
            await each(report, "Session.sendmsg", message)
            await each(report, "Session.send", send)
            await each(report, "Channel.create of a session", create)
            await each(report, "Channel.play_and_get_digits", digits)
            played = await session.channel.playback("a.wav", block=False)
            report.more["harmless"] = [played["Reply-Text"], (await session.send("api uuid_exists own")).body]
        finally:
            ended.set()

    server = guarded(Outbound(handle, "127.0.0.1", 0), report.judge)
    await server.start(block=False)
    async with inbound() as switch:
        await switch.send(f"api test_call {server.server.sockets[0].getsockname()[1]}")
        await asyncio.wait_for(ended.wait(), 30)
    await server.stop()
    await until(lambda: "None" not in report.outcomes())


async def ends(report):
    """Hear how calls end: by the reply, by a job, by the leg's own events, by the end of a bridge, and not at all."""
    async with guarded(inbound(), report.judge) as switch:
        await switch.send("event plain ALL")
        await switch.send("api originate {x=busy}sofia/gateway/gw/13800130001 &park()")
        await switch.send("bgapi originate {x=busy}sofia/gateway/gw/13800130002 &park()")
        channel = await Channel.create(switch, "sofia/gateway/gw/13800130003")
        told = f"Event-Name=CHANNEL_HANGUP_COMPLETE&Unique-ID={channel.uuid}"
        await switch.send(f"api test_tell {told}&Hangup-Cause=NORMAL_CLEARING&Caller-Channel-Answered-Time=7")
        bridge = "sendmsg u\ncall-command: execute\nexecute-app-name: bridge\nexecute-app-arg: sofia/gateway/gw/13800130004"
        await switch.send(f"{bridge}\nEvent-UUID: e1")
        told = "Event-Name=CHANNEL_EXECUTE_COMPLETE&Unique-ID=u&Application=bridge&Application-UUID=e1"
        await switch.send(f"api test_tell {told}&variable_originate_disposition=NO_ANSWER")
        await switch.send("api originate {origination_uuid=n}sofia/gateway/gw/13800130005 &park()")
        await until(lambda: report.outcomes() == ["None", "answered", "busy", "busy", "no-answer"])


async def around(report):
    """Try to get by: several commands as one, the library's own inner ways, an API that is unknown; say what calls are for."""
    async with guarded(inbound(), report.judge) as switch:
        tried = {
            "two as one": "api status\n\napi originate sofia/gateway/gw/110 &park()",
            "a body": "api status\nContent-Length: 9\n\napi x y z",
            "no text": "api status \udcff",
        }
        for name, command in tried.items():
            await each(report, name, lambda _, command=command: switch.send(command))
        await each(
            report,
            "the writer",
            lambda _: asyncio.to_thread(switch.writer.write, b"api originate sofia/gateway/gw/110 &park()\n\n"),
        )
        report.more["transport"] = hasattr(switch.writer, "transport")
        with calling(campaign="no-such"):
            await each(report, "what calls are for", lambda n: switch.send(f"api originate sofia/gateway/calling/{n} &park()"))
            report.more["named"] = (
                await switch.send("api originate {CALLGUARD_CAMPAIGN=survey}sofia/gateway/gw/13800130009 &park()")
            ).body
        try:
            await Protocol.send(switch, "api originate sofia/gateway/gw/110 &park()")
        except Exception as error:  # noqa: BLE001 - the library's own, of a connection that it gives up
            report.more["base"] = type(error).__name__
    try:
        await switch.send("api originate sofia/gateway/gw/13800130008 &park()")
    except Exception as error:  # noqa: BLE001 - the library's own
        report.more["gone"] = type(error).__name__
    guarded(switch, report.judge)
    for client, judge in ((object(), report.judge), (switch, Report().judge)):
        try:
            guarded(client, judge)
        except (TypeError, ValueError) as error:
            report.more[type(error).__name__] = str(error)
    await until(lambda: "None" not in report.outcomes())


async def real(report):
    """Place calls through a real switch: one is answered, one is busy, one presses a key, one is denied; from a session too."""
    async with guarded(inbound(), report.judge) as switch:
        await switch.send("event plain ALL")
        await each(report, "api originate", lambda n: switch.send(f"api originate sofia/gateway/gw/{n} &park()"))
        await switch.send("bgapi originate sofia/gateway/gw/13800130002 &park()")
        await switch.send("bgapi originate sofia/gateway/gw/13800130009 &park()")
        await until(lambda: report.outcomes() == ["answered", "answered", "busy"])
    async with guarded(inbound(), report.judge) as switch:
        await each(report, "Channel.create", lambda n: Channel.create(switch, f"sofia/gateway/gw/{n}"))
        await until(lambda: report.outcomes() == ["answered", "answered", "answered", "busy"])
    ended = asyncio.Event()

    async def handle(session):
        async def bridge(number):
            number = "13800130002" if number == ALLOWED else number
            return (await session.sendmsg("execute", "bridge", f"sofia/gateway/gw/{number}", block=True))["Event-Name"]

        try:
            await each(report, "Session.sendmsg", bridge)
            await until(lambda: report.outcomes() == ["answered", "answered", "answered", "busy", "busy"])
        finally:
            ended.set()

    server = guarded(Outbound(handle, "127.0.0.1", 0), report.judge)
    await server.start(block=False)
    async with inbound() as switch:
        port = server.server.sockets[0].getsockname()[1]
        await switch.send(f"api originate sofia/gateway/gw/13800130004 '&socket(127.0.0.1:{port} async full)'")
        await asyncio.wait_for(ended.wait(), 30)
    await server.stop()
    report.more["refused"] = str(report.guard.may_dial("13800130009", caller=CALLER, campaign="notice").reason)


async def main():
    report = Report(REFUSES)
    await {"ways": ways, "ends": ends, "around": around, "real": real}[SCENARIO](report)
    report.print()


asyncio.run(main())
