"""The store in memory keeps the contract of all stores, and can be made to fail."""

from __future__ import annotations

import os
import tracemalloc

import pytest

pytest.register_assert_rewrite("store_contract")
from callguard.errors import StateError  # noqa: E402
from callguard.model import FOREVER  # noqa: E402
from callguard.testing import MemoryStore  # noqa: E402
from store_contract import StoreContract  # noqa: E402
from store_stage import attempt, count, log, refusal, registered, row, rows_of  # noqa: E402


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def make_store(self):
        return MemoryStore


def test_a_log_that_takes_no_rows():
    store = MemoryStore()
    store.stop_log()

    assert not store.log_writable()
    assert store.pulse.deadline == 0
    with pytest.raises(StateError, match="no rows"):
        log(store, row())
    count(store, attempt())
    store.stop_log(stopped=False)
    log(store, row())
    assert (len(rows_of(store)), store.pulse.deadline) == (1, FOREVER)


def test_a_store_that_goes_stale():
    store = MemoryStore()
    store.go_stale(77)
    assert (store.fresh_until(), store.pulse.deadline) == (77, 77)
    store.stop_log()
    assert store.pulse.deadline == 0


def test_records_that_share_what_they_say_cost_their_numbers_only():
    store = MemoryStore()
    store.append([refusal(n, source="复") for n in range(1_000)])
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for n in range(0, 50_000, 1_000):
        store.append([refusal(n + m, source="复") for m in range(1_000)])
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()

    assert grown < 32 * 50_000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_child_has_a_chain_of_its_own():
    store = MemoryStore()
    log(store, row())
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        log(store, row())
        told = " ".join(f"{writer.name}:{writer.count}" for writer in registered(store))
        os.write(writing, told.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        names = dict(each.split(":") for each in told.read().split())
    assert os.waitpid(child, 0)[1] == 0

    assert list(names.values()) == ["1", "1"]
    assert {writer.name for writer in registered(store)} < set(names)
