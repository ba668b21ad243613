"""Numbers and names that the worlds are made of, all plainly synthetic, and the writings that people give a number."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from oracle import numbers

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
    "13800130013.0", "1.38e10", "88888888", "01013800130013", "+12025550", "+999123456789", "９５５８８", 0, -1,
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
    "１１０", "1-1-0", "tel:110", "110 ext 5", "+852 999", "+1 911", "+33112", "1 2 3 4 5", 86110, 10110, 8610110, 75512345, 8675512315,
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

Draw = Any


def pick(draw: Draw, choices: Any) -> Any:
    return draw(st.sampled_from(choices))


def odds(draw: Draw, percent: int) -> bool:
    return draw(st.integers(0, 99)) >= 100 - percent


def writing(draw: Draw, number: int, region: str, integers: str | None) -> str | int:
    """Write a number in one of the forms that people use."""
    digits = str(number)
    forms: list[Any] = ["+" + digits, "＋" + digits, "+" + digits[:4] + " " + digits[4:], "tel:+" + digits, f"+{digits} ext 12"]
    forms += [
        f"+{digits};ext=7",
        f"sip:+{digits}@example.com",
        "\u202a+" + digits + "\u202c",
        f"+{digits}转8001",
        f"+{digits} 分机 8001",
    ]
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
