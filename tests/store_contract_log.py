"""What every store must do for the call log; a part of store_contract.py."""

from __future__ import annotations

import math
import time

from callguard.state.records import LogQuery, LogRow
from store_stage import NOW, anchor_at, blind, check_chain, log, registered, row, rows_of, together


class LogContract:
    """Rows, chains, the register, purges, the archive."""

    def test_rows_stand_in_a_chain_from_1_on(self, store):
        seen = []

        def making(n):
            def make(writer, position, previous):
                made = row(n, NOW + n)(writer, position, previous)
                seen.append(previous)
                return made

            return make

        first, second = log(store, making(0), making(1))
        (third,) = log(store, making(2))
        (writer,) = registered(store)

        assert seen == [b"", first.link, second.link]
        assert rows_of(store) == [first, second, third]
        assert (writer.name, writer.first) == (first.writer, first.link)
        assert len(bytes.fromhex(writer.name)) == 8
        assert writer.about
        assert abs(writer.began - time.time()) < 3_600
        check_chain(store, writer, 3)

    def test_rows_come_back_as_they_were(self, store):
        def make(writer, position, previous):
            return LogRow(
                writer=writer,
                position=position,
                at=1_795_000_000.123456,
                key="",
                callee=bytes(16),
                caller=None,
                campaign=b"\xff" * 16,
                reason=None,
                sealed=bytes(range(256)) * 200,
                link=bytes(32),
            )

        made = log(store, make)
        assert rows_of(store) == made

    def test_rows_are_found_by_every_column(self, store):
        for n in range(24):
            blinds = {"callee": f"{n % 5}", "caller": f"{n % 2}", "campaign": f"{n % 3}", "reason": f"{n % 4}"}
            log(store, row(n, NOW + n, **({} if n == 23 else blinds)))
        (writer,) = registered(store)

        def found(**query):
            return [int(each.sealed.split()[-1]) for each in store.log_rows(LogQuery(**query))]

        def those(condition):
            return [n for n in range(23) if condition(n)]

        assert found() == list(range(24))
        assert found(callee=(blind("3"),)) == those(lambda n: n % 5 == 3)
        assert found(callee=(blind("3"), blind("of another key"), blind("1"))) == those(lambda n: n % 5 in (1, 3))
        assert found(caller=(blind("1"),)) == those(lambda n: n % 2 == 1)
        assert found(campaign=(blind("2"),)) == those(lambda n: n % 3 == 2)
        assert found(reason=(blind("0"), blind("1"))) == those(lambda n: n % 4 < 2)
        assert found(reason=(blind("none"),)) == []
        assert found(caller=(blind("0"),), campaign=(blind("1"),), since=NOW + 5) == those(
            lambda n: n % 2 == 0 and n % 3 == 1 and n > 4
        )
        assert found(since=NOW + 5, until=NOW + 9) == [5, 6, 7, 8]
        assert found(since=-math.inf, until=math.inf) == found(until=1e300) == list(range(24))
        assert found(since=math.inf) == found(until=-math.inf) == []
        assert found(since=NOW + 21) == [21, 22, 23]
        assert found(until=NOW + 0.5) == [0]
        assert found(writer=writer.name, after=20) == [20, 21, 22, 23]
        assert found(writer=writer.name, after=20, until=NOW + 22) == [20, 21]
        assert found(writer="00" * 8) == []

    def test_reading_the_log_can_be_given_up_and_bars_no_writer(self, store):
        log(store, *(row(n) for n in range(5)))
        reading = store.log_rows(LogQuery())
        assert next(reading).position == 1
        log(store, row(5))
        reading.close()
        log(store, row(6))
        assert len(rows_of(store)) == 7

    def test_threads_write_one_chain(self, store):
        together([lambda: [log(store, row(n), row(n + 50)) for n in range(10)]] * 8)
        (writer,) = registered(store)
        check_chain(store, writer, 160)

    def test_a_purge_leaves_anchors_from_which_the_chain_goes_on(self, store):
        rows = log(store, *(row(n) for n in range(10)))
        anchors = [anchor_at(rows[3]), anchor_at(rows[7], 5)]

        assert store.purge([anchors[0]]) == 4
        assert store.anchors() == (anchors[0],)
        assert store.purge([]) == 0
        assert store.purge([anchors[1]]) == 4
        assert store.anchors() == (anchors[1],)
        assert store.purge([anchors[0]]) == 0
        assert store.anchors() == (anchors[1],)
        log(store, row(10))
        (writer,) = registered(store)
        check_chain(store, writer, 11, anchors[1])
        assert writer.first == rows[0].link

    def test_texts_are_archived_by_their_hash_once(self, store):
        body = bytes(range(256)) * 4_000
        store.archive("policy", "ab" * 32, body)
        store.archive("pack", "cd" * 32, b"")
        store.archive("policy", "ab" * 32, b"something else")

        assert store.archived("ab" * 32) == body
        assert store.archived("cd" * 32) == b""
        assert store.archived("ef" * 32) is None
