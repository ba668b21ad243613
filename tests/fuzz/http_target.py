"""The sidecar: whatever a request is, the answer is one that the service describes, and no yes is given that another reader denies."""

from __future__ import annotations

import asyncio
import json
import re
from urllib.parse import parse_qsl, unquote_to_bytes

from callguard import Guard, Policy, service
from callguard.service.trouble import CODES
from callguard.testing import FrozenClock
from fuzz.target import Target
from oracle import numbers
from samples import POLICY, TUESDAY_TEN

REFUSED = 8613800130003
_AGAIN = 5_000  # requests after which the world is made anew: what they leave must not fill it
MEDIA = {"json": "application/json", "form": "application/x-www-form-urlencoded", "text": "text/plain", "-": ""}


class World:
    """A service, and the loop that it runs on."""

    def __init__(self):
        self.guard = Guard(Policy.from_toml(POLICY), clock=FrozenClock(TUESDAY_TEN))
        self.guard.refuse(f"+{REFUSED}")
        self.app = service.app(self.guard, tokens=None, limits=service.Limits(body=8_192, questions=50), consents=True)
        self.runner = asyncio.Runner()
        self.asked = 0

    def close(self):
        self.runner.close()
        self.guard.close()

    def ask(self, method, target, media, body):
        """Return status and body of one request, as a server hands it to the application."""
        self.asked += 1
        return self.runner.run(self._asked(method, target, media, body))

    async def _asked(self, method, target, media, body):
        path, _, query = target.partition(b"?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "root_path": "",
            "path": unquote_to_bytes(path).decode("utf-8", "replace"),
            "raw_path": path,
            "query_string": query,
            "state": {},
            "headers": [(b"host", b"callguard"), *([(b"content-type", media)] if media else [])],
        }
        half = len(body) // 2
        parts = [{"type": "http.request", "body": body[:half], "more_body": True}, {"type": "http.request", "body": body[half:]}]
        sent = []

        async def receive():
            return parts.pop(0) if parts else {"type": "http.disconnect"}

        async def send(message):
            sent.append(message)

        await self.app(scope, receive, send)
        return sent[0]["status"], b"".join(each.get("body", b"") for each in sent[1:])


_WORLDS: list[World] = []  # one, once it is needed
STATUSES = {200, 201, 404, 405, *(status for status, _ in CODES.values())} - {500}


def close() -> None:
    """Let go of the service."""
    while _WORLDS:
        _WORLDS.pop().close()


def _world() -> World:
    if _WORLDS and _WORLDS[0].asked >= _AGAIN:
        close()
    if not _WORLDS:
        _WORLDS.append(World())
    return _WORLDS[0]


def check(data: bytes) -> None:
    """Read `METHOD TARGET MEDIA`, a line's end, and the body."""
    world = _world()
    line, _, body = data.partition(b"\n")
    method, target, media, *_ = (*line.split(b" "), b"", b"", b"")
    method = method.decode("latin-1").upper()
    media = MEDIA.get(media.decode("latin-1"), media.decode("latin-1")).encode("latin-1")
    status, said = world.ask(method, target, media, body)
    assert status in STATUSES, status
    if method == "HEAD":
        return
    allowed = _allowed(world, status, said)
    if allowed:
        whom = _callees(target, body)
        good = [callee for callee in whom if _may(callee)]
        assert len(good) >= allowed, (
            "no yes for a number that another reader reads as none, as protected, or as one that has refused"
        )


def _allowed(world: World, status: int, said: bytes) -> int:
    """Return how many calls an answer allows."""
    if status == 201:
        world.runner.run(world.app.state.desk.attempts.close())
        return 1
    if status != 200:
        return 0
    if said.startswith(b"allow"):
        return 1
    if not said.startswith(b"{"):
        return 0
    told = json.loads(said)
    if "reasons" in told:
        return sum(reason == "allowed" for reason in told["reasons"])
    decisions = [told, told.get("decision"), *(told.get("decisions") or ())]
    return sum(isinstance(each, dict) and each.get("allowed") is True for each in decisions)


def _callees(target: bytes, body: bytes) -> list[object]:
    """Return every callee that a request names, wherever it stands; of a name that is there twice, both."""
    found: list[object] = []

    def pairs(given: list[tuple[str, object]]) -> dict[str, object]:
        for name, value in given:
            if name == "callee":
                found.append(value)
            if name == "callees" and isinstance(value, list):
                found.extend(value)
        return dict(given)

    for text in (body, target.partition(b"?")[2]):
        try:
            json.loads(text, object_pairs_hook=pairs)
        except (ValueError, RecursionError):
            pairs(parse_qsl(text.decode("utf-8", "replace"), keep_blank_values=True))
    return found


def _may(callee: object) -> bool:
    if isinstance(callee, bool) or not isinstance(callee, str | int):
        return False
    # one plus as good as two, as phonenumbers has it
    status, number = numbers.read(re.sub("[+\uff0b]+", "+", callee) if isinstance(callee, str) else callee, "CN")
    return status == "valid" and number != REFUSED


_CALL = b'"caller": "01085550123", "campaign": "notice"'
TOKENS = (
    *(b'{"callee": "13800130001", ' + _CALL + b"}", b'"callee": ', b'"callees": [', b'"questions": [', b'"place": "CN-BJ"', b'"at": 1795485600'),
    *(b'"110"', b'"13800130003"', b'"+86 138 0013 0003"', b"8613800130003", b"110", b"1e400", b"NaN", b"null", b"true", b"[", b"]", b"{", b"}", b",", b":", b'"'),
    *(b"POST ", b"GET ", b"HEAD ", b"/v1/decide", b"/many", b"/v1/attempts", b"/v1/explain", b"/v1/next-allowed", b"/v1/refuse", b"/v1/lift", b"/v1/consent"),
    *(b" json\n", b" form\n", b"?", b"&", b"=", b"%", b"%00", b"%2B", b"+", b"callee=13800130001&caller=01085550123&campaign=notice", b"as=text", b"lang=zh"),
    *(b"\\u0000", b"\\ud800", b"\\u0661", b"\xff", "\u200b".encode(), "１１０".encode(), "²".encode(), "转1".encode(), b";ext=1", b"tel:", b"sip:", b"17951"),
    *(b'"key": "k"', b'"reasons_only": true', b'"outcome": "answered"', b'"duration": 1', b'"proof": "p"', b'"until": "2027-01-01"', b'"scope": "brand"'),
)  # fmt: skip
TARGET = Target("http", check, TOKENS, longest=9_000, close=close)
