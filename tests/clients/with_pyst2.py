"""What a dialer does with pyst2: connect, log in, originate; print how each was answered."""

import os
import sys
from contextlib import suppress

from asterisk.manager import Manager

manager = Manager()
manager.connect("127.0.0.1", int(sys.argv[1]))
print(manager.login("u", "pw").headers["Response"])
for channel in ("PJSIP/13800130001@trunk", "SIP/trunk/110", "SIP/trunk/13800130002"):
    answer = manager.originate(
        channel, "s", context="ivr", priority="1", caller_id='"Xinghe" <01085550123>', variables={"CALLGUARD_CAMPAIGN": "survey"}
    )
    print(answer.headers["Response"], answer.headers.get("Message"), sep="|")
print(manager.command("core show channels").headers["Response"])
print(manager.command("dialplan reload").headers["Message"])
print(manager.redirect("PJSIP/trunk-1", "110", context="out").headers["Message"])
with suppress(ValueError):  # its other thread may close the socket, once it is answered, before this one has flushed it
    manager.logoff()
sys.stdout.flush()
os._exit(0)  # its close() logs off again, on a socket that the switch may have closed by then
