"""Channel names and dial strings: every number that a switch would dial is read, or nothing is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.targets import Unreadable
from callguard.targets.asterisk import channels, dial
from callguard.targets.dial_strings import dial_string, is_plain, words
from callguard.targets.target import extension

NUMBER = "13800130001"


def numbers(targets):
    return [target.number for target in targets]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (f"PJSIP/{NUMBER}@trunk", [NUMBER]),
        (f"pjsip/+86{NUMBER}@trunk-1.a", [f"+86{NUMBER}"]),
        (f"PJSIP/trunk/sip:{NUMBER}@192.0.2.1:5060", [NUMBER]),
        (f"SIP/trunk/{NUMBER}", [NUMBER]),
        (f"SIP/{NUMBER}@trunk", [NUMBER]),
        (f"IAX2/user:secret@peer/{NUMBER}", [NUMBER]),
        (f"DAHDI/g1/{NUMBER}", [NUMBER]),
        (f"DAHDI/1/{NUMBER}", [NUMBER]),
        (f"Local/{NUMBER}@out/n", [NUMBER]),
        (f"Dongle/dongle0/{NUMBER}", [NUMBER]),
        (f"PJSIP/{NUMBER}@a&SIP/b/110&PJSIP/1000", [NUMBER, "110", None]),
        ("PJSIP/1000", [None]),
        ("Local/s@ivr", [None]),
        ("DAHDI/1", [None]),
    ],
)
def test_a_channel_of_asterisk(written, expected):
    assert numbers(channels(written)) == expected


@pytest.mark.parametrize(
    "written",
    [
        "", "PJSIP", "PJSIP/", f"PJSIP/{NUMBER}@trunk&", f"&PJSIP/{NUMBER}@trunk", f"PJSIP/{NUMBER}@trunk@x", f"PJSIP/{NUMBER} @trunk",
        f"PJSIP/trunk/sip:{NUMBER}@h;method=x", "PJSIP/${N}@trunk", f"SIP/trunk/{NUMBER}/x", f"DAHDI/g1/{NUMBER}w123", f"Nosuch/x/{NUMBER}",
        f"PJSIP/{NUMBER}@trunk\n", "&".join(["PJSIP/1000"] * 65), f"Local/{NUMBER}@out/n/x", f"PJSIP/{NUMBER},PJSIP/1",
    ],
)  # fmt: skip
def test_a_channel_that_cannot_be_read(written):
    with pytest.raises(Unreadable):
        channels(written)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (f"PJSIP/{NUMBER}@trunk", [NUMBER]),
        (f"PJSIP/{NUMBER}@trunk&SIP/b/110,30", [NUMBER, "110"]),
        (f"PJSIP/{NUMBER}@trunk,,Tr", [NUMBER]),
        (f"PJSIP/{NUMBER}@trunk,30,rm(music)L(60000:5000)", [NUMBER]),
    ],
)
def test_what_dial_is_given(data, expected):
    assert numbers(dial(data)) == expected


@pytest.mark.parametrize("options", ["D(w110)", "G(a^b^1)", "F(a^b^1)", "M(macro)", "U(sub)", "b(c^d^1)", "L(${X})", "r,http://x"])
def test_options_of_dial_that_do_more_are_not_read(options):
    with pytest.raises(Unreadable):
        dial(f"PJSIP/{NUMBER}@trunk,30,{options}")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (f"sofia/gateway/gw/{NUMBER}", [NUMBER]),
        (f"sofia/gateway/external::gw/{NUMBER}", [NUMBER]),
        (f"sofia/internal/{NUMBER}@192.0.2.1:5060", [NUMBER]),
        (f"sofia/internal/sip:+{NUMBER}@example.org", [f"+{NUMBER}"]),
        (f"loopback/{NUMBER}/default/XML", [NUMBER]),
        (f"freetdm/1/a/{NUMBER}", [NUMBER]),
        ("user/1000", [None]),
        ("user/1000@example.org", [None]),
        ("group/sales@example.org", [None]),
        ("sofia/internal/1000%example.org", [None]),
        ("error/USER_BUSY", []),
        (f"{{a=1,b=2}}{{c=3}}sofia/gateway/gw/{NUMBER}", [NUMBER]),
        (f"<a=1>{{b=2}}[c=3,d=4]sofia/gateway/gw/{NUMBER}, [e=5]user/1000|error/x", [NUMBER, None]),
        (f"<a=1>{{b=2}}user/1000:_:{{c=3}}sofia/gateway/gw/{NUMBER}", [None, NUMBER]),
    ],
)
def test_a_dial_string_of_freeswitch(written, expected):
    assert numbers(dial_string(written).targets) == expected


@pytest.mark.parametrize(
    "written",
    [
        "", "sofia", NUMBER, f"sofia/gateway/gw/{NUMBER},", f"sofia/gateway/gw/{NUMBER}||user/1", "{a=1", f"{{a={{b}}}}sofia/gateway/gw/{NUMBER}",
        f"[a=1|b]sofia/gateway/gw/{NUMBER}", f"{{a=^^:b}}sofia/gateway/gw/{NUMBER}", f"{{a='b'}}sofia/gateway/gw/{NUMBER}", "${dialed}",
        f"sofia/gateway/gw/{NUMBER}\\,user/1", f"sofia/gateway/gw/{NUMBER};x", "loopback/app=bridge:x", "loopback/s/default/inline",
        f"{{execute_on_answer=bridge x}}sofia/gateway/gw/{NUMBER}", f"[sip_invite_req_uri=x]sofia/gateway/gw/{NUMBER}", "user/1{a=1}",
        ",".join(["user/1000"] * 65), f"sofia/gateway/gw/{NUMBER} user/1", f"sofia/gateway/gw/{NUMBER}\n",
    ],
)  # fmt: skip
def test_a_dial_string_that_cannot_be_read(written):
    with pytest.raises(Unreadable):
        dial_string(written)


def test_variables_are_told_and_two_values_are_none():
    found = dial_string("{CALLGUARD_CAMPAIGN=a,x=1}[callguard_caller=2]user/1,[x=2]user/2")

    assert (found.one("callguard_campaign"), found.one("CALLGUARD_CALLER"), found.one("y")) == ("a", "2", None)
    with pytest.raises(Unreadable):
        found.one("x")


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("campaign_id", True), ("sip_h_X-Id", True), ("hangup_after_bridge", True), ("ignore_early_media", True), ("leg_timeout", True),
        ("api_on_answer", False), ("API_HANGUP_HOOK", False), ("nolocal:execute_on_answer", False), ("exec_after_bridge_app", False),
        ("group_confirm_key", False), ("origination_nested_vars", False), ("sip_route_uri", False), ("a b", False), ("", False),
        ("transfer_after_bridge", False), ("record_post_process_exec_api", False),
    ],
)  # fmt: skip
def test_variables_that_make_the_switch_act(name, plain):
    assert is_plain(name) == plain


def test_words_are_split_as_the_switch_does():
    assert words("a  b 'c d'e  f") == ["a", "b", "c de", "f"]
    for text in ("a 'b", "a 'b,c'", 'a "b"', "a\\ b", "^^:a:b"):
        with pytest.raises(Unreadable):
            words(text)


def test_an_extension_is_a_number_a_name_or_the_start():
    assert extension("s", "ivr") == ()
    assert [(t.number, t.written) for t in extension("110", "out")] == [("110", "110@out")]
    assert [(t.number, t.written) for t in extension("*97", "")] == [(None, "*97")]
    for exten, context in (("", ""), ("1 2", ""), ("${X}", ""), ("1", "a b")):
        with pytest.raises(Unreadable):
            extension(exten, context)


def test_no_number_shows_in_what_a_target_is_printed_as():
    assert NUMBER not in repr(channels(f"PJSIP/{NUMBER}@trunk"))
    assert NUMBER not in repr(dial_string(f"{{a={NUMBER}}}sofia/gateway/gw/{NUMBER}"))


ALPHABET = st.text("sofia/gtewyu,|:_[]{}<>=@'\\$&;% 0138^\n", max_size=60)
PIECES = st.lists(
    st.sampled_from(
        [
            f"sofia/gateway/gw/{NUMBER}",
            "user/1000",
            "{a=1}",
            "[b=2]",
            "<c=3>",
            ",",
            "|",
            ":_:",
            " ",
            "'",
            "\\",
            "$",
            "110",
            "{",
            "]",
        ]
    ),
    max_size=8,
).map("".join)


@given(PIECES | ALPHABET)
def test_whatever_is_read_hides_no_number(text):
    """Outside brackets, every run of digits that is long enough to be one is the number of a target, or a name inside."""
    try:
        found = dial_string(text)
    except Unreadable:
        return
    outside = re.sub(r"\{[^}]*\}|\[[^\]]*\]|<[^>]*>", "", text)
    told = [target.number or target.written for target in found.targets]
    for run in re.findall(r"[0-9]{6,}", outside):
        assert any(run in each for each in told)
    assert len(found.targets) + outside.count("error") + outside.count("null") >= 1


@given(
    st.lists(st.sampled_from(["PJSIP/", NUMBER, "@trunk", "&", "SIP/trunk/", "110", "/n", "Local/", " ", "$"]), max_size=8).map(
        "".join
    )
)
def test_every_part_of_what_is_read_is_a_target(text):
    try:
        found = channels(text)
    except Unreadable:
        return
    assert [target.written for target in found] == text.split("&")
