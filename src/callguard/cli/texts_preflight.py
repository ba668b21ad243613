"""The help and the texts of `callguard preflight`, in English and Chinese."""

from __future__ import annotations

from typing import Final

Pair = tuple[str, str]

SHORT: Final[dict[str, Pair]] = {
    "preflight": ("What a list holds for the coming days, before a campaign starts", "活动开始前, 预估名单未来几天可拨情况"),
}
COMMANDS: Final[dict[str, Pair]] = {
    "preflight": (
        (
            "Look ahead for a list instead of screening it for one instant: how many can be called in each hour of the coming "
            "days, by zone, place and campaign; how many never, and why; how many attempts the limits let through; and, at "
            "so many calls an hour, when all have been called. Nothing is written but reports, nothing counted or logged. "
            "What is on record now is taken as it stands."
        ),
        (
            "不按单一时刻筛查, 而是预估整个时段: 未来几天每小时可拨多少 (按时区、地区、活动), 多少时段内不可拨及原因, "
            "次数上限共允许多少次呼叫, 以及按给定速度何时拨完。除报告外不写文件, 不计次, 不记日志。已有记录按现状计。"
        ),
    ),
}
EXAMPLES: Final[dict[str, tuple[str, ...]]] = {
    "preflight": (
        "callguard preflight leads.csv --campaign spring-course --rate 2000",
        "callguard preflight leads.parquet --campaign-column campaign --days 14 --report outlook.html",
        "callguard preflight leads/ --campaign survey --from 2027-02-01T08:00 --json",
    ),
}
STATUS: Final[dict[str, Pair]] = {
    "preflight": ("0 looked at, whatever there is to say; 2 could not be", "0 已预估 (不论结果), 2 无法预估"),
}
OPTIONS: Final[dict[str, Pair]] = {
    "preflight.source": ("files, and folders of them; `-` for CSV from standard input", "文件或目录, `-` 为标准输入的 CSV"),
    "preflight.campaign": ("what the calls are for; else a column, or the policy's only one", "呼叫用途; 否则按列, 或策略唯一活动"),
    "preflight.caller": ("the number they are placed from; else a column, or the only one", "主叫号码; 否则按列, 或唯一主叫"),
    "preflight.start": ("the first instant that is looked at (default: now)", "从何时起 (默认为现在)"),
    "preflight.days": ("for how many days, the first included (default: 7)", "共几天, 含首日 (默认 7)"),
    "preflight.rate": ("calls an hour, to tell when all have been called once", "每小时呼叫数, 用于估算何时全部拨过一次"),
    "preflight.column": (
        "the column of numbers, by name or place (1, 2, …); else found",
        "号码列, 列名或序号 (1, 2, …); 默认自动查找",
    ),
    "preflight.report": (
        "also write a report: a page (.html, prints well; .md) or .json; again for several",
        "另写报告: 网页 (.html, 可打印; .md) 或 .json; 可重复给出",
    ),
    "preflight.force": ("overwrite a report that is there", "覆盖已有的报告"),
}
TEXTS: Final[dict[str, Pair]] = {
    "looking-ahead": ("looking ahead", "预估中"),
    "preflight-rate": ("calls an hour, more than 0", "每小时呼叫数, 大于 0"),
    "preflight-title": ("Before the campaign: {name}", "活动前预估: {name}"),
    "preflight-head": ("{n} {n:row|rows} of {name}, for {campaigns}", "{name} 共 {n} 行, 活动: {campaigns}"),
    "preflight-span": ("from {start} until {end}, hours of {zone}", "{start} 起至 {end} 止, 按 {zone} 时间"),
    "preflight-sum": ("All rows", "全部"),
    "preflight-callable": ("can be called", "可拨打"),
    "preflight-never": ("never in this time", "时段内不可拨打"),
    "preflight-undecided": ("not decided", "未作判断"),
    "preflight-share": ("of these", "占比"),
    "preflight-when": ("until when", "至何时"),
    "preflight-never-title": ("Never in this time, by reason", "时段内不可拨打, 按原因"),
    "preflight-for-good": ("time alone changes nothing", "仅凭时间推移不会改变"),
    "preflight-not-before": ("not before {at}", "最早 {at}"),
    "preflight-hours": ("Can be called by hour: {campaign}", "每小时可拨数: {campaign}"),
    "preflight-most": ("most", "最多"),
    "preflight-at-most": ("at most {n} in an hour", "每小时最多 {n}"),
    "preflight-zones": (
        "By the callee's zone: hours of the day in which calls may be placed on some day",
        "按被叫时区: 一天中某日可拨打的小时",
    ),
    "preflight-zones-all": ("By the callee's zone, hour by hour", "按被叫时区, 逐小时"),
    "preflight-no-zone": ("unknown zone", "时区不明"),
    "preflight-place": ("place", "地区"),
    "preflight-places": ("By place", "按地区"),
    "preflight-more": ("and {n} more", "另有 {n} 项"),
    "preflight-attempts": (
        "The limits let through {n} {n:attempt|attempts} in this time.",
        "时段内次数上限共允许 {n} 次呼叫。",
    ),
    "preflight-unlimited": ("No limit holds the number of attempts.", "呼叫次数不受上限约束。"),
    "preflight-exhausted": (
        "At {rate} calls an hour, all {n} that can be called have been by {at}.",
        "按每小时 {rate} 次, 可拨的 {n} 个将于 {at} 前全部拨过。",
    ),
    "preflight-left": (
        "At {rate} calls an hour, {n} have been called by {end}, and {left} are left.",
        "按每小时 {rate} 次, 到 {end} 可拨 {n} 个, 余 {left} 个。",
    ),
    "preflight-volumes": (
        "planned volumes of the callers hold the calls to {n} a day",
        "主叫号码的计划呼叫量合计每日 {n} 次, 已计入",
    ),
    "preflight-rate-title": ("Calls by hour, at {rate} an hour", "按每小时 {rate} 次的逐小时呼叫数"),
    "preflight-calls": ("{n} {n:call|calls}", "{n} 次"),
}
