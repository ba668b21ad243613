"""Permit keys as people keep them: `permit-private:…` signs, `permit-public:…` checks; each 32 bytes in base64 for URLs."""

from __future__ import annotations

import base64
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from callguard.permits.form import KEY_ID

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PRIVATE: Final = "permit-private:"
PUBLIC: Final = "permit-public:"
ACCEPTED_PRIVATE: Final = f"one private key, `{PRIVATE}` and 43 characters, as `callguard permit keygen` makes it"
ACCEPTED_PUBLIC: Final = (
    f"public keys, each `{PUBLIC}` and 43 characters, as `callguard permit keygen` prints it; several with blanks between"
)
_BODY: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def new_keys() -> tuple[str, str]:
    """Return a new private key and its public key, as text."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.generate()
    return _text(PRIVATE, private.private_bytes_raw()), public_text(private)


def public_text(private: Ed25519PrivateKey) -> str:
    """Return the public key of a private key, as text."""
    return _text(PUBLIC, private.public_key().public_bytes_raw())


def key_id(public: Ed25519PublicKey) -> bytes:
    """Return the four bytes by which a permit names its key."""
    return sha256(b"callguard permit key " + public.public_bytes_raw()).digest()[:KEY_ID]


def private_key(text: str) -> Ed25519PrivateKey:
    """Read a private key; ValueError, without the key, for what is none or is more than one."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    words = text.split()
    if len(words) != 1:
        raise ValueError(f"{len(words) or 'no'} keys; accepted: {ACCEPTED_PRIVATE}")
    if words[0].startswith(PUBLIC):
        raise ValueError(f"a public key, which cannot sign; accepted: {ACCEPTED_PRIVATE}")
    return Ed25519PrivateKey.from_private_bytes(_bytes(words[0], PRIVATE, ACCEPTED_PRIVATE))


def public_keys(text: str) -> list[Ed25519PublicKey]:
    """Read one public key or more, with blanks, commas or line ends between; ValueError for what is none."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    words = text.replace(",", " ").split()
    if not words:
        raise ValueError(f"no key; accepted: {ACCEPTED_PUBLIC}")
    if any(word.startswith(PRIVATE) for word in words):
        raise ValueError(f"a private key, which belongs to the host that decides alone; accepted: {ACCEPTED_PUBLIC}")
    return [Ed25519PublicKey.from_public_bytes(_bytes(word, PUBLIC, ACCEPTED_PUBLIC)) for word in words]


def _text(kind: str, data: bytes) -> str:
    return kind + base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(word: str, kind: str, accepted: str) -> bytes:
    body = word.removeprefix(kind)
    if not word.startswith(kind) or not _BODY.fullmatch(body):
        raise ValueError(f"a word of {len(word)} characters that is no such key; accepted: {accepted}")
    return base64.urlsafe_b64decode(body + "=")
