"""A policy built in code: read, and judged, as a file is."""

from __future__ import annotations

import pickle
import subprocess
import sys
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given

from callguard.errors import PolicyError
from callguard.policy import (
    Caller,
    CallLog,
    Campaign,
    Enterprise,
    Filing,
    Licence,
    Limit,
    ListSource,
    OptOut,
    PermitKeys,
    Policy,
    State,
    Vacation,
    Window,
)
from policies.build import policies, toml

LEAST = 'version = 1\n[enterprise]\nname = "Xinghe"\n'


def built_or_told(parts: dict[str, Any]) -> None:
    """Build a policy, or be told its problems; nothing else may be raised."""
    told = None
    try:
        Policy(**parts)
    except PolicyError as error:
        told = error
    assert told is None or told.problems


def test_code_builds_what_a_file_says():
    policy = Policy(
        enterprise=Enterprise(name="Xinghe"),
        licences=[Licence(kind="call-centre", scope="national", issued=date(2023, 5, 1))],
        callers=[Caller(number="010-8555-0123")],
        lists=[ListSource(name="complaints", path="c.csv")],
        campaigns=[
            Campaign(
                name="c",
                purpose="marketing",
                callers=["01085550123"],
                honours=["enterprise", "complaints"],
                windows=Window(start=time(9), end=time(20), days=["mon"]),
                limits=[Limit(attempts=1, per="1 day")],
                blocked_regions="新疆",
            )
        ],
    )
    same = Policy.from_toml(
        LEAST
        + '[[licences]]\nkind = "call-centre"\nscope = "national"\nissued = 2023-05-01\n[[callers]]\nnumber = "010-8555-0123"\n'
        + '[[lists]]\nname = "complaints"\npath = "c.csv"\n[[campaigns]]\nname = "c"\npurpose = "marketing"\ncallers = ["01085550123"]\n'
        + 'honours = ["enterprise", "complaints"]\nwindow = { start = 09:00:00, end = 20:00:00, days = ["mon"] }\n'
        + 'limits = [{ attempts = 1, per = "1 day" }]\nblocked_regions = ["新疆"]\n'
    )

    assert policy == same
    assert hash(policy) == hash(same)
    assert policy.enterprise.timezone == "Asia/Shanghai"
    assert policy.campaigns[0].limits == (Limit(attempts=1, per="calendar", count=1),)


@given(policies())
def test_a_policy_taken_apart_and_built_again_in_code_is_the_same(raw: dict[str, Any]):
    policy = Policy.from_toml(toml(raw))

    again = attrs.evolve(policy)

    assert policy == again
    assert again.digest == attrs.evolve(again).digest
    assert pickle.loads(pickle.dumps(policy)) == policy


def test_the_digest_in_code_is_the_same_for_the_same_and_another_for_another():
    one, two, other = (Policy(enterprise=Enterprise(name="X", seats=seats)) for seats in (1, 1, 2))

    assert one.digest == two.digest != other.digest


def test_code_has_every_mistake_at_once_with_its_key():
    with pytest.raises(PolicyError) as caught:
        Policy(
            enterprise=Enterprise(name="Xinghe", seats=True),
            state=State(path="state", url="mysql://db.example/x", max_staleness_s=0),
            call_log=CallLog(retain_months=5, key_env="KEY", key_file="k", hand_on_url="h", hand_on_timeout_s=0),
            licences=[Licence(kind="call-center", issued=datetime(2023, 5, 1, tzinfo=UTC))],
            callers=[Caller(number="010-8555-0123"), Caller(number="+86 10 8555 0123"), Caller(number=4008550123)],
            school_vacations=[Vacation(province="CN-BJ", first=date(2026, 2, 1), last=date(2026, 1, 1))],
            campaigns=[
                Campaign(name="c", purpose="marketing", honours=["c"], windows=Window(start=time(7), end=time(21))),
                Campaign(
                    name="c",
                    purpose="service",
                    callers=["13800130142"],
                    limits=[Limit(attempts=1, per="1 week"), Limit(attempts=0, per="rolling", count=24)],
                ),
            ],
            rules=["nonsense"],
        )

    assert {problem.key for problem in caught.value.problems} == {
        "enterprise.seats", "state.url", "state.max_staleness", "call_log.retain", "call_log.key_file",
        "call_log.hand_on_url", "call_log.hand_on_timeout", "licences[0].kind", "licences[0].issued",
        "callers[1].number", "callers[2].number", "calendar.school_vacations[0].to", "campaigns[0].honours",
        "campaigns[0].window[0].start", "campaigns[1].name", "campaigns[1].limits[0].per", "campaigns[1].limits[1].attempts", "rules[0]",
    }  # fmt: skip
    assert {problem.line for problem in caught.value.problems} == {None}


