"""The JSON Schema against the reader: the same keys, and the same answer on whatever a schema can say."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from callguard.errors import PolicyError
from callguard.policy import Policy, model, schema
from callguard.policy.mistakes import Mistake, written
from callguard.policy.tables import TABLES, Draft, Many
from policies.build import plain, policies, toml

FOLDER = Path(__file__).parent / "policies"
SCHEMA = schema()
VALIDATOR = Draft202012Validator(SCHEMA)
# What the schema can see of the broken files; the others are about dates' order, files, digits, or what another value says.
EXPRESSIBLE = {
    "annual-report-a-date", "campaign-key-misspelled", "campaigns-a-table", "candidate-a-text", "candidate-nowhere", "caller-a-number",
    "caller-cap-none", "caller-kind-a-number", "caller-purpose-misspelled", "caller-status-unknown", "consent-a-date",
    "enterprise-key-misspelled", "enterprise-listed", "enterprise-misspelled", "enterprise-missing", "enterprise-name-empty",
    "enterprise-name-missing", "filing-kind-unknown", "five-mistakes", "flag-a-number", "flag-quoted", "hand-on-a-number", "hand-on-ftp",
    "hand-on-nowhere", "hand-on-twice", "hcode-file-a-list",
    "integers-unknown", "key-command-a-number", "key-command-a-text", "key-command-none", "key-file-the-key-itself",
    "key-itself", "key-three-times", "key-twice", "licence-american-spelling", "licence-both-scopes", "licence-date-aware", "licence-date-with-time",
    "licence-kind-misspelled", "licence-nowhere", "licence-undated", "limit-none", "limit-per-week", "limit-true",
    "list-section-misspelled-is-one-mistake", "list-strict-quoted", "list-without-path", "marketing-without-enterprise",
    "opt-out-key-a-number", "opt-out-key-misspelled", "opt-out-key-of-no-telephone", "opt-out-sip-a-success",
    "packs-overlay-alone", "packs-unknown", "packs-without-cn", "permit-key-itself", "permit-key-twice", "permit-lifetime-a-number", "product-outside-healthcare", "purpose-misspelled", "purpose-missing", "region-mistaken-hides-no-other",
    "retain-in-days", "rules-a-text", "rules-malformed", "rules-twice", "scope-twice", "scope-with-blanks", "seats-negative",
    "seats-quoted", "section-singular", "section-unknown", "staleness-a-number", "staleness-unreadable", "state-other-database",
    "tutoring-outside-education", "vacation-open", "version-missing", "version-quoted", "version-true", "version-two",
    "window-day-in-full", "window-days-none", "window-fractional", "window-quoted", "window-without-end", "window-without-start",
    "windows-none",
    "change-of-what", "document-misspelled", "document-twice", "scripts-a-text", "staff-a-list",
}  # fmt: skip


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference, and the table in a choice of a table or a list of tables."""
    if "$ref" in part:
        name = part["$ref"].removeprefix("#/$defs/")
        return {**SCHEMA["$defs"][name], **{key: value for key, value in part.items() if key != "$ref"}}
    return resolved(part["anyOf"][0]) if "anyOf" in part else part


def tables() -> dict[type, dict[str, Any]]:
    """Each table that the reader knows, with its part of the schema."""
    found: dict[type, dict[str, Any]] = {}
    due: list[tuple[type, dict[str, Any]]] = [(Draft, SCHEMA)]
    while due:
        table, part = due.pop()
        found[table] = part
        for key in TABLES[table].values():
            each = key.read.each if isinstance(key.read, Many) else key.read
            if isinstance(each, type):
                inner = resolved(part["properties"][key.name])
                due.append((each, resolved(inner["items"]) if inner.get("type") == "array" else inner))
    return found


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_every_key_of_the_schema_is_read_and_every_key_that_is_read_is_in_it(table: type):
    part = tables()[table]

    assert [key.name for key in TABLES[table].values()] == list(part["properties"])
    assert part["additionalProperties"] is False
    required = [
        key.name for attribute, key in TABLES[table].items() if attrs.fields_dict(table)[attribute].default is attrs.NOTHING
    ]
    assert sorted(required) == sorted(part.get("required", []))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_every_key_is_described_and_takes_the_same_words_and_default(table: type):
    for attribute, key in TABLES[table].items():
        part = tables()[table]["properties"][key.name]
        assert part.get("description") or resolved(part).get("description"), key.name
        each = key.read.each if isinstance(key.read, Many) else key.read
        inner = resolved(part)
        words = resolved(inner["items"] if inner.get("type") == "array" else inner).get("enum")
        if words:
            with pytest.raises(Mistake) as caught:
                each(None)
            assert ", ".join(words) == caught.value.accepted
        if isinstance(inner.get("default"), bool):
            assert inner["default"] is attrs.fields_dict(table)[attribute].default


@pytest.mark.parametrize("file", sorted((FOLDER / "valid").glob("*.toml")), ids=lambda file: file.stem)
def test_both_accept_the_valid(file: Path):
    Policy.load(file)

    assert list(VALIDATOR.iter_errors(plain(tomllib.loads(file.read_text("utf-8"))))) == []


def test_the_valid_files_write_every_key_that_there_is():
    text = "".join(file.read_text("utf-8") for file in (FOLDER / "valid").glob("*.toml"))
    for table, keys in TABLES.items():
        for key in keys.values():
            assert f"{key.name} = " in text or f"[{key.name}]" in text, (table, key)


@pytest.mark.parametrize("file", sorted((FOLDER / "broken").glob("*.toml")), ids=lambda file: file.stem)
def test_the_schema_refuses_what_it_can_express(file: Path):
    if file.stem.startswith("syntax"):
        return
    refused = not VALIDATOR.is_valid(plain(tomllib.loads(file.read_text("utf-8"))))

    assert (file.stem in EXPRESSIBLE) == refused


def test_what_is_said_to_be_expressible_is_there():
    assert {file.stem for file in (FOLDER / "broken").glob("*.toml")} >= EXPRESSIBLE


@given(policies())
def test_both_accept_what_is_valid_by_construction(raw: dict[str, Any]):
    assert Policy.from_toml(toml(raw)).enterprise.name == "Xinghe"
    assert list(VALIDATOR.iter_errors(plain(raw))) == []


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every key path of a policy, but the whole."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path][: len(path)] + [found for key, each in inner for found in places(each, (*path, key))]


@given(policies(), st.data())
def test_both_refuse_a_wrong_type_or_an_unknown_key_wherever_it_stands(raw: dict[str, Any], data: st.DataObject):
    broken = copy.deepcopy(raw)
    *before, last = path = data.draw(st.sampled_from(places(raw)))
    holder: Any = broken
    for part in before:
        holder = holder[part]
    if isinstance(holder, dict) and data.draw(st.booleans()):
        path = (*before, "surprise")
        holder["surprise"] = 1
    else:
        wrong = [3.25, [[]], {"surprise": 1}, -1]
        holder[last] = data.draw(st.sampled_from(wrong[1:3] if last == "office_area" else wrong))

    with pytest.raises(PolicyError) as caught:
        Policy.from_toml(toml(broken))
    assert any(problem.key.startswith(written(path)) for problem in caught.value.problems)
    assert not VALIDATOR.is_valid(plain(broken))


def test_the_models_windows_are_whole_days_by_default():
    assert SCHEMA["$defs"]["window"]["properties"]["days"]["default"] == list(model.DAYS)
