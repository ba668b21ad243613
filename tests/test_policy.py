"""What a policy means: each key, each default, and the same from code."""

from __future__ import annotations

import hashlib
from datetime import date, time
from pathlib import Path

import pytest

from callguard.errors import PolicyError
from callguard.policy import (
    DAYS,
    Caller,
    CallLog,
    Campaign,
    Change,
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
from callguard.policy.model import OPT_OUT

VALID = Path(__file__).parent / "policies" / "valid"
LEAST = 'version = 1\n[enterprise]\nname = "Xinghe"\n'


def problems(text: str) -> list[tuple[str, str]]:
    with pytest.raises(PolicyError) as caught:
        Policy.from_toml(text)
    return [(problem.key, problem.found) for problem in caught.value.problems]


def test_every_key_means_what_it_says():
    policy = Policy.load(VALID / "everything.toml")

    assert policy.enterprise == Enterprise(
        name="Xinghe Education",
        region="CN",
        timezone="Asia/Shanghai",
        packs=("cn",),
        integers="e164",
        scopes=("brand",),
        seats=20,
        registered_capital=20_000_000,
        paid_in_capital=12_000_000,
        office_area=150.5,
        home="CN-BJ",
        business_scope=("信息技术服务", "Education"),
        staff=25,
        facilities=True,
        service_network=False,
        security_policy=True,
        documents=("business-licence", "articles"),
        foreign_invested=True,
        branch=True,
        blocked=True,
        outsourcer=True,
    )
    assert policy.state == State(path=VALID / "state", max_staleness_s=2.5)
    assert policy.call_log == CallLog(enabled=False, key_env="CALLGUARD_LOG_KEY", retain_months=24)
    assert policy.permits == PermitKeys(key_env="CALLGUARD_PERMIT_KEY", lifetime_s=12.5)
    assert policy.opt_out == OptOut(
        enabled=True, outcomes=("do-not-call", "Never Again"), keys=("9", "0#"), sip=(607, 603), scope="brand"
    )
    assert policy.candidate == VALID / "next.toml"
    assert policy.hcode_file == VALID / "hcodes.csv"
    assert policy.calendar_overrides == VALID / "calendar.toml"
    assert policy.school_vacations == (
        Vacation(province="CN-BJ", first=date(2026, 7, 11), last=date(2026, 8, 31)),
        Vacation(province="CN-GD", first=date(2026, 7, 15), last=date(2026, 7, 15)),
    )
    assert policy.licences == (
        Licence(
            kind="call-centre",
            scope="national",
            number="B2-20230001",
            issued=date(2023, 5, 1),
            expires=date(2028, 4, 30),
            annual_reports=(2024, 2025),
        ),
        Licence(kind="icp", provinces=("CN-GD", "CN-BJ"), issued=date(2023, 5, 1)),
    )
    assert policy.filings == (Filing(kind="ai", filed=date(2025, 1, 10)),)
    assert policy.changes == (Change(what="legal-representative", changed=date(2026, 3, 2), filed=date(2026, 3, 20)),)
    assert policy.callers == (
        Caller(
            number="010-8555-0123",
            key="+861085550123",
            kind="fixed",
            obtained=date(2026, 1, 5),
            filed=date(2026, 1, 20),
            status="suspended",
            purposes=("marketing", "service"),
            province="CN-BJ",
            channel="operator",
            daily_attempts=2000,
            forwards_to="CN",
            documents=("usage-plan",),
            scenario="course consulting",
        ),
        Caller(number="13800130142", key="+8613800130142", kind="mobile"),
    )
    assert policy.lists == (ListSource(name="complaints", path=VALID / "lists" / "complaints.csv", strict=True),)
    assert policy.rules == ("own.rules:no_fridays",)
    spring, clinic = policy.campaigns
    assert spring == Campaign(
        name="spring-course",
        purpose="marketing",
        sector="education",
        academic_tutoring=False,
        automated=True,
        biometrics=True,
        online=True,
        callers=frozenset({"+861085550123"}),
        windows=(Window(start=time(9), end=time(20), days=DAYS),),
        honours=("enterprise", "brand", "complaints"),
        honours_scopes=frozenset({"enterprise", "brand"}),
        honours_lists=frozenset({"complaints"}),
        limits=(
            Limit(attempts=1, per="calendar", count=1),
            Limit(attempts=3, per="calendar", count=7),
            Limit(attempts=2, per="rolling", count=24),
        ),
        blocked_regions=frozenset({"CN-XJ", "HK", "US"}),
        require_consent=True,
        scripts=(VALID / "scripts" / "spring.txt",),
        scripts_reviewed=date(2026, 2, 1),
        opt_out=OptOut(enabled=True, outcomes=("do-not-call", "Never Again"), keys=("1",), sip=(), scope="brand"),
        enforce=False,
    )
    assert clinic.product == "drug"
    assert clinic.windows == (
        Window(start=time(8, 30), end=time(12), days=("mon", "tue")),
        Window(start=time(14), end=time(23, 59, 59)),
    )
    assert [limit.written for limit in spring.limits] == ["1 day", "7 days", "24 hours"]


def test_the_defaults_are_those_shown():
    policy = Policy.from_toml(
        LEAST
        + "[state]\n[call_log]\n"
        + '[[licences]]\nkind = "icp"\nissued = 2023-05-01\n'
        + '[[callers]]\nnumber = "010-8555-0123"\n'
        + '[[lists]]\nname = "complaints"\npath = "c.csv"\n'
        + '[[campaigns]]\nname = "a"\npurpose = "marketing"\nwindow = { start = 09:00:00, end = 10:00:00 }\n'
        + '[[campaigns]]\nname = "b"\npurpose = "survey"\nsector = "education"\n'
    )

    assert policy.enterprise == Enterprise(name="Xinghe", region="CN", timezone="Asia/Shanghai", packs=("cn",))
    assert policy.enterprise.integers is None
    assert policy.state == State(path=Path.cwd() / "state", url=None, max_staleness_s=5.0)
    assert policy.call_log == CallLog(enabled=True, retain_months=6, hand_on_timeout_s=5.0)
    assert policy.call_log
    assert (policy.call_log.key_env, policy.call_log.key_file, policy.call_log.key_command) == (None, None, None)
    assert (policy.call_log.hand_on_url, policy.call_log.hand_on_command) == (None, None)
    assert policy.licences[0] == Licence(kind="icp", issued=date(2023, 5, 1), expires=None, scope=None, provinces=())
    assert policy.callers[0] == Caller(
        number="010-8555-0123", key="+861085550123", kind="fixed", status="active", purposes=None, province="CN-BJ"
    )
    a, b = policy.campaigns
    assert a.honours_scopes == b.honours_scopes == {"enterprise", "a", "b"}
    assert a.honours_lists == b.honours_lists == {"complaints"}
    assert a.callers == b.callers == {"+861085550123"}
    assert (a.academic_tutoring, b.academic_tutoring) == (False, True)
    assert a.windows[0].days == DAYS
    assert (a.sector, a.enforce, a.require_consent, a.limits, a.blocked_regions, a.product) == (
        "general",
        True,
        False,
        (),
        frozenset(),
        None,
    )
    assert b.windows == ()
    assert policy.scopes == ("enterprise", "a", "b")
    assert policy.list_names == ("complaints",)


def test_the_least_policy_has_no_state_no_log_and_nothing_else():
    policy = Policy.load(VALID / "least.toml")

    assert (policy.state, policy.call_log, policy.permits) == (None, None, None)
    assert policy.opt_out == OPT_OUT
    assert (policy.candidate, policy.hcode_file, policy.calendar_overrides) == (None, None, None)
    assert policy.school_vacations == policy.licences == policy.callers == policy.lists == policy.campaigns == policy.rules == ()


def test_an_enterprise_elsewhere_has_its_own_zone_and_no_pack():
    harbour = Policy.load(VALID / "hong-kong.toml")
    potomac = Policy.load(VALID / "united-states.toml")

    assert (harbour.enterprise.timezone, harbour.enterprise.packs) == ("Asia/Hong_Kong", ())
    assert (potomac.enterprise.timezone, potomac.enterprise.packs) == ("America/New_York", ("cn",))
    assert [caller.key for caller in harbour.callers] == ["+85223450123", "+861085550123"]
    assert harbour.campaigns[0].honours_scopes == frozenset()
    assert potomac.callers[0].key == "+12025550123"
    assert potomac.state == State(url="postgresql://callguard@db.example/callguard", path=VALID / "state")
    assert harbour.state == State(url="postgresql://callguard@db.example/callguard", path=VALID / "spool")


def test_the_logs_key_is_in_the_environment_a_file_beside_the_policy_or_what_a_command_prints():
    harbour = Policy.load(VALID / "hong-kong.toml").call_log
    potomac = Policy.load(VALID / "united-states.toml").call_log

    assert harbour == CallLog(
        key_file=VALID / "callguard.key", hand_on_url="https://user:secret@filing.example/records", hand_on_timeout_s=0.8
    )
    assert potomac == CallLog(
        key_command=("vault", "kv", "get", "-field=key", "callguard"), hand_on_command=("file-record",), hand_on_timeout_s=5.0
    )
    assert "secret" not in repr(harbour)
    assert Policy.load(VALID / "hong-kong.toml").permits == PermitKeys(key_file=VALID / "permit.key", lifetime_s=30.0)


def test_this_hosts_folder_is_beside_the_policy_unless_it_says_where():
    assert Policy.load(VALID / "least.toml").state_folder == VALID / "state"
    assert Policy.load(VALID / "hong-kong.toml").state_folder == VALID / "spool"
    assert Policy.from_toml(LEAST).state_folder == Path.cwd() / "state"


def test_kinds_and_provinces_are_told_from_the_digits():
    policy = Policy.load(VALID / "kinds.toml")

    assert [(c.kind, c.province) for c in policy.callers] == [
        ("400", None),
        ("95", None),
        ("96", "CN-GD"),
        ("96", "CN-GD"),
        ("virtual", None),
        ("mobile", None),
        ("virtual", None),
    ]
    assert policy.campaigns[0].callers == {policy.callers[n].key for n in (0, 1, 2)}


def test_finds_a_campaign_and_suggests_the_nearest():
    policy = Policy.load(VALID / "everything.toml")

    assert policy.campaign("clinic").sector == "healthcare"
    with pytest.raises(PolicyError, match=r"no campaign is named `spring-curse`.*did you mean `spring-course`"):
        policy.campaign("spring-curse")
    with pytest.raises(PolicyError, match="the policy has no campaigns"):
        Policy.from_toml(LEAST).campaign("clinic")


def test_a_scope_is_known_or_the_nearest_is_suggested():
    policy = Policy.load(VALID / "everything.toml")

    for scope in policy.scopes:
        policy.check_scope(scope)
    with pytest.raises(PolicyError, match=r"no scope is named `enterprice`.*did you mean `enterprise`"):
        policy.check_scope("enterprice")


@pytest.mark.parametrize("text", ["010-8555-0123", "+861085550123", "01085550123", "（010）8555 0123"])
def test_finds_a_caller_in_any_writing(text: str):
    policy = Policy.load(VALID / "everything.toml")

    assert policy.caller(text) is policy.callers[0]


@pytest.mark.parametrize("text", ["", "alice", "010-8555-0199", "8555 0123"])
def test_finds_no_caller_that_is_not_the_policys(text: str):
    assert Policy.load(VALID / "everything.toml").caller(text) is None


def test_the_digest_is_that_of_the_bytes():
    data = (VALID / "least.toml").read_bytes()

    assert Policy.load(VALID / "least.toml").digest == hashlib.sha256(data).hexdigest()
    assert Policy.from_toml(data.decode()).digest == hashlib.sha256(data).hexdigest()


def test_a_file_may_have_a_byte_order_mark_and_windows_line_ends(tmp_path: Path):
    file = tmp_path / "callguard.toml"
    file.write_bytes(b"\xef\xbb\xbf" + (LEAST + "seats = true\n").replace("\n", "\r\n").encode())

    with pytest.raises(PolicyError) as caught:
        Policy.load(file)

    assert [(p.line, p.key) for p in caught.value.problems] == [(4, "enterprise.seats")]
    assert str(caught.value).startswith(f"{file}:4: `enterprise.seats`: found true; accepted: ")


def test_a_file_that_is_not_there_or_not_utf_8_is_a_policy_error(tmp_path: Path):
    with pytest.raises(PolicyError, match="cannot be read"):
        Policy.load(tmp_path / "none.toml")
    with pytest.raises(PolicyError, match="cannot be read"):
        Policy.load(tmp_path)
    file = tmp_path / "gbk.toml"
    file.write_bytes(LEAST.encode() + 'scopes = ["品牌"]\n'.encode("gbk"))
    with pytest.raises(PolicyError, match=r"gbk.toml:4: `encoding`: found bytes that are not UTF-8"):
        Policy.load(file)


def test_a_text_that_is_no_str_is_a_type_error():
    with pytest.raises(TypeError, match="accepted: a str of TOML"):
        Policy.from_toml(b"version = 1")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["x = " + "[" * 5000, "x = " + "9" * 6000, "x = 1\n\0", '"\ud800" = 1', "", "version = 1\nversion = 1"]
)
def test_no_text_raises_anything_but_a_policy_error(text: str):
    with pytest.raises(PolicyError) as caught:
        Policy.from_toml(text)

    assert all(problem.line for problem in caught.value.problems)


