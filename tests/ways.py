"""The known ways to place a call, each shown by a test that bears its mark: found in the sources, and gathered from a run."""

from __future__ import annotations

import ast
import json
import os
from pathlib import Path

MARK = "way"
TESTS = Path(__file__).parent


def written() -> set[tuple[str, str, str]]:
    """Return (dialer, call, peer) of every mark in the tests; AssertionError for one that is not written out."""
    return {_read(call, path) for path in sorted(TESTS.glob("test_*.py")) for call in _marks(path)}


def _marks(path: Path) -> list[ast.Call]:
    tree = ast.parse(path.read_text("utf-8"))
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == MARK
        and ast.unparse(node.func.value) == "pytest.mark"
    ]


def _read(call: ast.Call, path: Path) -> tuple[str, str, str]:
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    names = [keyword.arg for keyword in call.keywords]
    texts = [value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)]
    assert len(texts) == 3, f"{path.name}:{call.lineno}: a way is three texts, written out: dialer, call, peer=…"
    assert names == ["peer"], f"{path.name}:{call.lineno}: the peer is named: peer=…"
    return texts[0], texts[1], texts[2]


def note(item) -> None:
    """Put the ways that a test shows where its report carries them, also from a worker."""
    for mark in item.iter_markers(MARK):
        item.user_properties.append((MARK, [*mark.args, mark.kwargs["peer"]]))


def gather(stats) -> None:
    """Write what became of each way in this run to the file that CALLGUARD_WAYS names, beside what stands there already."""
    named = os.environ.get("CALLGUARD_WAYS")
    if not named:
        return
    path = Path(named)
    found = json.loads(path.read_text("utf-8")) if path.exists() else {}
    for outcome in ("skipped", "passed", "failed", "error"):  # what is worst stands
        for report in stats.get(outcome, []):
            for name, value in getattr(report, "user_properties", ()):
                key = json.dumps(value, ensure_ascii=False)
                if name == MARK and (outcome != "skipped" or key not in found):
                    found[key] = outcome
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, ensure_ascii=False, indent=1), "utf-8")
