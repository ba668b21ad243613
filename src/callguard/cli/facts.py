"""The facts that rules see, in Chinese: their names, and the words that the policy has for their values."""

from __future__ import annotations

from typing import Final

FACTS_ZH: Final[dict[str, str]] = {
    "academic_tutoring": "学科类培训",
    "accepted": "可接受",
    "attempts": "次数",
    "blocked": "已禁",
    "call_log": "呼叫日志",
    "callee_provinces": "被叫省份",
    "caller_province": "主叫省份",
    "callers": "主叫数",
    "campaign": "活动",
    "channel": "渠道",
    "counted": "已计",
    "countries": "国家或地区",
    "daily_attempts": "每日上限",
    "day": "第几天",
    "days": "日期",
    "days_allowed": "期限天数",
    "declared": "已声明",
    "enabled": "已启用",
    "error": "错误",
    "filed": "备案日",
    "filing": "备案",
    "forwards_to": "转接至",
    "fresh": "最新",
    "held": "持有",
    "in": "命中",
    "issued": "签发日",
    "kind": "种类",
    "last_day": "最后一天",
    "licence": "许可证",
    "licences": "许可证",
    "limits": "上限",
    "lists": "名单",
    "local": "当地时间",
    "mainland": "大陆",
    "biometrics": "生物识别",
    "automated": "自动外呼",
    "online": "线上发起",
    "name": "名称",
    "note": "说明",
    "number": "编号",
    "obtained": "取得日",
    "per": "每",
    "product": "产品",
    "province_unknown": "省份未知",
    "provinces": "省份",
    "provisional": "暂定",
    "purpose": "用途",
    "purposes": "可用于",
    "regions": "地区",
    "require_consent": "需要同意",
    "scopes": "范围",
    "sector": "行业",
    "status": "状态",
    "today": "今天",
    "vacation": "寒暑假",
    "why": "原因:",
    "windows": "时段",
    "writable": "可写",
    "zones": "时区数",
}

RULE_FACTS_ZH: Final[dict[tuple[str, str], str]] = {
    ("region-blocked", "blocked"): "不呼叫地区",
    ("region-blocked", "in"): "命中地区",
}

_PURPOSES: Final = {"marketing": "营销", "service": "服务", "notification": "通知", "survey": "调研", "collection": "催收"}
_SECTORS: Final = {"general": "一般", "education": "教育", "finance": "金融", "healthcare": "医疗"}
_PRODUCTS: Final = {"medical-device": "医疗器械", "drug": "药品", "none": "无"}
_OPERATIONS: Final = {"self-run": "自建", "outsourced": "外包"}
_INSTITUTIONS: Final = {
    "bank": "银行",
    "insurance": "保险",
    "securities": "证券",
    "for-profit-school": "营利性学校",
    "non-profit-school": "非营利性学校",
}
_KINDS: Final = {
    "fixed": "固定电话",
    "400": "400 号码",
    "95": "95 号码",
    "96": "96 号码",
    "virtual": "虚拟运营商号码",
    "mobile": "手机",
    "work": "工作日",
    "off": "放假",
    "make-up": "调休上班",
    "weekend": "周末",
    "unknown": "未知",
}
_HELD: Final = {
    "call-centre": "呼叫中心许可证",
    "icp": "ICP 许可证",
    "school": "办学许可证",
    "finance": "金融许可证",
    "medical-institution": "医疗机构执业许可证",
    "medical-device": "医疗器械经营许可证",
    "drug": "药品经营许可证",
    "international-gateway": "国际通信出入口",
    "ai": "人工智能业务",
    "biometrics": "生物识别",
    "finance-marketing": "金融营销",
    "cross-border": "跨境通信",
    "hk-mo-tw": "港澳台",
    "foreign-trade": "对外贸易经营者",
    "foreign-investment": "外资",
    "website": "网站",
}
_STATUSES: Final = {
    "valid": "有效",
    "invalid": "无效",
    "protected": "受保护",
    "active": "正常",
    "suspended": "暂停",
    "reclaimed": "收回",
}
_CHANNELS: Final = {"operator": "基础运营商", "mvno": "虚拟运营商", "authority": "通信管理部门"}
_NOTES: Final = {
    "ambiguous-integer": "整数有两种读法",
    "characters": "含有其他字符",
    "short-code": "短号码",
}
_WHY: Final = {
    "not the law of the enterprise's place": "企业所在地不适用此规定",
    "no channel is declared": "未写明取得渠道",
    "the caller is unknown": "主叫未知",
}
VALUES_ZH: Final[dict[str, dict[str, str]]] = {
    "accepted": _CHANNELS | _KINDS,
    "channel": _CHANNELS,
    "filing": _HELD,
    "institution": _INSTITUTIONS,
    "kind": _KINDS | _HELD,
    "licence": _HELD,
    "note": _NOTES,
    "operation": _OPERATIONS,
    "product": _PRODUCTS,
    "purpose": _PURPOSES,
    "purposes": _PURPOSES,
    "sector": _SECTORS,
    "status": _STATUSES,
    "why": _WHY,
}
_DAYS: Final = {"mon": "周一", "tue": "周二", "wed": "周三", "thu": "周四", "fri": "周五", "sat": "周六", "sun": "周日"}
WORDS_ZH: Final[dict[str, dict[str, str]]] = {  # within a longer text
    "per": {"day": "天", "days": "天", "hour": "小时", "hours": "小时", "calendar": "自然日"},
    "local": _DAYS,
    "windows": _DAYS,
}
FILES_ZH: Final[dict[str, str]] = {  # what a file is that is no CSV
    "a spreadsheet or another zip file": "电子表格或其他 zip 文件",
    "an old spreadsheet": "旧版电子表格",
    "a Parquet file": "Parquet 文件",
    "a gzip file": "gzip 文件",
    "an Arrow file": "Arrow 文件",
    "a PDF": "PDF",
}
