"""The fields that requests have: one table that checks them and describes them."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import attrs

from callguard import texts
from callguard.service.kinds import Kind, Schema, Unlike, told
from callguard.service.trouble import Trouble, Wrong, wrong

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callguard.policy import Policy


@attrs.frozen
class Field:
    """A field of a request: its name, what it may hold, what it is for."""

    name: str
    kind: Kind
    says: str
    required: bool = False


@attrs.frozen
class Many:
    """A list of what one field takes, or of whole questions; how many, the service's limits say."""

    of: Kind | tuple[Field, ...]
    limit: int
    accepted: str = "a list with something in it"

    def read(self, value: Any, policy: Policy) -> list[Any]:
        """Return the list, each entry read."""
        if not isinstance(value, list):
            raise Unlike(told(value))
        if not value:
            raise Unlike("an empty list")
        if len(value) > self.limit:
            raise Unlike(f"a list of {len(value)}", f"at most {self.limit}")
        if isinstance(self.of, tuple):
            return [check(each, self.of, policy, within=f"[{i}]") for i, each in enumerate(value)]
        found = []
        for i, each in enumerate(value):
            try:
                found.append(self.of.read(each, policy))
            except Unlike as unlike:
                raise Unlike(f"{unlike.found} at [{i}]", unlike.accepted or self.of.accepted) from None
        return found

    def schema(self, policy: Policy) -> Schema:
        """Return its schema."""
        items = schema_of(self.of, policy) if isinstance(self.of, tuple) else self.of.schema(policy)
        return {"type": "array", "items": items, "minItems": 1, "maxItems": self.limit}


def check(given: Any, fields: Sequence[Field], policy: Policy, *, within: str = "") -> dict[str, Any]:
    """Return what a request gave, each field as the guard takes it; Trouble names every field that cannot be as it is."""
    accepted = ", ".join(f"`{field.name}`" for field in fields) or "none"
    if not isinstance(given, dict):
        raise wrong(Wrong(within or "body", told(given), f"an object with {accepted}"))
    found: dict[str, Any] = {}
    errors = [
        Wrong(within or "body", "a field of another name", accepted + _near(name, fields))
        for name in given
        if name not in {field.name for field in fields}
    ][:10]
    for field in fields:
        value = given.get(field.name)
        place = f"{within}.{field.name}" if within else field.name
        if value is None:
            if field.required:
                errors.append(Wrong(place, "nothing", field.kind.accepted))
            continue
        try:
            found[field.name] = field.kind.read(value, policy)
        except Unlike as unlike:
            errors.append(Wrong(place, unlike.found, unlike.accepted or field.kind.accepted))
        except Trouble as inside:
            errors += [attrs.evolve(error, field=place + error.field) for error in inside.errors]
    if errors:
        raise wrong(*errors)
    return found


def schema_of(fields: Sequence[Field], policy: Policy) -> Schema:
    """Return the JSON Schema of a request with some fields."""
    properties = {field.name: _described(field, policy) for field in fields}
    required = [field.name for field in fields if field.required]
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        **({"required": required} if required else {}),
    }


def _described(field: Field, policy: Policy) -> Schema:
    schema = field.kind.schema(policy)
    if not field.required:
        schema = {"anyOf": [*schema.get("anyOf", [schema]), {"type": "null"}]}
    return {**schema, "description": field.says}


def _near(name: str, fields: Sequence[Field]) -> str:
    near = get_close_matches(name, [field.name for field in fields], n=1) if len(name) <= 100 else []
    return f" (did you mean `{near[0]}`?)" if near else ""


def languages(_: Policy) -> Sequence[str]:
    """Return the languages of sentences."""
    return texts.LANGUAGES


def campaigns(policy: Policy) -> Sequence[str]:
    """Return the policy's campaigns."""
    return [campaign.name for campaign in policy.campaigns]


def scopes(policy: Policy) -> Sequence[str]:
    """Return the policy's scopes of refusals and consents."""
    return policy.scopes


def forms(_: Policy) -> Sequence[str]:
    """Return what an answer may be written as."""
    return ("json", "text")
