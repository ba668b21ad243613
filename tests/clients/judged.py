"""What scripts with a guarded client have in common: a judge, what each way to place a call came to, and the log at the end."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from callguard import DialDenied
from callguard.judging import Denied, Judge
from freeswitch_ways import NEVER, WAYS
from samples import CALLER, guard

ALLOWED, DENIED = "13800130001", "110"
REFUSES = '[opt_out]\nkeys = ["9"]\n'


class Report:
    """What came of each way, for the test to look at."""

    def __init__(self, more=""):
        self.guard = guard(extra=f"[call_log]\nenabled = true\n{more}")
        self.judge = Judge(guard=self.guard, campaign="notice", caller=CALLER, allow={"test_tell"})
        self.ways = {}
        self.more = {}

    def commands(self):
        """Yield ways to place a call by what is sent: a name, how a number is said to be called, the numbers or others."""
        for way, command in WAYS.items():
            yield way, {number: command.format(number) for number in (ALLOWED, DENIED)}
        for way, (passed, denied) in NEVER.items():
            yield way, {ALLOWED: passed, DENIED: denied}

    def came(self, way, number, what):
        self.ways.setdefault(way, {})["allowed" if number == ALLOWED else "denied"] = what

    def outcomes(self):
        return sorted(str(entry.outcome) for entry in self.guard.log.search(reason="allowed"))

    def print(self):
        print(json.dumps({"ways": self.ways, "outcomes": self.outcomes(), **self.more}))


def said(error):
    """Return a denial as it says itself."""
    assert isinstance(error, DialDenied | Denied), repr(error)
    if isinstance(error, DialDenied):
        return f"denied: {error.decision.reason} ({error.decision.rule})"
    return f"denied: {error}"
