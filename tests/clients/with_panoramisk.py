"""What a dialer does with panoramisk: log in, originate to each number that is given; print how each was answered."""

import asyncio
import sys

from panoramisk import Manager


async def main():
    manager = Manager(host="127.0.0.1", port=int(sys.argv[1]), username="u", secret="pw", ping_delay=1000)
    manager.loop = asyncio.get_running_loop()
    await manager.connect()
    while not manager.authenticated:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    print((await manager.send_action({"Action": "Ping"})).response)
    for channel in ("PJSIP/13800130001@trunk", "PJSIP/110@trunk", "PJSIP/13800130002@trunk&PJSIP/110@trunk"):
        told = {"Action": "Originate", "Channel": channel, "Context": "ivr", "Exten": "s", "Priority": "1", "Async": "false"}
        answer = await manager.send_action(told)
        print(answer.response, answer.message, sep="|")
    answer = await manager.send_action({"Action": "Command", "Command": "channel originate PJSIP/110@trunk application Wait"})
    print(answer[0].response if isinstance(answer, list) else answer.response)
    manager.close()


asyncio.run(main())
