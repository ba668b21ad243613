"""What remarks call things, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from callguard import packs, phone, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from callguard.model import Reason
    from callguard.policy import Caller
    from callguard.policy.model import Licence

PURPOSES: Final[Mapping[str, str]] = {
    "marketing": "营销",
    "service": "服务",
    "notification": "通知",
    "survey": "调研",
    "collection": "催收",
}
PRODUCTS: Final[Mapping[str, dict[str, str]]] = {
    "drug": {"en": "drug", "zh": "药品"},
    "medical-device": {"en": "medical device", "zh": "医疗器械"},
}
PARTICULARS: Final[Mapping[str, dict[str, str]]] = {
    "name": {"en": "The name", "zh": "企业名称"},
    "legal-representative": {"en": "The legal representative", "zh": "法定代表人"},
    "business-scope": {"en": "The business scope", "zh": "经营范围"},
    "registered-capital": {"en": "The registered capital", "zh": "注册资本"},
    "other": {"en": "A particular", "zh": "登记事项"},
}


def both(text: str) -> dict[str, str]:
    """Return a text that is the same in both languages."""
    return {"en": text, "zh": text}


def purpose(name: str) -> dict[str, str]:
    """Return a purpose."""
    return {"en": name, "zh": PURPOSES.get(name, name)}


def caller(found: Caller) -> str:
    """Return an enterprise's own number as the policy has it; masked where it is, or may be, a mobile number and so a person's."""
    return phone.mask(found.number) if found.kind == "mobile" or phone.caller_kind(found.key) is None else found.number


def reasons(found: Mapping[Reason, int] | Iterable[Reason]) -> dict[str, str]:
    """Return reasons in a row, in Chinese each with what its code word means; with how often each was given, where that is said."""
    counts = dict(found) if isinstance(found, dict) else dict.fromkeys(found)
    told = [(each.value, "" if n is None else f" {n:,}") for each, n in counts.items()]
    return {
        "en": ", ".join(f"{word}{n}" for word, n in told) or "none",
        "zh": "、".join(f"{word} {texts.REASONS_ZH[word]}{n}" for word, n in told) or "无",
    }


def licence(found: Licence) -> dict[str, str]:
    """Return what a licence is called, with its number where it has one."""
    scope = "provincial" if found.provinces else "national"
    for each in packs.requirements().requirements.values():
        held = each.held_by
        if held is not None and held.licence == found.kind and held.scope in (None, scope) and held.filing is None:
            title = dict(each.title)
            break
    else:
        title = both(found.kind)
    return {lang: f"{text} {found.number}" for lang, text in title.items()} if found.number else title


def region(code: str) -> dict[str, str]:
    """Return what a province is called; any other place by its code."""
    names = phone.PROVINCES.get(code)
    return both(code) if names is None else {"en": names[2], "zh": names[0]}


def several(found: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return several names in a row."""
    listed = list(found)
    return {"en": ", ".join(each["en"] for each in listed), "zh": "、".join(each["zh"] for each in listed)}
