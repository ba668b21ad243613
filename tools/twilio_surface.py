"""Write down every request of the installed Twilio library that may change something: method, host, path and parameters.

python tools/twilio_surface.py            # write tests/twilio_api/surface.txt
python tools/twilio_surface.py --check    # exit 1, naming them, when the library has requests or parameters that are not in it
"""

from __future__ import annotations

import re
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

OUT = Path(__file__).parent.parent / "tests" / "twilio_api" / "surface.txt"
_READS = {"GET", "DELETE"}
_CLASS, _FUNCTION = re.compile(r"^class ", re.MULTILINE), re.compile(r"^    (?:async )?def ", re.MULTILINE)
_URI = re.compile(r"""self\._uri = \(?\s*["']([^"']*)["']""")
_KEY = re.compile(r"""^\s+["']([\w.\-]+)["']:""", re.MULTILINE)
_SAID = re.compile(r"""\bmethod=["']([A-Z]+)["']""")


def _rest() -> Path:
    spec = find_spec("twilio")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("twilio is not installed")
    return Path(next(iter(spec.submodule_search_locations))) / "rest"


@cache
def _first(pattern: str, file: Path) -> str:
    found = re.search(pattern, file.read_text(encoding="utf-8"))
    if found is None:
        raise LookupError(f"{file.name} has changed its form: {pattern}")
    return found[1]


def surface() -> tuple[dict[str, set[str]], int]:
    """Return each request as `METHOD host path`, with its parameters; and how many places in the source make one.

    The source is generated, and of one form; LookupError where it has another.
    """
    rest, found, places = _rest(), dict[str, set[str]](), 0
    hosts = {file.parent.name: _first(r'__init__\(twilio, "https://([^"]+)"\)', file) for file in rest.glob("*/*Base.py")}
    for file in sorted(rest.rglob("*.py")):
        parts = file.relative_to(rest).with_suffix("").parts
        if len(parts) < 3:
            continue
        for made in _CLASS.split(file.read_text(encoding="utf-8"))[1:]:
            uri = _URI.search(made)
            for function in _FUNCTION.split(made)[1:]:
                methods = _SAID.findall(function)
                places += len(methods)
                for method in {*methods} - _READS:
                    if uri is None:
                        raise LookupError(f"{'.'.join(parts)} has a class that says no address")
                    version = _first(r'__init__\(domain, "([^"]*)"\)', rest / parts[0] / parts[1] / "__init__.py")
                    key = f"{method} {hosts[parts[0]]} /{version}{uri[1]}"
                    found.setdefault(key, set()).update(set(_KEY.findall(function)) - {"Accept", "Content-Type"})
    return found, places


def literals() -> int:
    """Return how often the source says a method of a request, in whatever form."""
    return sum(len(_SAID.findall(file.read_text(encoding="utf-8"))) for file in _rest().rglob("*.py"))


def read(text: str) -> dict[str, set[str]]:
    """Read what `written` wrote."""
    rows = (line.partition(" | ") for line in text.splitlines() if line and not line.startswith("#"))
    return {row[0].strip(): set(row[2].split()) for row in rows}


def written(found: dict[str, set[str]]) -> str:
    """Return the requests, a line each."""
    lines = [f"{key} | {' '.join(sorted(found[key]))}".rstrip(" |") for key in sorted(found)]
    return "\n".join(
        ["# made by tools/twilio_surface.py from the installed library; look at what is new before it is committed", *lines, ""]
    )


def news(found: dict[str, set[str]], known: dict[str, set[str]]) -> list[str]:
    """Return what is not known: requests, and parameters as `request: parameter`."""
    fresh = [key for key in found if key not in known]
    return sorted(fresh + [f"{key}: {each}" for key in found if key in known for each in found[key] - known[key]])


if __name__ == "__main__":
    now = surface()[0]
    if "--check" in sys.argv:
        unknown = news(now, read(OUT.read_text(encoding="utf-8")))
        print("\n".join(unknown))
        sys.exit(1 if unknown else 0)
    OUT.write_text(written(now), encoding="utf-8")
    print(f"{OUT.name}: {len(now)} requests")
