"""What the tests of stores are made of: records, attempts and rows, and what is asked of a store."""

from __future__ import annotations

import random
import threading
import time
from hashlib import sha256

from callguard.state.records import (
    Anchor,
    Attempted,
    Consented,
    Lift,
    ListVersion,
    LogQuery,
    LogRow,
    Refusal,
    StatusChange,
    Withdrawal,
)
from callguard.state.view import View

NOW = int(time.time())
DAY = 86_400
SPAN = 30 * DAY
FIRST = 8_613_800_130_000
CALLER = "861085550123"
LONG = "长" * 50_000 + "end"

RECORDS = [
    Refusal(number=FIRST, scope="enterprise", at=NOW - 3.25),
    Refusal(number=FIRST + 1, scope="品牌", at=1_795_000_000.123456, source="短信回复 TD", imported=True),
    Refusal(number=FIRST + 2, scope="enterprise", at=NOW, source=LONG),
    Refusal(number=FIRST + 3, scope="enterprise", at=NOW, source=""),
    Refusal(number=FIRST + 3, scope="enterprise", at=NOW - 99, source='"a"\n\x00\\', imported=True),
    Refusal(number=7, scope="enterprise", at=0.0, imported=True),
    Refusal(number=999_999_999_999_999, scope="survey", at=NOW, source="🛑 拒绝"),
    Lift(number=FIRST, scope="enterprise", at=NOW, proof="合同 2026-0017"),
    Consented(number=FIRST + 4, scope="course", at=NOW - 7, proof="web form", until=NOW + DAY + 0.5),
    Consented(number=FIRST + 4, scope="品牌", at=NOW, proof=LONG),
    Withdrawal(number=FIRST + 4, scope="course", at=NOW),
    StatusChange(caller=CALLER, status="suspended", at=NOW),
    StatusChange(caller="95012345", status="reclaimed", at=NOW + 1),
    StatusChange(caller=CALLER, status="active", at=NOW + 2),
    ListVersion(name="行业黑名单", digest="ab" * 32, numbers=100_000_000, at=NOW),
    Refusal(number=FIRST, scope="enterprise", at=NOW - 1, imported=True),  # before the lift: it changes nothing
]


def refusal(n=0, at=NOW, **more):
    return Refusal(number=FIRST + n, scope="enterprise", at=at, **more)


def attempt(n=0, at=NOW, *, campaign="survey", caller=CALLER, key=None):
    return Attempted(number=FIRST + n, campaign=campaign, caller=caller, at=at, key=key)


def contents(view):
    """All that a view tells of the numbers here."""
    numbers = {record.number for record in RECORDS if hasattr(record, "number")} | set(range(FIRST, FIRST + 400))
    refused = {number: view.refused(number) for number in numbers if view.refused(number)}
    return refused, {number: held for number, held in view.consents.items() if held}, view.statuses, view.lists


def viewed(records):
    view = View()
    for record in records:
        view.apply(record)
    return view


def records_of(store, after=0):
    return [record for _, record in store.follow(after)]


def count(store, *attempts):
    return store.transact(lambda transaction: [transaction.count(each) for each in attempts])


def exact(store, number=FIRST, campaign="survey"):
    """What a transaction says of a campaign's attempts to a number."""
    return store.transact(lambda transaction: transaction.campaign_attempts(campaign, number))


def soon(get, wanted):
    """Give what is told from memory the second that it may take."""
    until = time.monotonic() + 2
    while get() != wanted and time.monotonic() < until:
        time.sleep(0.01)
    return get() == wanted


def row(n=0, at=NOW, **blinds):
    """How a row of the call log is made; its link is a plain hash over what it holds and the link before."""

    def make(writer, position, previous):
        sealed = b"\x00sealed \xff %d" % n
        kept = {"callee": None, "caller": None, "campaign": None, "reason": None} | {k: blind(v) for k, v in blinds.items()}
        return LogRow(writer=writer, position=position, at=at, key="1a2b3c4d", sealed=sealed, link=link(previous, sealed), **kept)

    return make


def blind(text):
    return sha256(text.encode()).digest()[:16]


def link(previous, sealed):
    return sha256(previous + sealed).digest()


def log(store, *makes):
    return store.transact(lambda transaction: [transaction.log(make) for make in makes])


def rows_of(store, **query):
    return list(store.log_rows(LogQuery(**query)))


def registered(store):
    return [writer for writer in store.writers() if writer.count]


def check_chain(store, writer, length, anchor=None):
    """Check that a writer's chain is whole, to the link."""
    rows = rows_of(store, writer=writer.name)
    previous, start = (b"", 0) if anchor is None else (anchor.link, anchor.position)
    assert [each.position for each in rows] == list(range(start + 1, length + 1))
    for each in rows:
        assert each.link == link(previous, each.sealed)
        previous = each.link
    assert (writer.count, writer.last) == (length, previous)


def anchor_at(each, n=0):
    return Anchor(
        writer=each.writer, position=each.position, link=each.link, at=NOW + n, key="1a2b3c4d", signature=b"\x00signed\xff"
    )


def together(functions):
    """Run functions in a thread each, from one instant on; raise what any raised."""
    start, errors = threading.Barrier(len(functions)), []

    def running(function):
        try:
            start.wait(30)
            function()
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=running, args=(function,), daemon=True) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    if errors:
        raise errors[0]


class Boom(Exception):  # noqa: N818
    pass


def race(stores, limit=3, numbers=5, tries=4):
    """Let a thread a store call numbers that may be called `limit` times each; check that all that were told so are as many."""
    won = []

    def dialling(store, who):
        chance = random.Random(who)
        for n in chance.sample(range(numbers), numbers) * tries:

            def work(transaction, n=n):
                if len(transaction.campaign_attempts("survey", FIRST + n)) >= limit:
                    return None
                return transaction.count(attempt(n, NOW + who)), n

            won.append(store.transact(work))

    together([lambda store=store, who=who: dialling(store, who) for who, store in enumerate(stores)])
    taken = [each for each in won if each is not None]
    assert len(won) == len(stores) * numbers * tries
    assert sorted(n for _, n in taken) == sorted([*range(numbers)] * limit)
    assert len({seq for seq, _ in taken}) == len(taken)
