"""The help of the commands of dial permits, in English and Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from callguard.cli.helps import Pair

SHORT: Final[dict[str, Pair]] = {
    "permit": ("Dial permits: their keys, and one checked", "拨号许可: 密钥与校验"),
    "coverage": ("What share of a trunk's calls had a dial permit", "中继呼叫中有许可者的占比"),
    "permit keygen": ("Make a new pair of keys", "生成新的密钥对"),
    "permit check": ("Check one permit against its call", "校验一个许可与其呼叫"),
}

COMMANDS: Final[dict[str, Pair]] = {
    "permit": (
        "Dial permits: signed proof, for the trunk, that a call was decided.",
        "拨号许可: 供中继侧查验的签名凭证, 证明呼叫已经判断。",
    ),
    "coverage": (
        (
            "From a CSV of the trunk's calls, the share that had a dial permit, first of all; then of the others why, from "
            "which callers and at which hours. Each permit is checked as of its call, and is good for one. Callees are not shown."
        ),
        "由中继的呼叫记录 (CSV) 首先给出有许可的占比, 再列出其余呼叫的原因、主叫和时段。许可按呼叫时刻校验, 一次有效。不显示被叫。",
    ),
    "permit keygen": (
        (
            "Write a new private key to a file that nobody else may read, for the policy's [permits], and print its public "
            "key, for those who check. To rotate, give the checkers the new public key beside the old one first."
        ),
        "将新私钥写入仅本人可读的文件 (用于策略的 [permits]), 并输出公钥供校验方使用。轮换时先将新公钥与旧公钥一并交给校验方。",
    ),
    "permit check": (
        (
            "Say whether a permit is good for a call, and why not. Nothing is used, unless `--used` names the folder in which "
            "a checking host remembers used permits."
        ),
        "说明许可对某个呼叫是否有效及原因。不会使用许可, 除非以 `--used` 指定校验主机记录已用许可的目录。",
    ),
}

EXAMPLES: Final[dict[str, tuple[str, ...]]] = {
    "permit": ("callguard permit keygen --out permit.key > permit.pub",),
    "permit keygen": ("callguard permit keygen --out permit.key > permit.pub",),
    "coverage": (
        "callguard coverage calls.csv --keys permit.pub",
        "callguard coverage Master.csv --format asterisk --keys permit.pub",
    ),
    "permit check": ('callguard permit check AXq2… --callee "138 0013 0100" --caller 010-8555-0100 --keys permit.pub',),
}

STATUS: Final[dict[str, Pair]] = {
    "permit": ("0 shown, 2 could not be shown", "0 已显示, 2 无法显示"),
    "coverage": (
        "0 every call had a permit, 1 one had none, 2 could not be read",
        "0 全部有许可, 1 有无许可的呼叫, 2 无法读取",
    ),
    "permit keygen": ("0 made, 2 not made", "0 已生成, 2 未生成"),
    "permit check": ("0 good for the call, 1 not, 2 could not be checked", "0 有效, 1 无效, 2 无法校验"),
}

OPTIONS: Final[dict[str, Pair]] = {
    "permit keygen.out": (
        "the file of the private key (default: permit.key); never one that is there",
        "私钥文件 (默认 permit.key); 绝不覆盖",
    ),
    "text": ("the permit, as the call carries it", "呼叫所附的许可"),
    "permit check.callee": ("the call's callee, in any writing", "该呼叫的被叫, 任何写法"),
    "permit check.caller": ("the call's caller, in any writing", "该呼叫的主叫, 任何写法"),
    "keys": ("a file of public keys; else CALLGUARD_PERMIT_KEYS", "公钥文件; 否则取 CALLGUARD_PERMIT_KEYS"),
    "permit check.region": ("where numbers without a country code are (default: CN)", "无国家代码的号码所属地 (默认 CN)"),
    "used": ("the folder in which used permits are remembered", "记录已用许可的目录"),
    "coverage.region": ("where numbers without a country code are (default: CN)", "无国家代码的号码所属地 (默认 CN)"),
    "records": ("a CSV of calls, `-` for standard input", "呼叫记录 CSV, `-` 为标准输入"),
    "form": (
        "table: columns callee, caller, at, permit; asterisk: its CDR, the permit in userfield",
        "table: 列 callee, caller, at, permit; asterisk: 其 CDR, 许可在 userfield",
    ),
    "callee_column": ("the column of callees, by name or place (1, 2, …)", "被叫列, 列名或序号"),
    "caller_column": ("the column of callers", "主叫列"),
    "coverage.at_column": ("the column of instants: ISO 8601, or epoch seconds", "时刻列: ISO 8601 或纪元秒"),
    "permit_column": ("the column of permits", "许可列"),
    "coverage.timezone": ("of instants without an offset; else the region's only one", "无偏移的时刻所属时区; 默认该地唯一时区"),
    "permit check.at": ("the call's instant, with its offset or in UTC; else now", "呼叫的时刻, 带偏移或 UTC; 默认现在"),
}
