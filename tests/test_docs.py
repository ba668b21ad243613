"""The documents: which of their blocks are run, that running notices what is wrong, and that their links lead somewhere.

The blocks themselves are run by conftest.py at the project's root, one test a document.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted(
    path for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")) if "_build" not in path.relative_to(ROOT).parts
)
FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<source>.*?)^```$", re.MULTILINE | re.DOTALL)
RUN = {"python", "toml", "sh"}
NOT_RUN = "console"
PLAIN = "text"
# Every block that is not run, by its document and first line. Fewer than five in all: run a new one, or take one away.
LISTED = [
    ("CONTRIBUTING.md", "make test"),
    ("README.md", "make demo"),
    ("README.zh-CN.md", "make demo"),
]


def fences(path):
    return [(match["info"].strip(), match["source"]) for match in FENCE.finditer(path.read_text("utf-8"))]


@pytest.fixture
def runner(request):
    """The conftest.py that runs the documents."""
    return request.config.pluginmanager.get_plugin(str(ROOT / "conftest.py"))


def test_the_blocks_that_are_not_run_are_listed_and_fewer_than_five():
    found = [
        (str(path.relative_to(ROOT)), source.partition("\n")[0].partition("#")[0].strip())
        for path in DOCUMENTS
        for info, source in fences(path)
        if info == NOT_RUN
    ]

    assert found == LISTED
    assert len(found) < 5


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_fence_says_what_it_is(path):
    text = path.read_text("utf-8")
    infos = [info for info, _ in fences(path)]
    strange = [info for info in infos if not info.startswith("{") and info.partition(" ")[0] not in RUN | {NOT_RUN, PLAIN}]

    assert strange == []
    assert text.count("```") == 2 * len(infos), "a fence that is indented, or not closed, is not run"
    assert "~~~" not in text


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_block_is_left_out(path, runner):
    """Each block of Python, policy or commands, and each file, is an example that is run; a text without a name is not."""
    wanted = [info for info, _ in fences(path) if info.partition(" ")[0] in RUN or (info.startswith(f"{PLAIN} "))]

    prompts = sum(source.count("\n>>> ") + source.startswith(">>> ") for info, source in fences(path) if info == "python")
    with_prompts = sum(">>> " in source for info, source in fences(path) if info == "python")

    assert len(runner.SYBIL.parse(path).regions) >= len(wanted)
    assert len(runner.SYBIL.parse(path).regions) == len(wanted) - with_prompts + prompts


@pytest.mark.parametrize(
    ("block", "complaint"),
    [
        ("```python\nassert not 'this', 'that'\n```\n", "that"),
        ("```python\n>>> 1 + 1\n3\n```\n", "Got"),
        ("```toml\nversion = 2\n```\n", "accepted: 1"),
        ("```toml\n[enterprise]\nnmae = 'X'\n```\n", "did you mean `name`"),
        ("```sh\ncallguard chekc 110\n```\n", "ended with 2"),
        ("```sh\nls\n```\n", "is no callguard command"),
        ("```sh\ncallguard --version\n```\n\n```text\nanother version\n```\n", "and not"),
    ],
    ids=["an assertion", "another output", "a policy", "a part of one", "a slip", "another command", "other lines"],
)
def test_running_a_document_notices(block, complaint, runner, tmp_path, monkeypatch):
    path = tmp_path / "page.md"
    path.write_text(block, "utf-8")
    monkeypatch.chdir(tmp_path)
    examples = list(runner.SYBIL.parse(path).examples())

    assert examples
    with pytest.raises(Exception, match=re.escape(complaint)):  # noqa: PT012 - of whichever example
        for example in examples:
            example.evaluate()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", FENCE.sub("", path.read_text("utf-8")).replace("\n", " "))
    lost = [link for link in links if "://" not in link and not (path.parent / link).exists()]

    assert lost == []


def test_no_document_names_a_place_of_one_machine():
    places = re.compile(r"(?<![\w.])/(?:home|root|tmp|work|Users|mnt)/")
    found = [(path.name, match[0]) for path in DOCUMENTS for match in places.finditer(path.read_text("utf-8"))]

    assert found == []
