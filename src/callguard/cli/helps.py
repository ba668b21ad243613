"""The help of every command, in English and Chinese."""

from __future__ import annotations

from typing import Final

from callguard.cli import (
    helps_permits,
    helps_proxy,
    helps_shadow,
    helps_state,
    texts_bundle,
    texts_inspect,
    texts_packs,
    texts_plan,
    texts_preflight,
    texts_report,
    texts_scrub,
    texts_serve,
    texts_versions,
)

Pair = tuple[str, str]

SHORT: Final[dict[str, Pair]] = {
    "init": ("Write a policy file to start from", "写一个可用的策略文件"),
    "demo": ("Screen the example's 10,000 leads and look around", "筛查示例中的一万条线索, 一览全貌"),
    "check": ("May this call be placed?", "这个电话可以打吗?"),
    "explain": ("What every rule says of a call, and why", "逐条规则说明一个呼叫"),
    "lists": ("The suppression lists, and what could not be read", "禁呼名单及未能读取的行"),
    "lists build": ("Make an index file of lists of numbers", "将号码名单制成索引文件"),
    "lists verify": ("Check every checksum of an index file", "校验索引文件的全部校验和"),
    "callers": ("The caller numbers, and what is due for them", "主叫号码及其待办备案"),
    "licences": ("The licences and filings, and how long they are valid", "许可证和备案及其有效期"),
    "bench": ("How fast this machine answers, by this policy and its lists", "以此策略及名单在本机测速"),
    "completion": ("Completion for bash, zsh or fish", "bash、zsh、fish 的命令补全"),
    **helps_state.SHORT,
    **helps_permits.SHORT,
    **helps_shadow.SHORT,
    **texts_serve.SHORT,
    **texts_packs.SHORT,
    **texts_scrub.SHORT,
    **texts_preflight.SHORT,
    **helps_proxy.SHORT,
    **texts_plan.SHORT,
    **texts_inspect.SHORT,
    **texts_bundle.SHORT,
    **texts_versions.SHORT,
}

