"""Every request that an SDK's methods can make is in one of its API's tables, found in the installed SDK itself."""

import ast
import importlib
import inspect
import pkgutil
import re

import pytest
from callguard.dialers import livekit, retell, telnyx, vapi

_VERBS = {"_post": "POST", "_put": "PUT", "_patch": "PATCH"}


def modules(package):
    root = importlib.import_module(package)
    for found in pkgutil.walk_packages(root.__path__, f"{package}."):
        yield importlib.import_module(found.name)


def calls(module):
    """Yield (method, call) for each call in each method of each class that a module has."""
    for name, found in vars(module).items():
        if inspect.isclass(found) and found.__module__ == module.__name__:
            for method in ast.parse(inspect.getsource(found)).body[0].body:
                if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
                    for node in ast.walk(method):
                        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                            yield f"{module.__name__}:{name}.{method.name}", node


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
    for module in modules(f"{package}.resources"):
        for method, node in calls(module):
            if node.func.attr in _VERBS and ast.unparse(node.func.value) == "self":
                yield method, _VERBS[node.func.attr], path_of(node.args[0])
            assert node.func.attr != "_get_api_list" or "method" not in {each.arg for each in node.keywords}, method
            assert ast.unparse(node.func) not in ("self._client.request", "self._client.post"), method


def fern():
    """Yield the requests of Vapi's SDK, that Fern made."""
    for module in modules("vapi"):
        if module.__name__.endswith(".raw_client"):
            for method, node in calls(module):
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


def test_a_new_method_is_named():
    new = [("telnyx.resources.calls:CallsResource.dial_many", "POST", "/calls/many")]

    assert homeless(telnyx.API, new) == (["telnyx.resources.calls:CallsResource.dial_many: POST /calls/many"], 1)


def twirp():
    """Yield the requests of LiveKit's services."""
    for module in modules("livekit.api"):
        for method, node in calls(module):
            if ast.unparse(node.func) == "self._client.request":
                yield method, f"{ast.literal_eval(repr(getattr(module, node.args[0].id)))}/{node.args[1].value}"
            assert ast.unparse(node.func) not in ("self._session.post", "session.post") or "TwirpClient.request" in method, method


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
