"""The sidecar's application: what it answers is what the guard says, and whatever it cannot read is no yes."""

import asyncio
import json

import httpx
import pytest

from callguard import Reason, StateError, service
from callguard.errors import CallguardError
from callguard.service import Limits
from callguard.service.tokens import Tokens
from callguard.testing import FrozenClock, MemoryStore
from samples import CALLER, MOBILE, OTHER, guard
from service_client import CALL, TOKEN, Client

QUESTIONS = [
    (callee, campaign, at)
    for callee in (MOBILE, OTHER, "110", "+12025550123", "１３８ ００１３ ０００１", "", "x", 8613800130001, 13800130001, -1)
    for campaign in ("course", "notice", "survey", "vip", "shadow")
    for at in (None, "2026-11-24T21:00:00+08:00", "2026-10-01T10:00:00+08:00", 1_795_000_000)
]


@pytest.fixture
def client():
    with Client() as made:
        yield made


def said(found, zone="Asia/Shanghai"):
    """A decision as JSON has it, written apart from the product."""
    return {
        "allowed": bool(found),
        "reason": str(found.reason),
        "rule": found.rule,
        "message": found.message,
        "retry_at": found.retry_at and found.retry_at.in_timezone(zone).isoformat(),
        "holds_until": found.holds_until and found.holds_until.in_timezone(zone).isoformat(),
        "provisional": found.provisional,
    }


def ask_guard(found, callee, campaign, at):
    instant = FrozenClock(at).now if isinstance(at, str) else at
    return found.may_dial(callee, caller=CALLER, campaign=campaign, at=instant)


# ── questions


def test_every_way_of_asking_answers_what_the_guard_says(client):
    client.guard.refuse(OTHER)
    expected = [said(ask_guard(client.guard, *question)) for question in QUESTIONS]
    asked = [
        {"callee": callee, "caller": CALLER, "campaign": campaign} | ({"at": at} if at is not None else {})
        for callee, campaign, at in QUESTIONS
    ]

    alone = [client.post("/v1/decide", question).json() for question in asked]
    together = client.post("/v1/decide/many", {"questions": asked}).json()
    reasons = client.post("/v1/decide/many", {"questions": asked, "reasons_only": True}).json()
    explained = [client.post("/v1/explain", question).json()["decision"] for question in asked]

    assert len({each["reason"] for each in expected}) >= 7
    assert alone == expected
    assert together["decisions"] == expected
    assert reasons["reasons"] == [each["reason"] for each in expected]
    assert together["counts"] == reasons["counts"]
    assert sum(reasons["counts"].values()) == len(expected)
    assert explained == expected


def test_callees_share_caller_and_campaign(client):
    client.guard.refuse(OTHER)
    found = client.post(
        "/v1/decide/many", {"callees": [MOBILE, OTHER, "110", 13800130001] * 100, "caller": CALLER, "campaign": "course"}
    )

    assert [each["reason"] for each in found.json()["decisions"]] == [
        "allowed",
        "refused",
        "protected-number",
        "invalid-number",
    ] * 100


def test_a_query_and_a_form_are_answered_in_a_word(client):
    client.guard.refuse(OTHER)
    text = {"accept": "text/plain"}

    def bodies(callee):
        call = CALL | {"callee": callee}
        found = [
            client.get("/v1/decide", params=call, headers=text),
            client.get("/v1/decide", params=call | {"as": "text"}),
            client.post("/v1/decide", data=call, headers=text),
            client.post("/v1/decide", data=call | {"as": "text"}),
            client.post("/v1/decide", call, headers=text),
        ]
        assert {each.headers["content-type"] for each in found} == {"text/plain; charset=utf-8"}
        return {each.text for each in found}

    assert bodies(MOBILE) == {"allow"}
    assert bodies(OTHER) == {"deny refused"}
    assert bodies("110") == {"deny protected-number"}
    assert client.get("/v1/decide", params=CALL, headers={"accept": "*/*"}).json()["allowed"] is True


