"""Every text of the command line that people read, in English and Chinese; the commands' help stands in `helps`."""

from __future__ import annotations

from typing import Final

from callguard.cli.texts_indexes import INDEXES
from callguard.cli.texts_inspect import INSPECT
from callguard.cli.texts_log import LOG
from callguard.cli.texts_packs import TEXTS as PACKS
from callguard.cli.texts_permits import PERMITS
from callguard.cli.texts_plan import PLAN
from callguard.cli.texts_proxy import PROXY
from callguard.cli.texts_report import REPORT
from callguard.cli.texts_serve import SERVE
from callguard.cli.texts_shadow import SHADOW
from callguard.cli.texts_state import STATE

TEXTS: Final[dict[str, tuple[str, str]]] = {
    # what stands on its own
    "missing-extra": (
        "the command line needs click and rich; pip install 'callguard-outbound[cli]'",
        "命令行需要 click 和 rich: pip install 'callguard-outbound[cli]'",
    ),
    "error": ("error", "错误"),
    "note": ("note", "提示"),
    "usage": ("Usage", "用法"),
    "arguments": ("Arguments", "参数"),
    "options": ("Options", "选项"),
    "commands": ("Commands", "命令"),
    "example": ("Example", "示例"),
    "exit-status": ("Exit status", "退出状态"),
    "default": ("default", "默认"),
    "stopped": ("stopped", "已停止"),
    # errors
    "no-policy": (
        "no policy here: name one by `--policy FILE` or CALLGUARD_POLICY, or make one by `callguard init`",
        "此处没有策略文件: 请用 `--policy FILE` 或 CALLGUARD_POLICY 指明, 或用 `callguard init` 新建",
    ),
    "no-file": ("there is no file `{path}`", "没有文件 `{path}`"),
    "os-error": ("`{path}`: {why}", "`{path}`: {why}"),
    "bad-policy": ("the policy cannot be used: {n} {n:thing|things} to mend", "策略无法使用: {n} 处需要修改"),
    "found": ("found", "实际为"),
    "accepted": ("accepted", "可接受"),
    "hint": ("hint", "提示"),
    "which-campaign": ("say which campaign by `--campaign`: {names}", "请用 `--campaign` 指明活动: {names}"),
    "which-caller": ("say which caller number by `--caller`: {names}", "请用 `--caller` 指明主叫号码: {names}"),
    "no-campaign": ("the policy has no campaign", "策略中没有活动"),
    "no-caller": ("campaign `{campaign}` has no caller number", "活动 `{campaign}` 没有主叫号码"),
    "bad-at": (
        "`{option}` is `{text}`; accepted: an instant as 2026-11-24T20:59:30+08:00, or without the offset in {zone}",
        "`{option}` 为 `{text}`; 可接受: 2026-11-24T20:59:30+08:00 这样的时刻, 不带偏移时按 {zone}",
    ),
    "bad-day-or-at": (
        "`{option}` is `{text}`; accepted: a day as 2026-11-24, or an instant as 2026-11-24T20:59:30, with its offset or in {zone}",
        "`{option}` 为 `{text}`; 可接受: 日期如 2026-11-24, 或时刻如 2026-11-24T20:59:30, 不带偏移时按 {zone}",
    ),
    "bad-range": ("`{option}` takes a whole number, {least} to {most}", "`{option}` 须为整数, {least} 至 {most}"),
    "bad-least": ("`{option}` takes a whole number, {least} or more", "`{option}` 须为整数, 不小于 {least}"),
    "bad-choice": ("`{option}` is `{value}`; accepted: {choices}", "`{option}` 为 `{value}`; 可接受: {choices}"),
    "missing-option": ("`{option}` is missing", "缺少 `{option}`"),
    "missing-argument": ("{option} is missing", "缺少 {option}"),
    "no-option": ("there is no option `{option}`", "没有选项 `{option}`"),
    "no-command": ("there is no command `{name}`", "没有命令 `{name}`"),
    "too-many": ("too many arguments: {extra}", "参数过多: {extra}"),
    "needs-value": ("`{option}` needs a value", "`{option}` 需要一个值"),
    "did-you-mean": ("did you mean {names}?", "是否想输入 {names}?"),
    "see-help": ("`{path} --help` shows how", "用 `{path} --help` 查看用法"),
    "same-file": ("`--out` is missing: the file to write, `-` for standard output", "缺少 `--out`: 要写入的文件, `-` 为标准输出"),
    "out-folder": ("there is no folder `{path}` to write into", "没有可写入的目录 `{path}`"),
    "table-empty": ("there is nothing in `{path}`", "`{path}` 是空的"),
    "table-not-text": ("`{path}` is {what}, not CSV; save it as CSV first", "`{path}` 不是 CSV ({what}); 请先另存为 CSV"),
    "table-no-numbers": (
        "no column of `{path}` reads as phone numbers; say which one by `--column`: {columns}",
        "`{path}` 中没有一列像是电话号码; 请用 `--column` 指明: {columns}",
    ),
    "table-no-column": ("`{path}` has no column `{name}`; it has: {columns}", "`{path}` 没有 `{name}` 列; 现有: {columns}"),
    "table-record": (
        "the record that begins at line {line} of `{path}` cannot be read ({error}); is a quotation mark never closed?",
        "`{path}` 第 {line} 行开始的记录无法读取 ({error}); 是否有引号未闭合?",
    ),
    "is-folder": ("`{path}` is a folder, not a file", "`{path}` 是目录, 不是文件"),
    "is-no-file": ("`{path}` is no file that can be read", "`{path}` 不是可读取的文件"),
    "may-not-read": ("`{path}` may not be read: permission denied", "`{path}` 无法读取: 没有权限"),
    "may-not-write": ("nothing may be written into the folder `{path}`: permission denied", "目录 `{path}` 不可写入: 没有权限"),
    "empty-name": ("`{option}` is empty; accepted: a file, or `-`", "`{option}` 为空; 可接受: 文件名, 或 `-`"),
    "out-same": (
        "`--out` is {what}, `{path}`, which is never overwritten; name another file",
        "`--out` 就是{what} `{path}`, 绝不覆盖; 请另写文件名",
    ),
    "out-input": ("the file that is read", "被读取的文件"),
    "out-policy": ("the policy", "策略文件"),
    "out-part": ("a file of the policy", "策略所用的文件"),
    "bad-at-day": (
        "`{option}` is `{text}`; accepted: an instant: a time is missing, as in {text}T10:00",
        "`{option}` 为 `{text}`; 可接受: 时刻, 缺少时间, 如 {text}T10:00",
    ),
    "bad-at-years": (
        "`{option}` is `{text}`; accepted: an instant in the years 2000 to 2049",
        "`{option}` 为 `{text}`; 可接受: 2000 至 2049 年的时刻",
    ),
    "unknown-campaign": ("no campaign is named `{name}`; accepted: {names}", "没有名为 `{name}` 的活动; 可接受: {names}"),
    "unknown-caller": (
        "`{option}` `{number}` is not among the policy's callers: {names}",
        "`{option}` `{number}` 不在策略的主叫之列: {names}",
    ),
    "unknown-scope": ("no scope is named `{name}`; accepted: {names}", "没有名为 `{name}` 的范围; 可接受: {names}"),
    "bad-place": (
        "`--place` is `{text}`; accepted: ISO 3166 codes (CN-GD, US-FL, DE), 广东, Guangdong",
        "`--place` 为 `{text}`; 可接受: ISO 3166 代码 (CN-GD, US-FL, DE), 广东, Guangdong",
    ),
    "place-elsewhere": (
        "`--place` is `{text}`, and the number is of `{country}`; accepted: `{country}`, or a part of it",
        "`--place` 为 `{text}`, 而号码属于 `{country}`; 可接受: `{country}` 或其下属地区",
    ),
    "table-binary": (
        "`{path}` is not a text file; accepted: CSV in UTF-8, UTF-16 or GB 18030",
        "`{path}` 不是文本文件; 可接受: UTF-8、UTF-16 或 GB 18030 的 CSV",
    ),
    "table-unclosed": (
        "a quotation mark that opens in the record at line {line} of `{path}` is never closed",
        "`{path}` 第 {line} 行开始的记录中有引号未闭合",
    ),
    "undecided": (
        (
            "{n} {n:row is|rows are} `undecided`, and not to be called: the place told cannot be read, "
            "or is in another country than the number ({rows})"
        ),
        "{n} 行为 `undecided`, 不可拨打: 所写地点无法识别, 或与号码不在同一国家或地区 ({rows})",
    ),
    "rows-first": ("row {rows}", "第 {rows} 行"),
    "rows-firsts": ("rows {rows}", "第 {rows} 行"),
    "spreadsheet": (
        (
            '{n} {n:cell looks|cells look} like spreadsheet text or rounded numbers (\'138…, ="138…", 1.38E+10): '
            "`invalid-number`; export the column as plain text"
        ),
        (
            '{n} 个单元格像是电子表格的文本或被舍入的数字 (\'138…, ="138…", 1.38E+10): '
            "按 `invalid-number` 处理; 请将该列以纯文本导出"
        ),
    ),
    "skipped-rows": ("{n} skipped: {lines}", "跳过 {n} 行: {lines}"),
    "undated-rows": ("{n} {n:date|dates} unread: {lines}", "{n} 行日期未读: {lines}"),
    # decisions
    "yes": ("may be called", "可以拨打"),
    "no": ("may not be called", "不可拨打"),
    "callee": ("callee", "被叫"),
    "campaign": ("campaign", "活动"),
    "caller": ("caller", "主叫"),
    "at": ("at", "时刻"),
    "rule": ("rule", "规则"),
    "reason": ("reason", "原因"),
    "law": ("source", "出处"),
    "holds-until": ("holds until", "此结论有效至"),
    "rule-until": ("this rule", "此规则"),
    "next-allowed": ("all rules", "全部规则"),
    "may-differ": ("may answer differently from {at}", "{at} 起可能改变"),
    "passes-from": ("pass from {at}", "{at} 起全部通过"),
    "never": ("no passing of time alone will do", "仅凭时间推移不会改变"),
    "for-good": ("for good, as things stand", "按现状长期有效"),
    "provisional": (
        "provisional: the calendar of that year is not published yet",
        "暂定: 该年的放假安排尚未公布",
    ),
    "unknown-place": ("place unknown", "地点未知"),
    "told": ("told", "告知"),
    "in-time": ("in {span}", "{span}后"),
    # explain
    "passes": ("passes", "通过"),
    "denies": ("denies", "拒绝"),
    "does-not-apply": ("does not apply", "不适用"),
    "facts": ("what it saw", "所见事实"),
    "until": ("until", "有效至"),
    "findings": (
        "{passes} {passes:rule passes|rules pass}, {denies} deny, {skips} do not apply",
        "{passes} 条通过, {denies} 条拒绝, {skips} 条不适用",
    ),
    # scrub
    "rows": ("rows", "行数"),
    "share": ("share", "占比"),
    "screened": ("{n} {n:row|rows} of {name} screened for {campaign} at {at}", "{name} 共 {n} 行, 按活动 {campaign} 于 {at} 筛查"),
    "took-named": ("numbers in column `{column}`, as told", "号码列: `{column}` (由你指明)"),
    "took-header": ("numbers in column `{column}`, by its name", "号码列: `{column}` (按列名)"),
    "took-values": ("numbers in column `{column}`, by what its values read as", "号码列: `{column}` (按内容)"),
    "took-only": ("numbers in column `{column}`, the only one", "号码列: `{column}` (唯一一列)"),
    "no-header": ("the file has no header; its columns are called 1, 2, …", "文件没有表头; 各列称为 1, 2, …"),
    "read-as": ("read as {encoding}, columns parted by {delimiter}", "编码 {encoding}, 分隔符 {delimiter}"),
    "places-from": ("places from column `{column}`", "地点列: `{column}`"),
    "folded": ("{n} {n:row contains|rows contain} line breaks (first: row {first})", "{n} 行含有换行 (首行: 第 {first} 行)"),
    "place-hint": (
        (
            "{n} {n:row is|rows are} `region-blocked`, many for a province that the digits do not tell; "
            "`--place-column` says where people are"
        ),
        "{n} 行为 `region-blocked`, 其中许多是号码不能说明省份; 可用 `--place-column` 指明所在地",
    ),
    "written": ("written to {path}", "已写入 {path}"),
    "screening": ("screening", "筛查中"),
    # init
    "exists": ("`{path}` is there already; `--force` overwrites it", "`{path}` 已存在; 用 `--force` 覆盖"),
    "wrote": ("{path} written", "已写入 {path}"),
    "next": ("What the rules say of a call:", "看看各条规则对一个呼叫怎么说:"),
    "missing-call-centre": (
        "no date for the call-centre licence: until `issued` is filled in, every call is denied `licence-missing`",
        "未写呼叫中心许可证签发日: 填写 `issued` 之前, 所有呼叫均为 `licence-missing`",
    ),
    "missing-sector": (
        "no date for the sector's own licence: until it is filled in, calls are denied `sector-licence-missing`",
        "未写行业许可证签发日: 填写之前, 呼叫均为 `sector-licence-missing`",
    ),
    "missing-ai": (
        "no date for the AI filing: until it is filled in, calls are denied `filing-missing`",
        "未写人工智能业务备案日: 填写之前, 呼叫均为 `filing-missing`",
    ),
    "missing-callers": (
        "no number to call from: until there is one, every caller is denied `caller-unknown`",
        "没有主叫号码: 填写之前, 任何主叫均为 `caller-unknown`",
    ),
    "missing-filed": (
        "neither filed nor obtained: until one is filled in, the numbers are denied `caller-unfiled`",
        "未写号码取得日和备案日: 填写之前, 主叫均为 `caller-unfiled`",
    ),
    "ask-name": ("Name of the enterprise", "企业名称"),
    "ask-region": ("Where it is, as an ISO country code", "所在国家或地区 (ISO 代码)"),
    "ask-purpose": ("What the calls are for", "呼叫用途"),
    "ask-sector": ("Trade", "行业"),
    "ask-campaign": ("A name for this campaign", "活动名称"),
    "ask-ai": ("Does a voice robot or an automatic dialer call?", "是否由 AI 语音或自动外呼拨打?"),
    "ask-call-centre-issued": (
        "Call-centre licence: day of issue, YYYY-MM-DD (empty: none)",
        "呼叫中心许可证签发日 YYYY-MM-DD (空: 无)",
    ),
    "ask-province": (
        "Provinces that it covers, parted by commas (empty: the whole country)",
        "许可证覆盖的省份, 逗号分隔 (空: 全网)",
    ),
    "ask-sector-issued": ("The sector's own licence: day of issue (empty: none)", "行业许可证签发日 (空: 无)"),
    "ask-ai-filed": ("AI calling: day of filing (empty: none)", "人工智能业务备案日 (空: 无)"),
    "ask-caller": ("Numbers to call from, parted by commas", "主叫号码, 逗号分隔"),
    "ask-obtained": ("Numbers obtained on (empty: not known)", "号码取得日 (空: 不详)"),
    "ask-filed": ("Numbers filed on (empty: not yet)", "号码备案日 (空: 尚未)"),
    "ask-timezone": ("Its time zone", "时区"),
    "init-region": ("a country, as CN, US, SG", "国家或地区, 如 CN, US, SG"),
    "init-zone": ("a time zone, as Asia/Shanghai", "时区, 如 Asia/Shanghai"),
    "init-province": ("provinces of the mainland, as CN-GD, 广东 or Guangdong", "大陆省份, 如 CN-GD, 广东, Guangdong"),
    "init-from": ("a day from {day} on, when they were obtained", "{day} (取得日) 或之后的日期"),
    "init-national": (
        "`--national` and `--province` exclude each other: a licence is national, or holds in provinces",
        "`--national` 与 `--province` 不能同时使用: 许可证或为全网, 或为地网",
    ),
    "init-timezone": (
        "`--timezone` is missing: `{region}` has {n} time zones; accepted: {zones}",
        "缺少 `--timezone`: `{region}` 有 {n} 个时区; 可接受: {zones}",
    ),
    "init-no-caller": ("no `--caller`", "未写 `--caller`"),
    "init-useless": ("`{option}` has no use with {why}; leave it out", "`{option}` 与 {why} 同用没有意义; 请去掉"),
    "ask-again": ("  `{value}`: accepted: {accepted}", "  `{value}`: 可接受: {accepted}"),
    # demo
    "moment-evening": ("half a minute to nine", "晚九点前半分钟"),
    "moment-make-up": ("make-up working Sunday", "调休上班的周日"),
    "moment-holiday": ("National Day", "国庆节"),
    "demo-title": ("May these calls be placed, now?  {name}", "这些电话现在可以打吗?  {name}"),
    "demo-leads": (
        "{n} leads of {folder}, numbers in column `{column}`, {told} with a province told; nothing is dialled, nothing is kept",
        "{folder} 的 {n} 条线索, 号码列 `{column}`, 其中 {told} 条注明省份; 不拨打, 不保存",
    ),
    "demo-reasons": ("{campaign} ({purpose}): may the leads be called?", "{campaign} ({purpose}): 这些线索可以打吗?"),
    "demo-campaigns": ("What may be called, by campaign", "各活动可拨打的线索"),
    "demo-examples": ("Why not", "为何不可"),
    "demo-next": (
        "When the {n} denied on {moment} may be called next (a sample of {sample})",
        "{moment}被拒的 {n} 条何时可以再打 (抽样 {sample} 条)",
    ),
    "demo-unknown": (
        "{share} of the {n} region-blocked are in a province that nobody knows: tell it (`place=`)",
        "{n} 条 region-blocked 中 {share} 是省份未知: 请告知 (`place=`)",
    ),
    "demo-unknown-hcode": (
        "{share} of the {n} region-blocked are in a province that nobody knows: tell it (`place=`), or install the extra [hcode]",
        "{n} 条 region-blocked 中 {share} 是省份未知: 请告知 (`place=`), 或安装扩展 [hcode]",
    ),
    "empty": ("(empty)", "(空)"),
    "demo-never": ("not by waiting", "等待无用"),
    "demo-speed": ("Decisions a second, one core, Python {python}, {core}", "每秒判断数, 单核, Python {python}, {core}"),
    "demo-refusal": ("Someone refuses", "有人拒绝来电"),
    "demo-try": ("Now you:", "接下来试试:"),
    "speed-written": ("scrub, numbers as people write them", "scrub, 人们随意写的号码"),
    "speed-plain": ("scrub, plain numbers", "scrub, 规整号码"),
    "speed-each": ("may_dial, another number each time", "may_dial, 每次不同号码"),
    "speed-again": ("may_dial, one number again and again", "may_dial, 同一号码反复"),
    "per-second": ("a second", "次/秒"),
    "compiled": ("compiled core", "编译核心"),
    "interpreted": ("interpreted core", "解释执行"),
    # bench
    "measuring": ("measuring", "测速中"),
    "bench-head": (
        "How fast {campaign} is decided here, with {lists} {lists:list|lists}",
        "活动 {campaign} 在本机的判断速度 ({lists} 份名单)",
    ),
    "bench-takes": ("takes", "用时"),
    "bench-times": ("times an empty call", "空调用的倍数"),
    "bench-empty": ("an empty Python call", "空的 Python 调用"),
    "bench-campaign": ("may_dial, a campaign: random numbers of 2,000 blocks", "may_dial, 一个活动: 2,000 个号段中的随机号码"),
    "bench-p50": ("may_dial, random callees: half take at most", "may_dial, 随机被叫: 半数不超过"),
    "bench-p99": ("may_dial, random callees: 99 in 100", "may_dial, 随机被叫: 99% 不超过"),
    "bench-p999": ("may_dial, random callees: 999 in 1,000", "may_dial, 随机被叫: 99.9% 不超过"),
    "bench-text": ("scrub, a row of a list of text", "scrub, 文本列表的一行"),
    "bench-int64": ("scrub, a row of a NumPy int64 array", "scrub, NumPy int64 数组的一行"),
    "bench-threads": ("the same, {n} threads", "同上, {n} 个线程"),
    "bench-open": ("opening the guard", "打开 guard"),
    # lists
    "list": ("list", "名单"),
    "path": ("file", "文件"),
    "kept": ("kept", "采用"),
    "skipped": ("skipped", "跳过"),
    "undated": ("dates unread", "日期未读"),
    "held": ("held now", "当前生效"),
    "since": ("since", "起"),
    "honoured-by": ("honoured by", "遵守的活动"),
    "line-number": ("line {lines}", "第 {lines} 行"),
    "line-numbers": ("lines {lines}", "第 {lines} 行"),
    "no-lists": ("the policy has no suppression list", "策略中没有禁呼名单"),
    **INDEXES,
    **SERVE,
    **PACKS,
    **STATE,
    **PROXY,
    **PLAN,
    **REPORT,
    **INSPECT,
    **LOG,
    **PERMITS,
    **SHADOW,
    # callers
    "number": ("number", "号码"),
    "kind": ("kind", "种类"),
    "province": ("province", "省份"),
    "filing": ("filing", "备案"),
    "status": ("status", "状态"),
    "campaigns": ("campaigns", "活动"),
    "no-callers": ("the policy has no caller number", "策略中没有主叫号码"),
    "filed": ("filed {day}", "{day} 已备案"),
    "filed-later": ("filed from {day} on", "{day} 起已备案"),
    "due": ("due in {n} {n:day|days}, by {day}", "还剩 {n} 天, 最迟 {day}"),
    "due-tomorrow": ("due tomorrow, {day}", "明天 {day} 截止"),
    "due-today": ("due today", "今天截止"),
    "overdue": ("overdue since {day}", "{day} 起逾期"),
    "not-obtained": ("obtained only on {day}", "{day} 才取得"),
    "undeclared": ("neither filed nor obtained: denied", "未写备案日和取得日: 拒绝"),
    "not-needed": ("not needed here", "此地不需要"),
    "active": ("active", "正常"),
    "suspended": ("suspended", "暂停"),
    "reclaimed": ("reclaimed", "收回"),
    # licences
    "no-licences": ("the policy has no licence and no filing", "策略中没有许可证和备案"),
    "licence": ("licence", "许可证"),
    "licence-number": ("number", "编号"),
    "issued": ("issued", "签发或备案"),
    "last-day": ("last valid day", "最后有效日"),
    "licence-valid": ("{n} {n:day|days} left", "还剩 {n} 天"),
    "licence-ends": ("{n} {n:day|days} left", "还剩 {n} 天"),
    "licence-unlimited": ("no end", "无期限"),
    "licence-ended": ("ended", "已到期"),
    "licence-not-yet": ("not yet valid", "尚未生效"),
    "none": ("none", "无"),
    "true": ("yes", "是"),
    "false": ("no", "否"),
}
