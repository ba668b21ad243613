"""Arrow tables of every kind, screened as they stream: the same answers as one by one, nothing copied, no row lost."""

from __future__ import annotations

import gc
from datetime import UTC, datetime

import duckdb
import polars as pl
import pyarrow as pa
import pytest

from callguard import Reason, clock
from callguard.batch import scrub_batches
from callguard.batch.files import TableError
from samples import CALLER, MOBILE, OTHER, POLICY, guard

SECOND = "01085550124"
PHONES = [MOBILE, "110", "nobody", OTHER, None, "+85221234567", "（010）8555 0123", "", "1.38E+10", "8613800130009", "+12025550123"]
LATE = "2026-11-24T22:30:00+08:00"
ADDED = ["callguard_reason", "callguard_message", "callguard_retry_at"]


@pytest.fixture
def asked():
    found = guard()
    found.refuse(OTHER)
    return found


def answers(table):
    """Return what each row of a table was told."""
    assert table.schema.names[-3:] == ADDED
    return list(zip(*(table[name].to_pylist() for name in ADDED), strict=True))


def one_by_one(asked, phones, *, campaign="course", caller=CALLER, at=LATE, place=None):
    """Return what `may_dial` says of each, as a row is told it."""
    found = []
    for phone in phones:
        decision = asked.may_dial(
            "" if phone is None else phone,
            campaign=campaign,
            caller=caller,
            at=datetime.fromisoformat(at) if isinstance(at, str) else at,
            place=place,
        )
        retry = None if decision or decision.retry_s is None else datetime.fromtimestamp(decision.retry_s, UTC)
        found.append((decision.reason.value, None if decision else decision.message, retry))
    return found


def screened(asked, table, **said):
    said = {"campaign": "course", "caller": CALLER, "at": datetime.fromisoformat(LATE)} | said
    return scrub_batches(table, asked, **{name: value for name, value in said.items() if value is not None}).read_all()