def test_the_sentence_is_in_the_language_that_is_asked_for(client):
    found = client.post("/v1/decide", CALL | {"callee": "110", "lang": "zh"}).json()

    assert found["message"] == client.guard.may_dial("110", caller=CALLER, campaign="course").message_in("zh")


def test_next_allowed(client):
    call = CALL | {"after": "2026-11-24T21:00:00+08:00"}

    assert client.post("/v1/next-allowed", call).json() == {"next_allowed": "2026-11-25T08:00:00+08:00"}
    assert client.post("/v1/next-allowed", call | {"callee": "110"}).json() == {"next_allowed": None}
    assert client.post("/v1/next-allowed", data=call, headers={"accept": "text/plain"}).text == "2026-11-25T08:00:00+08:00"
    assert client.post("/v1/next-allowed", data=call | {"callee": "110", "as": "text"}).text == "never"


def test_explain_is_what_the_command_line_prints(client):
    found = client.post("/v1/explain", CALL | {"place": "CN-BJ"}).json()
    expected = client.guard.explain(MOBILE, caller=CALLER, campaign="course", place="CN-BJ")

    assert list(found) == ["decision", "next_allowed", "place", "findings"]
    assert found["place"] == {"country": "CN", "province": "CN-BJ", "zones": ["Asia/Shanghai"], "told": "CN-BJ"}
    assert [(each["rule"], each["status"]) for each in found["findings"]] == [
        (each.rule, each.status) for each in expected.findings
    ]


# ── keeping


def test_the_question_behind_a_refusal_honours_it(client):
    assert client.post("/v1/decide", CALL).json()["allowed"] is True

    kept = client.post("/v1/refuse", {"callee": MOBILE, "source": "key 9", "at": "2026-11-24T09:00:00+08:00"})

    assert (kept.status_code, kept.json()) == (200, {"kept": True, "scope": "enterprise"})
    assert client.post("/v1/decide", CALL).json()["reason"] == "refused"
    assert client.post("/v1/attempts", CALL).status_code == 403
    assert client.post("/v1/refuse", data={"callee": OTHER, "as": "text", "scope": "brand"}).text == "kept"
    assert client.post("/v1/decide", CALL | {"callee": OTHER}).json()["reason"] == "refused"


def test_consents_and_lifts_are_only_taken_where_that_was_said():
    vip = CALL | {"campaign": "vip"}
    with Client() as client:
        for path in ("/v1/lift", "/v1/consent"):
            found = client.post(path, {"callee": MOBILE, "proof": "form 7"})
            assert (found.status_code, found.json()["code"]) == (403, "consents-off")
        assert client.post("/v1/decide", vip).json()["reason"] == "no-consent"
    with Client(consents=True) as client:
        assert client.post("/v1/consent", {"callee": MOBILE, "proof": "form 7", "until": "2027-06-30"}).status_code == 200
        assert client.post("/v1/decide", vip).json()["reason"] == "allowed"
        client.post("/v1/refuse", {"callee": MOBILE})
        assert client.post("/v1/lift", {"callee": MOBILE}).status_code == 422
        assert client.post("/v1/lift", {"callee": MOBILE, "proof": "letter"}).status_code == 200
        assert client.post("/v1/decide", vip).json()["reason"] == "allowed"
        assert client.post("/v1/consent/withdraw", {"callee": MOBILE}).status_code == 200
        assert client.post("/v1/consent/withdraw", {"callee": MOBILE, "scope": "vip"}).status_code == 200
        assert client.post("/v1/decide", vip | {"at": "2026-11-24T10:00:00+08:00"}).json()["reason"] == "no-consent"


