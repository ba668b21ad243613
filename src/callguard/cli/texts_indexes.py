"""What the command line says of index files and of what they are made of, in English and Chinese."""

from __future__ import annotations

from typing import Final

INDEXES: Final[dict[str, tuple[str, str]]] = {
    "distinct": ("distinct", "不同号码"),
    "with-dates": ("with dates", "带日期"),
    "built": ("{path}: {n} {n:number|numbers}, {size} bytes, {each} a number", "{path}: {n} 个号码, {size} 字节, 每个 {each}"),
    "index-holds": (
        "{path}: {n} {n:number|numbers}, {size} bytes, {each} a number",
        "{path}: {n} 个号码, {size} 字节, 每个 {each}",
    ),
    "index-sound": ("every checksum is right", "所有校验和均正确"),
    "index-read": ("reading", "读取中"),
    "index-encode": ("encoding", "编码中"),
    "index-check": ("checking", "校验中"),
    "index-out": ("`--out` is missing: the index file to write", "缺少 `--out`: 要写入的索引文件"),
    "index-out-name": ("`--out` is `{out}`; accepted: the name of a file", "`--out` 为 `{out}`; 可接受: 文件名"),
    "index-no-file": ("`{path}` is no file, and cannot become one", "`{path}` 不是文件, 也不能成为文件"),
    "index-foreign": ("`{path}` is no index file of callguard", "`{path}` 不是 callguard 的索引文件"),
    "index-sealed": (
        "`{path}` is sealed: only a guard opens it, whose policy has the key",
        "`{path}` 已加密: 只有策略写明其密钥的系统才能打开",
    ),
    "index-format": (
        "`{path}` has the format {found}; this callguard reads {reads}",
        "`{path}` 的格式为 {found}; 此版 callguard 读取 {reads}",
    ),
    "index-endian": (
        "`{path}` is little endian, as every index file, and this machine is not",
        "`{path}` 为小端序 (索引文件均是), 而本机不是",
    ),
    "index-header": ("`{path}` has a damaged header", "`{path}` 的文件头已损坏"),
    "index-truncated": (
        "`{path}` is truncated: {size} bytes, and there should be at least {expected}",
        "`{path}` 不完整: {size} 字节, 应至少为 {expected}",
    ),
    "index-longer": (
        "`{path}` goes on behind its end: {size} bytes, and {expected} belong to it",
        "`{path}` 末尾多出内容: {size} 字节, 其中 {expected} 属于它",
    ),
    "index-sections": ("`{path}` has sections of impossible sizes", "`{path}` 的分区大小不可能成立"),
    "index-cut": ("`{path}` was truncated while it was in use", "`{path}` 在使用中被截短"),
    "index-damaged": ("`{path}` is damaged in its section `{section}`", "`{path}` 的分区 `{section}` 已损坏"),
    "bad-source": ("`{text}` is no source; accepted: a file, or NAME=FILE", "`{text}` 不是来源; 可接受: 文件, 或 NAME=文件"),
    "megabytes": ("megabytes, {least} or more", "兆字节数, 不少于 {least}"),
    "how-many": ("a number, {least} or more", "整数, 不少于 {least}"),
    "source-empty-folder": ("the folder `{path}` has no file in it", "目录 `{path}` 中没有文件"),
    "source-unreadable": ("`{path}`: {why}", "`{path}`: {why}"),
    "source-needs-zone": (
        "`{path}` has dates without an offset: say in which time zone they are by `--timezone`",
        "`{path}` 中有不带偏移的日期: 请用 `--timezone` 指明时区",
    ),
    "source-encoding": (
        "`{path}` is text in an unknown encoding; accepted: UTF-8, GB 18030",
        "`{path}` 的文本编码未知; 可接受: UTF-8, GB 18030",
    ),
    "source-needs-arrow": (
        "`{path}` is a table, and what reads tables is missing: pip install 'callguard-outbound[arrow]'",
        "`{path}` 是 Arrow 或 Parquet 表, 读取它需要: pip install 'callguard-outbound[arrow]'",
    ),
    "source-no-column": (
        "`{path}` has no column `number`, and not one alone; it has: {names}",
        "`{path}` 没有 `number` 列, 也不止一列; 现有: {names}",
    ),
    "source-column-type": (
        "the column `{name}` of `{path}` is {type}; accepted: text, integers",
        "`{path}` 的 `{name}` 列为 {type}; 可接受: 文本, 整数",
    ),
    "source-table": ("`{path}` cannot be read as Arrow or Parquet: {why}", "`{path}` 无法作为 Arrow 或 Parquet 读取: {why}"),
}