def test_a_region_with_several_zones_must_name_one():
    assert problems('version = 1\n[enterprise]\nname = "P"\nregion = "US"\n')[0][0] == "enterprise.timezone"
    found = problems('version = 1\n[enterprise]\nname = "P"\nregion = "US"\n[[callers]]\nnumber = "alice"\n')
    assert [key for key, _ in found] == ["enterprise.timezone", "callers[0].number"]


def test_what_a_mistake_hides_is_not_judged():
    # the list's name is not known, so no honours can be called unknown; the purpose is not known, so no window is too wide
    text = (
        LEAST
        + "[[lists]]\nname = 5\npath = 'x.csv'\n"
        + "[[campaigns]]\nname = 'a'\npurpose = 'markting'\nhonours = ['complaints']\nwindow = { start = 06:00:00, end = 22:00:00 }\n"
    )

    assert problems(text) == [("lists[0].name", "5"), ("campaigns[0].purpose", '"markting"')]


def test_a_mistake_in_one_table_hides_none_in_another():
    text = (
        LEAST
        + "[state]\npath = 1\n[call_log]\nretain = 6\n[places]\nhcode_file = ''\n[calendar]\nschool_vacations = {}\n"
        + "[[licences]]\n[[filings]]\n[[callers]]\n[[lists]]\n[[campaigns]]\n"
    )

    assert [key for key, _ in problems(text)] == [
        "state.path", "call_log.retain", "places.hcode_file", "calendar.school_vacations",
        "licences[0].kind", "licences[0].issued", "filings[0].kind", "filings[0].filed", "callers[0].number",
        "lists[0].name", "lists[0].path", "campaigns[0].name", "campaigns[0].purpose",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "section",
    [
        "state",
        "call_log",
        "permits",
        "opt_out",
        "candidate",
        "places",
        "calendar",
        "licences",
        "filings",
        "callers",
        "lists",
        "campaigns",
        "rules",
    ],
)
def test_a_section_of_the_wrong_kind_hides_none_of_the_rest(section: str):
    found = problems(f"version = 1\n{section} = 5\nenterprise = {{ name = 'X', seats = -1 }}\n")

    assert found == [(section, "5"), ("enterprise.seats", "-1")]


