"""What the policy as a whole switches off or leaves out: log, key, refusals in calls, lists; and what gets old by itself."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from callguard import packs
from callguard.errors import PolicyError
from callguard.readiness.remark import Remark

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from callguard.policy import CallLog
    from callguard.readiness.ahead import Ahead


def switches(ahead: Ahead) -> Iterator[Remark]:
    """Yield what is switched off, left out, or out of date on the days that are looked at."""
    policy = ahead.policy
    log = policy.call_log
    if ahead.own_law and (log is None or not log.enabled):
        why = (
            {
                "en": "The policy has no `[call_log]`: no use of a number is logged.",
                "zh": "策略没有 `[call_log]`: 未建立号码使用日志。",
            }
            if log is None
            else {
                "en": "`[call_log] enabled = false`: no use of a number is logged.",
                "zh": "`[call_log] enabled = false`: 号码使用日志已关闭。",
            }
        )
        yield _remark("no-call-log", "log", severity="violation", facts={"why": why})
    if ahead.own_law:
        yield from _sealing(log, None if policy.file is None else policy.file.absolute().parent)
    if not policy.opt_out.enabled:
        yield _remark("opt-out-off", "enterprise", severity="violation")
    if not policy.enterprise.packs:
        yield _remark("no-law", "law", severity="note", facts={"region": policy.enterprise.region})
    for source in policy.lists:
        if not (source.path.is_file() and os.access(source.path, os.R_OK)):
            facts = {"path": str(source.path)}
            campaigns = tuple(each.name for each in policy.campaigns)
            yield _remark("list-unread", "list", severity="stops-calls", name=source.name, facts=facts, campaigns=campaigns)
    yield from _old(ahead)


def _sealing(log: CallLog | None, base: Path | None) -> Iterator[Remark]:
    """Yield that nothing seals what is kept, or that the key file is none; of the dialer's environment nothing is known here."""
    from callguard.sealing import Keyring

    named = log is not None and bool(log.key_env or log.key_file or log.key_command)
    if log is None or not log.enabled or not named:
        yield _remark("storage-not-sealed", "state", severity="violation", facts=_UNUSED if named else _NO_KEY)
    elif log.key_file is not None:
        try:
            Keyring.find(log, base)
        except PolicyError as error:
            found = error.problems[0].found if error.problems else str(error)
            why = {"en": found, "zh": f"`{log.key_file}` 不能用作密钥: 不存在、权限过宽, 或其中没有密钥"}
            yield _remark("key-unread", "state", severity="stops-calls", facts={"why": why})


_NO_KEY: Final = {
    "why": {
        "en": "No key is named: state and call log stand unsealed where they are kept.",
        "zh": "未写明密钥: 状态和呼叫日志未加密保存。",
    },
    "mend": {
        "en": "Make a key by `callguard log keygen`, and name it in `[call_log]`.",
        "zh": "用 `callguard log keygen` 生成密钥, 并写入 `[call_log]`。",
    },
}
_UNUSED: Final = {
    "why": {
        "en": "`[call_log] enabled = false`: the key that is named seals nothing, and the state stands unsealed where it is kept.",
        "zh": "`[call_log] enabled = false`: 所写密钥不起作用, 状态未加密保存。",
    },
    "mend": {"en": "Switch the log on: `enabled = true`.", "zh": "启用日志: `enabled = true`。"},
}


def _old(ahead: Ahead) -> Iterator[Remark]:
    law = packs.inspected()
    heeded = [each for each in ahead.policy.campaigns if each.academic_tutoring and each.purpose == "marketing"]
    last = ahead.calendar.covered_until
    if heeded and last - timedelta(days=ahead.calendar.warning_days) <= ahead.until:
        campaigns = tuple(each.name for each in heeded)
        yield _remark("calendar-ends", "law", severity="due", day=last, campaigns=campaigns)
    stale = law.reviewed + timedelta(days=law.stale_days)
    if ahead.own_law and stale <= ahead.until:
        yield _remark("pack-stale", "law", severity="due", name=ahead.law.id, day=stale, facts={"reviewed": law.reviewed})


def _remark(id_: str, what: Any, **more: Any) -> Remark:
    return Remark(kind=packs.inspected().remarks[id_], what=what, **more)
