"""Whatever is done to the log behind its back is found; what is done as it should be is not."""

from __future__ import annotations

import copy
from datetime import date

import attrs
import pytest

from call_logs import FIRST, NUMBERS, PLAIN, ROTATED, SECOND, call, calls, chains, log_of, other_writer, sealed
from callguard.call_log import Register
from callguard.call_log.chain import SAID, Fault, signed
from callguard.sealing import START
from callguard.state.records import LogQuery
from callguard.testing import MemoryStore


def rows_of(store, writer=None):
    return list(store.log_rows(LogQuery(writer=writer)))


def names(store):
    return sorted({row.writer for row in rows_of(store)}, key=lambda name: next(r.at for r in rows_of(store, name)))


def put(store, old, new):
    """Put another row, or none, in a row's place."""
    at = store._rows.index(old)
    store._rows[at : at + 1] = [] if new is None else [new]


def register(store, writer, **changes):
    """Change what the register says of a writer; without changes, take it out."""
    if changes:
        store._writers[writer] = attrs.evolve(store._writers[writer], **changes)
    else:
        del store._writers[writer]


def relink(rows):
    """Link rows anew as one without a key can: by plain SHA-256, unsealed."""
    from callguard.call_log.chain import head_of

    found, link = [], START
    for row in rows:
        bare = attrs.evolve(row, key="", link=b"")
        link = PLAIN.link("", link, head_of(bare) + bare.sealed)
        found.append(attrs.evolve(bare, link=link))
    return found


def whats(store, ring=FIRST, *, deep=True, **more):
    verified = log_of(store, ring).verify(deep=deep, **more)
    assert verified.wrong >= len(verified.faults)
    assert bool(verified) == (not verified.faults)
    for fault in verified.faults:
        assert str(fault)
        assert "{" not in str(fault)
    return [(fault.what, fault.writer, fault.position) for fault in verified.faults]


def test_a_sound_log_verifies():
    store = chains(3, 4)
    verified = log_of(store).verify()
    assert verified
    assert (verified.rows, verified.chains, verified.unsealed, verified.faults) == (12, 3, 0, ())
    assert verified.digest == Register.of(store.writers()).digest
    assert verified.digest.startswith("3-12-")
    assert log_of(MemoryStore()).verify().rows == 0


def test_progress_is_told(monkeypatch):
    from callguard.call_log import verifying

    monkeypatch.setattr(verifying, "_STEP", 5)
    said = []
    log_of(chains(3, 4)).verify(progress=lambda *step: said.append(step))
    assert said == [(5, 12), (10, 12), (12, 12)]


@pytest.mark.parametrize(
    "changes",
    [
        {"at": 1.5},
        {"key": ""},
        {"key": SECOND.active},
        {"callee": b"0" * 16},
        {"callee": None},
        {"caller": b"0" * 16},
        {"campaign": None},
        {"reason": b"1" * 16},
        {"sealed": b"{}"},
        {"link": b"2" * 32},
        {"link": b""},
        {"callee": b""},
        {"callee": "text"},
        {"sealed": "text"},
    ],
    ids=str,
)
@pytest.mark.parametrize("position", [1, 2, 4])
def test_an_edit_is_found(changes, position):
    store = chains(2, 4)
    name = names(store)[0]
    row = rows_of(store, name)[position - 1]
    put(store, row, attrs.evolve(row, **changes))
    found = whats(store)
    assert found
    assert {writer for _, writer, _ in found} == {name}
    assert found[0][2] == position


@pytest.mark.parametrize("column", ["callee", "caller", "campaign", "reason"])
def test_an_index_that_is_longer_or_shorter_is_found(column):
    for change in (lambda blind: blind + b"0", lambda blind: blind[:-1], lambda blind: bytes(16), lambda blind: b""):
        store = chains(1, 2)
        row = rows_of(store)[0]
        put(store, row, attrs.evolve(row, **{column: change(getattr(row, column))}))
        assert ("link", row.writer, 1) in whats(store)


@pytest.mark.parametrize("bit", range(0, 64, 7))
def test_a_bit_of_what_is_sealed_is_found(bit):
    store = chains(1, 4)
    row = rows_of(store)[2]
    changed = bytearray(row.sealed)
    changed[bit % len(changed)] ^= 1
    put(store, row, attrs.evolve(row, sealed=bytes(changed)))
    assert whats(store) == [("link", row.writer, 3), ("seal", row.writer, 3)]
    assert whats(store, deep=False) == [("link", row.writer, 3)]


