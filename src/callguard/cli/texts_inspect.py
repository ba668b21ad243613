"""What `inspect` says, and its help, in English and Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from callguard.cli.helps import Pair

INSPECT: Final[dict[str, Pair]] = {
    "inspect-head": ("{name} on {on}, and up to {until}", "{name}: {on}, 至 {until}"),
    "inspect-none": ("Nothing to remark.", "没有需要指出的事项。"),
    "inspect-stops-calls": ("Calls are denied now", "目前被拒绝的呼叫"),
    "inspect-will-stop": ("Calls will be denied", "即将被拒绝的呼叫"),
    "inspect-violation": ("Against the rules, and nothing denies it", "违规而不会被拒绝"),
    "inspect-due": ("To be done in time", "需按期办理"),
    "inspect-unknown": ("Not known", "未知事项"),
    "inspect-note": ("For knowing", "供参考"),
    "inspect-when": ("when", "时间"),
    "inspect-of": ("of", "对象"),
    "inspect-says": ("what, and how it is mended", "内容与处理办法"),
    "inspect-from": ("from {day}", "自 {day}"),
    "inspect-again": ("again from {day}", "自 {day} 恢复"),
    "inspect-by": ("by {day}", "不迟于 {day}"),
    "inspect-between": ("{first} to\n{day}", "{first} 至\n{day}"),
    "inspect-since": ("{day}", "{day}"),
    "inspect-rows": ("{n:row|rows} {rows}", "规则第 {rows} 项"),
    "inspect-rows-are": (
        "Rows count what the source article asks for, from its beginning to its end.",
        "“规则第 n 项”: 来源文章各项要求自首至尾的编号, 并非法律条文的条号。",
    ),
    "inspect-and": (", ", "、"),
    "inspect-n-stops-calls": ("{n} stops-calls", "目前被拒绝 {n} 项"),
    "inspect-n-will-stop": ("{n} will-stop", "即将被拒绝 {n} 项"),
    "inspect-n-violation": ("{n} violation", "违规 {n} 项"),
    "inspect-n-due": ("{n} due", "需按期办理 {n} 项"),
    "inspect-n-unknown": ("{n} unknown", "未知 {n} 项"),
    "inspect-n-note": ("{n} note", "供参考 {n} 项"),
    "inspect-campaigns": ("for {names}", "涉及 {names}"),
    "inspect-hidden": (
        "{n} {n:remark|remarks} not shown: `--severity note` shows all",
        "另有 {n} 项未显示: `--severity note` 显示全部",
    ),
    "inspect-no-state": (
        "there is no state at `{path}`: only the policy was looked at",
        "`{path}` 处没有状态: 只查看了策略",
    ),
    "inspect-reading": ("reading the call log", "读取呼叫日志"),
    "inspect-checking": ("checking the call log", "校验呼叫日志"),
    "inspect-what-enterprise": ("the enterprise", "企业"),
    "inspect-what-licence": ("licence", "许可证"),
    "inspect-what-filing": ("filing", "备案"),
    "inspect-what-caller": ("caller", "主叫"),
    "inspect-what-campaign": ("campaign", "活动"),
    "inspect-what-list": ("list", "名单"),
    "inspect-what-state": ("state", "状态"),
    "inspect-what-log": ("call log", "呼叫日志"),
    "inspect-what-law": ("law", "法律"),
    "inspect-wrong-on": ("`--on` is a day from 2000-01-02 to 2049-12-31", "`--on` 为 2000-01-02 至 2049-12-31 之间的日期"),
}

SHORT: Final[dict[str, Pair]] = {"inspect": ("What is wrong, due or about to stop", "现有、到期和即将停用的问题")}

COMMANDS: Final[dict[str, Pair]] = {
    "inspect": (
        (
            "Hold the policy, its state and its call log against the rules: licences and filings that are missing or end, "
            "renewals, annual reports, numbers to be filed, quotas and plans exceeded, campaigns that nothing serves, missing "
            "consent, wording, gaps of the log, what is not sealed, switched off or not declared. With the day from which calls "
            "are denied, and how each is mended. Denials are those of `check` on that day, hours and callees apart."
        ),
        (
            "对照规则检查策略、状态和呼叫日志: 缺少或到期的许可证和备案, 续期、年报, 待备案的号码, "
            "超出的数量和用量, 无法开展的活动, 缺少的同意, 话术, 日志缺口, 未加密、已关闭或未写明的事项。"
            "给出呼叫被拒绝的起始日期和处理办法。除时段和被叫外, 与当日 `check` 的判断一致。"
        ),
    ),
}

EXAMPLES: Final[dict[str, tuple[str, ...]]] = {
    "inspect": (
        "callguard inspect",
        "callguard inspect --on 2028-02-01 --days 90 --severity will-stop",
        "callguard inspect --fail-on due --json",
    ),
}

STATUS: Final[dict[str, Pair]] = {
    "inspect": (
        "0 nothing as bad as --fail-on, 1 something is, 2 could not be inspected, or the state could not be read",
        "0 没有达到 --fail-on 的事项, 1 有, 2 无法检查, 或状态无法读取",
    )
}

OPTIONS: Final[dict[str, Pair]] = {
    "inspect.on": ("the day that is looked at (default: today)", "检查的日期 (默认今天)"),
    "inspect.days": ("how many days ahead (default: 90)", "向后查看的天数 (默认 90)"),
    "inspect.severity": (
        "show what is as bad as this, or worse (default: note, which is all)",
        "显示不轻于此的事项 (默认 note, 即全部)",
    ),
    "inspect.fail_on": (
        "what makes the exit status 1 (default: violation, or worse)",
        "使退出状态为 1 的程度 (默认 violation 及以上)",
    ),
    "inspect.no_log": ("look at the policy alone, not at state and log", "只查看策略, 不查看状态和日志"),
}