COMMANDS: Final[dict[str, Pair]] = {
    "callguard": (
        "May this call be placed, now? Ask before you dial.",
        "这个电话现在可以打吗? 先问, 再拨。",
    ),
    "init": (
        (
            "Write a commented policy file: who calls, with which licences and numbers, what for; and beside it callguard.key, "
            "the key of state and log, unless there is one. Asks what it needs to know; what the options say is not asked, and "
            "--yes takes the defaults for the rest."
        ),
        (
            "写一个带注释的策略文件: 谁来呼叫, 有哪些许可证和号码, 用途为何; 并在旁边写入状态和日志的密钥 callguard.key "
            "(已有则保留)。所需信息逐项询问; 选项中已给出的不再询问, --yes 则其余取默认值。"
        ),
    ),
    "demo": (
        (
            "Screen leads at three instants that matter: half a minute before the evening's end, on a Sunday made a working "
            "day, on National Day. FOLDER holds callguard.toml and leads.csv (default: examples/xinghe, else where the policy "
            "is). Nothing is kept."
        ),
        (
            "在三个关键时刻筛查线索: 晚间截止前半分钟, 调休上班的周日, 国庆节。FOLDER 含 callguard.toml 和 leads.csv (默认 exam"
            "ples/xinghe, 否则为策略所在目录)。不保存任何内容。"
        ),
    ),
    "check": (
        (
            "Decide one call. Where the policy has one campaign, or the campaign one caller, they may be left out. It only "
            "asks: nothing is counted or logged."
        ),
        "判断一个呼叫。策略只有一个活动、或活动只有一个主叫时可省略。仅询问: 不计次, 不记日志。",
    ),
    "explain": (
        (
            "Show what every rule says of one call: passes, denies or does not apply, the facts it saw, until when, and where "
            "it is written."
        ),
        "逐条列出规则对一个呼叫的结论: 通过、拒绝或不适用, 所见事实, 有效期, 依据。",
    ),
    "lists": (
        (
            "Show each suppression list of the policy as it was read: rows, what was kept, which lines were skipped, from when "
            "to when it holds."
        ),
        "显示策略中每份禁呼名单的读取结果: 行数, 采用, 跳过的行号, 生效起止。",
    ),
    "lists build": (
        (
            "Make an index file of text, CSV, Arrow and Parquet files, and of other index files, sorted or not. In a table the "
            "column `number` is read, else the only one. All sources are one list, named as FILE is; NAME=SOURCE makes a list "
            "of its own. Of an index file the list of that name is taken, else all. Numbers and dates are read as the policy "
            "says, if there is one. FILE is written beside its name and takes it when it is whole."
        ),
        (
            "将文本、CSV、Arrow、Parquet 及其他索引文件制成一个索引文件, 无须排序。表格读取 `number` 列, 或唯一的一列。所有来源合为"
            "一份名单, 以 FILE 命名; NAME=来源 则自成一份。来源为索引文件时取同名名单, 否则取全部。有策略时按其读取号码和日期。FILE"
            " 先写在旁边, 完整后才换名。"
        ),
    ),
    "lists verify": (
        "Read an index file through, and say which lists it holds, how large it is, and whether every checksum is right.",
        "通读一个索引文件, 说明所含名单、大小, 以及校验和是否全部正确。",
    ),
    "callers": (
        (
            "Show each caller number of the policy: kind, province, whether it is filed or until when that is due, status, "
            "campaigns."
        ),
        "显示策略中每个主叫号码: 种类, 省份, 备案情况或期限, 状态, 所属活动。",
    ),
    "licences": (
        "Show each licence and filing of the policy: kind, number, since when, its last valid day, days left.",
        "显示策略中每项许可证和备案: 种类, 编号, 起始日, 最后有效日, 剩余天数。",
    ),
    "bench": (
        (
            "Measure in a minute how fast decisions are here: one number, a campaign, callees that nobody has asked about, a "
            "list at once, opening the guard; beside an empty Python call. It only asks, about made-up numbers: nothing is "
            "counted or logged."
        ),
        (
            "一分钟内测出本机的判断速度: 同一号码, 一个活动, 未曾问过的被叫, 整表筛查, 打开 guard; 以空的 Python 调用为尺。仅以虚"
            "构号码询问: 不计次, 不记日志。"
        ),
    ),
    "completion": (
        "Print the script that completes commands, options, campaigns and callers.",
        "输出命令补全脚本 (命令、选项、活动、主叫)。",
    ),
    **helps_state.COMMANDS,
    **helps_permits.COMMANDS,
    **helps_shadow.COMMANDS,
    **texts_serve.COMMANDS,
    **texts_packs.COMMANDS,
    **texts_scrub.COMMANDS,
    **texts_preflight.COMMANDS,
    **helps_proxy.COMMANDS,
    **texts_plan.COMMANDS,
    **texts_inspect.COMMANDS,
    **texts_bundle.COMMANDS,
    **texts_versions.COMMANDS,
}

EXAMPLES: Final[dict[str, tuple[str, ...]]] = {
    "callguard": (
        "callguard init",
        'callguard check "138 0013 0100" --campaign spring-course --caller 010-8555-0100',
        "callguard scrub leads.csv --campaign spring-course --out screened.csv",
    ),
    "init": (
        "callguard init",
        'callguard init --name "Xinghe Education" --sector education --ai \\',
        "    --national --call-centre-issued 2023-05-01 --caller 010-8555-0100 --yes",
    ),
    "demo": ("callguard demo", "callguard demo examples/xinghe --lang zh"),
    "check": (
        'callguard check "138 0013 0100" --campaign spring-course --caller 010-8555-0100',
        "callguard check 01085550123 --campaign survey --at 2026-10-01T10:00+08:00 --json",
    ),
    "explain": ('callguard explain "138 0013 0100" --campaign spring-course --at 2026-10-01T10:00',),
    "lists": ("callguard lists", "callguard lists --json", "callguard lists build dnc.csv --out dnc.cgx"),
    "lists build": (
        "callguard lists build dnc.csv more.parquet --out dnc.cgx",
        "callguard lists build complaints=complaints.csv registry=registry.arrow --out lists.cgx",
    ),
    "lists verify": ("callguard lists verify dnc.cgx", "callguard lists verify dnc.cgx --json"),
    "callers": ("callguard callers", "callguard callers --at 2026-12-31T09:00"),
    "licences": ("callguard licences", "callguard licences --json"),
    "bench": ("callguard bench", "callguard bench --policy callguard.toml --campaign survey --json"),
    "completion": ('eval "$(callguard completion bash)"', "callguard completion fish > ~/.config/fish/completions/callguard.fish"),
    **helps_state.EXAMPLES,
    **helps_permits.EXAMPLES,
    **helps_shadow.EXAMPLES,
    **texts_serve.EXAMPLES,
    **texts_packs.EXAMPLES,
    **texts_scrub.EXAMPLES,
    **texts_preflight.EXAMPLES,
    **helps_proxy.EXAMPLES,
    **texts_plan.EXAMPLES,
    **texts_inspect.EXAMPLES,
    **texts_bundle.EXAMPLES,
    **texts_versions.EXAMPLES,
}

