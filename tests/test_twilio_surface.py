"""Every request that Twilio's library can make stands in a table: what is new in it fails here, by its name."""

import ast
import re
from pathlib import Path

import pytest
from twilio.twiml import voice_response

import tooling
from callguard.dialers import twilio_requests as requests
from callguard.dialers import twilio_tables as tables
from callguard.judging import Denied
from callguard.targets import twiml

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def tool():
    return tooling.tool("twilio_surface")


@pytest.fixture(scope="module")
def read(tool):
    return tool.surface()


@pytest.fixture(scope="module")
def surface(read):
    return read[0]


@pytest.fixture(scope="module")
def known(tool):
    return tool.read(tool.OUT.read_text(encoding="utf-8"))


def split(request):
    """Return the method, the product and the path of a request, with something for every name in it."""
    method, host, path = request.split()
    return method, host.removesuffix(".twilio.com"), re.sub(r"\{\w+\}", "XX" + "1" * 32, path).strip("/").removesuffix(".json")


def table(request):
    _, product, path = split(request)
    if tables.places(product, path):
        return "decided"
    if tables.denied(product, path):
        return "denied"
    return "harmless" if tables.is_harmless(product, path) else "unknown"


def test_the_library_has_no_request_and_no_parameter_that_nobody_has_looked_at(tool, surface, known):
    assert tool.news(surface, known) == [], "look at what it does, put it into twilio_tables, then run tools/twilio_surface.py"


def test_no_request_of_the_library_is_overlooked(tool, read):
    found, places = read

    assert places == tool.literals()
    assert len(found) > 500


def test_every_request_stands_in_one_of_the_tables(surface, known):
    assert [request for request in sorted({*surface, *known}) if table(request) == "unknown"] == []


def test_what_places_calls_is_decided_and_what_may_is_denied(known):
    decided = {" ".join(split(request)[1:]) for request in known if table(request) == "decided"}
    assert len(decided) == len(tables.PLACES)
    assert {
        table(request)
        for request in known
        if re.search(r"Calls(\.json|/\{sid\}\.json)$|Conferences/\{\w+\}/Participants\.json$", request)
    } == {"decided"}
    assert {tables.denied(*split(request)[1:]) for request in known if table(request) == "denied"} == tables.DENIED


def test_no_entry_is_of_what_the_library_never_had(known):
    paths = [split(request)[1:] for request in known]
    entries = [*tables.PLACES, *tables.DENIED, *((product, each) for product, all_ in tables.HARMLESS.items() for each in all_)]

    stale = [
        entry
        for entry in entries
        if not any(product == entry[0] and tables._form(entry[1]).fullmatch(path) for product, path in paths)
    ]

    assert stale == []
    assert {product for product, _ in paths} >= tables.HARMLESS_PRODUCTS - {"pricing", "monitor"}  # those only read


def test_the_parameters_of_what_places_calls_are_those_of_the_library(known):
    odd = {}
    for request, said in known.items():
        found = tables.places(*split(request)[1:])
        if found and found[1] != "voice-verification" and said != tables.KNOWN[found[1]]:
            odd[request] = said ^ tables.KNOWN[found[1]]
    # workers and tasks have almost the same, engagements and executions all of it
    assert {each for found in odd.values() for each in found} <= {"Supervisor", "SupervisorMode"}


def test_every_request_is_judged_as_its_table_says(surface):
    for request in surface:
        method, product, path = split(request)
        url = f"https://{product}.twilio.com/{path}"
        if table(request) == "harmless":
            assert requests.calls(method, url, None, {"To": "+8613800130001"}, {}) is None
        elif table(request) == "denied":
            with pytest.raises(Denied, match="command-unknown") as denied:
                requests.calls(method, url, None, {}, {})
            assert denied.value.rule == tables.name(product, path)
            assert requests.calls(method, url, None, {}, {}, allow=frozenset({denied.value.rule.lower()})) is None


def test_a_product_that_places_no_calls_is_passed_whatever_stands_in_the_path():
    assert (
        requests.calls("POST", "https://sync.twilio.com/v1/Services/IS1/Maps/MP1/Items/a (b), c#d", None, {"Data": "{}"}, {})
        is None
    )
    assert requests.calls("POST", "https://sync.dublin.ie1.twilio.com/v1/Services", None, {}, {}) is None


def test_every_verb_and_noun_of_twiml_is_known():
    source = Path(voice_response.__file__).read_text(encoding="utf-8")
    classes = {each.name: ast.get_source_segment(source, each) for each in ast.parse(source).body if isinstance(each, ast.ClassDef)}
    names = {name: re.search(r'self\.name = "([^"]+)"', text)[1] for name, text in classes.items()}
    made_by = {name: {names[each] for each in re.findall(r"self\.nest\(\s*(\w+)\(", text)} for name, text in classes.items()}
    verbs = made_by["VoiceResponse"]

    assert verbs - twiml.CALM == twiml.CALLS
    assert made_by["Connect"] <= twiml.CONNECTED
    assert made_by["Dial"] - twiml.MEETS == {"Application", "Client", "Number", "Sim", "Sip", "WhatsApp"}
    assert made_by["Refer"] == {"Sip"}
    assert [name for name in classes if names[name] in verbs & twiml.CALM and made_by[name] & twiml.CALLS] == []
