"""Write the pages of what must be applied for from the packs, in English and Chinese.

python tools/requirement_pages.py            # write docs/law/cn-requirements.md and docs/law/cn-requirements.zh.md
python tools/requirement_pages.py --check    # exit 1 when they are not what the packs say
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pages import write_or_check

from callguard import packs, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from callguard.packs import Condition, Duty, Requirement

FOLDER = Path(__file__).parent.parent / "docs" / "law"
WORDS: dict[str, dict[str, str]] = {
    "en": {
        "made": "<!-- made by tools/requirement_pages.py from the packs; not edited by hand -->",
        "title": "What must be applied for: Mainland China",
        "intro": "What `callguard plan` plans with: each licence, filing, number and document that {source} (<{url}>) asks "
        "for, and what it asks for afterwards. The article is the default; where regulation is known to differ, that is said. "
        "This page is not legal advice.",
        "overview": "| id | | kind | applies when | takes | waits for |\n| --- | --- | --- | --- | --- | --- |",
        "licence": "licence",
        "filing": "filing",
        "number": "number",
        "document": "document",
        "always": "always",
        "or": " or ",
        "and": ", ",
        "untold": "not named",
        "working-days": "working days",
        "months": "months",
        "requirements": "Each of them",
        "authority": "Granted by",
        "conditions": "Conditions",
        "documents": "Documents",
        "time": "Takes",
        "rule": "Without it calls are denied by",
        "none": "none: it is asked for when applying, not when dialling",
        "names": "Called",
        "caution": "To think of",
        "differs": "Regulation",
        "citation": "Written in",
        "not-needed": "Not needed where",
        "rows": "Requirements of the article, counted from its beginning",
        "duties": "Owed afterwards",
        "says": "Says",
        "per": "usually {usual} to {most} for every {n} seats",
        "open": " (whether that matters is left open)",
        "when": "Applies when",
    },
    "zh": {
        "made": "<!-- 由 tools/requirement_pages.py 根据规则包生成, 请勿手工修改 -->",
        "title": "需要申请什么: 中国大陆",
        "intro": "`callguard plan` 据以规划的内容: {source}(<{url}>)要求的每项许可证、备案、号码和文件, 以及之后的义务。"
        "以文章为准; 已知法规有所不同的, 一并写明。本页不是法律意见。",
        "overview": "| 标识 | | 种类 | 适用 | 周期 | 前置 |\n| --- | --- | --- | --- | --- | --- |",
        "licence": "许可证",
        "filing": "备案",
        "number": "号码",
        "document": "文件",
        "always": "一律适用",
        "or": " 或 ",
        "and": ", ",
        "untold": "未写明",
        "working-days": "个工作日",
        "months": "个月",
        "requirements": "逐项说明",
        "authority": "受理部门",
        "conditions": "条件",
        "documents": "材料",
        "time": "周期",
        "rule": "缺少时拒绝呼叫的规则",
        "none": "无: 申请时要求, 拨号时不判断",
        "names": "名称",
        "caution": "请注意",
        "differs": "法规",
        "citation": "出处",
        "not-needed": "不需要的情形",
        "rows": "所落实的文章要求 (自文首起编号)",
        "duties": "取得之后的义务",
        "says": "内容",
        "per": "一般每 {n} 名客服 {usual}-{most} 个",
        "open": " (不满足时是否影响, 文章未写明)",
        "when": "适用",
    },
}


def clauses(when: Iterable[Mapping[str, bool | str]], words: dict[str, str]) -> str:
    """What must be true, as the scenario's own words have it."""
    told = [
        words["and"].join(f"`{key}`" if value is True else f"`{key} = {str(value).lower()}`" for key, value in clause.items())
        for clause in when
    ]
    return words["or"].join(told) or words["always"]


def time(requirement: Requirement, words: dict[str, str]) -> str:
    """How long it takes."""
    found = requirement.time
    if found is None:
        return "" if requirement.kind == "document" else words["untold"]
    return f"{found.least}–{found.most} {words[found.unit]}"


def condition(found: Condition, lang: str) -> str:
    """One condition."""
    words, text = WORDS[lang], found.title[lang]
    if found.per_seats:
        text += ": " + words["per"].format(usual=found.usual, most=found.most, n=found.per_seats)
    if found.least:
        text += f" ≥ {found.least:,} {found.unit}"
    return text + ("" if found.firm else words["open"])


def section(found: Requirement, lang: str) -> list[str]:
    """One requirement."""
    words, names = WORDS[lang], packs.requirements().documents
    told = [
        ("when", clauses(found.when, words)),
        ("authority", found.authority.title[lang]),
        ("names", "; ".join(f"`{key}`: {text[lang]}" for key, text in found.names.items())),
        ("conditions", "; ".join(condition(each, lang) for each in found.conditions)),
        ("documents", "; ".join(names[id_][lang] for id_ in found.documents)),
        ("time", f"{time(found, words)}. {found.time.citation[lang]}" if found.time else ""),
        ("rule", f"`{found.rule}`" if found.rule else words["none"]),
        ("citation", found.citation[lang]),
        *(("citation", text) for text in dict.fromkeys(each.citation[lang] for each in found.conditions)),
        *(("caution", f"{each.text[lang]} ({clauses(each.when, words)})") for each in found.cautions),
        ("differs", (found.differs or {}).get(lang, "")),
        ("not-needed", (found.not_needed or {}).get(lang, "")),
        ("rows", ", ".join(map(str, sorted({*found.rows, *(row for each in found.cautions for row in each.rows)})))),
    ]
    return [f"### {found.title[lang]} (`{found.id}`)", "", *(f"- {words[key]}: {text}" for key, text in told if text), ""]


def duty(found: Duty, lang: str) -> list[str]:
    """One duty."""
    words = WORDS[lang]
    told = [
        ("says", found.text[lang]),
        ("when", clauses(found.when, words)),
        ("citation", found.citation[lang]),
        ("rows", ", ".join(map(str, found.rows))),
    ]
    return [f"### {found.title[lang]} (`{found.id}`)", "", *(f"- {words[key]}: {text}" for key, text in told), ""]


def nearest(each: Requirement, found: Mapping[str, Requirement]) -> list[str]:
    """What it waits for, without what that waits for itself."""
    behind = {id_ for before in each.depends for id_ in found[before].depends}
    return [id_ for id_ in each.depends if id_ not in behind]


def page(lang: str) -> str:
    """A whole page."""
    words, law, found = WORDS[lang], packs.load(), packs.requirements()
    lines = [
        words["made"],
        "",
        f"# {words['title']}",
        "",
        words["intro"].format(source=law.source[lang], url=law.source["url"]),
        "",
    ]
    lines.append(words["overview"])
    for each in found.requirements.values():
        waits = ", ".join(f"`{id_}`" for id_ in nearest(each, found.requirements))
        row = (f"`{each.id}`", each.title[lang], words[each.kind], clauses(each.when, words), time(each, words), waits)
        lines.append(f"| {' | '.join(row)} |")
    lines += ["", f"## {words['requirements']}", ""]
    for each in found.requirements.values():
        lines += section(each, lang)
    lines += [f"## {words['duties']}", ""]
    for owed in found.duties.values():
        lines += duty(owed, lang)
    return "\n".join(lines)


def pages() -> dict[Path, str]:
    """Every page, by its file."""
    return {FOLDER / f"cn-requirements{'' if lang == 'en' else '.zh'}.md": page(lang) for lang in texts.LANGUAGES}


if __name__ == "__main__":
    write_or_check(pages())
