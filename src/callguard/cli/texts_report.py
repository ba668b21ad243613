"""What reports and bundles say, and the help of `--report`, in English and Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from callguard.cli.texts_bundle import BUNDLE

if TYPE_CHECKING:
    from callguard.cli.helps import Pair

REPORT: Final[dict[str, Pair]] = {
    "report-plan": ("Before the first call: a plan", "首次呼叫前的申请规划"),
    "report-inspection": ("Inspection of {name}", "{name} 自查报告"),
    "report-days": ("on {on}, and ahead to {until}", "自查日 {on}, 前瞻至 {until}"),
    "report-timeline": ("Timeline", "时间表"),
    "report-validity": ("Validity and deadlines", "有效期与期限"),
    "report-first": ("First call", "首次呼叫"),
    "report-first-late": ("First call, at the longest", "首次呼叫 (最晚)"),
    "report-today": ("Day of inspection", "自查日"),
    "report-what": ("what", "事项"),
    "report-authority": ("from whom", "受理部门"),
    "report-citation": ("where it is written", "依据"),
    "report-remark": ("what", "内容"),
    "report-mend": ("how it is mended", "处理办法"),
    "report-apply": ("Apply: {what}", "申请: {what}"),
    "report-there": ("there not before {span}", "不早于 {span} 取得"),
    "report-opens": ("Can be done now: {what}", "可开始办理: {what}"),
    "report-since": ("since {day}", "自 {day} 起"),
    "report-valid": ("{first} to {last}", "{first} 至 {last}"),
    "report-renew": ("; renewal from {day}", "; {day} 起可续期"),
    "report-file-by": ("to be filed by {day}", "不迟于 {day} 备案"),
    "report-made": ("Made by callguard {version}, {at}.", "由 callguard {version} 于 {at} 生成。"),
    "report-written": ("written to {path}", "已写入 {path}"),
    "report-ending": (
        "`{path}` names no form of a report; accepted: a name that ends in {endings}",
        "`{path}` 的后缀不是报告格式; 可用后缀: {endings}",
    ),
    "report-extra": (
        "a calendar is written with the package `icalendar`, which is not installed: pip install 'callguard-outbound[calendar]'",
        "写日历需要 `icalendar`, 尚未安装: pip install 'callguard-outbound[calendar]'",
    ),
    **BUNDLE,
    "no-folder": ("there is no folder `{path}`", "没有文件夹 `{path}`"),
}

_FILE: Final = (
    "also write a report: a page (.html, prints well; .md), .json, or days for a calendar (.ics); again for several",
    "另写报告: 网页 (.html, 可打印; .md)、.json 或日历 (.ics); 可重复给出",
)
_FORCE: Final = ("overwrite a report that is there", "覆盖已有的报告")
OPTIONS: Final[dict[str, Pair]] = {
    "plan.report": _FILE,
    "plan.force": _FORCE,
    "inspect.report": _FILE,
    "inspect.force": _FORCE,
}
