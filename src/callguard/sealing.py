"""Keys, and what is done with them: sealing, finding what is sealed, linking chains, signing.

From each key others are drawn (HKDF-SHA256), so that none serves two ends: `seal` (AES-256-GCM), `blind`, `chain` and `sign`
(HMAC-SHA256). One key is active; those before it are held only so that what they sealed can still be read, found and checked.
Without any key everything stays as it is and links are plain SHA-256, which show a mistake but no forgery.

A nonce is 12 random bytes: give a new key before one has sealed four thousand million things.
"""

from __future__ import annotations

import hmac
import os
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Self

from callguard.errors import PolicyError, Problem, StateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from callguard.policy import CallLog

SIZE: Final = 32  # bytes of a key, of a link and of a signature
BLIND: Final = 16  # bytes of a blind index
START: Final = bytes(SIZE)  # the link before a chain's first row
ACCEPTED: Final = (
    "32 bytes in base64 or hex, as `callguard log keygen` makes them; several with blanks between, the active one first"
)
_ID: Final = 4  # bytes of a key's id
_NONCE: Final = 12
_TAG: Final = 16
_BLOCK: Final = 64  # bytes that SHA-256 works in at a time
_LABEL: Final = b"callguard 1 "
_COMMAND_S: Final = 30  # how long a key command may take
_MOST: Final = 65_536  # bytes of a key file


