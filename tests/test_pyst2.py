"""The guard in pyst2's manager, before a double of Asterisk: what each of its methods sends, what raises, and how calls end."""

import asyncio
import gc
import inspect
import threading
from contextlib import suppress

import pytest
from asterisk import manager as pyst2
from asterisk.manager import Manager

from asterisk_double import Asterisk
from callguard import DialDenied
from callguard.dialers.pyst2 import guarded
from callguard.judging import Denied, Judge
from proxy_world import LOG, PATIENCE_S, until
from samples import CALLER, MOBILE, guard

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
TRUNK = f"PJSIP/{MOBILE}@trunk"
POLICE = "PJSIP/110@trunk"
# every public method of the installed library: what it is given, and what it is answered
SENDING = {
    "login": (("u", "pw"), "Success"),
    "ping": ((), "Success"),
    "hangup": (("PJSIP/1",), "Success"),
    "status": ((), "Success"),
    "redirect": (("PJSIP/1", "110", "1", "", "out"), "protected-number"),
    "originate": ((POLICE, "s"), "protected-number"),
    "mailbox_status": (("1",), "Success"),
    "command": (("core show channels",), "Success"),
    "extension_state": (("1", "hints"), "Success"),
    "playdtmf": (("PJSIP/1", "1"), "command-unknown"),
    "absolute_timeout": (("PJSIP/1", "1"), "Success"),
    "mailbox_count": (("1",), "Success"),
    "sippeers": ((), "Success"),
    "sipshowpeer": (("1",), "Success"),
    "sipshowregistry": ((), "Success"),
    "iaxregistry": ((), "Success"),
    "reload": (("x",), "command-unknown"),
    "dbdel": (("f", "k"), "command-unknown"),
    "dbdeltree": (("f", "k"), "command-unknown"),
    "dbget": (("f", "k"), "Success"),
    "dbput": (("f", "k", "v"), "command-unknown"),
    "send_action": (({"Action": "Originate", "Channel": POLICE, "Exten": "s"},), "protected-number"),
}
# logoff may be answered by an end that it does not expect, of a socket that the switch closed; close() does it as well
SESSION = {
    "logoff",
    "connect",
    "close",
    "connected",
    "next_seq",
    "register_event",
    "unregister_event",
    "message_loop",
    "event_dispatch",
}


def run(scenario, **more):
    """Run what blocks, in a thread, before a double."""
    found = guard(extra=LOG)

    async def within():
        async with Asterisk() as switch:
            manager = guarded(Manager(), Judge(**{"guard": found, "campaign": "notice", "caller": CALLER} | more))

            def blocking():
                manager.connect("127.0.0.1", switch.port)
                try:
                    manager.login("u", "pw")
                    scenario(manager, switch)
                finally:
                    with suppress(ValueError, OSError, pyst2.ManagerException):  # it writes on a socket that may be closed by then
                        manager.close()

            await asyncio.to_thread(blocking)
            await until(lambda: None not in [entry.outcome for entry in found.log.search(reason="allowed")])

    asyncio.run(within())
    gc.collect()  # its __del__ warns
    return sorted(entry.outcome for entry in found.log.search(reason="allowed"))


def answered(call, *args):
    try:
        return call(*args).headers["Response"]
    except DialDenied as why:
        return why.decision.reason
    except Denied as why:
        return why.reason


@pytest.mark.way("pyst2", "Manager.originate(…)", peer="protocol double only")
@pytest.mark.way("pyst2", "Manager.command(…)", peer="protocol double only")
@pytest.mark.way("pyst2", "Manager.redirect(…)", peer="protocol double only")
def test_what_is_allowed_is_sent_and_what_is_denied_raises():
    def scenario(manager, switch):
        wait = "channel originate {} application Wait 1"
        assert answered(manager.originate, POLICE, "s") == "protected-number"
        assert answered(manager.originate, TRUNK, "s") == "Success"
        assert answered(manager.command, wait.format(POLICE)) == "protected-number"
        assert answered(manager.command, wait.format(TRUNK)) == "Success"
        assert answered(manager.redirect, "PJSIP/1", "110", "1", "", "out") == "protected-number"
        assert answered(manager.redirect, "PJSIP/1", MOBILE, "1", "", "out") == "Success"
        assert [action["Channel"] for action in switch.named("Originate")] == [TRUNK]
        assert [action["Exten"] for action in switch.named("Redirect")] == [MOBILE]
        assert len(switch.named("Command")) == 1

    assert run(scenario) == ["unknown"] * 3


def test_every_method_of_the_library_is_known():
    public = {name for name, _ in inspect.getmembers(Manager, inspect.isfunction) if name[0] != "_"}

    assert public == {*SENDING, *SESSION}


def test_each_method_is_decided_harmless_or_denied():
    def scenario(manager, switch):
        for name, (args, expected) in SENDING.items():
            assert answered(getattr(manager, name), *args) == expected, name
        assert switch.named("Originate") == switch.named("Redirect") == switch.named("DBPut") == []

    assert run(scenario) == []


def test_all_that_the_library_writes_goes_through_what_is_guarded():
    assert inspect.getsource(pyst2).count("_sock.write(") == 1
    assert inspect.getsource(Manager.send_action).count("_sock.write(") == 1


@pytest.mark.parametrize(
    ("more", "outcome"),
    [({}, "unknown"), ({"run_async": True}, "unknown"), ({"context": "broken"}, "failed")],
)
def test_the_outcome_is_what_the_switch_says(more, outcome):
    assert run(lambda manager, _: manager.originate(TRUNK, "s", **more)) == [outcome]


@pytest.mark.parametrize(("reason", "outcome"), [("4", "answered"), ("5", "busy"), ("3", "no-answer")])
def test_an_event_tells_the_outcome(reason, outcome):
    def scenario(manager, _):
        told = {"Action": "Originate", "Channel": TRUNK, "Exten": "s", "Async": "true", "Account": reason}
        came = threading.Event()
        manager.register_event("OriginateResponse", lambda *_: came.set())
        manager.send_action(told)
        assert came.wait(PATIENCE_S)

    assert run(scenario) == [outcome]


@pytest.mark.parametrize(
    "told",
    [
        {"Account": f"x\r\n\r\nAction: Originate\r\nChannel: {POLICE}"},
        {"Account": "x\r\nApplication: System"},
        {"Variable": ["A=1", "SHELL(x)=1"]},
        {"Account": "x" * 2_000},
    ],
)
def test_what_is_not_one_clear_action_is_denied(told):
    def scenario(manager, switch):
        with pytest.raises(Denied, match=r"command-un(readable|known \(System\))"):
            manager.send_action({"Action": "Originate", "Channel": TRUNK, "Exten": "s", **told})
        assert switch.named("Originate") == []

    assert run(scenario) == []


def test_nothing_is_counted_without_a_connection():
    found = guard(extra=LOG)
    manager = guarded(Manager(), Judge(guard=found, campaign="notice", caller=CALLER))

    with pytest.raises(pyst2.ManagerException, match="Not connected"):
        manager.originate(TRUNK, "s")

    assert list(found.log.search()) == []
    del manager
    gc.collect()


def test_another_manager_is_none():
    with pytest.raises(TypeError, match="accepted: a Manager of pyst2"):
        guarded(object(), Judge(guard=guard()))
