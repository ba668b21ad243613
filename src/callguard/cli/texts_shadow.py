"""What the command line says of shadow mode and candidates, in English and Chinese."""

from __future__ import annotations

from typing import Final

SHADOW: Final[dict[str, tuple[str, str]]] = {
    "shadow-judged": (
        "of {judged} of {n} {n:attempt|attempts} it is known what the candidate decides",
        "{n} 次呼叫中, {judged} 次已知候选策略的判断",
    ),
    "shadow-calls": ("{n} {n:attempt|attempts}; no candidate", "{n} 次呼叫; 没有候选策略"),
    "shadow-of": ("{seen} of {of}", "{seen} / {of}"),
    "shadow-let": ("denied and let go (not enforced)", "被拒但放行 (未强制)"),
    "shadow-campaigns": ("campaigns with attempts", "有呼叫的活动"),
    "shadow-callers": ("callers with attempts", "有呼叫的主叫"),
    "shadow-trunk": ("calls of the trunk that nobody decided", "未经判断的中继呼叫"),
    "shadow-unseen": (
        "calls that did not ask the guard are not in the log; `--trunk` tells their share",
        "未经本系统的呼叫不在日志中; 用 `--trunk` 可得其占比",
    ),
    "shadow-why-no-candidate": ("there was no candidate then", "当时没有候选策略"),
    "shadow-why-candidate-failed": ("the candidate could not be read or asked", "候选策略无法读取或判断"),
    "shadow-why-lists-not-read": ("it honours a list that was not read then", "候选策略遵守的名单当时未读取"),
    "shadow-why-attempts-not-counted": ("it limits attempts that were not counted then", "候选策略限制的次数当时未计"),
    "shadow-why-rules-not-run": ("it rests on rules of your own, which are not run here", "取决于自定规则, 此处不运行"),
    "shadow-why-facts-missing": ("what it rests on is not on record", "所依据的事实没有记录"),
    "shadow-campaign-unknown": ("campaign-unknown", "campaign-unknown 候选策略没有此活动"),
    "shadow-changes": (
        (
            "{n} would change: {stopped} would be stopped, {let_go} would be let go; "
            "{same} would not, {otherwise} of them for another reason"
        ),
        "{n} 次会改变: {stopped} 次会被拦下, {let_go} 次会被放行; {same} 次不变, 其中 {otherwise} 次原因不同",
    ),
    "shadow-stopped": ("the candidate would stop, by its reason", "候选策略会拦下, 按其原因"),
    "shadow-let-go": ("the candidate would let go, by the reason that stops them now", "候选策略会放行, 按现行拦下的原因"),
    "shadow-enforced": ("enforcing would stop, of what was let go", "若强制, 会拦下已放行的"),
    "shadow-hours": ("most of them in these hours ({zone})", "最多的时段 ({zone})"),
}
