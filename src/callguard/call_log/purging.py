"""Removing what has been kept long enough: whole days, from the front of each chain, leaving an anchor that is signed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import attrs

from callguard import clock
from callguard.call_log.chain import MALFORMED, head_of, signed
from callguard.errors import StateError
from callguard.sealing import START
from callguard.state.records import Anchor, LogQuery

if TYPE_CHECKING:
    from callguard.policy import Policy
    from callguard.sealing import Keyring
    from callguard.state import Store

LEAST: Final = 6  # calendar months that the article asks for
STEP: Final = 5_000  # rows that one transaction removes, so that calls need not wait for long
_YEAR: Final = 12


def months_after(day: date, months: int) -> date:
    """Return the same day of a later month; where that month has none, the first of the next: later, never earlier."""
    year, month = divmod(day.year * _YEAR + day.month - 1 + months, _YEAR)
    try:
        return date(year, month + 1, day.day)
    except ValueError:
        year, month = divmod(year * _YEAR + month + 1, _YEAR)
        return date(year, month + 1, 1)


def removable(before: date, months: int) -> date:
    """Return the first day on which all records of the days before a date have been kept for so many calendar months."""
    return months_after(before, max(months, LEAST))


def kept_from(today: date, months: int) -> date:
    """Return the last date before which everything may be removed on a day."""
    day = date(today.year, today.month, 1)
    back = (day.year * _YEAR + day.month - 1) - max(months, LEAST)
    day = date(back // _YEAR, back % _YEAR + 1, 1)
    while removable(day + timedelta(days=1), months) <= today:
        day += timedelta(days=1)
    return day


def check(policy: Policy, before: date, now: float) -> float:
    """Return the instant before which a purge removes; ValueError where that is earlier than the law or the policy permits."""
    zone = policy.enterprise.timezone
    months = LEAST if policy.call_log is None else policy.call_log.retain_months
    today = clock.local(zone, now)[0]
    if removable(before, months) > today:
        last = kept_from(today, months)
        raise ValueError(
            f"records before {before} cannot be removed on {today}: each is kept for {max(months, LEAST)} calendar months; "
            f"accepted: {last} or earlier"
        )
    return float(clock.start_of_day(zone, before))


@attrs.frozen(slots=True, kw_only=True)
class Plan:
    """What a purge would remove: how many rows, and step by step the anchors that it would leave."""

    rows: int
    steps: tuple[tuple[Anchor, ...], ...]


def plan(store: Store, keyring: Keyring, until: float, now: float) -> Plan:
    """Find the rows at each chain's front that are older than an instant, checking each link on the way.

    StateError where a chain does not verify: a purge would destroy the evidence.
    """
    before = {anchor.writer: anchor for anchor in store.anchors()}
    steps: list[tuple[Anchor, ...]] = []
    anchors: list[Anchor] = []
    rows = 0
    for writer in store.writers():
        start = before.get(writer.name)
        first = position = 0 if start is None else start.position
        link = START if start is None else start.link
        if start is not None and not keyring.check(start.key, signed(start), start.signature):
            raise _broken(writer.name, position)
        for row in store.log_rows(LogQuery(writer=writer.name, after=position)):
            if row.at >= until:
                break
            try:
                said = link + head_of(row) + row.sealed
            except MALFORMED:
                raise _broken(writer.name, row.position) from None
            expected = keyring.linking(row.key)(said)
            unsigned = row.key and start is not None and not start.key  # anybody could have left that anchor
            if row.position != position + 1 or row.link != expected or unsigned:
                raise _broken(writer.name, row.position)
            position, link = row.position, row.link
            rows += 1
            if rows % STEP == 0:
                steps.append((*anchors, _anchor(keyring, writer.name, position, link, now)))
                anchors, first = [], position
        if position > first:
            anchors.append(_anchor(keyring, writer.name, position, link, now))
    return Plan(rows=rows, steps=(*steps, tuple(anchors)) if anchors else tuple(steps))


def _anchor(keyring: Keyring, writer: str, position: int, link: bytes, now: float) -> Anchor:
    bare = Anchor(writer=writer, position=position, link=link, at=now, key=keyring.active, signature=b"")
    return attrs.evolve(bare, signature=keyring.sign(signed(bare)))


def _broken(writer: str, position: int) -> StateError:
    return StateError(
        f"the call log does not verify at row {position} of writer {writer}, and is left as it is: `callguard log verify` says more"
    )
