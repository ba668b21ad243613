"""Reading a request of Twilio's API: whether it places calls, and whom. Nothing here talks to anybody."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import attrs

from callguard.dialers import twilio_tables as tables
from callguard.judging import Ask, Denied
from callguard.targets import Target, Unreadable
from callguard.targets import twiml as read

_HOST: Final = re.compile(r"https://(?P<product>[a-z][a-z\-]*)(?:(?:\.[a-z\-]+)?\.[a-z]{2}[0-9])?\.twilio\.com(?::443)?/")
_PATH: Final = re.compile(r"[A-Za-z0-9_.~@:+%/\-]*")
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})
_OVERRIDES: Final = frozenset({"x-http-method", "x-http-method-override", "x-method-override"})
_URLS: Final = ("CallUrl", "FallbackUrl", "RedirectUrl", "Url")  # TwiML is fetched from them
_CALM_CHANNELS: Final = frozenset({"email", "rcs", "sms", "sna", "whatsapp"})  # of Verify; `auto` may be a call
TWIMLETS: Final = "twimlets"
# whom, and from where, each instruction to a reservation calls
_INSTRUCTIONS: Final = {
    "call": ("CallTo", "CallFrom"),
    "conference": ("To", "From"),
    "dequeue": ("DequeueTo", "DequeueFrom"),
    "supervise": ("To", "From"),
}
_CALM_INSTRUCTIONS: Final = frozenset({"", "accept", "redirect", "reject"})


@attrs.frozen
class Calls:
    """The calls of a request, in order; `told` where the first is one whose end a status callback tells. `data` is what is sent."""

    asks: tuple[Ask, ...]
    data: dict[str, Any] = attrs.field(repr=False)
    told: bool = False


def calls(method: str, url: str, params: Any, data: Any, headers: Any, *, allow: frozenset[str] = frozenset()) -> Calls | None:
    """Read a request: the calls it places, None where it places none; Denied where that cannot be said.

    `allow` has names of requests that are passed unread, as `proxy-Services-Sessions`, of parameters that are not known, as
    `api-Accounts-Calls Shape`, or `twimlets`, all in lower case.
    """
    if _is_overridden(headers) or _is_overridden(params, "_method") or _is_overridden(data, "_method"):
        raise Denied("command-unreadable", "method")
    if method.upper() in _READS:
        return None
    host = _HOST.match(url)
    if host is None:
        raise Denied("command-unreadable", "url")
    product = host["product"]
    if tables.is_harmless_product(product):
        return None
    path = _path(url[host.end() :])
    name = tables.name(product, path)
    found = tables.places(product, path)
    if found is not None:
        return _Reader(name, path, found[1], _fields(found[1], name, url, params, data, allow), allow).calls()
    if name.lower() in allow:
        return None
    entry = tables.denied(product, path)
    if entry is None and tables.is_harmless(product, path):
        return None
    if entry is not None and not params and entry in tables.CALM_WHEN and _says(data, *tables.CALM_WHEN[entry]):
        return None
    raise Denied("command-unknown", name)


def _path(after: str) -> str:
    """Return the path of what stands behind the host; Denied for one that may mean another than it shows."""
    shown = after.partition("?")[0]
    parts = [unquote(part) for part in shown.strip("/").split("/")]
    odd = any(part in {"", ".", ".."} or "/" in part or "\\" in part or not part.isprintable() for part in parts)
    if odd or not _PATH.fullmatch(shown) or "#" in after:
        raise Denied("command-unreadable", "url")
    return "/".join(parts).removesuffix(".json")


def _is_overridden(found: Any, *names: str) -> bool:
    return isinstance(found, Mapping) and any(str(key).lower() in (names or _OVERRIDES) for key in found)


def _fields(kind: tables.Kind, name: str, url: str, params: Any, data: Any, allow: frozenset[str]) -> dict[str, Any]:
    """Return what a request that places calls says; Denied where it says it elsewhere, or something that is not known."""
    if params or "?" in url or (data is not None and not isinstance(data, Mapping)):
        raise Denied("command-unreadable", "parameters")
    said = dict(data or {})
    for each in said:
        if each not in tables.KNOWN[kind] and f"{name} {each}".lower() not in allow:
            raise Denied("command-unreadable", each if isinstance(each, str) else "parameters")
    return said


def _says(data: Any, at: tuple[str, ...], words: frozenset[str]) -> bool:
    """Return whether a body says one of some words at a place, which may be within JSON."""
    for key in at:
        if isinstance(data, str):
            try:
                data = json.loads(data)
            except ValueError:
                return False
        if not isinstance(data, Mapping):
            return False
        data = data.get(key)
    return isinstance(data, str) and data in words


@attrs.frozen
class _Reader:
    """Reads the parameters of one request that places calls."""

    name: str
    path: str = attrs.field(repr=False)
    kind: tables.Kind
    data: dict[str, Any] = attrs.field(repr=False)
    allow: frozenset[str]

    def calls(self) -> Calls | None:
        """Return the calls, None where these parameters make none."""
        try:
            made: Calls | None = getattr(self, "_" + self.kind.replace("-", "_"))()
        except Unreadable:
            raise Denied("target-unreadable") from None
        self._check_urls()
        return made

    def _text(self, key: str) -> str | None:
        value = self.data.get(key)
        if value is None or isinstance(value, str):
            return value
        raise Unreadable("an address that is no text")

    def _target(self, key: str) -> Target:
        said = self._text(key)
        if said is None:
            raise Unreadable("nobody is named")
        return read.address(said)

    def _caller(self, key: str) -> str | None:
        said = self._text(key)
        try:
            return None if said is None else read.caller(said)
        except Unreadable:
            raise Denied("command-unreadable", key) from None

    def _check_urls(self) -> None:
        """Deny TwiML of Twilio's twimlets, whose address says whom to call."""
        for key in _URLS:
            said = self.data.get(key)
            if said is not None and not isinstance(said, str):
                raise Denied("command-unreadable", key)
            try:
                host = (urlsplit(said).hostname or "") if said else ""
            except ValueError:
                raise Denied("command-unreadable", key) from None
            if re.search(r"(?:^|\.)twimlets\.com\.?$", host) and TWIMLETS not in self.allow:
                raise Denied("command-unreadable", TWIMLETS)

    def _dialled(self, from_: str | None) -> tuple[Ask, ...]:
        """Return the calls of the TwiML that is given, which is then sent as the text that was read."""
        said = self.data.get("Twiml")
        if said is None:
            return ()
        self.data["Twiml"] = text = str(said)
        return tuple(Ask(each.targets, caller_id=each.caller or from_) for each in read.twiml(text))

    def _check_keys(self, key: str = "SendDigits") -> None:
        read.check_keys(self._text(key) or "")

    def _calls(self) -> Calls:
        self._check_keys()
        from_, caller_id = self._caller("From"), self._caller("CallerId")
        first = Ask((self._target("To"),), caller=from_, caller_id=caller_id)
        return Calls((first, *self._dialled(caller_id or from_)), self.data, told=True)

    def _update(self) -> Calls | None:
        asks = self._dialled(None)
        return Calls(asks, self.data) if asks else None

    def _participants(self) -> Calls:
        first = Ask((self._target("To"),), caller=self._caller("From"), caller_id=self._caller("CallerId"))
        return Calls((first,), self.data, told=True)

    def _verification(self) -> Calls | None:
        if self._text("Channel") in _CALM_CHANNELS:
            return None
        self._check_keys()
        return Calls((Ask((self._target("To"),)),), self.data)

    def _validation(self) -> Calls:
        self._check_keys("Extension")
        return Calls((Ask((self._target("PhoneNumber"),)),), self.data)

    def _voice_verification(self) -> Calls:
        return Calls((Ask((self._target("phone_number"),)),), self.data)

    def _execution(self) -> Calls:
        return Calls((Ask((self._target("To"),), caller_id=self._caller("From")),), self.data)

    def _reservation(self) -> Calls | None:
        instruction = (self._text("Instruction") or "").lower()
        if instruction in _CALM_INSTRUCTIONS:
            return None
        if instruction not in _INSTRUCTIONS:
            raise Denied("command-unknown", "Instruction")
        to, from_ = _INSTRUCTIONS[instruction]
        worker = re.search(r"/Workers/([^/]+)/", self.path)
        # where nobody is named the worker's own address is called, which only TaskRouter knows
        inside = Target(f"worker:{worker[1] if worker else ''}", None)
        target = inside if self._text(to) is None else self._target(to)
        return Calls((Ask((target,), caller_id=self._caller(from_)),), self.data)
