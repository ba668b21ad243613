"""Hypothesis strategies for whole worlds: a policy, its files, what happens, and what is asked, as plain data.

Each world has an intent: the reason that it is built to give first. It is clean but for one broken thing, drawn from both sides
of the thing's boundary, and a little noise.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from callguard.model import Reason
from hypothesis import strategies as st

from oracle import days, numbers, places
from oracle.law import CHANNEL


Draw = Any
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

MOBILES = (  # plainly synthetic; with a province in phonenumbers' data, and without
    8613800130013, 8613500130014, 8613912340015, 8615012340016, 8618612340017, 8617712340018, 8613000130019,
    8619900130013, 8617200130014, 8617312340015, 8616612340016, 8617000130017, 8617100130018, 8613498130019, 8615789130013, 8619600130013, 8616200130014,
)  # fmt: skip
FIXED = (
    861085550123, 862185550142, 8675585550123, 862085550177, 8657185550123, 869915550123, 868915550123, 863355550123,
    8689865550123, 868515550123, 862785550123, 863555550123,
)  # fmt: skip
LINES = (864008550123, 868008550123, 8610101234, 869501234567)  # 400, 800, 1010, 95…: the mainland, province unknown
SPECIAL = (85223450123, 85291234567, 85366123456, 886912345678, 886223450123)
AMERICAN = (
    12025550123, 12125550123, 13105550123, 12085550123, 19865550123, 18505550123, 14485550123, 14235550123, 18675550123,
    18125550123, 19305550123, 12705550123, 13645550123, 19075550123, 12505550123, 17785550123, 16045550123, 14185550123,
    15815550123, 17095550123, 18795550123, 13065550123, 14745550123, 16055550123, 19285550123, 18085550123, 12684640123,
    15415550123, 14585550123, 16395550123, 15065550123,
)  # fmt: skip
ABROAD = (33123450123, 33612345678, 442079460123, 447911123456, 61412345678, 61291234567, 61891234567, 79161234567, 34912345678)
PLACELESS = (18005550123, 15005550123, 448001111111, 447012345678, 33800123456, 881612345678, 870773123456)
MALFORMED = (
    "", " ", "+", "hello", "138-0013", "1380013001", "138001300133", "+8600", "13800130013a", "*13800130013", "#13800130013",
    "13800130013,1", "138/00130013", "手机13800130013", "14100130013", "1064812345678", "95588", "96123", "95012345", "1800CALLNOW",
    "13800130013.0", "1.38e10", "++8613800130013", "88888888", "01013800130013", "+12025550", "+999123456789", "９５５８８", 0, -1,
    -13800130013, 13800130013, 17025550123, 19995550123, 10**30, 95588, 2025550123, 912345678, 8613800130,
)  # fmt: skip
SERVICES = (
    "110", "112", "114", "119", "120", "122", "199", "911", "999", "95110", "95119", "96110", "12110", "12119", "12395", "12315",
    "12345", "12306", "12377", "10086", "10000", "10010", "10099",
)  # fmt: skip
PROTECTED = (
    *SERVICES, *(int(code) for code in SERVICES), *("+86" + code for code in SERVICES), *("+86 10 " + code for code in SERVICES),
    *("010" + code for code in SERVICES), *("0755-" + code for code in SERVICES), *("21" + code for code in SERVICES),
    *("86" + code for code in SERVICES), *("008610" + code for code in SERVICES), *("(021)" + code for code in SERVICES),
    "１１０", "1-1-0", "tel:110", "110 ext 5", "1 2 3 4 5", 86110, 10110, 8610110, 75512345, 8675512315,
)  # fmt: skip
CALLERS = {  # a number of each kind, in the writings of it
    "fixed": ("010-8555-0123", "01085550123", "+86 10 8555 0123", "+861085550123"),
    "400": ("400-855-0142", "4008550142", "+86 400 855 0142"),
    "95": ("95012345", "950 12345"),
    "96": ("96012", "960-12"),
    "virtual": ("17000130142", "170 0013 0142", "+8617000130142"),
    "mobile": ("13800130142", "+86 138 0013 0142"),
}
STRANGERS = ("010-8555-0199", "13800130199", "+12025550199", "95099999", "alice", "", "*5", "021 8555 0123")
NAMES = {  # of a province: in three writings and two more
    "CN-GD": ("CN-GD", "广东", "广东省", "Guangdong"),
    "CN-BJ": ("CN-BJ", "北京", "北京市", "Beijing"),
    "CN-XJ": ("CN-XJ", "新疆", "新疆维吾尔自治区", "Xinjiang"),
    "CN-ZJ": ("CN-ZJ", "浙江", "浙江省", "Zhejiang"),
    "CN-SH": ("CN-SH", "上海", "上海市", "Shanghai"),
    "CN-NM": ("CN-NM", "内蒙古", "内蒙古自治区", "Inner Mongolia"),
}
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
NEAR = (-400, -31, -30, -29, -1, 0, 1, 2, 29, 30, 31, 400)


def pick(draw: Draw, choices: Any) -> Any:
    return draw(st.sampled_from(choices))


def odds(draw: Draw, percent: int) -> bool:
    return draw(st.integers(0, 99)) >= 100 - percent


def iso(draw: Draw, at: float) -> str:
    """Write an instant with one offset or another, or the date that has it."""
    zone = pick(draw, ("UTC", "Asia/Shanghai", "America/New_York"))
    return datetime.fromtimestamp(int(at), days.zone(zone)).isoformat()


def writing(draw: Draw, number: int, region: str, integers: str | None) -> str | int:
    """Write a number in one of the forms that people use."""
    digits = str(number)
    forms: list[Any] = ["+" + digits, "＋" + digits, "+" + digits[:4] + " " + digits[4:], "tel:+" + digits, f"+{digits} ext 12"]
    forms += [f"+{digits};ext=7", f"sip:+{digits}@example.com", "\u202a+" + digits + "\u202c", f"+{digits}转8001", f"+{digits} 分机 8001"]
    forms += ["+" + "".join(chr(0xFF10 + int(d)) for d in digits), "+" + "".join(chr(0x660 + int(d)) for d in digits)]
    home = {"CN": "86", "HK": "852", "US": "1"}[region]
    forms.append({"CN": "00", "HK": "001", "US": "011"}[region] + digits)
    if digits.startswith(home):
        national = digits[len(home) :]
        forms += [national] * 6 + [national[:3] + "-" + national[3:], national[:3] + " " + national[3:7] + " " + national[7:]]
        if region == "CN" and number in MOBILES:
            forms += [digits, "0" + national, "86-" + national, "+86 (0)" + national, "17951" + national, national + "x3"]
        if region == "CN" and number in FIXED:
            area = national[: 2 if national[0] == "1" or national[0] == "2" else 3]
            rest = national[len(area) :]
            forms += [f"0{national}", f"0{area}-{rest}", f"(0{area}) {rest[:4]} {rest[4:]}", f"（0{area}）{rest}", f"86{national}"]
    if region != "CN" or not (len(digits) == 11 and digits[0] == "1" and digits[1] >= "3") or integers == "e164":
        forms += [number] * (0 if integers == "national" else 3)
    found = pick(draw, forms)
    return found if numbers.read(found, region, integers) == ("valid", number) else "+" + digits


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
    own = {"US": ("US", "US-FL", "US-NY", "US-TX", "US-CA", "US-HI"), "CA": ("CA-AB",), "AU": ("AU-VIC", "AU-NSW")}
    if place.country is None:
        return pick(draw, ("CN-GD", "HK", "US-FL", "GB", "广东", "CN"))
    return pick(draw, own.get(place.country, (place.country,)))


class Building:
    """A world while it is built: `break_` changes it so that a reason may come first."""

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
        if odds(draw, 8):
            self.hcodes = {int(str(n)[2:9]): pick(draw, tuple(NAMES)) for n in MOBILES if odds(draw, 40)}
        self.place: places.Place | None = places.place_of(self.number, self.hcodes)
        self.at = instant(draw, [*sorted(self.place.zones), self.home], intent)
        self.callees: list[Any] = [writing(draw, self.number, self.region, self.integers)]
        self.told = told(draw, self.place)
        self.campaigns: list[dict[str, Any]] = [{"name": "main", "purpose": pick(draw, PURPOSES[:2] if odds(draw, 75) else PURPOSES)}]
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
        kinds = ["fixed", "fixed", "mobile", "95", "virtual"] + ["400"] * (self.place.country == "CN") + ["96"] * bool(self.place.province)
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
        caller: dict[str, Any] = {"number": pick(draw, writings), "kind": kind} if odds(draw, 30) or self.region != "CN" else {
            "number": pick(draw, writings)
        }
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
            found: dict[str, Any] = {"start": time(pick(draw, (8, 8, 9, 10))), "end": pick(draw, (time(21), time(21), time(20), time(18, 30)))}
            if odds(draw, 25):
                found["days"] = sorted({pick(draw, DAYS) for _ in range(5)}, key=DAYS.index)
            return found

        if odds(draw, 70):
            return one()
        return [one() for _ in range(draw(st.integers(1, 3)))]

    def add_list(self, name: str, rows: list) -> None:
        draw = self.draw
        if odds(draw, 50):
            rows = [*rows, *([str(pick(draw, MOBILES)), "", ""] for _ in range(2)), [pick(draw, ("nonsense", "110", "95588")), "", ""]]
        self.lists.append(name)
        self.files[name] = {"header": odds(draw, 50) or any(row[1] or row[2] for row in rows), "rows": rows}

    # one broken thing for each reason

    def break_(self, reason: str) -> None:
        getattr(self, "break_" + reason.replace("-", "_"), lambda: None)()

    def break_invalid_number(self) -> None:
        self.callees[0], self.place, self.told = pick(self.draw, MALFORMED), None, None

    def break_protected_number(self) -> None:
        self.callees[0], self.place, self.told = pick(self.draw, PROTECTED), None, None

    def scope(self, *, honoured: bool = True) -> str:
        scopes = ["enterprise", *(c["name"] for c in self.campaigns), *self.enterprise["scopes"]]
        return pick(self.draw, [s for s in scopes if not honoured or s in self.main.get("honours", scopes)])

    def break_refused(self) -> None:
        draw = self.draw
        if odds(draw, 30):
            self.main["honours"] = ["enterprise", *(["brand"] if self.enterprise["scopes"] and odds(draw, 50) else []), *self.lists]
        scope = self.scope(honoured=odds(draw, 90))
        self.before.append(("refuse", self.rewritten(), scope, None))
        if odds(draw, 25):
            self.before.append(("lift", self.rewritten(), self.scope() if odds(draw, 30) else scope))
            if odds(draw, 60):
                ago = pick(draw, (None, -DAY_S * 400, -1, 0, 1))
                self.before.append(("refuse", self.rewritten(), scope, ago))
        if odds(draw, 15):
            self.before.append(("consent", self.rewritten(), scope, None))

    def rewritten(self) -> str | int:
        return writing(self.draw, self.number, self.region, self.integers)

    def edge(self) -> str:
        """Write an instant or a date near the question."""
        draw = self.draw
        kind = draw(st.integers(0, 9))
        if kind < 5:
            return iso(draw, self.at + pick(draw, (-DAY_S, -1, 0, 1, 2, HOUR, 30 * DAY_S)))
        return self.day(-1, 0, 0, 1).isoformat() if kind < 9 else pick(draw, ("soon", "2026-13-40", "2026-05-01T08:00:00"))

    def break_listed(self) -> None:
        draw = self.draw
        name = "complaints" if "complaints" not in self.lists else "dnc"
        since, until = (self.edge() if odds(draw, 20) else ""), (self.edge() if odds(draw, 25) else "")
        rows = [[str(self.rewritten()), since, until]]
        if numbers.read(rows[0][0], self.region, self.integers) != ("valid", self.number) or "," in rows[0][0]:
            rows[0][0] = f"+{self.number}"
        if odds(draw, 20):
            rows.append([f"+{self.number}", self.edge(), self.edge()])
        self.add_list(name, rows)
        if odds(draw, 20):
            self.main["honours"] = ["enterprise", "main", *(n for n in self.lists if odds(draw, 75))]

    def break_no_consent(self) -> None:
        draw = self.draw
        self.main["require_consent"] = True
        for _ in range(draw(st.integers(0, 3)) if odds(draw, 50) else 0):
            scope = self.scope()
            kind = draw(st.integers(0, 9))
            if kind < 6:
                self.before.append(("consent", self.rewritten(), scope, self.edge_until() if odds(draw, 60) else None))
            elif kind < 9:
                self.before.append(("withdraw", self.rewritten(), scope))
            else:
                self.before.append(("lift", self.rewritten(), scope))

    def edge_until(self) -> str:
        return next(text for text in (self.edge() for _ in iter(int, 1)) if days.bounds(text, self.home))

    def break_caller_unknown(self) -> None:
        self.caller = pick(self.draw, STRANGERS)

    def break_caller_not_in_campaign(self) -> None:
        used = {numbers.caller_key(c["number"], self.region) for c in self.callers}
        kinds = [k for k, w in CALLERS.items() if numbers.caller_key(w[-1], self.region) not in used]
        second = self.add_caller(pick(self.draw, kinds))
        if len({numbers.caller_key(c["number"], self.region) for c in self.callers}) < len(self.callers):
            self.callers.pop()
            return
        self.main["callers"] = [second["number"]]

    def status(self, wanted: str) -> None:
        draw = self.draw
        if odds(draw, 50):
            self.callers[0]["status"] = wanted
        else:
            self.before.append(("status", self.callers[0]["number"], wanted))
        if odds(draw, 25):
            self.before.append(("status", self.callers[0]["number"], pick(draw, ("active", "suspended", "reclaimed"))))

    def break_caller_suspended(self) -> None:
        self.status("suspended")

    def break_caller_reclaimed(self) -> None:
        self.status("reclaimed")

    def break_caller_channel(self) -> None:
        self.callers[0]["channel"] = pick(self.draw, ("operator", "mvno", "authority"))

    def break_caller_unfiled(self) -> None:
        caller = self.callers[0]
        caller.pop("filed", None)
        caller.pop("obtained", None)
        if odds(self.draw, 85):
            caller["obtained"] = self.day(-400, -31, -31, -30, -1, 0, 1, 1, 400)
        if odds(self.draw, 30):
            caller["filed"] = max(self.day(-1, 0, 1, 20), caller.get("obtained", date(2000, 1, 1)))

    def break_caller_purpose(self) -> None:
        caller = self.callers[0]
        caller["purposes"] = [p for p in PURPOSES if p != self.main["purpose"] or odds(self.draw, 10)][:3]

    def break_caller_scope(self) -> None:
        draw = self.draw
        kind = pick(draw, ("96", "400"))
        self.callers.clear()
        caller = self.add_caller(kind)
        self.caller = caller["number"]
        if kind == "96":
            caller["province"] = pick(draw, NAMES[pick(draw, tuple(NAMES))])
        elif odds(draw, 60):
            caller["forwards_to"] = pick(draw, ("HK", "US", "CN", "GB", "CN-GD", "CN-TW"))

    def break_enterprise_blocked(self) -> None:
        self.enterprise["blocked"] = True

    def break_licence_missing(self) -> None:
        if odds(self.draw, 50):
            self.licences = [held for held in self.licences if held["kind"] != "call-centre"]
        else:
            self.main["online"] = True
            self.licences = [held for held in self.licences if held["kind"] != "icp"]

    def break_licence_expired(self) -> None:
        draw = self.draw
        kind = pick(draw, ("call-centre", "icp"))
        if kind == "icp":
            self.main["online"] = True
        self.licences = [held for held in self.licences if held["kind"] != kind]
        more = {"scope": "national"} if kind == "call-centre" else {}
        for _ in range(draw(st.integers(1, 2))):
            issued = self.day(-400, -1, 0, 1, 30)
            held = {"kind": kind, "issued": issued, **more}
            if odds(draw, 60):
                held["expires"] = max(issued, self.day(-30, -1, -1, 0, 1))
            elif odds(draw, 70):
                back = self.today - timedelta(days=pick(draw, (1825, 1826, 1827, 1828)))
                held["issued"] = date(back.year, 2, 29) if back.year % 4 == 0 and odds(draw, 20) else back
            self.licences.append(held)

    def break_licence_scope(self) -> None:
        draw = self.draw
        self.licences = [held for held in self.licences if held["kind"] != "call-centre"]
        for _ in range(draw(st.integers(1, 2))):
            code = (self.place.province if self.place else None) if odds(draw, 30) else None
            code = code or pick(draw, tuple(NAMES))
            held = self.licence("call-centre", provinces=[pick(draw, NAMES.get(code, (code,)))])
            if odds(draw, 15):
                held["expires"] = max(held["issued"], self.day(-1, 0))

    def break_sector_licence_missing(self) -> None:
        draw = self.draw
        if self.main["sector"] == "general":
            self.main["sector"] = pick(draw, ("education", "finance", "healthcare"))
            self.filing("finance-marketing")
        sectors = ("school", "finance", "medical-institution", "medical-device", "drug")
        self.licences = [held for held in self.licences if held["kind"] not in sectors]
        for kind in sectors:
            if odds(draw, 15):
                held = self.licence(kind)
                held["expires"] = max(held["issued"], self.day(-1, 0, 1))

    def break_filing_missing(self) -> None:
        draw = self.draw
        wanted = pick(draw, ("ai", "biometrics", "finance-marketing", "place"))
        if wanted == "finance-marketing":
            self.main |= {"sector": "finance", "purpose": "marketing"}
            self.main.pop("product", None)
            self.main.pop("academic_tutoring", None)
            self.licence("finance")
        elif wanted == "place":
            self.move(pick(draw, SPECIAL + AMERICAN + ABROAD + PLACELESS))
            self.licences = [held for held in self.licences if held["kind"] != "international-gateway"]
            if odds(draw, 15):
                self.licence("international-gateway")
        else:
            self.main[{"ai": "automated", "biometrics": "biometrics"}[wanted]] = True
        gone = ("cross-border", "hk-mo-tw") if wanted == "place" else (wanted,)
        self.filings = [filing for filing in self.filings if filing["kind"] not in gone]
        if odds(draw, 25):
            self.filings.append({"kind": pick(draw, gone), "filed": self.day(-1, 0, 1)})

    def move(self, number: int) -> None:
        self.number = number
        self.place = places.place_of(number, self.hcodes)
        self.callees[0] = self.rewritten()
        self.told = told(self.draw, self.place)

    def break_log_required(self) -> None:
        self.callers.clear()
        self.caller = self.add_caller("virtual")["number"]
        self.policy.pop("call_log", None)
        if odds(self.draw, 20):
            self.policy["call_log"] = {"enabled": odds(self.draw, 50)}

    def break_region_blocked(self) -> None:
        draw = self.draw
        here = sorted(places.regions(self.place)) if self.place else []
        barred = [pick(draw, ("CN-GD", "广东", "Xinjiang", "CN-HK", "US", "FR"))]
        if here and odds(draw, 60):
            code = pick(draw, here)
            barred.append(pick(draw, NAMES.get(code, (code,))))
        self.main["blocked_regions"] = barred

    def break_rest_day(self) -> None:
        draw = self.draw
        self.main |= {"sector": "education", "purpose": "marketing"}
        self.main.pop("product", None)
        self.main.pop("academic_tutoring", None)
        if odds(draw, 10):
            self.main["academic_tutoring"] = True
        if self.place is None or self.place.country != "CN":
            self.move(pick(draw, MOBILES + FIXED))
        self.licence("school")
        if odds(draw, 25):
            first = self.day(-10, -1, 0, 1)
            province = pick(draw, NAMES[pick(draw, tuple(NAMES))]) if odds(draw, 50) else (self.place.province or "CN-BJ")
            vacations = [{"province": province, "from": first, "to": first + timedelta(days=pick(draw, (0, 1, 10)))}]
            self.policy["calendar"] = {"school_vacations": vacations}

    def break_calling_window(self) -> None:
        draw = self.draw
        if odds(draw, 70):
            self.main["purpose"] = "marketing"
        if odds(draw, 50):
            self.main["window"] = self.window()
        if self.main["purpose"] != "marketing" and odds(draw, 50):
            self.main["window"] = {"start": time(pick(draw, (0, 6, 22))), "end": time(23)}
        if self.main["sector"] == "education":
            self.main["academic_tutoring"] = False
        if odds(draw, 20):
            self.move(pick(draw, AMERICAN + ABROAD + PLACELESS))
            self.filing("cross-border")
        zones = [*sorted(self.place.zones if self.place else ()), self.home]
        self.at = days.midnight(pick(draw, zones), self.today) + pick(draw, (8 * HOUR - 1, 21 * HOUR, 21 * HOUR + 1, 0, DAY_S - 1, 2 * HOUR, *CLOCKS))

    def break_attempt_limit(self) -> None:
        draw = self.draw
        if odds(draw, 75):
            self.main["limits"] = [
                {"attempts": draw(st.integers(1, 2)), "per": pick(draw, ("1 day", "1 day", "7 days", "24 hours", "24 hours", "168 hours", "2 days"))}
                for _ in range(draw(st.integers(1, 2)))
            ]
        else:
            self.callers[0]["daily_attempts"] = draw(st.integers(1, 2))
        if odds(draw, 75):
            self.main["enforce"] = False
        zones = [*sorted(self.place.zones if self.place else ()), self.home]
        start = days.midnight(pick(draw, zones), days.local(zones[0], self.at).date())
        when = [self.at - 1] * draw(st.integers(0, 2))
        for _ in range(draw(st.integers(0, 2))):
            ago = pick(draw, (1, 60, HOUR, DAY_S - 1, DAY_S, DAY_S + 1, 6 * DAY_S, 7 * DAY_S, 7 * DAY_S + 1))
            when.append(pick(draw, (self.at - 1, self.at - ago, start, start - 1, start - 6 * DAY_S, start - 6 * DAY_S - 1)))
        for moment in sorted(when):
            self.before.append(("clock", moment))
            self.before.append(("attempt", self.rewritten(), "other" if odds(draw, 15) else "main", odds(draw, 10)))

    def break_custom(self) -> None:
        draw = self.draw
        kind = pick(draw, ("no-fridays", "not-before", "raises", "nonsense"))
        self.custom = [rule for rule in self.custom if rule["id"] != kind]
        self.custom.append({"id": kind, "instant": self.at + pick(draw, (-1, 0, 1, 1, 60, HOUR, 3 * DAY_S))})

    def break_state_stale(self) -> None:
        self.before.append(("stale", True))

    def break_log_unavailable(self) -> None:
        self.policy["call_log"] = {"enabled": True}
        self.before.append(("unwritable", True))

    # the rest

    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = {**self.policy, "enterprise": self.enterprise, "licences": self.licences, "filings": self.filings}
        found["callers"] = self.callers
        found["lists"] = [{"name": name} for name in self.lists]
        found["campaigns"] = self.campaigns
        return {key: value for key, value in found.items() if value != []}

    def steps(self) -> list[tuple]:
        """Return what happens: the past, the question, and more questions while time passes and things change."""
        draw = self.draw
        live = odds(draw, 50)
        clock = self.at if live else self.at + pick(draw, (-400, -30, -1, 1, 30, 400)) * DAY_S + pick(draw, (0, 0, 1, -1, HOUR))
        past = min([clock, *(step[1] for step in self.before if step[0] == "clock")])
        steps: list[tuple] = [("clock", past - 1)] if self.before and self.before[0][0] != "clock" else []
        steps += self.before
        latest = max([past, *(step[1] for step in self.before if step[0] == "clock")])
        clock = max(clock, latest)
        live &= clock == self.at
        steps += [("clock", clock), ("ask", self.callees[0], self.caller, "main", None if live else self.at, self.told)]
        for _ in range(draw(st.integers(0, 3))):
            clock += pick(draw, (0, 0, 1, 2, 60, HOUR, 7 * HOUR, 13 * HOUR, DAY_S, 30 * DAY_S))
            steps.append(("clock", clock))
            steps += self.event()
            moved = self.at + pick(draw, (0, 0, -1, 1, -60, HOUR, -HOUR, 11 * HOUR, DAY_S, -DAY_S, 7 * DAY_S))
            asked = (pick(draw, self.callees), self.told) if odds(draw, 85) else (self.other(), None)
            campaign = pick(draw, self.campaigns)["name"] if odds(draw, 15) else "main"
            caller = pick(draw, self.callers)["number"] if odds(draw, 10) else self.caller
            steps.append(("ask", asked[0], caller, campaign, None if odds(draw, 60) else moved, asked[1]))
        return steps

    def other(self) -> Any:
        return self.rewritten() if odds(self.draw, 40) else pick(self.draw, (f"+{pick(self.draw, MOBILES + FIXED + AMERICAN)}", "x", "110"))

    def event(self) -> list[tuple]:
        draw = self.draw
        if odds(draw, 50):
            return []
        callee, scope, kind = self.rewritten(), self.scope(honoured=False), draw(st.integers(0, 9))
        if kind < 2:
            return [("refuse", callee, scope, None)]
        if kind < 4:
            return [("lift", callee, scope)]
        if kind < 6:
            return [("consent", callee, scope, self.edge_until() if odds(draw, 50) else None)]
        if kind < 7:
            return [("withdraw", callee, scope)]
        if kind < 9:
            return [("status", self.callers[0]["number"], pick(draw, ("active", "active", "suspended", "reclaimed")))]
        return [("attempt", callee, "main", odds(draw, 20))]


@st.composite
def worlds(draw: Draw, intents: tuple[str, ...] = INTENTS) -> dict[str, Any]:
    """Draw a world: `intent`, `policy`, `files`, `hcodes`, `overrides`, `custom`, `steps`."""
    intent = draw(st.sampled_from(intents + intents[:1]))
    building = Building(draw, intent)
    building.break_(intent)
    if odds(draw, 12):
        building.break_(pick(draw, [i for i in INTENTS if i not in UPKEEP]))
    if building.number and odds(draw, 20) and building.place is not None:
        building.callees.append(building.rewritten())
    steps = [
        ("attempt", s[1], building.caller, s[2] if any(c["name"] == s[2] for c in building.campaigns) else "main", building.told, s[3])
        if s[0] == "attempt"
        else s
        for s in building.steps()
    ]
    return {
        "intent": intent,
        "policy": building.document(),
        "files": building.files,
        "hcodes": building.hcodes,
        "overrides": building.overrides,
        "custom": building.custom,
        "steps": steps,
    }


def toml(value: Any) -> str:
    """Write a plain value in TOML, tables inline."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + " }"
    return repr(value)


def render(policy: dict[str, Any]) -> str:
    """Write a policy as a TOML file has it."""
    lines = []
    for key, value in policy.items():
        if isinstance(value, dict):
            lines += [f"[{key}]", *(f"{name} = {toml(item)}" for name, item in value.items())]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for table in value:
                lines += [f"[[{key}]]", *(f"{name} = {toml(item)}" for name, item in table.items())]
        else:
            lines.insert(0, f"{key} = {toml(value)}")
    return "\n".join(lines) + "\n"


