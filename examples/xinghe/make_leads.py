"""Make leads.csv and lists/complaints.csv: the number plan, in the writings that real lists have, from one seed.

Every number that can be dialled is plainly synthetic: its last four digits are 01nn. README.md tells the parts.
"""

from __future__ import annotations

import csv
import random
import sys
from pathlib import Path

SEED = 20261124
COUNT = 10_000
RANGES = """
130 131 132 133 134 135 136 137 138 139 145 147 150 151 152 153 155 156 157 158 159 1610 162 165 166 167 170 171 172 173 17400 175
176 177 178 180 181 182 183 184 185 186 187 188 189 190 191 192 193 195 196 197 198 199
""".split()  # noqa: SIM905 - a table to be read by people
AREAS = """
CN-BJ 北京 Beijing 010
CN-TJ 天津 Tianjin 022
CN-SH 上海 Shanghai 021
CN-CQ 重庆 Chongqing 023
CN-HE 河北 Hebei 0310 0311* 0312 0313 0314 0315 0316 0317 0318 0319 0335
CN-SX 山西 Shanxi 0349 0350 0351 0352 0353 0354 0355 0356 0357 0358 0359
CN-NM 内蒙古 Inner-Mongolia 0470 0471 0472 0473 0474 0475 0476 0477 0478 0479 0482 0483
CN-LN 辽宁 Liaoning 024 0411* 0412 0415 0416 0417 0418 0419 0421 0427 0429
CN-JL 吉林 Jilin 0431* 0432* 0433* 0434 0435* 0436 0437 0438 0439
CN-HL 黑龙江 Heilongjiang 0451* 0452 0453 0454 0455 0456 0457 0458 0459 0464 0467 0468 0469
CN-JS 江苏 Jiangsu 025 0510* 0511* 0512* 0513* 0514* 0515* 0516* 0517* 0518* 0519* 0523* 0527*
CN-ZJ 浙江 Zhejiang 0570 0571* 0572 0573* 0574* 0575* 0576* 0577* 0578 0579* 0580
CN-AH 安徽 Anhui 0550 0551* 0552 0553 0554 0555 0556 0557 0558 0559 0561 0562 0563 0564 0566
CN-FJ 福建 Fujian 0591* 0592 0593 0594 0595* 0596 0597 0598 0599
CN-JX 江西 Jiangxi 0701 0790 0791* 0792 0793 0794 0795 0796 0797 0798 0799
CN-SD 山东 Shandong 0530 0531* 0532* 0533 0534 0535 0536 0537 0538 0539 0543 0546 0631 0632 0633 0635
CN-HA 河南 Henan 0370 0371* 0372 0373 0374 0375 0376 0377* 0379* 0391 0392 0393 0394 0395 0396 0398
CN-HB 湖北 Hubei 027 0710 0711 0712 0713 0714 0715 0716 0717 0718 0719 0722 0724 0728
CN-HN 湖南 Hunan 0730 0731* 0734 0735 0736 0737 0738 0739 0743 0744 0745 0746
CN-GD 广东 Guangdong 020 0660 0662 0663 0668 0750 0751 0752 0753 0754* 0755* 0756 0757* 0758 0759 0760* 0762 0763 0766 0768 0769*
CN-GX 广西 Guangxi 0770 0771 0772 0773 0774 0775 0776 0777 0778 0779
CN-HI 海南 Hainan 0898*
CN-SC 四川 Sichuan 028 0812 0813 0816 0817 0818 0825 0826 0827 0830 0831 0832 0833 0834 0835 0836 0837 0838 0839
CN-GZ 贵州 Guizhou 0851* 0854 0855 0856 0857 0858 0859
CN-YN 云南 Yunnan 0691 0692 0870 0871* 0872 0873 0874 0875 0876 0877 0878 0879 0883 0886 0887 0888
CN-XZ 西藏 Tibet 0891 0892 0893 0894 0895 0896 0897
CN-SN 陕西 Shaanxi 029 0911 0912 0913 0914 0915 0916 0917 0919
CN-GS 甘肃 Gansu 0930 0931 0932 0933 0934 0935 0936 0937 0938 0939 0941 0943
CN-QH 青海 Qinghai 0970 0971 0972 0973 0974 0975 0976 0977 0979
CN-NX 宁夏 Ningxia 0951 0952 0953 0954 0955
CN-XJ 新疆 Xinjiang 0901 0902 0903 0906 0908 0909 0990 0991 0992 0993 0994 0995 0996 0997 0998 0999
"""
PROVINCES = [(code, zh, en.replace("-", " "), areas) for code, zh, en, *areas in map(str.split, AREAS.strip().splitlines())]
GRADES = ("小五", "小六", "初一", "初二", "初三", "高一", "高二", "高三", "")
PROTECTED = """
110 119 120 122 112 114 12315 12345 12348 10086 95110 96110 12119 010-110 +8612345
""".split()  # noqa: SIM905
SERVICE = ("400-855-01{:02d}", "400855 01{:02d}", "800-855-01{:02d}", "+86 400 855 01{:02d}", "955{:02d}", "96{:03d}")
HONG_KONG = ("+852 2155 01{:02d}", "00852-2155-01{:02d}", "+852 9155 01{:02d}", "+853 6655 01{:02d}", "+886 955 550 1{:02d}")
UNITED_STATES = (202, 212, 310, 312, 404, 415, 423, 602, 702, 808, 812, 850, 907, 917)
ABROAD = ("+44 20 7946 01{:02d}", "+65 8155 01{:02d}", "+81 90 5555 01{:02d}", "+61 2 5550 01{:02d}")
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")

