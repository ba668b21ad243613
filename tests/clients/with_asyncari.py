"""What a dialer does with a guarded asyncari, in a process of its own, for it leaves streams open: prints what was denied, and the ends."""

import asyncio
import os
import sys
from pathlib import Path

import asyncari

sys.path.insert(0, str(Path(__file__).parent.parent))

from asterisk_ways import DENIED, judge
from callguard import DialDenied
from callguard.dialers.ari import Ari
from proxy_world import until

found = judge().guard


async def denied(call):
    try:
        await call
    except DialDenied as why:
        print(why.decision.reason)


def endings():
    return sorted(str(entry.outcome) for entry in found.log.search(reason="allowed"))


async def main():
    async with asyncari.connect(f"http://127.0.0.1:{sys.argv[1]}/", "dialer", "u", "pw") as client:
        Ari(judge(found)).guarded(client)
        await denied(client.channels.originate(endpoint=f"PJSIP/{DENIED}@trunk", app="dialer"))
        await client.channels.originate(endpoint="PJSIP/13800130001@trunk", app="dialer")
        await denied(client.channels.originateWithId(channelId="d", endpoint=f"PJSIP/{DENIED}@trunk", app="dialer"))
        told = {"CALLGUARD_CAMPAIGN": "notice"}
        await client.channels.originateWithId(channelId="a", endpoint="PJSIP/13800130002@trunk", app="dialer", variables=told)
        channel = await client.channels.create(endpoint=f"PJSIP/{DENIED}@trunk", app="dialer")
        await denied(channel.dial())
        channel = await client.channels.create(endpoint="PJSIP/13800130003@trunk", app="dialer")
        await channel.dial()
        # an extension that answers
        await client.channels.originate(endpoint="Local/13800130001@trunk", app="dialer")
        wanted = ["answered", "busy", "busy", "busy"]
        await until(lambda: endings() == wanted)
        print(*endings())
        sys.stdout.flush()
        os._exit(0)


asyncio.run(main())
