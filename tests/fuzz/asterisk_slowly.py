"""What Asterisk would make of bytes on its manager's socket, read a second time and otherwise: split, and no patterns.

Only what is known to call nobody is passed over; whatever else is found is said to be called.
"""

from __future__ import annotations

LONGEST = 1_024  # bytes of a line with its end: a longer one is cut, or dropped, and the message is another
# only these may call, by what they carry; any other action that may do anything is in RUNS
CALLS = {
    "originate": ("channel", "exten", "data"),
    "redirect": ("exten", "extraexten"),
    "blindtransfer": ("exten",),
    "atxfer": ("exten",),
    "dahdidialoffhook": ("number",),
    "zapdialoffhook": ("number",),
    "dahditransfer": ("exten",),
    "zaptransfer": ("exten",),
    "queueadd": ("interface",),
    "command": ("command",),
}
RUNS = frozenset(
    [
        "agi",
        "setvar",
        "dbput",
        "updateconfig",
        "createconfig",
        "reload",
        "moduleload",
        "dialplanextensionadd",
        "playdtmf",
        "mixmonitor",
        "messagesend",
        "sendtext",
        "park",
        "agentcallbacklogin",
        "pjsipnotify",
        "sipnotify",
        "pjsipqualify",
        "mwiupdate",
        "dbdel",
        "dbdeltree",
        "queuereload",
        "jabbersend",
        "playmf",
    ]
)
QUIET = frozenset(
    [
        "playback",
        "wait",
        "answer",
        "hangup",
        "noop",
        "echo",
        "milliwatt",
        "busy",
        "congestion",
        "ringing",
        "record",
        "musiconhold",
        "confbridge",
    ]
)


def messages(data):
    """Return the messages of a stream, each a list of (name in lower case, value), as Asterisk splits it."""
    found, message = [], []
    for line in data.split(b"\n"):
        assert len(line) + 1 <= LONGEST, "a line that Asterisk cuts"
        text = line.removesuffix(b"\r").decode("latin-1")
        if text:
            name, _, value = text.partition(":")
            message.append((name.lower(), value.lstrip("".join(map(chr, range(33))))))
        elif message:
            found.append(message)
            message = []
    assert not message, "a message without its end"
    return found


def first(message, name):
    return next((value for known, value in message if known == name), "")


def called(message):
    """Return all that a message would call: numbers and names, as they stand in it; `!` before what is never to be passed."""
    action = first(message, "action").lower().strip()
    if action in RUNS:
        return [f"!{action}"]
    if action not in CALLS:
        return []
    if action == "command":
        return command(first(message, "command"))
    found = []
    if action == "originate":
        found += [f"!{name}" for name, value in message if name == "variable" and runs(value)]
        found += channels(first(message, "channel"))
        application = first(message, "application").lower().strip()
        if application:
            return found + run(application, first(message, "data"))
        return found + sent(first(message, "exten"))
    for name in CALLS[action]:
        value = first(message, name)
        found += channels(value) if action == "queueadd" else sent(value)
    return found


def runs(value):
    """Whether setting variables runs a function that does more than set a header."""
    for pair in value.split(","):
        name = pair.split("=")[0].strip().lower()
        if "=" in pair and "(" in name and not name.startswith(("pjsip_header(", "sipaddheader(")):
            return True
    return "${" in value.split("=")[0]


def run(application, data):
    if application == "dial":
        called, *rest = data.split(",")
        options = ",".join(rest[1:])
        # what runs dialplan, or dials more, when the call is up
        return channels(called) + [f"!dial {each}" for each in "GUMFDbB" if each in options.split("(")[0]]
    return [] if application in QUIET and "${" not in data else [f"!{application}"]


def sent(exten):
    """Return an extension, but where it is none or the start."""
    return [] if exten in ("", "s") else [exten]


def channels(text):
    return [channel(each) for each in text.split("&")]


def channel(text):
    """Return what a channel's name calls: a user, an extension behind a trunk, a name."""
    parts = text.split("/")
    kind = parts[0].lower()
    if len(parts) == 1:
        return f"!{kind}"
    if kind == "local":
        return parts[1].split("@")[0]
    if kind in ("pjsip", "sip"):
        last = parts[1].split("@")[0] if len(parts) == 2 else parts[2]
        for scheme in ("sips:", "sip:"):
            last = last[len(scheme) :] if last.lower().startswith(scheme) else last
        return last.split("@")[0]
    return parts[-1].split("@")[0] if len(parts) > 2 else parts[1]


def command(text):
    """Return what a line of Asterisk's own command line calls; it takes any abbreviation of a word that is clear."""
    words = text.split()
    if len(words) > 3 and "channel".startswith(words[0].lower()) and "originate".startswith(words[1].lower()):
        if "application".startswith(words[3].lower()):
            return channels(words[2]) + run(words[4].lower() if len(words) > 4 else "", " ".join(words[5:]))
        return channels(words[2]) + [each.split("@")[0] for each in words[4:5]]
    running = ("originate", "dialplan add", "module load", "channel redirect", "database put", "core restart")
    return [f"!{each}" for each in running if " ".join(words).lower().startswith(each)]


def shown(message):
    """Return the digits of the caller that a call would show; "" where it says none."""
    value = first(message, "callerid")
    if "<" in value:
        value = value[value.rindex("<") + 1 :].partition(">")[0]
    return "".join(sign for sign in value if sign.isdigit())
