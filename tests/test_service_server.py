"""`callguard serve` in a process of its own: its socket, its signals, what it lets in, and what it writes."""

import contextlib
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from command_line import EXAMPLE, process
from service_client import TOKEN

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="there are no Unix sockets here")
PATIENCE = 60
CALL = {"callee": "138 0013 0100", "caller": "400-855-0100", "campaign": "class-notice"}
POLICY = (EXAMPLE / "callguard.toml").read_text("utf-8")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "callguard.toml").write_text(POLICY, "utf-8")
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "complaints.csv").write_text("13800130190\n", "utf-8")
    return tmp_path


class Served:
    """One process that serves, and how it is reached."""

    def __init__(self, folder, *options, **environ):
        self.folder = folder
        env = {name: value for name, value in os.environ.items() if not name.startswith(("CALLGUARD_TOK", "CALLGUARD_POL", "LC_"))}
        self.errors = (folder / "err.txt").open("w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "callguard", "serve", "--json", *options],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            env=env | {"LANG": "C.UTF-8"} | environ,
        )
        line = self.process.stdout.readline()
        assert line, self.said()
        self.listening = json.loads(line)["listening"]
        if "--socket" in options:
            self.http = httpx.Client(
                transport=httpx.HTTPTransport(uds=str(folder / self.listening)), base_url="http://callguard", timeout=PATIENCE
            )
        else:
            scheme = "https" if "--tls-cert" in options else "http"
            self.http = httpx.Client(base_url=f"{scheme}://{self.listening}", timeout=PATIENCE, verify=False)

    def said(self):
        return (self.folder / "err.txt").read_text("utf-8")

    def wait_until(self, condition):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.02)

    def stop(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.close()
        with contextlib.suppress(ProcessLookupError):
            self.stop()
        self.process.stdout.close()
        self.errors.close()


def test_on_a_socket_that_its_mode_guards_until_it_is_told_to_stop(folder):
    with Served(folder, "--socket", "s", "--mode", "0660") as served:
        assert stat.S_IMODE((folder / "s").stat().st_mode) == 0o660
        assert served.http.get("/health/ready").json() == {"ready": True, "why": None}
        assert served.http.post("/v1/decide", json=CALL).json()["allowed"] is True
        made = served.http.post("/v1/attempts", json=CALL)
        assert made.status_code == 201
        assert served.http.post("/v1/refuse", json={"callee": CALL["callee"]}).json()["kept"] is True
        assert served.http.post("/v1/decide", json=CALL).json()["reason"] == "refused"
        assert served.stop() == 0
        assert not (folder / "s").exists()
        assert "13800130100" not in re.sub(r"\D", "", served.said())

    checked = process(
        "check",
        CALL["callee"],
        "--caller",
        CALL["caller"],
        "--campaign",
        CALL["campaign"],
        "--policy",
        str(folder / "callguard.toml"),
        "--json",
    )
    assert json.loads(checked.stdout)["reason"] == "refused"


def test_another_process_is_asked_and_honoured_at_once(folder):
    with Served(folder, "--socket", "s") as served:
        assert stat.S_IMODE((folder / "s").stat().st_mode) == 0o600
        assert served.http.post("/v1/decide", json=CALL).json()["allowed"] is True
        assert process("refuse", CALL["callee"], "--policy", str(folder / "callguard.toml")).returncode == 0
        assert served.http.post("/v1/decide", json=CALL).json()["reason"] == "refused"


def test_a_request_under_way_is_answered_before_the_end(folder):
    with Served(folder, "--socket", "s") as served:
        body = json.dumps(CALL).encode()
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(PATIENCE)
            asking.connect(str(folder / "s"))
            asking.sendall(
                b"POST /v1/decide HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
            )
            served.wait_until(lambda: "callguard_requests_in_flight 2" in served.http.get("/metrics").text)
            served.process.send_signal(signal.SIGTERM)
            served.wait_until(lambda: not _connects(folder / "s"))
            asking.sendall(body)
            found = b"".join(iter(lambda: asking.recv(65_536), b""))
        assert b" 200 OK" in found
        assert b'"allowed": true' in found
        assert served.process.wait(PATIENCE) == 0


def _connects(path):
    with socket.socket(socket.AF_UNIX) as asking:
        try:
            asking.connect(str(path))
        except OSError:
            return False
        return True


def test_it_says_that_it_is_not_ready_while_it_drains_and_a_second_signal_ends_it(folder):
    with Served(folder, "--socket", "s", "--drain", "600") as served:
        served.process.send_signal(signal.SIGTERM)
        served.wait_until(lambda: served.http.get("/health/ready").status_code == 503)
        assert served.http.get("/health/ready").json() == {"ready": False, "why": "stopping"}
        assert served.http.post("/v1/decide", json=CALL).json()["allowed"] is True
        assert served.stop(signal.SIGINT) == 0


def test_a_policy_is_read_again_and_one_that_cannot_be_changes_nothing(folder):
    with Served(folder, "--socket", "s") as served:

        def reloads(result):
            return f'callguard_reloads_total{{result="{result}"}} 1' in served.http.get("/metrics").text

        file = folder / "callguard.toml"
        file.write_text(POLICY + '\n[[campaigns]]\nname = "new"\npurpose = "service"\n', "utf-8")
        served.process.send_signal(signal.SIGHUP)
        served.wait_until(lambda: reloads("done"))
        assert served.http.post("/v1/decide", json=CALL | {"campaign": "new"}).json()["allowed"] is True
        file.write_text(POLICY + "\n[[campaigns]]\nname = 7\n", "utf-8")
        served.process.send_signal(signal.SIGHUP)
        served.wait_until(lambda: reloads("failed"))
        assert "not reloaded; what was in force before still is" in served.said()
        assert "campaigns[3].name" in served.said()
        assert served.http.post("/v1/decide", json=CALL | {"campaign": "new"}).json()["allowed"] is True
        served.wait_until(lambda: "callguard_policy_refused 1" in served.http.get("/metrics").text)
        served.wait_until(lambda: "the policy has changed, and cannot be read" in served.said())


def test_tokens_of_a_file_are_asked_for_and_read_again(folder):
    tokens = folder / "tokens"
    tokens.touch(mode=0o600)
    tokens.write_text(f"# who may ask\ndialer = {TOKEN}\n", "utf-8")
    with Served(folder, "--listen", "127.0.0.1:0", "--tokens", "tokens") as served:
        ask = {"authorization": f"Bearer {TOKEN}"}
        assert served.http.post("/v1/decide", json=CALL).status_code == 401
        assert served.http.post("/v1/decide", json=CALL, headers=ask).status_code == 200
        tokens.write_text(f"dialer = {TOKEN[::-1]}\n", "utf-8")
        served.process.send_signal(signal.SIGHUP)
        served.wait_until(lambda: served.http.post("/v1/decide", json=CALL, headers=ask).status_code == 401)
        tokens.chmod(0o644)
        served.process.send_signal(signal.SIGHUP)
        served.wait_until(lambda: "may be read by others" in served.said())
        assert served.http.post("/v1/decide", json=CALL, headers={"authorization": f"Bearer {TOKEN[::-1]}"}).status_code == 200
        assert TOKEN not in served.said()


def test_beyond_this_host_a_token_is_needed_and_tls_is_spoken_of(folder):
    with Served(folder, "--listen", "0.0.0.0:0", CALLGUARD_TOKENS=f"dialer={TOKEN}") as served:
        port = served.listening.rpartition(":")[2]
        found = httpx.post(
            f"http://127.0.0.1:{port}/v1/decide", json=CALL, timeout=PATIENCE, headers={"authorization": f"Bearer {TOKEN}"}
        )
        assert found.json()["allowed"] is True
        assert "--tls-cert" in served.said()


def test_answers_are_not_held_back():
    """A socket of another protocol number than TCP's has its answers delayed, by 40 ms where there is no more to send."""
    from callguard.service import sockets

    listening = sockets.on_address("127.0.0.1", 0)
    try:
        assert listening.socket.proto == socket.IPPROTO_TCP
        assert listening.loopback
        assert listening.host == "127.0.0.1"
    finally:
        listening.close()


def test_with_a_certificate_it_speaks_tls(folder):
    certificate(folder)
    with Served(folder, "--listen", "127.0.0.1:0", "--tls-cert", "cert.pem", "--tls-key", "key.pem") as served:
        assert served.http.post("/v1/decide", json=CALL).json()["allowed"] is True


def certificate(folder):
    """Write a certificate of this host for an hour, signed by itself."""
    from datetime import UTC, datetime, timedelta
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--listen", "0.0.0.0:0"], "needs a token"),
        (["--listen", "8731"], "HOST:PORT"),
        (["--listen", "127.0.0.1:99999"], "HOST:PORT"),
        (["--socket", "s", "--listen", "127.0.0.1:0"], "`--listen` has no use with --socket"),
        (["--socket", "s", "--mode", "0666"], "anybody on this host"),
        (["--socket", "s", "--mode", "rw"], "octal"),
        (["--mode", "0600"], "give `--socket`"),
        (["--socket", "callguard.toml"], "is no socket"),
        (["--socket", "nowhere/s"], "cannot be listened on"),
        (["--tokens", "open", "--socket", "s"], "may be read by others"),
        (["--tokens", "short", "--socket", "s"], "entry 1: found no `=`"),
        (["--tls-cert", "callguard.toml"], "`--tls-key` is missing"),
        (["--drain", "-1"], "0 or more"),
    ],
)
def test_what_it_will_not_do_is_said(folder, options, text):
    (folder / "open").write_text(f"a = {TOKEN}", "utf-8")
    (folder / "open").chmod(0o644)
    (folder / "short").touch(mode=0o600)
    (folder / "short").write_text(TOKEN, "utf-8")
    options = [str(folder / each) if each in {"s", "open", "short", "callguard.toml", "nowhere/s"} else each for each in options]
    done = process("serve", *options, "--policy", str(folder / "callguard.toml"))

    assert done.returncode == 2
    assert text in done.stderr.decode()
    assert TOKEN not in done.stderr.decode()
    assert not (folder / "s").exists()


