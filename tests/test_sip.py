"""What the Kamailio adapter reads of SIP, and what it does, by a double of the object KSR: the ways no peer can be made to take."""

from __future__ import annotations

import json
import types

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard import Guard
from callguard.dialers import sip
from callguard.dialers.kamailio import Proxy
from callguard.sealing import new_key
from permits import PRIVATE, PUBLIC, permit

FROM, CALLEE = "sip:01085550123@dialer.example", "sip:13800130001@proxy.example"
POLICY = """
version = 1
[enterprise]
name = "Xinghe"
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
limits = [{ attempts = 1, per = "1 day" }]
[[campaigns]]
name = "shadow"
purpose = "marketing"
enforce = false
require_consent = true
"""


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("<sip:1@h>", "sip:1@h"),
        ('"Ann" <sip:1@h;x=y>;tag=z', "sip:1@h;x=y"),
        ('"<sip:2@h>" <sip:1@h>', "sip:1@h"),
        ('"a \\" <sip:2@h>" <sip:1@h>', "sip:1@h"),
        ("Ann <sip:1@h>, <tel:+2>", "sip:1@h"),
        ("sip:1@h;tag=z", "sip:1@h"),
        ("", ""),
        ("<>", ""),
        ("<sip:1@h", ""),
    ],
)
def test_the_address_of_a_header(value, found):
    assert sip.address(value) == found


@pytest.mark.parametrize(
    ("uri", "found"),
    [
        ("sip:13800130001@h", "13800130001"),
        ("SIPS:+8613800130001@h:5061;transport=tls", "+8613800130001"),
        ("sip:13800130001:secret@h", "13800130001"),
        ("sip:%2B8613800130001@h", "+8613800130001"),
        ("tel:+86-138-0013-0001", "+86-138-0013-0001"),
        ("sip:+8613800130001;npdi;rn=+8613900000000@h;user=phone", "+8613800130001"),
        ("sip:2025550123;phone-context=+1@h", ""),
        ("sip:110;phone-context=+8613800130@h", ""),
        ("tel:13800130001;Phone-Context=example.com", ""),
        ("sip:13800130001;postd=999@h", "13800130001;postd=999"),
        ("sip:h", ""),
        ("mailto:13800130001@h", ""),
        ("13800130001", ""),
        ("", ""),
    ],
)
def test_whom_an_address_names(uri, found):
    assert sip.number(uri) == found


@given(st.text(max_size=60))
def test_reading_harms_nothing_whatever_is_there(text):
    for value in (text, f"<sip:{text}", f"sip:{text}@h"):
        assert isinstance(sip.number(sip.address(value)), str)
    assert "\n" not in sip.reason(603, text) + sip.token(text)
    assert "\r" not in sip.reason(603, text) + sip.token(text)
    assert sip.reason(603, text).count('"') == 2


class Ksr:
    """What the adapter needs of Kamailio: it answers as told, and keeps what was done."""

    def __init__(self, **told):
        self.told = {
            "t_check_trans": -1,
            "t_newtran": 1,
            "t_relay": 1,
            "t_reply": 1,
            "has_totag": -1,
            "loose_route": -1,
            "maxfwd": 1,
            **told,
        }
        self.vars = {"$rm": "INVITE", "$ru": CALLEE, "$fu": FROM, "$ci": "call-1"}
        self.done, self.headers, self.logged = [], "", []
        room = types.SimpleNamespace
        does = self._does
        self.pv = room(get=self.vars.get, sets=self.vars.__setitem__)
        self.tm = room(
            **{name: does(name) for name in ("t_check_trans", "t_newtran", "t_relay", "t_reply", "t_on_reply", "t_on_failure")}
        )
        self.sl = room(sl_send_reply=does("sl_send_reply"), sl_reply_error=does("sl_reply_error"))
        self.rr = room(**{name: does(name) for name in ("loose_route", "record_route", "add_rr_param", "check_route_param")})
        self.maxfwd, self.siputils = room(process_maxfwd=does("maxfwd")), room(has_totag=does("has_totag"))
        self.hdr = room(remove=lambda name: self.vars.pop(f"$hdr({name})", None), append_to_reply=self._append)
        self.info = self.err = self.logged.append

    def _does(self, name):
        def do(*args):
            found = self.told.get(name, 1)
            if isinstance(found, Exception):
                raise found
            self.done.append((name, *args))
            return found

        return do

    def _append(self, lines):
        self.headers += lines

    def did(self, name):
        return [args for done, *args in self.done if done == name]

    def invite(self, proxy, call_id="call-1", **headers):
        self.done.clear()
        self.headers = ""
        self.vars.update(
            {"$rm": "INVITE", "$ci": call_id, **{f"$hdr({name.replace('_', '-')})": value for name, value in headers.items()}}
        )
        proxy.ksr_request_route(None)
        return [code for code, _ in self.did("t_reply")]


