"""The index of a policy's lists: one file in the state's folder, mapped where it stands, built where it does not."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from callguard import Policy, PolicyError, StateError, clock, index
from callguard.index import standing
from callguard.phone import NumberPlan
from callguard.rules.rule import Listing
from index_format import sections_of

CHINA = NumberPlan("CN")
FIRST = 8_613_800_130_000
HEAD = 'version = 1\n[enterprise]\nname = "Xinghe"\n'


@pytest.fixture
def policy(tmp_path):
    """Return what writes a policy with lists, each (name, content) or (name, path), and reads it."""

    def write(*lists, state=True, strict=False, head=HEAD):
        text = head + ('[state]\npath = "state"\n' if state else "")
        for i, (name, content) in enumerate(lists):
            path = content if isinstance(content, Path) else tmp_path / f"list-{i}.csv"
            if not isinstance(content, Path):
                path.write_text(content, encoding="utf-8")
            text += f'[[lists]]\nname = "{name}"\npath = "{path}"\nstrict = {str(strict).lower()}\n'
        (tmp_path / "callguard.toml").write_text(text, encoding="utf-8")
        return Policy.load(tmp_path / "callguard.toml")

    return write


def files(folder):
    return sorted((folder / "state" / "index").glob("*"))


def opened(found, **more):
    """The index, and whether anything was read for it."""
    told = []
    folder = None if found.state is None else found.state.path / "index"
    more = {"folder": folder, **more}
    return index.for_policy(found, more.pop("numbers", CHINA), lambda *what: told.append(what), **more), bool(told)


DATED = f"number,until\n+{FIRST},2026-05-01\nnobody,\n+{FIRST + 1},soon\n"


def test_it_is_built_once_and_mapped_then(policy, tmp_path):
    found = policy(("a", DATED), ("b", f"+{FIRST}\n+{FIRST + 2}\n"))
    first, read = opened(found)
    again, read_again = opened(found)

    assert (read, read_again) == (True, False)
    (file,) = files(tmp_path)
    assert file == first.path == again.path
    assert file.name == f"{first.key[:40]}.cgx"
    for each in (first, again):
        assert [(plane.name, plane.path.name, plane.rows, plane.kept) for plane in each.planes] == [
            ("a", "list-0.csv", 3, 2),
            ("b", "list-1.csv", 2, 2),
        ]
        assert each.listings(FIRST) == (
            Listing("a", None, clock.edge("2026-05-01", "Asia/Shanghai", ends=True)),
            Listing("b"),
        )
        assert [str(notice) for plane in each.planes for notice in plane.warnings] == [
            "list `a`: rows that are no numbers: 1 (line 3)",
            "list `a`: rows whose dates cannot be read, and that hold without them: 1 (line 4)",
        ]


def test_a_new_file_is_made_for_whatever_decides_what_it_holds(policy, tmp_path, monkeypatch):
    content = f"number,since\n+{FIRST},2026-01-01\n"
    keys = set()

    def key(found, numbers=CHINA):
        return opened(found, numbers=numbers)[0].key

    keys.add(key(policy(("a", content))))
    assert key(policy(("a", content))) in keys
    keys.add(key(policy(("b", content))))
    keys.add(key(policy(("a", content + "\n"))))
    keys.add(key(policy(("a", content), strict=True)))
    keys.add(key(policy(("a", content), ("b", content))))
    keys.add(key(policy(("b", content), ("a", content))))
    keys.add(key(policy(("a", content), head=HEAD + 'timezone = "Asia/Tokyo"\n')))
    keys.add(key(policy(("a", content)), NumberPlan("US")))
    keys.add(key(policy(("a", content)), NumberPlan("CN", "national")))
    for module, name in ((standing.phone, "data_version"), (standing.clock, "tz_version")):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, lambda: "9.9")
            keys.add(key(policy(("a", content))))
    for name, number in (("FORMAT", 1_000), ("_READING", 1_000)):
        with monkeypatch.context() as patch:
            patch.setattr(standing, name, number)
            keys.add(key(policy(("a", content))))

    assert len(keys) == 13
    assert len(files(tmp_path)) == 13


def test_without_a_state_or_in_memory_no_file_is_written(policy, tmp_path, monkeypatch):
    for found in (opened(policy(("a", DATED), state=False))[0], opened(policy(("a", DATED)), folder=None)[0]):
        assert found.path is None
        assert found.planes[0].path == tmp_path / "list-0.csv"
        assert len(found.listings(FIRST)) == 1
        found.verify()
    with monkeypatch.context() as patch:
        patch.setattr(standing.sys, "byteorder", "big")
        assert opened(policy(("a", DATED)))[0].path is None
    none, _ = opened(policy())
    assert (none.path, none.planes, none.numbers) == (None, (), 0)
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("damage", ["cut", "header", "other", "empty"])
def test_a_standing_file_that_cannot_be_used_is_made_again(policy, tmp_path, damage):
    found = policy(("a", DATED))
    first, _ = opened(found)
    data = first.path.read_bytes()
    other, _ = opened(policy(("a", DATED), ("b", DATED)))
    wrong = {"cut": data[:-9], "header": data[:50] + b"\0" + data[51:], "other": other.path.read_bytes(), "empty": b""}
    first.path.unlink()  # so that the map of the test itself is left alone
    first.path.write_bytes(wrong[damage])
    again, read = opened(found)

    assert read
    assert again.path == first.path
    assert again.key == first.key
    again.verify()


def test_a_damaged_section_takes_the_file_away_so_that_it_is_made_again(policy, tmp_path):
    found = policy(("a", "".join(f"+{FIRST + i}\n" for i in range(900))))
    first, _ = opened(found)
    data = bytearray(first.path.read_bytes())
    data[sections_of(bytes(data))[0]["sections"]["lines"][0]] ^= 1
    first.path.unlink()
    first.path.write_bytes(data)
    damaged, read = opened(found)
    said = []
    damaged.verify_in_background(said.append).join(30)

    assert not read
    assert len(said) == 1
    assert str(first.path) in said[0]
    assert files(tmp_path) == []
    again, read = opened(found)
    assert read
    again.verify()


def test_one_index_file_is_mapped_as_it_is(policy, tmp_path):
    source = tmp_path / "source.txt"
    source.write_text(f"+{FIRST}\nnobody\n")
    index.build([index.Source("other", source)], tmp_path / "dnc.cgx", numbers=CHINA, timezone="Asia/Shanghai")
    found, read = opened(policy(("dnc", tmp_path / "dnc.cgx")))

    assert not read
    assert found.path == tmp_path / "dnc.cgx"
    assert not (tmp_path / "state").exists()
    assert found.listings(FIRST) == (Listing("dnc"),)
    assert found.planes[0].listings(FIRST) == (Listing("dnc"),)
    assert [str(notice) for notice in found.planes[0].warnings] == ["list `dnc`: rows that are no numbers: 1 (line 2)"]
    with pytest.raises(PolicyError, match="no number") as error:
        opened(policy(("dnc", tmp_path / "dnc.cgx"), strict=True))
    assert (error.value.problems[0].key, error.value.problems[0].line) == ("lists[0]", 2)
    data = bytearray((tmp_path / "dnc.cgx").read_bytes())
    data[data.index(b'"made"')] ^= 1
    (tmp_path / "bad.cgx").write_bytes(data)
    with pytest.raises(PolicyError, match="damaged header") as error:
        opened(policy(("dnc", tmp_path / "bad.cgx")))
    assert error.value.problems[0].key == "lists[0].path"


def test_an_index_file_of_several_lists_or_with_dates_is_read(policy, tmp_path):
    (tmp_path / "a.csv").write_text(DATED)
    (tmp_path / "b.txt").write_text(f"+{FIRST + 5}\n")
    sources = [index.Source("a", tmp_path / "a.csv"), index.Source("b", tmp_path / "b.txt")]
    index.build(sources, tmp_path / "both.cgx", numbers=CHINA, timezone="Asia/Shanghai")
    found, _ = opened(policy(("b", tmp_path / "both.cgx"), ("all", tmp_path / "both.cgx"), ("c", f"+{FIRST + 7}\n")))

    assert [plane.numbers for plane in found.planes] == [1, 3, 1]
    assert [entry.list for entry in found.listings(FIRST + 5)] == ["b", "all"]
    assert [plane.skipped for plane in found.planes] == [(), (3,), ()]
    alone, _ = opened(policy(("a", tmp_path / "both.cgx")))
    assert alone.path.parent == tmp_path / "state" / "index"
    assert (alone.planes[0].numbers, alone.planes[0].dated) == (2, 1)
    data = bytearray((tmp_path / "both.cgx").read_bytes())
    data[-1] ^= 1
    (tmp_path / "both.cgx").write_bytes(data)
    opened(policy(("a", tmp_path / "both.cgx")))  # its header is the same, and what was made of it stands
    with pytest.raises(PolicyError, match="damaged in its section"):
        opened(policy(("z", tmp_path / "both.cgx")))


def test_what_cannot_be_read_is_the_policys_mistake(policy, tmp_path):
    good = f"+{FIRST}\n"
    for strict, content, found in (
        (False, tmp_path / "gone.csv", "No such file or directory"),
        (False, tmp_path, "Is a directory"),
        (True, f"+{FIRST}\nnobody\n", "a row that is no number"),
        (True, f"number,since\n+{FIRST},soon\n", "a `since` or `until` that cannot be read"),
    ):
        for state in (True, False):
            with pytest.raises(PolicyError) as error:
                opened(policy(("a", good), ("b", content), strict=strict, state=state))
            (problem,) = error.value.problems
            assert problem.key == ("lists[1]" if strict else "lists[1].path")
            assert found in problem.found
            assert (problem.line, problem.file) == ((2, str(tmp_path / "list-1.csv")) if strict else (None, None))
    assert [path for path in files(tmp_path) if path.suffix != ".cgx"] == []
    (tmp_path / "bad.txt").write_bytes(b"\xff\xff\n")
    with pytest.raises(PolicyError, match="in an unknown encoding; accepted: text in UTF-8 or GB 18030"):
        opened(policy(("a", tmp_path / "bad.txt")))
    many = "number\n" + "nobody\n" * 2_000
    with pytest.raises(PolicyError) as error:
        opened(policy(("a", many), strict=True))
    assert [problem.line for problem in error.value.problems] == list(range(2, 102))


def test_a_state_that_cannot_be_written_is_said(policy, tmp_path):
    (tmp_path / "state").write_text("a file, and no folder")
    with pytest.raises(StateError, match="cannot be written"):
        opened(policy(("a", DATED)))


def test_a_list_that_is_written_to_meanwhile_is_read_again(policy, tmp_path, monkeypatch):
    found = policy(("a", f"+{FIRST}\n"))
    path = tmp_path / "list-0.csv"
    rest = [f"+{FIRST}\n+{FIRST + 1}\n"]
    build = standing.build

    def slow(*given, **more):
        if rest:
            path.write_text(rest.pop())  # behind the digest, before it is read
        return build(*given, **more)

    monkeypatch.setattr(standing, "build", slow)
    made, _ = opened(found)
    assert made.numbers == 2
    monkeypatch.undo()
    assert opened(found)[0].key == made.key

    def restless(*given, **more):
        path.write_text(path.read_text() + "\n")
        return build(*given, **more)

    monkeypatch.setattr(standing, "build", restless)
    path.write_text(f"+{FIRST + 3}\n")
    with pytest.raises(StateError, match="again and again"):
        opened(found)


def test_what_ended_long_ago_is_swept_away_and_the_rest_left(policy, tmp_path):
    opened(policy(("a", f"+{FIRST}\n")))
    folder = tmp_path / "state" / "index"
    for name, days in ((".x.cgx.1-ab.part", 2), (".y.cgx.2-cd.part", 0.5), ("other.cgx", 50), ("note.part", 50)):
        (folder / name).write_text("")
        then = (folder / name).stat().st_mtime - days * clock.DAY
        os.utime(folder / name, (then, then))
    opened(policy(("a", f"+{FIRST + 1}\n")))
    left = {path.name for path in folder.iterdir()}

    assert {".y.cgx.2-cd.part", "other.cgx", "note.part"} < left
    assert ".x.cgx.1-ab.part" not in left
    assert len(left) == 5


RACER = """
import sys
from callguard import Policy, index
from callguard.phone import NumberPlan
policy = Policy.load(sys.argv[1])
found = index.for_policy(policy, NumberPlan("CN"), folder=policy.state_folder / "index")
found.verify()
print(found.numbers, found.path)
"""


@pytest.mark.slow
def test_processes_that_race_all_get_it(policy, tmp_path):
    policy(("a", "".join(f"+{FIRST + 7 * i}\n" for i in range(20_000))))
    racers = [
        subprocess.Popen([sys.executable, "-c", RACER, str(tmp_path / "callguard.toml")], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    said = {racer.communicate(timeout=60)[0] for racer in racers}

    assert [racer.returncode for racer in racers] == [0, 0, 0, 0]
    assert len(said) == 1
    assert len(files(tmp_path)) == 1


def test_threads_that_race_all_get_it(policy, tmp_path):
    found = policy(("a", "".join(f"+{FIRST + 7 * i}\n" for i in range(2_000))))
    counts = []
    threads = [threading.Thread(target=lambda: counts.append(opened(found)[0].numbers)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert counts == [2_000] * 6
    assert len(files(tmp_path)) == 1


def test_a_file_in_use_that_cannot_be_replaced_is_used_where_it_is_the_same(policy, tmp_path, monkeypatch):
    """As where a mapped file cannot be renamed over."""
    found = policy(("a", DATED))
    first, _ = opened(found)
    data = first.path.read_bytes()
    first.path.unlink()

    def replace(self, target):
        Path(target).write_bytes(data)
        self.unlink()
        raise PermissionError(13, "Access is denied", str(target))

    monkeypatch.setattr(Path, "replace", replace)
    again, read = opened(found)
    assert read
    assert again.key == first.key
