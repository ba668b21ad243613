"""What one decision costs, beside an empty function and beside the function that people write by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from random import Random
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import timezone

from benchmarks.timing import per_call, per_row
from callguard import Guard, Policy, compiled

Row = tuple[str, tuple[float, float, float]]
CALLER = "010-8555-0123"
ONE = "+8613800130001"
POLICY = """
version = 1
[enterprise]
name = "Benchmark"
[[licences]]
kind = "call-centre"
scope = "national"
issued = 2023-05-01
[[callers]]
number = "010-8555-0123"
filed = 2024-01-20
[[lists]]
name = "complaints"
path = "{path}"
[[campaigns]]
name = "notice"
purpose = "service"
"""


def by_hand(listed: set[str]) -> Callable[[str], bool]:
    """Return the function that people write: parse, check, look up the set, and the hour in every zone."""
    zones = {name: ZoneInfo(name) for name in ("Asia/Shanghai",)}

    def may_call(callee: str) -> bool:
        number = phonenumbers.parse(callee, "CN")
        if not phonenumbers.is_valid_number(number):
            return False
        if phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) in listed:
            return False
        now = datetime.now(UTC)
        for name in timezone.time_zones_for_number(number):
            hour = now.astimezone(zones.get(name) or ZoneInfo(name)).hour
            if not 0 <= hour < 24:
                return False
        return True

    return may_call


def campaign(count: int) -> list[str]:
    """Return random mobiles of 2,000 blocks, as one campaign dials."""
    chance = Random(4)
    blocks = [861380000 + chance.randrange(10_000) for _ in range(2_000)]
    return [f"+{chance.choice(blocks) * 10_000 + chance.randrange(10_000)}" for _ in range(count)]


def rows(folder: str) -> Iterator[Row]:
    """Yield each figure with its name."""
    chance = Random(5)
    numbers = sorted({861380000_0000 + chance.randrange(100_000_000) for _ in range(100_000)})
    path = f"{folder}/listed.txt"
    with open(path, "w", encoding="ascii") as file:
        file.writelines(f"+{number}\n" for number in numbers)
    guard = Guard(Policy.from_toml(POLICY.format(path=path)))
    line = guard.line(campaign="notice", caller=CALLER)
    leads = campaign(100_000)
    form = "compiled" if compiled() else "interpreted"

    def empty(_callee: str) -> None:
        return None

    def asked(callee: str) -> object:
        return guard.may_dial(callee, caller=CALLER, campaign="notice")

    def placed(callee: str) -> None:
        with guard.attempt(callee, caller=CALLER, campaign="notice"):
            pass

    free = [lead for lead in leads if line.may_dial(lead)][:5_000]

    yield "an empty Python function", per_call(empty, [ONE] * 100_000)
    yield f"line.may_dial, one number again and again ({form})", per_call(line.may_dial, [ONE] * 100_000)
    yield "line.may_dial, as a campaign dials, 100,000 listed", per_call(line.may_dial, leads)
    yield "line.may_dial, of an int", per_call(line.may_dial, [int(lead[1:]) for lead in leads])
    yield "line.may_dial, written as people do (138 0013 0001)", per_call(line.may_dial, ["138 0013 0001"] * 5_000)
    yield "guard.may_dial(callee, caller=…, campaign=…)", per_call(asked, leads)
    yield "line.scrub of text, a row", per_row(lambda: line.scrub(leads), len(leads))
    yield "guard.attempt, counted in memory", per_call(placed, free)
    yield "by hand: phonenumbers + set + zoneinfo", per_call(by_hand({f"+{n}" for n in numbers}), leads[:5_000])
