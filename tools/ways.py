"""Write the page of the documentation that has every known way to place a call, from a run of the tests that show them.

make ways                                # run those tests, and write docs/reference/ways.md
python tools/ways.py build/ways.json     # write it from what a run left: pytest with CALLGUARD_WAYS=build/ways.json
python tools/ways.py --check build/ways.json   # exit 1 where the page has a way that did not pass, or lacks one that did
"""

from __future__ import annotations

import json
import re
import sys
from itertools import groupby
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "ways.md"
_ROW = re.compile(r"\| `(?P<call>[^`]+)` \| (?P<peer>[^|]+) \|")
Way = tuple[str, str, str]
DOUBLE = "protocol double only"
BAR = "\\|"  # of a call, within a table


def best(ways: set[Way]) -> set[Way]:
    """Leave out that a way was tried with a double, where it was tried with something better."""
    better = {(dialer, call) for dialer, call, peer in ways if peer != DOUBLE}
    return {way for way in ways if way[2] != DOUBLE or way[:2] not in better}


def page(ways: set[Way]) -> str:
    """Return the page of these ways: dialer, call, peer."""
    lines = [
        "<!-- made by `make ways` from the tests that ran; not edited by hand -->",
        "",
        "# Ways to place a call",
        "",
        "Every way that is known, by dialer and client. A row is here because a test ran in which the way was tried both ways:",
        "the allowed call reached the peer, the denied one did not. *Peer* is what stood at the other end; where it says *protocol",
        "double only*, nobody has seen it before the real thing. What can place a call and is not here is denied, as unknown, by",
        "the guards on the wire and the adapters; `guard.wrap` guards what it is put around.",
        "",
    ]
    for dialer, rows in groupby(
        sorted(best(ways), key=lambda way: (way[0].lower(), way[1].lower(), way[2])), key=lambda way: way[0]
    ):
        lines += [f"## {dialer}", "", "| the call | peer |", "| --- | --- |"]
        lines += [f"| `{call.replace('|', BAR)}` | {peer} |" for _, call, peer in rows]
        lines.append("")
    return "\n".join(lines)


def read_page(text: str) -> set[Way]:
    """Return the ways of a page."""
    found, dialer = set(), ""
    for line in text.splitlines():
        if line.startswith("## "):
            dialer = line[3:]
        elif row := _ROW.fullmatch(line):
            found.add((dialer, row["call"].replace(BAR, "|"), row["peer"].strip()))
    return found


def read_run(path: Path) -> dict[Way, str]:
    """Return what became of each way in a run; nothing where no such run was."""
    if not path.exists():
        raise SystemExit(f"{path} is not there; accepted: what pytest wrote with CALLGUARD_WAYS={path}")
    return {(way[0], way[1], way[2]): outcome for way, outcome in ((json.loads(key), said) for key, said in _items(path))}


def _items(path: Path) -> list[tuple[str, str]]:
    return list(json.loads(path.read_text("utf-8")).items())


def differences(shown: set[Way], ran: dict[Way, str]) -> list[str]:
    """Return how a page differs from a run; what was skipped there may stand, or not."""
    said = []
    lacking = best({way for way, outcome in ran.items() if outcome == "passed"} | shown) - shown
    for way in sorted(shown | set(ran)):
        outcome = ran.get(way, "not run")
        name = f"{way[0]}: {way[1]} ({way[2]})"
        if way in shown and outcome not in ("passed", "skipped"):
            said.append(f"{name} stands in the page; it was {outcome}")
        elif way in lacking:
            said.append(f"{name} passed; the page lacks it")
    return said


def main() -> int:
    """Write, or check."""
    args = [each for each in sys.argv[1:] if each != "--check"]
    ran = read_run(Path(args[0] if args else "build/ways.json"))
    if "--check" in sys.argv:
        said = differences(read_page(PAGE.read_text("utf-8")), ran)
        print("\n".join(said) or f"{len(ran)} ways: {PAGE.name} is what ran")
        return 1 if said else 0
    skipped = {way for way, outcome in ran.items() if outcome == "skipped"} & read_page(
        PAGE.read_text("utf-8") if PAGE.exists() else ""
    )
    passed = {way for way, outcome in ran.items() if outcome == "passed"}
    PAGE.write_text(page(passed | skipped), "utf-8")
    print(f"{len(passed)} ways passed, {len(skipped)} were skipped and stand as before: {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
