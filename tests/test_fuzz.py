"""The fuzzers' targets in short: their seeds, some hundred changes of them, what was once found; and that each finds what is broken."""

from random import Random

import pytest

from callguard.commands import ami_commands, ami_tables, ami_wire, esl_apps
from callguard.dialers import sip
from callguard.permits import Checker
from callguard.service import kinds, reading
from callguard.targets import dial_strings
from fuzz import permits_target
from fuzz.mutating import mutated
from fuzz.target import NAMES, target

pytestmark = pytest.mark.once

CHANGES = 300
# inputs that broke a promise when they were found
FOUND = {
    "a header of blanks took a minute": ("sip", b"a" + b" " * 20_000),
    "a local number in a context": ("sip", b"sip:110;phone-context=+8613800130@h"),
    "an escaped parameter": ("sip", b"sip:13800130001%3bphone-context=+1@h"),
    "an address within a user": ("sip", b"sip:sip%3A13800130001%4099@h"),
    "a reference that nests deeper than Python": ("permits", b"[" * 4_000),
    "a caller ID that only the switch can read": (
        "ami",
        b'Action: Originate\r\nChannel: PJSIP/13800130001@t\r\nExten: s\r\nCallerID: "a" <01085550199> b\r\n\r\n',
    ),
    "a line that grows too long when it is passed on": ("ami", b"Action: UserEvent\r\nH:" + b"x" * 1_020 + b"\r\n\r\n"),
}


@pytest.fixture(autouse=True)
def closed():
    yield
    for name in NAMES:
        target(name).close()


@pytest.mark.parametrize("name", NAMES)
def test_seeds_and_some_changes_of_them_break_no_promise(name):
    found, random = target(name), Random(name)
    seeds = found.seeds

    assert len(seeds) >= 5
    for data in seeds:
        found.run(data)
    for _ in range(CHANGES):
        found.run(mutated(random, random.choice(seeds), found.tokens, seeds, found.longest))


@pytest.mark.parametrize("what", FOUND)
def test_what_was_found_is_no_more(what):
    name, data = FOUND[what]
    target(name).run(data)


def broken(name):
    """Return the first failure among the seeds and their changes."""
    found, random = target(name), Random(name)
    seeds = found.seeds
    changes = (mutated(random, random.choice(seeds), found.tokens, seeds, found.longest) for _ in range(5_000))
    for data in (*seeds, *changes):
        try:
            found.run(data)
        except AssertionError as error:
            return str(error)
    return None


def test_an_action_that_is_taken_for_harmless_is_found(monkeypatch):
    monkeypatch.setitem(ami_tables.HARMLESS, "setvar", "")

    assert "only whom the judge allowed" in broken("ami")


def test_a_target_that_is_not_read_is_found(monkeypatch):
    monkeypatch.setattr(ami_commands, "_send", lambda *_: None)
    places = dict(ami_commands.TABLES.places)
    monkeypatch.setitem(ami_commands.TABLES.places, "redirect", (lambda *_: None, places["redirect"][1]))

    assert "only whom the judge allowed" in broken("ami")


def test_a_header_that_is_passed_on_otherwise_than_read_is_found(monkeypatch):
    monkeypatch.setattr(ami_wire.Action, "encode", lambda self: b"Action: Originate\r\nChannel: PJSIP/110@t\r\n\r\n")

    assert "only whom the judge allowed" in broken("ami")


def test_an_application_that_is_taken_for_quiet_is_found(monkeypatch):
    monkeypatch.setattr(esl_apps, "CALLS_NOBODY", esl_apps.CALLS_NOBODY | {"socket"})

    assert "only whom the judge allowed" in broken("esl")


def test_a_leg_that_is_not_read_is_found(monkeypatch):
    monkeypatch.setattr(dial_strings, "_legs", lambda text: [text.partition("|")[0].partition(",")[0]])

    assert "only whom the judge allowed" in broken("esl")


def test_an_address_of_another_is_found(monkeypatch):
    monkeypatch.setattr(sip, "number", lambda uri: "13800130002" if "1380" in uri else "")

    assert "the number that is decided" in broken("sip")


def test_a_permit_of_anybody_is_found(monkeypatch):
    monkeypatch.setattr(Checker, "_verify", lambda *_: None)

    assert "nobody has issued" in broken("permits")


def test_a_yes_for_a_protected_number_is_found(monkeypatch):
    monkeypatch.setattr(kinds.Callee, "read", lambda *_: "13800130001")

    assert "no yes for a number" in broken("http")


def test_an_error_of_its_own_is_found(monkeypatch):
    monkeypatch.setattr(reading, "_json", lambda body: body.decode())

    assert broken("http") is not None


def test_a_permit_for_any_callee_is_found(monkeypatch):
    monkeypatch.setattr(permits_target.CHECKER, "callee", lambda _: 8613800130001)

    assert "for this callee" in broken("permits")
