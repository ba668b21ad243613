"""Recording: refusals, lifts, consents, lists, caller statuses."""

from __future__ import annotations

from datetime import date

import pytest

from callguard import PolicyError, Reason
from callguard.state.records import Refusal
from samples import CALLER, MOBILE, OTHER, POLICY, ask, guard


@pytest.mark.parametrize(
    "writing", ["13800130001", "+86 138-0013-0001", "0086 13800130001", "tel:+8613800130001", "１３８００１３０００１"]
)
def test_a_refusal_holds_for_every_writing_of_the_number(writing):
    found = guard()
    assert ask(found) == "allowed"
    found.refuse(writing, source="ivr")

    assert ask(found) == "refused"
    assert ask(found, 8613800130001) == "refused"
    assert ask(found, OTHER) == "allowed"
    assert found.next_allowed(MOBILE, caller=CALLER, campaign="course") is None


def test_scopes_reach_the_campaigns_that_honour_them():
    found = guard()
    found.refuse(MOBILE, scope="brand")
    found.refuse(OTHER, scope="survey")

    assert ask(found, campaign="course") == "refused"
    assert ask(found, campaign="notice") == "allowed"
    assert ask(found, OTHER, campaign="notice") == "allowed"
    assert ask(found, OTHER, campaign="survey") == "refused"
    with pytest.raises(PolicyError, match="brand"):
        found.refuse(MOBILE, scope="brnad")


def test_only_a_lift_with_proof_ends_a_refusal_and_only_its_scope():
    found = guard()
    found.refuse(MOBILE)
    found.refuse(MOBILE, scope="brand")
    found.consent(MOBILE, proof="form 7")
    assert ask(found) == "refused"
    found.lift_refusal(MOBILE, proof="recording 12")
    assert ask(found) == "refused"
    assert ask(found, campaign="notice") == "allowed"
    found.lift_refusal(MOBILE, scope="brand", proof="recording 12")

    assert ask(found) == "allowed"
    found.refuse(MOBILE)
    assert ask(found) == "refused"
    for proof, error in (("", ValueError), (" ", ValueError), (None, TypeError)):
        with pytest.raises(error):
            found.lift_refusal(MOBILE, proof=proof)


def test_an_imported_refusal_older_than_the_lift_changes_nothing_and_a_tie_refuses():
    found = guard()
    lifted = found._clock()
    found.refuse(MOBILE)
    found.lift_refusal(MOBILE, proof="letter")

    found.refuse(MOBILE, at=lifted - 1)
    assert ask(found) == "allowed"
    found.refuse(MOBILE, at=lifted)
    assert ask(found) == "refused"


def test_a_refusal_that_is_made_now_holds_though_the_clock_was_set_back():
    found = guard()
    found.refuse(MOBILE)
    found.lift_refusal(MOBILE, proof="letter")
    found._clock.advance(-5)
    found.refuse(MOBILE)

    assert ask(found) == "refused"


def test_a_refusal_in_a_scope_that_is_declared_no_more_reaches_the_hot_path():
    found = guard()
    line = found.line(campaign="notice", caller=CALLER)
    assert line.may_dial(MOBILE)
    found._record(Refusal(number=8613800130001, scope="old-brand", at=0))

    assert line.may_dial(MOBILE).reason is Reason.REFUSED
    assert "1380013" not in repr(next(found._state.store.follow(0)))


def test_consent_is_required_where_the_campaign_says_so():
    found = guard()
    assert ask(found, campaign="vip") == "no-consent"
    end = found._clock() + 3600
    found.consent(MOBILE, proof="form", until=end)
    assert ask(found, campaign="vip") == "allowed"
    assert found.may_dial(MOBILE, caller=CALLER, campaign="vip").until_s == end
    found._clock.advance(3600)
    assert ask(found, campaign="vip") == "no-consent"
    found.consent(MOBILE, proof="form 2", until="2026-11-25")
    assert str(found.may_dial(MOBILE, caller=CALLER, campaign="vip").holds_until) == "2026-11-25 16:00:00+00:00"
    found.consent(MOBILE, scope="vip", proof="form 2")
    found.consent(MOBILE, proof="form 3", until=date(2026, 11, 25))
    found.withdraw_consent(MOBILE)
    assert ask(found, campaign="vip") == "allowed"
    found.withdraw_consent(MOBILE, scope="vip")

    assert ask(found, campaign="vip") == "no-consent"
    found.lift_refusal(MOBILE, proof="a lift is a consent too")
    assert ask(found, campaign="vip") == "allowed"


