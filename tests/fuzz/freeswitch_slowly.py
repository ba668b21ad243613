"""What FreeSWITCH would make of bytes on its event socket, read a second time and otherwise: sign by sign, and no patterns.

Only what is known to call nobody is passed over; whatever else is found is said to be called.
"""

from __future__ import annotations

RUNS = frozenset(
    [
        "luarun",
        "lua",
        "jsrun",
        "jsapi",
        "perlrun",
        "python",
        "managed",
        "system",
        "bg_system",
        "spawn",
        "bg_spawn",
        "cond",
        "coalesce",
        "json",
        "enum_auto",
        "callcenter_config",
        "fifo",
        "uuid_deflect",
        "uuid_send_dtmf",
        "sched_transfer",
        "global_setvar",
        "db",
        "hash",
        "load",
        "unload",
        "reload",
        "curl",
        "page",
        "chat",
        "distributor_ctl",
        "xml_wrap",
        "uuid_redirect",
        "uuid_recv_dtmf",
        "uuid_phone_event",
        "fsctl",
        "uuid_limit",
        "httapi",
    ]
)
QUIET = frozenset(
    [
        "answer",
        "echo",
        "park",
        "playback",
        "hangup",
        "info",
        "log",
        "sleep",
        "set",
        "export",
        "read",
        "say",
        "speak",
        "record",
        "record_session",
        "conference",
        "stop_playback",
        "play_and_get_digits",
        "pre_answer",
        "ring_ready",
        "flush_dtmf",
        "gentones",
        "unset",
        "break",
        "endless_playback",
        "loop_playback",
        "start_dtmf",
        "stop_dtmf",
        "stop_record_session",
        "wait_for_silence",
    ]
)
# variables that make it run something, by the beginnings of their names
ACTS = (
    "execute_on",
    "api_on",
    "api_hangup",
    "exec_",
    "bridge_pre",
    "bridge_post",
    "session_in_hangup",
    "sip_route",
    "sip_invite_",
    "sip_req_",
)


def messages(data):
    """Return (first line, headers, body) of each message, as FreeSWITCH reads a socket."""
    found = []
    while data:
        head, end, data = data.partition(b"\n\n")
        if not head.strip(b"\r\n"):
            continue
        assert end, "a message without its end"
        lines = head.lstrip(b"\n").decode("latin-1").split("\n")
        headers = [tuple(part.strip() for part in line.partition(":")[::2]) for line in lines[1:]]
        length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
        assert len(data) >= length, "a body that is cut off"
        found.append((lines[0], headers, data[:length]))
        data = data[length:]
    return found


def called(message):
    """Return all that a message would call: numbers and names; `!` before what is never to be passed."""
    line, headers, body = message
    low = line.lower().lstrip()
    for verb in ("api ", "bgapi "):
        if low.startswith(verb):
            return api(line.lstrip()[len(verb) :].lstrip())
    if low.startswith("sendevent"):
        return ["!sendevent"]
    if low.startswith("sendmsg"):
        known = {name.lower(): value for name, value in headers}
        told = known.get("call-command", "").lower()
        if told == "execute":
            return application(known.get("execute-app-name", ""), known.get("execute-app-arg", "") or body.decode("latin-1"))
        return [] if told == "hangup" else [f"!sendmsg {told}"]
    return ["!body"] if body else []


def api(text):
    name, _, rest = text.partition(" ")
    name, rest = name.lower(), rest.strip()
    if name in RUNS:
        return [f"!{name}"]
    if name in ("expand", "bgapi", "eval") and "$" in rest:
        return ["!$"]
    if name in ("expand", "bgapi", "api"):
        return api(rest)
    if name == "sched_api":
        later = rest.split(None, 2)[2:]
        return [f"!later {each}" for each in (api(later[0].rstrip("&")) if later else [])]
    words = split(rest)
    if name == "originate":
        return dialled(words[0] if words else "") + after(words[1:4])
    if name in ("uuid_transfer", "uuid_dual_transfer"):
        if name == "uuid_dual_transfer":
            return [exten.split("/")[0] for exten in words[1:3]]
        return extension([word for word in words[1:] if not word.startswith("-")])
    if name == "sched_broadcast" and "::" in rest:
        return [f"!later {rest}"]
    if name == "uuid_broadcast" and len(words) > 1 and "::" in words[1]:
        run, _, argument = words[1].partition("::")
        return application(run.split("!")[0], argument)
    if name == "conference" and len(words) > 2 and words[1].lower() in ("dial", "bgdial"):
        return dialled(words[2])
    if name == "uuid_setvar":
        return acting(words[1:2])
    if name == "uuid_setvar_multi":
        return acting(pair.split("=")[0] for pair in rest.partition(" ")[2].split(";"))
    return []


def acting(names):
    """Return those of some variables that make it run something."""
    return [f"!{name}" for name in names if name.strip().lower().removeprefix("nolocal:").startswith(ACTS)]


def split(text):
    """Split at blanks outside of quotations."""
    found, word, quoted = [], "", False
    for sign in text:
        if sign == "'":
            quoted = not quoted
        elif sign == " " and not quoted:
            found += [word] if word else []
            word = ""
        else:
            word += sign
    return found + ([word] if word else [])


def after(words):
    """Return what a call is sent to when it is answered."""
    if words and words[0].startswith("&"):
        name, _, argument = words[0][1:].partition("(")
        return application(name, argument.removesuffix(")"))
    return extension(words)


def extension(words):
    exten = words[0] if words else ""
    if len(words) > 1 and words[1].lower() not in ("xml", "undef"):
        return [f"!dialplan {words[1]}"]
    return [] if exten in ("", "s") else [exten]


def application(name, argument):
    name = name.lower().strip()
    if "$" in argument:
        return ["!$"]
    if name in ("bridge", "att_xfer"):
        return dialled(argument)
    if name == "transfer":
        return extension([word for word in argument.split() if not word.startswith("-")])
    if name in ("set", "export") and any(argument.lower().strip().startswith(each) for each in ACTS):
        return [f"!{name}"]
    return [] if name in QUIET else [f"!{name}"]


def dialled(text):
    """Return what a dial string calls: brackets set aside, legs apart, the last part of each."""
    legs, leg, depth = [], "", 0
    aside = ""
    for sign in text.replace(":_:", "|"):
        if sign in "<{[":
            depth, aside = depth + 1, aside + ","
        elif sign in ">}]" and depth:
            depth -= 1
        elif depth:
            aside += sign
        elif sign in ",|":
            legs.append(leg)
            leg = ""
        else:
            leg += sign
    return acting(pair.split("=")[0] for pair in aside.split(",")) + [whom for each in [*legs, leg] for whom in end(each.strip())]


def end(leg):
    kind, *parts = leg.split("/")
    kind = kind.lower()
    if kind in ("error", "null"):
        return []
    if not parts:
        return [f"!{leg}"]
    if kind == "loopback":
        return [parts[0]]
    if kind == "sofia":
        last = parts[-1].split("@")[0].split("%")[0]
        return [last.split(":")[-1]]
    return [parts[-1].split("@")[0]]
