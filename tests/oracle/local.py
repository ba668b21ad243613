"""Other places' law read slowly: the packs' own TOML, clause by clause, at one instant; no index, no `until`."""

from __future__ import annotations

import functools
import tomllib
from datetime import date, timedelta
from importlib import resources
from typing import TYPE_CHECKING, Any

from oracle import days, places

if TYPE_CHECKING:
    from oracle.facts import Facts

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
BY_DEFAULT = {"US": "us.toml", "FR": "fr.toml", "AU": "au.toml"}


@functools.cache  # of the files alone: what they say is gone through clause by clause at each question
def read(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("callguard.packs").joinpath(name).read_text("utf-8"))


def tables(f: Facts) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return each clause that is about the campaign and the callee's place, with its pack."""
    found = []
    chosen = f.enterprise.get("packs", [])
    sets = read("days.toml")
    for name in [*BY_DEFAULT.values(), *(["hk.toml"] if "hk" in chosen else [])]:
        pack = {**read(name), "sets": sets}
        found += [(clause, pack) for clause in pack["clauses"] if about(f, clause) and covers(f, clause, pack["country"])]
    for own in f.world.get("own_packs", []):
        pack = {**own, "kind": "own", "sets": own.get("days", {})}
        found += [(clause, pack) for clause in pack["clauses"] if about(f, clause) and covers(f, clause, pack["country"])]
    return found


def about(f: Facts, clause: dict[str, Any], campaign: dict[str, Any] | None = None) -> bool:
    campaign = f.campaign if campaign is None else campaign
    return (
        campaign["purpose"] in clause.get("purposes", ["marketing"])
        and campaign.get("sector", "general") in clause.get("sectors", [campaign.get("sector", "general")])
        and (campaign.get("automated", False) or not clause.get("automated", False))
    )


def covers(f: Facts, clause: dict[str, Any], country: str) -> bool:
    if f.place is None or country not in places.countries(f.place):
        return False
    told = f.place.told or ""
    if country == "CN":
        parts = places.provinces(f.place)
    else:
        parts = {told} if told.startswith(country + "-") else set()
        parts |= f.place.states if country == f.place.country else set()
    return "within" not in clause or not parts or bool(parts & set(clause["within"]))


def zones(f: Facts, clause: dict[str, Any]) -> set[str]:
    return set(f.place.zones) | set(clause.get("also_zones", []))


def dates(f: Facts, clause: dict[str, Any]) -> set[date]:
    if f.place.zones:
        return {days.local(zone, f.at).date() for zone in zones(f, clause)}
    return {days.local("UTC", f.at + shift * 3600).date() for shift in (14, -12)}


def holds(clause: dict[str, Any], day: date) -> bool:
    return clause.get("from", day) <= day <= clause.get("until", day)


def hours(clause: dict[str, Any], pack: dict[str, Any], day: date) -> list[tuple[Any, Any]]:
    """Return the hours of a date; none on a day without calls."""
    if "holidays" in clause:
        known = pack["sets"][clause["holidays"]]
        if day.year not in known["years"] or any(day in listed for listed in known["days"].values()):
            return [(w["start"], w["end"]) for w in clause.get("on_holidays", [])]
    return [(w["start"], w["end"]) for w in clause["windows"] if WEEK[day.weekday()] in w.get("days", WEEK)]


def consent_wanted(f: Facts) -> bool:
    return any(clause.get("consent", False) and any(holds(clause, day) for day in dates(f, clause)) for clause, _ in tables(f))


def day_without_calls(f: Facts) -> bool:
    if not f.place.zones:
        return False
    for clause, pack in tables(f):
        if "windows" in clause:
            for day in dates(f, clause):
                if holds(clause, day) and not hours(clause, pack, day):
                    return True
    return False


def within_hours(f: Facts, base: list[tuple[str | None, tuple[Any, Any]]]) -> bool:
    """Whether every clock is in the hours of every clause, and in the `base` hours where no law of the whole country has hours."""
    if not f.place.zones:
        return False
    found = [(clause, pack) for clause, pack in tables(f) if "windows" in clause]
    for zone in set(f.place.zones).union(*(zones(f, clause) for clause, _ in found)):
        here = days.local(zone, f.at)
        spans = [hours(c, p, here.date()) for c, p in found if zone in zones(f, c) and holds(c, here.date())]
        lawful = {
            p["country"]
            for c, p in found
            if p["kind"] == "law" and "within" not in c and holds(c, here.date()) and zone in zones(f, c)
        }
        if zone in f.place.zones:
            spans += [[span] for country, span in base if country not in lawful]
        for each in spans:
            if each and not any(start <= here.time() < end for start, end in each):
                return False
    return True


def windowed(f: Facts) -> bool:
    return any("windows" in clause for clause, _ in tables(f))


def capped(f: Facts) -> bool:
    """Whether a cap of a clause in force has been reached."""
    for clause, _ in tables(f):
        if not any(holds(clause, day) for day in dates(f, clause)):
            continue
        for cap in clause.get("caps", []):
            names = [f.campaign["name"]]
            if cap["scope"] == "enterprise":
                names = [c["name"] for c in f.world["policy"]["campaigns"] if together(f, c)]
            made = [w for w, s in f.happened("counted") if s[3] in names and s[1] == f.number]
            if counted(f, cap["per"], made) >= cap["attempts"]:
                return True
    return False


def together(f: Facts, campaign: dict[str, Any]) -> bool:
    """Whether a campaign's attempts count for the enterprise's caps on this callee."""
    return any(
        about(f, clause, campaign) and any(cap["scope"] == "enterprise" for cap in clause.get("caps", []))
        for clause, _ in tables(f)
    )


def counted(f: Facts, per: str, made: list[float]) -> int:
    count, unit = per.split()
    if unit.startswith("hour"):
        return sum(when > f.at - int(count) * 3600 for when in made)
    if not f.place.zones:
        return sum(when > f.at - (int(count) + 1) * 86_400 for when in made)
    back = timedelta(days=int(count) - 1)
    start = min(days.midnight(zone, days.local(zone, f.at).date() - back) for zone in f.place.zones)
    return sum(when >= start for when in made)
