"""Policies valid by construction, as the values that TOML has; and a plain writer of TOML."""

from __future__ import annotations

import json
from datetime import date, datetime, time
from typing import Any, get_args

from hypothesis import strategies as st

from callguard.policy import model

NAMES = ("alpha", "brand", "夏季", "a.b", "with blank", "x")
PROVINCES = ("CN-GD", "广东", "广东省", "Guangdong", "CN-XJ", "西藏")
NUMBERS = ("010-8555-0123", "+8613800130142", "4008550142", "95012345", "17000130142", "075585550123")
DAYS = st.dates(date(2000, 1, 1), date(2049, 12, 31))


def words(literal: Any) -> st.SearchStrategy[str]:
    return st.sampled_from(get_args(literal))


def some(of: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(of, max_size=3)


def table(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required, optional=optional)


def ordered(first: str, last: str) -> Any:
    """Put two dates of a table in their order."""

    def order(found: dict[str, Any]) -> dict[str, Any]:
        if first in found and last in found:
            found[first], found[last] = sorted((found[first], found[last]))
        return found

    return order


@st.composite
def windows(draw: Any, *, marketing: bool) -> dict[str, Any]:
    first, last = (8 * 3600, 21 * 3600) if marketing else (0, 86_399)
    start = draw(st.integers(first, last - 1))
    end = draw(st.integers(start + 1, last))
    found: dict[str, Any] = {key: time(s // 3600, s // 60 % 60, s % 60) for key, s in (("start", start), ("end", end))}
    if draw(st.booleans()):
        found["days"] = draw(st.lists(words(model.Day), min_size=1, max_size=7, unique=True))
    return found


SPANS = st.builds("{} {}{}".format, st.integers(1, 366), st.sampled_from(["day", "hour"]), st.sampled_from(["", "s"]))
LIMITS = table({"attempts": st.integers(1, 50), "per": SPANS}, {})
STATES = st.one_of(
    table({}, {"path": st.just("state"), "max_staleness": st.sampled_from(["5s", "500ms", "1 min", "0.5h", "10 m"])}),
    table({"url": st.just("postgres://db.example/x")}, {"path": st.just("spool")}),
)
COMMANDS = st.lists(st.sampled_from(["vault", "-n", "a b"]), min_size=1, max_size=3)
PERMITS = st.one_of(
    *(
        table(found, {"lifetime": st.sampled_from(["30s", "1.5 m", "10min"])})
        for found in ({}, {"key_env": st.just("KEY")}, {"key_file": st.just("k")})
    )
)
OPT_OUTS = table(
    {},
    {
        "enabled": st.booleans(),
        "outcomes": some(st.sampled_from(["dnc", "Never Again", "勿扰"])),
        "keys": some(st.sampled_from(["9", "0#", "*"])),
        "sip": some(st.integers(400, 699)),
        "scope": st.just("enterprise"),
    },
)
LOGS = st.builds(
    lambda log, key, hand_on: {**log, **key, **hand_on},
    table({}, {"enabled": st.booleans(), "retain": st.sampled_from(["6 months", "1 year"])}),
    st.one_of(
        st.just({}),
        *(table({f"key_{name}": of}, {}) for name, of in (("env", st.just("KEY")), ("file", st.just("k")), ("command", COMMANDS))),
    ),
    st.one_of(
        *(
            table(found, {"hand_on_timeout": st.sampled_from(["5s", "1 min"])})
            for found in ({}, {"hand_on_url": st.just("http://h/x")}, {"hand_on_command": COMMANDS})
        )
    ),
)
VACATIONS = table({"province": st.sampled_from(PROVINCES), "from": DAYS, "to": DAYS}, {}).map(ordered("from", "to"))
REPORTS = some(st.integers(2000, 2100))
MORE = {"number": st.just("B2-1"), "expires": DAYS, "annual_reports": REPORTS}
LICENCES = st.one_of(
    table({"kind": st.just("call-centre"), "scope": st.just("national"), "issued": DAYS}, MORE),
    table(
        {"kind": st.just("call-centre"), "provinces": st.lists(st.sampled_from(PROVINCES), min_size=1, max_size=3), "issued": DAYS},
        MORE,
    ),
    table(
        {"kind": st.sampled_from(get_args(model.LicenceKind)[1:]), "issued": DAYS},
        {**MORE, "provinces": some(st.sampled_from(PROVINCES))},
    ),
).map(ordered("issued", "expires"))
FLAGS = ("automated", "biometrics", "online", "require_consent", "enforce")


@st.composite
def policies(draw: Any) -> dict[str, Any]:
    """Draw the tables of a policy without a mistake."""
    names = draw(st.permutations(NAMES))
    scopes, lists, campaigns = (
        names[: draw(st.integers(0, 2))],
        names[2 : draw(st.integers(2, 4))],
        names[4 : draw(st.integers(4, 6))],
    )
    enterprise = draw(
        table(
            {"name": st.just("Xinghe")},
            {
                "region": st.sampled_from(["CN", "中国"]),
                "timezone": st.just("Asia/Shanghai"),
                "packs": st.just(["cn"]),
                "integers": st.sampled_from(["e164", "national"]),
                "seats": st.integers(0, 10**6),
                "registered_capital": st.integers(10**9, 10**12),
                "paid_in_capital": st.integers(0, 10**9),
                "home": st.sampled_from(PROVINCES),
                "business_scope": some(st.sampled_from(["信息技术服务", "培训"])),
                "staff": st.integers(0, 10**4),
                **{key: st.booleans() for key in ("facilities", "service_network", "security_policy")},
                "documents": st.lists(words(model.Document), max_size=3, unique=True),
                "office_area": st.one_of(st.integers(0, 10**5), st.floats(0, 10**5)),
                **{key: st.booleans() for key in ("foreign_invested", "branch", "blocked", "outsourcer")},
            },
        )
    )
    if scopes:
        enterprise["scopes"] = list(scopes)
    numbers = draw(st.lists(st.sampled_from(NUMBERS), max_size=4, unique=True))
    callers = [
        draw(
            table(
                {"number": st.just(number)},
                {
                    "obtained": DAYS,
                    "filed": DAYS,
                    "status": words(model.CallerStatus),
                    "purposes": some(words(model.Purpose)),
                    "channel": words(model.Channel),
                    "daily_attempts": st.integers(1, 10**5),
                    "forwards_to": st.sampled_from(["CN", "US", "广东"]),
                    "documents": st.lists(words(model.Document), max_size=3, unique=True),
                    "scenario": st.just("parcels"),
                },
            ).map(ordered("obtained", "filed"))
        )
        for number in numbers
    ]
    honoured = [*scopes, *lists, *campaigns]
    policy: dict[str, Any] = draw(
        table(
            {"version": st.just(1), "enterprise": st.just(enterprise)},
            {
                "rules": st.lists(st.sampled_from(["a:b", "a.b:c"]), unique=True),
                "state": STATES,
                "call_log": LOGS,
                "permits": PERMITS,
                "opt_out": OPT_OUTS,
                "candidate": table({"policy": st.just("next.toml")}, {}),
                "places": table({}, {"hcode_file": st.just("h.csv")}),
                "calendar": table({}, {"overrides": st.just("c.toml"), "school_vacations": some(VACATIONS)}),
                "licences": some(LICENCES),
                "filings": some(table({"kind": words(model.FilingKind), "filed": DAYS}, {})),
                "changes": some(
                    table({"what": words(model.Particular), "changed": DAYS}, {"filed": DAYS}).map(ordered("changed", "filed"))
                ),
                "callers": st.just(callers),
            },
        )
    )
    policy["lists"] = [draw(table({"name": st.just(name), "path": st.just("l.csv")}, {"strict": st.booleans()})) for name in lists]
    policy["campaigns"] = [draw(_campaign(name, honoured, numbers if "callers" in policy else [])) for name in campaigns]
    return policy


@st.composite
def _campaign(draw: Any, name: str, honoured: list[str], numbers: list[str]) -> dict[str, Any]:
    purpose = draw(words(model.Purpose))
    one = windows(marketing=purpose == "marketing")
    found: dict[str, Any] = draw(
        table(
            {"name": st.just(name), "purpose": st.just(purpose)},
            {
                "sector": words(model.Sector),
                "callers": st.lists(st.sampled_from(numbers), max_size=2) if numbers else st.just([]),
                "window": st.one_of(one, st.lists(one, min_size=1, max_size=2)),
                "honours": some(st.sampled_from(honoured)).map(lambda names: ["enterprise", *names]),
                "limits": some(LIMITS),
                "blocked_regions": some(st.sampled_from([*PROVINCES, "HK", "US"])),
                "scripts": some(st.sampled_from(["a.txt", "scripts/b.txt"])),
                "scripts_reviewed": DAYS,
                "opt_out": OPT_OUTS,
                **{flag: st.booleans() for flag in FLAGS},
            },
        )
    )
    if found.get("sector") == "education" and draw(st.booleans()):
        found["academic_tutoring"] = draw(st.booleans())
    if found.get("sector") == "healthcare" and draw(st.booleans()):
        found["product"] = draw(words(model.Product))
    return found


def toml(value: Any) -> str:
    """Write a table of TOML, everything below the first level inline."""
    return "".join(f"{json.dumps(key)} = {_inline(each)}\n" for key, each in value.items())


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_inline(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)


def plain(value: Any) -> Any:
    """Return what JSON has in place of a TOML value: dates and times are texts."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value.isoformat() if isinstance(value, date | time) else value
