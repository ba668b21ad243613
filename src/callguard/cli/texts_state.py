"""What the command line says of refusals, consents, callers' statuses and keys, in English and Chinese."""

from __future__ import annotations

from typing import Final

STATE: Final[dict[str, tuple[str, str]]] = {
    "refuse-one": ("one CALLEE", "单个 CALLEE"),
    "refuse-no-lift": (
        "`--proof` is for `--lift`, which ends a refusal; leave it out, or add `--lift`",
        "`--proof` 用于 `--lift` (解除拒绝); 请去掉, 或加上 `--lift`",
    ),
    "refuse-ahead": (
        "`--at` is `{text}`, which lies ahead; accepted: when the callee refused; without it, now",
        "`--at` 为 `{text}`, 尚未到来; 可接受: 被叫拒绝的时刻; 不写则为现在",
    ),
    "callee-unread": (
        "the number cannot be read; accepted: with its country code or area code, as 138 0013 0100, 010-8555-0100, +65 8155 0100",
        "号码无法识别; 可接受: 带国家码或区号, 如 138 0013 0100, 010-8555-0100, +65 8155 0100",
    ),
    "proof-missing": (
        "`--proof` is missing: what proves that the callee agreed, as a letter, a recording, a form and their date",
        "缺少 `--proof`: 能证明被叫同意的凭据, 如信函、录音、表单及其日期",
    ),
    "refused-kept": (
        "refusal kept: {callee} is not called any more for `{scope}` (since {at})",
        "拒绝已记录: `{scope}` 不再拨打 {callee} (自 {at})",
    ),
    "refused-lifted": (
        "all refusals of {callee} for `{scope}` have ended; what else forbids a call still does",
        "{callee} 对 `{scope}` 的拒绝已全部解除; 其他禁止拨打的规则仍然有效",
    ),
    "consent-kept": ("consent kept: {callee} for `{scope}`, without an end", "同意已记录: {callee}, `{scope}`, 无期限"),
    "consent-kept-until": ("consent kept: {callee} for `{scope}`, until {until}", "同意已记录: {callee}, `{scope}`, 至 {until}"),
    "consent-past": (
        "`--until` is past: this consent is on record, and permits no call from now on",
        "`--until` 已过: 该同意已记录在案, 但不再允许任何呼叫",
    ),
    "consent-withdrawn": ("all consents of {callee} for `{scope}` have ended", "{callee} 对 `{scope}` 的同意已全部撤回"),
    "caller-set": ("{number} is {status}", "{number}: {status}"),
    "caller-stricter": (
        "the policy says {status}, which is stricter and holds: change `status` in the policy, too",
        "策略中写的是 {status}, 更严格者生效: 请同时修改策略中的 `status`",
    ),
    "stdin": ("standard input", "标准输入"),
    "importing": ("taking in", "导入中"),
    "import-ended": (
        "{why}; {n} {n:refusal|refusals} of the file {n:is|are} on record, and may be taken in again",
        "{why}; 文件中已有 {n} 条拒绝记录在案, 可重新导入",
    ),
    "imported": ("{n} {n:row|rows} of {file}, refusals for `{scope}`", "{file} 共 {n} 行, 范围 `{scope}` 的拒绝"),
    "import-dates": ("since when: column `{column}`", "拒绝时刻列: `{column}`"),
    "import-taken": ("{n} taken", "采用 {n} 行"),
    "import-already": ("{n} on record already", "{n} 行此前已记录"),
    "import-no-number": ("{n} skipped, no number: {lines}", "跳过 {n} 行, 不是号码: {lines}"),
    "import-ambiguous-integer": (
        "{n} skipped, an integer that may be read in two ways (`integers` in the policy says how): {lines}",
        "跳过 {n} 行, 整数有两种读法 (由策略的 `integers` 决定): {lines}",
    ),
    "import-bad-instant": ("{n} skipped, no instant: {lines}", "跳过 {n} 行, 不是时刻: {lines}"),
    "import-more": ("{n} more skipped", "另有 {n} 行跳过"),
    "import-undated": (
        "{n} taken as of now, the date cannot be read, or lies ahead: {lines}",
        "{n} 行的日期无法读取或尚未到来, 按现在计: {lines}",
    ),
    "key-exists": ("`{path}` is there already, and a key is never overwritten", "`{path}` 已存在, 密钥绝不覆盖"),
    "key-written": ("key {id} written to {path}, which only you may read", "密钥 {id} 已写入 {path}, 仅本人可读"),
    "key-new": ("{path} written: the key of state and log, which only you may read", "已写入 {path}: 状态和日志的密钥, 仅本人可读"),
    "key-kept": ("{path} is there already, and is the key", "{path} 已存在, 继续用作密钥"),
    "key-secret": (
        "key {id}: who has it can read state and log; without it nobody can. Keep it in a secret store",
        "密钥 {id}: 持有者可读取状态和日志; 丢失则无人可读。请存入密钥管理系统",
    ),
    "key-away": (
        "{path} opens state and log: it belongs in a secret store, and never into the same backup as the state",
        "{path} 可打开状态和日志: 应存入密钥管理系统, 绝不与状态同处备份",
    ),
    "git-ignore": ("in .gitignore belong: {names}", "应写入 .gitignore: {names}"),
}
