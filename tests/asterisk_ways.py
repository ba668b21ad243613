"""Every way in which an action of Asterisk's manager reaches a number, to be tried with an allowed one and a denied one."""

import asyncio
import re

from callguard.judging.judge import Judge
from proxy_world import LOG, PATIENCE_S
from samples import CALLER, guard

ALLOWED, DENIED = "13800130001", "110"
HOLD = "Local/s@hold"
START = {"Context": "hold", "Exten": "s", "Priority": "1"}
OUT = {"Context": "out", "Priority": "1"}
WAYS = {
    "Originate, Channel": lambda n, _: {"Action": "Originate", "Async": "true", "Channel": f"PJSIP/{n}@trunk", **START},
    "Originate, Exten": lambda n, _: {"Action": "Originate", "Async": "true", "Channel": HOLD, "Exten": n, **OUT},
    "Originate, Application Dial": lambda n, _: {
        "Action": "Originate",
        "Async": "true",
        "Channel": HOLD,
        "Application": "Dial",
        "Data": f"PJSIP/{n}@trunk,10",
    },
    "Command, channel originate": lambda n, _: {
        "Action": "Command",
        "Command": f"channel originate PJSIP/{n}@trunk application Wait 1",
    },
    "Command, channel originate … extension": lambda n, _: {
        "Action": "Command",
        "Command": f"channel originate {HOLD} extension {n}@out",
    },
    "Redirect, Exten": lambda n, live: {"Action": "Redirect", "Channel": live, "Exten": n, **OUT},
}
NAMES = tuple(WAYS)


def judge(found=None):
    """A judge that lets calls be held inside."""
    found = guard(extra=LOG) if found is None else found
    return Judge(guard=found, campaign="notice", caller=CALLER, internal=(re.compile(re.escape(HOLD)),))


def held(mark):
    """What begins a call that waits, to be sent elsewhere; its channel is told by an event."""
    return {"Action": "Originate", "ActionID": mark, "Channel": HOLD, "Async": "true", **START}


async def reached(real, *numbers):
    """Wait until the trunk was to call these, and see that it was to call no others."""
    async with asyncio.timeout(PATIENCE_S):
        while len(real.trunk.called) < len(numbers):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert real.trunk.called == list(numbers)
    real.trunk.called.clear()