KINDS = {
    "string": pa.array(PHONES),
    "large": pa.array(PHONES, pa.large_string()),
    "view": pa.array(PHONES, pa.string_view()),
    "dictionary": pa.array(PHONES * 3).dictionary_encode()[len(PHONES) : 2 * len(PHONES)],
    "chunked": pa.chunked_array([PHONES[:3], [], PHONES[3:]], pa.string()),
    "sliced": pa.array([None, "x", *PHONES, "y"])[2:-1],
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("at", [LATE, "2026-11-24T10:00:00+08:00"])
def test_text_of_every_kind_is_decided_as_one_by_one(asked, kind, at):
    table = pa.table({"phone": KINDS[kind], "n": range(len(PHONES))})
    found = screened(asked, table, at=datetime.fromisoformat(at))

    assert answers(found) == one_by_one(asked, PHONES, at=at)
    assert found.select(["phone", "n"]).equals(table)
    assert found.schema.field(ADDED[2]).type == pa.timestamp("us", "UTC")
    assert {found.schema.field(name).type for name in ADDED[:2]} == {pa.string()}


@pytest.mark.parametrize("kind", ["int64", "uint64", "dictionary"])
def test_integers_are_e164(asked, kind):
    numbers = [8613800130001, 8613800130002, 12025550123, 1, None, 8613800130009]
    column = pa.array(numbers).dictionary_encode() if kind == "dictionary" else pa.array(numbers, kind)
    found = screened(asked, pa.table({"phone": column}))

    assert answers(found) == one_by_one(asked, numbers)


def test_short_integers_and_floats_are_never_numbers_by_a_cast(asked):
    short = screened(asked, pa.table({"phone": pa.array([110, 95588, -1], pa.int32())}))
    floats = screened(asked, pa.table({"phone": pa.array([13800130001.0, 8613800130009.0, None, float("nan")])}))
    empty = screened(asked, pa.table({"phone": pa.nulls(3)}))

    assert answers(short) == one_by_one(asked, [110, 95588, -1])
    assert {row[0] for row in answers(floats)} == {row[0] for row in answers(empty)} == {"invalid-number"}


def test_tables_of_other_libraries_pass_through(asked):
    table = pa.table({"phone": PHONES, "n": range(len(PHONES))})
    expected = one_by_one(asked, PHONES)
    of_polars = pl.DataFrame(screened(asked, pl.from_arrow(table)))
    of_polars_encoded = pl.DataFrame(screened(asked, pl.from_arrow(table), encoded=True))
    at = datetime.fromisoformat(LATE)
    with duckdb.connect() as here, duckdb.connect() as there:  # a connection has one result open at a time
        leads = here.from_arrow(table).order("n")
        reader = scrub_batches(leads, asked, campaign="course", caller=CALLER, at=at)
        of_duckdb = there.from_arrow(reader).order("n").fetchall()

    assert of_polars["phone"].to_list() == of_polars_encoded["phone"].to_list() == [row[0] for row in of_duckdb] == PHONES
    assert of_polars.select(ADDED).rows() == of_polars_encoded.select(ADDED).rows() == expected
    assert [row[2:] for row in of_duckdb] == expected


def test_columns_are_handed_on_without_a_copy(asked):
    table = pa.table({"phone": PHONES, "note": ["x" * 100] * len(PHONES)}, metadata={"of": "leads"})
    found = screened(asked, table)

    for name in table.schema.names:
        for before, after in zip(table[name].chunks, found[name].chunks, strict=True):
            assert [b and b.address for b in before.buffers()] == [b and b.address for b in after.buffers()]
    assert found.schema.metadata == table.schema.metadata


def test_it_streams(asked):
    read = []

    def batches():
        for i in range(50):
            read.append(i)
            yield pa.record_batch({"phone": PHONES, "n": [i] * len(PHONES)})

    schema = pa.schema({"phone": pa.string(), "n": pa.int64()})
    reader = scrub_batches(pa.RecordBatchReader.from_batches(schema, batches()), asked, campaign="notice", caller=CALLER)

    assert isinstance(reader, pa.RecordBatchReader)
    assert len(read) == 1  # in which the column was found
    for i, batch in enumerate(reader):
        assert batch["n"].to_pylist() == [i] * len(PHONES)
        assert len(read) == i + 1


def test_memory_does_not_grow_with_the_table(asked):
    def batches():
        for _ in range(200):
            yield pa.record_batch({"phone": pa.array([MOBILE] * 10_000)})

    gc.collect()
    before, most = pa.total_allocated_bytes(), 0
    stream = pa.RecordBatchReader.from_batches(pa.schema({"phone": pa.string()}), batches())
    for batch in scrub_batches(stream, asked, campaign="notice", caller=CALLER):
        assert batch.num_rows == 10_000
        most = max(most, pa.total_allocated_bytes() - before)

    assert most < 20 * batch.nbytes


def test_campaigns_callers_and_instants_told_by_columns(asked):
    rows = {
        "phone": [MOBILE, OTHER, MOBILE, MOBILE, "110", MOBILE, MOBILE, MOBILE, MOBILE],
        "campaign": ["course", "notice", "notice", "nothing", "course", None, "survey", "course", "course"],
        "caller": [CALLER, SECOND, SECOND, CALLER, CALLER, CALLER, "", "02100000000", CALLER],
        "when": [*["2026-11-24T22:30:00+08:00", "2026-11-24 10:00:00", "1795487400"] * 2, LATE, LATE, "soon"],
    }
    found = screened(asked, pa.table(rows), campaign=None, caller=None, at=None, at_column="when")
    told = answers(found)
    undecided = {3: "campaign", 5: "campaign", 6: "caller", 8: "instant"}

    for i, (phone, campaign, caller, when) in enumerate(zip(*rows.values(), strict=True)):
        if i in undecided:
            assert told[i][0] == "undecided"
            assert undecided[i] in told[i][1]
        else:
            at = float(when) if when.isdecimal() else when if "T" in when else f"{when}+08:00"
            assert told[i] == one_by_one(asked, [phone], campaign=campaign, caller=caller, at=at)[0]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "America/New_York"])
def test_timestamps_tell_instants_and_without_a_zone_those_of_the_enterprise(asked, unit, zone):
    instants = [datetime(2026, 11, 24, hour, 59, 59) for hour in (7, 12, 20)]
    whole = pa.array(instants, pa.timestamp(unit)) if zone is None else pa.array(instants, pa.timestamp(unit, zone))
    table = pa.table({"phone": [MOBILE] * 3, "at": whole})
    ats = [i.replace(tzinfo=clock.zone("Asia/Shanghai") if zone is None else UTC).timestamp() for i in instants]
    expected = [one_by_one(asked, [MOBILE], at=at)[0] for at in ats]

    assert answers(screened(asked, table, at=None, at_column="at")) == expected


def test_places_told_by_a_column(asked):
    places = ["新疆", "CN-GD", None, "Atlantis", "US-FL", " "]
    found = screened(asked, pa.table({"phone": [MOBILE] * 6, "province": places}), place_column="province")

    assert [row[0] for row in answers(found)][3:5] == ["undecided"] * 2
    for i in (0, 1, 2, 5):
        assert answers(found)[i] == one_by_one(asked, [MOBILE], place=(places[i] or "").strip() or None)[0]


