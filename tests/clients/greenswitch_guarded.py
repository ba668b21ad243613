"""What a dialer does with a guarded greenswitch, in every way it has to place a call; print what came of each as JSON.

The second argument is the scenario; a third, `patched`, has gevent patch the standard library first, as its documents say.
"""

import sys

if "patched" in sys.argv:
    from gevent import monkey

    monkey.patch_all()

import time

import gevent
from greenswitch.esl import ESLProtocol, InboundESL, NotConnectedError, OutboundESLServer
from judged import ALLOWED, CALLER, DENIED, REFUSES, Report, said

from callguard import DialDenied
from callguard.dialers.greenswitch import guarded
from callguard.judging import Denied, calling

PORT, SCENARIO = int(sys.argv[1]), sys.argv[2]


def inbound(report=None):
    made = InboundESL(host="127.0.0.1", port=PORT, password="ClueCon")
    if report is not None:
        guarded(made, report.judge)
    made.connect()
    return made


def until(condition):
    with gevent.Timeout(30):
        while not condition():
            gevent.sleep(0.01)


def each(report, way, work):
    """Do a thing with a number that may be called and with one that may not."""
    for number in (ALLOWED, DENIED):
        try:
            done = work(number)
        except (DialDenied, Denied) as error:
            done = said(error)
        report.came(way, number, str(done))


def ways(report):
    """Place calls in every way."""
    switch = inbound(report)
    for way, command in report.commands():
        each(report, way, lambda number, command=command: switch.send(command[number]).data)
    switch.stop()
    ended = gevent.event.Event()

    class Application:
        def __init__(self, session):
            self.session = session

        def run(self):
            session = self.session
            try:
                each(report, "OutboundSession.bridge", lambda n: session.bridge(f"sofia/gateway/bridge/{n}", block=False).data)
                each(
                    report,
                    "OutboundSession.call_command",
                    lambda n: session.call_command("bridge", f"sofia/gateway/command/{n}").data,
                )
                each(
                    report, "OutboundSession.send", lambda n: session.send(f"api originate sofia/gateway/session/{n} &park()").data
                )
                asked = ["1", "1", "1", "5", "#", "p.wav", "e.wav", "x", "1", "1"]
                each(
                    report,
                    "OutboundSession.play_and_get_digits",
                    lambda n: session.play_and_get_digits(*asked, transfer_on_fail=n, block=False) or "",
                )
                report.more["harmless"] = [session.answer(), session.playback("a.wav", block=False)]
            finally:
                ended.set()

    server = guarded(OutboundESLServer("127.0.0.1", list(range(20000, 21000)), Application), report.judge)
    listening = gevent.spawn(server.listen)
    until(lambda: server._running)
    other = inbound()
    other.send(f"api test_call {server.bound_port}")
    assert ended.wait(30)
    server.stop()
    listening.join()
    other.stop()
    until(lambda: "None" not in report.outcomes())


def ends(report):
    """Hear how calls end: by the reply, by a job, by the leg's own events, by the end of a bridge, and not at all."""
    switch = inbound(report)
    switch.send("event plain ALL")
    switch.send("api originate {x=busy}sofia/gateway/gw/13800130001 &park()")
    switch.send("bgapi originate {x=busy}sofia/gateway/gw/13800130002 &park()")
    switch.send("bgapi originate {origination_uuid=n3}sofia/gateway/gw/13800130003 &park()")
    told = "Event-Name=CHANNEL_HANGUP_COMPLETE&Unique-ID=n3"
    switch.send("api test_tell Event-Name=DTMF&Unique-ID=n3&DTMF-Digit=9")
    switch.send(f"api test_tell {told}&Hangup-Cause=NORMAL_CLEARING&Caller-Channel-Answered-Time=7")
    switch.send("sendmsg u\ncall-command: execute\nexecute-app-name: bridge\nexecute-app-arg: sofia/gateway/gw/13800130004")
    told = "Event-Name=CHANNEL_EXECUTE_COMPLETE&Unique-ID=u&Application=bridge&Application-UUID=e1"
    switch.send(f"api test_tell {told}&variable_originate_disposition=NO_ANSWER")
    switch.send("api originate {origination_uuid=n5}sofia/gateway/gw/13800130005 &park()")
    until(lambda: report.outcomes() == ["None", "answered", "busy", "busy", "no-answer"])
    switch.stop()
    report.more["refused"] = str(report.guard.may_dial("13800130003", caller=CALLER, campaign="notice").reason)


