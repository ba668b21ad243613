"""The help of `callguard shadow`, in English and Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from callguard.cli.helps import Pair

SHORT: Final[dict[str, Pair]] = {
    "shadow": ("What a candidate policy, or enforcing, would change", "候选策略或强制执行会改变什么"),
}

COMMANDS: Final[dict[str, Pair]] = {
    "shadow": (
        (
            "From the call log: first how much was seen, of how many attempts it is known what the candidate decides, and why not "
            "of the others; only then what would change, by campaign, reason and rule, and in which hours. The candidate is the "
            "one that the policy named in [candidate] at the time, or with `--candidate` any policy, which decides the records "
            "again on their facts. Campaigns with `enforce = false` are shown as if they enforced. No number is shown."
        ),
        (
            "依据呼叫日志: 首先给出覆盖情况, 即多少次呼叫已知候选策略的判断, 其余为何不知; "
            "然后才是会改变什么, 按活动、原因、规则和时段。"
            "候选策略为当时 [candidate] 所指者; 用 `--candidate` 则以任一策略按所记事实重新判断。"
            "`enforce = false` 的活动按强制列出。不显示号码。"
        ),
    ),
}

EXAMPLES: Final[dict[str, tuple[str, ...]]] = {
    "shadow": (
        "callguard shadow --since 2026-11-01",
        "callguard shadow --candidate next.toml --trunk calls.csv --keys permit.pub",
    ),
}

STATUS: Final[dict[str, Pair]] = {
    "shadow": (
        "0 nothing would change, and the candidate is known to have decided every attempt; 1 otherwise; 2 could not be read",
        "0 不会改变, 且每次呼叫都已知候选策略的判断; 1 否则; 2 无法读取",
    ),
}

OPTIONS: Final[dict[str, Pair]] = {
    "shadow.candidate": (
        "a policy that decides the records again; else the one recorded then",
        "重新判断记录的策略; 默认当时记录者",
    ),
    "shadow.campaign": ("attempts of this campaign", "该活动的呼叫"),
    "shadow.since": ("the first day, or an instant", "首日或时刻"),
    "shadow.until": ("the last day, or an instant", "末日或时刻"),
    "shadow.trunk": (
        "a CSV of the trunk's calls, as `coverage` reads them: what share nobody decided",
        "中继呼叫记录 CSV (同 `coverage`): 未经判断的占比",
    ),
    "shadow.keys": (
        "for `--trunk`: a file of public keys; else CALLGUARD_PERMIT_KEYS",
        "用于 `--trunk`: 公钥文件; 否则取 CALLGUARD_PERMIT_KEYS",
    ),
    "shadow.region": (
        "for `--trunk`: where numbers without a country code are (default: CN)",
        "用于 `--trunk`: 无国家代码的号码所属地 (默认 CN)",
    ),
    "shadow.form": (
        "for `--trunk`: table (columns callee, caller, at, permit) or asterisk (its CDR)",
        "用于 `--trunk`: table (列 callee, caller, at, permit) 或 asterisk (其 CDR)",
    ),
}
