"""What the policy as a whole switches off or leaves out: log, key, refusals in calls, lists; and what gets old by itself."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from callguard import packs
from callguard.errors import PolicyError
from callguard.readiness.remark import Remark
from callguard.sealing import Keyring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callguard.policy import Policy
    from callguard.readiness.ahead import Ahead


def switches(ahead: Ahead) -> Iterator[Remark]:
    """Yield what is switched off, left out, or out of date on the days that are looked at."""
    policy = ahead.policy
    if ahead.own_law:
        yield from _log(policy)
    if not policy.opt_out.enabled:
        yield _remark("opt-out-off", "enterprise", severity="violation")
    if not policy.enterprise.packs:
        yield _remark("no-law", "law", severity="note", facts={"region": policy.enterprise.region})
    yield from _unread(policy)
    yield from _old(ahead)


def _log(policy: Policy) -> Iterator[Remark]:
    """Yield that no use of numbers is logged, and that what is kept is not sealed."""
    log = policy.call_log
    if log is None or not log.enabled:
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
    if log is None or not (log.key_env or log.key_file or log.key_command):
        why = {
            "en": "No key is named: state and call log stand unsealed where they are kept.",
            "zh": "未写明密钥: 状态和呼叫日志未加密保存。",
        }
        mend = {"en": "Make a key by `callguard log keygen`, and name it", "zh": "用 `callguard log keygen` 生成密钥, 并写入"}
        yield _remark("storage-not-sealed", "state", severity="violation", facts={"why": why, "mend": mend})
    elif not log.enabled:
        why = {
            "en": "The key is that of a log which is switched off: the state stands unsealed where it is kept.",
            "zh": "密钥属于已关闭的日志: 状态未加密保存。",
        }
        mend = {"en": "Set `enabled = true`", "zh": "设 `enabled = true`, 位于"}
        yield _remark("storage-not-sealed", "state", severity="violation", facts={"why": why, "mend": mend})


def _unread(policy: Policy) -> Iterator[Remark]:
    """Yield for want of which files no guard opens: a list, the key of the log."""
    campaigns = tuple(each.name for each in policy.campaigns)
    log = policy.call_log
    if log is not None and log.enabled and log.key_env is None and log.key_file is not None:  # a variable may be set elsewhere
        try:
            Keyring.find(log, None if policy.file is None else policy.file.absolute().parent)
        except PolicyError as error:
            found = "; ".join(each.found for each in error.problems)
            yield _remark("key-unread", "log", severity="stops-calls", facts={"found": found}, campaigns=campaigns)
    for source in policy.lists:
        if not (source.path.is_file() and os.access(source.path, os.R_OK)):
            facts = {"path": str(source.path)}
            yield _remark("list-unread", "list", severity="stops-calls", name=source.name, facts=facts, campaigns=campaigns)


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