def test_an_element_of_the_wrong_kind_hides_none_of_the_others():
    text = (
        "version = 1\ncallers = [5, { number = 'alice' }]\nlists = [[]]\nenterprise.name = 'X'\nplaces.hcode_file = \"a\\u0000\"\n"
    )

    assert problems(text) == [
        ("callers[0]", "5"), ("callers[1].number", '"*****"'), ("lists[0]", "an empty list"), ("places.hcode_file", '"a\\u0000"'),
    ]  # fmt: skip


# the law's window


@pytest.mark.parametrize(
    ("window", "fits"),
    [("08:00:00", "21:00:00"), ("08:00:01", "20:59:59")],
    ids=["the law's", "narrower"],
)
def test_a_marketing_window_may_be_the_laws(window: str, fits: str):
    text = f"[[campaigns]]\nname = 'a'\npurpose = 'marketing'\nwindow = {{ start = {window}, end = {fits} }}\n"

    assert Policy.from_toml(LEAST + text).campaigns[0].windows[0].end == time.fromisoformat(fits)


@pytest.mark.parametrize(
    ("start", "end", "keys"),
    [
        ("07:59:59", "21:00:00", ["start"]),
        ("08:00:00", "21:00:01", ["end"]),
        ("00:00:00", "23:59:59", ["start", "end"]),
        ("21:00:00", "22:00:00", ["start", "end"]),
        ("06:00:00", "08:00:00", ["start", "end"]),
    ],
)
def test_a_marketing_window_may_not_be_wider(start: str, end: str, keys: list[str]):
    window = f"window = {{ start = {start}, end = {end} }}\n"
    marketing = f"[[campaigns]]\nname = 'a'\npurpose = 'marketing'\n{window}"

    assert [key for key, _ in problems(LEAST + marketing)] == [f"campaigns[0].window.{key}" for key in keys]
    assert Policy.from_toml(LEAST + marketing.replace("marketing", "service"))