def test_a_deletion_is_found():
    for position in (1, 2, 3, 4):
        store = chains(2, 4)
        name = names(store)[0]
        put(store, rows_of(store, name)[position - 1], None)
        assert (
            whats(store)[0]
            == {
                1: ("front", name, 2),
                2: ("missing", name, 3),
                3: ("missing", name, 4),
                4: ("missing", name, None),
            }[position]
        )


def test_deleting_a_row_and_moving_the_rest_up_is_found():
    store = chains(1, 4)
    rows = rows_of(store)
    put(store, rows[1], None)
    for row in rows[2:]:
        put(store, row, attrs.evolve(row, position=row.position - 1))
    register(store, rows[0].writer, count=3)
    assert {what for what, _, _ in whats(store)} == {"link", "seal"}


def test_an_insertion_is_found():
    store = chains(2, 4)
    name, other = names(store)
    rows = rows_of(store, name)
    copied = attrs.evolve(rows_of(store, other)[1], writer=name, position=5)
    store._rows.append(copied)
    assert ("beyond", name, 5) in whats(store)
    register(store, name, count=5, last=copied.link)
    assert ("link", name, 5) in whats(store)

    store = chains(1, 4)
    rows = rows_of(store)
    for row in rows[2:]:
        put(store, row, attrs.evolve(row, position=row.position + 1))
    store._rows.append(attrs.evolve(rows[1], position=3))
    register(store, rows[0].writer, count=5)
    assert ("link", rows[0].writer, 3) in whats(store)


def test_two_rows_that_change_places_are_found():
    store = chains(1, 6)
    rows = rows_of(store)
    for first, second in ((rows[1], rows[3]),):
        put(store, first, attrs.evolve(second, position=first.position))
        put(store, second, attrs.evolve(first, position=second.position))
    assert ("link", rows[0].writer, 2) in whats(store)
    assert ("link", rows[0].writer, 4) in whats(store)


def test_rows_that_change_chains_are_found():
    store = chains(2, 4)
    name, other = names(store)
    mine, theirs = rows_of(store, name), rows_of(store, other)
    for first, second in zip(mine, theirs, strict=True):
        put(store, first, attrs.evolve(second, writer=name))
    assert ("link", name, 1) in whats(store)


def test_a_cut_tail_is_found():
    store = chains(2, 4)
    name = names(store)[1]
    put(store, rows_of(store, name)[3], None)
    assert whats(store) == [("missing", name, None)]


def test_a_cut_tail_is_found_though_the_register_was_cut_too_where_another_chain_has_seen_it():
    store = chains(2, 4)
    first, last = names(store)
    rows = rows_of(store, first)
    put(store, rows[3], None)
    register(store, first, count=3, last=rows[2].link)
    assert whats(store) == [("seen", first, None)]

    digest = log_of(store).verify().digest
    rows = rows_of(store, last)
    put(store, rows[3], None)
    register(store, last, count=3, last=rows[2].link)
    assert whats(store) == [("seen", first, None)]  # nobody has seen the last chain's end
    assert ("expected", None, None) in whats(store, expected=digest)


def test_a_dropped_chain_is_found():
    for place in (0, 1, 2):
        store = chains(3, 4)
        digest = log_of(store).verify().digest
        name = names(store)[place]
        for row in rows_of(store, name):
            put(store, row, None)
        assert ("missing", name, None) in whats(store)
        register(store, name)
        found = whats(store)
        assert found == ([("seen", name, None)] if place < 2 else [])
        assert ("expected", None, None) in whats(store, expected=digest)


def test_a_chain_that_nobody_registered_is_found():
    store = chains(2, 4)
    name = names(store)[1]
    register(store, name)
    assert ("unregistered", name, None) in whats(store)


def test_a_register_that_was_changed_is_found():
    for changes, what in (
        ({"count": 5}, "missing"),
        ({"count": 3}, "beyond"),
        ({"first": b"1" * 32}, "first"),
        ({"last": b"1" * 32}, "last"),
    ):
        store = chains(2, 4)
        name = names(store)[1]
        register(store, name, **changes)
        assert what in {each for each, _, _ in whats(store)}


