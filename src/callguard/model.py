"""Frozen values that callguard answers with."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Literal, Self

import attrs

from callguard import clock, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pendulum

FOREVER: Final = clock.FOREVER
FAILED: Final = "candidate-failed"
NO_CAMPAIGN: Final = "campaign-unknown"

CallerKind = Literal["fixed", "400", "95", "96", "virtual", "mobile"]


class Reason(StrEnum):
    """Why a call may not be placed, in the order in which the first that applies is given.

    Each has a fixed `code`, 0 to 64; codes never change their meaning.
    """

    code: int

    def __new__(cls, value: str, code: int) -> Reason:  # noqa: PYI034
        """Attach the code to the text."""
        self = str.__new__(cls, value)
        self._value_ = value
        self.code = code
        return self

    ALLOWED = "allowed", 0
    INVALID_NUMBER = "invalid-number", 1
    PROTECTED_NUMBER = "protected-number", 2
    REFUSED = "refused", 3
    LISTED = "listed", 4
    NO_CONSENT = "no-consent", 5
    CALLER_UNKNOWN = "caller-unknown", 6
    CALLER_NOT_IN_CAMPAIGN = "caller-not-in-campaign", 7
    CALLER_SUSPENDED = "caller-suspended", 8
    CALLER_RECLAIMED = "caller-reclaimed", 9
    CALLER_CHANNEL = "caller-channel", 10
    CALLER_UNFILED = "caller-unfiled", 11
    CALLER_PURPOSE = "caller-purpose", 12
    CALLER_SCOPE = "caller-scope", 13
    ENTERPRISE_BLOCKED = "enterprise-blocked", 14
    LICENCE_MISSING = "licence-missing", 15
    LICENCE_EXPIRED = "licence-expired", 16
    LICENCE_SCOPE = "licence-scope", 17
    SECTOR_LICENCE_MISSING = "sector-licence-missing", 18
    FILING_MISSING = "filing-missing", 19
    LOG_REQUIRED = "log-required", 20
    REGION_BLOCKED = "region-blocked", 21
    REST_DAY = "rest-day", 22
    CALLING_WINDOW = "calling-window", 23
    ATTEMPT_LIMIT = "attempt-limit", 24
    STATE_STALE = "state-stale", 25
    LOG_UNAVAILABLE = "log-unavailable", 26
    CUSTOM = "custom", 64

    @classmethod
    def from_code(cls, code: int) -> Reason:
        """Return the reason of a code; ValueError where there is none."""
        try:
            return _BY_CODE[code]
        except KeyError:
            msg = f"`{code}` is no reason's code; accepted: 0 to 26, 64"
            raise ValueError(msg) from None


_BY_CODE: Final = {reason.code: reason for reason in Reason}


@attrs.frozen(slots=True)
class Decision:
    """Whether a call may be placed, and why not; true when it may. Holds no number.

    `rule` is the rule that denied, None when allowed. `retry_at` is the first instant at which this rule may answer
    differently, None when time alone will not do; `holds_until` the first at which the whole answer may change; `retry_s` and
    `until_s` are the same in epoch seconds. `provisional`: it rests on a calendar that is not published yet.
    """

    reason: Reason
    rule: str | None = None
    provisional: bool = attrs.field(default=False, kw_only=True)
    retry_s: float | None = attrs.field(default=None, kw_only=True)
    until_s: float | None = attrs.field(default=None, kw_only=True)
    _text: str | None = attrs.field(default=None, kw_only=True)

    @property
    def allowed(self) -> bool:
        """Whether the call may be placed."""
        return self.reason is Reason.ALLOWED

    def __bool__(self) -> bool:
        """Return `allowed`."""
        return self.reason is Reason.ALLOWED

    @property
    def retry_at(self) -> pendulum.DateTime | None:
        """When this rule may answer differently, in UTC."""
        return None if self.retry_s is None else clock.datetime_of(self.retry_s)

    @property
    def holds_until(self) -> pendulum.DateTime | None:
        """When the answer may change by time alone, in UTC; None when it will not."""
        return None if self.until_s is None else clock.datetime_of(self.until_s)

    @property
    def message(self) -> str:
        """One plain sentence in English."""
        return self.message_in("en")

    def message_in(self, lang: str) -> str:
        """Return the sentence in `en` or `zh`; ValueError for another language."""
        return texts.sentence(self._text or self.reason.value, lang)


@attrs.frozen(slots=True, kw_only=True)
class Verdict:
    """What a candidate policy says of a call; it binds nobody.

    `reason` is a Reason's value, or `campaign-unknown`, or `candidate-failed` where it could not be asked. `shadow`: it would deny
    the call and let it go. `law` is the hash of what was archived of the candidate, None where nothing was.
    """

    reason: str
    rule: str | None = None
    shadow: bool = False
    law: str | None = None

    @property
    def failed(self) -> bool:
        """Whether it is not known what the candidate would do."""
        return self.reason == FAILED

    @property
    def goes(self) -> bool:
        """Whether the call would go."""
        return self.reason == Reason.ALLOWED.value or self.shadow


class Notice(str):
    """What a guard wants a person to know: a text in English, with its `key` and `facts`, and the same in Chinese."""

    __slots__ = ("facts", "key")

    key: str
    facts: Mapping[str, Any]

    def __new__(cls, key: str, **facts: Any) -> Self:
        """Write the notice; a fact `lines` is a sequence of line numbers."""
        self = super().__new__(cls, _notice(key, "en", facts))
        self.key, self.facts = key, facts
        return self

    def message_in(self, lang: str) -> str:
        """Return the notice in `en` or `zh`; ValueError for another language."""
        return _notice(self.key, lang, self.facts)


def _notice(key: str, lang: str, facts: Mapping[str, Any]) -> str:
    shown = {name: texts.lines(value, lang) if name == "lines" else value for name, value in facts.items()}
    return texts.notice(key, lang, **shown)


@attrs.frozen(slots=True)
class Place:
    """Where a callee may be.

    `country` is ISO 3166-1 (None: of no country, or unreadable), `province` the mainland's ISO 3166-2 code as the digits
    tell it, `zones` every time zone the callee may be in (empty: unknown), `told` what `place=` said. `states` are those of the
    United States that the area code is used in (empty: not known, or another country's).
    """

    country: str | None
    province: str | None = None
    zones: frozenset[str] = frozenset()
    fixed: bool = False
    told: str | None = None
    states: frozenset[str] = frozenset()

    @property
    def countries(self) -> tuple[str | None, ...]:
        """Every country whose law counts: the number's, and the told one of a number of no country."""
        told = self.told.partition("-")[0] if self.told else None
        return (self.country,) if told in (None, self.country) else (self.country, told)

    @property
    def provinces(self) -> frozenset[str]:
        """The mainland provinces that must each pass; empty where the callee's is unknown or it is in none."""
        told = self.told if self.told and self.told.startswith("CN-") else None
        if told is None:
            return frozenset() if self.province is None else frozenset({self.province})
        return frozenset({told, self.province}) if self.fixed and self.province else frozenset({told})

    def parts(self, country: str) -> frozenset[str]:
        """Return the parts of a country whose law must allow the call; empty where none is known: then that of every part."""
        if country == "CN":
            return self.provinces
        told = frozenset({self.told}) if self.told and self.told.startswith(f"{country}-") else frozenset()
        return told | self.states if country == self.country else told

    @property
    def regions(self) -> frozenset[str]:
        """Every country, province and state told or known, for blocked regions."""
        told = {self.told, self.told.partition("-")[0]} if self.told else set()
        return frozenset(code for code in {self.country, self.province, *self.states, *told} if code)


@attrs.frozen(slots=True)
class Finding:
    """What one rule found: `facts` it saw, its `citation`, and `until` when that holds (None: time alone will not change it)."""

    rule: str
    reason: Reason
    status: Literal["passes", "denies", "does-not-apply"]
    facts: Mapping[str, Any] = attrs.field(factory=dict, hash=False)
    citation: str = ""
    _citation_zh: str = attrs.field(default="", kw_only=True)
    until_s: float | None = attrs.field(default=None, kw_only=True)

    def citation_in(self, lang: str) -> str:
        """Return the citation in `en` or `zh`."""
        return self._citation_zh if lang == "zh" else self.citation

    @property
    def until(self) -> pendulum.DateTime | None:
        """When the finding may change by time alone, in UTC."""
        return None if self.until_s is None else clock.datetime_of(self.until_s)


@attrs.frozen(slots=True)
class Explanation:
    """Every rule's finding, in reason order; `decision` is what `may_dial` answers, `place` where the callee may be."""

    decision: Decision
    findings: tuple[Finding, ...]
    place: Place

    def __bool__(self) -> bool:
        """Return whether the call may be placed."""
        return bool(self.decision)
