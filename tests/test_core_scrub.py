"""Big batches in the core: whatever way the rows are gone through, each gets the code that it would get alone."""

from __future__ import annotations

import random
from array import array
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callguard import compiled
from callguard._core import line, scrub
from callguard._core.delta import Delta
from callguard.phone.plan_file import shipped
from test_core import SPACED, Bytes, Encoder, Trie, built

np = pytest.importorskip("numpy")
ROWS = 50_000 if compiled() else 3_000
PLACES = 4_096
ON_LIST, REFUSED, UNKNOWN = 4, 5, 255
MOBILE = 8_613_800_000_000


def listed(chance):
    """Blocks of each form: runs, lines, bitmaps, side by side; and some far away."""
    found = set()
    for block, size in enumerate((0, 1, 5, 16, 17, 32, 33, 70, 200, 640, 900, 1_200, 4_000, 9_999) * 9):
        found.update(MOBILE + block * 10_000 + low for low in chance.sample(range(10_000), size))
    for start in (12_025_550_000, 4_930_123_450_000, 6_561_230_000, 861_085_550_000):
        found.update(start + chance.randrange(100_000) for _ in range(900))
    return found


def asked(kind, chance, known):
    """Return the numbers of a batch."""
    near = sorted(known)
    if kind == "random":
        rows = [chance.choice(near) + chance.choice((0, 0, 1, -1, 7_777)) for _ in range(ROWS)]
    elif kind == "sorted":
        rows = sorted(chance.choice(near) + chance.randrange(3) for _ in range(ROWS))
    elif kind == "block":
        rows = [MOBILE + 130_000 + chance.randrange(10_000) for _ in range(ROWS)]
    elif kind == "shelf":
        rows = [MOBILE + chance.randrange(500_000) for _ in range(ROWS)]
    elif kind == "clustered":
        rows = [MOBILE + chance.randrange(3) * 500_000 + chance.randrange(40_000) for _ in range(ROWS)]
    elif kind == "pingpong":  # shelves that fall on one another wherever they are kept
        rows = [MOBILE + i % 2 * 64 * 1_024 * 500_000 for i in range(ROWS)]
    elif kind == "invalid":
        rows = [chance.choice((0, -1, -(2**63), 2**63 - 1, 10**15, 10**15 - 1, 1)) for _ in range(ROWS)]
    else:
        rows = [chance.randrange(1, 10 ** chance.randrange(8, 16)) for _ in range(ROWS)]
    return np.array(rows, np.int64)


def table_of(trie, changes, **kinds):
    known = line.Known(line.Pulse(1 << 62), Delta())
    for number, mask in changes.items():
        known.delta.put(number, mask)
    return line.Table(
        shipped().core, trie, known, PLACES, None, national=86, integers=range(0), long_way=False, counted=None, **kinds
    )


