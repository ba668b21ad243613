"""The house is as its documents say: rooms, imports, names, and the pages that must keep up with the code."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import callguard
import callguard.policy
import callguard.rules
import callguard.testing
from callguard import Reason
from callguard.policy import schema
from callguard.rules import RULES

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "callguard"
DOCS = ROOT / "docs"
MODULES = sorted(SOURCE.rglob("*.py"))
HEAVY = (
    "numpy",
    "pyarrow",
    "sqlalchemy",
    "holidays",
    "pendulum",
    "phonenumbers",
    "cattrs",
    "click",
    "rich",
    "phone",
    "pyspark",
    "pandas",
)
LONGEST = 400
VAGUE = {"utils", "util", "helpers", "helper", "common", "base", "misc", "tools"}


def text(*parts):
    return ROOT.joinpath(*parts).read_text("utf-8")


def dotted(path):
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def run(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# ── what is imported


@pytest.mark.parametrize(
    "statement",
    ["import callguard", "from callguard import *", "import callguard.guard, callguard.rules, callguard.testing, callguard.batch"],
)
def test_importing_callguard_loads_nothing_heavy(statement):
    loaded = run(f"import json, sys; {statement}; print(json.dumps(sorted({{name.partition('.')[0] for name in sys.modules}})))")

    assert set(loaded) & set(HEAVY) == set()


@pytest.mark.once
def test_every_module_can_be_imported_first():
    """In one process, each time with nothing of callguard loaded."""
    names = [dotted(path) for path in MODULES]
    code = f"""
import importlib, json, sys, traceback
failed = {{}}
for name in {names!r}:
    for loaded in [each for each in sys.modules if each.partition(".")[0] == "callguard"]:
        del sys.modules[loaded]
    try:
        importlib.import_module(name)
    except Exception:
        failed[name] = traceback.format_exc()
print(json.dumps(failed))
"""

    assert run(code) == {}


def test_the_core_knows_nothing_of_callguard():
    """Not for its types, either; lint-imports holds that of what is run."""
    strangers = []
    for path in sorted((SOURCE / "_core").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
                assert node.level == 0, f"{path.name} imports relatively"
            strangers += [
                (path.name, name)
                for name in names
                if (name.partition(".")[0] == "callguard" and name.split(".")[:2] != ["callguard", "_core"])
                or name.partition(".")[0] == "attrs"
            ]

    assert strangers == []


# ── files


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_a_file_is_short_and_named_for_what_it_does(path):
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST
    assert path.stem not in VAGUE


def test_the_version_is_one():
    version = tomllib.loads(text("pyproject.toml"))["project"]["version"]

    assert callguard.__version__ == version
    assert f"## {version}" in text("CHANGELOG.md")


# ── the reference


def test_every_public_name_has_an_entry_in_the_reference():
    pages = "\n".join(path.read_text("utf-8") for path in sorted((DOCS / "reference").glob("*.md")))
    rooms = {
        "callguard": callguard.__all__,
        "callguard.testing": callguard.testing.__all__,
        "callguard.rules": set(callguard.rules.__all__) - {"RULES"},
        "callguard.policy": [
            name
            for name in callguard.policy.__all__
            if hasattr(getattr(callguard.policy, name), "__attrs_attrs__") and name != "Policy"
        ],
    }
    entry = re.compile(r"(?:auto\w+|py:\w+):: (callguard\.[\w.]+)")
    entries = set(entry.findall(pages))

    missing = [f"{room}.{name}" for room, names in rooms.items() for name in names if f"{room}.{name}" not in entries]

    assert missing == []


def test_every_public_name_is_there():
    for room in (callguard, callguard.testing, callguard.rules, callguard.policy):
        assert [name for name in room.__all__ if not hasattr(room, name)] == []


def test_every_reason_stands_in_the_reference_with_its_code_and_rules():
    rows = re.findall(r"^\| (\d+) \| `([\w-]+)` \|.*\| ([^|]*) \|$", text("docs", "reference", "reasons.md"), re.MULTILINE)
    told = [(int(code), reason, re.findall(r"`([\w-]+)`", rules)) for code, reason, rules in rows]

    assert told == [
        (reason.code, reason.value, [rule.id for rule in RULES if reason in rule.reasons])
        for reason in sorted(Reason, key=lambda reason: reason.code)
    ]


@pytest.mark.parametrize("page", ["cn.md", "cn.zh.md"])
def test_every_rule_stands_in_the_law_pages(page):
    told = text("docs", "law", page)

    assert [rule.id for rule in RULES if f"`{rule.id}`" not in told] == []


def test_every_command_and_option_stands_in_the_reference():
    from callguard.cli.commands import COMMANDS, Group
    from callguard.cli.words import Words

    told = text("docs", "reference", "cli.md")
    group = Group(Words("en"))
    commands = {name: group.get_command(None, name) for name in COMMANDS}
    options = {
        option for command in (group, *commands.values()) for param in command.params for option in param.opts if option[:2] == "--"
    }

    assert [name for name in commands if f"| `{name}" not in told] == []
    assert [option for option in sorted(options) if not re.search(rf"`{option}[ `]", told)] == []


# ── the guide


def keys(node):
    """Return every key that a schema's tables have."""
    if isinstance(node, list):
        return {key for each in node for key in keys(each)}
    if not isinstance(node, dict):
        return set()
    own = set(node["properties"]) if node.get("type") == "object" and "properties" in node else set()
    return own | {key for name, each in node.items() if name not in ("if", "then", "not", "dependentSchemas") for key in keys(each)}


