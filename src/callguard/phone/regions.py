"""Countries, mainland provinces and other subdivisions: codes, their other writings, and the time zones of each."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from callguard.phone.subdivisions import SUBDIVISIONS

PROVINCES: Final[dict[str, tuple[str, str, str]]] = {
    "CN-BJ": ("北京", "北京市", "Beijing"),
    "CN-TJ": ("天津", "天津市", "Tianjin"),
    "CN-HE": ("河北", "河北省", "Hebei"),
    "CN-SX": ("山西", "山西省", "Shanxi"),
    "CN-NM": ("内蒙古", "内蒙古自治区", "Inner Mongolia"),
    "CN-LN": ("辽宁", "辽宁省", "Liaoning"),
    "CN-JL": ("吉林", "吉林省", "Jilin"),
    "CN-HL": ("黑龙江", "黑龙江省", "Heilongjiang"),
    "CN-SH": ("上海", "上海市", "Shanghai"),
    "CN-JS": ("江苏", "江苏省", "Jiangsu"),
    "CN-ZJ": ("浙江", "浙江省", "Zhejiang"),
    "CN-AH": ("安徽", "安徽省", "Anhui"),
    "CN-FJ": ("福建", "福建省", "Fujian"),
    "CN-JX": ("江西", "江西省", "Jiangxi"),
    "CN-SD": ("山东", "山东省", "Shandong"),
    "CN-HA": ("河南", "河南省", "Henan"),
    "CN-HB": ("湖北", "湖北省", "Hubei"),
    "CN-HN": ("湖南", "湖南省", "Hunan"),
    "CN-GD": ("广东", "广东省", "Guangdong"),
    "CN-GX": ("广西", "广西壮族自治区", "Guangxi"),
    "CN-HI": ("海南", "海南省", "Hainan"),
    "CN-CQ": ("重庆", "重庆市", "Chongqing"),
    "CN-SC": ("四川", "四川省", "Sichuan"),
    "CN-GZ": ("贵州", "贵州省", "Guizhou"),
    "CN-YN": ("云南", "云南省", "Yunnan"),
    "CN-XZ": ("西藏", "西藏自治区", "Tibet"),
    "CN-SN": ("陕西", "陕西省", "Shaanxi"),
    "CN-GS": ("甘肃", "甘肃省", "Gansu"),
    "CN-QH": ("青海", "青海省", "Qinghai"),
    "CN-NX": ("宁夏", "宁夏回族自治区", "Ningxia"),
    "CN-XJ": ("新疆", "新疆维吾尔自治区", "Xinjiang"),
}

# ISO 3166-2 subdivisions that are countries of their own in ISO 3166-1, and in the numbering plan
_COUNTRIES: Final = {
    "CN-HK": "HK", "CN-MO": "MO", "CN-TW": "TW", "US-PR": "PR", "US-GU": "GU", "US-VI": "VI", "US-AS": "AS", "US-MP": "MP",
    "US-UM": "UM",
}  # fmt: skip

_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "CN": ("中国", "中国大陆", "China", "Mainland China"),
    "HK": ("香港", "香港特别行政区", "Hong Kong", "Hong Kong SAR"),
    "MO": ("澳门", "澳门特别行政区", "Macau", "Macao"),
    "TW": ("台湾", "台湾省", "Taiwan", "臺灣"),
    "CN-XZ": ("Xizang",),
    "CN-NM": ("Nei Mongol",),
}

# areas with numbers of their own that zone.tab does not have
_ZONES: Final = {"AC": "Atlantic/St_Helena", "TA": "Atlantic/St_Helena", "XK": "Europe/Belgrade", "BV": "", "HM": ""}
_SUBDIVISION: Final = re.compile(r"[A-Z]{2}-[A-Z\d]{1,3}")


@cache
def _zone_table() -> dict[str, frozenset[str]]:
    """Return the zones of every country in the tzdata package's zone.tab."""
    from importlib import resources

    found: dict[str, set[str]] = {}
    for line in resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _, name = line.split("\t")[:3]
            found.setdefault(country, set()).add(name)
    table = {country: frozenset(names) for country, names in found.items()}
    table |= {country: frozenset({name} - {""}) for country, name in _ZONES.items()}
    table["CN"] = frozenset({"Asia/Shanghai"})  # the mainland's legal time, Xinjiang's included
    return table


@cache
def _spellings() -> dict[str, tuple[str, str]]:
    """Return every accepted writing, without case and spaces: its code, and how it is written."""
    codes = {*_zone_table(), *PROVINCES, *SUBDIVISIONS}
    found = {code.casefold(): (code, code) for code in codes}
    found |= {code.casefold(): (country, code) for code, country in _COUNTRIES.items()}
    for code in {*PROVINCES, *_NAMES}:
        for name in (*PROVINCES.get(code, ()), *_NAMES.get(code, ())):
            found[_folded(name)] = code, name
    return found


def _folded(text: str) -> str:
    return "".join(text.split()).casefold()


def region(text: str) -> str:
    """Return the ISO 3166 code of a country, a mainland province in any of its writings, or another subdivision.

    Hong Kong, Macau and Taiwan are HK, MO and TW however they are written. ValueError, with the nearest right one, for all else.
    """
    found = _spellings().get(_folded(text))
    if found:
        return found[0]
    code = text.strip().upper()
    country = code.partition("-")[0]
    if _SUBDIVISION.fullmatch(code) and country in _zone_table() and country not in _listed():
        return code
    from difflib import get_close_matches

    near = get_close_matches(_folded(text), _spellings(), n=1, cutoff=0.5)
    hint = f"; did you mean `{_spellings()[near[0]][1]}`?" if near else ""
    msg = f"`{text}` is no region; accepted: ISO 3166 codes (CN-GD, US-FL, DE), 广东, 广东省, Guangdong{hint}"
    raise ValueError(msg)


def _listed() -> set[str]:
    """Return the countries whose subdivisions are all known."""
    return {"CN", *(code.partition("-")[0] for code in SUBDIVISIONS)}


def country_zones(code: str) -> frozenset[str]:
    """Return every time zone of a country, as the tzdata package has them; ValueError for what is no country."""
    try:
        return _zone_table()[code]
    except KeyError:
        msg = f"`{code}` is no country; accepted: an ISO 3166-1 code, as CN"
        raise ValueError(msg) from None


def zones_of(code: str) -> frozenset[str]:
    """Return every time zone of a country or subdivision: all of the country's where the subdivision's own are not known."""
    return SUBDIVISIONS.get(code) or country_zones(code.partition("-")[0])
