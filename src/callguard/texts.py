"""What people are told: each reason's sentence and each notice, in English and Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

LANGUAGES: Final = ("en", "zh")

SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "allowed": ("The call may be placed.", "可以拨打。"),
    "invalid-number": ("The callee is not a number that can be dialled.", "被叫不是可以拨打的号码。"),
    "invalid-number/ambiguous-integer": (
        "The integer is both a number in E.164 and a national mobile number: write it as text, or set `integers` in the policy.",
        "该整数既可读作 E.164 号码, 又可读作国内手机号: 请以文本书写, 或在策略中以 integers 写明读法。",
    ),
    "invalid-number/characters": (
        "The callee is written with characters other than digits, a plus, separators and an extension.",
        "被叫中含有数字、加号、分隔符和分机号以外的字符。",
    ),
    "invalid-number/short-code": (
        "The callee is the short code of another enterprise, which cannot be called as a customer.",
        "被叫是其他企业的短号码, 不能作为客户拨打。",
    ),
    "protected-number": (
        "The callee is an emergency or public-service number, which is never dialled out to.",
        "被叫是紧急或公共服务号码, 一律不得外呼。",
    ),
    "refused": ("The callee has refused calls.", "被叫已明确拒绝来电。"),
    "listed": ("The callee is on a suppression list that the campaign honours.", "被叫在本活动遵守的禁呼名单上。"),
    "no-consent": ("The campaign requires the callee's consent, and none holds.", "本活动要求被叫同意, 而目前没有有效的同意。"),
    "no-consent/place": (
        "The law where the callee is requires consent to such calls, and none holds.",
        "被叫所在地法律要求事先同意此类呼叫, 而目前没有有效的同意。",
    ),
    "caller-unknown": ("The caller number is not among the enterprise's numbers.", "主叫号码不在企业的号码之列。"),
    "caller-not-in-campaign": ("The caller number is not one of this campaign's.", "主叫号码不属于本活动。"),
    "caller-suspended": ("The caller number is suspended.", "主叫号码已被暂停使用。"),
    "caller-reclaimed": ("The caller number has been taken back or handed back.", "主叫号码已被收回或退还。"),
    "caller-channel": (
        "The caller number was obtained through a channel that its kind does not allow.",
        "主叫号码的取得渠道不符合该类号码的要求。",
    ),
    "caller-unfiled": (
        "The caller number has not been filed in time, or has not been obtained yet.",
        "主叫号码未按期备案, 或尚未取得。",
    ),
    "caller-purpose": ("The caller number may not be used for this purpose.", "主叫号码不得用于该用途。"),
    "caller-scope": ("The caller number may not be used to call this place.", "主叫号码不得呼叫该地区。"),
    "enterprise-blocked": ("The enterprise is blocked from calling out.", "企业已被禁止外呼。"),
    "licence-missing": ("A licence that this call needs is not held.", "缺少该呼叫所需的许可证。"),
    "licence-expired": ("A licence that this call needs is not valid on this day.", "该呼叫所需的许可证当日无效。"),
    "licence-scope": (
        "The call-centre licence does not cover the callee's province, or the province is unknown.",
        "呼叫中心许可证不覆盖被叫所在省份, 或省份未知。",
    ),
    "sector-licence-missing": (
        "The licence of the enterprise's own sector is missing or not valid.",
        "缺少行业许可证, 或其当日无效。",
    ),
    "filing-missing": ("A filing that this call needs is not on record.", "缺少该呼叫所需的备案。"),
    "log-required": (
        "A virtual operator's number needs a call log that records as it dials, and there is none.",
        "虚拟运营商号码须实时记录呼叫日志, 而策略中没有呼叫日志。",
    ),
    "region-blocked": ("The campaign does not call this region.", "本活动不呼叫该地区。"),
    "rest-day": (
        "Academic-subject tutoring is not marketed on public holidays and rest days.",
        "学科类培训不得在节假日、休息日进行营销呼叫。",
    ),
    "rest-day/place": (
        "The law where the callee is permits no such calls on this day.",
        "被叫所在地法律规定当日不得进行此类呼叫。",
    ),
    "calling-window/zones-unknown": (
        "Where the callee is cannot be told, and so not whether it is within calling hours there.",
        "无法判断被叫所在时区, 因而无法确认当地是否在可外呼时段内。",
    ),
    "calling-window": ("It is outside the calling hours where the callee is.", "被叫当地时间不在可外呼时段内。"),
    "attempt-limit": ("The permitted number of attempts has been reached.", "呼叫次数已达上限。"),
    "attempt-limit/place": (
        "The number of attempts that the law where the callee is permits has been reached.",
        "呼叫次数已达被叫所在地法律规定的上限。",
    ),
    "state-stale": (
        "What is known of refusals may be out of date, so no call is allowed.",
        "拒绝记录可能不是最新, 因此不允许呼叫。",
    ),
    "state-stale/index": (
        "The index of the suppression lists is damaged, so no call is allowed.",
        "禁呼名单的索引已损坏, 因此不允许呼叫。",
    ),
    "log-unavailable": ("The call log cannot be written, so no call is allowed.", "呼叫日志无法写入, 因此不允许呼叫。"),
    "custom": ("A rule of the enterprise's own does not permit the call.", "企业自定规则不允许该呼叫。"),
}


NOTICES: Final[dict[str, tuple[str, str]]] = {
    "list-skipped": ("list `{name}`: rows that are no numbers: {n} ({lines})", "名单 `{name}`: {n} 行不是号码 ({lines})"),
    "list-undated": (
        "list `{name}`: rows whose dates cannot be read, and that hold without them: {n} ({lines})",
        "名单 `{name}`: {n} 行的日期无法读取, 按无日期生效 ({lines})",
    ),
    "calendar-ends": (
        "rest days are published up to {day}; the year after is read cautiously and marked provisional, later years are rest days",
        "放假安排公布至 {day}; 次年按从严读法判断并标为暂定, 再往后一律视为休息日",
    ),
    "no-law": (
        "no law of {region} is shipped: hours, lists, refusals, limits and your own rules are checked, and nothing else",
        "未附带 {region} 的法律: 只检查时段、名单、拒绝、次数和自定规则",
    ),
    "licence-ends": ("the licence `{kind}` is valid up to {day}", "许可证 `{kind}` 有效至 {day} (含当日)"),
    "licence-ended": ("the licence `{kind}` was valid up to {day}", "许可证 `{kind}` 已于 {day} 之后失效"),
    "filing-due": ("the caller {number} is to be filed by {day}", "主叫 {number} 最迟须于 {day} 备案"),
    "caller-denied": ("every call from {number} is denied: {reasons}", "主叫 {number} 的呼叫一律被拒: {reasons}"),
    "reload-failed": (
        "the policy on disk was not taken up, the one before stays in force: {why}",
        "磁盘上的策略未被采用, 仍按之前的策略执行: {why}",
    ),
    "candidate-unread": (
        "the candidate policy could not be taken up, the live one goes on without it: {why}",
        "候选策略未能采用, 现行策略照常执行: {why}",
    ),
    "candidate-failed": (
        "the candidate policy could not decide a call, the live one did: {why}",
        "候选策略未能判断某个呼叫, 现行策略照常执行: {why}",
    ),
    "observer-failed": (
        "what watches this guard failed, no call was harmed by it: {why}",
        "观察者出错, 呼叫未受影响: {why}",
    ),
    "state-replaced": (
        "the state that this guard opened is not there any more, every call is denied until `reload`: {why}",
        "已打开的状态已不在原处, 在 `reload` 之前一律拒绝呼叫: {why}",
    ),
    "state-unread": ("the state cannot be read: {why}", "状态无法读取: {why}"),
    "state-unwritten": ("the state cannot be written: {why}", "状态无法写入: {why}"),
    "state-unsent": (
        "what waits in the spool of the state's folder cannot be sent: {why}",
        "状态目录暂存文件中的记录无法送出: {why}",
    ),
    "checkpoint-unused": ("starting took longer: {why}", "启动用时较长: {why}"),
    "state-spooled": (
        "entries that wait in the spool of the state's folder until the database can be written again: {entries}",
        "状态目录暂存文件中等待写入数据库的记录: {entries} 条",
    ),
    "in-memory": (
        "the policy has a `[state]`, but this guard keeps its state in memory: it ends with the process",
        "策略写有 `[state]`, 但本进程的状态只在内存中, 随进程结束而消失",
    ),
    "log-unsealed": (
        "the `[call_log]` names no key: state and log are not sealed, whoever can read the folder can read every number",
        "`[call_log]` 没有写明密钥: 状态和日志未加密, 能读取该目录者即可读到所有号码",
    ),
    "log-in-memory": (
        "the policy has a `[call_log]`, but this guard keeps it in memory: it ends with the process, long before six months",
        "策略写有 `[call_log]`, 但本进程的日志只在内存中, 随进程结束而消失, 不满足保存六个月的要求",
    ),
}

REASONS_ZH: Final[dict[str, str]] = {  # in a word, where `SENTENCES` are too long
    "allowed": "可以拨打",
    "invalid-number": "号码无效",
    "protected-number": "受保护号码",
    "refused": "已拒绝来电",
    "listed": "在禁呼名单",
    "no-consent": "没有同意",
    "caller-unknown": "主叫未知",
    "caller-not-in-campaign": "主叫不属活动",
    "caller-suspended": "主叫暂停",
    "caller-reclaimed": "主叫收回",
    "caller-channel": "主叫渠道",
    "caller-unfiled": "主叫未备案",
    "caller-purpose": "主叫用途",
    "caller-scope": "主叫范围",
    "enterprise-blocked": "企业被禁",
    "licence-missing": "缺少许可证",
    "licence-expired": "许可证失效",
    "licence-scope": "许可范围",
    "sector-licence-missing": "缺行业许可",
    "filing-missing": "缺少备案",
    "log-required": "需要日志",
    "region-blocked": "地区不呼",
    "rest-day": "休息日",
    "calling-window": "时段之外",
    "attempt-limit": "次数已满",
    "state-stale": "状态过期",
    "log-unavailable": "日志不可写",
    "custom": "自定规则",
}


def notice(key: str, lang: str, **facts: object) -> str:
    """Return the text of a notice; ValueError for a language that is not there."""
    return _pick(NOTICES[key], lang).format(**facts)


def lines(numbers: Sequence[int], lang: str = "en") -> str:
    """Write line numbers out, the first ten of them."""
    shown = ", ".join(map(str, numbers[:10])) + (" …" if len(numbers) > 10 else "")
    return f"第 {shown} 行" if lang == "zh" else f"{'line' if len(numbers) == 1 else 'lines'} {shown}"


def sentence(key: str, lang: str = "en") -> str:
    """Return the sentence of a reason, or of a `reason/note`; ValueError for a language that is not there."""
    return _pick(SENTENCES.get(key) or SENTENCES[key.partition("/")[0]], lang)


def _pick(pair: tuple[str, str], lang: str) -> str:
    if lang not in LANGUAGES:
        raise ValueError(f"no sentences in `{lang}`; accepted: {', '.join(LANGUAGES)}")
    return pair[LANGUAGES.index(lang)]
