"""A real Kamailio with the example's configuration, and SIPp on both sides of it, all on loopback."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import callguard

EXAMPLE = Path(__file__).parent.parent / "examples" / "kamailio"
SCENARIOS = Path(__file__).parent / "sip"
PACKAGES = "kamailio kamailio-python3-modules sip-tester"
WAIT_S = 60.0
_TOLD_TO_END = 97  # SIPp's status after SIGUSR1, when no call has failed


def missing() -> str | None:
    """Return why these tests cannot run here; None where they can."""
    if not (shutil.which("kamailio", path=_PATH) and shutil.which("sipp", path=_PATH)):
        return f"Kamailio or SIPp is not installed: apt-get install {PACKAGES}"
    module = next(iter(Path("/usr/lib").glob("*/kamailio/modules/app_python3.so")), None)
    if module is None:
        return f"Kamailio has no app_python3: apt-get install {PACKAGES}"
    linked = subprocess.run(["ldd", module], capture_output=True, text=True, check=True).stdout
    embedded = re.search(r"libpython(\d+\.\d+)", linked)
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if embedded is None or embedded[1] != here:
        return (
            f"Kamailio embeds Python {embedded and embedded[1]}, and this is {here}: what is installed here cannot be loaded there"
        )
    return None


_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin"


def free_port() -> int:
    """Return a UDP port of loopback that nobody has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def media_port() -> int:
    """Return a port from which SIPp can take those of sound and pictures: four that nobody has."""
    while True:
        first = free_port() & ~1
        with contextlib.ExitStack() as taken, contextlib.suppress(OSError, OverflowError):
            for port in range(first, first + 4):
                taken.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)).bind(("127.0.0.1", port))
            return first


