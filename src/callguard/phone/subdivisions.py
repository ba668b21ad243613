"""Time zones of the states and provinces of the United States, Canada and Australia, checked by hand.

A state's zones are all that any part of it keeps by law or by custom. Zones that have agreed since 1980 (Indiana/Vevay with
Indianapolis) stand under the one name. Where a state's border towns keep the neighbour's time by custom alone, that counts.
"""

from __future__ import annotations

from typing import Final

_EASTERN: Final = "New_York"
_STATES: Final[dict[str, dict[str, str]]] = {
    "US": {
        "AL": "Chicago New_York",  # Phenix City and its neighbours keep Georgia's time
        "AK": "Anchorage Juneau Sitka Metlakatla Yakutat Nome Adak",
        "AZ": "Phoenix Denver",  # the Navajo Nation keeps daylight saving
        "AR": "Chicago",
        "CA": "Los_Angeles",
        "CO": "Denver",
        "CT": _EASTERN,
        "DE": _EASTERN,
        "DC": _EASTERN,
        "FL": "New_York Chicago",
        "GA": _EASTERN,
        "HI": "Honolulu",
        "ID": "Boise Denver Los_Angeles",
        "IL": "Chicago",
        "IN": "Indiana/Indianapolis Indiana/Vincennes Indiana/Winamac Indiana/Marengo Indiana/Petersburg Indiana/Vevay "
        "Indiana/Tell_City Indiana/Knox Chicago New_York",
        "IA": "Chicago",
        "KS": "Chicago Denver",
        "KY": "New_York Chicago Kentucky/Louisville Kentucky/Monticello",
        "LA": "Chicago",
        "ME": _EASTERN,
        "MD": _EASTERN,
        "MA": _EASTERN,
        "MI": "Detroit Menominee",
        "MN": "Chicago",
        "MS": "Chicago",
        "MO": "Chicago",
        "MT": "Denver",
        "NE": "Chicago Denver",
        "NV": "Los_Angeles Denver",  # West Wendover, and Jackpot by custom
        "NH": _EASTERN,
        "NJ": _EASTERN,
        "NM": "Denver",
        "NY": _EASTERN,
        "NC": _EASTERN,
        "ND": "Chicago Denver North_Dakota/Center North_Dakota/New_Salem North_Dakota/Beulah",
        "OH": _EASTERN,
        "OK": "Chicago Denver",  # Kenton
        "OR": "Los_Angeles Boise",
        "PA": _EASTERN,
        "RI": _EASTERN,
        "SC": _EASTERN,
        "SD": "Chicago Denver",
        "TN": "New_York Chicago",
        "TX": "Chicago Denver",
        "UT": "Denver",
        "VT": _EASTERN,
        "VA": _EASTERN,
        "WA": "Los_Angeles",
        "WV": _EASTERN,
        "WI": "Chicago",
        "WY": "Denver",
    },
    "CA": {
        "AB": "Edmonton",
        "BC": "Vancouver Creston Dawson_Creek Fort_Nelson Edmonton",
        "MB": "Winnipeg",
        "NB": "Moncton",
        "NL": "St_Johns Goose_Bay",
        "NS": "Halifax Glace_Bay",
        "NT": "Edmonton Inuvik",
        "NU": "Iqaluit Resolute Rankin_Inlet Cambridge_Bay Atikokan",
        "ON": "Toronto Winnipeg Atikokan",
        "PE": "Halifax",
        "QC": "Toronto Blanc-Sablon Halifax",  # the Magdalen Islands
        "SK": "Regina Swift_Current Edmonton Winnipeg",  # Lloydminster; Creighton and Denare Beach
        "YT": "Whitehorse Dawson",
    },
    "AU": {
        "ACT": "Sydney",
        "NSW": "Sydney Broken_Hill Lord_Howe",
        "NT": "Darwin",
        "QLD": "Brisbane Lindeman",
        "SA": "Adelaide Eucla",  # Border Village
        "TAS": "Hobart Antarctica/Macquarie",
        "VIC": "Melbourne",
        "WA": "Perth Eucla",
    },
}
_WHOLE: Final = {"Honolulu": "Pacific/Honolulu"}


def _name(country: str, zone: str) -> str:
    if zone.startswith(("Pacific/", "Antarctica/")):
        return zone
    return _WHOLE.get(zone, f"{'Australia' if country == 'AU' else 'America'}/{zone}")


SUBDIVISIONS: Final[dict[str, frozenset[str]]] = {
    f"{country}-{state}": frozenset(_name(country, zone) for zone in zones.split(" "))
    for country, states in _STATES.items()
    for state, zones in states.items()
}
