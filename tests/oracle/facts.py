"""What the rules of the slow reading are told of a call, and what they all look up in the policy and the history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from oracle import days, numbers, places

if TYPE_CHECKING:
    from collections.abc import Iterator

ONLY_ZONE = {"CN": "Asia/Shanghai", "HK": "Asia/Hong_Kong"}


@dataclass
class Facts:
    """What the rules are told: the world, what has happened in it, and one call."""

    world: dict[str, Any]
    history: list[tuple[float, tuple]]
    campaign: dict[str, Any]
    caller: dict[str, Any] | None
    caller_key: str | None
    status: str
    number: int | None
    place: places.Place | None
    at: float
    provisional: bool = False

    @property
    def enterprise(self) -> dict[str, Any]:
        return self.world["policy"]["enterprise"]

    @property
    def region(self) -> str:
        return self.enterprise.get("region", "CN")

    @property
    def timezone(self) -> str:
        return self.enterprise.get("timezone") or ONLY_ZONE[self.region]

    @property
    def today(self) -> date:
        return days.local(self.timezone, self.at).date()

    @property
    def chinese(self) -> bool:
        """Whether the law of the mainland is the enterprise's."""
        return "cn" in self.enterprise.get("packs", ["cn"] if self.region == "CN" else [])

    @property
    def kind(self) -> str:
        return self.caller.get("kind") or numbers.caller_kind(self.caller_key)

    @property
    def marketing(self) -> bool:
        return self.campaign["purpose"] == "marketing"

    def happened(self, *kinds: str) -> Iterator[tuple[float, tuple]]:
        return ((when, step) for when, step in self.history if step[0] in kinds)

    def same(self, callee: str | int) -> bool:
        """Whether another writing is this callee."""
        return numbers.read(callee, self.region, self.enterprise.get("integers"))[1] == self.number

    def honours(self, name: str) -> bool:
        honoured = self.campaign.get("honours")
        return honoured is None or name in honoured

    def valid(self, licence: dict[str, Any]) -> bool:
        expires = licence.get("expires")
        if expires is None and licence["kind"] == "call-centre":
            expires = days.fifth_anniversary(licence["issued"]) - timedelta(days=1)
        return licence["issued"] <= self.today and (expires is None or self.today <= expires)

    def licences(self, kind: str) -> list[dict[str, Any]]:
        return [licence for licence in self.world["policy"].get("licences", []) if licence["kind"] == kind]

    def holds(self, kind: str) -> bool:
        return any(self.valid(licence) for licence in self.licences(kind))

    def filed(self, kind: str) -> bool:
        return any(f["kind"] == kind and f["filed"] <= self.today for f in self.world["policy"].get("filings", []))
