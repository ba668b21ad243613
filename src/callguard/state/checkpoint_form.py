"""The form of a checkpoint's file: a page of header, then the table's words, bits and masks, and what is to be known about them.

The memory of a table is written as it is, so that it can be mapped; the header tells its size. A sealed file has the same parts in
pieces of at most a mebibyte, each sealed by itself in its place.
"""

from __future__ import annotations

import os
import struct
import sys
from typing import TYPE_CHECKING, Final, Self

import attrs

from callguard._core.delta import BITS, LEAST, WORD
from callguard._core.native import SORTS
from callguard.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callguard.sealing import Keyring

PAGE: Final = 4_096  # bytes of the header
PIECE: Final = 1 << 20
SEAL: Final = 32  # bytes that a sealed piece is longer
_VERSION: Final = 1
_MAGIC: Final = b"cgcheck\n"
_FIELDS: Final = struct.Struct("<8sII32s16sqIqqqqI8s")
_SIGNATURE: Final = 32
_SEALED, _WIDE, _BIG = 1, 2, 4


class Unfit(Exception):  # noqa: N818 - no error: there is always the database
    """A checkpoint cannot be used; the text says why."""


@attrs.frozen(slots=True, kw_only=True)
class Head:
    """What a checkpoint's header says: `mark` is where it stands, `last` the check of the record there, 0 where that is not known.

    `id` is new in each file. A table of `size` slots holds `used` numbers, with `sorts` different masks, or none for a mask a slot.
    The rest is said in `about` bytes, whose CRC-32 is `check`; 0 where all is sealed, under `key`.
    """

    database: str
    id: bytes
    mark: int
    last: int
    size: int
    used: int = 0
    sorts: int
    about: int = 0
    check: int = 0
    key: str

    @property
    def parts(self) -> tuple[int, int, int, int]:
        """How many bytes the words, the bits, the masks and the rest take."""
        return WORD * self.size, BITS * self.size, WORD * (SORTS if self.sorts else self.size), self.about

    @property
    def length(self) -> int:
        """How many bytes the file has where it is not sealed."""
        return PAGE + sum(self.parts)

    @property
    def sealed_length(self) -> int:
        """How many bytes the file has."""
        return self.length + (SEAL * len(list(cuts(self.parts))) if self.key else 0)

    def bound(self, piece: int) -> bytes:
        """Return what a sealed piece is bound to."""
        return b"checkpoint %s %s %d" % (self.database.encode(), self.id.hex().encode(), piece)

    def page(self, keyring: Keyring) -> bytes:
        """Return the header as it is written, signed by the keyring that seals the rest."""
        flags = (_SEALED if self.key else 0) | (0 if self.sorts else _WIDE) | (_BIG if sys.byteorder == "big" else 0)
        fields = _FIELDS.pack(
            _MAGIC,
            _VERSION,
            flags,
            self.database.encode(),
            self.id,
            self.mark,
            self.last,
            self.size,
            self.used,
            self.sorts,
            self.about,
            self.check,
            self.key.encode(),
        )
        return (fields + keyring.sign(fields)).ljust(PAGE, b"\0")

    @classmethod
    def read(cls, fd: int, database: str, keyring: Keyring) -> Self:
        """Read the header of an open file; Unfit where it is none that can be used for a database, by its id, with a keyring."""
        page = os.pread(fd, PAGE, 0)
        if len(page) < PAGE or page[: len(_MAGIC)] != _MAGIC:
            raise Unfit("it is no checkpoint of callguard's, or was cut off")
        fields, signature = page[: _FIELDS.size], page[_FIELDS.size :][:_SIGNATURE]
        _, version, flags, name, id_, mark, last, size, used, sorts, about, check, key = _FIELDS.unpack(fields)
        if version != _VERSION:
            raise Unfit(f"it is of another version of the form ({version}; read here: {_VERSION})")
        try:
            head = cls(
                database=name.rstrip(b"\0").decode(),
                id=id_,
                mark=mark,
                last=last,
                size=size,
                used=used,
                sorts=sorts,
                about=about,
                check=check,
                key=key.rstrip(b"\0").decode(),
            )
            genuine = keyring.check(head.key, fields, signature)
        except UnicodeDecodeError:
            raise Unfit("its header is damaged") from None
        except StateError as error:
            raise Unfit(str(error)) from None
        if (
            not genuine
            or any(page[_FIELDS.size + _SIGNATURE :])
            or bool(flags & _SEALED) != bool(head.key)
            or bool(flags & _WIDE) == bool(sorts)
        ):
            raise Unfit("its header is damaged")
        if bool(flags & _BIG) != (sys.byteorder == "big"):
            raise Unfit("it was written on a machine of the other byte order")
        if head.database != database:
            raise Unfit("it is of another database")
        return head._sound(os.fstat(fd).st_size)

    def of_the_same(self, sealed: Head) -> Self:
        """Return itself, where it is the header of what was sealed with another; else Unfit."""
        if attrs.evolve(self, key=sealed.key, check=sealed.check) != sealed:
            raise Unfit("it is of another checkpoint")
        return self

    def _sound(self, length: int) -> Self:
        """Return itself; Unfit where it cannot be, or the file is not as long as it says."""
        free = 0 <= 3 * self.used <= 2 * self.size
        if (
            self.size < LEAST
            or self.size & (self.size - 1)
            or not free
            or not 0 <= self.sorts <= SORTS
            or self.about < 0
            or self.mark < 0
        ):
            raise Unfit("its header makes no sense")
        if length != self.sealed_length:
            raise Unfit("it was cut off, or is longer than it was")
        return self


def cuts(parts: tuple[int, ...]) -> Iterator[tuple[int, int, int]]:
    """Yield the pieces of which the parts are read and written: which part, from which of its bytes, and how many."""
    for part, size in enumerate(parts):
        for start in range(0, size, PIECE):
            yield part, start, min(PIECE, size - start)