@pytest.mark.parametrize("spooled", [True, False])
def test_a_refusal_that_cannot_be_written_says_what_was_done(client, monkeypatch, spooled):
    def full(*_, **__):
        error = StateError("the disk is full")
        error.spooled = spooled
        raise error

    monkeypatch.setattr(client.guard, "refuse", full)
    found = client.post("/v1/refuse", {"callee": MOBILE})

    assert (found.status_code, found.json()["code"], found.json()["denied_here"]) == (503, "state", spooled)
    assert found.json()["detail"] == "the disk is full"
    assert found.headers["retry-after"] == "5"


# ── attempts


def test_an_attempt_counts_until_it_is_released(client):
    call = CALL | {"campaign": "survey"}
    first = client.post("/v1/attempts", call)

    assert first.status_code == 201
    assert first.json()["shadow"] is False
    assert first.json()["decision"]["allowed"] is True
    second = client.post("/v1/attempts", call)
    assert second.status_code == 403
    assert (second.json()["attempt"], second.json()["decision"]["reason"]) == (None, "attempt-limit")

    path = f"/v1/attempts/{first.json()['attempt']}"
    assert client.post(f"{path}/release").json() == {"ended": True, "released": True}
    assert client.post(f"{path}/release").json()["code"] == "no-attempt"
    again = client.post("/v1/attempts", data=call | {"as": "text"})
    assert (again.status_code, again.text.split()[0]) == (201, "allow")
    ended = client.post(f"/v1/attempts/{again.text.split()[1]}/outcome", data={"outcome": "answered", "duration": "42.5"})
    assert ended.json() == {"ended": True, "outcome": "answered"}
    assert client.post("/v1/attempts", data=call | {"as": "text"}).text == "deny attempt-limit"
    assert client.post("/v1/attempts/nothing/outcome", {"outcome": "answered"}).status_code == 404


def test_the_same_key_counts_once_and_never_for_another_call(client):
    call = CALL | {"campaign": "survey", "key": "order-7"}

    assert [client.post("/v1/attempts", call).status_code for _ in range(2)] == [201, 201]
    other = client.post("/v1/attempts", call | {"callee": OTHER})
    assert (other.status_code, other.json()["code"]) == (409, "key")
    assert client.post("/v1/attempts", call | {"key": "order-8"}).status_code == 403


def test_a_campaign_in_the_shadow_is_let_go_and_says_so(client):
    night = FrozenClock("2026-11-24T23:00:00+08:00").now
    client.guard._clock.set(night)
    found = client.post("/v1/attempts", CALL | {"campaign": "shadow"})

    assert found.status_code == 201
    assert (found.json()["shadow"], found.json()["decision"]["allowed"]) == (True, False)
    client.post("/v1/refuse", {"callee": MOBILE})
    assert client.post("/v1/attempts", CALL | {"campaign": "shadow"}).status_code == 403


LOGGED = "[call_log]\nenabled = true\n"


def outcomes(found):
    return [row.outcome for row in found.log.search()]


def test_outcomes_stand_in_the_call_log_and_those_left_are_unknown():
    found = guard(extra=LOGGED)
    ended = []
    with Client(found) as client:
        ids = [client.post("/v1/attempts", CALL | {"callee": f"1380013000{i}"}).json()["attempt"] for i in range(3)]
        client.post(f"/v1/attempts/{ids[0]}/outcome", {"outcome": "no-answer"})
        client.post(f"/v1/attempts/{ids[1]}/release")
        client.run(client.desk.attempts.close())
        ended = sorted(outcomes(found))

    assert ended == ["failed", "no-answer", "unknown"]


def test_attempts_without_an_outcome_end_by_themselves_and_when_the_service_stops():
    found = guard()
    with Client(found, limits=Limits(attempts=2, attempt_s=3_600)) as client:
        ids = [client.post("/v1/attempts", CALL | {"callee": callee}).json()["attempt"] for callee in (MOBILE, OTHER)]
        full = client.post("/v1/attempts", CALL | {"callee": "13800130003"})
        assert (full.status_code, full.json()["code"], full.headers["retry-after"]) == (503, "busy", "60")
        client.run(client.desk.attempts.sweep(now=float("inf")))
        assert len(client.desk.attempts) == 0
        assert client.post(f"/v1/attempts/{ids[0]}/outcome", {"outcome": "answered"}).status_code == 404
        assert client.post("/v1/attempts", CALL | {"callee": "13800130003"}).status_code == 201
        desk = client.desk
    assert len(desk.attempts) == 0
    assert desk.metrics.ended == {("unknown",): 3}