STATUS: Final[dict[str, Pair]] = {
    "callguard": ("0 yes, 1 no, 2 could not be answered", "0 是, 1 否, 2 无法回答"),
    "init": ("0 written, 2 not written", "0 已写入, 2 未写入"),
    "demo": ("0 shown, 2 could not be shown", "0 已演示, 2 无法演示"),
    "lists": ("0 every row was read, 1 something was not, 2 could not be answered", "0 全部读取, 1 有未读取的内容, 2 无法回答"),
    "lists build": (
        "0 built, every row was read; 1 built, something was not; 2 not built",
        "0 已制成, 全部读取; 1 已制成, 有未读取的内容; 2 未制成",
    ),
    "lists verify": ("0 sound, 1 damaged, 2 no index file that can be read", "0 完好, 1 已损坏, 2 不是可读取的索引文件"),
    "callers": (
        "0 every caller may be used, 1 one may not, or is overdue; 2 could not be answered",
        "0 全部可用, 1 有不可用或逾期的, 2 无法回答",
    ),
    "licences": ("0 none has ended, 1 one has, 2 could not be answered", "0 均未到期, 1 有已到期的, 2 无法回答"),
    "bench": ("0 measured, 2 could not be measured", "0 已测, 2 无法测"),
    "completion": ("0 printed, 2 no such shell", "0 已输出, 2 没有这种 shell"),
    **helps_state.STATUS,
    **helps_permits.STATUS,
    **helps_shadow.STATUS,
    **texts_serve.STATUS,
    **texts_packs.STATUS,
    **texts_scrub.STATUS,
    **texts_preflight.STATUS,
    **helps_proxy.STATUS,
    **texts_plan.STATUS,
    **texts_inspect.STATUS,
    **texts_bundle.STATUS,
    **texts_versions.STATUS,
}

