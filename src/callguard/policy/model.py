"""What an enterprise declares of itself: frozen values, with every default that a policy file has.

They may be built in code as a policy file is written; `Policy` reads them as it reads a file, checks them, and holds what it
resolved: of a value that is not given, an attribute here is None until then, whatever its type says.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time  # noqa: TC003 - cattrs resolves the types
from pathlib import Path
from typing import Any, Final, Literal, cast

import attrs

from callguard.model import CallerKind as CallerKind  # noqa: PLC0414, TC001 - cattrs resolves the types

Purpose = Literal["marketing", "service", "notification", "survey", "collection"]
Sector = Literal["general", "education", "finance", "healthcare"]
Product = Literal["medical-device", "drug"]
CallerStatus = Literal["active", "suspended", "reclaimed"]
Channel = Literal["operator", "mvno", "authority"]
LicenceKind = Literal[
    "call-centre", "icp", "school", "finance", "medical-institution", "medical-device", "drug", "international-gateway"
]
FilingKind = Literal[
    "ai", "biometrics", "finance-marketing", "cross-border", "hk-mo-tw", "foreign-trade", "foreign-investment", "website"
]
Particular = Literal["name", "legal-representative", "business-scope", "registered-capital", "other"]
Document = Literal[
    "business-licence",
    "call-centre-licence",
    "identity-card-copy",
    "articles",
    "foreign-investment-proof",
    "headquarters-authorization",
    "headquarters-qualifications",
    "capital-proof",
    "staff-proof",
    "facilities-proof",
    "premises-proof",
    "security-rules",
    "website-filing",
    "business-process",
    "customer-protection-plan",
    "technical-principles",
    "data-security-plan",
    "usage-plan",
    "scenario-statement",
]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _listed(value: Any) -> Any:
    """Return a lone text or value as a tuple of one, any other iterable as a tuple; leave frozensets and None alone."""
    if value is None or isinstance(value, frozenset):
        return value
    if isinstance(value, Iterable) and not isinstance(value, str | bytes | dict):
        return tuple(value)
    return (value,) if isinstance(value, str) or attrs.has(type(value)) else value


def _texts(value: Iterable[str] | str | None) -> tuple[str, ...]:
    return cast(tuple[str, ...], _listed(value))


def _maybe_texts(value: Iterable[str] | str | None) -> tuple[str, ...] | None:
    return cast("tuple[str, ...] | None", _listed(value))


def _purposes(value: Iterable[Purpose] | Purpose | None) -> tuple[Purpose, ...] | None:
    return cast("tuple[Purpose, ...] | None", _listed(value))


def _documents(value: Iterable[Document] | Document | None) -> tuple[Document, ...] | None:
    return cast("tuple[Document, ...] | None", _listed(value))


def _paths(value: Iterable[Path | str] | Path | str | None) -> tuple[Path, ...]:
    listed = (value,) if isinstance(value, Path) else _listed(value)
    return cast("tuple[Path, ...]", tuple(map(_path, listed)) if isinstance(listed, tuple) else listed)


def _years(value: Iterable[int] | None) -> tuple[int, ...] | None:
    return None if value is None else cast(tuple[int, ...], _listed(value))


def _statuses(value: Iterable[int] | None) -> tuple[int, ...]:
    return cast(tuple[int, ...], _listed(value))


def _days(value: Iterable[Day] | Day) -> tuple[Day, ...]:
    return cast("tuple[Day, ...]", _listed(value))


def _windows(value: Iterable[Window] | Window) -> tuple[Window, ...]:
    return cast("tuple[Window, ...]", _listed(value))


def _limits(value: Iterable[Limit] | Limit) -> tuple[Limit, ...]:
    return cast("tuple[Limit, ...]", _listed(value))


def _maybe_opt_out(value: OptOut | None) -> OptOut:
    return cast("OptOut", value)


def _codes(value: Iterable[str] | str | None) -> frozenset[str]:
    """Return the texts in their order, so that a mistake in one has its place; `Policy` makes them a set."""
    return cast("frozenset[str]", _listed(value))


def _path(value: Path | str) -> Path:
    return Path(value) if isinstance(value, str) and value else cast(Path, value)


def _maybe_path(value: Path | str | None) -> Path | None:
    return Path(value) if isinstance(value, str) and value else cast("Path | None", value)


def _maybe_flag(value: bool | None) -> bool:
    return cast(bool, value)


def _maybe_text(value: str | None) -> str:
    return cast(str, value)


def _maybe_kind(value: CallerKind | None) -> CallerKind:
    return cast("CallerKind", value)


def _span(value: str) -> Literal["calendar", "rolling"]:
    return cast("Literal['calendar', 'rolling']", value)


def _masked(number: object) -> str:
    from callguard import phone

    return repr(phone.mask(number) if isinstance(number, str | int) else number)


@attrs.frozen(kw_only=True)
class Enterprise:
    """The enterprise that calls. What is None is not declared: no rule decides by it, and an inspection says that it is unknown."""

    name: str
    region: str = "CN"
    timezone: str = attrs.field(default=None, converter=_maybe_text)  # the region's only zone
    packs: tuple[str, ...] = attrs.field(default=None, converter=_texts)  # the region's own
    integers: Literal["e164", "national"] | None = None
    scopes: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    seats: int | None = None
    registered_capital: int | None = None
    paid_in_capital: int | None = None
    office_area: float | None = None
    home: str | None = None
    business_scope: tuple[str, ...] | None = attrs.field(default=None, converter=_maybe_texts)
    staff: int | None = None
    facilities: bool | None = None
    service_network: bool | None = None
    security_policy: bool | None = None
    documents: tuple[Document, ...] | None = attrs.field(default=None, converter=_documents)
    foreign_invested: bool = False
    branch: bool = False
    blocked: bool = False
    outsourcer: bool = False


@attrs.frozen(kw_only=True)
class State:
    """Where what must last is kept: `path` is this host's own directory, `url` the database that hosts share."""

    path: Path | None = attrs.field(default=None, converter=_maybe_path)  # `state` beside the policy file
    url: str | None = attrs.field(default=None, repr=False)  # may hold a password
    max_staleness_s: float = 5.0


