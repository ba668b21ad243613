"""The JSON Schema of the policy file, for editors and other tools."""

from __future__ import annotations

from typing import Any


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) that ships with the package; dates and times are texts in it."""
    import json
    from importlib import resources

    text = resources.files("callguard.policy").joinpath("schema.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
