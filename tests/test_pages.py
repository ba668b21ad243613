"""Pages of the documentation that are made from the code are as they would be made now."""

import sys

import pytest

from tooling import tool

MADE = ("law_pages", "requirement_pages", "inspection_pages", "regulation_pages", "proxy_tables")


@pytest.mark.parametrize("name", MADE)
def test_a_page_is_what_its_tool_makes(name):
    found = tool(name).pages()

    assert found
    assert [path.name for path, text in found.items() if path.read_text("utf-8") != text] == [], f"run python tools/{name}.py"


def test_a_stale_page_is_told_and_written_anew(tmp_path, monkeypatch, capsys):
    pages, stale, fresh = tool("pages"), tmp_path / "stale.md", tmp_path / "fresh.md"
    made = {stale: "new", fresh: "as it is"}
    stale.write_text("old", "utf-8")
    fresh.write_text("as it is", "utf-8")

    monkeypatch.setattr(sys, "argv", ["tools/some.py", "--check"])
    with pytest.raises(SystemExit) as ended:
        pages.write_or_check(made)
    assert (ended.value.code, capsys.readouterr().out) == (1, "stale.md: run tools/some.py\n")
    assert stale.read_text("utf-8") == "old"

    monkeypatch.setattr(sys, "argv", ["tools/some.py"])
    pages.write_or_check(made)
    assert stale.read_text("utf-8") == "new"

    monkeypatch.setattr(sys, "argv", ["tools/some.py", "--check"])
    with pytest.raises(SystemExit) as ended:
        pages.write_or_check(made)
    assert ended.value.code == 0
