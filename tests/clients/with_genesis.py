"""What a dialer does with genesis: log in, originate, make a channel; print how each was answered."""

import asyncio
import sys

from genesis import Inbound
from genesis.channel import Channel


async def main():
    async with Inbound("127.0.0.1", int(sys.argv[1]), "ClueCon") as switch:
        print((await switch.send("api originate sofia/gateway/gw/13800130001 &park()")).body)
        print((await switch.send("api originate sofia/gateway/gw/110 &park()")).body)
        try:  # it ignores what originate is answered: a channel comes of it although no call was placed
            channel = await asyncio.wait_for(Channel.create(switch, "sofia/gateway/gw/110"), 5)
            print("a channel", bool(channel.uuid))
        except Exception as error:  # noqa: BLE001
            print("no channel", type(error).__name__)


asyncio.run(main())
