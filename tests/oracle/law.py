"""Every rule of the contract, one plain function each, in reason order; a function answers the reason it denies for, or None.

Nothing here is fast: every question reads the policy, the lists and the whole history again.
"""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING, Any

from callguard.model import Reason
from oracle import days, local, numbers, places

if TYPE_CHECKING:
    from collections.abc import Callable

    from oracle.facts import Facts

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CHANNEL = {"fixed": "operator", "400": "operator", "mobile": "operator", "95": "authority", "96": "authority", "virtual": "mvno"}
SPECIAL = {"HK", "MO", "TW"}
DAY_S = 86_400
STRICTER = ("active", "suspended", "reclaimed")


# whom: 1 to 5


def invalid(f: Facts) -> Reason | None:
    return Reason.INVALID_NUMBER if f.status == "invalid" else None


def protected(f: Facts) -> Reason | None:
    return Reason.PROTECTED_NUMBER if f.status == "protected" else None


def refused(f: Facts) -> Reason | None:
    for scope in {step[2] for _, step in f.happened("refuse", "lift")}:
        if not f.honours(scope):
            continue
        standing, lifted = False, None
        for when, step in f.happened("refuse", "lift"):
            if step[2] != scope or not f.same(step[1]):
                continue
            if step[0] == "lift":
                standing, lifted = False, when if lifted is None else max(when, lifted)
            else:
                said = when if step[3] is None else step[3]
                if lifted is None or said >= lifted:
                    standing = True
        if standing:
            return Reason.REFUSED
    return None


def listed(f: Facts) -> Reason | None:
    for name, file in f.world["files"].items():
        if not f.honours(name):
            continue
        for written, since, until in file["rows"]:
            status, number = numbers.read(written, f.region, f.enterprise.get("integers"))
            if status != "valid" or number != f.number:
                continue
            begins, ends = days.bounds(since, f.timezone), days.bounds(until, f.timezone)
            if (begins is None or begins[0] <= f.at) and (ends is None or f.at < ends[1]):
                return Reason.LISTED
    return None


def no_consent(f: Facts) -> Reason | None:
    if not f.campaign.get("require_consent", False):
        return None
    for scope in ("enterprise", f.campaign["name"]):
        ends: list[float] = []
        for _, step in f.happened("consent", "withdraw", "lift"):
            if step[2] == scope and f.same(step[1]):
                if step[0] == "withdraw":
                    ends = []
                else:
                    until = days.bounds(step[3] or "", f.timezone) if step[0] == "consent" else None
                    ends.append(float("inf") if until is None else until[1])
        if any(f.at < end for end in ends):
            return None
    return Reason.NO_CONSENT


def place_consent(f: Facts) -> Reason | None:
    if f.place is None or not local.consent_wanted(f):
        return None
    told = f.campaign
    f.campaign = {**told, "require_consent": True}
    try:
        return no_consent(f)
    finally:
        f.campaign = told


# the caller: 6 to 14


def unknown_caller(f: Facts) -> Reason | None:
    return Reason.CALLER_UNKNOWN if f.caller is None else None


def not_in_campaign(f: Facts) -> Reason | None:
    wanted = f.campaign.get("callers")
    if f.caller is None or wanted is None or f.caller_key in {numbers.caller_key(n, f.region) for n in wanted}:
        return None
    return Reason.CALLER_NOT_IN_CAMPAIGN


def reclaimed(f: Facts) -> Reason | None:
    if f.caller is None:
        return None
    said = [step[2] for _, step in f.happened("status") if numbers.caller_key(step[1], f.region) == f.caller_key]
    status = max(f.caller.get("status", "active"), (said or ["active"])[-1], key=STRICTER.index)
    return {"suspended": Reason.CALLER_SUSPENDED, "reclaimed": Reason.CALLER_RECLAIMED}.get(status)


def channel(f: Facts) -> Reason | None:
    if f.caller is None or not f.chinese or "channel" not in f.caller or f.caller["channel"] == CHANNEL[f.kind]:
        return None
    return Reason.CALLER_CHANNEL


def unfiled(f: Facts) -> Reason | None:
    if f.caller is None or not f.chinese:
        return None
    obtained, filed = f.caller.get("obtained"), f.caller.get("filed")
    if obtained is not None and obtained > f.today:
        return Reason.CALLER_UNFILED
    if filed is not None and filed <= f.today:
        return None
    if obtained is not None and f.today <= obtained + timedelta(days=30):
        return None
    return Reason.CALLER_UNFILED


def purpose(f: Facts) -> Reason | None:
    if f.caller is None or "purposes" not in f.caller or f.campaign["purpose"] in f.caller["purposes"]:
        return None
    return Reason.CALLER_PURPOSE


def scope_96(f: Facts) -> Reason | None:
    if f.caller is None or not f.chinese or f.kind != "96" or f.place is None:
        return None
    here = {places.region(f.caller["province"])}
    inside = places.countries(f.place) == {"CN"} and places.provinces(f.place) == here
    return None if inside else Reason.CALLER_SCOPE


