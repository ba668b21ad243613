"""Calls through a real Kamailio: SIPp dials and answers, the guard stands between, and the log says what became of them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from callguard import Guard
from callguard.permits import Permits
from callguard.sealing import new_key
from kamailio import Kamailio, missing
from permits import PRIVATE, PUBLIC
from samples import CALLER

if TYPE_CHECKING:
    from pathlib import Path

WHY = missing()
pytestmark = pytest.mark.skipif(WHY is not None, reason=str(WHY))

POLICY = """
version = 1
[enterprise]
name = "Xinghe"
scopes = ["brand"]
[call_log]
key_file = "callguard.key"
[[licences]]
kind = "call-centre"
scope = "national"
issued = 2023-05-01
expires = 2049-01-01
[[callers]]
number = "010-8555-0123"
filed = 2024-01-20
[[campaigns]]
name = "notice"
purpose = "service"
[[campaigns]]
name = "survey"
purpose = "survey"
limits = [{ attempts = 1, per = "1 day" }]
"""


def written(folder: Path, more: str = "") -> Path:
    key = folder / "callguard.key"
    key.touch(mode=0o600)
    key.write_text(new_key())
    policy = folder / "callguard.toml"
    policy.write_text(POLICY + more, encoding="utf-8")
    return policy


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    """Return a function that starts a Kamailio with a policy of its own, and lets go of all of them at the end."""
    running = []

    def start(name, *, policy=True, more="", **environ):
        folder = tmp_path_factory.mktemp(name)
        if policy:
            environ["CALLGUARD_POLICY"] = str(written(folder, more))
        found = Kamailio(folder, **environ)
        running.append(found)
        return found

    yield start
    for each in running:
        each.stop()


@pytest.fixture(scope="module")
def proxy(started):
    found = started("decide", CALLGUARD_CAMPAIGN="notice")
    assert found.is_up(), found.said()
    return found


@pytest.fixture(scope="module")
def guard(proxy):
    """The guard of another process of the host: it sees what the workers do."""
    with Guard.open(proxy.folder / "callguard.toml") as found:
        yield found


@pytest.fixture(scope="module")
def gate(started, tmp_path_factory):
    used = tmp_path_factory.mktemp("used")
    found = started("permits", policy=False, CALLGUARD_PERMIT_KEYS=PUBLIC, CALLGUARD_USED=str(used), CALLGUARD_DENIED="608")
    assert found.is_up(), found.said()
    return found


def eventually(ask, wanted):
    """Wait until an answer is what is wanted."""
    until = time.monotonic() + 30
    while (found := ask()) != wanted:
        assert time.monotonic() < until, f"{found} and not {wanted}"
        time.sleep(0.02)


def records(guard, callee):
    return [(str(entry.reason), entry.outcome) for entry in guard.log.search(number=callee)]


def denied(code, reason):
    return {"CODE": str(code), "HEADER": "Reason", "TEXT": f"SIP;cause={code};text=.callguard: {reason}."}


def fill_of(code, header="X-Trunk: said so"):
    return {"CODE": str(code), "HEADER": header.partition(":")[0], "TEXT": header.partition(": ")[2], "LINE": header}


# ── decided


def test_a_call_goes_through_from_invite_to_bye_and_is_on_record(proxy, guard):
    proxy.call("13800130011", "uac_allowed.xml", trunk="uas.xml", calls=5)

    eventually(lambda: records(guard, "13800130011"), [("allowed", "answered")] * 5)


def test_a_protected_number_is_declined_with_its_reason_and_rule(proxy, guard):
    proxy.call("110", "uac_ended.xml", fill=denied(603, "protected-number"))
    proxy.call("110", "uac_ended.xml", fill={"CODE": "603", "HEADER": "X-Callguard-Rule", "TEXT": "protected-number"})


def test_a_refusal_kept_elsewhere_stops_the_next_call(proxy, guard):
    guard.refuse("13800130012")

    proxy.call("13800130012", "uac_ended.xml", fill=denied(603, "refused"))
    assert records(guard, "13800130012") == [("refused", None)]


@pytest.mark.way("Any dialer, in SIP", "INVITE through Kamailio", peer="Kamailio and SIPp")
def test_a_limit_counts_calls_through_the_proxy(proxy, guard):
    proxy.call("13800130013", "uac_allowed.xml", trunk="uas.xml", campaign="survey")
    proxy.call("13800130013", "uac_ended.xml", fill=denied(603, "attempt-limit"), campaign="survey")

    eventually(lambda: sorted(records(guard, "13800130013"), key=str), [("allowed", "answered"), ("attempt-limit", None)])


def test_an_unknown_caller_is_declined(proxy):
    proxy.call("13800130014", "uac_ended.xml", fill=denied(603, "caller-unknown"), caller="01085550199")


def test_what_cannot_be_decided_is_503_and_goes_nowhere(proxy, guard):
    proxy.call("13800130015", "uac_ended.xml", fill=denied(503, "policy-failure"), campaign="nobody-knows")

    assert records(guard, "13800130015") == []


def test_a_retransmitted_invite_is_one_call(proxy, guard):
    reply = proxy.ask("INVITE", "again-and-again", callee="13800130016", times=6, X_Callguard_Campaign="survey", wait=1)

    assert not reply.startswith("SIP/2.0 603")  # the trunk is not there: it rings into nothing
    assert len(records(guard, "13800130016")) == 1
    limits = [
        finding.facts["limits"]
        for finding in guard.explain("13800130016", caller=CALLER, campaign="survey").findings
        if "limits" in finding.facts
    ]
    assert [limit["counted"] for limit in limits[0]] == [1]


def test_an_invite_with_a_tag_and_a_route_of_its_own_making_is_no_dialog(proxy, guard):
    route = f"<sip:127.0.0.1:{proxy.port};lr;cg=0123456789abcdef0123456789abcdef>, <sip:127.0.0.1:{proxy.trunk};lr>"

    assert proxy.ask("INVITE", "forged", callee="13800130017", to_tag=";tag=b", Route=route).startswith("SIP/2.0 403")
    assert proxy.ask("REFER", "moved", callee="13800130017", to_tag=";tag=b", Route=route).startswith("SIP/2.0 405")
    assert proxy.ask("INVITE", "lost", callee="13800130017", to_tag=";tag=b").startswith("SIP/2.0 404")
    assert proxy.ask("REGISTER", "new", callee="13800130017").startswith("SIP/2.0 405")
    assert records(guard, "13800130017") == []


@pytest.mark.parametrize(("code", "outcome"), [(486, "busy"), (480, "no-answer"), (603, "rejected"), (404, "failed")])
def test_how_a_call_ended_is_on_record_whichever_worker_hears_of_it(proxy, guard, code, outcome):
    callee = f"138001301{code % 100:02}"
    proxy.call(callee, "uac_ended.xml", trunk="uas_ends.xml", calls=4, fill=fill_of(code))

    eventually(lambda: records(guard, callee), [("allowed", outcome)] * 4)
    assert guard.may_dial(callee, caller=CALLER, campaign="notice")


@pytest.mark.parametrize("code", [607, 608])
def test_a_callee_who_says_unwanted_has_refused(proxy, guard, code):
    callee = f"13800130{code}"
    proxy.call(callee, "uac_ended.xml", trunk="uas_ends.xml", fill=fill_of(code))

    eventually(lambda: str(guard.may_dial(callee, caller=CALLER, campaign="notice").reason), "refused")
    eventually(lambda: records(guard, callee), [("allowed", "rejected")])


def test_which_replies_are_refusals_and_where_the_policy_says(started):
    more = '[opt_out]\nsip = [603, 607]\nscope = "brand"\n[[campaigns]]\nname = "own"\npurpose = "service"\nopt_out = { sip = [606], scope = "own" }\n'
    found = started("opt-out", more=more, CALLGUARD_CAMPAIGN="notice")
    assert found.is_up(), found.said()
    with Guard.open(found.folder / "callguard.toml") as guard:
        said = {
            "13800130031": (603, "notice", {"brand"}),
            "13800130032": (608, "notice", set()),
            "13800130033": (606, "own", {"own"}),
            "13800130034": (607, "own", set()),
        }
        for callee, (code, campaign, _) in said.items():
            found.call(callee, "uac_ended.xml", trunk="uas_ends.xml", fill=fill_of(code), campaign=campaign)

        for callee, (_, campaign, scopes) in said.items():
            eventually(lambda callee=callee: len([entry for entry in guard.log.search(number=callee) if entry.outcome]), 1)
            assert guard.may_dial(callee, caller=CALLER, campaign=campaign).reason == ("refused" if scopes else "allowed")
            assert guard._state.view.refused(int(f"86{callee}")) == scopes


def test_another_guards_denial_further_on_is_no_refusal(proxy, guard):
    proxy.call("13800130018", "uac_ended.xml", trunk="uas_ends.xml", fill=fill_of(608, "X-Callguard-Rule: marketing-hours"))

    eventually(lambda: records(guard, "13800130018"), [("allowed", "rejected")])
    assert guard.may_dial("13800130018", caller=CALLER, campaign="notice")


# ── a permit


def permit(callee=8613800130021, *, caller="01085550123", age=0.0):
    return Permits.signing(PRIVATE).issue(callee=callee, caller=caller, campaign="notice", now=time.time() - age)


@pytest.mark.way("Any dialer, in SIP", "INVITE at a trunk that asks for a dial permit", peer="Kamailio and SIPp")
def test_a_call_with_a_permit_goes_through_once(gate):
    text = permit()
    gate.call("13800130021", "uac_allowed.xml", trunk="uas.xml", permit=text)

    gate.call("13800130021", "uac_ended.xml", fill=denied(608, "permit-used"), permit=text)


def test_a_call_without_one_is_rejected(gate):
    gate.call("13800130021", "uac_ended.xml", fill=denied(608, "permit-missing"))
    gate.call("13800130021", "uac_ended.xml", fill={"CODE": "608", "HEADER": "X-Callguard-Rule", "TEXT": "dial-permit"})


@pytest.mark.parametrize(
    ("reason", "more"),
    [
        ("expired", {"age": 60}),
        ("not-yet", {"age": -60}),
        ("callee", {"callee": 8613800130022}),
        ("caller", {"caller": "01085550124"}),
    ],
)
def test_a_permit_for_another_call_or_another_time_is_rejected(gate, reason, more):
    gate.call("13800130021", "uac_ended.xml", fill=denied(608, f"permit-{reason}"), permit=permit(**more))


def test_what_is_no_permit_is_rejected(gate):
    gate.call("13800130021", "uac_ended.xml", fill=denied(608, "permit-malformed"), permit="let-me-in")


def test_where_used_permits_cannot_be_remembered_nothing_goes(started, tmp_path):
    used = tmp_path / "used"
    used.mkdir()
    (used / "permits.db").write_bytes(b"no database" * 100)
    gate = started("unremembered", policy=False, CALLGUARD_PERMIT_KEYS=PUBLIC, CALLGUARD_USED=str(used))
    assert gate.is_up(), gate.said()

    gate.call("13800130021", "uac_ended.xml", fill=denied(503, "policy-failure"), permit=permit())


# ── starting


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"CALLGUARD_POLICY": "nowhere.toml"}, "PolicyError"),
        ({"CALLGUARD_CAMPAIGN": "nobody-knows"}, "no campaign is named"),
        ({"CALLGUARD_DENIED": "200"}, "accepted: 603, 608"),
        ({"CALLGUARD_PERMIT_KEYS": PRIVATE, "CALLGUARD_USED": "."}, "a private key, which belongs to the host that decides alone"),
        ({"CALLGUARD_PERMIT_KEYS": PUBLIC}, "`used` is no folder"),
    ],
    ids=range(5),
)
def test_kamailio_does_not_start_with_what_would_not_work(started, environ, said):
    found = started("wrong", **environ) if "CALLGUARD_POLICY" not in environ else started("wrong", policy=False, **environ)

    assert not found.is_up()
    assert found.process.returncode != 0
    assert said in found.said()
    assert PRIVATE.removeprefix("permit-private:") not in found.said()


def test_a_worker_whose_guard_cannot_be_opened_answers_503(started):
    found = started("closed", CALLGUARD_CAMPAIGN="notice", CALLGUARD_NOTHING="")
    (found.folder / "callguard.key").unlink(missing_ok=True)
    assert found.is_up(), found.said()

    found.call("13800130031", "uac_ended.xml", fill=denied(503, "policy-failure"))


def test_no_number_is_in_the_log(proxy, guard, gate):
    guard.refuse("13800130019")
    proxy.call("13800130019", "uac_ended.xml", fill=denied(603, "refused"))
    gate.call("13800130019", "uac_ended.xml", fill=denied(608, "permit-missing"))

    for each in (proxy, gate):
        assert "callguard: 60" in each.said()
        assert "1380013" not in each.said()
