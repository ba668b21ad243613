"""The store on PostgreSQL keeps the contract of all stores; and what only a server can do to it."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import psycopg
import pytest

pytest.register_assert_rewrite("store_contract")
import postgres_server  # noqa: E402
from callguard.errors import StateError  # noqa: E402
from callguard.sealing import Keyring, new_key  # noqa: E402
from callguard.state.database import Database  # noqa: E402
from callguard.state.directory import Directory  # noqa: E402
from callguard.state.postgres import LOCK, Postgres, open_postgres  # noqa: E402
from postgres_server import PASSWORD, Server  # noqa: E402
from store_contract import SPAN, LastingContract, attempt, count, exact, log, records_of, refusal, row  # noqa: E402

postgres, database = postgres_server.postgres, postgres_server.database


@pytest.fixture
def opened(tmp_path):
    """Return a function that opens the store of a host at a database; all are closed at the end."""
    stores = []

    def open_store(url, host="host", *, key="", max_staleness=5.0, engine=open_postgres):
        stores.append(
            Database(engine(url), Directory(tmp_path / host), Keyring.of(key) if key else Keyring.plain(), time.time, max_staleness)
        )
        stores[-1].keep_attempts(SPAN)
        return stores[-1]

    yield open_store
    for store in stores:
        store.close()


class TestPostgresStore(LastingContract):
    step = 1 << 16

    @pytest.fixture
    def make_store(self, opened, database):
        return lambda: opened(database)


@pytest.mark.slow
class TestSealedPostgresStore(LastingContract):
    step = 1 << 16

    @pytest.fixture
    def make_store(self, opened, database):
        key = new_key()
        return lambda: opened(database, key=key)


def until(true, seconds=5.0):
    """Return how long it took until something was true; fail where it never was."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, "not in time"
        time.sleep(0.002)
    return time.monotonic() - began


def numbers(store):
    return [record.number for record in records_of(store)]


def test_another_host_is_told_at_once(opened, database):
    one, two = opened(database, "one"), opened(database, "two")
    times = []
    for n in range(20):
        mark = one.append([refusal(n)])
        times.append(until(lambda mark=mark: two.pulse.last() == mark))

    assert numbers(two) == numbers(one)
    assert max(times) < 1
    assert sorted(times)[10] < 0.1, "by the nudge, not by the heartbeat's question"


class Deaf(Postgres):
    """An engine whose nudges are all lost."""

    def wait(self, seconds):
        time.sleep(seconds)
        return False

    def nudge(self):
        pass


def open_deaf(url):
    engine = open_postgres(url)
    engine.__class__ = Deaf
    return engine


def test_a_host_that_hears_no_nudge_asks_often_enough(opened, database):
    one, two = opened(database, "one", engine=open_deaf), opened(database, "two", engine=open_deaf)
    times = []
    for n in range(8):
        mark = one.append([refusal(n)])
        times.append(until(lambda mark=mark: two.pulse.last() == mark))

    assert max(times) < 1
    assert numbers(two) == numbers(one)


def test_a_transaction_that_is_held_open_delays_others_and_loses_nothing(opened, database):
    """Were numbers given before the lock, a follower could pass the lower one by while it is not committed yet."""
    one, two, three = opened(database, "one"), opened(database, "two"), opened(database, "three")
    first = one.append([refusal(0)])
    seen, done = [(first, None)], []

    def following():
        while not done or seen[-1][0] != done[0]:
            with suppress(StateError):
                seen.extend(three.follow(seen[-1][0]))
            time.sleep(0.001)

    follower = threading.Thread(target=following)
    with psycopg.connect(database) as holder:
        holder.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        holder.execute(
            "INSERT INTO callguard.records SELECT seq + 1, what, number + 900, sealed, at, stored, note, crc FROM callguard.records"
        )
        follower.start()
        threads = [threading.Thread(target=store.append, args=([refusal(n)],)) for n, store in enumerate((one, two, one, two), 1)]
        for thread in threads:
            thread.start()
        time.sleep(0.3)
        waiting = [thread.is_alive() for thread in threads]
        marks = {store.pulse.last() for store in (one, two, three)}
        holder.execute("DELETE FROM callguard.records WHERE number > (SELECT min(number) FROM callguard.records)")
        holder.execute("INSERT INTO callguard.meta VALUES ('held', 'open')")
        holder.commit()
    for thread in threads:
        thread.join()
    until(lambda: three.pulse.last() == one.pulse.last() == first + (4 << 16))
    done.append(three.pulse.last())
    follower.join()

    assert waiting == [True] * 4
    assert marks == {first}
    assert [mark for mark, _ in seen] == [first + (n << 16) for n in range(5)]
    assert [record.number for _, record in seen[1:]] == numbers(one)[1:] == numbers(three)[1:]


@pytest.fixture(scope="module")
def brittle():
    """Yield a server that tests may stop."""
    with Server() as server:
        yield server


def test_while_the_server_is_away_refusals_wait_in_the_spool(opened, brittle):
    url = brittle.url(brittle.create())
    one, same, two = opened(url, "one", max_staleness=1.0), opened(url, "one"), opened(url, "two", max_staleness=1.0)
    mark = one.append([refusal(0)])
    brittle.stop()
    for n in (1, 2):
        with pytest.raises(StateError, match="spool"):
            one.append([refusal(n)])
        mark += 1
        assert one.pulse.last() == same.pulse.last() == mark
    spooled = numbers(same)
    with pytest.raises(StateError):
        count(two, attempt())
    with pytest.raises(StateError):
        log(two, row())
    until(lambda: two.fresh_until() < time.time() and two.pulse.deadline < time.time())
    stale = two.pulse.deadline
    brittle.start()
    until(lambda: two.pulse.last() >> 16 == 3, 10)
    until(lambda: one.pulse.last() == two.pulse.last() == same.pulse.last(), 10)
    until(lambda: two.pulse.deadline > time.time(), 10)
    (counted,) = count(two, attempt())

    assert stale < time.time()
    assert spooled == [refusal(n).number for n in range(3)]
    assert numbers(one) == numbers(two) == numbers(same) == spooled
    assert counted == 1
    assert len(exact(one)) == 1
    assert one.pulse.last() == 3 << 16


def test_a_server_that_came_back_without_what_it_had_is_not_followed(opened, brittle):
    """As after a failure that made an older copy the primary."""
    url = brittle.url(brittle.create())
    store = opened(url)
    store.append([refusal(n) for n in range(3)])
    brittle.say("DELETE FROM callguard.records WHERE seq > 1", url.partition("@/")[2].partition("?")[0])

    until(lambda: store.pulse.deadline == 0, 2)
    with pytest.raises(StateError):
        store.append([refusal(9)])


def test_what_cannot_be_opened_is_told_without_the_password(opened, postgres):
    for url in (
        postgres.url(host="127.0.0.1", password="wr0ng-Secret"),
        postgres.url(host="127.0.0.1").replace(f":{postgres.port}/", ":1/"),
    ):
        with pytest.raises(StateError, match="cannot be reached") as caught:
            opened(url)
        assert "wr0ng-Secret" not in str(caught.value)
        assert PASSWORD not in str(caught.value)