def overseas_400(f: Facts) -> Reason | None:
    if f.caller is None or not f.chinese or f.kind != "400":
        return None
    forwards = places.region(f.caller.get("forwards_to", "CN")).partition("-")[0]
    abroad = f.place is not None and places.countries(f.place) != {"CN"}
    return Reason.CALLER_SCOPE if abroad or forwards != "CN" else None


def blocked(f: Facts) -> Reason | None:
    return Reason.ENTERPRISE_BLOCKED if f.enterprise.get("blocked", False) else None


# licences and filings: 15 to 20


def centre_missing(f: Facts) -> Reason | None:
    return Reason.LICENCE_MISSING if f.chinese and not f.licences("call-centre") else None


def icp_missing(f: Facts) -> Reason | None:
    return Reason.LICENCE_MISSING if f.chinese and f.campaign.get("online") and not f.licences("icp") else None


def centre_expired(f: Facts) -> Reason | None:
    return Reason.LICENCE_EXPIRED if f.chinese and f.licences("call-centre") and not f.holds("call-centre") else None


def icp_expired(f: Facts) -> Reason | None:
    bad = f.chinese and f.campaign.get("online") and f.licences("icp") and not f.holds("icp")
    return Reason.LICENCE_EXPIRED if bad else None


def licence_scope(f: Facts) -> Reason | None:
    if not f.chinese or f.place is None:
        return None
    held = [licence for licence in f.licences("call-centre") if f.valid(licence)]
    if not held or any("provinces" not in licence for licence in held):
        return None
    covered = {places.region(name) for licence in held for name in licence["provinces"]}
    wanted = places.provinces(f.place)
    inside = places.countries(f.place) == {"CN"} and wanted and wanted <= covered
    return None if inside else Reason.LICENCE_SCOPE


def sector(wanted: str) -> Callable[[Facts], Reason | None]:
    def check(f: Facts) -> Reason | None:
        field = f.campaign.get("sector", "general")
        needed = {"education": "school", "finance": "finance", "healthcare": f.campaign.get("product", "medical-institution")}
        bad = f.chinese and needed.get(field) == wanted and not f.holds(wanted)
        return Reason.SECTOR_LICENCE_MISSING if bad else None

    return check


def finance_marketing(f: Facts) -> Reason | None:
    needed = f.chinese and f.marketing and f.campaign.get("sector") == "finance"
    return Reason.FILING_MISSING if needed and not f.filed("finance-marketing") else None


def flagged(flag: str, kind: str) -> Callable[[Facts], Reason | None]:
    def check(f: Facts) -> Reason | None:
        return Reason.FILING_MISSING if f.chinese and f.campaign.get(flag) and not f.filed(kind) else None

    return check


def cross_border(f: Facts) -> Reason | None:
    needed = f.chinese and f.place is not None and places.countries(f.place) - {"CN"} - SPECIAL
    has = f.filed("cross-border") or f.holds("international-gateway")
    return Reason.FILING_MISSING if needed and not has else None


def special_regions(f: Facts) -> Reason | None:
    needed = f.chinese and f.place is not None and places.countries(f.place) & SPECIAL
    return Reason.FILING_MISSING if needed and not f.filed("hk-mo-tw") else None


def log_required(f: Facts) -> Reason | None:
    log = f.world["policy"].get("call_log")
    logged = log is not None and log.get("enabled", True)
    return Reason.LOG_REQUIRED if f.caller and f.chinese and f.kind == "virtual" and not logged else None


# where, when and how often: 21 to 24


def region_blocked(f: Facts) -> Reason | None:
    if f.place is None:
        return None
    barred = {places.region(name) for name in f.campaign.get("blocked_regions", [])}
    unknown = "CN" in places.countries(f.place) and not places.provinces(f.place)
    if barred & places.regions(f.place) or (unknown and any(code.startswith("CN-") for code in barred)):
        return Reason.REGION_BLOCKED
    return None


def rest_day(f: Facts) -> Reason | None:
    tutoring = f.campaign.get("sector") == "education" and f.campaign.get("academic_tutoring", True)
    if not (tutoring and f.marketing and f.place is not None and "CN" in places.countries(f.place)):
        return None
    denied = False
    for zone in f.place.zones:
        day = days.local(zone, f.at).date()
        rest, provisional = days.is_rest_day(day, f.world["overrides"])
        f.provisional |= provisional
        for vacation in f.world["policy"].get("calendar", {}).get("school_vacations", []):
            mine = places.provinces(f.place) or {places.region(vacation["province"])}
            rest |= places.region(vacation["province"]) in mine and vacation["from"] <= day <= vacation["to"]
        denied |= rest
    return Reason.REST_DAY if denied else None


def within(f: Facts, windows: list[dict[str, Any]]) -> bool:
    """Whether in every zone the wall clock is in one of the windows; not where zones are unknown."""
    for zone in f.place.zones:
        here = days.local(zone, f.at)
        if not any(w["start"] <= here.time() < w["end"] and DAYS[here.weekday()] in w.get("days", DAYS) for w in windows):
            return False
    return bool(f.place.zones)


