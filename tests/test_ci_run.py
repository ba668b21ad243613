"""What `.ci/run` does with tests that fail: what may have missed a moment is run once more, alone; nothing else is."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.once, pytest.mark.skipif(sys.platform == "win32", reason="a shell's")]
RUN = Path(__file__).parents[1] / ".ci" / "run"
MAKEFILE = "WORKERS ?= 2\ntest:\n\tPYTEST_DISABLE_PLUGIN_AUTOLOAD=1 {python} -m pytest -p xdist -n $(WORKERS) $(ARGS)\n"
SOUND = "def test_sound():\n    assert True\n"
MISSES = """
from pathlib import Path

def test_misses_a_moment():
    seen = Path("seen")
    came = seen.exists()
    seen.write_text("")
    assert came
"""


@pytest.fixture
def ci(tmp_path):
    """Run the tests of a file as `.ci/run` does; return the status, and what was said."""
    function = re.search(r"^tested\(\) \{\n.*?^\}\n", RUN.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    script = f"set -euo pipefail\n{function[0]}\ntested '-q' test\n"

    def run(text, *, makefile=MAKEFILE, ini="[pytest]\n"):
        (tmp_path / "pytest.ini").write_text(ini)
        (tmp_path / "Makefile").write_text(makefile.format(python=sys.executable))
        (tmp_path / "test_some.py").write_text(text)
        done = subprocess.run(
            ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False, stdin=subprocess.DEVNULL
        )
        return done.returncode, done.stdout + done.stderr

    return run


def test_what_passes_is_run_once(ci):
    status, said = ci(SOUND)
    assert status == 0
    assert "==" not in said


def test_what_has_missed_a_moment_is_named_and_run_once_more(ci):
    status, said = ci(SOUND + MISSES)
    assert status == 0
    assert "== once more, alone:\ntest_some.py::test_misses_a_moment\n" in said
    assert "1 passed" in said


def test_what_fails_again_fails(ci):
    status, said = ci(SOUND + "def test_wrong():\n    assert False\n")
    assert status != 0
    assert said.count("1 failed") == 2


@pytest.mark.parametrize(
    ("text", "ini"),
    [
        ("import os\ndef test_ends_its_worker():\n    os._exit(3)\n", "[pytest]\n"),
        (
            "import time\ndef test_never_ends():\n    time.sleep(600)\n",
            "[pytest]\nfaulthandler_timeout = 1\nfaulthandler_exit_on_timeout = true\n",
        ),
        ("def test_leaves_open():\n    open(__file__)\n    import gc; gc.collect()\n", "[pytest]\nfilterwarnings = error\n"),
        ("import no_such_module_at_all\n", "[pytest]\n"),
    ],
    ids=["worker", "endless", "open", "collecting"],
)
def test_what_is_no_missed_moment_gets_no_second_chance(ci, text, ini):
    status, said = ci(MISSES + text, ini=ini)
    assert status != 0
    assert "== no second chance" in said
    assert "once more" not in said


def test_a_run_that_breaks_off_is_not_saved_by_what_failed_earlier(ci):
    assert ci("def test_wrong():\n    assert False\n")[0] != 0
    status, said = ci(SOUND.replace("sound", "wrong"), makefile="test:\n\t@test -n '$(findstring last,$(ARGS))'\n")
    assert status != 0
    assert "== no second chance" in said
