"""Issuing permits: what holds the private key."""

from __future__ import annotations

import hmac
import os
from hashlib import sha256
from time import time
from typing import TYPE_CHECKING, Final, Self

from callguard import phone
from callguard.errors import PolicyError, Problem
from callguard.permits import form, keys

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from callguard.policy.model import PermitKeys

LIFETIME_S: Final = 30.0


class Permits:
    """Signs permits, each good for `lifetime` seconds; every thread may use it, and nothing of it shows the key."""

    def __init__(self, private: Ed25519PrivateKey, *, lifetime: float = LIFETIME_S, region: str = "CN") -> None:
        """Take the private key; `region` is where callers are written without a country code."""
        if not 0 < lifetime <= form.LONGEST_S:
            raise ValueError(f"`lifetime` is {lifetime}; accepted: seconds, more than 0, up to {form.LONGEST_S:g}")
        self.lifetime, self.region = lifetime, region
        self._private = private
        self._id = keys.key_id(private.public_key())
        self._drawing = hmac.digest(private.private_bytes_raw(), b"callguard permit ids", "sha256")
        self.public = keys.public_text(private)

    def __repr__(self) -> str:
        return f"Permits({self._id.hex()})"

    @classmethod
    def signing(cls, private: str, *, lifetime: float = LIFETIME_S, region: str = "CN") -> Self:
        """Read the private key that `callguard permit keygen` made; ValueError, without the key, for what is none."""
        return cls(keys.private_key(private), lifetime=lifetime, region=region)

    @classmethod
    def find(cls, section: PermitKeys, region: str) -> Self | None:
        """Return what signs with the key that a policy's [permits] names, None where none; PolicyError if it cannot be had."""
        from callguard import sealing

        if section.key_env is not None:
            key, place = "key_env", f"`{section.key_env}`"
            text = sealing.of_environment(section.key_env, "permits", keys.ACCEPTED_PRIVATE)
        elif section.key_file is not None:
            key, place = "key_file", f"`{section.key_file}`"
            text = sealing.of_file(section.key_file, "permits", keys.ACCEPTED_PRIVATE)
        else:
            return None
        try:
            return cls.signing(text, lifetime=section.lifetime_s, region=region)
        except ValueError as error:
            found = f"{place}, which holds {str(error).partition(';')[0]}"
            raise PolicyError(problems=[Problem(key=f"permits.{key}", found=found, accepted=keys.ACCEPTED_PRIVATE)]) from None

    def new_id(self, key: str | None = None, *call: object) -> bytes:
        """Return a new permit's id: random, or for an attempt's `key` and call always the same, so that one key has one permit."""
        if key is None:
            return os.urandom(form.ID)
        said = "\0".join(map(str, (key, *call))).encode("utf-8", "surrogatepass")
        return hmac.new(self._drawing, said, sha256).digest()[: form.ID]

    def issue(
        self,
        *,
        callee: int,
        caller: str,
        campaign: str,
        now: float | None = None,
        until: float | None = None,
        id_: bytes | None = None,
    ) -> str:
        """Return a permit for one call, good from `now` for the lifetime, and no longer than `until` where that comes first.

        The callee is an int in E.164, the caller in any writing; instants are epoch seconds. ValueError for a campaign whose name
        is longer than 255 bytes, or where `until` is not later than `now`.
        """
        since = time() if now is None else now
        lifetime = self.lifetime if until is None else min(self.lifetime, until - since)
        return form.written(
            key=self._id,
            since=since,
            lifetime=lifetime,
            id_=self.new_id() if id_ is None else id_,
            callee=callee,
            caller=phone.caller_key(caller, self.region) or caller,
            campaign=campaign,
            sign=self._private.sign,
        )