class Keyring:
    """The keys that are held: `active` is the id of the one that seals, "" without one, `ids` are those of all.

    An id is eight hex digits of a hash. Every thread may use it, and a forked process too; nothing of it shows a key.
    """

    def __init__(self, keys: Iterable[bytes] = ()) -> None:
        """Draw the subkeys of keys of 32 bytes, the active one first."""
        self._held = {key.id: key for key in map(_Key, keys)}
        self._of = {bytes.fromhex(id_): key for id_, key in self._held.items()}
        self.ids = tuple(self._held)
        self.active = self.ids[0] if self.ids else ""
        self._first = self._held.get(self.active)

    def __repr__(self) -> str:
        return f"Keyring({', '.join(self.ids) or 'no key'})"

    @classmethod
    def plain(cls) -> Self:
        """Return a keyring without a key."""
        return cls()

    @classmethod
    def of(cls, text: str) -> Self:
        """Read keys in base64 or hex, with blanks, commas or line ends between; ValueError, without the key, for what is none."""
        return cls(_read(text))

    @classmethod
    def find(cls, call_log: CallLog | None, base: Path | None = None) -> Self:
        """Return the keys that a policy's call log names: in the environment, a file, or what a command prints.

        `base` is where a relative path starts and the command runs. PolicyError where they cannot be had; without any of the three,
        a keyring without a key.
        """
        if call_log is None:
            return cls.plain()
        if call_log.key_env is not None:
            return cls._from(of_environment(call_log.key_env), "key_env", f"`{call_log.key_env}`")
        if call_log.key_file is not None:
            path = call_log.key_file if base is None else base / call_log.key_file
            return cls._from(of_file(path), "key_file", f"`{path}`")
        if call_log.key_command is not None:
            return cls._from(_of_command(call_log.key_command, base), "key_command", f"`{call_log.key_command[0]}`")
        return cls.plain()

    @classmethod
    def _from(cls, text: str, key: str, place: str) -> Self:
        try:
            return cls.of(text)
        except ValueError as error:
            raise _problem(key, f"{place}, which holds {error}") from None

    def seal(self, plain: bytes, bound: bytes) -> bytes:
        """Seal bytes under the active key, to be opened only with the same `bound` beside them.

        They are the key's id (4 bytes), the nonce (12), and the rest, 16 bytes longer than before. Without a key: as they were.
        """
        key = self._first
        if key is None:
            return plain
        nonce = os.urandom(_NONCE)
        return key.head + nonce + key.box.encrypt(nonce, plain, bound)

    def unseal(self, sealed: bytes, bound: bytes) -> bytes:
        """Open what any held key sealed; StateError where none did, or where it or `bound` is not what it was."""
        if self._first is None:
            return sealed
        key = self._of.get(sealed[:_ID])
        if key is None:
            raise not_held(sealed[:_ID].hex())
        cut = _ID + _NONCE
        try:
            return key.box.decrypt(sealed[_ID:cut], sealed[cut:], bound)
        except key.broken:
            raise StateError(
                f"what is sealed under key {key.id} was changed after it was sealed, or stands in another's place"
            ) from None

    def unseal_many(self, sealed: Iterable[tuple[bytes, bytes]]) -> list[bytes]:
        """Return what `unseal` does of each; StateError where any held key did not seal one, or it is not what it was."""
        found, boxes, cut = [], {id_: key.box.decrypt for id_, key in self._of.items()}, _ID + _NONCE
        if self._first is None:
            return [bytes(each) for each, _ in sealed]
        for each, bound in sealed:
            decrypt = boxes.get(each[:_ID])
            try:
                found.append(self.unseal(each, bound) if decrypt is None else decrypt(each[_ID:cut], each[cut:], bound))
            except self._first.broken:
                self.unseal(each, bound)  # which says why not
                raise
        return found

    def blind(self, text: str) -> bytes:
        """Return 16 bytes by which a text is found, and from which nobody without the active key can tell it."""
        return _blind(self._first, text)

    def blinds(self, text: str) -> tuple[bytes, ...]:
        """Return what `blind` gave or gives under each key that is held, the active one's first."""
        return tuple(_blind(key, text) for key in self._held.values()) or (_blind(None, text),)

    def link(self, key: str, previous: bytes, row: bytes) -> bytes:
        """Return the link of a row to the link before it, under a key by its id ("": none); StateError for one that is not held."""
        return self.linking(key)(previous + row)

    def linking(self, key: str) -> Callable[[bytes], bytes]:
        """Return what makes links of bytes, as `link` does, for those who make very many; StateError for a key that is not held."""
        return self._key(key).chain if key else _plainly

    def sign(self, said: bytes) -> bytes:
        """Return a signature of 32 bytes under the active key: proof for whoever holds the key, and for nobody else."""
        return _plainly(_LABEL + said) if self._first is None else self._first.sign(said)

    def check(self, key: str, said: bytes, signature: bytes) -> bool:
        """Return whether a signature under a key, by its id, is of these bytes; StateError for a key that is not held."""
        expected = self._key(key).sign(said) if key else _plainly(_LABEL + said)
        return hmac.compare_digest(expected, signature)

    def _key(self, id_: str) -> _Key:
        key = self._held.get(id_)
        if key is None:
            raise not_held(id_)
        return key


class _Key:
    """What is drawn from one key."""

    __slots__ = ("blind", "box", "broken", "chain", "head", "id", "sign")

    def __init__(self, key: bytes) -> None:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        if len(key) != SIZE:
            raise ValueError(f"a key of {len(key)} bytes; accepted: {SIZE}")

        def drawn(label: bytes) -> bytes:
            return HKDF(SHA256(), SIZE, None, _LABEL + label).derive(key)

        self.head = drawn(b"id")[:_ID]
        self.id = self.head.hex()
        self.box = AESGCM(drawn(b"seal"))
        self.broken = (InvalidTag, ValueError)  # what the box raises
        self.blind, self.chain, self.sign = (_Mac(drawn(label)) for label in (b"blind", b"chain", b"sign"))