def test_a_socket_that_nobody_answers_is_replaced_and_one_that_is_answered_is_not(folder):
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(folder / "s"))
    left.close()
    with Served(folder, "--socket", "s") as served:
        assert served.http.get("/health/live").status_code == 200
        second = process("serve", "--socket", str(folder / "s"), "--policy", str(folder / "callguard.toml"))
        assert second.returncode == 2
        assert "another process listens" in second.stderr.decode()
        assert served.http.get("/health/live").status_code == 200


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"x: " + b"a" * 100_000 + b"\r\n\r\n",
        b"\x00\x01\x02\r\n\r\n",
        b"POST /v1/decide HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\nxx",
        b"GET /v1/decide?callee=13800130100 HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
    ],
    ids=["a long line", "a long header", "no HTTP", "two lengths", "another protocol"],
)
def test_hostile_connections_are_answered_or_cut_and_do_no_harm(served, sent):
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(PATIENCE)
        asking.connect(str(served.folder / "s"))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            asking.sendall(sent)
            asking.shutdown(socket.SHUT_WR)
        found = bytearray()
        with contextlib.suppress(ConnectionResetError):
            while part := asking.recv(65_536):
                found += part
    assert b" 200 " not in found
    assert b" 201 " not in found
    assert served.http.post("/v1/decide", json=CALL).json()["allowed"] is True
    assert "13800130100" not in served.said()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    (folder / "callguard.toml").write_text(POLICY.replace('path = "lists/complaints.csv"', 'path = "complaints.csv"'), "utf-8")
    (folder / "complaints.csv").write_text("13800130190\n", "utf-8")
    with Served(folder, "--socket", "s") as made:
        yield made


