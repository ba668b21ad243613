"""A real Asterisk in a root folder of its own, which `CALLGUARD_ASTERISK` names; needs root.

`python tools/asterisk.py` makes one and prints it, as `.ci/run` does.
"""

import asyncio
import os
import re
import shutil
import socket
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = os.environ.get("CALLGUARD_ASTERISK", "")
MISSING = "CALLGUARD_ASTERISK names no root folder with an Asterisk: `python tools/asterisk.py` makes one, or says why not"
NOBODY = "65534:65534"
PATIENCE_S = 60
SETTINGS = {
    "asterisk.conf": "[directories]\nastetcdir => {etc}\nastrundir => {etc}\nastlogdir => {etc}\nastdbdir => {etc}\nastspooldir => {etc}\n"
    "astmoddir => /usr/lib/asterisk/modules\nastvarlibdir => /var/lib/asterisk\nastdatadir => /usr/share/asterisk\n",
    "modules.conf": "[modules]\nautoload=yes\n",  # those that have no settings here decline
    "manager.conf": "[general]\nenabled=yes\nport={port}\nbindaddr=127.0.0.1\n[u]\nsecret=pw\nread=all\nwrite=all\n",
    "http.conf": "[general]\nenabled=yes\nbindaddr=127.0.0.1\nbindport={http}\n",
    "ari.conf": "[general]\nenabled=yes\n[u]\ntype=user\npassword=pw\n",
    "pjsip.conf": "[t]\ntype=transport\nprotocol=udp\nbind=127.0.0.1:{sip}\n"
    "[trunk]\ntype=endpoint\ntransport=t\ncontext=default\ndisallow=all\nallow=ulaw\naors=trunk\n"
    "[trunk]\ntype=aor\ncontact=sip:127.0.0.1:{trunk}\n",
    "rtp.conf": "[general]\nrtpstart=27000\nrtpend=27999\n",
    # what is dialled by Local rings nobody: an extension answers, or is busy
    "extensions.conf": "[trunk]\nexten => _X.,1,Answer()\n same => n,Wait(1)\n same => n,Hangup()\nexten => 13800130002,1,Busy(1)\n"
    "[ivr]\nexten => s,1,Answer()\n same => n,Wait(1)\n same => n,Hangup()\n"
    "[hold]\nexten => s,1,Answer()\n same => n,Wait(60)\n same => n,Hangup()\n"
    "[out]\nexten => _X.,1,Dial(PJSIP/${EXTEN}@trunk,10)\n same => n,Goto(hold,s,1)\n",
    "logger.conf": "[general]\n[logfiles]\nmessages => notice,warning,error\n",
}


class Trunk(asyncio.DatagramProtocol):
    """The other end of the trunk: every call that reaches it is busy; `called` is whom it was to reach."""

    def __init__(self):
        self.called, self.known = [], set()

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        head = data.decode().split("\r\n")
        match = re.match(r"INVITE sip:(\+?\d+)@", head[0])
        if match is None:
            return
        call = next(line for line in head if line.startswith("Call-ID"))
        if call not in self.known:  # what is sent again is the same call
            self.known.add(call)
            self.called.append(match[1])
        kept = [line for line in head if line.split(":")[0] in {"Via", "From", "To", "Call-ID", "CSeq"}]
        told = [
            "SIP/2.0 486 Busy Here",
            *(f"{line};tag=t" if line.startswith("To:") else line for line in kept),
            "Content-Length: 0",
        ]
        self.transport.sendto("\r\n".join([*told, "\r\n"]).encode(), address)


class Real:
    """An Asterisk that runs: the ports of its manager and of its HTTP server, and the other end of its trunk."""

    def __init__(self, port, http, trunk):
        self.port, self.http, self.trunk = port, http, trunk

    @property
    def url(self):
        return f"http://127.0.0.1:{self.http}/"


def free(kind=socket.SOCK_STREAM):
    with socket.socket(type=kind) as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@asynccontextmanager
async def asterisk():
    """Start one, and yield it when its manager and its HTTP server answer."""
    ports = {"port": free(), "http": free(), "sip": free(socket.SOCK_DGRAM)}
    transport, trunk = await asyncio.get_running_loop().create_datagram_endpoint(Trunk, ("127.0.0.1", 0))
    ports["trunk"] = transport.get_extra_info("sockname")[1]
    folder = Path(tempfile.mkdtemp(prefix="callguard-", dir=Path(ROOT) / "tmp"))
    inside = f"/tmp/{folder.name}"
    for name, text in SETTINGS.items():
        for mark, value in {"etc": inside, **ports}.items():
            text = text.replace(f"{{{mark}}}", str(value))  # noqa: PLW2901
        (folder / name).write_text(text, "utf-8")
    os.chmod(folder, 0o777)  # noqa: PTH101
    started = ("chroot", f"--userspec={NOBODY}", ROOT, "/usr/sbin/asterisk", "-f", "-C", f"{inside}/asterisk.conf")
    process = await asyncio.create_subprocess_exec(*started, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL)
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not await booted(ports["port"]):
                assert process.returncode is None, "asterisk ended"
                await asyncio.sleep(0.1)
        yield Real(ports["port"], ports["http"], trunk)
    finally:
        transport.close()
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 10)
            except TimeoutError:  # it may deadlock where it is told to end while it begins
                process.kill()
                await process.wait()
        shutil.rmtree(folder, ignore_errors=True)


async def booted(port):
    """Return whether all of its modules are loaded, as its manager tells who logs in."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        writer.write(b"Action: Login\r\nUsername: u\r\nSecret: pw\r\n\r\n")
        await asyncio.wait_for(reader.readuntil(b"Fully Booted\r\n"), PATIENCE_S)
    except (OSError, asyncio.IncompleteReadError, TimeoutError):
        return False
    finally:
        writer.close()
    return True