def test_a_log_put_back_to_an_earlier_copy_is_found_by_an_earlier_digest():
    store = chains(2, 4)
    earlier = (copy.copy(store._rows), copy.copy(store._writers))
    other_writer(store)
    found = sealed(store=store, at="2026-11-24T15:00:00+08:00")
    calls(found, 2)
    log = found.log
    digest, whole = log.checkpoint(), log.register()
    assert not whats(store, expected=digest)
    assert not whats(store, expected=whole)

    store._rows, store._writers = earlier
    assert whats(store) == []  # nothing within it tells
    assert whats(store, expected=digest) == [("expected", None, None)]
    assert "it had 12 rows by 3 writers, and now has 8 by 2" in str(log_of(store).verify(expected=digest).faults[0])
    assert [what for what, _, _ in whats(store, expected=whole)] == ["expected"]

    other_writer(store)
    calls(sealed(store=store, at="2026-11-24T18:00:00+08:00"), 5)  # it grows again, longer than it was
    assert whats(store, expected=digest) == [("expected", None, None)]
    assert "no row of it remembers that digest" in str(log_of(store).verify(expected=digest).faults[0])
    assert [what for what, _, _ in whats(store, expected=whole)] == ["expected"]


def test_a_digest_stays_known_while_the_log_grows():
    store = chains(2, 4)
    log = log_of(store)
    digest = log.checkpoint()
    again = log.checkpoint()
    assert digest != again
    other_writer(store)
    found = sealed(store=store, at="2026-11-24T18:00:00+08:00")
    calls(found, 3)
    for each in (digest, again, found.log.verify().digest):
        assert whats(store, expected=each) == []
    with pytest.raises(ValueError, match="none that `log verify` prints"):
        log.verify(expected="9f86d0")


def test_a_log_rewritten_without_the_key_is_found():
    store = chains(2, 4)
    name = names(store)[0]
    rows = rows_of(store, name)
    forged = relink(rows[:3])
    store._rows = [row for row in store._rows if row.writer != name] + forged
    register(store, name, count=3, first=forged[0].link, last=forged[2].link)
    verified = log_of(store).verify()
    assert not verified
    assert verified.unsealed == 3

    store = chains(1, 4)
    rows = rows_of(store)
    end = relink([rows[2]])[0]
    put(store, rows[2], end)
    assert ("unsealed", rows[0].writer, 3) in whats(store)


def test_what_is_read_while_others_write_is_no_fault():
    store = chains(2, 4)
    log = log_of(store)
    real = store.log_rows

    def rows(query):
        if query == LogQuery():
            calls(sealed(store=store, at="2026-11-24T19:00:00+08:00"), 1)
            other_writer(store)
            calls(sealed(store=store, at="2026-11-24T20:00:00+08:00"), 1)
        return real(query)

    store.log_rows = rows
    assert log.verify()
    store.log_rows = real
    assert log.verify().rows == 12


def purged(store, at="2027-06-24T10:00:00+08:00", before=date(2026, 11, 25)):
    log = log_of(store, at=at)
    gone = log.purge(before)
    return log, gone


def test_a_purge_leaves_anchors_from_which_the_log_verifies():
    store = chains(2, 4)
    other_writer(store)
    later = sealed(store=store, at="2026-11-24T23:55:00+08:00")
    calls(later, 4)
    count = len(rows_of(store))
    log, gone = purged(store)
    assert gone > 8
    assert len(rows_of(store)) == count - gone + 1  # and the note of the purge
    assert log.verify()
    assert log.verify(expected=later.log.verify().digest)
    assert [note.facts["rows"] for note in log.notes("purge")] == [gone]
    calls(later, 2)
    assert log.verify()
    (note,) = log.notes("purge")
    assert note.who
    assert note.facts["before"] == "2026-11-25"


def test_a_removal_that_looks_like_a_purge_is_found():
    store = chains(1, 8)
    name = names(store)[0]
    rows = rows_of(store, name)
    anchor = signed  # what a purge signs
    for row in rows[:4]:
        put(store, row, None)
    assert whats(store)[0] == ("front", name, 5)
    from callguard.state.records import Anchor

    bare = Anchor(writer=name, position=4, link=rows[3].link, at=1.0, key=FIRST.active, signature=b"")
    for signature in (b"", b"1" * 32, PLAIN.sign(anchor(bare)), SECOND.sign(anchor(bare))):
        store._anchors = {name: attrs.evolve(bare, signature=signature)}
        assert whats(store) == [("anchor", name, 4)]
    store._anchors = {name: attrs.evolve(bare, signature=FIRST.sign(anchor(bare)))}
    assert whats(store) == []
    unkeyed = attrs.evolve(bare, key="")
    store._anchors = {name: attrs.evolve(unkeyed, signature=PLAIN.sign(anchor(unkeyed)))}
    assert whats(store) == [("anchor", name, 4)]
    other = attrs.evolve(bare, key=SECOND.active)
    store._anchors = {name: attrs.evolve(other, signature=SECOND.sign(anchor(other)))}
    assert whats(store) == [("key", name, 4)]
    assert whats(store, ROTATED) == []