def test_it_looks_after_attempts_by_itself():
    with Client(limits=Limits(attempt_s=0.02)) as client:
        assert client.post("/v1/attempts", CALL).status_code == 201

        async def until_ended():
            while not client.desk.metrics.ended:  # noqa: ASYNC110 - it is no event
                await asyncio.sleep(0.01)

        client.run(asyncio.wait_for(until_ended(), 60))
        assert client.desk.metrics.ended == {("unknown",): 1}
        assert "callguard_open_attempts 0" in client.get("/metrics").text


def test_an_outcome_that_cannot_be_written_may_be_told_again():
    store = MemoryStore()
    with Client(guard(extra=LOGGED, store=store)) as client:
        made = client.post("/v1/attempts", CALL).json()["attempt"]
        store.stop_log()
        assert client.post(f"/v1/attempts/{made}/outcome", {"outcome": "answered"}).status_code == 503
        store.stop_log(stopped=False)
        assert client.post(f"/v1/attempts/{made}/outcome", {"outcome": "answered"}).status_code == 200
        assert outcomes(client.guard) == ["answered"]


# ── what is no yes


@pytest.mark.parametrize(
    ("given", "field", "found", "accepted"),
    [
        ({**CALL, "campaign": "cours"}, "campaign", "another name", "did you mean `course`"),
        ({**CALL, "campaign": 7}, "campaign", "a number", "`course`"),
        ({"caller": CALLER, "campaign": "course"}, "callee", "nothing", "a number as text"),
        ({**CALL, "callee": 1.5}, "callee", "a number", "a number as text"),
        ({**CALL, "callee": True}, "callee", "true or false", "a number as text"),
        ({**CALL, "callee": ["13800130001"]}, "callee", "a list", "a number as text"),
        ({**CALL, "callee": "1" * 201}, "callee", "a text of 201 characters", "at most 200"),
        ({**CALL, "pace": "x"}, "body", "a field of another name", "did you mean `place`"),
        ({**CALL, "at": "2026-11-24T10:00:00"}, "at", "no such instant", "with its offset"),
        ({**CALL, "at": "1800000000"}, "at", "no such instant", "with its offset"),
        ({**CALL, "at": 5}, "at", "beyond those years", "2049"),
        ({**CALL, "at": 10**400}, "at", "beyond those years", "2049"),
        ({**CALL, "place": "Atlantis"}, "place", "no place", "ISO 3166"),
        ({**CALL, "place": "US-FL"}, "place", "not in the callee's own country", "own country"),
        ({**CALL, "lang": "fr"}, "lang", "another name", "`en`, `zh`"),
        ({**CALL, "caller": " "}, "caller", "an empty text", "text"),
        ({**CALL, "caller": "\ud800"}, "caller", "halves of characters", "text"),
        ([], "body", "a list", "an object"),
        (None, "body", "nothing", "an object"),
    ],
)
def test_a_problem_names_the_field_what_was_found_and_what_is_accepted(client, given, field, found, accepted):
    answer = client.post("/v1/decide", content=json.dumps(given), headers={"content-type": "application/json"})
    problem = answer.json()

    assert (answer.status_code, answer.headers["content-type"], problem["code"]) == (422, "application/problem+json", "fields")
    assert [each["field"] for each in problem["errors"]] == [field]
    assert found in problem["errors"][0]["found"]
    assert accepted in problem["errors"][0]["accepted"]
    assert "allowed" not in problem
    assert "13800130001" not in answer.text
    assert "111" not in answer.text


