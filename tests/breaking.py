"""For each reason one thing that is broken in a clean world, drawn from both sides of its boundary."""

from __future__ import annotations

from datetime import date, time, timedelta

from hypothesis import strategies as st

from building import CLOCKS, DAY_S, HOUR, PURPOSES, Building
from oracle import days, numbers, places
from synthetic import (
    ABROAD,
    AMERICAN,
    CALLERS,
    FIXED,
    MALFORMED,
    MOBILES,
    NAMES,
    PLACELESS,
    PROTECTED,
    SPECIAL,
    STRANGERS,
    odds,
    pick,
)


class Breaking(Building):
    """A world in which one thing may be broken after another."""

    def break_(self, reason: str) -> None:
        getattr(self, "break_" + reason.replace("-", "_"), lambda: None)()

    def break_invalid_number(self) -> None:
        self.callees[0], self.place, self.told = pick(self.draw, MALFORMED), None, None

    def break_protected_number(self) -> None:
        self.callees[0], self.place, self.told = pick(self.draw, PROTECTED), None, None

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

    def break_listed(self) -> None:
        draw = self.draw
        name = next(name for name in ("complaints", "dnc", "registry") if name not in self.lists)
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
        kind = pick(draw, ("96", "400")) if self.region == "CN" else "400"
        caller = self.only_caller(kind)
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

    def break_log_required(self) -> None:
        self.caller = self.only_caller("virtual")["number"]
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
        self.at = days.midnight(pick(draw, zones), self.today) + pick(
            draw, (8 * HOUR - 1, 21 * HOUR, 21 * HOUR + 1, 0, DAY_S - 1, 2 * HOUR, *CLOCKS)
        )

    def break_attempt_limit(self) -> None:
        draw = self.draw
        if odds(draw, 15):
            self.move(pick(draw, AMERICAN + ABROAD + PLACELESS))
            self.filing("cross-border")
            self.main["purpose"] = "service"
        if odds(draw, 75):
            self.main["limits"] = [
                {
                    "attempts": draw(st.integers(1, 2)),
                    "per": pick(draw, ("1 day", "1 day", "7 days", "24 hours", "24 hours", "168 hours", "2 days")),
                }
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