def around(report):
    """Try to get by: several commands as one, the library's own inner ways; say what calls are for."""
    switch = inbound(report)
    tried = {
        "two as one": "api status\n\napi originate sofia/gateway/gw/110 &park()",
        "a body": "api status\nContent-Length: 9\n\napi x y z",
        "no text": "api status \udcff",
    }
    for name, command in tried.items():
        each(report, name, lambda _, command=command: switch.send(command))
    raw = b"api originate sofia/gateway/gw/110 &park()\n\n"
    each(report, "the socket", lambda _: switch.sock.send(raw))
    each(report, "a file", lambda _: switch.sock.makefile("wb"))
    report.more["sendall"] = [name for name in ("sendall", "sendto", "sendmsg", "_sock", "dup") if hasattr(switch.sock, name)]
    with calling(campaign="no-such"):
        each(report, "what calls are for", lambda n: switch.send(f"api originate sofia/gateway/calling/{n} &park()").data)
        named = gevent.spawn(switch.send, "api originate {CALLGUARD_CAMPAIGN=survey}sofia/gateway/gw/13800130009 &park()")
        report.more["named"] = named.get(timeout=30).data
    each(report, "the base", lambda _: ESLProtocol.send(switch, "api originate sofia/gateway/gw/110 &park()"))
    switch._commands_sent.clear()  # the library leaves what it could not send
    switch.stop()
    try:
        switch.send("api originate sofia/gateway/gw/13800130008 &park()")
    except (NotConnectedError, OSError) as error:
        report.more["gone"] = type(error).__name__
    guarded(switch, report.judge)
    for client, judge in ((object(), report.judge), (switch, Report().judge)):
        try:
            guarded(client, judge)
        except (TypeError, ValueError) as error:
            report.more[type(error).__name__] = str(error)
    until(lambda: "None" not in report.outcomes())


def many(report):
    """Place calls from many greenlets at once, through one connection."""
    switch = inbound(report)
    switch.send("event plain ALL")
    numbers = [f"138001301{i:02d}" for i in range(40)]
    placing = [gevent.spawn(switch.send, f"bgapi originate {{x=busy}}sofia/gateway/gw/{n} &park()") for n in numbers]
    gevent.joinall(placing, timeout=60, raise_error=True)
    until(lambda: report.outcomes() == ["busy"] * len(numbers))
    report.more["replied"] = sum(each.value.data.startswith("+OK Job-UUID") for each in placing)
    again = inbound(report)  # each callee once a day: of ten at once one goes
    at_once = [
        gevent.spawn(again.send, f"api originate {{CALLGUARD_CAMPAIGN=survey}}sofia/gateway/gw/{ALLOWED} &park()")
        for _ in range(10)
    ]
    gevent.joinall(at_once, timeout=60)
    report.more["denied"] = sorted(str(each.exception) for each in at_once if each.exception is not None)
    switch.stop()
    again.stop()


def waits(report):
    """Wait for a store that is slow: other greenlets run on meanwhile; who gives up has counted nothing."""
    switch = inbound(report)
    store = report.guard._state.store
    transact, slow = store.transact, []

    def slowly(decide):
        slow.append(1)
        time.sleep(0.5)
        return transact(decide)

    store.transact = slowly
    turns = []

    def turn():
        while True:
            turns.append(len(slow))
            gevent.sleep(0.005)

    turning = gevent.spawn(turn)
    switch.send("api originate sofia/gateway/gw/13800130001 &park()")
    report.more["turns"] = turns.count(1)
    try:
        with gevent.Timeout(0.1):
            switch.send("api originate {CALLGUARD_CAMPAIGN=survey}sofia/gateway/gw/13800130002 &park()")
    except gevent.Timeout:
        report.more["gave up"] = True
    begun = 1 if "patched" in sys.argv else 2  # patched, it gives up while it still waits for the store
    until(lambda: "None" not in report.outcomes() and len(report.outcomes()) == begun)
    # its count is given back: it may be called today
    until(lambda: bool(report.guard.may_dial("13800130002", caller=CALLER, campaign="survey")))
    store.transact = transact
    report.more["then"] = switch.send("api originate {CALLGUARD_CAMPAIGN=survey}sofia/gateway/gw/13800130002 &park()").data
    turning.kill()
    switch.stop()


def real(report):
    """Place calls through a real switch: one is answered, one is busy, one presses a key, one is denied; from a session too."""
    switch = inbound(report)
    switch.send("event plain ALL")
    each(report, "api originate", lambda n: switch.send(f"api originate sofia/gateway/gw/{n} &park()").data)
    switch.send("bgapi originate sofia/gateway/gw/13800130002 &park()")
    switch.send("bgapi originate sofia/gateway/gw/13800130009 &park()")
    until(lambda: report.outcomes() == ["answered", "answered", "busy"])
    ended = gevent.event.Event()

    class Application:
        def __init__(self, session):
            self.session = session

        def run(self):
            try:
                self.session.myevents()
                each(report, "OutboundSession.bridge", lambda n: self.bridge("13800130002" if n == ALLOWED else n))
                until(lambda: report.outcomes() == ["answered", "answered", "busy", "busy"])
            finally:
                ended.set()

        def bridge(self, number):
            return self.session.bridge(f"sofia/gateway/gw/{number}").headers["Event-Name"]

    server = guarded(OutboundESLServer("127.0.0.1", list(range(20000, 21000)), Application), report.judge)
    listening = gevent.spawn(server.listen)
    until(lambda: server._running)
    other = inbound()
    other.send(f"api originate sofia/gateway/gw/13800130004 '&socket(127.0.0.1:{server.bound_port} async full)'")
    assert ended.wait(30)
    server.stop()
    listening.join()
    for each_one in (other, switch):
        each_one.stop()
    report.more["refused"] = str(report.guard.may_dial("13800130009", caller=CALLER, campaign="notice").reason)


report = Report(REFUSES)
{"ways": ways, "ends": ends, "around": around, "many": many, "waits": waits, "real": real}[SCENARIO](report)
report.print()
