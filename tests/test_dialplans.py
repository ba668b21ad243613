"""The examples for switches: what they send is what the service takes; Kamailio's is run, where there is one."""

import contextlib
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import unquote

import lupa
import pytest

from callguard import Guard, Policy
from callguard.service import Limits
from callguard.service.operations import operations
from command_line import EXAMPLE
from service_client import Client
from test_service_server import PATIENCE, Served

DIALPLANS = EXAMPLE.parent / "dialplans"
MODULES = Path("/usr/lib/x86_64-linux-gnu/kamailio/modules")
CALLEE, REFUSED, CALLER = "13800130100", "13800130190", "4008550100"


@pytest.mark.parametrize("name", ["extensions.conf", "kamailio.cfg"])
def test_what_an_example_sends_is_what_the_service_takes(name):
    text = (DIALPLANS / name).read_text("utf-8")
    fields = {
        operation.path: {field.name for field in operation.fields}
        for operation in operations(Limits())
        if operation.method == "post"
    }
    paths = {
        re.sub(r"/attempts/.*?/", "/attempts/{id}/", path) for path in re.findall(r"/v1/[a-z]+(?:/\S*?/[a-z]+)?(?=[,\"])", text)
    }
    sent = set(re.findall(r"[,&\"](\w+)=", text)) - {"cause"}

    assert "/v1/attempts" in paths
    assert paths <= set(fields)
    assert {"as", "campaign", "callee", "caller", "key"} <= sent
    assert sent <= set().union(*(fields[path] for path in paths))


class Session:
    """What the script for FreeSWITCH is given, as a double: a session, and mod_curl, which decodes once what it posts."""

    def __init__(self, client, callee, disposition="SUCCESS"):
        self.client, self.done, self.posted = client, [], []
        self.variables = {"effective_caller_id_number": CALLER, "originate_disposition": disposition}
        lua = lupa.LuaRuntime(unpack_returned_tuples=True)
        lua.globals().session = self
        lua.globals().freeswitch = {"API": lambda: self}
        lua.globals().argv = lua.table_from([callee, "class-notice", f"sofia/gateway/trunk/{callee}"])
        lua.execute((DIALPLANS / "callguard.lua").read_text("utf-8"))

    def execute(self, name, what):
        if name != "curl":
            self.done.append((name, what))
            return ""
        url, *options = what.split(" ")
        assert options[:3] == ["content-type", "application/x-www-form-urlencoded", "post"]
        assert len(options) == 4
        self.posted.append(url)
        return self.client(url.removeprefix("http://127.0.0.1:8731"), unquote(options[3]), options[1])

    def getVariable(self, name):  # noqa: N802
        return self.variables.get(name)

    def setVariable(self, name, value):  # noqa: N802
        self.variables[name] = value

    def get_uuid(self):
        return "7a4c"

    def hangup(self, cause=None):
        self.done.append(("hangup", cause))

    def setAutoHangup(self, value):  # noqa: N802
        self.done.append(("auto", value))


@pytest.mark.way("FreeSWITCH", "session:execute('bridge', …) in Lua that asks the sidecar", peer="protocol double only")
def test_the_script_for_freeswitch_bridges_what_is_allowed_and_nothing_else():
    """A double of FreeSWITCH, the service itself."""
    with Client(Guard(Policy.load(EXAMPLE / "callguard.toml"))) as client:
        client.guard.refuse(REFUSED)

        def post(path, body, media):
            return client.post(path, content=body.encode(), headers={"content-type": media}).text

        placed = Session(post, f"+86{CALLEE}")
        assert placed.done == [("auto", False), ("bridge", f"sofia/gateway/trunk/+86{CALLEE}"), ("hangup", None)]
        assert placed.posted[0].endswith("/v1/attempts")
        assert placed.posted[1].endswith("/outcome")
        assert client.desk.metrics.ended == {("answered",): 1}
        for callee in (REFUSED, "110", f"{CALLEE}&x=y", ""):
            assert Session(post, callee).done == [("hangup", "CALL_REJECTED")]
        for nonsense in ("", "-ERR", "allow", "{}", "allowed x"):
            assert Session(lambda *_, said=nonsense: said, CALLEE).done == [("hangup", "CALL_REJECTED")]


needs_kamailio = pytest.mark.skipif(
    not shutil.which("kamailio") or not (MODULES / "http_client.so").exists(),
    reason="needs kamailio with http_client: apt-get install kamailio kamailio-utils-modules",
)