def test_a_head_that_does_not_come_is_not_waited_for(tmp_path):
    """In this process, where the seconds can be few."""
    import asyncio

    import uvicorn

    from callguard.service.hosting import careful

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def meet():
        config = uvicorn.Config(app, http=careful(0.05, 2), lifespan="off", log_config=None)
        config.load()
        state = uvicorn.server.ServerState()
        loop = asyncio.get_running_loop()
        server = await loop.create_unix_server(
            lambda: config.http_protocol_class(config=config, server_state=state, app_state={}), str(tmp_path / "s")
        )

        async def sent(*parts):
            reader, writer = await asyncio.open_unix_connection(str(tmp_path / "s"))
            for part in parts:
                writer.write(part)
                await writer.drain()
            try:
                return await asyncio.wait_for(reader.read(), PATIENCE)
            except ConnectionResetError:
                return b""
            finally:
                writer.close()

        whole = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
        found = [
            await sent(),
            await sent(b"GET / HT"),
            await sent(whole, b"GET / HT"),
            await sent(whole.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n")),
        ]
        many = await asyncio.gather(*(sent(b"G") for _ in range(5)))
        server.close()
        await server.wait_closed()
        return found, many

    found, many = asyncio.run(meet())
    assert found[:2] == [b"", b""]
    assert found[2].count(b"HTTP/1.1 204") == 1
    assert found[3].count(b"HTTP/1.1 204") == 1
    assert many == [b""] * 5


def test_the_page_in_the_guide_shows_commands_that_work(served):
    """Each line of curl in the guide is run against a real server, where there is a curl."""
    page = (Path(__file__).parent.parent / "docs" / "guide" / "service.md").read_text("utf-8")
    lines = re.findall(r"^curl .*?[^\\]$", page, re.MULTILINE | re.DOTALL)
    assert len(lines) >= 4
    for line in lines:
        command = line.replace("/run/callguard/callguard.sock", str(served.folder / "s")).replace("ATTEMPT", _attempt(served))
        done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False, timeout=PATIENCE)
        if "not found" in done.stderr and done.returncode == 127:
            pytest.skip("there is no curl here")
        assert done.returncode == 0, (line, done.stderr)
        assert "problem" not in done.stdout, (line, done.stdout)
        assert done.stdout, line


def _attempt(served):
    return served.http.post("/v1/attempts", json=CALL).json()["attempt"] or "none"
