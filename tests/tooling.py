"""The programs of `tools/`, as modules."""

import importlib.util
import sys
from functools import cache
from pathlib import Path

TOOLS = Path(__file__).parent.parent / "tools"


@cache
def tool(name):
    """Return one of them, run once; what it imports beside it is found."""
    spec = importlib.util.spec_from_file_location(f"tools_{name}", TOOLS / f"{name}.py")
    found = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(TOOLS))
    try:
        spec.loader.exec_module(found)
    finally:
        sys.path.remove(str(TOOLS))
    return found
