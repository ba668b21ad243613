"""Spark's data frames screened on its executors: what decides is shipped to each once, and mapped there."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import attrs

from callguard import clock
from callguard.batch.answers import ADDED
from callguard.batch.arrow import Screening, library
from callguard.batch.asking import Asked, Taken
from callguard.batch.files import TableError
from callguard.batch.shipment import Elsewhere, Sent, opened, ship
from callguard.guard import Guard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_FOLDER: Final = "callguard"  # in the folder that Spark takes away with the application
_HELD: Final = 4  # of what was shipped, in one worker
_NUMBERS: Final = {"ByteType": "int8", "ShortType": "int16", "IntegerType": "int32", "LongType": "int64"}
_NUMBERS_NOT_READ: Final = {"FloatType": "float32", "DoubleType": "float64"}
_TEXTS: Final = dict.fromkeys(("StringType", "CharType", "VarcharType"), "string")
_KINDS: Final = {**_TEXTS, **_NUMBERS, **_NUMBERS_NOT_READ, "NullType": "null"}


def scrub(
    df: Any,
    guard: Guard | str | os.PathLike[str],
    *,
    campaign: str | None = None,
    caller: str | None = None,
    at: Any = None,
    column: str | None = None,
    campaign_column: str | None = None,
    caller_column: str | None = None,
    place_column: str | None = None,
    at_column: str | None = None,
    lang: str = "en",
    key_env: str | None = None,
) -> Any:
    """Screen a Spark data frame: returns one of the same rows, with `callguard_reason`, `callguard_message`, `callguard_retry_at`.

    It is lazy, as all of Spark; what the guard, or that of a policy file, knows now is what every task decides by, at one instant
    unless `at_column` tells each row its own, whenever and however often it runs. Columns go by name, or by place from 1 on. Where
    the state is sealed each executor must have the key, where the policy says or in its variable `key_env`.

    Raised here, before any job: TableError where a column is not there or is of another type, ValueError and PolicyError for what a
    program may not pass, StateError where nothing could be allowed. Raised where a task runs: CallguardError where an executor has
    other code or data, PolicyError where it lacks the key.
    """
    pa = library()
    if not hasattr(df, "mapInArrow"):
        raise TypeError(f"the table is a {type(df).__name__}; accepted: a DataFrame of PySpark 4.0 or newer")
    if df.isStreaming:
        accepted = "`stream.writeStream.foreachBatch`, and `scrub` for each batch"
        raise TypeError(f"the table is a stream, which goes on when what is known now is out of date; accepted: {accepted}")
    asked = Asked(
        campaign,
        caller,
        None if at is None else clock.instant(at),
        column,
        campaign_column,
        caller_column,
        place_column,
        at_column,
    )
    if isinstance(guard, Guard):
        return _planned(pa, df, guard, asked, lang, key_env)
    if not isinstance(guard, str | os.PathLike):
        accepted = "a Guard, or the path of a policy file: with its state comes who has refused"
        raise TypeError(f"the guard is a {type(guard).__name__}; accepted: {accepted}")
    with Guard.open(guard) as found:
        return _planned(pa, df, found, asked, lang, key_env)


def _planned(pa: Any, df: Any, guard: Guard, asked: Asked, lang: str, key_env: str | None) -> Any:
    from pyspark.sql.types import StringType, StructField, StructType, TimestampType

    fields = df.schema.fields
    header = tuple(field.name for field in fields)
    schema = pa.schema([pa.field(field.name, _kind(pa, field.dataType)) for field in fields])
    try:
        screening = Screening(guard, asked, schema, iter(()), lang=lang)
    except TableError as error:
        if error.key == "column-type":
            kinds = {field.name: field.dataType.simpleString() for field in fields}
            raise TableError(error.key, name=error.facts["name"], type=kinds[str(error.facts["name"])]) from None
        raise
    if asked.at_column is None:
        asked = attrs.evolve(asked, at=screening.at)
    sent = _sent(df, guard, key_env)
    taken = screening.taken

    def screened(batches: Iterator[Any]) -> Iterator[Any]:
        return _screened(sent, header, asked, taken, lang, batches)

    added = [StructField(name, StringType()) for name in ADDED[:2]] + [StructField(ADDED[2], TimestampType())]
    kept = [field for field in fields if field.name not in ADDED]
    # by their places: a name may have a dot in it, or be there twice
    return df.toDF(*(f"c{i}" for i in range(len(fields)))).mapInArrow(screened, StructType([*kept, *added]))


def _kind(pa: Any, kind: Any) -> Any:
    """Return a type of Arrow that may tell what a type of Spark's may."""
    name = type(kind).__name__
    if name == "DecimalType":
        return pa.decimal128(kind.precision, kind.scale)
    if name in {"TimestampType", "TimestampNTZType"}:
        return pa.timestamp("us", "UTC" if name == "TimestampType" else None)
    return pa.type_for_alias(_KINDS.get(name, "binary"))


# ---- shipping


def _sent(df: Any, guard: Guard, key_env: str | None) -> Callable[[], Sent]:
    """Ship a guard to wherever a frame's session runs its tasks; return what gives it there."""
    session = df.sparkSession
    if type(df).__module__.startswith("pyspark.sql.connect"):
        with TemporaryDirectory(prefix="callguard-") as folder:
            sent, files = ship(guard, Path(folder), key_env=key_env)
            session.addArtifacts(*map(str, files), file=True)
        return lambda: sent
    from pyspark import SparkFiles

    context = session.sparkContext
    sent, files = ship(guard, Path(SparkFiles.getRootDirectory()) / _FOLDER, key_env=key_env)
    known = {name.rpartition("/")[2] for name in context.listFiles}
    for file in files:
        if file.name not in known:
            context.addFile(str(file))
    broadcast = context.broadcast(sent)
    return lambda: broadcast.value


# ---- where tasks run

_held: dict[bytes, Elsewhere] = {}
_opening = threading.Lock()


def _screened(
    sent: Callable[[], Sent], header: tuple[str, ...], asked: Asked, taken: Taken, lang: str, batches: Iterator[Any]
) -> Iterator[Any]:
    """Yield the batches of one task with their answers."""
    pa = library()
    screening: Screening | None = None
    for batch in batches:
        named = pa.RecordBatch.from_arrays(batch.columns, names=list(header))
        if screening is None:
            screening = Screening(_decider(sent()), asked, named.schema, iter(()), lang=lang, taken=taken)
        screening.begin_again(iter((named,)))
        for found, answered in screening:
            yield screening.with_answers(found, answered, encoded=False)


def _decider(sent: Sent) -> Elsewhere:
    """Return what decides, opened once in this process."""
    from pyspark import SparkFiles

    with _opening:
        found = _held.pop(sent[1], None) or opened(sent, SparkFiles.get)
        _held[sent[1]] = found  # the newest last
        while len(_held) > _HELD:
            del _held[next(iter(_held))]
    return found
