"""The core by itself: it knows integers, text and bytes. Compiled and interpreted it is the same; each run tells which it tried."""

from __future__ import annotations

import inspect
import os
import random
import threading
from array import array
from collections import Counter
from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from callguard import compiled
from callguard._core import delta, encode, line, native, plan, scrub, trie
from callguard._core.delta import Delta
from callguard._core.encode import Encoder
from callguard._core.trie import Trie
from callguard.state import rows

MODULES = (delta, encode, line, plan, scrub, trie)
LAST = 10**15 - 1


class Bytes:
    """A sink that keeps what it is given."""

    def __init__(self):
        self.data = bytearray()

    def write(self, data):
        self.data += data


def built(*planes: set[int]) -> Trie:
    lines, runs = Bytes(), Bytes()
    encoder = Encoder(len(planes), lines, runs)
    groups = sorted({n // 10_000_000 for plane in planes for n in plane})
    for group in groups:
        encoder.add([array("q", sorted(n for n in plane if n // 10_000_000 == group)) for plane in planes])
    assert list(encoder.counts) == [len(plane) for plane in planes]
    assert encoder.numbers == len(set().union(*planes))
    return Trie(*encoder.finish(), lines.data, runs.data, len(planes))


def as_compiled(found: Trie, n: int) -> int:
    """Do what `mask` does where it is compiled, also where it is not."""
    if compiled():
        return found.mask(n)
    shelf = found.shelf(n)
    return found.planes_of(shelf, n) if shelf >= 0 and found.holds(shelf, n) else 0


def test_each_module_is_of_the_form_that_this_run_is_about():
    forms = {str(module.__file__).endswith((".so", ".pyd")) for module in MODULES}
    assert forms == {compiled()}, [module.__file__ for module in MODULES]
    expected = os.environ.get("CALLGUARD_EXPECT_CORE")
    assert expected in (None, "compiled", "interpreted")
    if expected is not None:
        assert compiled() is (expected == "compiled")


blocks = st.integers(0, LAST // 10_000)
numbers = st.one_of(st.integers(1, LAST), st.builds(lambda q, low: max(q * 10_000 + low, 1), blocks, st.integers(0, 9_999)))


@given(st.lists(st.sets(numbers, max_size=60), min_size=1, max_size=4))
def test_a_trie_equals_plain_sets(planes):
    found = built(*planes)

    listed = set().union(*planes)
    for n in listed | {m for near in listed for m in (near - 1, near + 1, near + 10_000, near ^ 1) if 0 < m <= LAST}:
        wanted = sum(1 << i for i, plane in enumerate(planes) if n in plane)
        assert found.mask(n) == wanted
        assert as_compiled(found, n) == wanted
    for i, plane in enumerate(planes):
        assert [n for piece in found.numbers(i) for n in piece] == sorted(plane)


SIZES = (1, 2, 31, 32, 33, 40, 44, 45, 59, 61, 64, 65, 120, 300, 620, 640, 900, 1_100, 1_250, 5_000, 9_999, 10_000)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shape", ["random", "first", "last", "every-other", "bunches"])
def test_every_form_of_a_block_holds_just_its_numbers(size, shape):
    chance = random.Random(f"{size} {shape}")
    start = 8_613_800_130_000 // 10_000 * 10_000
    lows = {
        "random": lambda: chance.sample(range(10_000), size),
        "first": lambda: range(size),
        "last": lambda: range(10_000 - size, 10_000),
        "every-other": lambda: [i * 2 % 10_000 + (i >= 5_000) for i in range(size)],
        "bunches": lambda: list(dict.fromkeys(b * 256 + i for b in chance.sample(range(39), 39) for i in range(256)))[:size],
    }[shape]()
    wanted = {start + low for low in lows}
    # neighbours on the shelf, so that what stands before the block is counted
    beside = {start - 10_000 + 7, *range(start + 10_000, start + 10_050), *range(start + 20_000, start + 21_500)}
    found = built(wanted | beside)

    assert {n for n in range(start, start + 10_000) if found.mask(n)} == wanted
    assert {n for n in range(start, start + 10_000) if as_compiled(found, n)} == wanted
    assert {n for n in (*range(start - 10_000, start), *range(start + 10_000, start + 30_000)) if found.mask(n)} == beside
    assert {n for piece in found.numbers(0) for n in piece} == wanted | beside


def test_a_number_of_many_planes_has_a_bit_for_each():
    planes = [set(range(8_613_800_000_000 + i, 8_613_800_000_000 + 2_000, i + 1)) for i in range(63)]
    found = built(*planes)

    for n in range(8_613_800_000_000, 8_613_800_002_000, 37):
        assert found.mask(n) == sum(1 << i for i, plane in enumerate(planes) if n in plane)


def test_the_encoder_refuses_what_is_out_of_order():
    for buffers in ([[5, 4]], [[5, 5]], [[0, -1]], [[10**15]], [[20_000_001], [3]], [[500_001, 3]], [[600_000, 500_001]]):
        encoder = Encoder(1, Bytes(), Bytes())
        *before, last = buffers
        for buffer in before:
            encoder.add([array("q", buffer)])
        with pytest.raises(ValueError, match="ascending"):
            encoder.add([array("q", last)])
    with pytest.raises(ValueError, match="planes"):
        Encoder(0, Bytes(), Bytes())
    with pytest.raises(ValueError, match="2 buffers for 1 planes"):
        Encoder(1, Bytes(), Bytes()).add([array("q"), array("q")])


def test_a_trie_of_wrong_buffers_is_refused():
    with pytest.raises(ValueError, match="no trie"):
        Trie(bytes(40_000), b"", b"", b"", b"", 1)
    with pytest.raises(ValueError, match="no trie"):
        Trie(b"", b"", b"", bytes(64), bytes(64), 1)


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_damaged_bytes_are_never_read_beyond(seed):
    """Any bytes at all give some answer: the mapping is never left, which would end the process."""
    chance = random.Random(seed)
    lines, runs = Bytes(), Bytes()
    encoder = Encoder(2, lines, runs)
    first = sorted({8_613_800_000_000 + chance.randrange(40_000) for _ in range(3_000)})
    second = sorted({8_613_800_000_000 + chance.randrange(400_000) for _ in range(300)})
    encoder.add([array("q", first), array("q", second)])
    root, nodes, records = encoder.finish()
    buffers = [bytearray(root.tobytes()), bytearray(nodes.tobytes()), records, lines.data, runs.data]
    for _ in range(chance.randrange(1, 400)):
        buffer = chance.choice(buffers)
        buffer[chance.randrange(len(buffer))] = chance.randrange(256)
    found = Trie(*buffers, 2)

    for n in (*first[::50], *second[::10], *(chance.randrange(1, LAST) for _ in range(50))):
        assert 0 <= found.mask(n) < 4


@pytest.mark.parametrize("first", [2**63 - 1, 2**63 - 20, 2**63, 2**64 - 1, 2**62, 2**48])
def test_a_record_that_points_far_away_holds_every_number(first):
    lines, runs = Bytes(), Bytes()
    encoder = Encoder(1, lines, runs)
    encoder.add([array("q", range(8_613_800_130_000, 8_613_800_130_100))])
    root, nodes, records = encoder.finish()
    (at,) = (at for at in range(0, len(records), 64) if any(records[at + 8 : at + 58]))
    records[at : at + 8] = first.to_bytes(8, "little")
    found = Trie(root, nodes, records, lines.data, runs.data, 1)

    assert found.mask(8_613_800_130_001) == 1
    assert found.mask(8_613_800_139_999) == 1
    assert found.mask(8_613_800_140_001) == 0


def test_a_line_is_asked_in_every_way_that_its_signature_says():
    class Other(line.Line):
        """As the rooms above have it."""

    asked = []
    found = Other(bare(86), lambda *arguments: asked.append(arguments) or "answer")
    for answer in (
        found.may_dial("138"),
        found.may_dial(callee="138"),
        found.may_dial("138", None),
        found.may_dial("138", None, None),
        found.may_dial("138", at=None, place=None),
        line.Line.may_dial(found, "138"),
        Other.may_dial(found, callee="138"),
    ):
        assert answer == "answer"
    assert asked == [("138", None, None)] * 7
    assert found.may_dial("138", 5, place="CN-GD") == "answer"
    assert asked[7:] == [("138", 5, "CN-GD")]
    for wrong in (
        found.may_dial,
        lambda: found.may_dial("138", None, None, None),
        lambda: found.may_dial("138", callee="138"),
        lambda: found.may_dial("138", when=None),
        lambda: line.Line.may_dial("138"),
    ):
        with pytest.raises(TypeError):
            wrong()
    assert list(inspect.signature(line.Line.may_dial).parameters) == ["self", "callee", "at", "place"]


@given(st.lists(st.tuples(st.integers(1, 60_000), st.integers(0, 2**63 - 1)), max_size=80))
def test_a_delta_equals_a_plain_dict(puts):
    found, plain = Delta(), {}
    for number, mask in puts:
        found.put(number, mask)
        plain[number] = mask

    assert len(found) == len(plain)
    assert dict(found.items()) == plain
    for number in {*plain, *(n + 1 for n in plain), *(n + 10_000 for n in plain)}:
        assert found.get(number) == plain.get(number, 0)


@given(st.lists(st.integers(-3, 2_000), max_size=700), st.lists(st.integers(1, 2_000), max_size=5))
def test_a_delta_counts(numbers, before):
    found, plain = Delta(), Counter(before)
    for number in before:
        found.put(number, plain[number])
    found.count(array("q", [*numbers, LAST, LAST + 1, 2**62]))
    plain.update([*(n for n in numbers if n > 0), LAST])

    assert dict(found.items()) == plain


def test_a_delta_grows():
    chance = random.Random(5)
    plain = {chance.randrange(1, LAST): chance.randrange(2**62) for _ in range(20_000)}
    found = Delta()
    for number, mask in plain.items():
        found.put(number, mask)

    assert dict(found.items()) == plain
    assert all(found.get(number) == mask for number, mask in plain.items())
    assert not any(found.get(number + 1) for number in plain if number + 1 not in plain)


WRITTEN = st.one_of(
    st.text(max_size=18),
    st.text("+0123456789", max_size=18),
    st.from_regex(r"\+[1-9][0-9]{6,15}", fullmatch=True),
    st.from_regex(r"(0|86|\+86|0086)?1[3-9][0-9]{9}[0-9]?", fullmatch=True),
    st.from_regex(r"0[1-9][0-9]{8,10}", fullmatch=True),
    st.text("+0123456789:/;<@`ｐ１２３٣", min_size=8, max_size=17),
)


def by_hand(text: str, national: int) -> int:
    """Read digits one at a time, as the contract says it."""
    digits = "0123456789"
    if text[:1] == "+":
        rest = text[1:]
        return int(rest) if 8 <= len(rest) <= 15 and all(c in digits for c in rest) and rest[0] != "0" else -1
    if national != 86 or not text or not all(c in digits for c in text):
        return -1
    if text[0] == "0":
        return int("86" + text[1:]) if 10 <= len(text) <= 12 and text[1] != "0" else -1
    mobile = text[2:] if len(text) == 13 and text[:2] == "86" else text
    is_mobile = len(mobile) == 11 and mobile[0] == "1" and mobile[1] in "3456789" and mobile[:3] != "179"
    return int("86" + mobile) if is_mobile else -1


@cache
def bare(national: int, integers: range = range(0)) -> line.Table:
    """Return a table without numbers, places and answers."""
    return line.Table(
        plan.Plan(array("H", [0]), array("H", [0] * 10), array("H", [0] * 700_000), array("H", [0] * 8_000)),
        None,
        line.Known(line.Pulse(0), Delta()),
        2,
        None,
        listed=0,
        further=0,
        refusals=0,
        unsure=0,
        national=national,
        integers=integers,
        long_way=False,
        counted=None,
    )


@settings(max_examples=500)
@given(WRITTEN, st.sampled_from([86, 1, 0]))
def test_plain_reads_what_it_says_and_nothing_else(text, national):
    table = bare(national)
    assert table.number(text) == native.plain(text, national) == by_hand(text, national)
    assert array("q", bytes(scrub.numbers_of(table, [text, text]))).tolist() == [spaced_by_hand(text, national)] * 2


def spaced_by_hand(text, national):
    """Read digits one at a time with what may stand between them."""
    digits = ""
    for c in text:
        if c in "0123456789" or (c == "+" and not digits):
            digits += c
        elif not (c in " \t\n\v\f\r()" or (c == "-" and digits)):
            return -1
    return by_hand(digits, national) if len(text) <= 32 or digits == text else -1


SPACED = st.text("+00112233456789     ---()\t\n.x", max_size=36) | st.from_regex(
    r"[ (\t]{0,2}(\+|\+86|0086|86|0|\(0)?[ )-]?1[3-9][ -]?[0-9][0-9 -]{0,3}[0-9]{4}[ -]?[0-9]{3,5}[ )-]?", fullmatch=True
)


@settings(max_examples=500)
@given(SPACED, st.sampled_from([86, 1, 0]))
@example("13800138000" + " " * 21, 86)
@example("13800138000" + " " * 22, 86)
@example("+123456789012345 ", 86)
@example("+1234567890123456 ", 86)
@example("- 13800138000", 86)
@example("(-13800138000", 86)
@example("+-(86)13800138000", 86)
@example("(+86)138 0013 8000", 86)
@example("138\u00a00013 8000", 86)
@example("138\x1c0013 8000", 86)
def test_spaced_reads_what_it_says_and_nothing_else(text, national):
    table = bare(national)
    found = spaced_by_hand(text, national)

    assert array("q", bytes(scrub.numbers_of(table, [text]))).tolist() == [found]
    assert max(native.plain(text, national), native.spaced(text, national)) == found


def test_integers_are_read_where_they_may_be():
    table = bare(86, range(13_000_000_000, 20_000_000_000))
    for n in (1, 12_999_999_999, 20_000_000_000, LAST):
        assert table.number(n) == n
    for n in (0, -1, LAST + 1, 2**63, -(2**70), 2**80, 13_000_000_000, 19_999_999_999, True, 1.0, None, b"1"):
        assert table.number(n) == -1


def test_a_delta_has_as_many_different_masks_as_it_is_given():
    """Past some thousand of them its table has another form."""
    for count in (native.SORTS - 2, native.SORTS - 1, native.SORTS, native.SORTS + 500):
        plain = {8_613_800_000_000 + 77 * i: i + 1 for i in range(count)}
        found = Delta()
        for number, mask in plain.items():
            found.put(number, mask)
        for number in list(plain)[:50]:
            plain[number] = 2**63 - 1
            found.put(number, 2**63 - 1)

        assert dict(found.items()) == plain
        assert all(found.get(number) == mask for number, mask in plain.items())
        assert found.get(8_613_800_000_001) == 0


def row(seq: int, what: object, number: object, note: object = None, **other: object) -> tuple:
    """Return a row of records as a database gives it."""
    at, stored = other.get("at", 1_790_000_000_000_000 + seq), other.get("stored", 1_790_000_000_000_777 + seq)
    return (seq, what, number, at, stored, note, rows.check(seq, what, number, at, stored, note.encode() if note else None))


KINDS = {
    9: 1,
    10: -1,
    17: 2,
    8 * 400 + 1: 1 << 61,
    8 * 400 + 2: -(1 << 61),
    137: 4,
}  # 9 and 137 have the same place in what is at hand
WHATS = st.sampled_from([*KINDS, 11, 18, 0, -7])
NOTES = st.one_of(st.none(), st.just('{"source":"import"}'), st.text(st.characters(codec="utf-8"), max_size=6))
SPOILT = st.sampled_from(["no"] * 30 + ["check", "number", "none", "sealed", "text", "float", "short", "huge", "list", "bytes"])


@st.composite
def many_rows(draw):
    first = draw(st.sampled_from([0, 1, native.TOGETHER - 3, native.TOGETHER]))
    found = [row(i + 1, 9, 7 * i + 1) for i in range(first)]
    for i in range(first, first + draw(st.integers(0, 12))):
        made = row(i + 1, draw(WHATS), draw(st.integers(1, 300) | numbers), draw(NOTES), at=draw(st.integers(-(2**63), 2**63 - 1)))
        seq, what, number, at, stored, note, check = made
        found.append(
            {
                "no": made if draw(st.booleans()) else (*made[:3], None, *made[3:]),
                "check": (*made[:6], check ^ 1 << draw(st.integers(0, 31))),
                "number": row(seq, what, draw(st.sampled_from([0, -5, LAST + 1, 2**62]))),
                "none": row(seq, what, None),
                "sealed": (*made[:3], b"sealed", *made[3:]),
                "text": (seq, what, str(number), at, stored, note, check),
                "float": (seq, what, number, float(at), stored, note, check),
                "short": made[:6],
                "huge": (seq, what, number, 2**63, stored, note, check),
                "list": (seq, what, number, at, stored, [], check),
                "bytes": (seq, what, number, at, stored, b"{}", check),
            }[draw(SPOILT)]
        )
    return found


@given(many_rows(), st.dictionaries(st.integers(1, 300), st.integers(1, 3)), st.sets(st.integers(1, 300)))
def test_a_delta_takes_rows_as_a_slow_model_does(given_rows, before, apart):
    found, model = Delta(), dict(before)
    for number, mask in before.items():
        found.put(number, mask)
    taken = 0
    for given_row in given_rows:
        each = (*given_row[:3], *given_row[4:]) if len(given_row) == 8 and given_row[3] is None else given_row
        if len(each) != 7 or not all(type(each[i]) is int and -(2**63) <= each[i] < 2**63 for i in (0, 1, 2, 3, 4, 6)):
            break
        seq, what, number, at, stored, note, check = each
        bit = KINDS.get(what, 0)
        if bit == 0 or not 0 < number < 10**15 or not isinstance(note, str | None) or (bit < 0 and number in apart):
            break
        if rows.check(seq, what, number, at, stored, None if note is None else note.encode()) != check:
            break
        model[number] = model.get(number, 0) | abs(bit)
        taken += 1

    assert found.fill(given_rows, KINDS, apart) == taken
    packed = Delta()
    for number, mask in before.items():
        packed.put(number, mask)
    five = [(native.word_of(each[2], each[1]), *each[-4:-1], each[-1]) for each in given_rows[:taken]]
    assert packed.fill(five, KINDS, apart, 0, 1) == taken
    assert dict(packed.items()) == model
    assert packed.fill(five, KINDS, apart, 0, 2) == 0
    assert packed.fill([*five, (native.word_of(0, 9), 1, 1, None, 0)], KINDS, apart, taken, 1) == taken
    assert dict(found.items()) == model
    assert len(found) == len(model)
    assert found.changed is bool(model)
    if taken < len(given_rows):
        assert found.fill(given_rows, KINDS, apart, taken) == taken
        again = found.fill(given_rows, KINDS, apart, taken + 1)
        assert taken + 1 <= again <= len(given_rows)


def test_a_delta_takes_many_rows_and_grows_meanwhile():
    chance = random.Random(8)
    kinds = {8 * scope + 1: 1 << scope for scope in range(40)}
    given_rows = [
        row(
            i + 1, chance.choice(list(kinds)), 8_613_800_000_000 + chance.randrange(50_000), chance.choice([None, '{"source":"a"}'])
        )
        for i in range(30_000)
    ]
    for reserved in (0, 5_000, 200_000):
        found, model = Delta(), {}
        found.reserve(reserved)
        for start in range(0, len(given_rows), 7_000):
            piece = given_rows[start : start + 7_000]
            assert found.fill(piece, kinds) == len(piece)
        for _, what, number, *_ in given_rows:
            model[number] = model.get(number, 0) | kinds[what]
        assert dict(found.items()) == model
        assert len(found) == len(model)


def test_those_who_ask_a_delta_while_it_grows_are_answered_right():
    found = Delta()
    early = {8_613_800_000_000 + 31 * i: 1 + i % 60 for i in range(500)}
    for number, mask in early.items():
        found.put(number, mask)
    given_rows = [row(i + 1, 9, 8_615_000_000_000 + 13 * i) for i in range(40_000)]
    wrong, ended = [], threading.Event()

    def ask() -> None:
        while not ended.is_set():
            wrong.extend(number for number, mask in early.items() if found.get(number) != mask)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for start in range(0, len(given_rows), 1_000):
            assert found.fill(given_rows[start : start + 1_000], {9: 1}) == 1_000
        found.reserve(400_000)
    finally:
        ended.set()
        asking.join()
    assert wrong == []
    assert all(found.get(each[2]) == 1 for each in given_rows)


@given(
    st.dictionaries(st.integers(1, 60_000), st.integers(0, 2**63 - 1), max_size=80),
    st.dictionaries(st.integers(1, 60_000), st.integers(0, 7)),
)
def test_a_delta_begins_with_the_memory_of_another(plain, later):
    first = Delta()
    for number, mask in plain.items():
        first.put(number, mask)
    table = first.table()
    kept = [bytes(part) for part in table.memory()]
    memory = [bytearray(part) for part in kept]
    sorts = table.sorts and delta.Masks(memory[2], table.sorts.count)
    found = Delta()
    found.begin(delta.Slots(table.size(), sorts, memory, table.used))

    assert dict(found.items()) == plain
    assert found.changed is bool(plain)
    for number, mask in later.items():
        found.put(number, mask)
        plain[number] = mask
    assert dict(found.items()) == plain
    assert len(found) == len(plain)
    assert all(found.get(number) == plain.get(number, 0) for number in {*plain, *(n + 1 for n in plain)})
    assert [bytes(part) for part in table.memory()] == kept


def test_a_number_that_stands_twice_counts_once():
    """A table that is copied while it is filled may lack a number, and hold one behind it that is put again where that one was."""
    table = delta.Slots(delta.LEAST, delta.Masks(bytearray(8 * native.SORTS), 1))
    first = 8_613_800_000_000
    second = next(n for n in range(first + 1, first + 10**6) if native.slot_of(n, 54) == native.slot_of(first, 54))
    assert table.put(first, 1)
    assert table.put(second, 2)
    memory = [bytearray(part) for part in table.memory()]
    at = 8 * native.slot_of(first, 54)
    memory[0][at : at + 8] = bytes(8)
    found = Delta()
    found.begin(delta.Slots(delta.LEAST, delta.Masks(memory[2], table.sorts.count), memory, table.used))
    assert dict(found.items()) == {}
    found.put(second, 4)
    found.put(first, 1)
    found.reserve(5_000)

    assert dict(found.items()) == {first: 1, second: 4}