@pytest.fixture
def made(tmp_path):
    """Return a function that makes an adapter, its double and its guard's folder."""
    (tmp_path / "callguard.key").touch(mode=0o600)
    (tmp_path / "callguard.key").write_text(new_key())
    policy = tmp_path / "callguard.toml"
    policy.write_text(POLICY, "utf-8")
    proxies = []

    def make(told=None, **more):
        ksr = Ksr(**(told or {}))
        proxy = Proxy(ksr, **{"next_hop": "sip:gateway.example", "policy": policy, "campaign": "notice", **more})
        proxies.append(proxy)
        return proxy, ksr

    yield make
    for proxy in proxies:
        if proxy._opened is not None:
            proxy._opened.close()


def outcomes(tmp_path):
    with Guard.open(tmp_path / "callguard.toml") as guard:
        return [(str(entry.reason), entry.outcome, entry.released is not None) for entry in guard.log.search()]


def test_a_retransmission_that_another_worker_is_at_is_nobodys_business(made):
    for told in ({"t_check_trans": 0}, {"t_newtran": 0}, {"t_newtran": -1}):
        proxy, ksr = made(told)

        assert ksr.invite(proxy) == []
        assert ksr.did("t_relay") == []


def test_a_call_that_cannot_be_relayed_is_503_and_gives_its_count_back(made, tmp_path):
    proxy, ksr = made({"t_relay": -1})

    assert ksr.invite(proxy) == [503]
    assert ksr.invite(proxy, "call-2") == [503]  # its limit is one a day
    assert outcomes(tmp_path) == [("allowed", "failed", True)] * 2


@pytest.mark.parametrize("name", ["record_route", "add_rr_param", "t_on_reply", "t_on_failure", "maxfwd", "t_newtran"])
def test_whatever_raises_nothing_is_relayed(made, name):
    proxy, ksr = made({name: RuntimeError("13800130001")})

    assert ksr.invite(proxy) == [503]
    assert ksr.did("t_relay") == []
    assert "policy-failure" in ksr.headers
    assert "1380013" not in "".join(ksr.logged)


def test_without_a_transaction_the_answer_is_stateless(made):
    proxy, ksr = made({"t_reply": -1}, campaign=None)

    ksr.invite(proxy)
    assert ksr.did("sl_send_reply") == [[503, "Policy Unavailable"]]


def test_the_identity_that_is_asserted_goes_before_from(made):
    proxy, ksr = made()

    assert ksr.invite(proxy, P_Asserted_Identity='"Xinghe" <sip:+861085550199@h>') == [603]
    assert "caller-unknown" in ksr.headers
    ksr.vars["$fu"] = "sip:anonymous@h"
    assert ksr.invite(proxy, "call-2", P_Asserted_Identity="<tel:+861085550123>, <sip:x@h>") == []
    assert ksr.did("t_relay") == [[]]


def test_a_call_id_that_comes_again_for_another_callee_is_503(made):
    proxy, ksr = made()
    assert ksr.invite(proxy) == []
    ksr.vars["$ru"] = "sip:13800130002@h"

    assert ksr.invite(proxy) == [503]
    assert ksr.did("t_relay") == []


def test_a_608_says_where_redress_is_to_be_had(made):
    proxy, ksr = made(denied=608, call_info="https://xinghe.example/redress")
    ksr.vars["$ru"] = "sip:110@h"

    assert ksr.invite(proxy) == [608]
    assert ksr.headers == (
        'Reason: SIP;cause=608;text="callguard: protected-number"\r\n'
        "X-Callguard-Rule: protected-number\r\n"
        "Call-Info: <https://xinghe.example/redress>;purpose=jwscard\r\n"
    )


def test_a_stale_state_is_503_since_it_is_no_answer_about_the_callee(made, tmp_path):
    proxy, ksr = made()
    proxy._guard()._generation.is_damaged("for the test")

    assert ksr.invite(proxy) == [503]
    assert "callguard: state-stale" in ksr.headers


