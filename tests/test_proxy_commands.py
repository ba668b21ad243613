"""The three tables: complete, apart, with a reason each; what is in none is denied."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.commands import ami_commands, esl_apis, esl_commands
from callguard.commands.ami_wire import Action
from callguard.commands.esl_wire import Command, one
from callguard.judging.denied import OWN, Denied

# every action that the documentation of Asterisk 16 to 23 names
ASTERISK = [
    "AGI",
    "AOCMessage",
    "AbsoluteTimeout",
    "AgentLogoff",
    "Agents",
    "Atxfer",
    "BlindTransfer",
    "Bridge",
    "BridgeDestroy",
    "BridgeInfo",
    "BridgeKick",
    "BridgeList",
    "BridgeTechnologyList",
    "BridgeTechnologySuspend",
    "BridgeTechnologyUnsuspend",
    "CancelAtxfer",
    "Challenge",
    "Command",
    "ConfbridgeKick",
    "ConfbridgeList",
    "ConfbridgeListRooms",
    "ConfbridgeLock",
    "ConfbridgeMute",
    "ConfbridgeSetSingleVideoSrc",
    "ConfbridgeStartRecord",
    "ConfbridgeStopRecord",
    "ConfbridgeUnlock",
    "ConfbridgeUnmute",
    "ControlPlayback",
    "CoreSettings",
    "CoreShowChannelMap",
    "CoreShowChannels",
    "CoreStatus",
    "CreateConfig",
    "DAHDIDNDoff",
    "DAHDIDNDon",
    "DAHDIDialOffhook",
    "DAHDIHangup",
    "DAHDIRestart",
    "DAHDIShowChannels",
    "DAHDIShowStatus",
    "DAHDITransfer",
    "DBDel",
    "DBDelTree",
    "DBGet",
    "DBGetTree",
    "DBPut",
    "DeviceStateList",
    "DialplanExtensionAdd",
    "DialplanExtensionRemove",
    "Events",
    "ExtensionState",
    "ExtensionStateList",
    "FAXSession",
    "FAXSessions",
    "FAXStats",
    "Filter",
    "GetConfig",
    "GetConfigJSON",
    "Getvar",
    "Hangup",
    "IAXnetstats",
    "IAXpeerlist",
    "IAXpeers",
    "IAXregistry",
    "JabberSend",
    "ListCategories",
    "ListCommands",
    "LocalOptimizeAway",
    "LoggerRotate",
    "Login",
    "Logoff",
    "MWIDelete",
    "MWIGet",
    "MWIUpdate",
    "MailboxCount",
    "MailboxStatus",
    "MeetmeList",
    "MeetmeListRooms",
    "MeetmeMute",
    "MeetmeUnmute",
    "MessageSend",
    "MixMonitor",
    "MixMonitorMute",
    "ModuleCheck",
    "ModuleLoad",
    "MuteAudio",
    "Originate",
    "PJSIPHangup",
    "PJSIPNotify",
    "PJSIPQualify",
    "PJSIPRegister",
    "PJSIPSetMaintenance",
    "PJSIPShowAors",
    "PJSIPShowAuths",
    "PJSIPShowContacts",
    "PJSIPShowEndpoint",
    "PJSIPShowEndpoints",
    "PJSIPShowMaintenance",
    "PJSIPShowRegistrationInboundContactStatuses",
    "PJSIPShowRegistrationsInbound",
    "PJSIPShowRegistrationsOutbound",
    "PJSIPShowResourceLists",
    "PJSIPShowSubscriptionsInbound",
    "PJSIPShowSubscriptionsOutbound",
    "PJSIPUnregister",
    "PRIDebugFileSet",
    "PRIDebugFileUnset",
    "PRIDebugSet",
    "PRIShowSpans",
    "Park",
    "ParkedCalls",
    "Parkinglots",
    "Ping",
    "PlayDTMF",
    "PlayMF",
    "PresenceState",
    "PresenceStateList",
    "QueueAdd",
    "QueueChangePriorityCaller",
    "QueueLog",
    "QueueMemberRingInUse",
    "QueuePause",
    "QueuePenalty",
    "QueueReload",
    "QueueRemove",
    "QueueReset",
    "QueueRule",
    "QueueStatus",
    "QueueSummary",
    "QueueWithdrawCaller",
    "Redirect",
    "Reload",
    "SendFlash",
    "SendText",
    "Setvar",
    "ShowDialPlan",
    "SorceryMemoryCacheExpire",
    "SorceryMemoryCacheExpireObject",
    "SorceryMemoryCachePopulate",
    "SorceryMemoryCacheStale",
    "SorceryMemoryCacheStaleObject",
    "Status",
    "StopMixMonitor",
    "UpdateConfig",
    "UserEvent",
    "VoicemailBoxSummary",
    "VoicemailForward",
    "VoicemailMove",
    "VoicemailRefresh",
    "VoicemailRemove",
    "VoicemailUserStatus",
    "VoicemailUsersList",
    "WaitEvent",
]
# every API of mod_commands and of the modules that FreeSWITCH ships
FREESWITCH = [
    "acl",
    "alias",
    "alsa",
    "amqp",
    "amr_debug",
    "amrwb_debug",
    "av",
    "avmd",
    "banner",
    "basic",
    "bg_spawn",
    "bg_system",
    "bgapi",
    "blacklist",
    "break",
    "callcenter_break",
    "callcenter_config",
    "cdr_csv",
    "chat",
    "chromakey",
    "cidlookup",
    "cluechoo",
    "coalesce",
    "complete",
    "cond",
    "conference",
    "console",
    "console_complete",
    "console_complete_xml",
    "create_uuid",
    "curl",
    "curl_sendfile",
    "cv_bug",
    "db",
    "db_cache",
    "distributor",
    "distributor_ctl",
    "domain_data",
    "domain_exists",
    "easyroute",
    "echo",
    "enum",
    "enum_auto",
    "erlang",
    "escape",
    "eval",
    "event_channel_broadcast",
    "event_sink",
    "expand",
    "expr",
    "fifo",
    "fifo_add_outbound",
    "fifo_check_bridge",
    "fifo_member",
    "file_exists",
    "find_user_xml",
    "fsctl",
    "getcputime",
    "getenv",
    "gethost",
    "global_getvar",
    "global_setvar",
    "group",
    "group_call",
    "hash",
    "hash_dump",
    "hash_remote",
    "help",
    "hiredis_raw",
    "host_lookup",
    "hostname",
    "httapi",
    "http_clear_cache",
    "http_get",
    "http_prefetch",
    "http_put",
    "http_remove_cache",
    "http_tryget",
    "hupall",
    "in_group",
    "interface_allowlist_dump",
    "interface_ip",
    "is_lan_addr",
    "jsapi",
    "jskill",
    "jsmon",
    "json",
    "jsps",
    "jsrun",
    "lcr",
    "lcr_admin",
    "limit_hash_usage",
    "limit_interval_reset",
    "limit_reset",
    "limit_status",
    "limit_usage",
    "list_users",
    "load",
    "local_stream",
    "log",
    "lua",
    "luarun",
    "managed",
    "managedlist",
    "managedreload",
    "managedrun",
    "md5",
    "memcache",
    "memory",
    "module_exists",
    "mongo_find_n",
    "mongo_find_one",
    "mongo_mapreduce",
    "msleep",
    "multicast_peers",
    "nat_map",
    "nibblebill",
    "opus_debug",
    "opusfile_debug",
    "originate",
    "osp",
    "page",
    "pause",
    "perl",
    "perlrun",
    "pool_stats",
    "prefix",
    "presence",
    "pyrun",
    "python",
    "quote_shell_arg",
    "reg_url",
    "regex",
    "reload",
    "reloadacl",
    "reloadcert",
    "reloadxml",
    "replace",
    "rtmp",
    "rtmp_contact",
    "rtp_test",
    "say_string",
    "sched_api",
    "sched_broadcast",
    "sched_del",
    "sched_hangup",
    "sched_transfer",
    "show",
    "shutdown",
    "signalwire",
    "single_esl",
    "skel",
    "skel_sayhi",
    "skinny",
    "smpp_debug",
    "smpp_send",
    "sndfile_debug",
    "sofia",
    "sofia_contact",
    "sofia_count_reg",
    "sofia_dig",
    "sofia_gateway_data",
    "sofia_presence_data",
    "sofia_username_of",
    "spandsp_start_tone_detect",
    "spandsp_stop_tone_detect",
    "spawn",
    "spawn_stream",
    "sql_escape",
    "start_tdd_detect",
    "status",
    "stop_tdd_detect",
    "strepoch",
    "strftime",
    "strftime_tz",
    "strmicroepoch",
    "stun",
    "switchname",
    "system",
    "telecast",
    "time_test",
    "timer_test",
    "tolower",
    "tone_detect",
    "toupper",
    "translate",
    "unload",
    "unsched_api",
    "uptime",
    "url_decode",
    "url_encode",
    "user_data",
    "user_exists",
    "userspy_show",
    "uuid_answer",
    "uuid_audio",
    "uuid_break",
    "uuid_bridge",
    "uuid_broadcast",
    "uuid_buglist",
    "uuid_capture_text",
    "uuid_chat",
    "uuid_codec_debug",
    "uuid_codec_param",
    "uuid_debug_media",
    "uuid_deflect",
    "uuid_displace",
    "uuid_display",
    "uuid_drop_dtmf",
    "uuid_dual_transfer",
    "uuid_dump",
    "uuid_early_ok",
    "uuid_exists",
    "uuid_fileman",
    "uuid_flush_dtmf",
    "uuid_getvar",
    "uuid_hold",
    "uuid_jitterbuffer",
    "uuid_kill",
    "uuid_limit",
    "uuid_limit_release",
    "uuid_loglevel",
    "uuid_media",
    "uuid_media_3p",
    "uuid_media_params",
    "uuid_media_reneg",
    "uuid_outgoing_answer",
    "uuid_park",
    "uuid_pause",
    "uuid_phone_event",
    "uuid_pre_answer",
    "uuid_preprocess",
    "uuid_record",
    "uuid_recovery_refresh",
    "uuid_recv_dtmf",
    "uuid_redirect",
    "uuid_ring_ready",
    "uuid_send_dtmf",
    "uuid_send_info",
    "uuid_send_message",
    "uuid_send_tdd",
    "uuid_send_text",
    "uuid_session_heartbeat",
    "uuid_set_media_stats",
    "uuid_setvar",
    "uuid_setvar_multi",
    "uuid_simplify",
    "uuid_snapshot",
    "uuid_transfer",
    "uuid_video_bandwidth",
    "uuid_video_bitrate",
    "uuid_video_refresh",
    "uuid_video_replace",
    "uuid_write_png",
    "uuid_xfer_zombie",
    "uuid_zombie_exec",
    "valet_info",
    "version",
    "verto",
    "verto_contact",
    "vm_boxcount",
    "vm_delete",
    "vm_fsdb_auth_login",
    "vm_fsdb_msg_count",
    "vm_fsdb_msg_delete",
    "vm_fsdb_msg_email",
    "vm_fsdb_msg_forward",
    "vm_fsdb_msg_get",
    "vm_fsdb_msg_list",
    "vm_fsdb_msg_purge",
    "vm_fsdb_msg_save",
    "vm_fsdb_msg_undelete",
    "vm_fsdb_pref_greeting_get",
    "vm_fsdb_pref_greeting_set",
    "vm_fsdb_pref_password_set",
    "vm_fsdb_pref_recname_set",
    "vm_inject",
    "vm_list",
    "vm_prefs",
    "vm_read",
    "vmd",
    "voicemail",
    "voicemail_inject",
    "xml_curl",
    "xml_flush_cache",
    "xml_ldap",
    "xml_locate",
    "xml_scgi",
    "xml_wrap",
]
ROOT = Path(__file__).parent.parent
TABLES = {"ami": ami_commands.TABLES, "api": esl_apis.TABLES, "verbs": esl_commands.TABLES}


def action(name, **more):
    return Action((("Action", name), *more.items()))


@pytest.mark.parametrize("name", TABLES)
def test_the_tables_are_apart_and_every_row_has_its_reason(name):
    tables = TABLES[name]
    rows = [*tables.places, *tables.harmless, *tables.unknown]

    assert len(rows) == len(set(rows))
    assert all(row == row.lower() for row in rows)
    assert all(why for _, why in tables.places.values())
    assert all(tables.harmless.values())
    assert all(tables.unknown.values())


def test_every_action_of_asterisk_is_in_a_table():
    tables = ami_commands.TABLES

    assert [name for name in ASTERISK if name.lower() not in {*tables.places, *tables.harmless, *tables.unknown}] == []


def test_what_freeswitch_has_is_harmless_decided_or_denied():
    for name in FREESWITCH:
        if name in esl_apis.TABLES.harmless:
            assert esl_apis.read(name, "", frozenset()) is None
        elif name not in esl_apis.TABLES.places:
            with pytest.raises(Denied, match="command-unknown"):
                esl_apis.read(name, "x", frozenset())


@given(st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=12))
def test_a_command_that_is_in_no_table_is_denied(name):
    for read in (
        lambda: ami_commands.read(action(name), frozenset()),
        lambda: esl_commands.read(Command(f"{name} x"), frozenset()),
        lambda: esl_apis.read(name, "", frozenset()),
    ):
        denied = ""
        try:
            assert read() is None
        except Denied as why:
            denied = why.reason
        known = any(name in tables.harmless or name in tables.places for tables in TABLES.values())
        assert denied in OWN or known


def test_what_is_denied_says_no_number_even_if_it_is_a_commands_name():
    with pytest.raises(Denied) as caught:
        ami_commands.read(action("13800130001"), frozenset())

    assert str(caught.value) == "command-unknown"


@pytest.mark.parametrize(
    ("command", "passed"),
    [
        ("core show channels", True), ("sip show peers", True), ("pjsip show endpoints", True), ("queue show sales", True),
        ("channel request hangup PJSIP/x-1", True), ("database get a b", True), ("core set verbose 3", True),
        ("cha originate Local/1@x application Wait", False), ("originate Local/1@x", False), ("dialplan add extension 1", False),
        ("core restart now", False), ("module load x", False), ("database put a b c", False), ("", False), ("!ls", False),
        ("channel originate PJSIP/${X}@t application Wait", False), ("channel originate PJSIP/1@t application System x", False),
    ],
)  # fmt: skip
def test_asterisks_own_command_line(command, passed):
    asked = action("Command", Command=command)
    if passed:
        assert ami_commands.read(asked, frozenset()) is None
    else:
        with pytest.raises(Denied):
            ami_commands.read(asked, frozenset())


@pytest.mark.parametrize(
    ("command", "numbers"),
    [
        ("channel originate PJSIP/1381@t application Dial SIP/t/1382", ["1381", "1382"]),
        ("channel originate PJSIP/1381@t extension 1382@out", ["1381", "1382"]),
        ("channel  originate PJSIP/1381@t application Playback hello", ["1381"]),
    ],
)
def test_what_its_command_line_originates_is_read(command, numbers):
    asked = ami_commands.read(action("Command", Command=command), frozenset())

    assert [target.number for target in asked.targets] == numbers


def test_names_that_are_allowed():
    allowed = frozenset({"setvar", "cli:dialplan reload", "app:agi", "luarun", "sendevent", "app:socket"})

    assert ami_commands.read(action("SetVar"), allowed) is None
    assert ami_commands.read(action("Command", Command="dialplan reload"), allowed) is None
    asked = action("Originate", Channel="PJSIP/1381@t", Application="AGI", Data="x")
    assert [target.number for target in ami_commands.read(asked, allowed).targets] == ["1381"]
    assert esl_apis.read("luarun", "x", allowed) is None
    assert esl_commands.read(Command("sendevent x"), allowed) is None
    assert len(esl_apis.read("originate", "sofia/gateway/g/1381 &socket(h:1)", allowed).targets) == 1


@pytest.mark.parametrize(
    ("name", "more", "numbers"),
    [
        ("Redirect", {"Channel": "x", "Exten": "1381", "Context": "out", "Priority": "1"}, ["1381"]),
        ("Redirect", {"Channel": "x", "ExtraChannel": "y", "Exten": "s", "ExtraExten": "1382", "Context": "out"}, ["1382"]),
        ("BlindTransfer", {"Channel": "x", "Exten": "1381", "Context": "out"}, ["1381"]),
        ("Atxfer", {"Channel": "x", "Exten": "1381"}, ["1381"]),
        ("DAHDIDialOffhook", {"DAHDIChannel": "1", "Number": "1381"}, ["1381"]),
        ("QueueAdd", {"Queue": "q", "Interface": "PJSIP/1381@t"}, [None]),
    ],
)
def test_other_actions_that_call(name, more, numbers):
    assert [target.number for target in ami_commands.read(action(name, **more), frozenset()).targets] == numbers


def test_nested_commands_end():
    with pytest.raises(Denied):
        esl_apis.read("expand", "expand " * 50 + "status", frozenset())
    with pytest.raises(Denied):
        esl_apis.read("bgapi", "api " * 50 + "originate user/1 &park()", frozenset())


@pytest.mark.parametrize(
    ("asked", "passed"),
    [
        (action("Getvar", Variable="A"), True),
        (action("Getvar", Variable="CHANNEL(state)"), True),
        (action("Status"), True),
        (action("Status", Variables="A,CALLERID(num),CHANNEL(rtp,dest)"), True),
        (action("Getvar", Variable="SHELL(x)"), False),
        (action("Getvar", Variable="CHANNEL(${SHELL(x)})"), False),
        (action("Status", Variables="A,SHELL(x)"), False),
    ],
)
def test_what_only_shows_runs_no_function(asked, passed):
    if passed:
        assert ami_commands.read(asked, frozenset()) is None
    else:
        with pytest.raises(Denied, match="command-unreadable"):
            ami_commands.read(asked, frozenset())


@pytest.mark.parametrize(
    "variable",
    [
        "loopback_app", "force_transfer_dialplan", "inbound_dialplan", "mutex_orbit_exten", "originate_retries",
        "originate_retry_sleep_ms", "originate_delay_start", "leg_delay_start", "sip_destination_prefix", "sip_from_uri", "sip_from_user", "sip_force_full_from",
        "sip_h_Route", "sip_h_P-Asserted-Identity", "SIP_H_FROM", "nolocal:sip_h_Route", "recovered", "sip_full_route",
    ],
)  # fmt: skip
def test_variables_that_dial_elsewhere_or_again_or_from_another_number(variable):
    """As FreeSWITCH's own source reads them."""
    for command in (
        f"api originate {{{variable}=x}}sofia/gateway/g/1381 &park()",
        f"api uuid_setvar u {variable} x",
        f"api uuid_setvar_multi u a=1;{variable}=x",
        f"sendmsg u\ncall-command: execute\nexecute-app-name: export\nexecute-app-arg: {variable}=x",
    ):
        with pytest.raises(Denied, match=r"target-unreadable|command-unreadable"):
            esl_commands.read(one(command.encode() + b"\n\n"), frozenset())


