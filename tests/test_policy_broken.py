"""Each file in policies/broken says in its first lines what is wrong with it: `# line: `key`: found …; accepted: … (hint)`."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.errors import PolicyError, Problem
from callguard.policy import Policy
from callguard.policy.mistakes import written
from policies.build import policies, toml

FOLDER = Path(__file__).parent / "policies" / "broken"
FILES = sorted(FOLDER.glob("*.toml"))
EXPECTED = re.compile(r"# (\d+): `(TOML|[^`]+)`: found (.*?); accepted: (.*?)(?: \(((?:did you mean|write) .*)\))?")


def expected_of(text: str, file: Path) -> list[Problem]:
    head = text.partition("\n\n")[0].splitlines()
    matches = [EXPECTED.fullmatch(line) for line in head]
    assert all(matches), head
    return [Problem(key=m[2], found=m[3], accepted=m[4], file=str(file), line=int(m[1]), hint=m[5]) for m in matches if m]


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_names_the_line_the_key_what_was_found_and_what_is_accepted(file: Path):
    expected = expected_of(file.read_text("utf-8"), file)

    with pytest.raises(PolicyError) as caught:
        Policy.load(file)

    found = list(caught.value.problems)
    if expected[0].key == "TOML":  # the words are the standard library's, and differ between its versions
        assert found[0].found.startswith("what is no TOML (")
        found = [Problem(key=p.key, found="…", accepted=p.accepted, file=p.file, line=p.line, hint=p.hint) for p in found]
    assert expected == found


def test_there_are_sixty_and_more():
    assert len(FILES) >= 60


def test_five_mistakes_yield_five_problems_in_the_order_of_their_lines():
    with pytest.raises(PolicyError) as caught:
        Policy.load(FOLDER / "five-mistakes.toml")

    lines = [problem.line for problem in caught.value.problems]
    assert len(lines) == 5
    assert lines == sorted(set(lines))
    assert str(caught.value).count("\n") == 4


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_a_text_has_the_same_problems_as_a_file(file: Path):
    with pytest.raises(PolicyError) as of_file:
        Policy.load(file)
    with pytest.raises(PolicyError) as of_text:
        Policy.from_toml(file.read_text("utf-8"))

    assert [(p.line, p.key, p.found) for p in of_file.value.problems] == [(p.line, p.key, p.found) for p in of_text.value.problems]
    assert {p.file for p in of_text.value.problems} == {None}


def test_no_error_shows_a_secret_or_a_whole_number():
    for file in FILES:
        with pytest.raises(PolicyError) as caught:
            Policy.load(file)
        text = str(caught.value).replace("4008550123, 95xxx", "").replace("010-8555-0123, ", "")
        assert "secret" not in text
        assert "c2Vjcm" not in text
        assert not re.search(r"\d[\d -]{7,}\d", re.sub(r"\d{4}-\d\d-\d\d", "", text)), text


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every key path of a policy, but the whole."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path][: len(path)] + [found for key, each in inner for found in places(each, (*path, key))]


@given(policies(), st.data())
def test_every_mistake_is_told_wherever_the_others_stand(raw: dict[str, Any], data: st.DataObject):
    broken = copy.deepcopy(raw)
    chosen = data.draw(st.lists(st.sampled_from(places(raw)), min_size=1, max_size=5, unique=True))
    # none inside another: what is wrong as a whole has no parts
    paths = [path for path in chosen if not any(path != other and path[: len(other)] == other for other in chosen)]
    for *before, last in paths:
        holder: Any = broken
        for part in before:
            holder = holder[part]
        holder[last] = data.draw(st.sampled_from([[[]], {"surprise": 1}, -1]))

    with pytest.raises(PolicyError) as caught:
        Policy.from_toml(toml(broken))

    for path in paths:
        assert any(problem.key.startswith(written(path)) for problem in caught.value.problems), path


@given(policies(), st.data())
def test_a_policy_that_lacks_keys_is_a_policy_or_a_policy_error(raw: dict[str, Any], data: st.DataObject):
    broken = copy.deepcopy(raw)
    for path in data.draw(st.lists(st.sampled_from(places(raw)), min_size=1, max_size=5, unique=True)):
        holder: Any = broken
        try:
            for part in path[:-1]:
                holder = holder[part]
            if data.draw(st.booleans()):
                del holder[path[-1]]
            else:
                holder[path[-1]] = data.draw(
                    st.sampled_from(["", "enterprise", 0, [], {}, False, "2026-01-01", ["enterprise"], "cn"])
                )
        except (KeyError, IndexError, TypeError):
            continue
    told = None
    try:
        Policy.from_toml(toml(broken))
    except PolicyError as error:
        told = error
    assert told is None or told.problems