@pytest.mark.parametrize(
    ("content", "media", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"callee": NaN}', "application/json", 400),
        (b'{"callee": "110", "callee": "13800130001"}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"callee": ' + b"9" * 5_000 + b"}", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"callee=1&callee=2", "application/x-www-form-urlencoded", 400),
        (b"callee=%ff", "application/x-www-form-urlencoded", 400),
        (b"callee", "application/x-www-form-urlencoded", 400),
        (b"&".join(b"a%d=1" % i for i in range(100)), "application/x-www-form-urlencoded", 400),
        (b"{}", "text/plain", 415),
        (b"{}", "application/xml", 415),
        (b" " * 2_000_000, "application/json", 413),
    ],
)
def test_what_cannot_be_read_is_told_so(client, content, media, status):
    answer = client.post("/v1/decide", content=content, headers={"content-type": media})

    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status


def test_many_questions_are_bounded_and_the_wrong_one_is_named(client):
    wrong = client.post("/v1/decide/many", {"questions": [CALL, CALL | {"campaign": "x"}, {}]})
    elsewhere = client.post("/v1/decide/many", {"questions": [CALL, CALL | {"place": "US-FL"}]})
    both = client.post("/v1/decide/many", {"questions": [CALL], "callees": [MOBILE]})
    neither = client.post("/v1/decide/many", {"callees": [MOBILE]})

    assert [each["field"] for each in wrong.json()["errors"]] == ["questions[1].campaign"]
    assert [each["field"] for each in elsewhere.json()["errors"]] == ["questions[1].place"]
    assert both.status_code == 422
    assert [each["field"] for each in neither.json()["errors"]] == ["caller", "campaign"]
    with Client(limits=Limits(questions=3)) as few:
        answer = few.post("/v1/decide/many", {"callees": [MOBILE] * 4, "caller": CALLER, "campaign": "course"})
        assert (answer.status_code, answer.json()["errors"][0]["found"]) == (422, "a list of 4")
        inside = few.post("/v1/decide/many", {"callees": [MOBILE, None], "caller": CALLER, "campaign": "course"})
        assert inside.json()["errors"][0]["found"] == "nothing at [1]"