def test_a_timeout_is_on_record_once(made, tmp_path):
    proxy, ksr = made()
    ksr.invite(proxy)
    ksr.vars["$T_reply_code"] = "408"
    proxy.ksr_failure_invite(None)
    ksr.vars["$rs"] = "200"
    proxy.ksr_onreply_invite(None)

    assert outcomes(tmp_path) == [("allowed", "no-answer", False)]


def test_a_reply_that_cannot_be_recorded_is_passed(made):
    proxy, ksr = made()
    ksr.invite(proxy)
    ksr.vars["$rs"], ksr.vars["$avp(callguard)"] = "486", json.dumps({"callee": "13800130001", "reference": "no reference"})

    assert proxy.ksr_onreply_invite(None) == 1
    assert "ValueError" in "".join(ksr.logged)
    assert "1380013" not in "".join(ksr.logged)


def test_with_permits_and_a_policy_a_refusal_is_kept_and_nothing_counted(made, tmp_path):
    proxy, ksr = made(permit_keys=PUBLIC, used=tmp_path)
    import time

    assert ksr.invite(proxy, X_Callguard_Permit=permit(time.time())) == []
    ksr.vars["$rs"] = "607"
    proxy.ksr_onreply_invite(None)

    assert outcomes(tmp_path) == []
    with Guard.open(tmp_path / "callguard.toml") as guard:
        assert str(guard.may_dial("13800130001", caller="01085550123", campaign="notice").reason) == "refused"


def test_what_asks_the_other_side_to_call_does_not_pass(made):
    proxy, ksr = made({"has_totag": 1, "loose_route": 1})
    for method, passes in (("REFER", False), ("NOTIFY", False), ("MESSAGE", False), ("BYE", True), ("INFO", True), ("ACK", True)):
        ksr.done.clear()
        ksr.vars["$rm"] = method
        proxy.ksr_request_route(None)
        assert bool(ksr.did("t_relay")) is passes, method


def test_a_cancel_finds_its_call_or_nothing(made):
    for told, relayed in (({"t_check_trans": 1}, 1), ({"t_check_trans": -1}, 0)):
        proxy, ksr = made(told)
        ksr.vars["$rm"] = "CANCEL"
        proxy.ksr_request_route(None)
        assert len(ksr.did("t_relay")) == relayed


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"denied": 200}, "accepted: 603, 608"),
        ({"next_hop": "gateway"}, "no SIP address"),
        ({"policy": None}, "neither `policy` nor `permit_keys`"),
        ({"permit_keys": PUBLIC}, "`used` is no folder"),
        ({"permit_keys": PRIVATE, "used": "."}, "accepted: public keys"),
    ],
    ids=range(5),
)
def test_what_would_not_work_is_told_at_once(made, more, said):
    with pytest.raises(ValueError, match=said):
        made(**more)


@pytest.mark.parametrize(
    ("policy", "more", "status", "scopes"),
    [
        ("", {}, "607", {"enterprise"}),
        ("", {}, "603", set()),
        ("[opt_out]\nsip = [603]\n", {}, "603", {"enterprise"}),
        ("[opt_out]\nsip = [603]\n", {}, "607", set()),
        ('[opt_out]\nscope = "notice"\n', {}, "608", {"notice"}),
        ("[opt_out]\nenabled = false\n", {}, "607", set()),
        ("[opt_out]\nsip = [603]\n", {"refusals": (607,)}, "607", {"enterprise"}),
        ("[opt_out]\nsip = [603]\n", {"refusals": (607,)}, "603", set()),
        ('[opt_out]\nscope = "notice"\n', {"refusals": (607,)}, "607", {"notice"}),
        ("", {"scope": "notice"}, "608", {"notice"}),
        ("", {"refusals": (603,), "scope": "notice"}, "603", {"notice"}),
    ],
)
def test_which_replies_are_refusals_the_policy_says_unless_the_proxy_was_told(made, tmp_path, policy, more, status, scopes):
    file = tmp_path / "callguard.toml"
    file.write_text(POLICY + policy, "utf-8")
    proxy, ksr = made(**more)
    ksr.invite(proxy)
    ksr.vars["$rs"] = status
    proxy.ksr_onreply_invite(None)

    with Guard.open(file) as guard:
        assert guard._state.view.refused(8613800130001) == scopes
        assert [entry.outcome for entry in guard.log.search()] == ["rejected"]
