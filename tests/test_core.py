"""The core by itself: it knows integers, text and bytes. Compiled and interpreted it is the same; each run tells which it tried."""

from __future__ import annotations

import inspect
import os
import random
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callguard import compiled
from callguard._core import delta, encode, line, native, plan, scrub, trie
from callguard._core.delta import Delta
from callguard._core.encode import Encoder
from callguard._core.trie import Trie

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
    assert array("q", bytes(scrub.numbers_of(table, [text, text]))).tolist() == [by_hand(text, national)] * 2


def test_integers_are_read_where_they_may_be():
    table = bare(86, range(13_000_000_000, 20_000_000_000))
    for n in (1, 12_999_999_999, 20_000_000_000, LAST):
        assert table.number(n) == n
    for n in (0, -1, LAST + 1, 2**63, -(2**70), 2**80, 13_000_000_000, 19_999_999_999, True, 1.0, None, b"1"):
        assert table.number(n) == -1
