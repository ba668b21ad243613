"""What each operation of the Asterisk REST Interface may do, and whom those that place calls call."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import attrs

from callguard.commands.ami_commands import TELLING, caller_id
from callguard.commands.ari_tables import HARMLESS, UNKNOWN
from callguard.commands.asterisk_variables import is_said
from callguard.commands.tables import Tables
from callguard.judging.denied import Denied
from callguard.judging.judge import CALLER, CAMPAIGN, Ask
from callguard.targets import Target, Unreadable
from callguard.targets.asterisk import channels
from callguard.targets.target import called_again, extension

CREATE: Final = "post /channels/create"
DIAL: Final = "post /channels/{channelid}/dial"
_CONTEXT: Final = "default"  # where Asterisk looks for an extension without one
_MOST: Final = 200
_PREFIX: Final = re.compile(r"(?:/[A-Za-z0-9_\-]+)*")
_ODD: Final = re.compile(r"[/\\\x00-\x1f\x7f]")


@attrs.frozen
class Request:
    """A request as it goes over the wire: `target` is the path with its query, `content_type` the header's value."""

    method: str
    target: str = attrs.field(repr=False)
    content_type: str = ""
    body: bytes = attrs.field(default=b"", repr=False)


@attrs.frozen
class Operation:
    """What a request asks for: `name` as the tables have it, in lower case; what its path and its parameters say."""

    name: str
    path: dict[str, str] = attrs.field(repr=False)
    given: dict[str, Any] = attrs.field(repr=False)

    @property
    def short(self) -> str:
        """The last word of its name that is no parameter."""
        return next(word for word in reversed(self.name.split("/")) if not word.startswith("{"))

    def text(self, name: str) -> str:
        """Return a parameter; empty where there is none, Denied where it is no text."""
        value = self.given.get(name, "")
        if not isinstance(value, str):
            raise Denied("command-unreadable", self.short)
        return value


def operation(request: Request) -> Operation:
    """Return what a request asks for; Denied: `command-unknown` what is in no table, `command-unreadable` what is unclear."""
    raw, _, query = request.target.partition("?")
    before, found, rest = raw.partition("/ari/")
    if not found or not _PREFIX.fullmatch(before):
        raise Denied("command-unknown")
    decoded = [unquote(word, errors="surrogateescape") for word in rest.split("/")]
    if any(word in {"", ".", ".."} or _ODD.search(word) for word in decoded):
        raise Denied("command-unreadable")
    for words_known, name in _TEMPLATES:
        if words_known[0] == request.method.upper() and len(words_known) == len(decoded) + 1:
            pairs = list(zip(words_known[1:], decoded, strict=True))
            if all(known.startswith("{") or known == word for known, word in pairs):
                path = {known[1:-1]: word for known, word in pairs if known.startswith("{")}
                return Operation(name, path, _given(query, request) if TABLES.reader(name) is not None else {})
    raise Denied("command-unknown")


def read(asked: Operation, allowed: frozenset[str]) -> Ask | None:
    """Return whom an operation calls, None where nobody; Denied for what is unknown and not allowed, or cannot be read.

    Of CREATE, whom the channel would call when it is dialled; of DIAL nobody, for only who created the channel knows.
    """
    reader = TABLES.reader(asked.name)
    if reader is None:
        if TABLES.is_harmless(asked.name) or asked.name in allowed:
            return None
        raise Denied("command-unknown", asked.short)
    try:
        return reader(asked, allowed)
    except Unreadable:
        raise Denied("target-unreadable", asked.short) from None


def called(asked: Operation) -> Ask:
    """Return whom a channel would call, of what creates or places it; Denied."""
    try:
        return _originate(asked, frozenset())
    except Unreadable:
        raise Denied("target-unreadable", asked.short) from None


def _given(query: str, request: Request) -> dict[str, Any]:
    """Return the parameters of a query and a body; Denied where one is given twice, and differently."""
    found: dict[str, Any] = {}
    try:
        pairs: list[tuple[str, Any]] = [*_form(query)]
        kind = request.content_type.partition(";")[0].strip().lower()
        if not request.body.strip():
            pass
        elif kind == "application/json":
            pairs += json.loads(request.body, object_pairs_hook=_Pairs).pairs
        elif kind == "application/x-www-form-urlencoded":
            pairs += _form(request.body.decode("ascii"))
        else:
            raise Denied("command-unreadable")
    except (ValueError, AttributeError, RecursionError):
        raise Denied("command-unreadable") from None
    for name, value in pairs:
        if name in found and found[name] != value:
            raise Denied("command-unreadable")
        found[name] = value
    return found


