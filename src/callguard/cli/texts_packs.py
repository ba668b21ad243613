"""The help and the texts of `callguard packs`, in English and Chinese."""

from __future__ import annotations

from typing import Final

Pair = tuple[str, str]

SHORT: Final[dict[str, Pair]] = {
    "packs": ("The law of callees' places, and packs of your own", "被叫所在地的法律及自定规则包"),
    "packs list": ("Every pack that ships, and when it holds", "已附带的规则包及其适用情形"),
    "packs show": ("Each clause of a pack, with its sources", "规则包的各条款及出处"),
    "packs check": ("Read a pack of your own and decide its cases", "读取自定规则包并判断其用例"),
}
COMMANDS: Final[dict[str, Pair]] = {
    "packs": (
        "Other places' law: what ships, and packs that you write, which a policy names by their paths in [enterprise] packs.",
        "其他地区的法律: 已附带的规则包和自写的规则包。策略在 [enterprise] packs 中以路径写明自己的规则包。",
    ),
    "packs list": (
        (
            "List the packs that ship: the law of the enterprise's own place, the law of callees' places, which always holds, and "
            "codes of practice, which hold where a policy names them; and the overlay that shows where regulation says otherwise."
        ),
        (
            "列出已附带的规则包: 企业所在地的法律, 被叫所在地的法律(一律适用), 业界守则(策略写明时适用), "
            "以及说明法规另有规定之处的对照包。"
        ),
    ),
    "packs show": (
        (
            "Show a pack that ships by its name, or one of your own by its path: each clause, what it says, and where it is "
            "written; of `cn-regulations` each difference."
        ),
        "按名称显示已附带的规则包, 或按路径显示自写的规则包: 各条款、内容与出处; cn-regulations 为各处差异。",
    ),
    "packs check": (
        (
            "Read a pack strictly, and decide each of its [[cases]] by a guard that has it. What ships for the same place counts, "
            "too. `cn-regulations`, which decides nothing, is read alone."
        ),
        (
            "严格读取规则包, 并由载有它的判断程序逐一判断其 [[cases]]。同一地区已附带的法律同样适用。"
            "cn-regulations 不参与判断, 仅读取。"
        ),
    ),
}
EXAMPLES: Final[dict[str, tuple[str, ...]]] = {
    "packs": ("callguard packs list", "callguard packs show us", "callguard packs check our-pack.toml"),
    "packs list": ("callguard packs list", "callguard packs list --json"),
    "packs show": ("callguard packs show fr", "callguard packs show cn-regulations", "callguard packs show our-pack.toml --json"),
    "packs check": ("callguard packs check our-pack.toml", "callguard packs check our-pack.toml --json"),
}
OPTIONS: Final[dict[str, Pair]] = {
    "pack": ("a pack that ships, or the path of a file", "已附带的规则包名称, 或文件路径"),
    "packs check.file": ("a pack's TOML file, or cn-regulations", "规则包的 TOML 文件, 或 cn-regulations"),
}
STATUS: Final[dict[str, Pair]] = {
    "packs": ("0", "0"),
    "packs list": ("0", "0"),
    "packs show": ("0, 2 where there is no such pack", "0, 2 没有该规则包"),
    "packs check": (
        "0 every case comes out as it says, 1 one does not, or there is none, 2 the file is mistaken",
        "0 各用例均符合, 1 有不符合或没有用例, 2 文件有误",
    ),
}
TEXTS: Final[dict[str, Pair]] = {
    "pack": ("pack", "规则包"),
    "place": ("place", "地区"),
    "holds": ("holds", "适用"),
    "holds-enterprise": ("for enterprises there", "对当地企业"),
    "holds-callees": ("for callees there, always", "对当地被叫, 一律适用"),
    "holds-chosen": ("for callees there, where a policy names it", "对当地被叫, 策略写明时适用"),
    "holds-shown": ("nowhere: shown beside `cn`, where a policy names it", "不参与判断: 策略写明时与 cn 并列说明"),
    "differs-article": ("article", "文章"),
    "differs-regulation": ("regulation", "法规"),
    "differs-do": ("to do", "办法"),
    "differs-in-force": ("in force", "现行"),
    "differs-draft": ("a draft", "征求意见稿"),
    "differs-abolished": ("law no more", "已废止"),
    "differs-from": ("since {day}", "自 {day}"),
    "sure-statute": ("the law's text was read", "已读法规原文"),
    "sure-report": ("by what others write", "依据转述"),
    "sure-memory": ("from memory", "凭记忆"),
    "source-statute": ("text of the law", "法规原文"),
    "source-report": ("report", "转述"),
    "differs-read": ("{id}: {n} {n:difference|differences}", "{id}: {n} 处差异"),
    "clause-hours": ("hours", "时段"),
    "clause-caps": ("caps", "次数"),
    "clause-within": ("in", "地区"),
    "clause-from": ("from", "自"),
    "clause-until": ("until", "至"),
    "no-pack": (
        "`{name}` is no pack; accepted: {names}, or the path of a .toml file",
        "没有规则包 `{name}`; 可接受: {names}, 或 .toml 文件路径",
    ),
    "case-right": ("case {n} at {at}: {found} ({rule})", "用例 {n} ({at}): {found} ({rule})"),
    "case-wrong": (
        "case {n} at {at}: {found} ({rule}), and the pack says {expected}",
        "用例 {n} ({at}): {found} ({rule}), 而规则包写的是 {expected}",
    ),
    "pack-read": ("{id}: {clauses} {clauses:clause|clauses}, {cases} {cases:case|cases}", "{id}: {clauses} 个条款, {cases} 个用例"),
    "pack-no-cases": (
        "{id} has no cases: write one on each side of each boundary, as [[cases]]",
        "{id} 没有用例: 请在每个界限两侧各写一个 [[cases]]",
    ),
}
