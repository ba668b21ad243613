"""`callguard log`: the call log read, checked, handed out, decided again, and cut where the law permits; new keys."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import attrs
import click

from callguard import clock
from callguard.cli import commands
from callguard.cli.desk import NotAnswered
from callguard.model import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from callguard.call_log import CallLog, Entry
    from callguard.cli.desk import Desk
    from callguard.cli.words import Words
    from callguard.policy import Policy
    from callguard.sealing import Keyring

PARTS: Final = ("verify", "search", "export", "replay", "purge", "keygen")
USUAL: Final = 1_000  # records that are shown where nobody says how many


def command(words: Words) -> click.Command:
    """Return the command."""
    return commands.Family(words, "log", PARTS)


@attrs.frozen
class Opened:
    """A policy's call log, without its lists, and the keys that it is sealed with."""

    log: CallLog
    keyring: Keyring
    policy: Policy

    @property
    def timezone(self) -> str:
        """The zone of what is shown."""
        return self.policy.enterprise.timezone


@contextmanager
def opened(desk: Desk, *, writes: bool = False) -> Iterator[Opened]:
    """Open the log of the policy's state; NotAnswered where the policy has none, StateError where it cannot be read.

    `writes`: what is written begins a chain, which is to vouch for the others.
    """
    policy = desk.policy()
    if policy.call_log is None:
        raise NotAnswered(desk.words("no-log"))
    from callguard.call_log import CallLog
    from callguard.sealing import Keyring
    from callguard.state.opening import open_store

    keyring = Keyring.find(policy.call_log, desk.path.absolute().parent)
    store = open_store(policy, time.time, keyring)
    try:
        yield Opened(CallLog(store, keyring, policy, time.time, writes=writes), keyring, policy)
    finally:
        store.close()


def filters() -> list[click.Parameter]:
    """Return the options that say which records are meant."""
    return [
        click.Option(["--number"], metavar="NUMBER"),
        click.Option(["--caller"], metavar="NUMBER", shell_complete=commands.callers),
        click.Option(["--campaign"], metavar="NAME", shell_complete=commands.campaigns),
        click.Option(["--since"], metavar="DATE"),
        click.Option(["--until"], metavar="DATE"),
        click.Option(["--reason"], type=click.Choice([reason.value for reason in Reason]), metavar="REASON"),
    ]


def limit_option() -> click.Parameter:
    """Return the option that says how many records are shown."""
    return click.Option(["--limit"], metavar="N", type=click.IntRange(min=1), default=USUAL)


@attrs.frozen
class Asked:
    """What the options say of which records are meant."""

    number: str | None
    caller: str | None
    campaign: str | None
    since: date | float | None
    until: date | float | None
    reason: str | None

    @classmethod
    def of(cls, desk: Desk, given: dict[str, Any], timezone: str) -> Asked:
        """Read the options; NotAnswered for what cannot be read."""
        from callguard.phone import NumberPlan

        number = given["number"]
        enterprise = desk.policy().enterprise
        if number is not None and NumberPlan(enterprise.region, enterprise.integers).read(number).number is None:
            raise NotAnswered(desk.words("callee-unread"))
        since, until = (desk.day_or_instant(given[key], timezone, f"--{key}") for key in ("since", "until"))
        if since is not None and clock.edge(since, timezone, ends=False) >= clock.LAST:
            raise NotAnswered(desk.words("bad-at-years", option="--since", text=given["since"]))
        if since is not None and until is not None and _backwards(since, until, timezone):
            raise NotAnswered(desk.words("log-backwards", since=given["since"], until=given["until"]))
        return cls(number, given["caller"], given["campaign"], since, until, given["reason"])

    @property
    def given(self) -> dict[str, Any]:
        """The arguments of a search."""
        return attrs.asdict(self, recurse=False)


def _backwards(since: date | float, until: date | float, timezone: str) -> bool:
    if isinstance(since, float) or isinstance(until, float):
        return clock.edge(since, timezone, ends=False) > clock.edge(until, timezone, ends=True)
    return since > until


def strangers(desk: Desk, policy: Policy, asked: Asked) -> list[str]:
    """Say which names that were asked for are none of the policy's, as they may have been mistyped; old records may have them."""
    found = []
    if asked.caller is not None and policy.caller(asked.caller) is None:
        found.append(desk.unknown_caller(policy, asked.caller, "--caller"))
    if asked.campaign is not None and asked.campaign not in {each.name for each in policy.campaigns}:
        found.append(desk.unknown_campaign(policy, asked.campaign))
    return found


def instant(desk: Desk, at: float | None, timezone: str) -> str:
    """Write an instant of a record, to the second."""
    local = desk.local(at, timezone)
    return "" if local is None else f"{local:%Y-%m-%d %H:%M:%S}"


def decided(words: Words, reason: Reason, *, shadow: bool) -> str:
    """Write what was decided: the reason, and whether the call was let go all the same."""
    return words("log-shadow", reason=words.reason(reason)) if shadow else words.reason(reason)


def newest(entries: list[Any], limit: int, key: Any) -> list[Any]:
    """Return the newest of some, in the order of their time."""
    return sorted(entries, key=key)[-limit:]


def at_of(entry: Entry) -> float:
    """Return when a decision was taken."""
    return entry.at
