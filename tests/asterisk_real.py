"""A real Asterisk in a root folder of its own, which `CALLGUARD_ASTERISK` names; needs root.

One is made from Debian's packages, touching nothing of the host:
mmdebstrap --variant=essential --aptopt='APT::Install-Recommends "false"' --include=asterisk,ca-certificates bullseye FOLDER
"""

import asyncio
import os
import shutil
import socket
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = os.environ.get("CALLGUARD_ASTERISK", "")
PATIENCE_S = 30
SETTINGS = {
    "asterisk.conf": "[directories]\nastetcdir => {etc}\nastrundir => {etc}\nastlogdir => {etc}\nastdbdir => {etc}\nastspooldir => {etc}\n"
    "astmoddir => /usr/lib/asterisk/modules\nastvarlibdir => /var/lib/asterisk\nastdatadir => /usr/share/asterisk\n",
    "modules.conf": "[modules]\nautoload=yes\n",  # those that have no settings here decline
    "manager.conf": "[general]\nenabled=yes\nport={port}\nbindaddr=127.0.0.1\n[u]\nsecret=pw\nread=all\nwrite=all\n",
    # what is dialled rings nobody: an extension answers, or is busy
    "extensions.conf": "[trunk]\nexten => _X.,1,Answer()\n same => n,Wait(1)\n same => n,Hangup()\nexten => 13800130002,1,Busy(1)\n"
    "[ivr]\nexten => s,1,Answer()\n same => n,Wait(1)\n same => n,Hangup()\n",
    "logger.conf": "[general]\n[logfiles]\nmessages => notice,warning,error\n",
}


@asynccontextmanager
async def asterisk():
    """Start one, and yield the port of its manager."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="callguard-", dir=Path(ROOT) / "tmp"))
    inside = f"/tmp/{folder.name}"
    for name, text in SETTINGS.items():
        (folder / name).write_text(text.replace("{etc}", inside).replace("{port}", str(port)), "utf-8")
    os.chmod(folder, 0o777)  # noqa: PTH101
    started = ("chroot", ROOT, "asterisk", "-f", "-U", "asterisk", "-G", "asterisk", "-C", f"{inside}/asterisk.conf")
    process = await asyncio.create_subprocess_exec(*started, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL)
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    assert process.returncode is None, "asterisk ended"
                    await asyncio.sleep(0.1)
                else:
                    writer.close()
                    break
        yield port
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 10)
            except TimeoutError:  # it may deadlock where it is told to end while it begins
                process.kill()
                await process.wait()
        shutil.rmtree(folder, ignore_errors=True)