class _Mac:
    """HMAC-SHA256 under one key (RFC 2104); `hmac.digest` works the key in each time, which takes longer than all the rest."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        block = key.ljust(_BLOCK, b"\0")
        self._inner = sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = sha256(bytes(byte ^ 0x5C for byte in block))

    def __call__(self, said: bytes) -> bytes:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(said)
        outer.update(inner.digest())
        return outer.digest()


def new_key() -> str:
    """Return a new random key, in base64."""
    from base64 import b64encode

    return b64encode(os.urandom(SIZE)).decode()


def _blind(key: _Key | None, text: str) -> bytes:
    said = text.encode("utf-8", "surrogatepass")
    return (_plainly(_LABEL + said) if key is None else key.blind(said))[:BLIND]


def _plainly(said: bytes) -> bytes:
    return sha256(said).digest()


def _read(text: str) -> list[bytes]:
    """Return the keys of a text, the same one only once."""
    words = text.replace(",", " ").split()
    if not words:
        raise ValueError("no key")
    keys = [_bytes_of(word) for word in words]
    for i, key in enumerate(keys, 1):
        if key is None:
            raise ValueError(f"a word of {len(words[i - 1])} characters that is no key (the {i}. of {len(words)})")
    return list(dict.fromkeys(key for key in keys if key is not None))


def _bytes_of(word: str) -> bytes | None:
    """Return the 32 bytes of a word in hex or base64 (either alphabet, padded or not); None where it is neither."""
    import base64

    try:
        if len(word) == 2 * SIZE:
            return bytes.fromhex(word)
        padded = word.rstrip("=").replace("-", "+").replace("_", "/") + "=" * (-len(word.rstrip("=")) % 4)
        found = base64.b64decode(padded, validate=True)
    except ValueError:
        return None
    return found if len(found) == SIZE else None


def of_environment(name: str, section: str = "call_log", accepted: str = ACCEPTED) -> str:
    """Return the text of a key that a section's `key_env` names; PolicyError where the variable is not set."""
    text = os.environ.get(name)
    if text is None:
        raise _problem("key_env", f"`{name}`, which is not set", accepted, section)
    return text


def of_file(path: Path, section: str = "call_log", accepted: str = ACCEPTED) -> str:
    """Return the text of a key that a section's `key_file` names; PolicyError where others may read it, or nobody can."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if os.name == "posix" and mode & 0o077:
                found = f"`{path}`, which others may read or write (mode {mode & 0o777:04o})"
                raise _problem("key_file", found, "a file of mode 0600 or 0400 with " + accepted, section)
            data = file.read(_MOST)
    except OSError as error:
        said = f"`{path}`, which cannot be read ({error.strerror or type(error).__name__})"
        raise _problem("key_file", said, accepted, section) from None
    return _decoded(data, "key_file", f"`{path}`", accepted, section)


def _of_command(command: tuple[str, ...], base: Path | None) -> str:
    import subprocess

    place = f"`{command[0]}`" if command else "an empty command"
    try:
        # what it says by its error stream is left to the terminal: it is no place of callguard's to repeat
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd=base, timeout=_COMMAND_S, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise _problem("key_command", f"{place}, which was not through within {_COMMAND_S} seconds") from None
    except (OSError, ValueError, IndexError) as error:
        said = error.strerror if isinstance(error, OSError) else None
        raise _problem("key_command", f"{place}, which cannot be run ({said or type(error).__name__})") from None
    if done.returncode != 0:
        raise _problem("key_command", f"{place}, which ended with status {done.returncode}")
    return _decoded(done.stdout, "key_command", place)


def _decoded(data: bytes, key: str, place: str, accepted: str = ACCEPTED, section: str = "call_log") -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _problem(key, f"{place}, which holds bytes that are not UTF-8", accepted, section) from None


def _problem(key: str, found: str, accepted: str = ACCEPTED, section: str = "call_log") -> PolicyError:
    return PolicyError(problems=[Problem(key=f"{section}.{key}", found=found, accepted=accepted)])


def not_held(id_: str) -> StateError:
    """Return the error of what is sealed under a key, by its id, that is not held."""
    return StateError(
        f"sealed under key {id_ or '(none)'}, which is not held: give it beside the others, in what the policy's [call_log] names"
    )
