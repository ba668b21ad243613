"""A clean world: an enterprise with a caller, a campaign, and whatever licences and filings these need."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from hypothesis import strategies as st

from callguard.model import Reason
from oracle import days, places
from oracle.law import CHANNEL
from synthetic import ABROAD, AMERICAN, CALLERS, FIXED, LINES, MOBILES, NAMES, PLACELESS, SPECIAL, Draw, odds, pick, writing

HOUR, DAY_S = 3600, 86_400
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PURPOSES = ("marketing", "service", "notification", "survey", "collection")
INTENTS = tuple(reason.value for reason in Reason)
UPKEEP = ("state-stale", "log-unavailable")
LATE = ("allowed", "attempt-limit", "custom", *UPKEEP)  # need an instant at which the call may be placed
CHINESE = (
    "caller-channel", "caller-unfiled", "caller-scope", "licence-missing", "licence-expired", "licence-scope",
    "sector-licence-missing", "filing-missing", "log-required",
)  # fmt: skip

DATES = (
    (2018, 1, 1), (2024, 2, 4), (2024, 2, 9), (2024, 2, 10), (2024, 2, 29), (2025, 1, 26), (2025, 10, 6), (2025, 10, 11), (2026, 1, 4),
    (2026, 2, 14), (2026, 2, 15), (2026, 3, 8), (2026, 3, 29), (2026, 4, 5), (2026, 5, 9), (2026, 9, 20), (2026, 9, 25), (2026, 10, 1),
    (2026, 10, 4), (2026, 10, 10), (2026, 10, 25), (2026, 11, 1), (2026, 11, 24), (2026, 11, 27), (2026, 12, 31), (2027, 1, 1),
    (2027, 1, 8), (2027, 1, 11), (2027, 2, 12), (2027, 3, 14), (2027, 6, 9), (2027, 7, 15), (2027, 10, 11), (2027, 12, 24),
    (2027, 12, 27), (2027, 12, 31), (2028, 1, 1), (2028, 2, 29), (2028, 6, 14),
)  # fmt: skip
CLOCKS = (  # seconds of the day
    0, 1, 2 * HOUR, 2 * HOUR + 1800, 8 * HOUR - 1, 8 * HOUR, 8 * HOUR + 1, 9 * HOUR - 1, 9 * HOUR, 10 * HOUR, 12 * HOUR, 15 * HOUR,
    18 * HOUR, 20 * HOUR, 20 * HOUR - 1, 21 * HOUR - 1, 21 * HOUR, 21 * HOUR + 1, DAY_S - 1,
)  # fmt: skip
GOOD_CLOCKS = (8 * HOUR, 8 * HOUR + 1, 9 * HOUR, 10 * HOUR, 12 * HOUR, 15 * HOUR, 20 * HOUR, 21 * HOUR - 1)


def iso(draw: Draw, at: float) -> str:
    """Write an instant with one offset or another, or the date that has it."""
    zone = pick(draw, ("UTC", "Asia/Shanghai", "America/New_York"))
    return datetime.fromtimestamp(int(at), days.zone(zone)).isoformat()


def callee_of(draw: Draw, region: str, intent: str) -> int:
    """Draw a valid number: mostly of the enterprise's own region."""
    home = {"CN": MOBILES + FIXED, "HK": (85223450123, 85291234567), "US": AMERICAN}[region]
    if intent in LATE and odds(draw, 85):
        return pick(draw, home)
    pool = draw(st.integers(0, 19))
    if pool < 11:
        return pick(draw, home)
    return pick(draw, (MOBILES, MOBILES, FIXED, LINES, SPECIAL, AMERICAN, AMERICAN, ABROAD, PLACELESS)[pool - 11])


def instant(draw: Draw, zones: list[str], intent: str) -> float:
    """Draw an instant: a day and an hour that matter in one of the zones."""
    year, month, day = pick(draw, DATES)
    when = date(year, month, day) + timedelta(days=draw(st.integers(0, 300)) if odds(draw, 40) else pick(draw, (0, 0, 0, -1, 1)))
    seconds = pick(draw, GOOD_CLOCKS if intent in LATE and odds(draw, 85) else CLOCKS)
    at = days.midnight(pick(draw, zones), when) + seconds
    return at + 0.5 if odds(draw, 3) else at


