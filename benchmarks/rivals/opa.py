"""OPA's language, by regopy: a bundle compiled once, the list and the hour in the input of each question."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from benchmarks.rivals import CALLER, CAMPAIGN, Rival

if TYPE_CHECKING:
    from benchmarks.data import Numbers

_POLICY = """
package calls

default may_dial := false

may_dial {
    data.callers[input.caller].active
    data.callers[input.caller].campaigns[input.campaign]
    not input.listed
    input.hour >= 0
    input.hour < 24
}
"""


@contextmanager
def _opened(numbers: Numbers, _: Path) -> Iterator[Callable[[str], bool]]:
    import regopy

    held, zone = set(numbers.tolist()), ZoneInfo("Asia/Shanghai")
    making = regopy.Interpreter()
    making.add_data({"callers": {CALLER: {"active": True, "campaigns": {CAMPAIGN: True}}}})
    making.add_module("calls.rego", _POLICY)
    bundle = making.build("x = data.calls.may_dial")
    asked = regopy.Interpreter()

    def may_call(callee: str) -> bool:
        asked.set_input(
            {
                "caller": CALLER,
                "campaign": CAMPAIGN,
                "listed": int(callee) in held,
                "hour": datetime.now(zone).hour,
            }
        )
        output = asked.query_bundle(bundle)  # a binding does not keep what it is part of
        return bool(output.binding("x").value)

    yield may_call


RIVAL = Rival("opa", "OPA (regopy), with the list as a set", ("regopy",), _opened, decides=True, most="1m")