@pytest.mark.parametrize("value", [5, "x", [5], {"a": 1}, None, object(), [None], time(1)])
@pytest.mark.parametrize("part", [field.name for field in attrs.fields(Policy) if field.init and field.name != "file"])
def test_code_that_passes_anything_else_gets_a_policy_error_or_a_policy(part: str, value: object):
    built_or_told({"enterprise": Enterprise(name="X"), part: value})


@pytest.mark.parametrize("value", [5, "x", [5], {"a": 1}, None, object(), [None], time(1), datetime(2026, 1, 1), 1e400, b"x"])
@pytest.mark.parametrize(
    "table",
    [Enterprise, State, CallLog, PermitKeys, OptOut, Vacation, Licence, Filing, Caller, ListSource, Window, Limit, Campaign],
)
def test_an_attribute_that_is_anything_else_is_a_policy_error_or_a_policy(table: type, value: object):
    required: dict[type, dict[str, Any]] = {
        Enterprise: {"name": "X"},
        Vacation: {"province": "CN-BJ", "first": date(2026, 1, 1), "last": date(2026, 1, 1)},
        Licence: {"kind": "icp", "issued": date(2026, 1, 1)},
        Filing: {"kind": "ai", "filed": date(2026, 1, 1)},
        Caller: {"number": "010-8555-0123"},
        ListSource: {"name": "l", "path": "l"},
        Window: {"start": time(9), "end": time(10)},
        Limit: {"attempts": 1, "per": "1 day"},
        Campaign: {"name": "c", "purpose": "service"},
    }
    for field in attrs.fields(table):
        built = table(**{**required.get(table, {}), field.name: value})
        parts: dict[str, Any] = {"enterprise": Enterprise(name="X")}
        if table is Window:
            parts["campaigns"] = [Campaign(name="c", purpose="service", windows=[built])]
        elif table is Limit:
            parts["campaigns"] = [Campaign(name="c", purpose="service", limits=[built])]
        else:
            sections = {Enterprise: "enterprise", State: "state", CallLog: "call_log", PermitKeys: "permits", OptOut: "opt_out"}
            name = sections.get(table)
            many = {Vacation: "school_vacations", Licence: "licences", Filing: "filings", Caller: "callers", ListSource: "lists"}
            parts |= {name: built} if name else {many.get(table, "campaigns"): [built]}
        built_or_told(parts)


def test_paths_in_code_start_at_the_working_directory_or_beside_the_file_that_is_named():
    lists = [ListSource(name="l", path="l.csv")]

    assert Policy(enterprise=Enterprise(name="X"), lists=lists).lists[0].path == Path.cwd() / "l.csv"
    assert Policy(enterprise=Enterprise(name="X"), lists=lists, file="/srv/callguard.toml").lists[0].path == Path("/srv/l.csv")


def test_no_number_and_no_password_is_in_a_repr():
    policy = Policy(
        enterprise=Enterprise(name="X"),
        state=State(url="postgresql://u:secret@db.example/x"),
        callers=[Caller(number="010-8555-0123")],
    )

    shown = repr(policy.callers) + repr(policy.state)
    assert "85550123" not in shown.replace("-", "")
    assert "secret" not in shown


def test_importing_the_room_loads_no_heavy_library():
    code = "import sys, callguard.policy; print(*{'cattrs', 'phonenumbers', 'pendulum', 'tomllib', 'difflib'} & set(sys.modules))"

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == ""