def test_an_anchor_that_was_moved_or_lost_is_found():
    store = chains(2, 4)
    other_writer(store)
    calls(sealed(store=store, at="2026-11-24T23:57:00+08:00"), 4)
    purged(store)
    whole = dict(store._anchors)
    half = next(row.writer for row in rows_of(store) if row.position > 1)
    for name in whole:
        store._anchors = {key: anchor for key, anchor in whole.items() if key != name}
        assert name in {writer for _, writer, _ in whats(store)}
    store._anchors = whole | {half: attrs.evolve(whole[half], position=whole[half].position - 1)}
    assert ("anchor", half, whole[half].position - 1) in whats(store)


def test_a_purge_does_not_hide_what_was_tampered_with():
    from callguard import StateError

    store = chains(2, 4)
    name = names(store)[0]
    row = rows_of(store, name)[1]
    put(store, row, attrs.evolve(row, sealed=b"x"))
    with pytest.raises(StateError, match=f"does not verify at row 2 of writer {name}"):
        purged(store)
    assert len(rows_of(store)) == 8


def test_every_kind_of_fault_says_what_it_is():
    facts = {"first": 1, "last": 2, "count": 3, "key": "00000000", "why": "because"}
    for what in SAID:
        assert str(Fault(what, "ab", 7, facts)).startswith("writer ab, row 7: ")
    assert str(Fault("expected", facts=facts)).startswith("the log is not the one")


def test_a_register_survives_json():
    whole = Register.of(chains(3, 2).writers())
    assert Register.from_json(whole.as_json()) == whole
    for rows in (None, {}, [[]], [["a", "b", "c", "d"]], [["a", 1, "zz", ""]]):
        with pytest.raises(ValueError, match="the register is not one"):
            Register.from_json(rows)
    assert len(whole.seen(2)["chains"]) == 2
    assert whole.seen(2)["digest"] == whole.digest


def test_many_faults_are_counted_and_the_first_ones_kept(monkeypatch):
    from callguard.call_log import verifying

    monkeypatch.setattr(verifying, "MOST", 3)
    store = chains(1, 8)
    store._rows = [attrs.evolve(row, link=b"1" * 32) for row in store._rows]
    verified = log_of(store).verify()
    assert len(verified.faults) == 3
    assert verified.wrong > 7


def test_any_change_to_any_row_is_found():
    import random

    whole = chains(3, 6)
    kept = (list(whole._rows), dict(whole._writers))
    log = log_of(whole)
    chance = random.Random(20261127)
    for _ in range(300):
        whole._rows, whole._writers = list(kept[0]), dict(kept[1])
        row = chance.choice(whole._rows)
        column = chance.choice(("writer", "position", "at", "key", "callee", "caller", "campaign", "reason", "sealed", "link"))
        other = getattr(
            chance.choice([each for each in whole._rows if getattr(each, column) != getattr(row, column)] or [row]), column
        )
        if other == getattr(row, column):
            other = "00000000"
        put(whole, row, attrs.evolve(row, **{column: other}))
        assert not log.verify(deep=False), (column, row.position)
        assert not log.verify(deep=True)


def test_many_threads_make_one_chain():
    import threading

    store = MemoryStore()
    found = sealed(store=store)

    def work():
        for number in NUMBERS[:5]:
            call(found, number)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found.log.verify().rows == 80
    assert found.log.verify()
    assert len(list(found.log.search())) == 40
    assert {entry.outcome for entry in found.log.search()} == {"answered"}


def test_without_a_key_a_mistake_is_found():
    store = MemoryStore()
    found = sealed(PLAIN, store=store)
    call(found, NUMBERS[0])
    assert log_of(store, PLAIN).verify()
    row = rows_of(store)[0]
    put(store, row, attrs.evolve(row, at=row.at + 1))
    assert whats(store, PLAIN) == [("link", row.writer, 1)]
