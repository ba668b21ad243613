"""A rule of a user's own, as executors import it; where a test says so, it ends the process that asks it, once."""

import os
import signal
from pathlib import Path

from callguard.rules import Deny, Pass, rule

FOLDER = "CALLGUARD_TEST_DYING"


@rule("kept-quiet")
def kept_quiet(call):
    folder = os.environ.get(FOLDER)
    if folder is not None:
        try:
            (Path(folder) / "die").unlink()
        except FileNotFoundError:
            pass
        else:
            os.kill(os.getpid(), signal.SIGKILL)
    return Deny(until=call.at + 3_600) if call.campaign.name == "quiet" else Pass(until=call.at)