@pytest.mark.parametrize("kind", ["random", "sorted", "block", "shelf", "clustered", "pingpong", "invalid", "world"])
@pytest.mark.parametrize("shape", ["one", "one-changed", "three", "three-unsure", "none"])
def test_a_big_batch_is_decided_as_each_row_alone(kind, shape):
    chance = random.Random(f"{kind} {shape}")
    first = listed(chance)
    planes = [first]
    if shape.startswith("three"):
        planes += [{n + 3 for n in first if n % 3}, {n for n in first if n % 5 == 0}]
    rows = asked(kind, chance, first)
    changes = {}
    if shape in ("one-changed", "three-unsure"):
        picked = [int(n) for n in rows[:: len(rows) // 300] if 0 < n < 10**15]
        changes = {n: chance.choice((1, 2, 3, 4, 0)) for n in picked}
    further, unsure, honoured = (4, 2, 7) if shape == "three-unsure" else (0, 0, 3 if shape == "three" else 1)
    trie = None if shape == "none" else built(*planes)
    table = table_of(trie, changes, listed=honoured, further=further, refusals=3, unsure=unsure)
    by_leaf = bytearray([UNKNOWN, UNKNOWN, *(10 + i % 200 for i in range(PLACES - 2))])

    def alone(n):
        leaf = table.plan.leaf(n) if 0 < n < 10**15 else 0
        if leaf < 2:
            return UNKNOWN
        change = changes.get(n, 0) & 3
        if change:
            return UNKNOWN if change & unsure else REFUSED
        mask = sum(1 << i for i, plane in enumerate(planes) if n in plane) & honoured if trie is not None else 0
        if mask:
            return UNKNOWN if mask & further else ON_LIST
        return by_leaf[leaf]

    expected = bytes(map(alone, rows.tolist()))
    text = [f"+{n}" if 10**7 <= n < 10**15 else "x" for n in rows.tolist()]
    ends = np.concatenate(([0], np.cumsum([len(t) for t in text]))).astype(np.int64)
    data = "".join(text).encode() + bytes(16)
    told = bytes(code if 10**7 <= n < 10**15 else UNKNOWN for n, code in zip(rows.tolist(), expected, strict=True))
    for threads in (1, 2, 4):
        for handed, wanted in (((rows, None, None), expected), ((None, memoryview(ends), data), told)):
            codes = bytearray(len(rows))
            sweep = scrub.Sweep(table, codes, by_leaf, *handed)
            sweep.on_list, sweep.refused = ON_LIST, REFUSED
            edges = [len(rows) * i // threads for i in range(threads + 1)]
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(sweep.run, edges[:-1], edges[1:]))
            assert bytes(codes) == wanted


@settings(max_examples=max(settings().max_examples, 100))
@given(st.lists(SPACED | st.text(max_size=40), max_size=30), st.sampled_from(["q", "I"]))
def test_text_is_read_the_same_in_a_list_and_as_bytes(texts, kind):
    table = table_of(None, {}, listed=0, further=0, refusals=0, unsure=0)
    by_leaf = bytearray([UNKNOWN, UNKNOWN, *(10 + i % 200 for i in range(PLACES - 2))])
    texts = ["+86 138-0013-8000", *texts, "+1 202 555 0123"]
    written = [text.encode("utf-8", "surrogatepass") for text in texts]
    ends = array(kind, [0, *accumulate(map(len, written))])
    expected, codes = bytearray(len(texts)), bytearray(len(texts))
    for out, values, offsets in ((expected, scrub.numbers_of(table, texts), None), (codes, None, memoryview(ends))):
        scrub.Sweep(table, out, by_leaf, values, offsets, b"".join(written)).run(0, len(texts))

    assert codes == expected
    assert UNKNOWN not in (codes[0], codes[-1])


@pytest.mark.parametrize("least", [1, 2, 3])
def test_numbers_that_have_too_many_attempts_are_left_alone(least):
    chance = random.Random(least)
    first = listed(chance)
    rows = asked("random", chance, first)
    often = Delta()
    for n in rows[::3].tolist():
        often.put(n, chance.randrange(4))
    table = table_of(built(first), {int(n): 1 for n in rows[::50]}, listed=1, further=0, refusals=1, unsure=0)
    by_leaf = bytearray([UNKNOWN, UNKNOWN, *(10 + i % 200 for i in range(PLACES - 2))])
    codes, without = bytearray(len(rows)), bytearray(len(rows))
    for out, handed in ((codes, (often, least)), (without, ())):
        sweep = scrub.Sweep(table, out, by_leaf, rows, None, None, *handed)
        sweep.on_list, sweep.refused = ON_LIST, REFUSED
        sweep.run(0, len(rows))

    left = [often.get(n) >= least for n in rows.tolist()]
    assert bytes(codes) == bytes(UNKNOWN if many else code for many, code in zip(left, without, strict=True))
    assert 0 < sum(left) < len(rows)
    assert {ON_LIST, REFUSED} <= {*codes}


@pytest.mark.parametrize("seed", range(12))
def test_damaged_bytes_are_never_read_beyond_by_a_batch(seed):
    chance = random.Random(seed)
    lines, runs = Bytes(), Bytes()
    encoder = Encoder(1, lines, runs)
    encoder.add([array("q", sorted({MOBILE + chance.randrange(chance.choice((40_000, 400_000))) for _ in range(4_000)}))])
    root, nodes, records = encoder.finish()
    buffers = [bytearray(root.tobytes()), bytearray(nodes.tobytes()), bytearray(records), lines.data, runs.data]
    for _ in range(chance.randrange(1, 300)):
        buffer = chance.choice(buffers)
        buffer[chance.randrange(len(buffer))] = chance.randrange(256)
    for at in chance.sample(range(len(records)), min(len(records), 200)):
        buffers[2][at] = chance.randrange(256)
    table = table_of(Trie(*buffers, 1), {}, listed=1, further=0, refusals=0, unsure=0)
    rows = np.array([MOBILE + chance.randrange(500_000) for _ in range(40_000 if compiled() else 400)], np.int64)
    codes, by_leaf = bytearray(len(rows)), bytearray([UNKNOWN]) * 2 + bytearray(PLACES - 2)
    sweep = scrub.Sweep(table, codes, by_leaf, rows, None, None)
    sweep.on_list = ON_LIST
    sweep.run(0, len(rows))

    assert set(codes) <= {0, ON_LIST, UNKNOWN}