OPTIONS: Final[dict[str, Pair]] = {
    "policy": (
        "the policy; else CALLGUARD_POLICY, else callguard.toml here",
        "策略文件; 否则 CALLGUARD_POLICY, 否则此处的 callguard.toml",
    ),
    "json": ("print one JSON object, for machines", "输出一个 JSON 对象, 供程序使用"),
    "lang": ("language; else that of the locale", "语言; 否则随系统区域设置"),
    "version": ("print the version, also of the data", "显示版本及数据版本"),
    "help": ("show this", "显示帮助"),
    "callee": ("the number to be called, in any writing", "要拨打的号码, 任何写法"),
    "campaign": ("what the call is for, a campaign of the policy", "呼叫用途, 策略中的活动"),
    "caller": ("the number it is placed from", "主叫号码"),
    "at": (
        "ISO instant, with its offset or in the enterprise's time; else now",
        "ISO 时刻, 带偏移或按企业当地时间; 默认为现在",
    ),
    "place": ("where the callee is, if known: CN-GD, Guangdong, US-FL", "被叫所在地 (如已知): CN-GD, 广东, US-FL"),
    "source": ("the CSV file, `-` for standard input", "CSV 文件, `-` 为标准输入"),
    "column": ("the column of numbers, by name or place (1, 2, …); else found", "号码列, 列名或序号 (1, 2, …); 默认自动查找"),
    "place_column": ("the column that says where people are", "说明被叫所在地的列"),
    "out": ("the file to write, `-` for standard output", "要写入的文件, `-` 为标准输出"),
    "lists build.source": ("a file of numbers, a folder of them, or NAME=FILE", "号码文件, 其目录, 或 NAME=文件"),
    "file": ("the index file", "索引文件"),
    "lists build.out": ("the index file to write; another index file is replaced", "要写入的索引文件; 已有的索引文件会被替换"),
    "region": (
        "where numbers are without a country code (default: the policy's, CN)",
        "无国家码号码所属地区 (默认按策略, 否则 CN)",
    ),
    "timezone": (
        "of dates without an offset (default: the policy's, the region's only one)",
        "日期的时区 (默认按策略, 否则为地区唯一时区)",
    ),
    "integers": ("how integers are read that may be either (default: not at all)", "有歧义的整数如何读取 (默认不读取)"),
    "lists build.threads": ("how many threads read (default: one a processor)", "读取线程数 (默认每处理器一个)"),
    "memory": ("megabytes for sorting (default: 1024)", "排序所用兆字节数 (默认 1024)"),
    "lists build.force": (
        "overwrite a FILE that is no index file; never what is read",
        "覆盖不是索引文件的已有文件; 绝不覆盖所读文件",
    ),
    "folder": ("a folder with callguard.toml and leads.csv", "含 callguard.toml 和 leads.csv 的目录"),
    "shell": ("bash, zsh or fish", "bash、zsh 或 fish"),
    "init.target": ("the file to write (default: callguard.toml)", "要写入的文件 (默认 callguard.toml)"),
    "init.name": ("the enterprise's name", "企业名称"),
    "init.region": ("where it is, ISO 3166 (default: CN)", "所在国家或地区, ISO 3166 (默认 CN)"),
    "init.timezone": ("its time zone, where the region has several", "时区 (所在地有多个时)"),
    "init.campaign": ("the campaign's name", "活动名称"),
    "init.purpose": (
        "marketing, service, notification, survey, collection, or their Chinese",
        "marketing 营销, service 服务, notification 通知, survey 调研, collection 催收",
    ),
    "init.sector": (
        "general, education, finance, healthcare, or their Chinese",
        "general 一般, education 教育, finance 金融, healthcare 医疗",
    ),
    "init.ai": ("whether a voice robot or an automatic dialer calls", "是否 AI 语音或自动外呼"),
    "init.national": ("the call-centre licence is national", "呼叫中心许可证为全网"),
    "init.province": ("a province that it covers, if it is not; repeatable", "许可证覆盖的省份 (地网); 可重复"),
    "init.call_centre_issued": ("when it was issued, YYYY-MM-DD", "呼叫中心许可证签发日, YYYY-MM-DD"),
    "init.sector_issued": ("when the sector's own licence was issued", "行业许可证签发日"),
    "init.ai_filed": ("when AI calling was filed", "人工智能业务备案日"),
    "init.caller": ("a number to call from; repeatable", "主叫号码; 可重复"),
    "init.obtained": ("when the numbers were obtained", "号码取得日"),
    "init.filed": ("when they were filed", "号码备案日"),
    "init.yes": ("ask nothing", "不询问"),
    "init.force": ("overwrite a file that is there", "覆盖已有文件"),
    **helps_state.OPTIONS,
    **helps_permits.OPTIONS,
    **helps_shadow.OPTIONS,
    **texts_serve.OPTIONS,
    **texts_packs.OPTIONS,
    **texts_scrub.OPTIONS,
    **texts_preflight.OPTIONS,
    **helps_proxy.OPTIONS,
    **texts_plan.OPTIONS,
    **texts_report.OPTIONS,
    **texts_inspect.OPTIONS,
    **texts_bundle.OPTIONS,
    **texts_versions.OPTIONS,
}
