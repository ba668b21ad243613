"""What the command line says of the call log, in English and Chinese."""

from __future__ import annotations

from typing import Final

LOG: Final[dict[str, tuple[str, str]]] = {
    "no-log": ("the policy has no [call_log]", "策略中没有 [call_log]"),
    "log-checking": ("checking", "校验中"),
    "log-removing": ("removing", "删除中"),
    "log-reading": ("reading", "读取中"),
    "log-exporting": ("exporting", "导出中"),
    "log-replaying": ("deciding again", "重新判断中"),
    "log-sound": (
        "every link is right: {n} {n:record|records} in {chains} {chains:chain|chains}",
        "链接全部正确: {n} 条记录, {chains} 条链",
    ),
    "log-digest": ("digest {digest}", "摘要 {digest}"),
    "log-keep": (
        "to be kept elsewhere: `log verify --expect` finds a log that does not lead on from there",
        "请另处保存: `log verify --expect` 可发现与此不相衔接的日志",
    ),
    "log-wrong": (
        "{n} {n:thing is|things are} wrong with {rows} {rows:record|records} in {chains} {chains:chain|chains}",
        "{rows} 条记录、{chains} 条链中有 {n} 处不对",
    ),
    "log-more": ("… and {n} more", "… 另有 {n} 处"),
    "log-unsealed": (
        "{n} {n:record is|records are} not sealed: without a key anybody who writes here could have changed them and their links",
        "{n} 条记录未加密: 没有密钥时, 能写入此处的人都可能改动记录及其链接",
    ),
    "log-no-checkpoint": ("the digest could not be put on record: {why}", "摘要未能记录在案: {why}"),
    "log-expect": (
        "`--expect` is `{text}`; accepted: a digest that `log verify` has printed, as 3-1204-9f86d0…, or an export's manifest",
        "`--expect` 为 `{text}`; 可接受: `log verify` 输出的摘要, 如 3-1204-9f86d0…, 或导出的清单文件",
    ),
    "log-export-whole": ("the exported file is as it was written", "导出文件与写出时一致"),
    "log-export-changed": ("the exported file is not as it was written", "导出文件与写出时不一致"),
    "log-export-away": (
        "`{path}` is not beside its manifest: whether it is as it was written cannot be said",
        "清单旁没有 `{path}`: 无法判断其是否与写出时一致",
    ),
    "log-backwards": (
        "`--since` is `{since}`, after `--until`, `{until}`; accepted: one that is not later",
        "`--since` 为 `{since}`, 晚于 `--until` `{until}`; 可接受: 不晚于它",
    ),
    "log-law": (
        "`--law` is `{law}`, and there is no such file; accepted: archived, current, or a policy file",
        "`--law` 为 `{law}`, 没有此文件; 可接受: archived, current, 或策略文件",
    ),
    "a-day": ("a day, as 2026-01-31", "日期, 如 2026-01-31"),
    "log-nothing": ("no record matches", "没有符合的记录"),
    "log-found": ("{n} {n:record|records}", "{n} 条记录"),
    "log-newest": (
        "the newest {shown} of {n} are shown; `--limit` shows more",
        "显示 {n} 条中最新的 {shown} 条; 用 `--limit` 显示更多",
    ),
    "log-shadow": ("{reason} (let go: not enforced)", "{reason} (未强制, 已放行)"),
    "log-unread": ("no number", "不是号码"),
    "log-released": ("given back", "已退还次数"),
    "outcome": ("outcome", "结果"),
    "log-out": ("`--out` is missing: the file to write, .csv or .parquet", "缺少 `--out`: 要写入的文件, .csv 或 .parquet"),
    "log-out-name": (
        "`--out` is `{out}`; accepted: a name that ends in .csv or .parquet",
        "`--out` 为 `{out}`; 可接受: 以 .csv 或 .parquet 结尾的文件名",
    ),
    "log-needs-arrow": (
        "what writes Parquet is missing: pip install 'callguard-outbound[arrow]'",
        "写 Parquet 需要: pip install 'callguard-outbound[arrow]'",
    ),
    "log-exists": ("`{path}` is there already; an export writes over nothing", "`{path}` 已存在; 导出绝不覆盖"),
    "log-why": (
        "`--why` is missing: what whole numbers are needed for, which goes on record",
        "缺少 `--why`: 需要完整号码的用途, 将记录在案",
    ),
    "log-exported": ("{n} {n:record|records} written to {path}", "{n} 条记录已写入 {path}"),
    "log-manifest": ("manifest {path}", "清单 {path}"),
    "log-then": ("then", "当时"),
    "log-now": ("now", "现在"),
    "log-cannot": ("cannot tell: {missing}", "无法判断: {missing}"),
    "log-replayed": (
        "{n} {n:call|calls} decided again: {equal} the same, {different} different, {cannot} cannot be told",
        "{n} 个呼叫重新判断: {equal} 个相同, {different} 个不同, {cannot} 个无法判断",
    ),
    "log-data": ("other versions then than now: {names}", "当时与现在版本不同: {names}"),
    "log-too-early": (
        "records before {day} are to be kept: each for {n} calendar months; `--before` may be {latest} or earlier",
        "{day} 之前的记录仍须保存: 每条保存 {n} 个日历月; `--before` 可为 {latest} 或更早",
    ),
    "log-purge-sure": ("Remove {n} {n:record|records} from before {day} for good?", "永久删除 {day} 之前的 {n} 条记录?"),
    "log-purged": ("{n} {n:record|records} from before {day} removed", "已删除 {day} 之前的 {n} 条记录"),
    "log-would-purge": ("{n} {n:record|records} from before {day} would be removed", "将删除 {day} 之前的 {n} 条记录"),
}
