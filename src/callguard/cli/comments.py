"""The comments of a policy file that `init` writes, in English and Chinese."""

from __future__ import annotations

from typing import Final

COMMENTS: Final[dict[str, tuple[str, str]]] = {
    "head": (
        "Who calls, with which licences and numbers, what for.\nAsk it:  callguard explain NUMBER",
        "谁来呼叫, 有哪些许可证和号码, 用途为何。\n询问:  callguard explain NUMBER",
    ),
    "enterprise": ("The enterprise that calls.", "呼叫的企业。"),
    "region": ("its law, its dates, numbers written without a country code", "决定适用的规定、日期和不带国家码的号码"),
    "timezone": ("its local dates", "企业当地日期"),
    "licences": ("Every call needs a call-centre licence.", "每个呼叫都需要呼叫中心许可证。"),
    "call-centre": ("also: icp, school, finance, medical-institution, …", "另有: icp, school, finance, medical-institution 等"),
    "provinces": ('or scope = "national"', '或 scope = "national"'),
    "national": ('or provinces = ["CN-GD", …]', '或 provinces = ["广东", …]'),
    "issued": ("valid for five years, unless `expires` says otherwise", "有效期五年, 除非写明 `expires`"),
    "sector-licence": ("the sector's own", "行业许可证"),
    "ai": ("automatic calling and voice robots", "自动外呼、语音机器人"),
    "callers": ("A number to call from; its kind and province are told from the digits.", "主叫号码; 种类和省份由号码判断。"),
    "obtained": ("to be filed within {days} days", "{days} 日内须备案"),
    "filed": ("with the communications authority", "向通信管理局备案"),
    "lists": ("Numbers that are not called: complaints, former customers, …", "不拨打的号码: 投诉、退订等。"),
    "lists-path": ("one number a line, or a CSV: number,since,until", "每行一个号码, 或 CSV: number,since,until"),
    "campaigns": ("What the calls are for. Several may stand here.", "呼叫的用途。可写多个。"),
    "purpose": (
        "marketing, service, notification, survey, collection",
        "marketing 营销, service 服务, notification 通知, survey 调研, collection 催收",
    ),
    "sector": ("general, education, finance, healthcare", "general 一般, education 教育, finance 金融, healthcare 医疗"),
    "tutoring": ("school subjects: not marketed on rest days", "学科类: 节假日、休息日不得营销"),
    "automated": ("a voice robot or an automatic dialer", "AI 语音或自动外呼"),
    "window": ("can only narrow the law's: 08:00 to 21:00 for marketing", "只能比规定更窄: 营销为 08:00 至 21:00"),
    "limits": ("attempts to one person", "对同一人的呼叫次数"),
    "blocked": ("not called, whatever the purpose", "不呼叫的地区, 不论用途"),
    "consent": ("only who has consented", "只呼叫已同意的人"),
    "state": (
        "Where refusals, consents, counts and the log are kept: the folder `state` beside this file, unless this says otherwise.",
        "拒绝、同意、次数和日志的存放处: 除非另写, 即本文件旁的目录 `state`。",
    ),
    "state-path": ('for a fleet: url = "postgresql://…"', '多机共用: url = "postgresql://…"'),
    "call-log": ("The log of every call, kept for six months at least.", "呼叫日志, 至少保存六个月。"),
    "key-file": (
        "Who has this key can read state and log. It belongs in a secret store (key_command), out of backups of the state.",
        "持有此密钥者可读取状态和日志。应存入密钥管理系统 (key_command), 不与状态同处备份。",
    ),
    "retain": ("never less", "不得更短"),
    "window-elsewhere": ("can only narrow the hours of the callee's place", "只能比被叫所在地的时段更窄"),
    "callers-elsewhere": ("A number to call from; its kind is told from the digits.", "主叫号码; 种类由号码判断。"),
    "caller-number": ("with its country code, as +65 …", "带国家码, 如 +65 …"),
}