def test_any_number_that_reads_as_e164_can_refuse():
    found = guard()
    found.refuse("+8614600130001")  # no range that can be dialled
    assert ask(found, "+8614600130001") == "invalid-number"
    for wrong in ("nobody", "", "138 0013 call"):
        with pytest.raises(ValueError, match=r"E\.164"):
            found.refuse(wrong)
    with pytest.raises(ValueError, match="as text"):
        found.refuse(13125550123)
    for wrong in ({"callee": None}, {"callee": MOBILE, "scope": 5}, {"callee": MOBILE, "source": 5}):
        with pytest.raises(TypeError):
            found.refuse(**wrong)


def test_no_error_holds_the_number():
    found = guard()
    with pytest.raises(ValueError) as error:
        found.refuse("13800130001 extra words")

    assert "1380013" not in str(error.value)


def test_caller_statuses_take_effect_at_once_and_the_stricter_holds():
    found = guard()
    line = found.line(campaign="notice", caller=CALLER)
    assert line.may_dial(MOBILE)
    found.set_caller_status("010 8555 0123", "suspended")
    assert line.may_dial(MOBILE).reason is Reason.CALLER_SUSPENDED
    assert ask(found, at=found._clock()) == "caller-suspended"
    found.set_caller_status(CALLER, "reclaimed")
    assert line.may_dial(MOBILE).reason is Reason.CALLER_RECLAIMED
    found.set_caller_status(CALLER, "active")
    assert line.may_dial(MOBILE)

    with pytest.raises(PolicyError, match=r"010\*+23"):
        found.set_caller_status("01099998888", "active")
    assert [f.rule for f in found.caller_findings(CALLER) if f.status == "denies"] == []
    found.set_caller_status(CALLER, "suspended")
    assert [f.rule for f in found.caller_findings(CALLER) if f.status == "denies"] == ["number-reclaimed"]
    with pytest.raises(ValueError, match="accepted: active, suspended, reclaimed"):
        found.set_caller_status(CALLER, "lost")
    for number, status in ((5, "active"), (CALLER, None)):
        with pytest.raises(TypeError):
            found.set_caller_status(number, status)
    suspended = guard(POLICY.replace('number = "010-8555-0123"', 'number = "010-8555-0123"\nstatus = "suspended"'))
    suspended.set_caller_status(CALLER, "active")
    assert ask(suspended) == "caller-suspended"


def listed(tmp_path, text, encoding="utf-8", extra=""):
    (tmp_path / "list.csv").write_bytes(text.encode(encoding))
    path = str(tmp_path / "list.csv")
    return guard(extra=f"[[lists]]\nname = 'complaints'\npath = '{path}'\n{extra}")


def test_a_list_of_one_number_a_line(tmp_path):
    found = listed(tmp_path, "13800130001\n\n 138 0013 0003 \nnot a number\n+8613800130004\n")

    assert ask(found) == "listed"
    assert ask(found, "13800130003") == "listed"
    assert ask(found, "13800130004") == "listed"
    assert ask(found, OTHER) == "allowed"
    assert ask(found, campaign="notice") == "allowed"
    (read,) = found.lists
    assert (read.rows, read.kept, read.skipped) == (4, 3, (4,))
    assert any("line 4" in warning for warning in found.warnings)


def test_a_list_with_dates(tmp_path):
    text = (
        "name,Number,since,until\n"
        "a,13800130001,2026-11-24,2026-11-30\n"
        "b,13800130002,2026-11-24T10:00:01+08:00,\n"
        "c,13800130003,,2026-11-24T10:00:00+08:00\n"
        "d,13800130004,soon,2026-13-01\n"
        "e,13800130005,2026-11-01,2026-11-24\n"
        "f,13800130005,2026-11-26,2026-11-27\n"
    )
    found = listed(tmp_path, text)
    denied = found.may_dial(MOBILE, caller=CALLER, campaign="course")

    assert denied.reason is Reason.LISTED
    assert str(denied.retry_at.in_timezone("Asia/Shanghai").date()) == "2026-12-01"
    assert ask(found, OTHER) == "allowed"
    assert found.may_dial(OTHER, caller=CALLER, campaign="course").until_s == found._clock() + 1
    assert ask(found, "13800130003") == "allowed"
    assert ask(found, "13800130004") == "listed"
    assert ask(found, "13800130005") == "listed"
    found._clock.set("2026-11-25T10:00:00+08:00")
    assert ask(found, OTHER) == "listed"
    assert ask(found, "13800130005") == "allowed"
    assert any("line 5" in warning for warning in found.warnings)