def _form(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True, errors="surrogateescape", max_num_fields=_MOST)


@attrs.frozen
class _Pairs:
    """An object of JSON, a name that comes twice still there."""

    pairs: list[tuple[str, Any]]


def _originate(asked: Operation, _: frozenset[str]) -> Ask:
    targets = _one(asked.text("endpoint"))
    then: tuple[Target, ...] = ()
    if asked.text("extension") or asked.text("context"):
        then = extension(asked.text("extension"), asked.text("context") or _CONTEXT)
    variables = _variables(asked)
    said = variables.get(CAMPAIGN), variables.get(CALLER), caller_id(asked.text("callerId"))
    return Ask(targets + then, *said, repeated=called_again(targets, then))


def _one(endpoint: str) -> tuple[Target, ...]:
    """Read an endpoint: one, for here nothing joins several."""
    if "&" in endpoint:
        raise Unreadable("several endpoints")
    return channels(endpoint)


def _variables(asked: Operation) -> dict[str, str]:
    """Read the variables of a call; Denied where one makes the switch act, is no text, or ours has two values."""
    written = asked.given.get("variables")
    if written is None:
        return {}
    if not isinstance(written, _Pairs):
        raise Denied("command-unreadable", "variables")
    found: dict[str, str] = {}
    for name, value in written.pairs:
        key = name.lstrip("_")
        if not isinstance(value, str) or not is_said(name, value) or found.get(key, value) != value:
            raise Denied("command-unreadable", "variables")
        found[key] = value.strip() if key in {CAMPAIGN, CALLER} else value
    return found


def _dial(asked: Operation, _: frozenset[str]) -> Ask:
    raise Denied("target-unreadable", asked.short)


def _continue(asked: Operation, allowed: frozenset[str]) -> Ask | None:
    """Read where a call is sent in the dialplan: without an extension to where it was, of which nothing is known."""
    if not asked.text("extension"):
        if asked.name in allowed:
            return None
        raise Denied("command-unreadable", asked.short)
    return Ask(extension(asked.text("extension"), asked.text("context")))


def _redirect(asked: Operation, _: frozenset[str]) -> Ask:
    return Ask(_one(asked.text("endpoint")))


def _shown(asked: Operation, _: frozenset[str]) -> None:
    """Read which variable is asked for: a function may run anything, but these only tell of a call."""
    if not TELLING.fullmatch(asked.text("variable").strip()):
        raise Denied("command-unreadable", asked.short)


Read = Callable[[Operation, frozenset[str]], Ask | None]

TABLES: Final[Tables[Read]] = Tables(
    {
        "post /channels": (_originate, "`endpoint` is decided, and `extension`, where it is a number"),
        "post /channels/{channelid}": (_originate, "the same"),
        CREATE: (_originate, "calls nobody yet: whom is remembered until it is dialled"),
        DIAL: (_dial, "what `create` was told is decided; a channel that was created elsewhere is denied"),
        "post /channels/{channelid}/redirect": (_redirect, "`endpoint` is decided"),
        "post /channels/{channelid}/continue": (
            _continue,
            "`extension` is decided, where it is a number; without one denied, unless it is allowed by name",
        ),
        "get /channels/{channelid}/variable": (
            _shown,
            "denied where a function is asked for that does more than tell of a call",
        ),
        "get /asterisk/variable": (_shown, "the same"),
    },
    HARMLESS,
    UNKNOWN,
)


def _templates() -> list[tuple[list[str], str]]:
    """Return every known operation as its words, and its name; those with fewer parameters first, as Asterisk looks for them."""
    found = []
    for name in (*TABLES.places, *TABLES.harmless, *TABLES.unknown):
        method, path = name.split(" ")
        # paths are case-sensitive, and the names of the tables are not
        found.append(([method.upper(), *(_CASES.get(word, word) for word in path.split("/")[1:])], name))
    return sorted(found, key=lambda each: sum(word.startswith("{") for word in each[0]))


_CASES: Final = {
    word.lower(): word
    for word in ("addChannel", "removeChannel", "videoSource", "externalMedia", "deviceStates", "eventFilter", "sendMessage")
}
_TEMPLATES: Final = _templates()