@attrs.frozen(kw_only=True)
class CallLog:
    """The article's number-usage log: where its keys are, and to whom its records are handed on as they are written."""

    enabled: bool = True
    key_env: str | None = None  # of these three at most one
    key_file: Path | None = attrs.field(default=None, converter=_maybe_path)
    key_command: tuple[str, ...] | None = attrs.field(default=None, converter=_maybe_texts)
    retain_months: int = 6
    hand_on_url: str | None = attrs.field(default=None, repr=False)  # may hold a password; of these two at most one
    hand_on_command: tuple[str, ...] | None = attrs.field(default=None, converter=_maybe_texts)
    hand_on_timeout_s: float = 5.0


@attrs.frozen(kw_only=True)
class PermitKeys:
    """The section `[permits]`: where the private key is that signs dial permits, and for how long each is good."""

    key_env: str | None = None  # of these two at most one
    key_file: Path | None = attrs.field(default=None, converter=_maybe_path)
    lifetime_s: float = 30.0


@attrs.frozen(kw_only=True)
class OptOut:
    """The section `[opt_out]`, and a campaign's own: what of a call is the callee's refusal, and in which scope it is kept.

    Outcomes are compared without regard to case, blanks and marks; `keys` are sequences of DTMF, `sip` statuses of final replies.
    Of what is not given, `OPT_OUT` has the policy's, and the policy a campaign's.
    """

    enabled: bool = attrs.field(default=None, converter=_maybe_flag)
    outcomes: tuple[str, ...] = attrs.field(default=None, converter=_texts)
    keys: tuple[str, ...] = attrs.field(default=None, converter=_texts)
    sip: tuple[int, ...] = attrs.field(default=None, converter=_statuses)
    scope: str = attrs.field(default=None, converter=_maybe_text)


OPT_OUT: Final = OptOut(
    enabled=True,
    outcomes=("do-not-call", "dnc", "do-not-contact", "opt-out", "opted-out", "refused", "unsubscribe", "勿扰", "拒绝来电"),
    keys=(),
    sip=(607, 608),  # unwanted, rejected: RFC 8197, RFC 8688
    scope="enterprise",
)


