"""Ways to have FreeSWITCH place a call, as any client of its event socket sends them; `{}` is the number."""

PEER = "protocol double only"
WAYS = {
    "api originate": "api originate sofia/gateway/gw/{} &park()",
    "bgapi originate": "bgapi originate sofia/gateway/gw/{} &park()",
    "originate A,B": "api originate sofia/gateway/gw/13800130002,sofia/gateway/gw/{} &park()",
    "originate A|B": "api originate sofia/gateway/gw/13800130002|sofia/gateway/gw/{} &park()",
    "originate A:_:B": "api originate sofia/gateway/gw/13800130002:_:sofia/gateway/gw/{} &park()",
    "originate sofia/PROFILE/N@HOST": "api originate sofia/external/{}@10.0.0.1:5060 &park()",
    "originate loopback/N": "api originate loopback/{}/default &park()",
    "originate … &bridge(…)": "api originate error/USER_BUSY &bridge(sofia/gateway/gw/{})",
    "originate … EXTEN XML CONTEXT": "api originate error/USER_BUSY {} XML out",
    "uuid_transfer": "api uuid_transfer u {} XML out",
    "uuid_dual_transfer": "api uuid_dual_transfer u s {}/XML/out",
    "uuid_broadcast … bridge::…": "api uuid_broadcast u bridge::sofia/gateway/gw/{}",
    "conference … dial": "api conference room dial sofia/gateway/gw/{}",
    "conference … bgdial": "api conference room bgdial sofia/gateway/gw/{}",
    "expand originate": "api expand originate sofia/gateway/gw/{} &park()",
    "bgapi bgapi originate": "bgapi bgapi originate sofia/gateway/gw/{} &park()",
    "sendmsg execute bridge": "sendmsg u\ncall-command: execute\nexecute-app-name: bridge\nexecute-app-arg: sofia/gateway/gw/{}",
    "sendmsg execute att_xfer": "sendmsg u\ncall-command: execute\nexecute-app-name: att_xfer\nexecute-app-arg: sofia/gateway/gw/{}",
    "sendmsg execute transfer": "sendmsg u\ncall-command: execute\nexecute-app-name: transfer\nexecute-app-arg: {} XML out",
}
# what would place a call later, or by a program, is denied whoever is called; beside it what is passed
NEVER = {
    "sched_api originate": (
        "api sched_api +1 none uuid_kill u",
        "api sched_api +1 none originate sofia/gateway/gw/13800130001 &park()",
    ),
    "sched_transfer": ("api sched_hangup +1 u", "api sched_transfer +1 u 13800130001 XML out"),
    "sched_broadcast": ("api sched_broadcast +1 u a.wav", "api sched_broadcast +1 u bridge::sofia/gateway/gw/13800130001"),
    "luarun": ("api status", "api luarun dial.lua"),
    "eval ${originate(…)}": ("api eval text", "api eval ${originate(sofia/gateway/gw/13800130001 &park())}"),
    "originate {execute_on_answer=…}": (
        "api originate {x=1}error/USER_BUSY &park()",
        "api originate {execute_on_answer='bridge sofia/gateway/gw/13800130001'}error/USER_BUSY &park()",
    ),
    "originate {sip_destination_prefix=…}": (
        "api originate {sip_h_X-Ours=1}error/USER_BUSY &park()",
        "api originate {sip_destination_prefix=00}sofia/gateway/gw/13800130001 &park()",
    ),
    "originate {originate_retries=…}": (
        "api originate {originate_timeout=9}error/USER_BUSY &park()",
        "api originate {originate_retries=9}sofia/gateway/gw/13800130001 &park()",
    ),
    "msleep, then originate": (
        "api sched_del 1",
        "api msleep 36000000",
    ),
    "uuid_setvar … api_hangup_hook": ("api uuid_setvar u x 1", "api uuid_setvar u api_hangup_hook originate"),
    "playback shell_stream://…": (
        "api uuid_broadcast u tone_stream://%(200,100,440)",
        "api uuid_broadcast u shell_stream:///usr/bin/fs_cli",
    ),
    "sendevent": ("filter a b", "sendevent SEND_MESSAGE"),
    "sendmsg execute lua": (
        "sendmsg u\ncall-command: execute\nexecute-app-name: playback\nexecute-app-arg: a.wav",
        "sendmsg u\ncall-command: execute\nexecute-app-name: lua\nexecute-app-arg: dial.lua",
    ),
}
