"""Write down every request of the installed Twilio library that may change something: method, host, path and parameters.

python tools/twilio_surface.py            # write tests/twilio_api/surface.txt
python tools/twilio_surface.py --check    # exit 1, naming them, when the library has requests or parameters that are not in it
"""

from __future__ import annotations

import ast
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

OUT = Path(__file__).parent.parent / "tests" / "twilio_api" / "surface.txt"
_READS = {"GET", "DELETE"}


def _rest() -> Path:
    spec = find_spec("twilio")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("twilio is not installed")
    return Path(next(iter(spec.submodule_search_locations))) / "rest"


def _first(pattern: str, file: Path) -> str:
    found = re.search(pattern, file.read_text(encoding="utf-8"))
    if found is None:
        raise LookupError(f"{file.name} has changed its form: {pattern}")
    return found[1]


def _literal(node: ast.AST) -> str | None:
    return next((each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)), None)


def _uri(made: ast.ClassDef) -> str | None:
    for each in ast.walk(made):
        if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Attribute) and each.targets[0].attr == "_uri":
            return _literal(each.value)
    return None


def _requests(function: ast.AST) -> Iterator[str]:
    """Yield the methods of the requests that a function makes."""
    for call in ast.walk(function):
        if isinstance(call, ast.Call):
            for word in call.keywords:
                if word.arg == "method" and isinstance(word.value, ast.Constant) and isinstance(word.value.value, str):
                    yield word.value.value.upper()


def _parameters(function: ast.AST) -> set[str]:
    """Return the names of what a function sends, which it writes as a dictionary."""
    keys = (key for each in ast.walk(function) if isinstance(each, ast.Dict) for key in each.keys if isinstance(key, ast.Constant))
    return {key.value for key in keys if isinstance(key.value, str)} - {"Accept", "Content-Type"}


def surface() -> tuple[dict[str, set[str]], int]:
    """Return each request as `METHOD host path`, with its parameters; and how many places in the source make one.

    LookupError where the source has another form than this reads.
    """
    rest, found, places = _rest(), dict[str, set[str]](), 0
    hosts = {file.parent.name: _first(r'__init__\(twilio, "https://([^"]+)"\)', file) for file in rest.glob("*/*Base.py")}
    for file in sorted(rest.rglob("*.py")):
        parts = file.relative_to(rest).with_suffix("").parts
        if len(parts) < 3:
            continue
        text = file.read_text(encoding="utf-8")
        version = None
        for made in (node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)):
            for function in (node for node in made.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
                for method in _requests(function):
                    places += 1
                    if method in _READS:
                        continue
                    uri = _uri(made)
                    if uri is None:
                        raise LookupError(f"{'.'.join(parts)}.{made.name} says no address")
                    version = version or _first(r'__init__\(domain, "([^"]*)"\)', rest / parts[0] / parts[1] / "__init__.py")
                    key = f"{method} {hosts[parts[0]]} /{version}{uri}"
                    found.setdefault(key, set()).update(_parameters(function))
    return found, places


def literals() -> int:
    """Return how often the source says a method of a request, in whatever form."""
    said = re.compile(r"""\bmethod=["'][A-Z]+["']""")
    return sum(len(said.findall(file.read_text(encoding="utf-8"))) for file in _rest().rglob("*.py"))


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
