"""Write the law pages of the documentation from the packs, in English and Chinese.

python tools/law_pages.py            # write docs/law/*.md
python tools/law_pages.py --check    # exit 1 when they are not what the packs say
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pages import write_or_check

from callguard import packs, texts
from callguard.packs import pack as reader
from callguard.rules import RULES

if TYPE_CHECKING:
    from datetime import date

    from callguard.packs import Clause, Pack, PlacePack
    from callguard.packs.places import Hours
    from callguard.rules import Rule

FOLDER = Path(__file__).parent.parent / "docs" / "law"
WORDS: dict[str, dict[str, str]] = {
    "en": {
        "made": "<!-- made by tools/law_pages.py from the packs; not edited by hand -->",
        "intro": "The default rules are those of {source} (<{url}>). Each rule below says where it is written, and what it does "
        "where something is not known: it never answers in the caller's favour. This page is not legal advice.",
        "dates": "The article dates none of its rules: unless a rule says otherwise, it counts from {effective}, the first day "
        "that callguard answers for.",
        "overview": "Overview, in the order in which reasons are given",
        "columns": "| rule | reason | requirement | |\n| --- | --- | --- | --- |",
        "rules": "The rules",
        "reason": "Reason",
        "sentence": "Said to people",
        "citation": "Written in",
        "effective": "In force from",
        "text": "Says",
        "unknown": "Not known",
        "rows": "Requirements of the article that it decides, counted from its beginning",
        "none": "none: not of the article",
        "values": "Values that the rules compare with",
        "value_columns": "| value | |\n| --- | --- |",
        "calendar": "Rest days",
        "calendar_intro": "Days off and make-up working days by the notices of the General Office of the State Council. All other "
        "Saturdays and Sundays are rest days, all other weekdays working days.",
        "calendar_columns": "| year | notice | days off | Saturdays and Sundays worked |\n| --- | --- | --- | --- |",
        "statutory": "No notice for {year} is known yet. Until then weekends, the statutory days and the weekdays within {margin} "
        "days of one are rest days, no make-up working day is assumed, and decisions are provisional. The statutory days are: "
        "{days}. Every day after {year}, and before {first}, is a rest day. `[calendar] overrides` names days "
        "that are not shipped yet.",
    },
    "zh": {
        "made": "<!-- 由 tools/law_pages.py 根据规则包生成, 请勿手工修改 -->",
        "intro": "默认规则出自{source}(<{url}>)。下列每条规则都写明出处, 以及不知道时如何处理: "
        "一律不作有利于主叫的推定。本页不是法律意见。",
        "dates": "文章没有写明日期: 除规则另有说明外, 自 {effective} 起适用, 即 callguard 能够判断的第一天。",
        "overview": "总览(按给出原因的先后)",
        "columns": "| 规则 | 原因 | 要求 | |\n| --- | --- | --- | --- |",
        "rules": "规则",
        "reason": "原因",
        "sentence": "提示语",
        "citation": "出处",
        "effective": "生效日期",
        "text": "内容",
        "unknown": "不知道时",
        "rows": "所落实的文章要求 (自文首起编号)",
        "none": "无: 不出自文章",
        "values": "规则所用数值",
        "value_columns": "| 数值 | |\n| --- | --- |",
        "calendar": "休息日",
        "calendar_intro": "依据国务院办公厅通知的放假日与调休上班日。其余周六周日为休息日, 其余周一至周五为工作日。",
        "calendar_columns": "| 年份 | 通知 | 放假 | 调休上班 |\n| --- | --- | --- | --- |",
        "statutory": "{year}年的通知尚未发布。在此之前, 周末、法定节日及其前后{margin}日内的工作日按休息日处理, "
        "不推定任何调休上班日, 且判断为暂定。法定节日为: {days}。{year}年以后及{first}年以前的每一天都按休息日处理。"
        "尚未随包发布的日期可用 `[calendar] overrides` 写明。",
    },
}
PLACE_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "law": "These hours, days and caps hold for marketing calls to callees there, whatever a policy says: a policy may only be "
        "narrower. Where several clauses may hold for a callee, each of them must allow the call.",
        "code": "These are codes of practice and no law. They hold where a policy names `{id}` in `[enterprise] packs`, and then "
        "only narrow the hours that hold without.",
        "advice": "This page is one reading of the sources that it names, and not legal advice.",
        "where": "Where",
        "who": "Only for",
        "automated": "calls by machine (`automated = true`)",
        "sectors": "the sectors",
        "from": "In force from",
        "undated": "not dated by its sources: every date",
        "until": "Last day",
        "hours": "Hours",
        "none": "none",
        "holidays": "Holidays (days without calls)",
        "years": "known from {first} to {last}; every day of another year counts as one",
        "zones": "Also by the clocks of",
        "caps": "At most",
        "cap": "{attempts} in {per}, {scope}",
        "campaign": "of one campaign",
        "enterprise": "of all the enterprise's campaigns that the clause is about",
        "consent": "Consent",
        "required": "required before the call",
        "sources": "Sources",
        "statute": "text of the law",
        "report": "report",
        "whole": "the whole of {country}",
    },
    "zh": {
        "law": "下列时段、日期和次数适用于拨往当地被叫的营销呼叫, 策略只能更严。一名被叫可能适用多个条款的, 各条款都须允许。",
        "code": "这些是业界守则, 不是法律。策略在 `[enterprise] packs` 中写明 `{id}` 时适用, 且只会缩小原有时段。",
        "advice": "本页是对所列来源的一种解读, 不是法律意见。",
        "where": "地区",
        "who": "仅限",
        "automated": "自动呼叫 (`automated = true`)",
        "sectors": "行业",
        "from": "生效日期",
        "undated": "来源未载日期: 适用于所有日期",
        "until": "最后一日",
        "hours": "时段",
        "none": "无",
        "holidays": "节假日(不得呼叫)",
        "years": "已知 {first} 至 {last} 年; 其他年份全年视为节假日",
        "zones": "并按下列时钟",
        "caps": "次数上限",
        "cap": "{per} 内 {attempts} 次, {scope}",
        "campaign": "按单个活动",
        "enterprise": "按条款所及的企业全部活动",
        "consent": "同意",
        "required": "呼叫前须取得",
        "sources": "出处",
        "statute": "法律原文",
        "report": "报道",
        "whole": "{country} 全境",
    },
}
WEEK = {"en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日")}
VALUES: dict[str, tuple[str, str]] = {
    "marketing_window": ("marketing hours in the mainland", "大陆营销时段"),
    "default_window": ("marketing hours of places without a pack", "没有规则包的地区的营销时段"),
    "filing_days": ("days to file a number in", "号码备案天数"),
    "licence_years": ("years that a call-centre licence is valid", "呼叫中心许可证有效年数"),
    "call_log_months": ("months that the call log is kept at least", "号码使用日志最短保存月数"),
    "channels": ("channels by kind of number", "各类号码的取得渠道"),
    "sector_licences": ("licences of the sectors", "行业许可证"),
    "filings": ("filings", "备案"),
}


def shown(value: Any) -> str:
    """A value of the pack as a reader sees it."""
    if isinstance(value, packs.Hours):
        return f"[{value.start}, {value.end})"
    if hasattr(value, "items"):
        return "; ".join(f"`{key}`: {shown(each)}" for key, each in value.items())
    if isinstance(value, packs.SectorLicence):
        return f"`{value.licence}` ({value.sector}{'' if value.product is None else ', ' + value.product})"
    if isinstance(value, frozenset):
        return ", ".join(f"`{each}`" for each in sorted(value))
    return f"`{value}`" if isinstance(value, str) else str(value)


def short(dates: list[date]) -> str:
    """Dates of one year without the year, runs joined."""
    runs: list[list[date]] = []
    for day in dates:
        if runs and (day - runs[-1][-1]).days == 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(f"{run[0]:%m-%d}" if len(run) == 1 else f"{run[0]:%m-%d}–{run[-1]:%m-%d}" for run in runs)


def named(table: dict[str, list[date]]) -> str:
    """Dates by holiday."""
    return "; ".join(f"{name} {short(dates)}" for name, dates in table.items())


def section(rule: Rule, law: Pack, lang: str) -> list[str]:
    """One rule."""
    words, text = WORDS[lang], law.rules[rule.id]
    sentences = " ".join(texts.sentence(reason.value, lang) for reason in rule.reasons)
    rows = ", ".join(map(str, text.rows)) or words["none"]
    return [
        f"### {text.title[lang]} (`{rule.id}`)",
        "",
        f"- {words['reason']}: {', '.join(f'`{reason}` ({reason.code})' for reason in rule.reasons)}",
        f"- {words['text']}: {text.text[lang]}",
        f"- {words['citation']}: {text.citation[lang]}",
        f"- {words['effective']}: {text.effective}",
        f"- {words['unknown']}: {text.unknown[lang]}",
        f"- {words['sentence']}: {sentences}",
        f"- {words['rows']}: {rows}",
        "",
    ]


def calendar(law: Pack, lang: str) -> list[str]:
    """The table of years."""
    words, data = WORDS[lang], reader.read("calendar_cn.toml")
    lines = [f"## {words['calendar']}", "", words["calendar_intro"], "", words["calendar_columns"]]
    for year in data["years"]:
        notices = "<br>".join(f"{notice['number']}, {notice['issued']}" for notice in year["notices"])
        lines.append(f"| {year['year']} | {notices} | {named(year['off'])} | {named(year['work'])} |")
    first, last = data["years"][0]["year"], data["years"][-1]["year"]
    days = named(data["statutory"][str(last + 1)])
    margin = law.provisional_margin_days
    return [*lines, "", words["statutory"].format(year=last + 1, first=first, margin=margin, days=days), ""]


def page(law: Pack, lang: str) -> str:
    """A whole page."""
    words = WORDS[lang]
    lines = [
        words["made"],
        "",
        f"# {law.title(lang)}",
        "",
        words["intro"].format(source=law.source[lang], url=law.source["url"]),
        "",
        words["dates"].format(effective=law.effective),
        "",
        f"## {words['overview']}",
        "",
        words["columns"],
    ]
    for rule in RULES:
        text = law.rules[rule.id]
        reasons = "<br>".join(f"`{reason}`" for reason in rule.reasons)
        lines.append(f"| `{rule.id}` | {reasons} | {', '.join(map(str, text.rows))} | {text.title[lang]} |")
    lines += ["", f"## {words['rules']}", ""]
    for rule in RULES:
        lines += section(rule, law, lang)
    lines += [f"## {words['values']}", "", words["value_columns"]]
    lines += [f"| {pair[lang == 'zh']} | {shown(getattr(law, name))} |" for name, pair in VALUES.items()]
    return "\n".join([*lines, "", *calendar(law, lang)])


def hours(spans: Hours) -> str:
    """The hours of a day."""
    return ", ".join("–".join(f"{second // 3600:02}:{second // 60 % 60:02}" for second in span) for span in spans)


def week(clause: Clause, lang: str) -> str:
    """The hours of each day, days with the same ones together."""
    found: dict[str, list[str]] = {}
    for day, spans in zip(WEEK[lang], clause.windows or (), strict=False):
        found.setdefault(hours(spans) or PLACE_WORDS[lang]["none"], []).append(day)
    return "; ".join(f"{' '.join(days)} {said}" for said, days in found.items())


def clause_section(clause: Clause, lang: str) -> list[str]:
    """One clause of a place's law."""
    words = PLACE_WORDS[lang]
    where = ", ".join(f"`{part}`" for part in sorted(clause.within)) or words["whole"].format(country=f"`{clause.country}`")
    who = [words["automated"]] if clause.automated else []
    who += [f"{words['sectors']} {', '.join(f'`{sector}`' for sector in sorted(clause.sectors))}"] if clause.sectors else []
    rows = [
        (words["where"], where),
        (words["who"], "; ".join(who)),
        (words["from"], str(clause.first or words["undated"])),
        (words["until"], str(clause.last or "")),
        (words["hours"], week(clause, lang)),
        (words["zones"], ", ".join(f"`{zone}`" for zone in sorted(clause.zones))),
        (words["consent"], words["required"] if clause.consent else ""),
    ]
    if clause.holidays is not None:
        years = clause.holidays.years
        rows.append((words["holidays"], words["years"].format(first=years[0], last=years[-1])))
    caps = ((cap.attempts, cap.written, words[cap.scope]) for cap in clause.caps)
    rows += [(words["caps"], words["cap"].format(attempts=n, per=per, scope=scope)) for n, per, scope in caps]
    lines = [f"## {clause.title[lang]} (`{clause.id}`)", "", clause.text[lang], ""]
    lines += [f"- {key}: {value}" for key, value in rows if value]
    return [*lines, f"- {words['sources']}:", *(f"  - {s.title} ({words[s.sort]}), <{s.url}>" for s in clause.sources), ""]


def place_page(pack: PlacePack, lang: str) -> str:
    """A whole page of a place's law."""
    words = PLACE_WORDS[lang]
    lines = [WORDS[lang]["made"], "", f"# {pack.titles[lang]}", "", words[pack.kind].format(id=pack.id), "", words["advice"], ""]
    for clause in pack.clauses:
        lines += clause_section(clause, lang)
    return "\n".join(lines)


def pages() -> dict[Path, str]:
    """Every page, by its file."""
    made = {name: lambda lang, name=name: page(packs.load(name), lang) for name in packs.NAMES}
    made |= {name: lambda lang, name=name: place_page(packs.load_place(name), lang) for name in packs.SHIPPED.values()}
    endings = {lang: "" if lang == "en" else f".{lang}" for lang in texts.LANGUAGES}
    return {FOLDER / f"{name}{endings[lang]}.md": write(lang) for name, write in made.items() for lang in endings}


if __name__ == "__main__":
    write_or_check(pages())