def free(kind):
    with socket.socket(socket.AF_INET, kind) as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture
def policy(tmp_path):
    shutil.copytree(EXAMPLE, tmp_path / "x", ignore=shutil.ignore_patterns("state", "leads.csv"))
    return tmp_path / "x"


class Proxy:
    """Kamailio with the example, a trunk that notes what reaches it, and a phone."""

    def __init__(self, folder, service):
        self.port, self.folder = free(socket.SOCK_DGRAM), folder
        self.trunk = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.trunk.bind(("127.0.0.1", 0))
        self.phone = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.phone.bind(("127.0.0.1", 0))
        self.phone.settimeout(PATIENCE)
        text = (DIALPLANS / "kamailio.cfg").read_text("utf-8")
        for port, own in (
            ("127.0.0.1:8731", service),
            ("127.0.0.1:5060", f"127.0.0.1:{self.port}"),
            ("127.0.0.1:5080", f"127.0.0.1:{self.trunk.getsockname()[1]}"),
        ):
            assert port in text
            text = text.replace(port, own)
        (folder / "kamailio.cfg").write_text(text, "utf-8")
        self.log = (folder / "kamailio.txt").open("wb")
        self.process = subprocess.Popen(
            ["kamailio", "-f", str(folder / "kamailio.cfg"), "-Y", str(folder), "-P", str(folder / "pid"), "-m", "64", "-M", "8", "-DD", "-E"],
            stdout=self.log, stderr=self.log, start_new_session=True,
        )  # fmt: skip
        self.sent = 0

    def invite(self, callee, *, call_id=None):
        """Send an INVITE and return its final answer, or None where it reached the trunk."""
        self.sent += 1
        call_id = call_id or f"call-{self.sent}"
        host = f"127.0.0.1:{self.phone.getsockname()[1]}"
        request = (
            f"INVITE sip:{callee}@127.0.0.1:{self.port} SIP/2.0\r\nVia: SIP/2.0/UDP {host};branch=z9hG4bK{self.sent}\r\n"
            f"From: <sip:{CALLER}@{host}>;tag=t{self.sent}\r\nTo: <sip:{callee}@127.0.0.1:{self.port}>\r\nCall-ID: {call_id}\r\n"
            f"CSeq: 1 INVITE\r\nContact: <sip:x@{host}>\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        ).encode()
        deadline = time.monotonic() + PATIENCE
        self.trunk.setblocking(False)
        self.phone.settimeout(0.5)
        while time.monotonic() < deadline:
            self.phone.sendto(request, ("127.0.0.1", self.port))  # the same again is a retransmission
            with contextlib.suppress(TimeoutError, ConnectionRefusedError):
                while True:
                    answer = self.phone.recv(65_536).decode()
                    if not answer.startswith("SIP/2.0 1") and f"branch=z9hG4bK{self.sent}" in answer:
                        return answer
            with contextlib.suppress(BlockingIOError):
                while True:
                    if call_id.encode() in self.trunk.recv(65_536):
                        return None
        raise AssertionError((self.folder / "kamailio.txt").read_text("utf-8", "replace")[-3_000:])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE)
        for each in (self.trunk, self.phone, self.log):
            each.close()


@pytest.mark.way("Any dialer, in SIP", "INVITE through Kamailio that asks the sidecar", peer="Kamailio")
@needs_kamailio
def test_kamailio_relays_what_is_allowed_and_nothing_else(policy, tmp_path):
    with Served(policy, "--listen", "127.0.0.1:0") as served, Proxy(tmp_path, served.listening) as proxy:
        served.http.post("/v1/refuse", json={"callee": REFUSED})

        assert proxy.invite(CALLEE) is None
        refused = proxy.invite(REFUSED)
        assert refused.startswith("SIP/2.0 603 ")
        assert 'Reason: SIP;cause=603;text="callguard: refused"' in refused
        assert proxy.invite("110").startswith("SIP/2.0 603 ")
        assert proxy.invite("1380&campaign=spring-course").startswith("SIP/2.0 603 ")
        assert proxy.invite(CALLEE, call_id="call-1") is None
        text = served.http.get("/metrics").text
        assert 'callguard_decisions_total{endpoint="attempt",reason="refused"} 1' in text

        served.stop()
        assert proxy.invite(CALLEE).startswith("SIP/2.0 503 ")
