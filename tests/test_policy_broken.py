"""Each file in policies/broken says in its first lines what is wrong with it: `# line: `key`: found …; accepted: … (hint)`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from callguard.errors import PolicyError, Problem
from callguard.policy import Policy

FOLDER = Path(__file__).parent / "policies" / "broken"
FILES = sorted(FOLDER.glob("*.toml"))
EXPECTED = re.compile(r"# (\d+): `(TOML|[^`]+)`: found (.*?); accepted: (.*?)(?: \(((?:did you mean|write) .*)\))?")


def expected_of(text: str, file: Path) -> list[Problem]:
    head = text.partition("\n\n")[0].splitlines()
    matches = [EXPECTED.fullmatch(line) for line in head]
    assert all(matches), head
    return [
        Problem(key=m[2], found=m[3], accepted=m[4], file=str(file), line=int(m[1]), hint=m[5]) for m in matches if m
    ]


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
