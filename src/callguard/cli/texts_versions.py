"""The help and the texts of `lists merge` and `lists diff`, in English and Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from callguard.cli.helps import Pair

VERSIONS: Final[dict[str, Pair]] = {
    "before": ("before", "原有"),
    "now": ("now", "现有"),
    "added": ("added", "新增"),
    "removed": ("removed", "移除"),
    "redated": ("other dates", "日期变更"),
    "same": ("the same", "未变"),
    "gone-list": ("no such list", "无此名单"),
    "index-merge": ("merging", "合并中"),
    "index-compare": ("comparing", "比较中"),
    "merge-nothing": (
        "nothing to add and nothing to remove: name files by `--add`, `--remove`",
        "没有要新增或移除的内容: 请用 `--add`、`--remove` 指定文件",
    ),
    "merge-which": (
        "`{path}` is for which list? Say NAME=FILE; the base has {names}",
        "`{path}` 属于哪份名单? 请写 NAME=文件; 原有名单: {names}",
    ),
    "merge-there": ("{name}: {n} to be added {n:was|were} on it already", "{name}: 待新增的 {n} 个号码本已在内"),
    "merge-absent": ("{name}: {n} to be removed {n:was|were} not on it", "{name}: 待移除的 {n} 个号码本不在内"),
    "merge-both": (
        "{name}: {n} {n:was|were} to be removed and added, and {n:is|are} on it as added",
        "{name}: {n} 个号码既要移除又要新增, 按新增保留",
    ),
    "merge-removing": ("removing", "移除来源"),
    "too-many-gone": (
        "{name}: {n} of {old} numbers are gone ({share}), more than `--max-removed {limit}`",
        "{name}: {old} 个号码中少了 {n} 个 ({share}), 超过 `--max-removed {limit}`",
    ),
    "merge-refused": ("{text}; nothing was written", "{text}; 未写入任何内容"),
    "a-share": ("a share as 1%, or a number", "百分比 (如 1%) 或整数"),
    "diff-same": ("nothing differs", "没有差异"),
    "diff-differ": ("{old} and {new} differ", "{old} 与 {new} 不同"),
    "diff-written": ("{path}: {n} {n:number|numbers}", "{path}: {n} 个号码"),
    "diff-no-list": ("there is no list `{name}`; there are: {names}", "没有名单 `{name}`; 现有: {names}"),
    "diff-one-list": (
        "`{path}` takes one list: name it by `--list`; there are: {names}",
        "`{path}` 只能容纳一份名单: 请用 `--list` 指定; 现有: {names}",
    ),
    "diff-form": ("`{path}` ends in `{suffix}`; accepted: {forms}", "`{path}` 的后缀为 `{suffix}`; 可接受: {forms}"),
    "diff-in-force": ("the lists in force", "当前生效的名单"),
    "diff-before": ("the lists before", "之前的名单"),
    "diff-none-kept": (
        "no earlier index of these lists is kept beside the state: name the file to compare with",
        "状态旁没有保留这些名单的更早索引: 请指定要比较的文件",
    ),
    "diff-no-lists": ("the policy has no list", "策略中没有名单"),
    "diff-place": ("place", "地区"),
    "out-other": ("the other file that is written", "另一个要写入的文件"),
    "index-disordered": ("`{path}` has numbers that do not ascend", "`{path}` 中的号码未按升序排列"),
    "source-no-list": (
        "`{path}` is for the list `{name}`, which the base has not; it has: {names}",
        "`{path}` 属于名单 `{name}`, 而原索引没有; 现有: {names}",
    ),
    "source-dated": (
        "`{path}` has dates, and says what to remove; accepted: numbers without dates",
        "`{path}` 用于移除, 却带有日期; 可接受: 不带日期的号码",
    ),
}

SHORT: Final[dict[str, Pair]] = {
    "lists merge": ("A new version of an index file: more, and less", "索引文件的新版本: 增与减"),
    "lists diff": ("What differs between two versions of lists", "两个版本的名单有何不同"),
}
COMMANDS: Final[dict[str, Pair]] = {
    "lists merge": (
        (
            "Write the index file NEW: the lists of BASE, without the numbers that `--remove` names and with those of `--add`. "
            "Files are read as `lists build` reads them, BASE once through in its order. First is removed, then added: a number "
            "in both is on the list, with the dates of the added row. NEW is written beside its name and takes it when it is whole."
        ),
        (
            "写入索引文件 NEW: 以 BASE 的名单为基础, 去掉 `--remove` 中的号码, 加上 `--add` 中的号码。文件读取方式同 "
            "`lists build`, BASE 按序通读一遍。先移除, 后新增: 两者都有的号码保留, 日期以新增为准。NEW 先写在旁边, 完整后才换名。"
        ),
    ),
    "lists diff": (
        (
            "Count what differs between two index files, list by list. Without NEW, OLD is compared with the policy's lists as "
            "they are in force; without OLD too, with what was in force before, if the state still keeps it. Numbers are "
            "written only where `--added` or `--removed` names a file: what `lists merge` takes to make NEW of OLD."
        ),
        (
            "逐份名单统计两个索引文件的差异。省略 NEW 时, 将 OLD 与策略当前生效的名单比较; 连 OLD 也省略时, 与之前生效的名单比较 "
            "(若状态中仍保留)。只有用 `--added` 或 `--removed` 指定文件时才写出号码: `lists merge` 可据此由 OLD 得到 NEW。"
        ),
    ),
}
EXAMPLES: Final[dict[str, tuple[str, ...]]] = {
    "lists merge": (
        "callguard lists merge 2026-11-27.cgx --add adds.parquet --remove removes.csv --out 2026-11-28.cgx",
        "callguard lists merge all.cgx --add registry=adds/ --out new.cgx --max-removed 1%",
    ),
    "lists diff": (
        "callguard lists diff 2026-11-27.cgx 2026-11-28.cgx --max-removed 1%",
        "callguard lists diff old.cgx new.cgx --added added.csv --removed removed.csv",
    ),
}
STATUS: Final[dict[str, Pair]] = {
    "lists merge": (
        "0 written, every row was read; 1 written, something was not; 2 not written; 3 not either, `--max-removed` says no",
        "0 已写入, 全部读取; 1 已写入, 有未读取的内容; 2 未写入; 3 未写入, 因减少的超过 `--max-removed`",
    ),
    "lists diff": (
        "0 nothing differs, 1 something does, 2 could not be compared, 3 more is gone than `--max-removed`",
        "0 没有差异, 1 有差异, 2 无法比较, 3 减少的超过 `--max-removed`",
    ),
}
OPTIONS: Final[dict[str, Pair]] = {
    "lists merge.base": ("the index file that is there", "已有的索引文件"),
    "lists merge.add": (
        "a file or folder of numbers to add, or NAME=FILE; repeatable",
        "要新增的号码文件或目录, 或 NAME=文件; 可重复",
    ),
    "lists merge.remove": (
        "a file or folder of numbers to remove, or NAME=FILE; repeatable",
        "要移除的号码文件或目录, 或 NAME=文件; 可重复",
    ),
    "lists merge.out": ("the index file to write; another index file is replaced", "要写入的索引文件; 已有的索引文件会被替换"),
    "lists merge.threads": ("how many threads read (default: one a processor)", "读取线程数 (默认每处理器一个)"),
    "lists merge.force": (
        "overwrite a FILE that is no index file; never what is read",
        "覆盖不是索引文件的已有文件; 绝不覆盖所读文件",
    ),
    "lists merge.max_removed": (
        "say no if more numbers of a list are gone: a share as 1%, or how many",
        "任一名单减少超过此数即拒绝: 百分比 (如 1%) 或个数",
    ),
    "lists diff.max_removed": (
        "say no if more numbers of a list are gone: a share as 1%, or how many",
        "任一名单减少超过此数即拒绝: 百分比 (如 1%) 或个数",
    ),
    "lists diff.old": ("the index file of before", "之前的索引文件"),
    "lists diff.new": ("the index file of now", "现在的索引文件"),
    "lists diff.list": ("only this list", "仅此名单"),
    "lists diff.added": (
        "write the numbers added, or with other dates: .csv, .txt, .parquet, .cgx",
        "写出新增及日期变更的号码: .csv, .txt, .parquet, .cgx",
    ),
    "lists diff.removed": (
        "write the numbers removed, or with other dates: .csv, .txt, .parquet, .cgx",
        "写出移除及日期变更的号码: .csv, .txt, .parquet, .cgx",
    ),
    "lists diff.by_place": ("count added and removed by place, too", "另按地区统计新增和移除"),
    "lists diff.force": ("overwrite files that are there; never what is read", "覆盖已有文件; 绝不覆盖所读文件"),
}
