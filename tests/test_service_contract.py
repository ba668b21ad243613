"""The service keeps to its own description, whatever is sent: schemathesis and hypothesis against the application."""

import json

import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from callguard import service
from callguard.service import Limits
from callguard.service.operations import operations
from samples import CALLER, MOBILE, guard
from service_client import CALL, Client

load_all_checks()
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    unsupported_method,
    negative_data_rejection,
]
LIMITS = Limits(questions=5, body=20_000)
OPERATIONS = [operation for operation in operations(LIMITS) if operation.name != "openapi"]  # which is the description itself


@pytest.fixture(scope="module")
def described():
    found = guard()
    found.refuse(MOBILE)
    app = service.app(found, tokens=None, consents=True, limits=LIMITS)
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    return {each.ok().definition.raw["operationId"]: each.ok() for each in schema.get_all_operations()}


@pytest.mark.parametrize(
    ("name", "mode"),
    [(operation.name, GenerationMode.POSITIVE) for operation in OPERATIONS]
    + [(operation.name, GenerationMode.NEGATIVE) for operation in OPERATIONS if operation.fields],
    ids=lambda value: getattr(value, "value", value),
)
def test_it_answers_as_it_is_described(described, name, mode):
    @given(described[name].as_strategy(generation_mode=mode))
    @settings(max_examples=max(settings.default.max_examples // 5, 5))
    def ask(case):
        case.validate_response(case.call(), checks=CHECKS)

    ask()


def test_every_endpoint_is_described(described):
    assert sorted(described) == sorted(operation.name for operation in OPERATIONS)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([MOBILE, CALLER, "course", "survey", "2026-11-24T10:00:00Z", 1_795_000_000, "CN-BJ"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.sampled_from(["callee", "callees", "caller", "campaign", "questions", "at", "place", "key", "as", "proof"]), inner, max_size=5),
    max_leaves=20,
)  # fmt: skip
BODIES = st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()) | st.builds(lambda extra: json.dumps(CALL | extra).encode(), st.dictionaries(st.sampled_from(["callee", "caller", "campaign", "at", "place", "key", "lang", "as", "other"]), JSON, max_size=4))  # fmt: skip
MEDIA = st.sampled_from(
    ["application/json", "application/x-www-form-urlencoded", "text/plain", "", "application/json; charset=utf-16"]
)


@pytest.fixture(scope="module")
def client():
    """A guard whose every callee has refused, so that any yes is a wrong one."""
    found = guard()
    with Client(found, consents=False, limits=LIMITS) as made:
        found.set_caller_status("010-8555-0123", "reclaimed")
        found.set_caller_status("010-8555-0124", "reclaimed")
        yield made


@given(path=st.sampled_from(["/v1/decide", "/v1/decide/many", "/v1/explain", "/v1/next-allowed", "/v1/attempts", "/v1/refuse", "/v1/attempts/x/outcome"]), body=BODIES, media=MEDIA)  # fmt: skip
def test_no_body_is_an_error_of_the_service_or_a_wrong_yes(client, path, body, media):
    answer = client.post(path, content=body, headers={"content-type": media})

    assert answer.status_code < 500, answer.text
    assert answer.status_code != 201
    assert not answer.text.startswith("allow")
    if answer.headers["content-type"] != "text/plain; charset=utf-8":
        told = answer.json()
        decisions = [told, told.get("decision") or {}, *told.get("decisions", ())]
        assert [each for each in decisions if each.get("allowed")] == []
        assert "allowed" not in told.get("reasons", ())


@given(
    query=st.text(max_size=100)
    | st.dictionaries(st.sampled_from(["callee", "caller", "campaign", "at", "place", "as"]), st.text(max_size=30))
)
def test_no_query_is_either(client, query):
    answer = client.get("/v1/decide", params=query)

    assert answer.status_code < 500, answer.text
    assert not answer.text.startswith("allow")
    assert answer.status_code != 200 or answer.text.startswith("deny") or answer.json()["allowed"] is False


@given(callee=st.sampled_from([MOBILE, f"+86{MOBILE}", f"0086 {MOBILE}", f"tel:+86{MOBILE}", int(f"86{MOBILE}"), "１３８００１３０００１", f"{MOBILE};ext=5"]), campaign=st.sampled_from(["course", "notice", "survey", "vip", "shadow"]), at=st.none() | st.floats(946_684_800, 2_524_607_999), form=st.booleans())  # fmt: skip
def test_nobody_who_refused_is_ever_called(refused, callee, campaign, at, form):
    question = {"callee": callee, "caller": CALLER, "campaign": campaign}
    dated = question | ({} if at is None else {"at": at})
    written = {name: str(value) for name, value in question.items()}

    assert refused.post("/v1/decide", dated).json()["allowed"] is False
    assert refused.post("/v1/decide/many", {"questions": [dated]}).json()["decisions"][0]["allowed"] is False
    assert refused.post("/v1/explain", dated).json()["decision"]["allowed"] is False
    if form:
        assert refused.post("/v1/attempts", data=written | {"as": "text"}).text.startswith("deny ")
        assert refused.get("/v1/decide", params=written | {"as": "text"}).text.startswith("deny ")
    else:
        assert refused.post("/v1/attempts", question).status_code == 403


@pytest.fixture(scope="module")
def refused():
    with Client(limits=LIMITS) as made:
        made.guard.refuse(MOBILE)
        yield made
