"""What the command line says of dial permits, in English and Chinese."""

from __future__ import annotations

from typing import Final

PERMITS: Final[dict[str, tuple[str, str]]] = {
    "permit-key-written": (
        (
            "{path} written: the private key, which only you may read; it stays where calls are decided. "
            "The line above is the public key, for the trunk"
        ),
        "已写入 {path}: 私钥, 仅本人可读, 只留在作出判断的主机。上一行为公钥, 供中继侧使用",
    ),
    "permit-no-keys": (
        "no public key: give `--keys FILE`, or set {variable}",
        "没有公钥: 请给出 `--keys 文件`, 或设置 {variable}",
    ),
    "permit-bad-keys": ("`{place}` holds {why}", "`{place}` 内容有误: {why}"),
    "permit-region": (
        "`--region` is `{text}`; accepted: a country, as CN, HK, US",
        "`--region` 为 `{text}`; 可接受: 国家或地区代码, 如 CN, HK, US",
    ),
    "permit-no-folder": ("`{path}` is no folder", "`{path}` 不是目录"),
    "permit-good": (
        "good for this call, of campaign `{campaign}`, until {until}",
        "对该呼叫有效, 活动 `{campaign}`, 有效至 {until}",
    ),
    "permit-missing": ("the call has no permit", "呼叫没有许可"),
    "permit-malformed": ("what the call has is no permit", "所附内容不是许可"),
    "permit-unknown-key": ("it was signed by a key that is not held here", "签署的密钥未在此持有"),
    "permit-signature": ("it was changed, or signed by another key than it names", "许可被改动, 或并非所称密钥签署"),
    "permit-not-yet": ("it is not good yet: the clocks of the two hosts differ", "许可尚未生效: 两台主机时钟不一致"),
    "permit-expired": ("it has ended", "许可已过期"),
    "permit-callee": ("it is for another callee", "许可属于另一被叫"),
    "permit-caller": ("it is for another caller", "许可属于另一主叫"),
    "permit-undated": ("the record's instant cannot be read", "记录的时刻无法识别"),
    "coverage-reading": ("reading records", "读取记录"),
    "coverage-none": ("there is no call in `{path}`", "`{path}` 中没有呼叫"),
    "coverage-share": (
        "{permitted} of {n} {n:call|calls} had a permit that was good for it",
        "{n} 个呼叫中 {permitted} 个有有效许可",
    ),
    "coverage-why": ("without a good permit", "无有效许可"),
    "coverage-hour": ("hour ({zone})", "时段 ({zone})"),
    "coverage-undated": (
        "instants that cannot be read are counted as calls without a permit: {rows}",
        "时刻无法识别的记录计为无许可的呼叫: {rows}",
    ),
    "coverage-zone": (
        "`--timezone` is `{text}`; accepted: a time zone, as Asia/Shanghai",
        "`--timezone` 为 `{text}`; 可接受: 时区, 如 Asia/Shanghai",
    ),
    "coverage-which-zone": (
        "`{region}` has several time zones: give `--timezone`",
        "`{region}` 有多个时区: 请给出 `--timezone`",
    ),
    "permit-used": ("a call was placed on it before", "许可已被使用"),
}
