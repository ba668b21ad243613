"""Every request that an SDK's methods can make is in one of its API's tables, found in the installed SDK itself."""

import ast
import importlib.util
import inspect
import re
from pathlib import Path

import pytest

from callguard.dialers import livekit, retell, telnyx, vapi

pytestmark = pytest.mark.once

_VERBS = {"_post": "POST", "_put": "PUT", "_patch": "PATCH"}


def modules(package):
    """Yield (name, source) of each module of a package, without running it."""
    root = Path(importlib.util.find_spec(package).submodule_search_locations[0])
    for path in sorted(root.rglob("*.py")):
        yield ".".join((package, *path.relative_to(root).with_suffix("").parts)), ast.parse(path.read_text("utf-8"))


def calls(name, module):
    """Yield (method, call) for each call in each method of each class that a module has."""
    for found in module.body:
        if isinstance(found, ast.ClassDef):
            for method in found.body:
                if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
                    for node in ast.walk(method):
                        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                            yield f"{name}:{found.name}.{method.name}", node


def path_of(node):
    """Return the path that is written in a call, `{}` for what is put into it."""
    if isinstance(node, ast.Call):
        node = node.args[0]  # path_template("…", …)
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    assert isinstance(node, ast.Constant), f"a path that is not read: {ast.unparse(node)}"
    return re.sub(r"{\w+}", "{}", node.value)


def stainless(package):
    """Yield the requests of an SDK that Stainless made."""
    for name, module in modules(f"{package}.resources"):
        for method, node in calls(name, module):
            if node.func.attr in _VERBS and ast.unparse(node.func.value) == "self":
                yield method, _VERBS[node.func.attr], path_of(node.args[0])
            assert node.func.attr != "_get_api_list" or "method" not in {each.arg for each in node.keywords}, method
            assert not (node.func.attr in ("request", "post") and isinstance(node.func.value, ast.Attribute)), method


def fern():
    """Yield the requests of Vapi's SDK, that Fern made."""
    for name, module in modules("vapi"):
        if name.endswith(".raw_client"):
            for method, node in calls(name, module):
                if "httpx_client" in ast.unparse(node.func):
                    verb = next(each.value.value for each in node.keywords if each.arg == "method")
                    if verb not in ("GET", "DELETE"):
                        yield method, verb, path_of(node.args[0])


def homeless(api, requests):
    """Return the methods whose request is in no table, and how many there are."""
    found = list(requests)
    lost = []
    for method, verb, path in found:
        plain = "/" + path.partition("?")[0].strip("/").replace("{}", "x9")
        name = api.request(verb, plain)
        tables = [table for table in (api.places, api.harmless, api.unknown) if name in table]
        if len(tables) != 1:
            lost.append(f"{method}: {verb} {path}")
    return lost, len(found)


@pytest.mark.parametrize(
    ("api", "requests", "least"),
    [(telnyx.API, lambda: stainless("telnyx"), 1000), (retell.API, lambda: stainless("retell"), 100), (vapi.API, fern, 100)],
    ids=["telnyx", "retell", "vapi"],
)
def test_every_method_that_reaches_the_wire_is_in_a_table(api, requests, least):
    lost, found = homeless(api, requests())

    assert lost == []
    assert found > least


@pytest.mark.parametrize("api", [telnyx.API, retell.API, vapi.API], ids=lambda api: api.name)
def test_a_request_is_in_one_table_and_every_entry_is_found(api):
    names = [*api.places, *api.harmless, *api.unknown]

    assert len(names) == len(set(names))
    assert [name for name in names if api.request(*(part.replace("{}", "x9") for part in name.split(" "))) != name] == []


@pytest.mark.parametrize(
    "name",
    [
        "POST /notification_channels",  # a channel may be a number that Telnyx calls
        "PATCH /notification_channels/{}",
        "POST /notification_settings",
        "POST /call_control_applications",
        "PATCH /call_control_applications/{}",
        "POST /texml_applications",
        "PATCH /texml_applications/{}",
        "PATCH /fax_applications/{}",
        "POST /ai/assistants",  # with tools that transfer
        "POST /ai/assistants/{}",
        "PUT /ai/assistants/{}/tools/{}",
        "POST /ai/tools",
        "POST /calls/{}/actions/ai_assistant_add_messages",
        "POST /calls/{}/actions/conversation_relay_start",  # its frames send digits
        "POST /verified_numbers/{}/actions/verify",
        "POST /managed_accounts",  # its answer has a key
        "POST /oauth/token",
        "POST /external_connections/{}/uploads",
        "POST /sim_cards/{}/actions/enable_voice",
        "PATCH /phone_numbers/{}/voice",
    ],
)
def test_what_telnyx_may_call_by_or_be_told_to_call_is_not_harmless(name):
    assert name in telnyx.API.unknown


def test_a_new_method_is_named():
    new = [("telnyx.resources.calls:CallsResource.dial_many", "POST", "/calls/many")]

    assert homeless(telnyx.API, new) == (["telnyx.resources.calls:CallsResource.dial_many: POST /calls/many"], 1)


def twirp():
    """Yield the requests of LiveKit's services."""
    for name, module in modules("livekit.api"):
        service = [each.value.value for each in module.body if isinstance(each, ast.Assign) and each.targets[0].id == "SVC"]
        for method, node in calls(name, module):
            if ast.unparse(node.func) == "self._client.request":
                assert node.args[0].id == "SVC", method
                yield method, f"{service[0]}/{node.args[1].value}"
            if node.func.attr == "post":
                assert "TwirpClient.request" in method, f"{method} reaches the wire by another way"


def test_every_request_of_livekit_is_in_one_table():
    found = dict(twirp())
    tables = livekit.TABLES
    where = {
        name: [name.lower() in table for table in (tables.places, tables.harmless, tables.unknown)].count(True)
        for name in found.values()
    }

    assert [(method, name) for method, name in found.items() if where[name] != 1] == []
    assert len(found) > 40


def test_every_service_of_livekit_is_known():
    from livekit.api.livekit_api import LiveKitAPI

    services = {name for name, found in inspect.getmembers(LiveKitAPI, lambda each: isinstance(each, property))}

    assert {f"_{name}" for name in services} == set(livekit._SERVICES)


@pytest.mark.parametrize("api", [telnyx.API, retell.API, vapi.API], ids=lambda api: api.name)
def test_every_request_that_is_decided_or_unknown_stands_in_the_guide(api):
    page = (Path(__file__).parent.parent / "docs" / "guide" / "voice-apis.md").read_text("utf-8")

    assert [name for name in api.places if f"`{name}`" not in page] == []
    assert [why for why in {*api.unknown.values()} if why not in page] == []


def test_every_request_of_livekit_that_is_decided_or_unknown_stands_in_the_guide():
    page = (Path(__file__).parent.parent / "docs" / "guide" / "voice-apis.md").read_text("utf-8").lower()

    assert [name for name in (*livekit.TABLES.places, *livekit.TABLES.unknown) if f"`{name}`" not in page] == []
