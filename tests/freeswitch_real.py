"""A real FreeSWITCH, which `CALLGUARD_FREESWITCH` names: the folder it was installed to, with `bin/freeswitch` and `mod/`.

One is built from its source (with its libraries spandsp and sofia-sip) with the modules that MODULES has, without ODBC, PostgreSQL, libvpx:
./configure --prefix=FOLDER --disable-core-odbc-support --disable-core-pgsql-support --disable-libvpx --disable-libyuv --disable-fhs
Its calls leave for nowhere: a second switch's part is a `sofia` profile on loopback that answers by its own dialplan.
"""

import asyncio
import os
import shutil
import socket
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = os.environ.get("CALLGUARD_FREESWITCH", "")
PATIENCE_S = 60
MODULES = ["event_socket", "commands", "dptools", "conference", "dialplan_xml", "loopback", "sofia", "tone_stream"]
SETTINGS = """<?xml version="1.0"?>
<document type="freeswitch/xml">
  <section name="configuration">
    <configuration name="modules.conf"><modules>{modules}</modules></configuration>
    <configuration name="switch.conf"><settings>
      <param name="rtp-start-port" value="30000"/><param name="rtp-end-port" value="30999"/><param name="loglevel" value="err"/>
    </settings></configuration>
    <configuration name="event_socket.conf"><settings>
      <param name="listen-ip" value="127.0.0.1"/><param name="listen-port" value="{esl}"/><param name="password" value="ClueCon"/>
    </settings></configuration>
    <configuration name="acl.conf"><network-lists/></configuration>
    <configuration name="conference.conf"><profiles><profile name="default"><param name="rate" value="8000"/></profile></profiles></configuration>
    <configuration name="sofia.conf"><profiles>
      <profile name="trunk">
        <gateways><gateway name="gw">
          <param name="proxy" value="127.0.0.1:{sip}"/><param name="register" value="false"/><param name="username" value="u"/>
          <param name="password" value="p"/>
        </gateway></gateways>
        <settings>
          <param name="sip-ip" value="127.0.0.1"/><param name="rtp-ip" value="127.0.0.1"/><param name="sip-port" value="{sip}"/>
          <param name="context" value="far"/><param name="dialplan" value="XML"/><param name="auth-calls" value="false"/>
          <param name="codec-prefs" value="PCMU"/><param name="rtp-timer-name" value="soft"/>
        </settings>
      </profile>
    </profiles></configuration>
  </section>
  <section name="dialplan">
    <context name="far">
      <extension name="busy"><condition field="destination_number" expression="^13800130002$">
        <action application="hangup" data="USER_BUSY"/></condition></extension>
      <extension name="presses"><condition field="destination_number" expression="^13800130009$">
        <action application="answer"/><action application="sleep" data="500"/><action application="send_dtmf" data="9@200"/>
        <action application="sleep" data="1000"/><action application="hangup"/></condition></extension>
      <extension name="answers"><condition field="destination_number" expression="^138">
        <action application="answer"/><action application="sleep" data="500"/><action application="hangup"/></condition></extension>
    </context>
    <context name="default"><extension name="parks"><condition field="destination_number" expression="^parks$">
      <action application="park"/></condition></extension></context>
  </section>
</document>
"""


@asynccontextmanager
async def freeswitch():
    """Start one, and yield the port of its event socket."""
    with socket.socket() as esl, socket.socket(type=socket.SOCK_DGRAM) as sip:
        esl.bind(("127.0.0.1", 0))
        sip.bind(("127.0.0.1", 0))
        ports = {"esl": esl.getsockname()[1], "sip": sip.getsockname()[1]}
    folder = Path(tempfile.mkdtemp(prefix="callguard-"))
    for name in ("conf", "log", "db", "run", "scripts", "htdocs", "storage", "cache", "temp", "certs"):
        (folder / name).mkdir()
    modules = "".join(f'<load module="mod_{name}"/>' for name in MODULES)
    (folder / "conf" / "freeswitch.xml").write_text(SETTINGS.format(modules=modules, **ports), "utf-8")
    kept = {name: folder / name for name in ("conf", "log", "db", "run", "scripts", "htdocs", "storage", "cache", "temp", "certs")}
    told = [part for name, where in kept.items() for part in (f"-{name}", str(where))]
    process = await asyncio.create_subprocess_exec(
        f"{ROOT}/bin/freeswitch",
        *("-nf", "-nonat", "-nc", "-nosql", "-mod", f"{ROOT}/mod"),
        *told,
        env=os.environ | {"LD_LIBRARY_PATH": f"{ROOT}/lib"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not await _is_up(ports["esl"]):
                assert process.returncode is None, "freeswitch ended"
                await asyncio.sleep(0.1)
        yield ports["esl"]
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 20)
            except TimeoutError:
                process.kill()
                await process.wait()
        shutil.rmtree(folder, ignore_errors=True)


async def _is_up(port):
    """Whether it answers, and its trunk is there."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        writer.write(b"auth ClueCon\n\napi sofia status gateway gw\n\nexit\n\n")
        return b"NOREG" in await reader.read(-1)
    except ConnectionError:
        return False
    finally:
        writer.close()


class Watching:
    """An eye on a switch: to whom its calls have left."""

    def __init__(self):
        self.called = []

    async def watch(self, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(b"auth ClueCon\n\nevent plain CHANNEL_CREATE\n\n")
            while line := (await reader.readline()).decode():
                if line.startswith("Caller-Destination-Number: "):
                    self.called.append(line.partition(": ")[2].strip())
        finally:
            writer.close()
