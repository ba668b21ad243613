"""Dial strings of FreeSWITCH: `{variables}[of a leg]sofia/gateway/trunk/NUMBER`, several of them by `,`, `|` or `:_:`.

Only what can be read in one way is read. Escapes, other delimiters (`^^`), brackets within brackets, and anything that the switch
would expand (`$`) make a dial string Unreadable.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

from callguard.targets.target import DIGITS, Target, Unreadable, called_again

_NAME: Final = r"[A-Za-z0-9_.\-]{1,80}"
_HOST: Final = r"[A-Za-z0-9_.\-]{1,200}(?::[0-9]{1,5})?"
_OUTSIDE: Final = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"sofia/gateway/{_NAME}(?:::{_NAME})?/(?P<n>{DIGITS})",
        rf"sofia/{_NAME}/(?:sips?:)?(?P<n>{DIGITS})@{_HOST}",
        rf"loopback/(?P<n>{DIGITS})(?:/{_NAME}(?:/XML)?)?",
        rf"(?:freetdm|openzap)/{_NAME}/{_NAME}/(?P<n>{DIGITS})",
        rf"(?:gsmopen|dingaling|h323|khomp)/{_NAME}/(?P<n>{DIGITS})",
    )
)
_INSIDE: Final = re.compile(
    rf"(?:(?:user|group|pickup|verto\.rtc|rtmp|skinny|portaudio)/{_NAME}(?:@{_HOST})?"
    rf"|sofia/{_NAME}/{_NAME}[@%]{_HOST}|loopback/{_NAME}(?:/{_NAME}(?:/XML)?)?)",
    re.IGNORECASE,
)
_NOWHERE: Final = re.compile(r"(?:error|null)(?:/[A-Za-z0-9_]{1,60})?", re.IGNORECASE)
_ODD: Final = re.compile(r"[\\$\"`\x00-\x1f\x7f]|\^\^")
_CALM: Final = re.compile(r"[^<>{}\[\]|,:\\'\"$&()]*")
_BRACKETED: Final = re.compile(r"[^<>{}\[\]|]*")
_MOST: Final = 64

# variables that make the switch run an application or an API, read brackets otherwise, dial another address than the one written,
# dial it again, later, or from another number
_ACTS: Final = re.compile(
    r"(?:nolocal:|_nolocal_)*(?:execute_|api_|exec_|bridge_(?:pre|post)_|bridge_on|app_|session_in_hangup_hook|dialplan|socket_|enum_"
    r"|origination_nested_vars|group_confirm_|transfer_|record_post_|record_.*api|sip_invite_|sip_route_|sip_req_|sip_to_|sip_redirect"
    r"|sip_refer|sip_transfer|sip_outgoing_contact|hold_hangup_|park_timeout|conference_auto_|campon|originate_.*xfer"
    r"|loopback_app|force_transfer_|inbound_dialplan|inline_destination|mutex_orbit_|originate_retr|originate_delay|leg_delay|sip_destination_|sip_from_"
    r"|sip_force_full_|sip_handle_full_|sip_full_|sip_recover|recover|sip_h_(?!x-)).*",
    re.IGNORECASE | re.DOTALL,
)
# what the next leg is shown as its caller
CALLER_IDS: Final = ("origination_caller_id_number", "effective_caller_id_number")


@attrs.frozen
class DialString:
    """What a dial string calls, and the variables of all its brackets; `repeated` are targets that are called more than once."""

    targets: tuple[Target, ...]
    variables: tuple[tuple[str, str], ...] = attrs.field(repr=False)
    repeated: tuple[Target, ...] = ()

    def then(self, other: DialString) -> DialString:
        """Return both, on two channels: whom the second calls that the first has called is called again."""
        again = (*self.repeated, *other.repeated, *called_again(self.targets, other.targets))
        return DialString(self.targets + other.targets, self.variables + other.variables, again)

    def again(self) -> DialString:
        """Return the same, called more than once."""
        return attrs.evolve(self, repeated=self.targets)

    def one(self, name: str) -> str | None:
        """Return the value of a variable, None where there is none; Unreadable where there are two."""
        values = {value for known, value in self.variables if known.lower() == name.lower()}
        if len(values) > 1:
            raise Unreadable("a variable that has two values")
        return next(iter(values), None)


def words(text: str) -> list[str]:
    """Split an API's arguments at blanks, `'…'` keeping its own together, as the switch does; Unreadable for what may differ."""
    if _ODD.search(text):
        raise Unreadable("escapes, expansions or control characters")
    found: list[str] = []
    for match in re.finditer(r"(?:[^ ']|'[^']*')+|'", text):
        word = match[0]
        if word == "'":
            raise Unreadable("a quotation that is not closed")
        quoted = re.findall(r"'([^']*)'", word)
        if not all(_CALM.fullmatch(each) for each in quoted):
            raise Unreadable("a quotation of what means something outside it")
        found.append(word.replace("'", ""))
    return found


def is_plain(variable: str) -> bool:
    """Return whether a variable only says something: it makes the switch neither act nor dial otherwise than is written."""
    return bool(re.fullmatch(r"(?:nolocal:)?[A-Za-z0-9_\-]{1,100}", variable)) and not _ACTS.fullmatch(variable)


def is_said(variable: str) -> bool:
    """Return whether a variable that is set on a call only says something, and not which number it calls from later on."""
    return is_plain(variable) and variable.rpartition(":")[2].lower() not in {*CALLER_IDS, "caller_id_number"}


def dial_string(text: str) -> DialString:
    """Read a dial string; Unreadable where anything of it is."""
    if _ODD.search(text) or "'" in text:
        raise Unreadable("escapes, quotations or expansions in a dial string")
    targets: list[Target] = []
    variables: list[tuple[str, str]] = []
    for enterprise in text.split(":_:"):
        rest = _brackets(_brackets(enterprise.lstrip(" "), "<", ">", variables), "{", "}", variables).lstrip(" ")
        for leg in _legs(rest):
            address = _brackets(leg.strip(" "), "[", "]", variables)
            targets += _target(address)
    if len(targets) > _MOST:
        raise Unreadable("more targets than one command has")
    return DialString(tuple(targets), tuple(variables))


def _brackets(text: str, opens: str, closes: str, variables: list[tuple[str, str]]) -> str:
    """Take the brackets off the front of a text and keep what they set; return the rest."""
    while text.startswith(opens):
        inside, found, rest = text[1:].partition(closes)
        if not found or not _BRACKETED.fullmatch(inside):
            raise Unreadable("brackets that are not closed, or hold others")
        for pair in filter(str.strip, inside.split(",")):
            name, _, value = pair.partition("=")
            if not is_plain(name.strip(" ")):
                raise Unreadable("a variable that makes the switch act, or dial elsewhere")
            variables.append((name.strip(" "), value.strip(" ")))
        text = rest
    return text


def _legs(text: str) -> list[str]:
    """Split legs at `,` and `|` outside their brackets."""
    found, depth, begin = [], 0, 0
    for i, sign in enumerate(text):
        if sign == "[":
            depth += 1
        elif sign == "]":
            depth -= 1
        elif sign in ",|" and (depth == 0 or sign == "|"):
            found.append(text[begin:i])
            begin = i + 1
    return [*found, text[begin:]]


def _target(address: str) -> tuple[Target, ...]:
    for form in _OUTSIDE:
        match = form.fullmatch(address)
        if match:
            return (Target(address, match["n"]),)
    if _NOWHERE.fullmatch(address):
        return ()
    if _INSIDE.fullmatch(address):
        return (Target(address, None),)
    raise Unreadable("an address of no known form")
