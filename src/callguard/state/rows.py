"""Records as they are stored: as columns of a row with its check, and packed to bytes for the tail, the spool and for sealing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from zlib import crc32

from callguard.errors import StateError
from callguard.state.records import Consented, Lift, ListVersion, Refusal, StatusChange, Withdrawal

if TYPE_CHECKING:
    from callguard.state.records import Record

REFUSAL: Final = 1
IMPORTED: Final = 2
LIFT: Final = 3
CONSENTED: Final = 4
WITHDRAWAL: Final = 5
STATUS: Final = 6
LIST_VERSION: Final = 7
CODES: Final = 8  # `what` of a row is its scope's id times this, and the code

_WORD: Final = (1 << 64) - 1
_MIX: Final = 0x9E37_79B9_7F4A_7C15

Columns = tuple[int, str, int | None, int, str | None]
Packed = tuple[Columns, bytes]


def micros(at: float) -> int:
    """Return epoch seconds as whole microseconds."""
    return round(at * 1_000_000)


def seconds(at: int) -> float:
    """Return microseconds as epoch seconds; `micros` gives them back, until 2049."""
    return at / 1_000_000


def check(seq: int, what: int, number: int | None, at: int, stored: int, note: bytes | None) -> int:
    """Return the 32-bit check of a row; of a sealed one, `note` is what is sealed."""
    h = seq & _WORD
    for value in (what, number or 0, at, stored, crc32(note or b"")):
        h = ((h ^ value & _WORD) * _MIX) & _WORD
        h ^= h >> 29
    return h >> 32


def columns(record: Record) -> Columns:
    """Return a record's code, the name that it is about (a scope, a caller's key, a list), number, microseconds and note (JSON).

    ValueError or TypeError for what is no record, or has no number in E.164.
    """
    match record:
        case Refusal(number=number, scope=scope, at=at, source=source, imported=imported):
            note = None if source is None else text_of({"source": source})
            return IMPORTED if imported else REFUSAL, scope, _number(number), micros(at), note
        case Lift(number=number, scope=scope, at=at, proof=proof):
            return LIFT, scope, _number(number), micros(at), text_of({"proof": proof})
        case Consented(number=number, scope=scope, at=at, proof=proof, until=until):
            facts = {"proof": proof} if until is None else {"proof": proof, "until": until}
            return CONSENTED, scope, _number(number), micros(at), text_of(facts)
        case Withdrawal(number=number, scope=scope, at=at):
            return WITHDRAWAL, scope, _number(number), micros(at), None
        case StatusChange(caller=caller, status=status, at=at):
            return STATUS, caller, None, micros(at), text_of({"status": status})
        case ListVersion(name=name, digest=digest, numbers=numbers, at=at):
            return LIST_VERSION, name, None, micros(at), text_of({"digest": digest, "numbers": numbers})
        case _:
            raise TypeError(f"a {type(record).__name__} is no record")


def record_of(code: int, name: str, number: int | None, at: int, note: str | None) -> Record:
    """Return the record of what `columns` gave; ValueError, TypeError or KeyError for what none gives."""
    when, facts = at / 1_000_000, {} if note is None else json.loads(note)
    if code in {REFUSAL, IMPORTED}:
        return Refusal(number=_number(number), scope=name, at=when, source=facts.get("source"), imported=code == IMPORTED)
    if code == LIFT:
        return Lift(number=_number(number), scope=name, at=when, proof=facts["proof"])
    if code == CONSENTED:
        return Consented(number=_number(number), scope=name, at=when, proof=facts["proof"], until=facts.get("until"))
    if code == WITHDRAWAL:
        return Withdrawal(number=_number(number), scope=name, at=when)
    if code == STATUS:
        return StatusChange(caller=name, status=facts["status"], at=when)
    if code == LIST_VERSION:
        return ListVersion(name=name, digest=facts["digest"], numbers=facts["numbers"], at=when)
    raise ValueError("a record of an unknown kind")


def pack(record: Record) -> bytes:
    """Return a record as bytes."""
    return packed(record)[1]


def packed(record: Record) -> Packed:
    """Return a record's columns, and the record as bytes."""
    found = columns(record)
    return found, text_of(found).encode()


def unpack(payload: bytes) -> Record:
    """Return the record that `pack` made bytes of; StateError where these are none."""
    try:
        code, name, number, at, note = json.loads(payload)
        return record_of(code, name, number, at, note)
    except (ValueError, TypeError, KeyError):
        raise StateError("a stored record cannot be read: it is damaged, or sealed under a key that is not held") from None


def text_of(value: object) -> str:
    """Return a value as compact JSON, readable where it can be stored so."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a pair, as broken names of files have it
        return json.dumps(value, separators=(",", ":"))
    return text


def _number(number: int | None) -> int:
    if type(number) is not int or not 0 < number < 10**15:
        raise ValueError("a record without a number in E.164")
    return number