def told(draw: Draw, place: places.Place | None) -> str | None:
    """Draw what the enterprise says of the callee's place: mostly nothing, at times what cannot be."""
    if place is None:
        return None
    if odds(draw, 3):
        return pick(draw, ("Atlantis", "CN-HK", "US-FL", "CN-GD", "FR", "XX", "HK", "CN", ""))
    if odds(draw, 65):
        return None
    if place.country == "CN":
        return pick(draw, NAMES[pick(draw, tuple(NAMES))] + ("CN",))
    own = {
        "US": ("US", "US-FL", "US-NY", "US-TX", "US-CA", "US-HI", "US-RI", "US-OR", "US-SD"),
        "CA": ("CA-AB",),
        "AU": ("AU-VIC", "AU-NSW"),
    }
    if place.country is None:
        return pick(draw, ("CN-GD", "HK", "US-FL", "GB", "广东", "CN"))
    return pick(draw, own.get(place.country, (place.country,)))


class Building:
    """A world while it is built; its methods draw what is added."""

    def __init__(self, draw: Draw, intent: str) -> None:
        self.draw, self.intent = draw, intent
        regions = ("CN",) if intent in CHINESE else ("CN", "CN", "CN", "CN", "CN", "CN", "US", "HK")
        self.region = pick(draw, regions)
        self.integers = pick(draw, (None, None, "e164", "national"))
        self.enterprise: dict[str, Any] = {"name": "Synthetic Ltd", "region": self.region}
        if self.integers:
            self.enterprise["integers"] = self.integers
        if self.region == "CN" and odds(draw, 10):
            self.enterprise["timezone"] = "Asia/Shanghai"
        if self.region == "US":
            self.enterprise["timezone"] = pick(draw, ("America/New_York", "America/Los_Angeles"))
        self.chinese = self.region == "CN" or odds(draw, 30)
        if self.region != "CN" and self.chinese:
            self.enterprise["packs"] = ["cn"]
        self.enterprise["scopes"] = ["brand"] if odds(draw, 30) else []
        self.home = self.enterprise.get("timezone") or {"CN": "Asia/Shanghai", "HK": "Asia/Hong_Kong"}[self.region]
        self.number = callee_of(draw, self.region, intent)
        self.hcodes: dict[int, str] = {}
        if odds(draw, 1):
            self.hcodes = {int(str(n)[2:9]): pick(draw, tuple(NAMES)) for n in MOBILES if odds(draw, 40)}
        self.place: places.Place | None = places.place_of(self.number, self.hcodes)
        self.at = instant(draw, [*sorted(self.place.zones), self.home], intent)
        self.callees: list[Any] = [writing(draw, self.number, self.region, self.integers)]
        self.told = told(draw, self.place)
        self.campaigns: list[dict[str, Any]] = [
            {"name": "main", "purpose": pick(draw, PURPOSES[:2] if odds(draw, 75) else PURPOSES)}
        ]
        self.callers: list[dict[str, Any]] = []
        self.licences: list[dict[str, Any]] = []
        self.filings: list[dict[str, Any]] = []
        self.lists: list[str] = []
        self.files: dict[str, Any] = {}
        self.overrides: dict[date, str] = {}
        self.custom: list[dict[str, Any]] = []
        self.before: list[tuple] = []  # steps before the first question
        self.policy: dict[str, Any] = {"version": 1}
        if odds(draw, 40):
            self.policy["call_log"] = {"enabled": True}
        self.main = self.campaigns[0]
        kinds = (
            ["fixed", "fixed", "mobile", "95", "virtual"]
            + ["400"] * (self.place.country == "CN")
            + ["96"] * bool(self.place.province)
        )
        self.add_caller(pick(draw, kinds))
        self.caller = self.callers[0]["number"]
        if self.chinese:
            self.licence("call-centre", scope="national")
        self.sector()
        self.optional()

    @property
    def today(self) -> date:
        return days.local(self.home, self.at).date()

    def day(self, *near: int) -> date:
        return self.today + timedelta(days=pick(self.draw, near))

    def add_caller(self, kind: str) -> dict[str, Any]:
        draw = self.draw
        if self.region != "CN" and kind != "fixed":
            writings: tuple[str, ...] = tuple(w for w in CALLERS[kind] if w.startswith("+"))
        else:
            writings = CALLERS[kind] if self.region == "CN" else CALLERS[kind][2:]
        if not writings:
            kind, writings = "fixed", CALLERS["fixed"][2:]
        caller: dict[str, Any] = (
            {"number": pick(draw, writings), "kind": kind}
            if odds(draw, 30) or self.region != "CN"
            else {"number": pick(draw, writings)}
        )
        if kind == "96":
            home = self.place.province if self.place and self.place.province else "CN-GD"
            caller["province"] = pick(draw, NAMES.get(home, (home,)))
        if kind == "virtual" and odds(draw, 85):
            self.policy["call_log"] = {"enabled": True}
        obtained = self.today - timedelta(days=draw(st.integers(0, 29)) if odds(draw, 20) else 500)
        filed = obtained + timedelta(days=pick(draw, (0, 10, 31)))
        if odds(draw, 80):
            caller["obtained"] = obtained
        if (filed <= self.today and odds(draw, 80)) or "obtained" not in caller or self.today - obtained > timedelta(days=30):
            caller["filed"] = filed
        if odds(draw, 25):
            caller["channel"] = CHANNEL[kind]
        if odds(draw, 20):
            caller["status"] = "active"
        if odds(draw, 20):
            caller["purposes"] = list(PURPOSES)
        if kind == "400" and odds(draw, 30):
            caller["forwards_to"] = pick(draw, ("CN", "CN-GD"))
        self.callers.append(caller)
        return caller

    def licence(self, kind: str, **more: Any) -> dict[str, Any]:
        issued = self.today - timedelta(days=pick(self.draw, (0, 1, 300, 300, 1500)))
        held = {"kind": kind, "issued": issued, **more}
        if odds(self.draw, 30):
            held["expires"] = max(issued, self.today + timedelta(days=pick(self.draw, (0, 1, 30, 400))))
        self.licences.append(held)
        return held

    def filing(self, kind: str) -> None:
        self.filings.append({"kind": kind, "filed": self.day(0, -1, -300)})

    def sector(self) -> None:
        """Give the campaign a sector, flags, and what they need."""
        draw, main = self.draw, self.main
        tutoring = self.intent == "rest-day"
        main["sector"] = "education" if tutoring else pick(draw, ("general", "general", "education", "finance", "healthcare"))
        needs, files = {"education": "school", "finance": "finance", "healthcare": "medical-institution"}.get(main["sector"]), []
        if main["sector"] == "education" and not tutoring and (self.intent in LATE or odds(draw, 50)):
            main["academic_tutoring"] = False
        if main["sector"] == "healthcare" and odds(draw, 60):
            needs = main["product"] = pick(draw, ("medical-device", "drug"))
        if main["sector"] == "finance":
            files.append("finance-marketing")
        if odds(draw, 25):
            main["online"] = True
            self.licence("icp", **({"provinces": ["CN-BJ"]} if odds(draw, 30) else {}))
        for flag, kind in (("automated", "ai"), ("biometrics", "biometrics")):
            if odds(draw, 20):
                main[flag] = True
                files.append(kind)
        countries = places.countries(places.tell(self.place, self.told)) if self.tellable() else {self.place.country}
        if countries & {"HK", "MO", "TW"}:
            files.append("hk-mo-tw")
        if countries - {"CN", "HK", "MO", "TW"}:
            if odds(draw, 20):
                self.licence("international-gateway")
            else:
                files.append("cross-border")
        if needs:
            self.licence(needs)
        for kind in files:
            self.filing(kind)

    def tellable(self) -> bool:
        try:
            return self.told is not None and places.tell(self.place, self.told) is not None
        except ValueError:
            return False

    def optional(self) -> None:
        """Add what changes nothing, or only at times."""
        draw = self.draw
        if odds(draw, 25):
            self.campaigns.append({"name": "other", "purpose": "service"})
        if odds(draw, 25):
            self.add_list("complaints", [])
        if odds(draw, 20):
            self.main["window"] = self.window()
        if odds(draw, 10):
            self.main["limits"] = [{"attempts": pick(draw, (5, 100)), "per": "1 day"}]
        if odds(draw, 10):
            self.callers[0]["daily_attempts"] = 1000
        if odds(draw, 10):
            self.main["enforce"] = False
        if odds(draw, 10):
            self.overrides[self.day(0, 0, 1, -1)] = pick(draw, ("off", "work"))
        if odds(draw, 6):
            self.main["blocked_regions"] = [pick(draw, ("CN-XZ", "西藏", "FR", "CN-TW", "JP"))]
        if odds(draw, 10):
            self.custom.append({"id": "not-before", "instant": self.at - 1})

    def window(self) -> Any:
        """Draw one window or several, mostly wide."""
        draw = self.draw

        def one() -> dict[str, Any]:
            found: dict[str, Any] = {
                "start": time(pick(draw, (8, 8, 9, 10))),
                "end": pick(draw, (time(21), time(21), time(20), time(18, 30))),
            }
            if odds(draw, 25):
                found["days"] = sorted({pick(draw, DAYS) for _ in range(5)}, key=DAYS.index)
            return found

        if odds(draw, 70):
            return one()
        return [one() for _ in range(draw(st.integers(1, 3)))]

    def add_list(self, name: str, rows: list) -> None:
        draw = self.draw
        if odds(draw, 50):
            rows = [
                *rows,
                *([str(pick(draw, MOBILES)), "", ""] for _ in range(2)),
                [pick(draw, ("nonsense", "110", "95588")), "", ""],
            ]
        self.lists.append(name)
        self.files[name] = {"header": odds(draw, 50) or any(row[1] or row[2] for row in rows), "rows": rows}

    def scope(self, *, honoured: bool = True) -> str:
        scopes = ["enterprise", *(c["name"] for c in self.campaigns), *self.enterprise["scopes"]]
        return pick(self.draw, [s for s in scopes if not honoured or s in self.main.get("honours", scopes)])

    def rewritten(self) -> str | int:
        return writing(self.draw, self.number, self.region, self.integers)

    def edge(self) -> str:
        """Write an instant or a date near the question."""
        draw = self.draw
        kind = draw(st.integers(0, 9))
        if kind < 5:
            return iso(draw, self.at + pick(draw, (-DAY_S, -1, 0, 1, 2, HOUR, 30 * DAY_S)))
        return self.day(-1, 0, 0, 1).isoformat() if kind < 9 else pick(draw, ("soon", "2026-13-40", "2026-05-01T08:00:00"))

    def edge_until(self) -> str:
        return next(text for text in (self.edge() for _ in iter(int, 1)) if days.bounds(text, self.home))

    def status(self, wanted: str) -> None:
        draw = self.draw
        if odds(draw, 50):
            self.callers[0]["status"] = wanted
        else:
            self.before.append(("status", self.callers[0]["number"], wanted))
        if odds(draw, 25):
            self.before.append(("status", self.callers[0]["number"], pick(draw, ("active", "suspended", "reclaimed"))))

    def move(self, number: int) -> None:
        self.number = number
        self.place = places.place_of(number, self.hcodes)
        self.callees[0] = self.rewritten()
        self.told = told(self.draw, self.place)

    def only_caller(self, kind: str) -> dict[str, Any]:
        self.callers.clear()
        self.main.pop("callers", None)
        self.before = [step for step in self.before if step[0] != "status"]
        return self.add_caller(kind)
