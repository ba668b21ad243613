"""What `bundle` says, and its help, in English and Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from callguard.cli.helps import Pair

BUNDLE: Final[dict[str, Pair]] = {
    "bundle-out": ("name the archive to write: `--out FILE.zip`", "请给出要写的压缩包: `--out 文件.zip`"),
    "bundle-name": (
        "`{out}` is no name for a bundle; accepted: a name that ends in .zip",
        "`{out}` 不是压缩包文件名; 可用: 以 .zip 结尾",
    ),
    "bundle-exists": ("`{path}` is there already; a bundle writes over nothing", "`{path}` 已存在; 不覆盖任何文件"),
    "bundle-written": ("{n} files in {path}", "{path}: 共 {n} 个文件"),
    "bundle-no-state": (
        "there is no state: neither consents nor what was recorded of numbers is in it",
        "没有状态: 不含同意记录和号码变动记录",
    ),
    "bundle-no-log": ("the policy has no `[call_log]`: no log is in it", "策略没有 `[call_log]`: 不含呼叫日志"),
    "bundle-of": ("For the inspection of {name}", "{name} 检查资料"),
    "bundle-check": (
        "`callguard bundle verify FILE` finds a file that was changed, taken out or put in; manifest.json has the SHA-256 of each.",
        "用 `callguard bundle verify 文件` 可发现被改动、删除或加入的文件; manifest.json 载有各文件的 SHA-256。",
    ),
    "bundle-is-README-txt": ("what each file is", "各文件说明"),
    "bundle-is-policy-toml": (
        "the policy that decides calls, without addresses and commands that may hold secrets",
        "判断呼叫所用的策略, 不含可能带有密码的地址和命令",
    ),
    "bundle-is-numbers-csv": ("the register of caller numbers", "主叫号码台账"),
    "bundle-is-licences-csv": ("licences and filings", "许可证与备案"),
    "bundle-is-consents-csv": ("the consents that stand, with what proves each", "有效的同意及其凭据"),
    "bundle-is-inspection-html": ("the inspection, as a page", "自查报告 (网页)"),
    "bundle-is-inspection-json": ("the inspection, for machines", "自查报告 (JSON)"),
    "bundle-is-log-csv": ("the number-usage log of the time that was asked for", "所要求时段的号码使用日志"),
    "bundle-is-log-csv-manifest-json": ("what vouches for the log: its hash, digest and signature", "日志的证明: 哈希、摘要与签名"),
    "bundle-changed": ("{name} is not as it was written", "{name} 与写入时不同"),
    "bundle-missing": ("{name} is missing", "缺少 {name}"),
    "bundle-extra": ("{name} was not in the bundle", "{name} 原不在其中"),
    "bundle-sound": ("all {n} files of {name} are as they were written", "{name} 的 {n} 个文件均与写入时相同"),
    "bundle-unsigned": (
        "without the key of the log the manifest's signature was not checked: who made it anew is not found out",
        "没有日志密钥, 未核对清单的签名: 无法发现有人重制清单",
    ),
}

SHORT: Final[dict[str, Pair]] = {
    "bundle": ("What an inspector asks for, in one archive", "检查所需资料打包"),
    "bundle verify": ("Hold a bundle against its manifest", "按清单核对资料包"),
}
COMMANDS: Final[dict[str, Pair]] = {
    "bundle": (
        (
            "Gather what an inspector asks for into one .zip: the policy, the registers of numbers, licences and filings, the "
            "consents with their proofs, the call log of a time, and the inspection of today, with a manifest of every file's "
            "hash, signed with the log's key. Callees' numbers are masked unless `--unmask --why TEXT` asks for them; the log "
            "keeps that it was asked."
        ),
        (
            "将检查所需资料写入一个 .zip: 策略, 号码、许可证与备案台账, 同意及凭据, 某一时段的呼叫日志和当日自查报告, "
            "附各文件哈希的清单, 以日志密钥签名。被叫号码打码, 除非给出 `--unmask --why 理由`; 日志会记下此次索取。"
        ),
    ),
    "bundle verify": (
        (
            "Check that every file of a bundle is as it was written, and none is missing or was put in. With the key of the "
            "policy's log the manifest's signature is checked too; anybody can check the hashes."
        ),
        "核对资料包中每个文件与写入时相同, 且无缺失或加入。持有策略日志密钥时还核对清单签名; 任何人都可核对哈希。",
    ),
}
EXAMPLES: Final[dict[str, tuple[str, ...]]] = {
    "bundle": ("callguard bundle --out inspector.zip --since 2026-06-01 --until 2026-11-30",),
    "bundle verify": ("callguard bundle verify inspector.zip",),
}
STATUS: Final[dict[str, Pair]] = {
    "bundle": ("0 written, 2 not written", "0 已写入, 2 未写入"),
    "bundle verify": ("0 all as written, 1 one is not, 2 could not be checked", "0 全部相同, 1 有不同, 2 无法核对"),
}
OPTIONS: Final[dict[str, Pair]] = {
    "bundle.out": ("the archive to write, a new .zip", "要写的新 .zip 文件"),
    "bundle.since": ("the first day, or instant, of the log", "日志的起始日期或时刻"),
    "bundle.until": ("the last day, or instant, of the log", "日志的结束日期或时刻"),
    "bundle.unmask": ("callees' numbers in full", "完整的被叫号码"),
    "bundle.why": ("what it is for, on record; needed with `--unmask`", "用途, 记录在案; 使用 `--unmask` 时必填"),
    "bundle verify.file": ("a bundle", "资料包"),
}
