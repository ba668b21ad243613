"""Which keys a policy file has, table by table, and how each is read."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - cattrs resolves the types
from typing import TYPE_CHECKING, Any, Final

import attrs

from callguard.policy import model, values

if TYPE_CHECKING:
    from collections.abc import Callable

VERSION: Final = 1


@attrs.frozen(kw_only=True)
class Places:
    """The section `[places]`."""

    hcode_file: Path | None = None


@attrs.frozen(kw_only=True)
class Candidate:
    """The section `[candidate]`."""

    policy: Path


@attrs.frozen(kw_only=True)
class CalendarKeys:
    """The section `[calendar]`."""

    overrides: Path | None = None
    school_vacations: tuple[model.Vacation, ...] = ()


@attrs.frozen(kw_only=True)
class Draft:
    """A whole policy as read: nothing resolved yet, and WRONG wherever a value was mistaken."""

    version: int
    enterprise: model.Enterprise
    state: model.State | None = None
    call_log: model.CallLog | None = None
    permits: model.PermitKeys | None = None
    opt_out: model.OptOut | None = None
    candidate: Candidate | None = None
    places: Places = Places()
    calendar: CalendarKeys = CalendarKeys()
    licences: tuple[model.Licence, ...] = ()
    filings: tuple[model.Filing, ...] = ()
    changes: tuple[model.Change, ...] = ()
    callers: tuple[model.Caller, ...] = ()
    lists: tuple[model.ListSource, ...] = ()
    campaigns: tuple[model.Campaign, ...] = ()
    rules: tuple[str, ...] = ()


@attrs.frozen
class Many:
    """A list whose elements are read alike: by a reader, or as tables of a class.

    `lone`: one table may stand for a list of one. `hidden`: what is no list is not shown, it may be a secret.
    """

    each: Callable[[object], Any] | type
    least: int = 0
    lone: bool = False
    hidden: bool = False


@attrs.frozen
class Key:
    """How a key of a table becomes an attribute: by a reader of values, as a table of a class, or as a list."""

    name: str
    read: Callable[[object], Any] | type | Many


_LICENCES: Final = values.one_of(model.LicenceKind)
_PURPOSE: Final = values.one_of(model.Purpose)
_YUAN: Final = values.whole(0, what="a whole number of CNY")
_DOCUMENTS: Final = Many(values.one_of(model.Document))
_COMMAND: Final = Many(values.argument, least=1, hidden=True)

# Class by class, attribute by attribute, in the order in which a file writes them; what is not here cannot be written.
TABLES: Final[dict[type, dict[str, Key]]] = {
    Draft: {
        "version": Key("version", values.whole(VERSION, VERSION)),
        "enterprise": Key("enterprise", model.Enterprise),
        "rules": Key("rules", Many(values.rule)),
        "state": Key("state", model.State),
        "call_log": Key("call_log", model.CallLog),
        "permits": Key("permits", model.PermitKeys),
        "opt_out": Key("opt_out", model.OptOut),
        "candidate": Key("candidate", Candidate),
        "places": Key("places", Places),
        "calendar": Key("calendar", CalendarKeys),
        "licences": Key("licences", Many(model.Licence)),
        "filings": Key("filings", Many(model.Filing)),
        "changes": Key("changes", Many(model.Change)),
        "callers": Key("callers", Many(model.Caller)),
        "lists": Key("lists", Many(model.ListSource)),
        "campaigns": Key("campaigns", Many(model.Campaign)),
    },
    model.Enterprise: {
        "name": Key("name", values.name),
        "region": Key("region", values.country),
        "timezone": Key("timezone", values.timezone),
        "packs": Key("packs", Many(values.pack)),
        "integers": Key("integers", values.one_of(("e164", "national"))),
        "scopes": Key("scopes", Many(values.name)),
        "seats": Key("seats", values.whole(0)),
        "registered_capital": Key("registered_capital", _YUAN),
        "paid_in_capital": Key("paid_in_capital", _YUAN),
        "office_area": Key("office_area", values.area),
        "home": Key("home", values.province),
        "business_scope": Key("business_scope", Many(values.text)),
        "staff": Key("staff", values.whole(0)),
        "facilities": Key("facilities", values.flag),
        "service_network": Key("service_network", values.flag),
        "security_policy": Key("security_policy", values.flag),
        "documents": Key("documents", _DOCUMENTS),
        "foreign_invested": Key("foreign_invested", values.flag),
        "branch": Key("branch", values.flag),
        "blocked": Key("blocked", values.flag),
        "outsourcer": Key("outsourcer", values.flag),
    },
    model.State: {
        "path": Key("path", values.path),
        "url": Key("url", values.url),
        "max_staleness_s": Key("max_staleness", values.seconds),
    },
    model.CallLog: {
        "enabled": Key("enabled", values.flag),
        "key_env": Key("key_env", values.variable),
        "key_file": Key("key_file", values.key_file),
        "key_command": Key("key_command", _COMMAND),
        "retain_months": Key("retain", values.months),
        "hand_on_url": Key("hand_on_url", values.web),
        "hand_on_command": Key("hand_on_command", _COMMAND),
        "hand_on_timeout_s": Key("hand_on_timeout", values.seconds),
    },
    model.PermitKeys: {
        "key_env": Key("key_env", values.variable),
        "key_file": Key("key_file", values.key_file),
        "lifetime_s": Key("lifetime", values.lifetime),
    },
    model.OptOut: {
        "enabled": Key("enabled", values.flag),
        "outcomes": Key("outcomes", Many(values.outcome)),
        "keys": Key("keys", Many(values.keys)),
        "sip": Key("sip", Many(values.whole(400, 699, "a SIP status"))),
        "scope": Key("scope", values.name),
    },
    Candidate: {"policy": Key("policy", values.path)},
    Places: {"hcode_file": Key("hcode_file", values.path)},
    CalendarKeys: {
        "overrides": Key("overrides", values.path),
        "school_vacations": Key("school_vacations", Many(model.Vacation)),
    },
    model.Vacation: {
        "province": Key("province", values.province),
        "first": Key("from", values.day),
        "last": Key("to", values.day),
    },
    model.Licence: {
        "kind": Key("kind", _LICENCES),
        "scope": Key("scope", values.one_of(("national",))),
        "provinces": Key("provinces", Many(values.province)),
        "number": Key("number", values.text),
        "issued": Key("issued", values.day),
        "expires": Key("expires", values.day),
        "annual_reports": Key("annual_reports", Many(values.whole(2000, 2100, "a year"))),
    },
    model.Filing: {"kind": Key("kind", values.one_of(model.FilingKind)), "filed": Key("filed", values.day)},
    model.Change: {
        "what": Key("what", values.one_of(model.Particular)),
        "changed": Key("changed", values.day),
        "filed": Key("filed", values.day),
    },
    model.Caller: {
        "number": Key("number", values.number),
        "kind": Key("kind", values.one_of(model.CallerKind)),
        "obtained": Key("obtained", values.day),
        "filed": Key("filed", values.day),
        "status": Key("status", values.one_of(model.CallerStatus)),
        "purposes": Key("purposes", Many(_PURPOSE)),
        "province": Key("province", values.province),
        "channel": Key("channel", values.one_of(model.Channel)),
        "daily_attempts": Key("daily_attempts", values.whole(1)),
        "forwards_to": Key("forwards_to", values.region),
        "documents": Key("documents", _DOCUMENTS),
        "scenario": Key("scenario", values.text),
    },
    model.ListSource: {
        "name": Key("name", values.name),
        "path": Key("path", values.path),
        "strict": Key("strict", values.flag),
    },
    model.Window: {
        "start": Key("start", values.clock_time),
        "end": Key("end", values.clock_time),
        "days": Key("days", Many(values.one_of(model.Day), least=1)),
    },
    model.Limit: {"attempts": Key("attempts", values.whole(1)), "per": Key("per", values.span)},
    model.Campaign: {
        "name": Key("name", values.name),
        "purpose": Key("purpose", _PURPOSE),
        "sector": Key("sector", values.one_of(model.Sector)),
        "academic_tutoring": Key("academic_tutoring", values.flag),
        "automated": Key("automated", values.flag),
        "biometrics": Key("biometrics", values.flag),
        "online": Key("online", values.flag),
        "product": Key("product", values.one_of(model.Product)),
        "callers": Key("callers", Many(values.number)),
        "windows": Key("window", Many(model.Window, least=1, lone=True)),
        "honours": Key("honours", Many(values.name)),
        "limits": Key("limits", Many(model.Limit)),
        "blocked_regions": Key("blocked_regions", Many(values.region)),
        "require_consent": Key("require_consent", values.flag),
        "scripts": Key("scripts", Many(values.path)),
        "scripts_reviewed": Key("scripts_reviewed", values.day),
        "opt_out": Key("opt_out", model.OptOut),
        "enforce": Key("enforce", values.flag),
    },
}