def test_every_key_of_a_policy_stands_in_the_guide():
    page = text("docs", "guide", "policy.md")
    blocks = "\n".join(re.findall(r"^```toml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    prose = re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)
    found = keys(schema())

    assert len(found) > 50
    assert [key for key in sorted(found) if not re.search(rf"`[^`]*\b{key}\b[^`]*`", prose)] == []
    shown = found - {"rules", "url"}
    assert [key for key in sorted(shown) if not re.search(rf"\b{key}\b", blocks)] == []


def test_every_value_that_a_policy_may_choose_stands_in_the_guide():
    page = text("docs", "guide", "policy.md")

    def choices(node):
        if isinstance(node, dict):
            yield from (each for each in node.get("enum", ()) if isinstance(each, str))
            for each in node.values():
                yield from choices(each)
        elif isinstance(node, list):
            for each in node:
                yield from choices(each)

    wanted = set(choices(schema())) - {"tue", "wed", "sat", "sun"}

    assert [value for value in sorted(wanted) if not re.search(rf"[`\"]{value}[`\"]", page)] == []


# ── the architecture


def test_the_code_map_has_every_room():
    table = text("docs", "architecture.md").partition("## Code map")[2].partition("## Entry points")[0]
    rooms = {
        path.name if path.suffix == ".py" else f"{path.name}/" for path in SOURCE.iterdir() if path.suffix == ".py" or path.is_dir()
    }
    mapped = set(re.findall(r"^\| `([\w./]+)` \|", table, re.MULTILINE))

    assert mapped == rooms - {"__init__.py", "__pycache__/"}


def test_the_invariants_name_tests_that_are_there():
    table = text("docs", "architecture.md").partition("## Invariants")[2].partition("\n## ")[0]
    files = set(re.findall(r"`(tests/[\w.]+)`", table))

    assert files
    assert [name for name in sorted(files) if not (ROOT / name).exists()] == []
    assert all(re.search(r"`tests/|import-linter", row) for row in re.findall(r"^\| \d+ \|.*$", table, re.MULTILINE))


# ── the two READMEs


def shape(name):
    """Return a README's headings by level, and its blocks without comments and drawings."""
    page = text(name)
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    prose = re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)
    headings = [len(level) for level in re.findall(r"^(#+) ", prose, re.MULTILINE)]
    code = [
        (language, "" if language == "text" else re.sub(r" *#(?! callguard\.toml).*$", "", source, flags=re.MULTILINE))
        for language, source in blocks
    ]
    figures = re.findall(r"[\d,.]+ (?:ns|µs|ms)", prose)
    links = [link.replace(".zh.md", ".md") for link in re.findall(r"\]\((?!README)([^)]+)\)", prose)]
    tables = re.findall(r"^\|", prose, re.MULTILINE)
    return headings, code, figures, links, len(tables)


def test_the_two_readmes_are_in_step():
    english, chinese = shape("README.md"), shape("README.zh-CN.md")

    assert english[0] == chinese[0]
    assert english[1] == chinese[1]
    assert english[2] == chinese[2]
    assert sorted(set(english[3])) == sorted(set(chinese[3]))
    assert english[4] == chinese[4]
