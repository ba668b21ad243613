"""pycasbin: who calls and for what as its policy, the list and the hour as functions of ours."""

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

_MODEL = """
[request_definition]
r = caller, callee, campaign
[policy_definition]
p = caller, campaign
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.caller == p.caller && r.campaign == p.campaign && !listed(r.callee) && open()
"""


@contextmanager
def _opened(numbers: Numbers, _: Path) -> Iterator[Callable[[str], bool]]:
    import casbin

    held, zone = set(numbers.tolist()), ZoneInfo("Asia/Shanghai")
    model = casbin.Model()
    model.load_model_from_text(_MODEL)
    enforcer = casbin.Enforcer(model)
    enforcer.add_policy(CALLER, CAMPAIGN)
    enforcer.add_function("listed", lambda callee: int(callee) in held)
    enforcer.add_function("open", lambda: 0 <= datetime.now(zone).hour < 24)

    def may_call(callee: str) -> bool:
        return bool(enforcer.enforce(CALLER, callee, CAMPAIGN))

    yield may_call


RIVAL = Rival("casbin", "pycasbin, with the list as a set", ("casbin",), _opened, decides=True, most="1m")
