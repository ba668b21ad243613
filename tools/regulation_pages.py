"""Write the pages of what regulation says otherwise from the packs, in English and Chinese.

python tools/regulation_pages.py            # write docs/law/cn-regulations.md and docs/law/cn-regulations.zh.md
python tools/regulation_pages.py --check    # exit 1 when they are not what the packs say
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pages import write_or_check

from callguard import packs, texts

if TYPE_CHECKING:
    from callguard.packs import Difference

FOLDER = Path(__file__).parent.parent / "docs" / "law"
WORDS: dict[str, dict[str, str]] = {
    "en": {
        "made": "<!-- made by tools/regulation_pages.py from the packs; not edited by hand -->",
        "intro": "The rules of callguard are those of {source} (<{url}>), whatever other texts say. This page says where "
        "regulation is known to say otherwise. It decides no call and changes no plan: it is shown beside, by "
        "`callguard plan --regulations`, and by `plan` and `inspect` where a policy names `{id}` in `[enterprise] packs`. "
        "This page is one reading of the sources that it names, and not legal advice.",
        "sure": "How sure each is: *the text was read*, in a public mirror of April 2025 or as an authority quotes it; *by what "
        "others write of it*; *from memory*, where nobody opened a text. Nothing says that a text still stands as it was read.",
        "each": "One by one",
        "head": "| id | | stands | how sure | since | rows |\n| --- | --- | --- | --- | --- | --- |",
        "in-force": "in force",
        "draft": "a draft, not in force",
        "abolished": "law no more",
        "article": "The article",
        "regulation": "Regulation",
        "do": "To do",
        "when": "Shown",
        "always": "always",
        "or": " or ",
        "and": ", ",
        "met": "not where the policy heeds it already (`{key}`)",
        "touches": "Would change the answer of",
        "sources": "Sources",
        "statute": "text of the law",
        "report": "report",
        "left": "What is left out, and why",
        "left-head": "| what | why |\n| --- | --- |",
    },
    "zh": {
        "made": "<!-- 由 tools/regulation_pages.py 根据规则包生成, 请勿手工修改 -->",
        "intro": "callguard 的规则以{source}(<{url}>)为准, 不论其他文本如何规定。本页说明已知法规另有规定之处。它不决定任何呼叫, "
        "也不改变规划, 只并列说明: `callguard plan --regulations`, 或策略在 `[enterprise] packs` 中写明 `{id}` 时由 `plan` 和 "
        "`inspect` 显示。本页是对所列来源的一种解读, 不是法律意见。",
        "sure": "确定程度: “已读法规原文”指2025年4月的公开镜像或主管部门的引文; “依据转述”指他人的叙述; “凭记忆”指未查阅文本。"
        "文本此后可能已有变化。",
        "each": "逐项说明",
        "head": "| 标识 | | 效力 | 确定程度 | 自 | 条目 |\n| --- | --- | --- | --- | --- | --- |",
        "in-force": "现行",
        "draft": "征求意见稿, 未施行",
        "abolished": "已废止",
        "article": "文章",
        "regulation": "法规",
        "do": "办法",
        "when": "显示",
        "always": "一律显示",
        "or": " 或 ",
        "and": ", ",
        "met": "策略已落实的除外 (`{key}`)",
        "touches": "会改变其结论的",
        "sources": "出处",
        "statute": "法规原文",
        "report": "转述",
        "left": "未列入的内容及原因",
        "left-head": "| 内容 | 原因 |\n| --- | --- |",
    },
}


def shown(found: Difference, words: dict[str, str]) -> str:
    """When it is shown, as the scenario's own words have it."""
    told = [
        words["and"].join(f"`{key}`" if value is True else f"`{key} = {str(value).lower()}`" for key, value in clause.items())
        for clause in found.when
    ]
    text = words["or"].join(told) or words["always"]
    return text if found.met_by is None else f"{text}; {words['met'].format(key=found.met_by)}"


def section(found: Difference, lang: str) -> list[str]:
    """One difference."""
    words = WORDS[lang]
    told = [(key, getattr(found, key)[lang]) for key in ("article", "regulation", "do")]
    told += [("when", shown(found, words)), ("touches", ", ".join(f"`{each}`" for each in found.touches))]
    lines = [f"### {found.title[lang]} (`{found.id}`)", "", *(f"- {words[key]}: {text}" for key, text in told)]
    if found.sources:
        lines.append(f"- {words['sources']}:")
        lines += [f"  - {each.title} ({words[each.sort]}), <{each.url}>" for each in found.sources]
    return [*lines, ""]


def page(lang: str) -> str:
    """A whole page."""
    words, law, found = WORDS[lang], packs.load(), packs.regulations()
    intro = words["intro"].format(source=law.source[lang], url=law.source["url"], id=found.id)
    lines = [words["made"], "", f"# {found.titles[lang]}", "", intro, "", words["sure"], "", words["head"]]
    for each in found.differences.values():
        rows = ", ".join(map(str, each.rows))
        lines.append(
            f"| `{each.id}` | {each.title[lang]} | {words[each.status]} | {each.how[lang]} | {each.first or ''} | {rows} |"
        )
    lines += ["", f"## {words['each']}", ""]
    for each in found.differences.values():
        lines += section(each, lang)
    lines += [f"## {words['left']}", "", words["left-head"]]
    lines += [f"| {each.topic[lang]} | {each.why[lang]} |" for each in found.left_out.values()]
    return "\n".join([*lines, ""])


def pages() -> dict[Path, str]:
    """Every page, by its file."""
    return {FOLDER / f"cn-regulations{'' if lang == 'en' else '.zh'}.md": page(lang) for lang in texts.LANGUAGES}


if __name__ == "__main__":
    write_or_check(pages())
