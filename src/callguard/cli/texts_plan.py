"""What `plan` says and asks, and its help, in English and Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from callguard.cli.helps import Pair

PLAN: Final[dict[str, Pair]] = {
    "plan-first": ("First call not before {span}", "首次呼叫不早于 {span}"),
    "plan-on": ("applications begin on {day}", "自 {day} 开始申请"),
    "plan-no-number": ("no number is named", "未选用号码"),
    "plan-complete": ("All numbers not before {span}", "全部号码到位不早于 {span}"),
    "plan-between": ("{first} to {last}", "{first} 至 {last}"),
    "plan-until": ("to {day}", "至 {day}"),
    "plan-steps": ("What is needed, in order", "所需事项 (按先后)"),
    "plan-conditions": ("Conditions that are not met today", "目前未满足的条件"),
    "plan-gaps": ("Not among what you meant to apply for", "漏申请"),
    "plan-surplus": ("More than is needed", "多申请"),
    "plan-not-needed": ("Not needed", "不需要"),
    "plan-documents": ("Documents", "申请材料"),
    "plan-cautions": ("To think of", "请注意"),
    "plan-regulations": ("By regulation, otherwise (the plan keeps to the article)", "法规另有规定 (本清单仍以文章为准)"),
    "plan-duties": ("Owed afterwards", "取得之后的义务"),
    "plan-notes": ("Of this plan", "说明"),
    "plan-what": ("what, and from whom", "事项与受理部门"),
    "plan-waits": ("after", "前置"),
    "plan-ready": ("there not before", "不早于"),
    "plan-held": ("held", "已有"),
    "plan-renew": ("renew by {day}", "续期, 不迟于 {day}"),
    "plan-ready-document": ("have ready", "备齐"),
    "plan-apply": ("apply", "申请"),
    "plan-working-days": ("{least} to {most} working days", "{least}-{most} 个工作日"),
    "plan-months": ("{least} to {most} months", "{least}-{most} 个月"),
    "plan-condition": ("condition", "条件"),
    "plan-of": ("of", "事项"),
    "plan-found": ("found", "实际"),
    "plan-not-met": ("not met", "不满足"),
    "plan-unknown": ("not known", "未知"),
    "plan-doubtful": ("left open", "不确定"),
    "plan-not-said": ("not said", "未说明"),
    "plan-quota": ("{usual} to {most} fixed numbers for {n} seats", "每 {n} 名客服 {usual}-{most} 个固定电话号码"),
    "plan-yuan": ("yuan", "元"),
    "plan-duty": ("duty", "义务"),
    "plan-due": ("when, at the earliest", "期限 (最早)"),
    "plan-says": ("what", "内容"),
    "plan-window": ("{first} to {last}", "{first} 至 {last}"),
    "plan-by": ("by {day}", "不迟于 {day}"),
    "plan-where": (
        "say where is called: `--national`, or `--province` for each province",
        "请说明呼叫范围: `--national` 全国, 或用 `--province` 写明各省份",
    ),
    "plan-where-both": ("either `--national` or `--province`, not both", "`--national` 与 `--province` 只能给出其一"),
    "plan-purpose": (
        "say what calls are for: `--purpose`, besides `--sector` and what belongs to it",
        "请说明呼叫用途: `--purpose`, 以及 `--sector` 等",
    ),
    "plan-product": ("`--product` belongs to `--sector healthcare`", "`--product` 用于 `--sector healthcare`"),
    "plan-tutoring": ("`--academic-tutoring` belongs to `--sector education`", "`--academic-tutoring` 用于 `--sector education`"),
    "plan-number": ("{kinds}, and how many, as fixed=10", "{kinds}, 可带数量, 如 fixed=10"),
    "plan-number-once": ("`{kind}` once, with how many there are in all", "`{kind}` 只写一次, 写明总数"),
    "plan-wrong-provinces": (
        "the policy does not say where is called: `--national`, or `--province` for each province",
        "策略没有写明呼叫范围: `--national` 全国, 或用 `--province` 写明各省份",
    ),
    "plan-wrong-packs": (
        "the policy's enterprise is not under the mainland's law, which is the one that can be planned",
        "策略中的企业不适用中国大陆规则, 目前只能按该规则规划",
    ),
    "plan-wrong-uses": ("the policy has no campaign: say `--purpose`", "策略中没有活动: 请给出 `--purpose`"),
    "plan-wrong-paid-in": ("{paid_in} is more than {registered}", "{paid_in}超过了{registered}"),
    "plan-of-policy": ("`{name}` of the policy's `[enterprise]`", "策略 `[enterprise]` 的 `{name}`"),
    "plan-y": ("y", "是"),
    "plan-n": ("n", "否"),
    "plan-wrong-institution": (
        "`--institution` does not belong to the sector: banks, insurers, securities firms to finance, schools to education",
        "`--institution` 与行业不符: bank、insurance、securities 属 finance, 学校属 education",
    ),
    "plan-wrong-on": (
        "`--on` is a day whose working days are not known: see `callguard --version` for the calendar's years",
        "`--on` 所在年份的工作日未知: 日历年份见 `callguard --version`",
    ),
    # questions
    "plan-ask-sector": ("Sector (general, education, finance, healthcare)", "行业 (一般、教育、金融、医疗)"),
    "plan-ask-institution-finance": (
        "Which institution (bank, insurance, securities; empty if another)",
        "机构 (银行、保险、证券; 其他留空)",
    ),
    "plan-ask-institution-education": (
        "Which school (for-profit-school, non-profit-school; empty if neither)",
        "学校 (营利性学校、非营利性学校; 均不是留空)",
    ),
    "plan-ask-product": (
        "Product (drug, medical-device, none: a medical institution's patients)",
        "产品 (药品、医疗器械, 无: 医疗机构患者)",
    ),
    "plan-ask-purposes": (
        "What for (marketing, service, notification, survey, collection; several with commas)",
        "用途 (营销、服务、通知、调研、催收; 多个用逗号)",
    ),
    "plan-ask-academic-tutoring": ("Is tutoring in school subjects sold (y/n)", "是否推广学科类培训 (是/否)"),
    "plan-ask-operation": ("Run for yourself or for other enterprises (self-run, outsourced)", "自建或外包 (自建、外包)"),
    "plan-ask-where": ("Provinces that are called, with commas; `all` for the whole country", "呼叫的省份, 用逗号; 全国请填 全国"),
    "plan-ask-where-again": (
        "a province or more, with commas; `all` only where the whole country is called, which asks for the national licence",
        "一个或多个省份, 用逗号; 呼叫全国才填 全国 (须取得全网许可证)",
    ),
    "plan-ask-part": ("for `{part}`: {accepted}", "`{part}` 应为: {accepted}"),
    "plan-ask-capital-again": (
        "Paid in is more than registered ({paid_in} of {registered}): both once more, please.",
        "实缴资本超过注册资本 ({paid_in} / {registered}): 请重新填写这两项。",
    ),
    "plan-ask-home": ("Province of the enterprise (empty: not said)", "企业所在省份 (可留空)"),
    "plan-ask-online": ("Do calls start on a web site or in an app (y/n)", "是否通过网站、APP发起 (是/否)"),
    "plan-ask-ai": ("Automatic calling, synthetic speech or voice robots (y/n)", "是否使用自动外呼、语音合成等AI功能 (是/否)"),
    "plan-ask-biometrics": ("Biometrics, as voiceprints (y/n)", "是否使用声纹等生物识别 (是/否)"),
    "plan-ask-abroad": ("Customers or networks abroad (y/n)", "是否涉及境外客户或境外网络 (是/否)"),
    "plan-ask-hk-mo-tw": ("Hong Kong, Macau or Taiwan (y/n)", "是否涉及港澳台 (是/否)"),
    "plan-ask-branch": ("Is it a branch (y/n)", "是否分支机构 (是/否)"),
    "plan-ask-foreign-capital": ("Is there foreign capital (y/n)", "是否有外资成分 (是/否)"),
    "plan-ask-numbers": (
        "Numbers, as fixed=10, 400 (fixed, 400, 95, 96, virtual, mobile)",
        "号码, 如 fixed=10, 400 (fixed 固定, 400, 95, 96, virtual 虚拟运营商, mobile 手机)",
    ),
    "plan-ask-seats": ("Seats (empty: not known)", "客服人数 (未知留空)"),
    "plan-ask-registered-capital": ("Registered capital in yuan (empty: not known)", "注册资本, 元 (未知留空)"),
    "plan-ask-paid-in-capital": ("Paid-in capital in yuan (empty: not known)", "实缴资本, 元 (未知留空)"),
    "plan-ask-office-area": ("Office area in m² (empty: not known)", "办公场地面积, 平方米 (未知留空)"),
    "plan-ask-business-scope": (
        "Does the business scope name communication or information technology services (y/n, empty: not known)",
        "经营范围是否包含通信服务、信息技术服务等 (是/否, 未知留空)",
    ),
    "plan-ask-staff": ("Is there qualified staff (y/n, empty: not known)", "是否有与业务相适应的专业人员 (是/否, 未知留空)"),
    "plan-ask-facilities": ("Are there technical facilities (y/n, empty: not known)", "是否有技术设施 (是/否, 未知留空)"),
    "plan-ask-service-network": (
        "Is there a wide service network (y/n, empty: not known)",
        "是否有广泛的服务网络 (是/否, 未知留空)",
    ),
    "plan-ask-security-policy": (
        "Are there rules of network and information security (y/n, empty: not known)",
        "是否有健全的网络与信息安全管理制度 (是/否, 未知留空)",
    ),
    "plan-ask-held": (
        "What is there already, with commas, and since when: icp=2025-01-10 … (`?` lists all; empty: nothing)",
        "已有的资质, 用逗号, 可写明取得日: 营业执照, ICP证=2025-01-10 … (填 ? 列出全部; 没有留空)",
    ),
}

SHORT: Final[dict[str, Pair]] = {"plan": ("What to apply for before the first call", "首次呼叫之前需要申请什么")}

COMMANDS: Final[dict[str, Pair]] = {
    "plan": (
        (
            "Say what must be applied for: licences, filings, numbers, with authority, conditions, documents, times and order; the "
            "day before which no call can lawfully be placed; what is not needed, and what is owed afterwards. Takes options, or a "
            "policy by --policy, or both; on a terminal with neither it asks. What is not said counts as not met."
        ),
        (
            "说明首次呼叫之前需要申请什么: 许可证、备案、号码, 及其受理部门、条件、材料、周期和先后; 合法首呼的最早日期; "
            "哪些不需要, 以及之后的义务。可用选项、`--policy` 策略, 或两者; 在终端中两者都没有时逐项询问。未说明的视为不满足。"
        ),
    ),
}

EXAMPLES: Final[dict[str, tuple[str, ...]]] = {
    "plan": (
        "callguard plan --sector finance --purpose marketing --national --ai --number 95",
        "callguard plan --purpose service --province Guangdong --number fixed=20 --seats 30 --on 2026-03-02 --json",
        "callguard plan --policy callguard.toml --registered-capital 20_000_000",
        "callguard plan --purpose service --national --abroad --number fixed=2 --regulations",
    ),
}

STATUS: Final[dict[str, Pair]] = {"plan": ("0 planned, 2 could not be planned", "0 已规划, 2 无法规划")}

_SAID: Final[Pair] = ("; not known if left out", "; 不写为未知")
OPTIONS: Final[dict[str, Pair]] = {
    "plan.policy": ("a policy to plan from, as far as it says; options go before it", "据以规划的策略; 选项优先"),
    "plan.sector": ("whose calls they are (default: general); repeatable", "行业 (默认 general); 可重复"),
    "plan.institution": ("which institution", "机构类型"),
    "plan.product": (
        "healthcare: what is sold; `none` for a medical institution's patients; repeatable",
        "医疗: 产品; none 为患者服务; 可重复",
    ),
    "plan.academic_tutoring": (
        "education: whether school subjects are taught (default: they are)",
        "教育: 是否学科类培训 (默认是)",
    ),
    "plan.purpose": ("what calls are for; repeatable", "呼叫用途; 可重复"),
    "plan.operation": ("for oneself, or for other enterprises", "自建或外包"),
    "plan.national": ("the whole country is called", "呼叫全国"),
    "plan.province": ("a province that is called; repeatable", "呼叫的省份; 可重复"),
    "plan.home": ("the enterprise's province", "企业所在省份"),
    "plan.online": ("whether calls start on a web site or in an app", "是否通过网站、APP发起"),
    "plan.ai": ("whether calling is automatic, or voices synthetic", "是否使用自动外呼、语音合成等AI功能"),
    "plan.biometrics": ("whether voiceprints or other biometrics are used", "是否使用声纹等生物识别"),
    "plan.abroad": ("whether customers or networks abroad are called", "是否涉及境外客户或网络"),
    "plan.hk_mo_tw": ("whether Hong Kong, Macau or Taiwan are called", "是否涉及港澳台"),
    "plan.hk_mo_tw_abroad": ("whether they count as abroad (default: they do)", "港澳台是否按境外处理 (默认是)"),
    "plan.branch": ("whether the enterprise is a branch", "是否分支机构"),
    "plan.foreign_capital": ("whether it has foreign capital", "是否有外资成分"),
    "plan.number": (
        "a kind of number, and how many: fixed=10, 400, 95, 96, virtual, mobile; repeatable",
        "号码种类及数量, 如 fixed=10; 可重复",
    ),
    "plan.seats": ("how many agents" + _SAID[0], "客服人数" + _SAID[1]),
    "plan.registered_capital": ("in yuan, as 10_000_000" + _SAID[0], "注册资本, 元, 如 1000万" + _SAID[1]),
    "plan.paid_in_capital": ("of it, paid in" + _SAID[0], "实缴资本" + _SAID[1]),
    "plan.office_area": ("in m²" + _SAID[0], "办公场地面积, 平方米" + _SAID[1]),
    "plan.business_scope": ("whether the business scope covers calling" + _SAID[0], "经营范围是否相符" + _SAID[1]),
    "plan.staff": ("whether there is qualified staff" + _SAID[0], "是否有专业人员" + _SAID[1]),
    "plan.facilities": ("whether there are technical facilities" + _SAID[0], "是否有技术设施" + _SAID[1]),
    "plan.service_network": ("whether there is a wide service network" + _SAID[0], "是否有广泛的服务网络" + _SAID[1]),
    "plan.security_policy": ("whether there are rules of information security" + _SAID[0], "是否有信息安全管理制度" + _SAID[1]),
    "plan.held": (
        "what is there already, and since when: icp, ai=2025-01-10; repeatable",
        "已有的事项及取得日: icp, ai=2025-01-10; 可重复",
    ),
    "plan.intend": (
        "what you meant to apply for, to be told what is too much or missing; repeatable",
        "打算申请的事项, 以核对多申请和漏申请; 可重复",
    ),
    "plan.regulations": (
        "say beside where regulation is known to say otherwise, what that would change, and how sure it is",
        "并列说明法规另有规定之处、会改变什么, 以及确定程度",
    ),
    "plan.on": ("the day on which applications begin (default: today)", "开始申请的日期 (默认今天)"),
}
