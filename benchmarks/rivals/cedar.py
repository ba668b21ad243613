"""Cedar, by cedarpy: policies and entities parsed once, the list and the hour in the context of each request."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from benchmarks.rivals import CALLER, CAMPAIGN, Rival

if TYPE_CHECKING:
    from benchmarks.data import Numbers

_POLICY = f"""
permit(principal, action == Action::"dial", resource == Campaign::"{CAMPAIGN}")
when {{ principal.active && !context.listed && context.hour >= 0 && context.hour < 24 }};
"""


@contextmanager
def _opened(numbers: Numbers, _: Path) -> Iterator[Callable[[str], bool]]:
    import cedarpy

    held, zone = set(numbers.tolist()), ZoneInfo("Asia/Shanghai")
    policies = cedarpy.PolicySet.from_str(_POLICY)
    rows = [
        {"uid": {"type": "Caller", "id": CALLER}, "attrs": {"active": True}, "parents": []},
        {"uid": {"type": "Campaign", "id": CAMPAIGN}, "attrs": {}, "parents": []},
    ]
    entities = cedarpy.Entities.from_json_str(json.dumps(rows))
    fixed = {"principal": f'Caller::"{CALLER}"', "action": 'Action::"dial"', "resource": f'Campaign::"{CAMPAIGN}"'}

    def may_call(callee: str) -> bool:
        context = {"listed": int(callee) in held, "hour": datetime.now(zone).hour}
        return bool(cedarpy.is_authorized(fixed | {"context": context}, policies, entities).allowed)

    yield may_call


RIVAL = Rival("cedar", "Cedar (cedarpy), with the list as a set", ("cedarpy",), _opened, decides=True, most="1m")
