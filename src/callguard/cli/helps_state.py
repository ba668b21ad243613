"""The help of the commands that keep and read state and log, in English and Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from callguard.cli.helps import Pair

SHORT: Final[dict[str, Pair]] = {
    "refuse": ("Keep a refusal, end one, take in a list of them", "记录、解除或导入拒绝"),
    "consent": ("Keep a consent, or its end", "记录或撤回同意"),
    "callers set": ("Say what became of a caller number", "记录主叫号码的变动"),
    "log": ("The call log: check, search, export, decide again, cut", "呼叫日志: 校验、查询、导出、重判、清除"),
    "log verify": ("Check every link of the log", "校验日志的全部链接"),
    "log search": ("Find records", "查询记录"),
    "log export": ("Write records to a CSV or Parquet file", "导出为 CSV 或 Parquet"),
    "log replay": ("Decide logged calls again", "重新判断已记录的呼叫"),
    "log purge": ("Remove what has been kept long enough", "清除保存期满的记录"),
    "log keygen": ("Make a new key", "生成新密钥"),
}

COMMANDS: Final[dict[str, Pair]] = {
    "refuse": (
        (
            "Keep a callee's refusal: from then on every process that shares the state denies calls. `--import FILE` "
            "takes in a CSV or text file of them: what was taken, what was on record, what was skipped and why; a "
            "file may be taken in again. `--lift --proof TEXT` ends a refusal of one scope by the proof of newer "
            "consent; both stay on record."
        ),
        (
            "记录被叫的拒绝: 此后共享该状态的所有进程均拒绝拨打。`--import 文件` 导入 CSV 或文本名单: 采用了哪些, "
            "哪些此前已记录, 跳过哪些及原因; 可重复导入。`--lift --proof 凭据` 凭更新的同意解除一个范围的拒绝; "
            "两者均保留在案。"
        ),
    ),
    "consent": (
        (
            "Keep a callee's consent, with what proves it; it satisfies `require_consent` and never ends a refusal. "
            "`--withdraw` ends all consents of one scope."
        ),
        "记录被叫的同意及其凭据; 可满足 `require_consent`, 但绝不解除拒绝。`--withdraw` 撤回一个范围的全部同意。",
    ),
    "callers set": (
        (
            "Put on record that a caller number is active, suspended or reclaimed, at once in every process that "
            "shares the state. Of this and the policy's own `status` the stricter holds."
        ),
        "记录主叫号码正常、暂停或收回, 共享该状态的所有进程立即生效。与策略中的 `status` 以更严格者为准。",
    ),
    "log": (
        ("The number-usage log that the policy's [call_log] keeps: what was asked, decided and dialled, sealed and chained."),
        "策略的 [call_log] 所保存的号码使用日志: 询问、判断与拨打的记录, 加密并成链。",
    ),
    "log verify": (
        (
            "Read the whole log, and check every link, the register of writers, and what chains say of each other. "
            "Prints a digest, to be kept elsewhere: with `--expect` a log that was cut or put back to an earlier "
            "copy is found, too. `--expect` takes an export's manifest as well, and then checks the exported file."
        ),
        (
            "通读日志, 校验每个链接、写入者登记簿以及各链的相互见证。输出摘要, 请另处保存: 以 `--expect` 给出后, "
            "被截断或恢复为旧副本的日志也能发现。`--expect` 也接受导出的清单文件, 并校验导出文件。"
        ),
    ),
    "log search": (
        (
            "Show decisions with their outcomes, the newest last, numbers masked: by callee, caller, campaign, days "
            "(both included) and reason."
        ),
        "显示判断及结果, 最新的在最后, 号码脱敏: 按被叫、主叫、活动、日期 (含首尾) 和原因查询。",
    ),
    "log export": (
        (
            "Write the records that match to a new .csv or .parquet file, and a signed manifest beside it. Numbers "
            "are masked unless `--unmask` asks for them, and `--why` says what for; every asking goes on record."
        ),
        (
            "将符合的记录写入新的 .csv 或 .parquet 文件, 并附签名清单。号码脱敏, 除非以 `--unmask` 要求并以 `--why` "
            "说明用途; 每次导出均记录在案。"
        ),
    ),
    "log replay": (
        (
            "Decide logged calls again on the facts that were recorded, by the law of their day, which is archived; "
            "or by `current`, the policy and packs as they are now; or by another policy file. Shows what differs, "
            "and what cannot be told."
        ),
        ("以记录的事实重新判断呼叫: 按存档的当时规则, 或 `current` (现行策略和规则), 或另一策略文件。显示差异和无法判断之处。"),
    ),
    "log purge": (
        (
            "Remove the records of whole days before a date, once each has been kept for the policy's months, six at "
            "least; before that it is refused. A signed anchor stays, from which `log verify` starts, and a record "
            "of who removed what."
        ),
        (
            "删除某日之前整日的记录, 须已保存满策略规定的月数 (至少六个月), 否则拒绝。保留签名锚点供 `log verify` "
            "起算, 并记录何人删除了什么。"
        ),
    ),
    "log keygen": (
        (
            "Print a new random key, or write it to a file that nobody else may read. To rotate, put the new key "
            "before the old ones, with blanks between: what they sealed can still be read."
        ),
        ("输出新的随机密钥, 或写入仅本人可读的文件。轮换时将新密钥写在旧密钥之前, 以空格分隔: 旧密钥所加密的仍可读取。"),
    ),
}

EXAMPLES: Final[dict[str, tuple[str, ...]]] = {
    "refuse": (
        'callguard refuse "138 0013 0100"',
        "callguard refuse --import refusals.csv --at-column date --source crm",
        'callguard refuse --lift --proof "letter of 2026-11-02" "138 0013 0100"',
    ),
    "consent": (
        'callguard consent "138 0013 0100" --proof "form 4711" --until 2027-06-30',
        'callguard consent --withdraw "138 0013 0100"',
    ),
    "callers set": ("callguard callers set 010-8555-0100 suspended",),
    "log": ("callguard log verify", "callguard log search --since 2026-11-01"),
    "log verify": ("callguard log verify", "callguard log verify --expect november.csv.manifest.json --json"),
    "log search": (
        'callguard log search --number "138 0013 0100"',
        "callguard log search --since 2026-11-01 --until 2026-11-30 --reason calling-window --json",
    ),
    "log export": (
        "callguard log export --out november.csv --since 2026-11-01 --until 2026-11-30",
        'callguard log export --out complaint.csv --number "138 0013 0100" --unmask --why "complaint 17"',
    ),
    "log replay": ("callguard log replay --since 2026-11-01", "callguard log replay --law new-policy.toml"),
    "log purge": ("callguard log purge --before 2026-05-01", "callguard log purge --before 2026-05-01 --dry-run"),
    "log keygen": ("callguard log keygen", "callguard log keygen --out callguard.key"),
}

STATUS: Final[dict[str, Pair]] = {
    "refuse": (
        "0 all of it is on record; 1 it is, but rows or dates of a file could not be read; 2 not kept",
        "0 全部记录在案; 1 已记录, 但文件中有行或日期未能读取; 2 未记录",
    ),
    "consent": ("0 on record, 2 not kept", "0 已记录, 2 未记录"),
    "callers set": (
        "0 on record and in force, 1 on record, but the policy's own is stricter; 2 not kept",
        "0 已记录并生效, 1 已记录但策略更严格, 2 未记录",
    ),
    "log": ("0 shown, 2 could not be shown", "0 已显示, 2 无法显示"),
    "log verify": ("0 nothing is wrong, 1 something is, 2 could not be read", "0 无误, 1 有误, 2 无法读取"),
    "log search": ("0 found, 1 nothing matches, 2 could not be read", "0 找到, 1 没有符合的, 2 无法读取"),
    "log export": ("0 written, 2 not written", "0 已写入, 2 未写入"),
    "log replay": (
        "0 every call is decided as it was, 1 one is not, or cannot be; 2 could not be read",
        "0 全部相同, 1 有不同或无法判断的, 2 无法读取",
    ),
    "log purge": ("0 removed, 1 too early, 2 could not be done", "0 已删除, 1 为时过早, 2 无法完成"),
    "log keygen": ("0 made, 2 not made", "0 已生成, 2 未生成"),
}

OPTIONS: Final[dict[str, Pair]] = {
    "refuse.callee": ("the number that refuses, in any writing", "拒绝来电的号码, 任何写法"),
    "refuse.source": ("where the refusal comes from; of a file: its name", "拒绝的来源; 导入时默认为文件名"),
    "refuse.at": (
        "when it happened, if not now: ISO instant, with its offset or in the enterprise's time",
        "发生的时刻 (默认现在): ISO 时刻, 带偏移或按企业当地时间",
    ),
    "refuse.file": (
        "a CSV or text file of numbers that refuse, `-` for standard input",
        "拒绝来电的号码文件 (CSV 或文本), `-` 为标准输入",
    ),
    "refuse.column": ("its column of numbers, by name or place (1, 2, …); else found", "号码列, 列名或序号; 默认自动查找"),
    "at_column": ("its column that says since when; a day counts to its end", "说明何时拒绝的列; 只有日期时计至当日结束"),
    "lift": ("end the refusal of one scope", "解除一个范围的拒绝"),
    "proof": ("what proves the callee's consent", "被叫同意的凭据"),
    "scope": ("what it is for: enterprise, a further scope, or a campaign", "范围: enterprise, 其他范围或活动"),
    "consent.callee": ("the number that agrees, in any writing", "同意来电的号码, 任何写法"),
    "consent.until": ("its last day, or an instant; else without an end", "最后一天或时刻; 默认无期限"),
    "withdraw": ("end all consents of one scope", "撤回一个范围的全部同意"),
    "callers set.number": ("the caller number, of the policy's", "策略中的主叫号码"),
    "status": ("active, suspended or reclaimed", "active 正常, suspended 暂停, reclaimed 收回"),
    "expect": ("a digest that was printed before, or an export's manifest", "此前输出的摘要, 或导出的清单文件"),
    "number": ("records of this callee, in any writing", "该被叫的记录, 任何写法"),
    "log search.caller": ("records of this caller number", "该主叫的记录"),
    "log export.caller": ("records of this caller number", "该主叫的记录"),
    "log replay.caller": ("records of this caller number", "该主叫的记录"),
    "log search.campaign": ("records of this campaign", "该活动的记录"),
    "log export.campaign": ("records of this campaign", "该活动的记录"),
    "log replay.campaign": ("records of this campaign", "该活动的记录"),
    "since": ("the first day, or an instant", "起始日或时刻"),
    "until": ("the last day, or an instant", "截止日或时刻"),
    "reason": ("records decided for this reason", "以此原因判断的记录"),
    "limit": ("how many are shown at most (default: 1000)", "最多显示多少条 (默认 1000)"),
    "log export.out": (
        "the file to write, .csv or .parquet; nothing is overwritten",
        "要写入的 .csv 或 .parquet 文件; 绝不覆盖",
    ),
    "unmask": ("whole numbers, and proofs of consent", "完整号码及同意凭据"),
    "why": ("what for, which goes on record", "用途, 将记录在案"),
    "law": ("archived (default), current, or a policy file", "archived 存档 (默认), current 现行, 或策略文件"),
    "before": ("the first day that is kept", "保留的首日"),
    "dry_run": ("only say how many there are", "仅说明数量"),
    "log purge.yes": ("ask nothing", "不询问"),
    "log keygen.out": ("the file to write; never one that is there", "要写入的文件; 绝不覆盖"),
}
