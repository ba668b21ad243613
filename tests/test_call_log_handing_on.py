"""Records of virtual operators' callers are handed on as they are written, or the call is not placed."""

from __future__ import annotations

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from call_logs import LOGGED, call, sealed
from callguard import Reason, StateError
from callguard.call_log.handing_on import to_command, to_url
from callguard.state.records import LogQuery
from samples import MOBILE

VIRTUAL = "170 0013 0142"


def text(hand_on):
    return LOGGED.replace("enabled = true", f"enabled = true\n{hand_on}") + (
        f'[[callers]]\nnumber = "{VIRTUAL}"\nfiled = 2024-01-20\n[[callers]]\nnumber = "138 0013 0142"\nfiled = 2024-01-20\n'
    )


class Office(BaseHTTPRequestHandler):
    """The authority's desk: takes what is posted, and answers as it is told."""

    def do_POST(self):
        self.server.got.append((self.headers, self.rfile.read(int(self.headers["Content-Length"]))))
        time.sleep(self.server.wait)
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()

    def do_GET(self):
        self.server.got.append("a question")
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def office():
    server = HTTPServer(("127.0.0.1", 0), Office)
    server.got, server.status, server.wait = [], 200, 0
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def url(office):
    return f"http://127.0.0.1:{office.server_port}/records"


def reasons(found):
    return [entry.reason for entry in found.log.search()]


def test_a_record_is_posted_before_the_call(office):
    found = sealed(text=text(f'hand_on_url = "{url(office)}"'))
    with found.attempt(MOBILE, caller=VIRTUAL, campaign="notice"):
        ((headers, body),) = office.got
    said = json.loads(body)
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert (said["callee"], said["caller"], said["campaign"], said["reason"]) == (
        "+8613800130001",
        "+8617000130142",
        "notice",
        "allowed",
    )
    assert said["at"] == "2026-11-24T10:00:00+08:00"
    assert (said["writer"], said["position"]) == next((e.writer, e.position) for e in found.log.search())
    assert said["policy"] == found._generation.policy.digest
    assert "permit" not in said


def test_other_callers_records_stay(office):
    found = sealed(text=text(f'hand_on_url = "{url(office)}"'))
    call(found, MOBILE, caller="138 0013 0142")
    call(found, MOBILE)
    call(found, MOBILE, caller="alice")
    assert not office.got


def test_a_denied_call_is_not_handed_on_by_attempt(office):
    found = sealed(text=text(f'hand_on_url = "{url(office)}"'))
    found.refuse(MOBILE)
    call(found, MOBILE, caller=VIRTUAL)
    assert reasons(found) == [Reason.REFUSED]
    assert not office.got


@pytest.mark.parametrize("status", [302, 400, 403, 500, 503])
def test_an_office_that_does_not_take_it_stops_the_call(office, status):
    office.status = status
    found = sealed(text=text(f'hand_on_url = "{url(office)}"'))
    call(found, MOBILE, caller=VIRTUAL)
    assert reasons(found) == [Reason.ALLOWED, Reason.LOG_UNAVAILABLE]
    assert found._generation.store.campaign_attempts("notice", 8613800130001) == ()
    call(found, MOBILE)  # others may call on
    assert reasons(found)[-1] is Reason.ALLOWED
    assert "a question" not in office.got
    row = next(iter(found._generation.store.log_rows(LogQuery())))
    with pytest.raises(StateError, match=f"http://127.0.0.1 answered with status {status}"):
        found.log.hand_on(row, found._generation.policy.caller(VIRTUAL))


def test_an_office_that_cannot_be_reached_stops_the_call(office):
    office.wait = 0.5
    with pytest.raises(StateError, match=r"http://127.0.0.1 was not reached \(TimeoutError\)"):
        to_url(url(office), b"{}", timeout=0.1)
    with pytest.raises(StateError, match=r"http://127.0.0.1 was not reached"):
        to_url("http://user:s3cret@127.0.0.1:9/x?token=s3cret", b"{}", timeout=0.5)
    with pytest.raises(StateError, match="`file` is no scheme for it"):
        to_url("file:///etc/passwd", b"{}")
    for strange in ("http://[::1", "http://127.0.0.1:99999/", "http:///x"):
        with pytest.raises(StateError) as caught:
            to_url(strange, b"{}", timeout=0.5)
        assert "s3cret" not in str(caught.value)


def test_a_password_in_the_address_goes_as_a_header(office):
    to_url(url(office).replace("127.0.0.1", "wang:s%C3%A9cret@127.0.0.1"), b"{}")
    ((headers, _),) = office.got
    assert headers["Authorization"] == "Basic d2FuZzpzw6ljcmV0"
    assert headers["Host"] == f"127.0.0.1:{office.server_port}"


def test_a_record_is_given_to_a_command(tmp_path):
    out = tmp_path / "out"
    command = json.dumps([sys.executable, "-c", f"import sys; open({str(out)!r}, 'wb').write(sys.stdin.buffer.read())"])
    found = sealed(text=text(f"hand_on_command = {command}"))
    call(found, MOBILE, caller=VIRTUAL)
    assert json.loads(out.read_bytes())["callee"] == "+8613800130001"
    assert reasons(found) == [Reason.ALLOWED]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ((sys.executable, "-c", "raise SystemExit(3)"), "ended with status 3"),
        ((sys.executable, "-c", "import time; time.sleep(9)"), "was not through within 0.3 s"),
        (("/nowhere/at-all",), "cannot be run (No such file or directory)"),
    ],
)
def test_a_command_that_fails_stops_the_call(command, said):
    with pytest.raises(StateError) as caught:
        to_command(command, b"{}", timeout=0.3)
    assert said in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_command_that_reads_nothing_is_none_the_worse():
    assert to_command((sys.executable, "-c", "pass"), b"x" * 1_000_000) is None