@attrs.frozen(kw_only=True)
class Vacation:
    """A school vacation of one province, both days included."""

    province: str
    first: date
    last: date


@attrs.frozen(kw_only=True)
class Licence:
    """A licence held: `provinces` empty means national (call-centre) or not said (others); `annual_reports` None: not said."""

    kind: LicenceKind
    issued: date
    expires: date | None = None
    scope: Literal["national"] | None = None
    provinces: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    number: str | None = None
    annual_reports: tuple[int, ...] | None = attrs.field(default=None, converter=_years)


@attrs.frozen(kw_only=True)
class Filing:
    """A filing made."""

    kind: FilingKind
    filed: date


@attrs.frozen(kw_only=True)
class Change:
    """A change of the enterprise's particulars, and when the licences were changed for it."""

    what: Particular
    changed: date
    filed: date | None = None


@attrs.frozen(kw_only=True)
class Caller:
    """A number that the enterprise calls from: `number` as written, `key` as compared."""

    number: str = attrs.field(repr=_masked)
    key: str = attrs.field(default=None, converter=_maybe_text, repr=_masked)  # of the number, always
    kind: CallerKind = attrs.field(default=None, converter=_maybe_kind)  # told from the digits
    obtained: date | None = None
    filed: date | None = None
    status: CallerStatus = "active"
    purposes: tuple[Purpose, ...] | None = attrs.field(default=None, converter=_purposes)  # all
    province: str | None = None  # told from the digits
    channel: Channel | None = None
    daily_attempts: int | None = None
    forwards_to: str | None = None
    documents: tuple[Document, ...] | None = attrs.field(default=None, converter=_documents)  # of its application
    scenario: str | None = None


@attrs.frozen(kw_only=True)
class ListSource:
    """A suppression list and the file it is read from."""

    name: str
    path: Path = attrs.field(converter=_path)
    strict: bool = False


@attrs.frozen(kw_only=True)
class Window:
    """Hours of the wall clock where the callee is, half-open, on some days or all."""

    start: time
    end: time
    days: tuple[Day, ...] = attrs.field(default=DAYS, converter=_days)


@attrs.frozen(kw_only=True)
class Limit:
    """At most `attempts` to one callee in `per`: calendar days of the callee, or a rolling span of hours.

    `Limit(attempts=1, per="1 day")`, as a policy writes it, is resolved by `Policy` to `per` and `count`.
    """

    attempts: int
    per: Literal["calendar", "rolling"] = attrs.field(converter=_span)
    count: int = 0  # days or hours

    @property
    def written(self) -> str:
        """The span as a policy writes it."""
        unit = {"calendar": "day", "rolling": "hour"}.get(self.per)
        return f"{self.count} {unit}{'' if self.count == 1 else 's'}" if unit else self.per


@attrs.frozen(kw_only=True)
class Campaign:
    """What the calls are for.

    `honours` is as written, None for every scope and list; `honours_scopes` and `honours_lists` are always made of it.
    """

    name: str
    purpose: Purpose
    sector: Sector = "general"
    academic_tutoring: bool = attrs.field(default=None, converter=_maybe_flag)  # true in education, else false
    automated: bool = False
    biometrics: bool = False
    online: bool = False
    product: Product | None = None
    callers: frozenset[str] = attrs.field(default=None, converter=_codes)  # keys; all of the policy's
    windows: tuple[Window, ...] = attrs.field(default=(), converter=_windows)  # the law's alone
    honours: tuple[str, ...] | None = attrs.field(default=None, converter=_maybe_texts)
    honours_scopes: frozenset[str] = frozenset()
    honours_lists: frozenset[str] = frozenset()
    limits: tuple[Limit, ...] = attrs.field(default=(), converter=_limits)
    blocked_regions: frozenset[str] = attrs.field(default=frozenset(), converter=_codes)
    require_consent: bool = False
    scripts: tuple[Path, ...] = attrs.field(default=(), converter=_paths)
    scripts_reviewed: date | None = None
    opt_out: OptOut = attrs.field(default=None, converter=_maybe_opt_out)  # the policy's
    enforce: bool = True
