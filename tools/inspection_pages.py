"""Write the pages of what an inspection remarks from the packs, in English and Chinese.

python tools/inspection_pages.py            # write docs/law/cn-inspection.md and docs/law/cn-inspection.zh.md
python tools/inspection_pages.py --check    # exit 1 when they are not what the packs say
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from pages import write_or_check

from callguard import packs, texts

if TYPE_CHECKING:
    from callguard.packs import RemarkText

FOLDER = Path(__file__).parent.parent / "docs" / "law"
_ONE_OR_MORE = re.compile(r"\{\w+:[^|{}]*\|([^{}]*)\}")  # the word for one or for several, by a fact
WORDS: dict[str, dict[str, str]] = {
    "en": {
        "made": "<!-- made by tools/inspection_pages.py from the packs; not edited by hand -->",
        "title": "What an inspection remarks: Mainland China",
        "intro": "What `callguard inspect` may remark, by the id that its JSON has. Rows count the rules of {source} (<{url}>) "
        "from its beginning. Names in braces are filled in. This page is not legal advice.",
        "denials": "What rules deny",
        "denials-intro": "`stops-calls` where it is denied now, `will-stop` where it will be on the days that are looked at; a "
        "`note` of numbers that the policy itself calls suspended or reclaimed, and of those not for a campaign's purpose; a "
        "`violation` of campaigns that do not enforce, whose calls go. Rules of the callee's place are remarked of a number that "
        "they leave no province; what else they deny is in `reach-limited`, `reach-abroad` and `reach-shrinks`, with the rules' "
        "rows and sources.",
        "others": "What no rule denies",
        "head": "| id | | rows | how it is mended | written in |\n| --- | --- | --- | --- | --- |",
        "head-others": "| id | | rows | what it says | how it is mended | written in |\n| --- | --- | --- | --- | --- | --- |",
        "wording": "Wording that exaggerates",
        "wording-intro": "Looked for in the `scripts` of campaigns that market drugs or devices, in any case. Blanks count as "
        "one, in Chinese for none, and full-width signs as plain ones. What is plainly denied (不能根治) is no claim, nor is 最好 "
        "where it gives advice.",
    },
    "zh": {
        "made": "<!-- 由 tools/inspection_pages.py 根据规则包生成, 请勿手工修改 -->",
        "title": "检查会指出什么: 中国大陆",
        "intro": "`callguard inspect` 可能指出的事项, 按其 JSON 中的 id 排列。条目号为{source} (<{url}>) 各项要求自首至尾的编号。"
        "大括号内为填入的内容。本页不构成法律意见。",
        "denials": "被规则拒绝的",
        "denials-intro": "目前被拒绝的为 `stops-calls`, 在所看日期内将被拒绝的为 `will-stop`; "
        "策略自己写明暂停或收回的号码, 以及不用于活动用途的号码为 `note`; 不强制的活动照常呼出, 故为 `violation`。"
        "依被叫所在地判断的规则, 使某号码无法呼叫任何省份时指出; "
        "其余见 `reach-limited`、`reach-abroad`、`reach-shrinks`, 并附规则条目与出处。",
        "others": "没有规则拒绝的",
        "head": "| id | | 条目 | 处理办法 | 出处 |\n| --- | --- | --- | --- | --- |",
        "head-others": "| id | | 条目 | 内容 | 处理办法 | 出处 |\n| --- | --- | --- | --- | --- | --- |",
        "wording": "夸大宣传的措辞",
        "wording-intro": "在推销药品或医疗器械的活动的 `scripts` 中查找, 不分大小写和全角半角; 空格可有可无。"
        "明确否定的 (如“不能根治”)、表示建议的“最好”不计。",
    },
}


def row(found: RemarkText, lang: str) -> str:
    """Return a remark as a row of its table."""
    text = [] if found.text is None else [found.text[lang]]
    rows = ", ".join(map(str, found.rows))
    cells = [f"`{found.id}`", found.title[lang], rows, *text, found.mend[lang], found.citation[lang]]
    cells = [_ONE_OR_MORE.sub(r"\1", cell) for cell in cells]
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def page(lang: str) -> str:
    """Return the page in a language."""
    law, found, words = packs.load(), packs.inspected(), WORDS[lang]
    intro = words["intro"].format(source=law.source[lang], url=law.source["url"])
    lines = [words["made"], "", f"# {words['title']}", "", intro, "", f"## {words['denials']}", "", words["denials-intro"], ""]
    lines.append(words["head"])
    lines += [row(each, lang) for each in found.remarks.values() if each.rule]
    lines += ["", f"## {words['others']}", "", words["head-others"]]
    lines += [row(each, lang) for each in found.remarks.values() if not each.rule]
    lines += [
        "",
        f"## {words['wording']}",
        "",
        words["wording-intro"],
        "",
        ", ".join(found.exaggerations) + ("." if lang == "en" else "。"),
    ]
    return "\n".join(lines) + "\n"


def pages() -> dict[Path, str]:
    """Every page, by its file."""
    return {FOLDER / f"cn-inspection{'' if lang == 'en' else '.zh'}.md": page(lang) for lang in texts.LANGUAGES}


if __name__ == "__main__":
    write_or_check(pages())