def test_a_refusal_of_what_is_no_number_is_told_so(client):
    answer = client.post("/v1/refuse", {"callee": "nobody"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "callee"


def test_another_method_and_another_path_are_problems_too(client):
    method = client.get("/v1/refuse")
    nowhere = client.get("/v1/decide/")

    assert (method.status_code, method.json()["code"], method.headers["allow"]) == (405, "method", "POST")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not-found")
    assert client.post("/v1/decide?callee=110", CALL).status_code == 400


def test_whatever_goes_wrong_is_no_yes_and_the_log_has_no_number(client, monkeypatch, caplog):
    def broken(callee, **_):
        raise RuntimeError(f"lost my way at {callee}")

    monkeypatch.setattr(client.guard, "attempt", broken)
    monkeypatch.setattr(client.guard, "explain", broken)
    for path in ("/v1/attempts", "/v1/explain"):
        answer = client.post(path, CALL)
        assert (answer.status_code, answer.json()["code"]) == (500, "internal")
        assert MOBILE not in answer.text
    assert "RuntimeError" in caplog.text
    assert MOBILE not in caplog.text


@pytest.mark.parametrize("headers", [{"origin": "http://example.org"}, {"sec-fetch-site": "cross-site"}, {"host": "evil.example"}])
def test_a_page_in_a_browser_is_not_answered(headers):
    with Client(hosts=frozenset({"callguard"})) as client:
        assert client.post("/v1/decide", CALL).status_code == 200
        assert client.post("/v1/refuse", data={"callee": MOBILE}, headers=headers).json()["code"] == "foreign"
        assert client.post("/v1/decide", CALL).json()["allowed"] is True


# ── who may ask


def test_a_token_is_asked_for_and_its_holder_is_the_source():
    with Client(tokens={"dialer": TOKEN, "desk": TOKEN[::-1]}) as client:
        for header in (None, "", "Bearer", f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer é"):
            headers = {} if header is None else {"authorization": header.encode()}
            answer = client.post("/v1/decide", CALL, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
            assert answer.headers["www-authenticate"].startswith("Bearer")
        for path in ("/metrics", "/openapi.json"):
            assert client.get(path).status_code == 401
        for path in ("/health/live", "/health/ready"):
            assert client.get(path).status_code == 200
        for token in (TOKEN, TOKEN[::-1]):
            assert client.post("/v1/decide", CALL, headers={"authorization": f"bearer {token}"}).status_code == 200
        kept = []
        client.guard.refuse = lambda callee, **given: kept.append(given)
        client.post("/v1/refuse", {"callee": MOBILE}, headers={"authorization": f"Bearer {TOKEN}"})
        assert kept == [{"source": "dialer"}]


@pytest.mark.parametrize("tokens", [{}, {"a": "short"}, {"a b": TOKEN}, {"a": TOKEN, "b": TOKEN}, {"a": TOKEN + "é"}])
def test_a_token_that_cannot_be_one_is_refused_and_not_shown(tokens):
    with pytest.raises(ValueError, match=r"token") as error:
        Tokens(tokens)
    assert TOKEN not in str(error.value)


def test_without_the_extra_the_error_names_it(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises((CallguardError, ModuleNotFoundError), match="uvicorn"):
        service.needed()


# ── how it is


def test_it_is_ready_while_calls_may_be_allowed(client):
    store = MemoryStore()
    assert client.get("/health/live").json() == {"live": True}
    assert client.get("/health/ready").json() == {"ready": True, "why": None}
    client.desk.stopping = True
    assert client.get("/health/ready").json() == {"ready": False, "why": "stopping"}
    with Client(guard(extra=LOGGED, store=store)) as other:
        assert other.get("/health/ready").status_code == 200
        store.stop_log()
        assert other.get("/health/ready").json() == {"ready": False, "why": "log-unavailable"}
        store.go_stale(at=0)
        answer = other.get("/health/ready")
        assert (answer.status_code, answer.json()["why"]) == (503, "state-stale")
        assert other.post("/v1/decide", CALL).json()["reason"] == "state-stale"


def test_metrics_count_by_reason_and_hold_no_number(client):
    client.post("/v1/decide", CALL)
    client.post("/v1/decide/many", {"callees": [MOBILE, "110"], "caller": CALLER, "campaign": "course"})
    made = client.post("/v1/attempts", CALL).json()["attempt"]
    client.post("/v1/attempts", CALL | {"callee": OTHER})
    client.post(f"/v1/attempts/{made}/outcome", {"outcome": f"called {MOBILE}"})
    client.post("/v1/refuse", {"callee": MOBILE})
    client.post("/v1/nothing", CALL)
    text = client.get("/metrics").text

    for line in (
        'callguard_decisions_total{endpoint="decide",reason="allowed"} 1',
        'callguard_decisions_total{endpoint="decide-many",reason="protected-number"} 1',
        'callguard_decisions_total{endpoint="attempt",reason="allowed"} 2',
        'callguard_attempts_ended_total{outcome="other"} 1',
        'callguard_records_total{kind="refuse"} 1',
        'callguard_requests_total{endpoint="attempt",status="201"} 2',
        'callguard_request_seconds_count{endpoint="decide"} 1',
        'callguard_request_seconds_bucket{endpoint="decide",le="+Inf"} 1',
        "callguard_requests_in_flight 1",
        "callguard_open_attempts 1",
        "callguard_ready 1",
    ):
        assert line in text.splitlines()
    assert MOBILE not in text
    assert CALLER not in text
    assert len([line for line in text.splitlines() if line.startswith("# TYPE")]) == len(set(text.split("# TYPE ")[1:]))


def test_what_is_too_much_at_once_is_told_to_come_again(monkeypatch):
    with Client(limits=Limits(concurrency=1)) as client:
        waiting = asyncio.Event()

        async def slow():
            yield b"{"
            waiting.set()
            await asyncio.sleep(30)
            yield b"}"

        async def both():
            under_way = asyncio.ensure_future(
                client.http.post("/v1/decide", content=slow(), headers={"content-type": "application/json"})
            )
            await waiting.wait()
            found = [await client.http.post("/v1/decide", json=CALL), await client.http.get("/health/live")]
            under_way.cancel()
            await asyncio.wait([under_way])
            return found

        busy, alive = client.run(both())
        assert (busy.status_code, busy.json()["code"], busy.headers["retry-after"]) == (503, "busy", "1")
        assert alive.status_code == 200


def test_a_body_that_does_not_come_is_not_waited_for():
    async def never():
        yield b"{"
        await asyncio.sleep(60)

    with Client(limits=Limits(read_s=0.05)) as client:
        answer = client.post("/v1/decide", content=never(), headers={"content-type": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (408, "slow")


def test_a_policy_that_lost_the_campaign_is_no_yes(client, monkeypatch):
    from callguard import PolicyError

    def gone(*_, **__):
        raise PolicyError("no campaign is named `course`")

    monkeypatch.setattr(client.guard, "explain", gone)
    answer = client.post("/v1/explain", CALL)

    assert (answer.status_code, answer.json()["code"]) == (503, "busy")


def test_every_reason_is_described(client):
    found = client.get("/openapi.json").json()

    assert found["openapi"] == "3.1.0"
    assert found["components"]["schemas"]["Reason"]["enum"] == [str(reason) for reason in Reason]
    assert found["paths"]["/v1/decide"]["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]["campaign"][
        "enum"
    ] == ["course", "notice", "survey", "vip", "shadow"]
    assert httpx.codes.OK in map(int, found["paths"]["/v1/refuse"]["post"]["responses"])


# ── a refusal that comes with the call's end


@pytest.mark.parametrize(
    ("ended", "refused"),
    [
        ({"outcome": "Do not call"}, True),
        ({"outcome": "answered", "keys": "9"}, True),
        ({"outcome": "answered", "keys": "19"}, False),
        ({"outcome": "rejected"}, False),
    ],
)
def test_an_outcome_or_keys_that_are_a_refusal_are_kept_when_it_answers(ended, refused):
    with Client(guard(extra=LOGGED + '[opt_out]\nkeys = ["9"]\n')) as client:
        made = client.post("/v1/attempts", CALL).json()["attempt"]

        assert client.post(f"/v1/attempts/{made}/outcome", ended).status_code == 200
        assert (client.post("/v1/decide", CALL).json()["reason"] == "refused") is refused
        assert outcomes(client.guard) == [ended["outcome"]]


def test_a_refusal_that_cannot_be_kept_is_503_and_the_attempt_takes_it_again():
    class Broken(MemoryStore):
        broken = False

        def append(self, records):
            if self.broken:
                raise StateError("the disk is full")
            return super().append(records)

    store = Broken()
    with Client(guard(extra=LOGGED, store=store)) as client:
        made = client.post("/v1/attempts", CALL).json()["attempt"]
        store.broken = True
        answer = client.post(f"/v1/attempts/{made}/outcome", {"outcome": "dnc"})
        assert (answer.status_code, answer.json()["code"], answer.json()["denied_here"]) == (503, "state", False)
        assert outcomes(client.guard) == ["dnc"]
        store.broken = False
        assert client.post(f"/v1/attempts/{made}/outcome", {"outcome": "dnc"}).status_code == 200
        assert client.post("/v1/decide", CALL).json()["reason"] == "refused"
        assert client.post(f"/v1/attempts/{made}/outcome", {"outcome": "dnc"}).status_code == 404