def test_the_number_that_is_shown_is_the_one_that_was_decided():
    def ask(text):
        return esl_commands.read(one(f"{text}\n\n".encode()), frozenset())

    shown = "{origination_caller_id_number=1,effective_caller_id_number=1}"
    assert ask(f"api originate {shown}sofia/gateway/g/1381 &park() XML x A 1").caller_id == "1"
    assert ask("api originate {effective_caller_id_number=1}sofia/gateway/g/1381 &park()").caller_id == "1"
    for command in (
        "api originate {origination_caller_id_number=1,effective_caller_id_number=2}sofia/gateway/g/1381 &park()",
        "api originate {effective_caller_id_number=2}sofia/gateway/g/1381 &park() XML x A 1",
    ):
        with pytest.raises(Denied, match="caller-conflict"):
            ask(command)
    for name in ("effective_caller_id_number", "origination_caller_id_number", "nolocal:Effective_Caller_ID_Number"):
        with pytest.raises(Denied, match="command-unreadable"):
            ask(f"api uuid_setvar u {name} 2")
        with pytest.raises(Denied, match="command-unreadable"):
            ask(f"sendmsg u\ncall-command: execute\nexecute-app-name: set\nexecute-app-arg: {name}=2")


@pytest.mark.parametrize(
    "command",
    [
        "api uuid_broadcast u shell_stream:///bin/x",
        "api uuid_broadcast u playback::SHELL_STREAM:///bin/x",
        "api conference room play shell_stream:///bin/x",
        "api originate {ringback=shell_stream:///bin/x}sofia/gateway/g/1381 &park()",
        "sendmsg u\ncall-command: execute\nexecute-app-name: playback\nexecute-app-arg: shell_stream:///bin/x",
    ],
)
def test_a_program_that_is_played_is_denied(command):
    with pytest.raises(Denied, match="command-unknown \\(shell_stream\\)"):
        esl_commands.read(one(command.encode() + b"\n\n"), frozenset())
