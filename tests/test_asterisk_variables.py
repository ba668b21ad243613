"""The variables of a call through Asterisk: they may say something, but not whose call it is, nor where it goes."""

import json

import pytest

from callguard.commands import ami_commands, ari_commands
from callguard.commands.ami_wire import Action
from callguard.judging import Denied

PASSED = [
    ("A", "1"),
    ("__A", "a: b"),
    ("CALLGUARD_CAMPAIGN", "survey"),
    ("PJSIP_HEADER(add,X-Campaign)", "survey"),
    ("SIPADDHEADER", "X-Campaign: survey"),
    ("__SIPADDHEADER01", "x-campaign:survey"),
]
DENIED = [
    ("PJSIP_HEADER(add,P-Asserted-Identity)", "<sip:10086@x>"),
    ("PJSIP_HEADER(add,Remote-Party-ID)", "<sip:10086@x>"),
    ("PJSIP_HEADER(add,From)", "<sip:10086@x>"),
    ("PJSIP_HEADER(add,Route)", "<sip:x>"),
    ("PJSIP_HEADER(add,x)", "1"),
    ("PJSIP_HEADER(add, P-Asserted-Identity)", "1"),
    ("PJSIP_HEADER(update,X-Campaign)", "survey"),
    ("PJSIP_HEADER(remove,X-Campaign)", ""),
    ("PJSIP_HEADER(add,X-A,1)", "survey"),
    ("SIPADDHEADER", "P-Asserted-Identity: <sip:10086@x>"),
    ("SIPADDHEADER01", "P-Asserted-Identity: <sip:10086@x>"),
    ("_SIPADDHEADER_any", "From: <sip:10086@x>"),
    ("sipaddheader", "To: <sip:110@x>"),
    ("SIPADDHEADER", "X-A"),
    ("SIPADDHEADER", ""),
    ("SIPADDHEADER(X)", "X-A: 1"),
    ("SIPADDHEADER(01)", "From: x"),
    ("SIPFROMDOMAIN", "x"),
    ("SIP_URI_OPTIONS", "user=phone"),
    ("VXML_URL", "x"),
    ("__SIPTRANSFER_REFERER", "x"),
    ("SIPTRANSFER_REPLACES", "x"),
    ("MONITOR_EXEC", "x"),
    ("MONITOR_EXEC_ARGS", "x"),
]


def manager(*variables):
    headers = (("Action", "Originate"), ("Channel", "PJSIP/1381@t"), ("Exten", "s"), ("Context", "ivr"))
    return ami_commands.read(Action((*headers, *(("Variable", each) for each in variables))), frozenset())


def rest(variables):
    body = json.dumps({"variables": variables}).encode()
    asked = ari_commands.Request("POST", "/ari/channels?endpoint=PJSIP/1381@t&app=a", "application/json", body)
    return ari_commands.read(ari_commands.operation(asked), frozenset())


@pytest.mark.parametrize(("name", "value"), PASSED)
def test_what_says_something_is_passed(name, value):
    assert manager(f"{name}={value}").targets == rest({name: value}).targets != ()


@pytest.mark.parametrize(("name", "value"), DENIED)
def test_what_says_whose_call_it_is_or_where_it_goes_is_denied(name, value):
    with pytest.raises(Denied, match="command-unreadable \\(Variable\\)"):
        manager(f"{name}={value}")
    with pytest.raises(Denied, match="command-unreadable \\(Variable\\)"):
        manager(f"A=1,{name}={value}")
    with pytest.raises(Denied, match="command-unreadable \\(variables\\)"):
        rest({name: value})


@pytest.mark.parametrize(
    "variable",
    [
        "A=1,SIPADDHEADER=From: x)",
        "A=(,B=1",
        "A=[1,SIPADDHEADER=X-A: 1",
        "A=1],B=2",
        "A=(1)),SIPADDHEADER=From: x)",
    ],
)
def test_what_asterisk_splits_otherwise_than_it_looks_is_denied(variable):
    """It splits at commas outside of parentheses and of brackets."""
    with pytest.raises(Denied, match="command-unreadable \\(Variable\\)"):
        manager(variable)


def test_what_is_within_parentheses_or_brackets_is_one_value():
    assert manager("A=(1,2),CALLGUARD_CAMPAIGN=survey").campaign == "survey"
    assert manager("A=[1,CALLGUARD_CAMPAIGN=x],CALLGUARD_CAMPAIGN=survey").campaign == "survey"


@pytest.mark.parametrize("sign", ["\r\n", "\n", "\x00"])
def test_a_header_has_one_line(sign):
    for name, value in (("PJSIP_HEADER(add,X-A)", f"1{sign}From: x"), ("SIPADDHEADER", f"X-A: 1{sign}From: x")):
        with pytest.raises(Denied, match="command-unreadable \\(variables\\)"):
            rest({name: value})
    assert rest({"A": f"1{sign}2"}).targets