MOBILE = (  # how often of a hundred, and how a mobile number is written
    (34, "{0}"),
    (12, "{1} {2} {3}"),
    (9, "{1}-{2}-{3}"),
    (7, "+86 {1} {2} {3}"),
    (6, "+86{0}"),
    (4, "0086{0}"),
    (4, "86{0}"),
    (3, "86-{0}"),
    (5, "wide"),
    (3, "(+86){0}"),
    (3, " {0} "),
    (2, "\u202d{0}\u202c"),  # as pasted from a phone's address book
    (2, "0{0}"),
    (2, "+86-{1}-{2}-{3}"),
    (2, "{1}.{2}.{3}"),
    (1, "{1}\u00a0{2}\u00a0{3}"),
    (1, "tel:+86-{1}-{2}-{3}"),
)
FIXED = (  # area code, number, area code without its zero
    *("{0}-{1}", "({0}){1}", "（{0}）{1}", "{0}{1}", "{0} {1}", "+86 {2} {1}", "+86{2}{1}", "0086-{2}-{1}"),
    *("{0}-{1}转801", "{0}-{1} ext. 12", "{0}{1}分机6"),
)
MALFORMED = (
    lambda _: "",
    lambda d: f"手机：{d}",
    lambda d: f"妈妈{d}",
    lambda d: f"{d}.0",  # a spreadsheet's number
    lambda d: f"{float(d):.5E}",
    lambda d: d[:10],
    lambda d: d + d[-1],
    lambda d: f"{d}/{d[:-2]}99",
    lambda d: f"{d},{d[:-2]}98",
    lambda d: f"{d}*",
    lambda d: f"146{d[3:]}",  # the internet of things, not people
    lambda d: f"154{d[3:]}",
    lambda d: d[3:],
    lambda d: f"010{d}",
    lambda d: f"O{d[1:]}",
    lambda _: "无",
    lambda _: "n/a",
    lambda d: d[:3] + "****" + d[-4:],
)


def mobile(rng: random.Random, digits: str) -> str:
    """Write a mobile number in one of the writings."""
    (form,) = rng.choices([form for _, form in MOBILE], [weight for weight, _ in MOBILE])
    return digits.translate(FULL_WIDTH) if form == "wide" else form.format(digits, digits[:3], digits[3:7], digits[7:])


def fixed(rng: random.Random, area: str) -> str:
    """Write a fixed line of an area code, of eight digits where the code has a star or three digits, else of seven."""
    code = area.rstrip("*")
    local = rng.choice(("8555 01", "855501") if code != area or len(code) == 3 else ("555 01", "55501"))
    return rng.choice(FIXED).format(code, f"{local}{rng.randrange(100):02d}", code[1:])


def told(rng: random.Random, province: tuple[str, str, str, list[str]]) -> str:
    """Write a province in one of its three writings, or not at all."""
    return rng.choice(("", "", "", province[0], province[1], province[2]))


def numbers(rng: random.Random) -> list[tuple[str, str]]:
    """Return (phone, province told) of every lead, duplicates last."""
    rows: list[tuple[str, str]] = []
    for province in PROVINCES:
        for area in province[3]:
            rows += [(fixed(rng, area), rng.choice(("", province[1]))) for _ in range(4)]
    rows += [(rng.choice(PROTECTED), "") for _ in range(60)]
    rows += [(rng.choice(SERVICE).format(rng.randrange(100)), "") for _ in range(80)]
    rows += [(rng.choice(HONG_KONG).format(rng.randrange(100)), "") for _ in range(180)]
    rows += [(f"+1 {rng.choice(UNITED_STATES)} 555 01{rng.randrange(100):02d}", "") for _ in range(200)]
    rows += [(rng.choice(ABROAD).format(rng.randrange(100)), "") for _ in range(60)]
    rows += [(MALFORMED[i % len(MALFORMED)](some_mobile(rng, i)), "") for i in range(340)]
    mobiles = [some_mobile(rng, i) for i in range(COUNT - len(rows) - 400)]
    known = [(digits, told(rng, rng.choice(PROVINCES))) for digits in mobiles]
    rows += [(mobile(rng, digits), place) for digits, place in known]
    rows += [(mobile(rng, digits), place) for digits, place in rng.sample(known, 400)]  # the same person again, written otherwise
    return rows


def some_mobile(rng: random.Random, i: int) -> str:
    """Return the i-th mobile number: each range in turn, any block, 01nn."""
    prefix = RANGES[i % len(RANGES)]
    return f"{prefix}{rng.randrange(10_000):04d}"[:7] + f"01{rng.randrange(100):02d}"


def complaints(rng: random.Random, rows: list[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """Return 150 of the mobile leads as a complaint list: some for ever, some for a while, two rows that cannot be read."""
    chosen = rng.sample([phone for phone, _ in rows if phone.startswith("1") and phone.isdigit() and len(phone) == 11], 150)
    since = ("", "2026-03-01", "2026-06-15T09:30:00+08:00")
    spans = [*((day, "") for day in since), ("2026-09-01", "2026-09-30"), ("2026-11-01", "2027-04-30")]
    listed = [(phone, *rng.choice(spans)) for phone in chosen]
    listed[40:40] = [("见工单 1182", "2026-05-06", "")]
    listed[90:90] = [("微信来访, 无号码", "2026-07-19", "")]
    return listed


def write(folder: Path) -> None:
    """Write both files into a folder."""
    rng = random.Random(SEED)
    rows = numbers(rng)
    rng.shuffle(rows)
    leads = [(f"家长{i:05d}", phone, place, rng.choice(GRADES)) for i, (phone, place) in enumerate(rows, 1)]
    (folder / "lists").mkdir(parents=True, exist_ok=True)
    for name, header, body in (
        ("leads.csv", ("name", "phone", "province", "grade"), leads),
        ("lists/complaints.csv", ("number", "since", "until"), complaints(rng, rows)),
    ):
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([header, *body])


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
