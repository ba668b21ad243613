"""A real Chromium without a screen, which lays out a page as wide as is asked and says what sticks out of it."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

WAIT_S = 180.0
_NAMES = ("chromium", "chromium-browser", "google-chrome")
# A window has a least width, far above a telephone's; a frame within it has none.
_FRAME = """<!doctype html><title>-</title><iframe id="page" width="{width}" height="800" style="border:0" src="{name}"></iframe>
<script>
document.getElementById("page").onload = event => {{
  const found = event.target.contentDocument, root = found.documentElement, out = [];
  for (const each of found.querySelectorAll("body *")) {{
    const right = each.getBoundingClientRect().right;
    if (right > root.clientWidth + 0.5) out.push(`${{each.tagName}} ${{each.textContent.trim().slice(0, 30)}} +${{right - root.clientWidth}}`);
  }}
  document.title = JSON.stringify({{ wide: root.clientWidth, scrolls: root.scrollWidth, out }});
}};
</script>"""


def chromium() -> str | None:
    """Return where a Chromium is; None where there is none."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


def laid_out(page: Path, width: int) -> dict[str, object]:
    """Return how wide a page's sheet is, how wide its content, and what is out of it on the right."""
    program = chromium()
    assert program is not None
    frame = page.with_name(f"frame-{width}-{page.name}")
    frame.write_text(_FRAME.format(width=width, name=page.name), "utf-8")
    done = subprocess.run(
        [program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
         "--allow-file-access-from-files", "--virtual-time-budget=5000", f"--user-data-dir={page.parent / 'profile'}",
         "--window-size=1600,900", "--dump-dom", frame.as_uri()],
        capture_output=True, text=True, encoding="utf-8", timeout=WAIT_S, check=True,
    )  # fmt: skip
    title = re.search(r"<title>(.*?)</title>", done.stdout, re.DOTALL)
    assert title is not None, done.stderr
    found: dict[str, object] = json.loads(html.unescape(title[1]))
    return found
