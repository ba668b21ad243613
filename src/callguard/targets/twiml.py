"""Whom Twilio is told to call: addresses, as `+8613800130100`, `client:alice`, `sip:1001@pbx`, and the TwiML of a call.

A number counts only with its `+` and country code: without them Twilio and a policy may read it as two. What is not of a known form
is Unreadable.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

import attrs

from callguard.targets.target import DIGITS, Target, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_APART: Final = re.compile(r"[ ().\-]")
_E164: Final = re.compile(r"\+[1-9][0-9]{5,14}")
_SCHEME: Final = re.compile(r"([A-Za-z]{1,20}):(.*)", re.DOTALL)
_SIP: Final = re.compile(
    r"(?P<user>[A-Za-z0-9_.+\-]{1,80})@[A-Za-z0-9.\-]{1,200}(?::[0-9]{1,5})?"
    r"(?:;(?:transport|region|edge|secure)=[A-Za-z0-9\-]{1,40})*(?:\?[A-Za-z0-9_.=&%+\-]{1,1000})?"
)
_DIGITS: Final = re.compile(DIGITS)
_NAME: Final = re.compile(r"[A-Za-z0-9_.~@%+?&=;/\-]{1,300}")
_NAMED: Final = frozenset({"client", "app", "sim", "messenger"})  # what no telephone network is asked for
_KEYS: Final = re.compile(r"[0-9A-Da-dwW#*]*")
_EXTENSION: Final = 6  # more keys than this may be a number that a switch behind the callee dials

# verbs that call nobody, whatever stands in them; those that fetch more TwiML among them
CALM: Final = _words(
    "Connect Echo Enqueue Gather Hangup Leave Message Pause Pay Play Prompt Queue Record Redirect Reject Say Sms Start Stop"
)
CALLS: Final = frozenset({"Dial", "Refer"})
MEETS: Final = frozenset({"Conference", "Queue"})  # nouns of Dial that join who is there already
CONNECTED: Final = _words(
    "AiSession Assistant Autopilot Conversation ConversationRelay ConversationRelaySession Room Stream VirtualAgent"
)
_DECLARED: Final = re.compile(r"""<\?xml[^>]*\bencoding\s*=\s*["'](?!utf-8["'])""", re.IGNORECASE)


@attrs.frozen
class Dialled:
    """What one Dial or Refer calls, and from which number; None where it does not say, or says a name."""

    targets: tuple[Target, ...]
    caller: str | None = attrs.field(default=None, repr=False)


def address(text: str) -> Target:
    """Read whom a call goes to; Unreadable for what is neither a number in E.164 nor a name of a known kind."""
    written = text.strip(" ")
    scheme = _SCHEME.fullmatch(written)
    if scheme is None:
        return Target(written, _number(written))
    kind, rest = scheme[1].lower(), scheme[2]
    if kind == "whatsapp":
        return Target(written, _number(rest))
    if kind in {"sip", "sips"}:
        found = _SIP.fullmatch(rest)
        if found is None:
            raise Unreadable("a SIP address of no known form")
        return Target(written, found["user"] if _DIGITS.fullmatch(found["user"]) else None)
    if kind in _NAMED and _NAME.fullmatch(rest):
        return Target(written, None)
    raise Unreadable("an address of no known form")


def caller(text: str) -> str | None:
    """Read from which number a call is placed; None for a client or a SIP address, Unreadable for what is none of these."""
    written = text.strip(" ")
    scheme = _SCHEME.fullmatch(written)
    if scheme is None:
        return _number(written)
    if scheme[1].lower() == "whatsapp":
        return _number(scheme[2])
    if scheme[1].lower() in {"client", "sip", "sips"}:
        return None
    raise Unreadable("a caller of no known form")


def check_keys(text: str) -> None:
    """Do nothing for the keys of an extension; Unreadable for what may be a number, dialled on by who answers."""
    if not _KEYS.fullmatch(text) or sum(key.isdigit() for key in text) > _EXTENSION:
        raise Unreadable("keys that may dial on")


def twiml(text: str) -> tuple[Dialled, ...]:
    """Read whom the TwiML of a call calls; Unreadable for what is no TwiML, or has a verb or a noun that is not known."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text or _DECLARED.match(text.lstrip()):
        raise Unreadable("TwiML with a document type, or in another encoding")
    try:
        root = ET.fromstring(text)  # noqa: S314 - no document type gets here, and without one nothing expands
    except (ET.ParseError, ValueError):
        raise Unreadable("TwiML that is no XML") from None
    if root.tag != "Response" or _said(root):
        raise Unreadable("TwiML that is no Response")
    return tuple(dialled for verb in root for dialled in _verb(verb))


def _verb(verb: Element) -> Iterator[Dialled]:
    if verb.tag == "Dial":
        yield _dial(verb)
    elif verb.tag == "Refer":
        yield Dialled(tuple(map(_sip, verb)))
    elif verb.tag in CALM:
        if any(each.tag in CALLS for each in verb.iter()):
            raise Unreadable("a verb that calls, within one that does not")
        if verb.tag == "Connect" and not all(each.tag in CONNECTED for each in verb):
            raise Unreadable("a noun of Connect that is not known")
        for each in verb.iter():
            check_keys(each.get("digits", "") if each.tag == "Play" else "")
    else:
        raise Unreadable("a verb that is not known")


def _dial(dial: Element) -> Dialled:
    said, from_ = _said(dial), dial.get("callerId")
    bare = (Target(said, _number(said)),) if said else ()
    nouns = tuple(target for noun in dial for target in _noun(noun))
    return Dialled(bare + nouns, None if from_ is None else caller(from_))


def _noun(noun: Element) -> tuple[Target, ...]:
    if noun.tag in MEETS:
        return ()
    if noun.tag == "Sip":
        return (_sip(noun),)
    if noun.tag in {"Number", "WhatsApp"}:
        check_keys(noun.get("sendDigits", ""))
        said = _only(noun, None)
        return (Target(said, _number(said.removeprefix("whatsapp:") if noun.tag == "WhatsApp" else said)),)
    for tag, kind, inner in (("Client", "client", "Identity"), ("Application", "app", "ApplicationSid"), ("Sim", "sim", None)):
        if noun.tag == tag:
            return (address(f"{kind}:{_only(noun, inner)}"),)
    raise Unreadable("a noun of Dial that is not known")


def _sip(noun: Element) -> Target:
    if noun.tag != "Sip":
        raise Unreadable("a noun that is no Sip")
    said = _only(noun, "Uri")
    return address(said if _SCHEME.fullmatch(said) else f"sip:{said}")


def _only(noun: Element, inner: str | None) -> str:
    """Return the one text of a noun, its own or that of the element `inner`; Unreadable where there are two, or none."""
    found = [_said(noun), *(_said(each) for each in noun if each.tag == inner)]
    odd = [each for each in noun if each.tag not in {inner, "Parameter", "Headers"} or (each.tag == inner and len(each))]
    said = [text for text in found if text]
    if len(said) != 1 or odd or (inner is None and len(noun)):
        raise Unreadable("a noun that says no one address")
    return said[0]


def _said(element: Element) -> str:
    """Return the text of an element, without that of the elements in it."""
    return "".join([element.text or "", *(each.tail or "" for each in element)]).strip()


def _number(written: str) -> str:
    found = _APART.sub("", written)
    if not _E164.fullmatch(found):
        raise Unreadable("a number that is not in E.164, with `+` and country code")
    return found