class Kamailio:
    """A Kamailio that was started, and where it listens."""

    def __init__(self, folder: Path, *, script: Path = EXAMPLE / "callguard_kemi.py", **environ: str) -> None:
        self.folder, self.port, self.trunk = folder, free_port(), free_port()
        self.log = folder / "kamailio.log"
        run = folder / "run"
        run.mkdir()
        site = folder / "site"
        site.mkdir()
        paths = (Path(callguard.__file__).parent.parent, sysconfig.get_path("purelib"))
        (site / "here.pth").write_text("".join(f"{path}\n" for path in paths), "utf-8")  # what runs here, before all else
        command = [
            *("kamailio", "-f", str(EXAMPLE / "kamailio.cfg"), "-Y", str(run), "-w", str(run), "-P", str(run / "kamailio.pid")),
            *("-m", "512", "-M", "16", "-n", "2", "-DD", "-E"),
            *("-A", f"LISTEN=udp:127.0.0.1:{self.port}", "-A", f'SCRIPT="{script}"'),
        ]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={
                    "PATH": _PATH,
                    "PYTHONDONTWRITEBYTECODE": "1",
                    "CALLGUARD_SITE": str(site),
                    "CALLGUARD_NEXT_HOP": f"sip:127.0.0.1:{self.trunk}",
                    **environ,
                },
            )

    def is_up(self) -> bool:
        """Wait until it answers, or has ended; whether it answers."""
        until = time.monotonic() + WAIT_S
        while time.monotonic() < until:
            if self.process.poll() is not None:
                return False
            if self.ask("OPTIONS", f"options-{time.monotonic_ns()}", wait=0.5).startswith("SIP/2.0 200"):
                return True
        raise AssertionError(f"Kamailio neither answers nor ends:\n{self.said()}")

    def said(self) -> str:
        """Return what it has logged."""
        return self.log.read_text("utf-8", "replace")

    def ask(self, method: str, call_id: str, *, callee: str = "ping", times: int = 1, wait: float = 10.0, **more: str) -> str:
        """Send one request, some times over, and return the first final reply to it; "" where there is none in time."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
            channel.bind(("127.0.0.1", 0))
            port = channel.getsockname()[1]
            headers = {
                "Via": f"SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{call_id}",
                "From": f"<sip:{more.pop('caller', '01085550123')}@127.0.0.1:{port}>;tag=a",
                "To": f"<sip:{callee}@127.0.0.1>{more.pop('to_tag', '')}",
                "Call-ID": call_id,
                "CSeq": f"1 {method}",
                "Contact": f"<sip:dialer@127.0.0.1:{port}>",
                "Max-Forwards": "70",
                **{name.replace("_", "-"): value for name, value in more.items()},
                "Content-Length": "0",
            }
            lines = [
                f"{method} sip:{callee}@127.0.0.1:{self.port} SIP/2.0",
                *(f"{name}: {value}" for name, value in headers.items()),
            ]
            for _ in range(times):
                channel.sendto(("\r\n".join(lines) + "\r\n\r\n").encode(), ("127.0.0.1", self.port))
            until = time.monotonic() + wait
            while (left := until - time.monotonic()) > 0:
                channel.settimeout(left)
                try:
                    reply = channel.recv(65_536).decode()
                except TimeoutError:
                    break
                if not reply.startswith("SIP/2.0 1"):
                    return reply
        return ""

    def call(
        self,
        callee: str,
        scenario: str,
        *,
        trunk: str | None = None,
        calls: int = 1,
        fill: dict[str, str] | None = None,
        **keys: str,
    ) -> None:
        """Let SIPp call, with SIPp as the trunk where it is to get the call; AssertionError where either saw something else."""
        given = {"caller": "01085550123", "campaign": "notice", "permit": "", **keys}
        with contextlib.ExitStack() as running:
            behind = None if trunk is None else running.enter_context(self._sipp(trunk, self.trunk, None, fill or {}))
            front = running.enter_context(self._sipp(scenario, free_port(), calls, fill or {}, callee=callee, keys=given))
            assert front.wait(WAIT_S) == 0, f"the dialer's side of {scenario}:\n{self._sipp_said(scenario)}\n{self.said()[-3000:]}"
            if behind is not None:
                # it takes calls until it is told to end: one that Kamailio sends again late must not count for another
                behind.send_signal(signal.SIGUSR1)
                assert behind.wait(WAIT_S) in (0, _TOLD_TO_END), (
                    f"the trunk's side of {trunk}:\n{self._sipp_said(str(trunk))}\n{self.said()[-3000:]}"
                )

    def _sipp_said(self, scenario: str) -> str:
        return "\n".join(
            path.read_text("utf-8", "replace")[-3000:] for path in sorted(self.folder.glob(f"{Path(scenario).stem}*.err"))
        )

    @contextlib.contextmanager
    def _sipp(
        self,
        scenario: str,
        port: int,
        calls: int | None,
        fill: dict[str, str],
        *,
        callee: str | None = None,
        keys: dict[str, str] | None = None,
    ):
        text = (SCENARIOS / scenario).read_text("utf-8")
        for name, value in fill.items():
            text = text.replace(f"@{name}@", value)
        file = self.folder / f"{Path(scenario).stem}-{port}.xml"
        file.write_text(text, "utf-8")
        command = [
            "sipp",
            "-sf",
            str(file),
            "-i",
            "127.0.0.1",
            "-p",
            str(port),
            "-mp",
            str(media_port()),
            *(() if calls is None else ("-m", str(calls))),
            "-nostdin",
        ]
        command += ["-timeout", "50", "-timeout_error", "-trace_err", "-error_file", str(file.with_suffix(".err"))]
        if callee is not None:
            command += [
                "-s",
                callee,
                "-r",
                "50",
                *(word for pair in (keys or {}).items() for word in ("-key", *pair)),
                f"127.0.0.1:{self.port}",
            ]
        with file.with_suffix(".out").open("wb") as out:
            process = subprocess.Popen(
                command, stdout=out, stderr=subprocess.STDOUT, cwd=self.folder, env={"PATH": _PATH, "TERM": "dumb"}
            )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()

    def stop(self) -> None:
        """End it, and its workers."""
        if self.process.poll() is None:
            self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
