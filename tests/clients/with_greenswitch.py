"""What a dialer does with greenswitch: log in, originate by api and by bgapi; print how each was answered."""

import sys

import gevent
from greenswitch import InboundESL

switch = InboundESL(host="127.0.0.1", port=int(sys.argv[1]), password="ClueCon")
switch.connect()
jobs = gevent.queue.Queue()
switch.register_handle("BACKGROUND_JOB", jobs.put)
print(switch.send("events plain BACKGROUND_JOB").data)
print(switch.send("api originate sofia/gateway/gw/13800130001 &park()").data)
print(switch.send("api originate {CALLGUARD_CAMPAIGN=notice}sofia/gateway/gw/110 &park()").data)
for number in ("13800130002", "110"):
    print(switch.send(f"bgapi originate sofia/gateway/gw/{number} &park()").data.partition(":")[0])
    event = jobs.get(timeout=20)
    print(event.headers.get("Event-Name"), [v for v in (str(event.headers),) if "CALLGUARD_DENIED" in v] != [])
print(switch.send("sendmsg uuid-1\ncall-command: execute\nexecute-app-name: bridge\nexecute-app-arg: user/1000").data)
print(switch.send("api luarun dial.lua").data)
switch.stop()
