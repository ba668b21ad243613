"""The mainland's provinces with their names and area codes, and how places are told; from the design's table B2."""

from __future__ import annotations

import functools
from importlib import resources

PROVINCES = [
    ("CN-BJ", "北京", "北京市", "Beijing", "10"),
    ("CN-TJ", "天津", "天津市", "Tianjin", "22"),
    ("CN-SH", "上海", "上海市", "Shanghai", "21"),
    ("CN-CQ", "重庆", "重庆市", "Chongqing", "23"),
    ("CN-HE", "河北", "河北省", "Hebei", "310 311 312 313 314 315 316 317 318 319 335"),
    ("CN-SX", "山西", "山西省", "Shanxi", "349 350 351 352 353 354 355 356 357 358 359"),
    ("CN-NM", "内蒙古", "内蒙古自治区", "Inner Mongolia", "470 471 472 473 474 475 476 477 478 479 482 483"),
    ("CN-LN", "辽宁", "辽宁省", "Liaoning", "24 411 412 415 416 417 418 419 421 427 429"),
    ("CN-JL", "吉林", "吉林省", "Jilin", "431 432 433 434 435 436 437 438 439"),
    ("CN-HL", "黑龙江", "黑龙江省", "Heilongjiang", "451 452 453 454 455 456 457 458 459 464 467 468 469"),
    ("CN-JS", "江苏", "江苏省", "Jiangsu", "25 510 511 512 513 514 515 516 517 518 519 523 527"),
    ("CN-ZJ", "浙江", "浙江省", "Zhejiang", "570 571 572 573 574 575 576 577 578 579 580"),
    ("CN-AH", "安徽", "安徽省", "Anhui", "550 551 552 553 554 555 556 557 558 559 561 562 563 564 566"),
    ("CN-FJ", "福建", "福建省", "Fujian", "591 592 593 594 595 596 597 598 599"),
    ("CN-JX", "江西", "江西省", "Jiangxi", "701 790 791 792 793 794 795 796 797 798 799"),
    ("CN-SD", "山东", "山东省", "Shandong", "530 531 532 533 534 535 536 537 538 539 543 546 631 632 633 635"),
    ("CN-HA", "河南", "河南省", "Henan", "370 371 372 373 374 375 376 377 379 391 392 393 394 395 396 398"),
    ("CN-HB", "湖北", "湖北省", "Hubei", "27 710 711 712 713 714 715 716 717 718 719 722 724 728"),
    ("CN-HN", "湖南", "湖南省", "Hunan", "730 731 734 735 736 737 738 739 743 744 745 746"),
    ("CN-GD", "广东", "广东省", "Guangdong", "20 660 662 663 668 750 751 752 753 754 755 756 757 758 759 760 762 763 766 768 769"),
    ("CN-GX", "广西", "广西壮族自治区", "Guangxi", "770 771 772 773 774 775 776 777 778 779"),
    ("CN-HI", "海南", "海南省", "Hainan", "898"),
    ("CN-SC", "四川", "四川省", "Sichuan", "28 812 813 816 817 818 825 826 827 830 831 832 833 834 835 836 837 838 839"),
    ("CN-GZ", "贵州", "贵州省", "Guizhou", "851 854 855 856 857 858 859"),
    ("CN-YN", "云南", "云南省", "Yunnan", "691 692 870 871 872 873 874 875 876 877 878 879 883 886 887 888"),
    ("CN-XZ", "西藏", "西藏自治区", "Tibet", "891 892 893 894 895 896 897"),
    ("CN-SN", "陕西", "陕西省", "Shaanxi", "29 911 912 913 914 915 916 917 919"),
    ("CN-GS", "甘肃", "甘肃省", "Gansu", "930 931 932 933 934 935 936 937 938 939 941 943"),
    ("CN-QH", "青海", "青海省", "Qinghai", "970 971 972 973 974 975 976 977 979"),
    ("CN-NX", "宁夏", "宁夏回族自治区", "Ningxia", "951 952 953 954 955"),
    ("CN-XJ", "新疆", "新疆维吾尔自治区", "Xinjiang", "901 902 903 906 908 909 990 991 992 993 994 995 996 997 998 999"),
]
AREA_CODES = {area: code for code, _, _, _, areas in PROVINCES for area in areas.split()}
SPECIAL = {"HK": "香港", "MO": "澳门", "TW": "台湾"}
SPECIAL_NAMES = {"HK": "Hong Kong", "MO": "Macau", "TW": "Taiwan"}
US = {  # subdivisions that the worlds tell; by hand
    "US-FL": {"America/New_York", "America/Chicago"},
    "US-NY": {"America/New_York"},
    "US-TX": {"America/Chicago", "America/Denver"},
    "US-CA": {"America/Los_Angeles"},
    "US-HI": {"Pacific/Honolulu"},
    "US-RI": {"America/New_York"},
    "US-CT": {"America/New_York"},
    "US-IL": {"America/Chicago"},
    "US-PA": {"America/New_York"},
    "US-OR": {"America/Los_Angeles", "America/Boise"},
    "US-SD": {"America/Chicago", "America/Denver"},
    "CA-AB": {"America/Edmonton"},
    "AU-VIC": {"Australia/Melbourne"},
    "AU-NSW": {"Australia/Sydney", "Australia/Broken_Hill", "Australia/Lord_Howe"},
}

STATES = dict(
    row.split(" ", 1)[::-1]
    for row in """AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware|FL Florida|GA Georgia
HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas|KY Kentucky|LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan
MN Minnesota|MS Mississippi|MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York
NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|RI Rhode Island|SC South Carolina|SD South Dakota
TN Tennessee|TX Texas|UT Utah|VT Vermont|VA Virginia|WA Washington State|WV West Virginia|WI Wisconsin|WY Wyoming
DC Washington D.C.""".replace("\n", "|").split("|")
)


@functools.cache
def zones_by_country() -> dict[str, frozenset[str]]:
    """Return every country's zones, from the tzdata package's own table; the mainland has one."""
    table: dict[str, set[str]] = {}
    for line in resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            table.setdefault(country, set()).add(zone)
    return {country: frozenset(zones) for country, zones in table.items()} | {"CN": frozenset({"Asia/Shanghai"})}


def province_of_description(text: str) -> str | None:
    """Return the province that a Chinese description begins with."""
    return next((code for code, zh, *_ in PROVINCES if text.startswith(zh)), None)


def region(text: str) -> str:
    """Return the code of a region in any of the writings that the worlds use; ValueError for another."""
    text = text.strip()
    for code, zh, full, english, _ in PROVINCES:
        if text in (code, zh, full) or text.lower() == english.lower():
            return code
    for code, zh in SPECIAL.items():
        if text in (code, f"CN-{code}", zh, SPECIAL_NAMES[code]):
            return code
    if text in zones_by_country() or text in US:
        return text
    raise ValueError(text)


def zones_of(code: str) -> frozenset[str]:
    """Return every zone of a country, a province or a subdivision."""
    if code in US:
        return frozenset(US[code])
    return zones_by_country()[code.partition("-")[0]]