def place_days(f: Facts) -> Reason | None:
    return Reason.REST_DAY if f.place is not None and local.day_without_calls(f) else None


def marketing_hours(f: Facts) -> Reason | None:
    if f.place is None or not (f.marketing or local.windowed(f)):
        return None
    base = [(country, (time(8), time(21))) for country in places.countries(f.place)] if f.marketing else []
    return None if local.within_hours(f, base) else Reason.CALLING_WINDOW


def campaign_window(f: Facts) -> Reason | None:
    own = f.campaign.get("window")
    if f.place is None or own is None or within(f, own if isinstance(own, list) else [own]):
        return None
    return Reason.CALLING_WINDOW


def harassing(f: Facts) -> Reason | None:
    made = [w for w, s in f.happened("counted") if s[3] == f.campaign["name"] and s[1] == f.number]
    for limit in f.campaign.get("limits", []):
        count, unit = limit["per"].split()
        span = int(count) * (DAY_S if unit.startswith("day") else 3600)
        after = f.at - span
        if unit.startswith("day") and f.place is not None:
            first = timedelta(days=int(count) - 1)
            starts = [days.midnight(zone, days.local(zone, f.at).date() - first) for zone in f.place.zones]
            after -= DAY_S
            if starts:
                if sum(when >= min(starts) for when in made) >= limit["attempts"]:
                    return Reason.ATTEMPT_LIMIT
                continue
        if sum(when > after for when in made) >= limit["attempts"]:
            return Reason.ATTEMPT_LIMIT
    return None


def place_limits(f: Facts) -> Reason | None:
    return Reason.ATTEMPT_LIMIT if f.place is not None and local.capped(f) else None


def volume(f: Facts) -> Reason | None:
    if f.caller is None or "daily_attempts" not in f.caller:
        return None
    start = days.midnight(f.timezone, f.today)
    made = sum(when >= start for when, step in f.happened("counted") if step[2] == f.caller_key)
    return Reason.ATTEMPT_LIMIT if made >= f.caller["daily_attempts"] else None


# callguard itself, and the user's own: 25, 26, 64


def stale(f: Facts) -> Reason | None:
    said = [step[1] for _, step in f.happened("stale")]
    return Reason.STATE_STALE if said and said[-1] else None


def unlogged(f: Facts) -> Reason | None:
    said = [step[1] for _, step in f.happened("unwritable")]
    log = f.world["policy"].get("call_log")
    return Reason.LOG_UNAVAILABLE if log and log.get("enabled", True) and said and said[-1] else None


def own(rule: dict[str, Any]) -> Callable[[Facts], Reason | None]:
    def check(f: Facts) -> Reason | None:
        denies = {
            "no-fridays": days.local(f.timezone, f.at).weekday() == 4,
            "not-before": f.at < rule.get("instant", 0),
            "raises": True,
            "nonsense": True,
        }[rule["id"]]
        return Reason.CUSTOM if denies else None

    return check


LAW: list[tuple[str, Callable[[Facts], Reason | None]]] = [
    ("invalid-number", invalid),
    ("protected-number", protected),
    ("do-not-call-after-refusal", refused),
    ("listed", listed),
    ("consent-evidence", no_consent),
    ("place-consent", place_consent),
    ("number-legal-source", unknown_caller),
    ("caller-not-in-campaign", not_in_campaign),
    ("number-reclaimed", reclaimed),
    ("number-channel", channel),
    ("number-filing-30-days", unfiled),
    ("number-usage-plan", purpose),
    ("96-scope-province", scope_96),
    ("400-no-overseas-forwarding", overseas_400),
    ("enterprise-blacklisted", blocked),
    ("call-center-licence", centre_missing),
    ("icp-licence", icp_missing),
    ("call-center-licence-validity", centre_expired),
    ("licence-before-operation", icp_expired),
    ("local-licence-province-scope", licence_scope),
    ("finance-sector-licence", sector("finance")),
    ("education-licence", sector("school")),
    ("medical-institution-licence", sector("medical-institution")),
    ("medical-device-licence", sector("medical-device")),
    ("drug-licence", sector("drug")),
    ("finance-marketing-filing", finance_marketing),
    ("ai-business-filing", flagged("automated", "ai")),
    ("biometric-filing", flagged("biometrics", "biometrics")),
    ("cross-border-telecom-qualification", cross_border),
    ("hk-mo-tw-filing", special_regions),
    ("mvno-realtime-record-filing", log_required),
    ("region-blocked", region_blocked),
    ("subject-tutoring-rest-day-ban", rest_day),
    ("place-days", place_days),
    ("marketing-hours", marketing_hours),
    ("campaign-window", campaign_window),
    ("no-malicious-or-harassing-calls", harassing),
    ("place-limits", place_limits),
    ("number-usage-plan-volume", volume),
    ("state-stale", stale),
    ("usage-log", unlogged),
]
