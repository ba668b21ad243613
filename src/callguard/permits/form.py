"""What a permit is, byte by byte, and why one is not taken.

Base64 for URLs, without padding, of: the version (1 byte, 1), the key's id (4), the instant it is good from in milliseconds since
1970 (8, big-endian), for how many milliseconds (4), the permit's id (16), digests of callee and caller (16 each), the campaign in
UTF-8 (0 to 255 bytes), and the Ed25519 signature of all before it (64). A digest is that of the permit's id and the number, so that
neither stands in clear and no two permits are alike; whoever has the permit can still try all numbers.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Literal, get_args

import attrs

from callguard.errors import CallguardError

if TYPE_CHECKING:
    from collections.abc import Callable

Why = Literal["missing", "malformed", "unknown-key", "signature", "not-yet", "expired", "callee", "caller", "used"]
REASONS: Final[tuple[Why, ...]] = get_args(Why)
VERSION: Final = 1
ID: Final = 16  # bytes of a permit's id
KEY_ID: Final = 4
LONGEST_S: Final = 600.0  # for which a permit may be good
_HEAD: Final = struct.Struct(f">B{KEY_ID}sQI{ID}s16s16s")
_SIGNATURE: Final = 64
_CAMPAIGN: Final = 255  # bytes
_LONGEST: Final = -(-4 * (_HEAD.size + _CAMPAIGN + _SIGNATURE) // 3)  # characters
_TEXT: Final = re.compile(r"[A-Za-z0-9_-]+")
_LAST_MS: Final = 1 << 48
_SAID: Final[dict[Why, str]] = {
    "missing": "the call has no permit",
    "malformed": "what the call has is no permit",
    "unknown-key": "the permit was signed by a key that is not held here",
    "signature": "the permit was changed, or signed by another key than it names",
    "not-yet": "the permit is not good yet: the clocks of the two hosts differ",
    "expired": "the permit has ended",
    "callee": "the permit is for another callee",
    "caller": "the permit is for another caller",
    "used": "a call was placed on this permit before",
}


class PermitError(CallguardError):
    """A call has no permit that is good for it; `reason` is one of REASONS. No text of it holds a number or the permit."""

    def __init__(self, reason: Why) -> None:
        """Take the reason, whose sentence is the error's text."""
        self.reason: Why = reason
        super().__init__(_SAID[reason])

    def __reduce__(self) -> tuple[type[PermitError], tuple[Why]]:
        """Pickle with the reason."""
        return type(self), (self.reason,)


@attrs.frozen(slots=True, kw_only=True)
class Permit:
    """What a permit says: its id and its key's id in hex, its campaign, and from when to when it is good, in epoch seconds."""

    id: str
    key: str
    campaign: str
    since: float
    until: float


@attrs.frozen(slots=True)
class Parsed:
    """A permit that was read and is not checked yet."""

    permit: Permit
    id: bytes
    key: bytes
    callee: bytes
    caller: bytes
    signed: bytes
    signature: bytes


def digest(id_: bytes, what: str, number: str) -> bytes:
    """Return what stands in a permit for a number."""
    return sha256(b"callguard permit 1 " + what.encode() + b" " + id_ + number.encode("utf-8", "surrogatepass")).digest()[:16]


def written(
    *,
    key: bytes,
    since: float,
    lifetime: float,
    id_: bytes,
    callee: int,
    caller: str,
    campaign: str,
    sign: Callable[[bytes], bytes],
) -> str:
    """Return a permit as text; ValueError for what does not go into one."""
    said = campaign.encode("utf-8", "surrogatepass")
    if len(said) > _CAMPAIGN:
        raise ValueError(f"the campaign's name has {len(said)} bytes; accepted: {_CAMPAIGN}, for a permit to carry it")
    if not 0 < lifetime <= LONGEST_S:
        raise ValueError(f"a permit for {lifetime} seconds; accepted: more than 0, up to {LONGEST_S:g}")
    head = _HEAD.pack(
        VERSION,
        key,
        round(since * 1000),
        max(1, round(lifetime * 1000)),
        id_,
        digest(id_, "callee", str(callee)),
        digest(id_, "caller", caller),
    )
    return base64.urlsafe_b64encode(head + said + sign(head + said)).rstrip(b"=").decode()


def parsed(text: str) -> Parsed:
    """Read a permit, whoever signed it; PermitError where it is missing or malformed."""
    text = text.strip(" \t")
    if not text:
        raise PermitError("missing")
    if len(text) > _LONGEST or not _TEXT.fullmatch(text):
        raise PermitError("malformed")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise PermitError("malformed") from None
    # one permit has one writing: loose bits at the end are no permit
    if len(data) < _HEAD.size + _SIGNATURE or base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text:
        raise PermitError("malformed")
    version, key, since, length, id_, callee, caller = _HEAD.unpack_from(data)
    if version != VERSION or since > _LAST_MS or not 0 < length <= LONGEST_S * 1000:
        raise PermitError("malformed")
    try:
        campaign = data[_HEAD.size : -_SIGNATURE].decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        raise PermitError("malformed") from None
    permit = Permit(id=id_.hex(), key=key.hex(), campaign=campaign, since=since / 1000, until=(since + length) / 1000)
    return Parsed(permit, id_, key, callee, caller, data[:-_SIGNATURE], data[-_SIGNATURE:])