def test_dates_that_mean_for_good_and_words_that_are_no_dates(tmp_path):
    text = "number,since,until\n13800130001,,9999-12-31\n13800130002,,now\n13800130003,,9999-12-31T23:59:59+08:00\n"
    found = listed(tmp_path, text)
    denied = found.may_dial(MOBILE, caller=CALLER, campaign="course")

    assert denied.reason is Reason.LISTED
    assert denied.retry_at is None
    assert ask(found, OTHER) == "listed"
    assert ask(found, "13800130003") == "listed"
    assert found.lists[0].undated == (3,)
    found.consent(MOBILE, proof="form", until=date.max)
    found.consent(OTHER, proof="form", until="2060-01-01T00:00:00Z")
    assert found.may_dial(MOBILE, caller=CALLER, campaign="vip").holds_until is None
    with pytest.raises(ValueError, match="no instant"):
        found.consent(MOBILE, proof="form", until="now")


def test_a_quote_that_is_never_closed_hides_no_number(tmp_path):
    found = listed(tmp_path, 'number\n"13800130001\n13800130002\n"13800130003"\n')

    assert [ask(found, f"1380013000{i}") for i in (1, 2, 3, 4)] == ["listed", "listed", "listed", "allowed"]
    assert found.lists[0].kept == 3
    huge = listed(tmp_path, f"number,name\n13800130001,{'x' * 200_000}\n13800130002,y\n")
    assert ask(huge, OTHER) == "listed"
    assert huge.lists[0].skipped == (2,)


def test_a_strict_list_is_an_error(tmp_path):
    with pytest.raises(PolicyError, match="no number") as error:
        listed(tmp_path, "13800130001\nnobody\n", extra="strict = true\n")
    assert error.value.problems[0].line == 2
    assert listed(tmp_path, "13800130001\n", extra="strict = true\n").lists[0].kept == 1


def test_lists_in_other_encodings_and_none_at_all(tmp_path):
    assert ask(listed(tmp_path, "姓名,number\n张,13800130001\n", "gb18030")) == "listed"
    assert ask(listed(tmp_path, "\ufeffnumber\n13800130001\n")) == "listed"
    with pytest.raises(PolicyError, match=r"lists\[0\].path"):
        guard(extra="[[lists]]\nname = 'gone'\npath = 'not/there.csv'\n")
    (tmp_path / "bad").write_bytes(b"\xff\xff\xff\n")
    with pytest.raises(PolicyError, match="encoding"):
        guard(extra=f"[[lists]]\nname = 'bad'\npath = '{tmp_path / 'bad'}'\n")


def test_more_scopes_and_lists_than_bits(tmp_path):
    names = [f"client-{i}" for i in range(80)]
    found = guard(POLICY.replace('scopes = ["brand"]', f"scopes = {names}"), extra=_lists(tmp_path, 70))
    found.refuse(MOBILE, scope="client-79")
    found.refuse(OTHER, scope="client-78")
    found.lift_refusal(OTHER, scope="client-78", proof="letter")

    assert ask(found) == "refused"
    assert ask(found, OTHER) == "allowed"
    assert ask(found, campaign="notice") == "allowed"
    assert ask(found, "13800131069") == "listed"
    assert ask(found, "13800131069", campaign="notice") == "allowed"
    assert ask(found, "13800131070") == "allowed"


def _lists(tmp_path, count):
    rows = []
    for i in range(count):
        (tmp_path / f"{i}.txt").write_text(f"1380013{1000 + i}\n")
        rows.append(f"[[lists]]\nname = 'list-{i}'\npath = '{tmp_path / f'{i}.txt'}'\n")
    return "".join(rows)
