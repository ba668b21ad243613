"""The help and the texts of `callguard scrub`, and what is said of tables that cannot be read, in English and Chinese."""

from __future__ import annotations

from typing import Final

Pair = tuple[str, str]

SHORT: Final[dict[str, Pair]] = {"scrub": ("Screen a file of numbers, or a folder of them", "筛查号码文件或整个目录")}
COMMANDS: Final[dict[str, Pair]] = {
    "scrub": (
        (
            "Screen CSV (packed by gzip or Zstandard, too), Excel, Parquet and Arrow files: every row stays where it is and gets "
            "callguard_reason, callguard_message and callguard_retry_at. Reads UTF-8, UTF-16 and GB 18030, commas, tabs, "
            "semicolons and bars; writes as it reads, or as the suffix of OUT says. No file is ever in memory as a whole. Of a "
            "folder, each table is written into the folder OUT under its own name."
        ),
        (
            "筛查 CSV (可为 gzip 或 Zstandard 压缩)、Excel、Parquet、Arrow 文件: 每行原样保留, 增加 callguard_reason、"
            "callguard_message、callguard_retry_at 三列。可读 UTF-8、UTF-16、GB 18030, 逗号、制表符、分号、竖线; 按原格式写出, "
            "或按 OUT 的后缀。文件不会整体读入内存。目录中的各表以原名写入目录 OUT。"
        ),
    ),
}
EXAMPLES: Final[dict[str, tuple[str, ...]]] = {
    "scrub": (
        "callguard scrub leads.csv --campaign spring-course --out screened.csv",
        "callguard scrub leads.parquet --campaign-column campaign --split --out screened.parquet",
        "callguard scrub leads/ --campaign survey --out screened/ --resume",
        "callguard scrub - --campaign survey --column phone --place-column province --out - < in.csv > out.csv",
    ),
}
STATUS: Final[dict[str, Pair]] = {
    "scrub": (
        "0 screened, whatever the answers; 1 a file of a folder could not be; 2 could not be screened",
        "0 已筛查 (不论结果), 1 目录中有文件无法筛查, 2 无法筛查",
    ),
}
OPTIONS: Final[dict[str, Pair]] = {
    "scrub.source": ("the file or folder, `-` for CSV from standard input", "文件或目录, `-` 为标准输入的 CSV"),
    "scrub.campaign": ("what the calls are for; else a column, or the policy's only one", "呼叫用途; 否则按列, 或策略唯一活动"),
    "scrub.caller": ("the number they are placed from; else a column, or the only one", "主叫号码; 否则按列, 或唯一主叫"),
    "scrub.column": ("the column of numbers, by name or place (1, 2, …); else found", "号码列, 列名或序号 (1, 2, …); 默认自动查找"),
    "campaign_column": ("the column that says each row's campaign", "说明每行活动的列"),
    "caller_column": ("the column that says each row's caller", "说明每行主叫号码的列"),
    "scrub.at_column": ("the column that says for when each row is screened", "说明每行筛查时刻的列"),
    "sheet": ("the sheet of a workbook that has several", "工作簿有多个工作表时, 其名称"),
    "split": (
        "write OUT.allowed, OUT.denied and OUT.unread (no number, or undecided) instead",
        "分别写入 OUT.allowed、OUT.denied、OUT.unread (号码无效或未作判断)",
    ),
    "resume": ("go on where a run that broke off was", "从中断处继续"),
    "threads": ("how many threads or processes (default: one a processor)", "线程或进程数 (默认每处理器一个)"),
    "scrub.out": ("the file or folder to write, `-` for standard output", "要写入的文件或目录, `-` 为标准输出"),
    "scrub.force": ("overwrite an OUT that is there; never what is read", "覆盖已有的 OUT; 绝不覆盖所读文件"),
}
TEXTS: Final[dict[str, Pair]] = {
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
    "table-binary": (
        "`{path}` is not a text file; accepted: CSV in UTF-8, UTF-16 or GB 18030",
        "`{path}` 不是文本文件; 可接受: UTF-8、UTF-16 或 GB 18030 的 CSV",
    ),
    "table-unclosed": (
        "a quotation mark that opens in the record at line {line} of `{path}` is never closed",
        "`{path}` 第 {line} 行开始的记录中有引号未闭合",
    ),
    "table-line": (
        "line {line} of `{path}` is longer than {most} million characters; is it a table?",
        "`{path}` 第 {line} 行超过 {most} 百万字符; 它是表格吗?",
    ),
    "table-packed": (
        "`{path}` is damaged, or ends early: what is packed by {kind} cannot be read to its end",
        "`{path}` 已损坏或不完整: {kind} 压缩的内容无法读完",
    ),
    "table-damaged": (
        "`{path}` is damaged: its {kind} cannot be read from row {row} on",
        "`{path}` 已损坏: 从第 {row} 行起无法按 {kind} 读取",
    ),
    "table-column-type": (
        "column `{name}` of `{path}` is of the type {type}, which tells nothing here; accepted: text, and integers for numbers",
        "`{path}` 的 `{name}` 列类型为 {type}, 无法使用; 可接受: 文本, 号码也可为整数",
    ),
    "table-which-campaign": (
        "the policy has several campaigns, and no column of `{path}` says which; say `--campaign` or `--campaign-column`: {names}",
        "策略有多个活动, 而 `{path}` 没有说明活动的列; 请用 `--campaign` 或 `--campaign-column` 指明: {names}",
    ),
    "table-which-caller": (
        "there are several callers, and no column of `{path}` says which; say `--caller` or `--caller-column`: {callers}",
        "有多个主叫, 而 `{path}` 没有说明主叫的列; 请用 `--caller` 或 `--caller-column` 指明: {callers}",
    ),
    "table-ragged": (
        "row {row} of `{path}` has more cells than there are columns; only CSV can be written of it",
        "`{path}` 第 {row} 行的单元格多于列数; 只能写为 CSV",
    ),
    "table-bytes": (
        "row {row} of `{path}` has bytes that are no text; only CSV can be written of it",
        "`{path}` 第 {row} 行含有不是文本的字节; 只能写为 CSV",
    ),
    "table-cell": (
        "row {row} of `{path}` has a text that no cell of Excel holds; write CSV or Parquet",
        "`{path}` 第 {row} 行有 Excel 单元格无法容纳的文本; 请写为 CSV 或 Parquet",
    ),
    "table-sheet-full": (
        "`{path}` has more rows than a sheet of Excel holds ({most}); write CSV or Parquet",
        "`{path}` 的行数超过 Excel 工作表的上限 ({most}); 请写为 CSV 或 Parquet",
    ),
    "table-workbook-large": (
        "the texts of the workbook `{path}` take more than {most} MB; save it as CSV first",
        "工作簿 `{path}` 的文本超过 {most} MB; 请先另存为 CSV",
    ),
    "table-no-sheet": ("`{path}` has no sheet `{name}`; it has: {names}", "`{path}` 没有工作表 `{name}`; 现有: {names}"),
    "table-which-sheet": (
        "`{path}` has several sheets; say which one by `--sheet`: {names}",
        "`{path}` 有多个工作表; 请用 `--sheet` 指明: {names}",
    ),
    "table-form": (
        "`{suffix}` is not written; accepted: .csv and .tsv, also with .gz or .zst, .xlsx, .parquet, .arrow, .feather, .arrows",
        "不能写为 `{suffix}`; 可接受: .csv、.tsv (可再加 .gz 或 .zst)、.xlsx、.parquet、.arrow、.feather、.arrows",
    ),
    "table-needs-arrow": (
        "`{path}` needs what reads tables: pip install 'callguard-outbound[arrow]'",
        "`{path}` 需要读取表格的组件: pip install 'callguard-outbound[arrow]'",
    ),
    "table-needs-excel": (
        "`{path}` needs what reads and writes workbooks: pip install 'callguard-outbound[excel]'",
        "`{path}` 需要读写工作簿的组件: pip install 'callguard-outbound[excel]'",
    ),
    "table-running": ("another run is writing it now: `{path}`", "另一进程正在写入: `{path}`"),
    "table-unfinished": (
        "a run that broke off stands in `{folder}`; `--resume` goes on with it, `--force` begins anew",
        "`{folder}` 中有一次中断的运行; 用 `--resume` 继续, 用 `--force` 重新开始",
    ),
    "table-resume-other": (
        "the run that broke off was not of the same: {what}; `--force` without `--resume` begins anew",
        "中断的运行与此次不同: {what}; 去掉 `--resume` 并用 `--force` 重新开始",
    ),
    "table-resume-input": (
        "standard input cannot be read again; `--resume` needs a file",
        "标准输入无法重读; `--resume` 需要文件",
    ),
    "scrub-twice": (
        "`{option}` and `{option}-column` are both there; accepted: one of them",
        "`{option}` 与 `{option}-column` 只能写一个",
    ),
    "scrub-out-folder": (
        "`{path}` is a folder; `--out` is then a folder, too, and not `{out}`",
        "`{path}` 是目录; `--out` 也须是目录, 而不是 `{out}`",
    ),
    "scrub-inside": (
        "`{out}` stands in the folder that is read, or holds it; name another",
        "`{out}` 与被读取的目录互相包含; 请另选目录",
    ),
    "scrub-no-tables": ("there is no table in `{path}`", "`{path}` 中没有表格"),
    "scrub-others": (
        "{n} {n:file is no table|files are no tables}, and left alone: {names}",
        "{n} 个文件不是表格, 未处理: {names}",
    ),
    "scrub-threads": ("a whole number from 1 on", "从 1 起的整数"),
    "scrub-before": ("{n} {n:file was|files were} done before", "{n} 个文件此前已完成"),
    "scrub-files": (
        "{n} {n:row|rows} of {files} {files:file|files} screened for {campaign} at {at}",
        "{files} 个文件共 {n} 行, 按活动 {campaign} 于 {at} 筛查",
    ),
    "scrub-kept": ("what is done is kept: `--resume` goes on with it", "已完成的部分已保留: 用 `--resume` 继续"),
    "undecided": (
        (
            "{n} {n:row is|rows are} `undecided`, and not to be called: the place told cannot be read, "
            "or is in another country than the number ({rows})"
        ),
        "{n} 行为 `undecided`, 不可拨打: 所写地点无法识别, 或与号码不在同一国家或地区 ({rows})",
    ),
    "undecided-told": (
        "{n} {n:row is|rows are} `undecided`, and not to be called: what they tell cannot be read; each says what ({rows})",
        "{n} 行为 `undecided`, 不可拨打: 其中所写内容无法识别, 各行均有说明 ({rows})",
    ),
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
    "floats": (
        "{n} {n:number is|numbers are} floating-point: `invalid-number`; write the column as text or integers",
        "{n} 个号码为浮点数: 按 `invalid-number` 处理; 请将该列写为文本或整数",
    ),
    "screened": ("{n} {n:row|rows} of {name} screened for {campaign} at {at}", "{name} 共 {n} 行, 按活动 {campaign} 于 {at} 筛查"),
    "by-column": ("column `{column}`", "`{column}` 列"),
    "took-named": ("numbers in column `{column}`, as told", "号码列: `{column}` (由你指明)"),
    "took-header": ("numbers in column `{column}`, by its name", "号码列: `{column}` (按列名)"),
    "took-values": ("numbers in column `{column}`, by what its values read as", "号码列: `{column}` (按内容)"),
    "took-only": ("numbers in column `{column}`, the only one", "号码列: `{column}` (唯一一列)"),
    "no-header": ("the file has no header; its columns are called 1, 2, …", "文件没有表头; 各列称为 1, 2, …"),
    "read-as": ("read as {encoding}, columns parted by {delimiter}", "编码 {encoding}, 分隔符 {delimiter}"),
    "read-sheet": ("read sheet `{sheet}`", "工作表: `{sheet}`"),
    "places-from": ("places from column `{column}`", "地点列: `{column}`"),
    "callers-from": ("callers from column `{column}`", "主叫列: `{column}`"),
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
}
