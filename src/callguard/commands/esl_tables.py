"""The APIs and verbs of FreeSWITCH's event socket that place no call, and those that are denied unless they are allowed by name."""

from __future__ import annotations

from typing import Final

from callguard.commands.tables import several

VERBS: Final[dict[str, str]] = {
    **several("auth userauth exit linger nolinger resume connect", "the session itself"),
    **several("event events nixevent noevents myevents divert_events filter log nolog getvar", "what is told of what happens"),
}
UNKNOWN_VERBS: Final[dict[str, str]] = {
    "sendevent": "an event may make the switch, or a module, do anything",
}
HARMLESS: Final[dict[str, str]] = {
    **several(
        "complete console_complete create_uuid domain_exists echo escape file_exists find_user_xml getcputime gethost"
        " global_getvar group_call help host_lookup hostname in_group interface_ip is_lan_addr limit_hash_usage"
        " limit_status limit_usage list_users md5 module_exists pool_stats quote_shell_arg say_string show sofia_contact"
        " sofia_count_reg sofia_gateway_data sofia_presence_data sofia_username_of sql_escape status strepoch strftime"
        " strftime_tz strmicroepoch switchname time_test tolower toupper uptime url_decode url_encode user_data"
        " user_exists uuid_buglist uuid_dump uuid_exists uuid_getvar valet_info version verto_contact vm_boxcount vm_list"
        " xml_locate",
        "only shows",
    ),
    **several("limit_reset limit_interval_reset sched_del sched_hangup unsched_api", "ends what waits, or a call"),
    **several(
        "hupall uuid_answer uuid_audio uuid_break uuid_debug_media uuid_display uuid_early_ok uuid_fileman"
        " uuid_flush_dtmf uuid_jitterbuffer uuid_kill uuid_limit_release uuid_loglevel uuid_outgoing_answer"
        " uuid_park uuid_pause uuid_pre_answer uuid_preprocess uuid_ring_ready"
        " uuid_session_heartbeat uuid_set_media_stats uuid_video_bandwidth uuid_video_bitrate uuid_video_refresh",
        "acts on calls that are there",
    ),
}
UNKNOWN: Final[dict[str, str]] = {
    **several(
        "lua luarun js jsrun jsapi jsmon perl perlrun pyrun python managed managedrun managedlist erlang basic",
        "runs a program, which may place calls",
    ),
    "msleep": "holds up what comes behind it, which was decided before",
    **several("system bg_system spawn bg_spawn spawn_stream", "runs a command of the system"),
    **several("cond coalesce xml_wrap json httapi enum_auto", "runs what stands in its arguments"),
    **several(
        "callcenter_config fifo fifo_member fifo_add_outbound fifo_check_bridge distributor_ctl",
        "a queue calls its members later",
    ),
    **several("uuid_limit", "sends a call elsewhere where there are too many"),
    **several("uuid_deflect uuid_redirect uuid_xfer_zombie", "has the other side call"),
    **several("uuid_send_dtmf uuid_recv_dtmf uuid_phone_event", "digits on a line that is open may dial on"),
    **several(
        "uuid_send_info uuid_send_message uuid_send_text uuid_chat chat smpp_send page",
        "sends a message, or calls a group",
    ),
    **several("alsa portaudio pa gsmopen skypopen skinny rtmp verto dingaling", "an endpoint of its own, which may dial"),
    **several(
        "uuid_displace uuid_media uuid_media_3p uuid_media_reneg uuid_hold uuid_simplify uuid_recovery_refresh",
        "signals anew",
    ),
    **several("global_setvar hash db memcache hiredis_raw", "a dialplan may dial what is kept there"),
    **several(
        "load unload reload reloadxml reloadacl reloadcert fsctl shutdown pause domain_data xml_flush_cache acl nat_map",
        "changes the switch",
    ),
    **several("curl curl_sendfile http_get http_put", "sends requests of the client's"),
    **several("uuid_capture_text uuid_zombie_exec uuid_drop_dtmf tone_detect", "may run an application when it hears something"),
}
