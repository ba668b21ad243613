"""A policy with everything that decisions elsewhere need: sealed state, lists with dates, a rule of its own, limits, consents."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa

from callguard import Guard
from callguard.permits.keys import new_keys
from callguard.state.records import Attempted
from callguard.testing import FrozenClock
from samples import CALLER, POLICY

if TYPE_CHECKING:
    from pathlib import Path

SECOND = "01085550124"
KEY_ENV = "CALLGUARD_TEST_KEY"
KEY = "ab" * 32
CAMPAIGNS = ["course", "notice", "survey", "vip", "quiet"]
AT = datetime.fromisoformat("2025-11-25T10:00:00+08:00")  # a Tuesday that is ahead of nobody's clock
MORE = """
[state]
path = "kept"
[[lists]]
name = "dnc"
path = "dnc.txt"
[[lists]]
name = "ends"
path = "ends.csv"
"""
SEALED = f"""
[call_log]
key_env = "{KEY_ENV}"
hand_on_command = ["file-record", "hush-hush"]
[permits]
key_file = "permits.key"
"""


def write(folder: Path, *, sealed: bool = False, rule: str | None = None) -> Path:
    """Write a policy and its lists into a folder."""
    (folder / "dnc.txt").write_text("".join(f"1380013{n:04d}\n" for n in range(100, 200)))
    (folder / "ends.csv").write_text("number,since,until\n13800130300,2020-01-01,2020-02-01\n13800130301,2020-01-01,2049-01-01\n")
    head = f'version = 1\nrules = ["{rule}"]\n' if rule else "version = 1\n"
    quiet = '[[campaigns]]\nname = "quiet"\npurpose = "service"\nhonours = []\n'
    policy = folder / "callguard.toml"
    (folder / "permits.key").write_text(new_keys()[0])
    (folder / "permits.key").chmod(0o600)
    policy.write_text(POLICY.replace("version = 1\n", head) + quiet + MORE + (SEALED if sealed else ""))
    return policy


def live(policy: Path, at: datetime) -> None:
    """Let there be refusals, consents, attempts, and a caller that was taken away."""
    with Guard.open(policy, clock=FrozenClock(at)) as guard:
        happen(guard, at)


def happen(guard: Guard, at: datetime) -> None:
    for n in range(20):
        guard.refuse(f"138001302{n:02d}", scope=["enterprise", "brand", "notice", "survey"][n % 4])
    for n in range(10):
        guard.consent(f"138001304{n:02d}", scope="vip", proof="form 3", until=None if n % 2 else at + timedelta(hours=n))
    guard.lift_refusal("13800130200", scope="enterprise", proof="form 7")
    guard.set_caller_status(SECOND, "suspended")

    def counted(transaction):
        for n in range(300, 320):
            for k in range(n % 3):
                told = {"number": 8613800130000 + n, "campaign": "survey", "caller": CALLER}
                transaction.count(Attempted(**told, at=at.timestamp() - 60 - k))

    guard._state.store.transact(counted)


def table(at: datetime, rows: int = 2_000) -> pa.Table:
    """Return leads in which everything occurs that may be told of a row."""
    written = ["{}", "+86 {}", "0086{}", "86{}"]
    others = ["110", "n/a", None, "+1 202 555 0123", "+1 305 555 0101", "010-8555-0123", "", "+852 2123 4567", "1.38E+10"]
    hours = [0, 2, 12.5, 26, 5]
    return pa.table(
        {
            "id": pa.array(range(rows), pa.int64()),
            "phone": [
                others[i // 11 % 9] if i % 11 == 10 else written[i // 7 % 4].format(13800130000 + i * 7 % 500) for i in range(rows)
            ],
            "campaign": [[*CAMPAIGNS, "nothing", None][i % 7 if i % 5 == 0 else i % 5] for i in range(rows)],
            "caller": [[CALLER, CALLER, SECOND, "02100000000", CALLER][i // 3 % 5] for i in range(rows)],
            "place": [[None, "CN-GD", None, "新疆", None, "Atlantis", None][i // 2 % 7] for i in range(rows)],
            "when": pa.array(
                [at.astimezone(UTC) + timedelta(hours=hours[i // 13 % 5]) for i in range(rows)], pa.timestamp("us", "UTC")
            ),
        }
    )


TOLD = {"campaign_column": "campaign", "caller_column": "caller", "place_column": "place", "at_column": "when"}


def keyed() -> None:
    """Have the key of sealed state in the environment."""
    os.environ[KEY_ENV] = KEY