@pytest.mark.parametrize("kind", ["string", "large_string", "string_view"])
def test_many_groups_in_one_batch_keep_their_rows(asked, kind):
    campaigns = ["course", "notice", "survey", "vip"]
    phones = [f"138001{i % 100_000:05d}" for i in range(2_000)]
    table = pa.table({name: pa.array(values, kind) for name, values in {"campaign": campaigns * 500, "phone": phones}.items()})
    told = answers(screened(asked, table, campaign=None, campaign_column="campaign"))

    for campaign in campaigns:
        rows = [i for i in range(2_000) if campaigns[i % 4] == campaign]
        assert [told[i] for i in rows] == one_by_one(asked, [phones[i] for i in rows], campaign=campaign)


def test_more_decisions_than_a_byte_tells_apart(tmp_path):
    lines = [f"138001{i:05d},2026-01-01,{2027 + i // 300}-{1 + i % 12:02d}-{1 + i // 12 % 25:02d}" for i in range(900)]
    (tmp_path / "ends.csv").write_text("number,since,until\n" + "\n".join(lines) + "\n")
    extra = f'[[lists]]\nname = "ends"\npath = "{tmp_path / "ends.csv"}"\n'
    asked = guard(POLICY, extra=extra)
    phones = [f"138001{i:05d}" for i in range(1_000)]
    day = datetime.fromisoformat("2026-11-24T10:00:00+08:00")
    told = answers(screened(asked, pa.table({"phone": phones}), at=day))

    assert len({row[2] for row in told}) > 254
    assert told == one_by_one(asked, phones, at=day)
    decided = asked.line(campaign="course", caller=CALLER).decisions(phones)
    assert [decided[i].reason for i in (0, 899, 999, -1)] == [Reason.LISTED, Reason.LISTED, Reason.ALLOWED, Reason.ALLOWED]
    assert len(decided) == 1_000


def test_screened_tables_may_be_screened_again_and_encoded(asked):
    once = screened(asked, pa.table({"phone": PHONES}))
    again = scrub_batches(once, asked, campaign="course", caller=CALLER, at=datetime.fromisoformat(LATE), encoded=True).read_all()

    assert again.schema.names == once.schema.names
    assert pa.types.is_dictionary(again.schema.field(ADDED[0]).type)
    assert answers(again) == answers(once)


def test_sentences_are_in_the_language_asked_for(asked):
    assert answers(screened(asked, pa.table({"phone": ["110"]}), lang="zh"))[0][1].startswith("被叫是紧急")
    with pytest.raises(ValueError, match="accepted: `en` or `zh`"):
        screened(asked, pa.table({"phone": ["110"]}), lang="fr")


def test_empty_tables_stay_empty(asked):
    table = pa.table({"phone": pa.array([], pa.string()), "x": pa.array([], pa.int64())})

    assert screened(asked, table).num_rows == 0
    assert screened(asked, table.to_batches()[0] if table.to_batches() else table).schema.names == ["phone", "x", *ADDED]


@pytest.mark.parametrize(
    ("table", "said", "key"),
    [
        ({"phone": [MOBILE]}, {"column": "mobile"}, "no-column"),
        ({"a": ["x"], "b": ["y"]}, {}, "no-numbers"),
        ({"phone": [b"138"]}, {}, "column-type"),
        ({"phone": [[MOBILE]]}, {}, "column-type"),
        ({"phone": [MOBILE], "c": [1]}, {"campaign": None, "campaign_column": "c"}, "column-type"),
        ({"phone": [MOBILE], "d": [datetime(2026, 11, 24).date()]}, {"at": None, "at_column": "d"}, "column-type"),
        ({"phone": [MOBILE]}, {"campaign": None}, "which-campaign"),
        ({"phone": [MOBILE]}, {"caller": None}, "which-caller"),
    ],
)
def test_what_cannot_be_screened_is_said(asked, table, said, key):
    with pytest.raises(TableError) as error:
        screened(asked, pa.table(table), **said)

    assert error.value.key == key
    assert MOBILE not in str(error.value)


def test_what_is_no_table_and_what_is_said_twice(asked):
    with pytest.raises(TypeError, match="Arrow C stream"):
        scrub_batches([MOBILE], asked)
    with pytest.raises(ValueError, match="`campaign` and `campaign_column`"):
        screened(asked, pa.table({"phone": [MOBILE]}), campaign_column="phone")
