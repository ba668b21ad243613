"""Runs that break off, at any moment, and go on: the outputs are those of a run that never was."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from callguard import Guard
from callguard.batch import blocks, folders, running, workers
from callguard.batch import journal as journals
from callguard.batch.asking import Asked
from callguard.batch.files import TableError
from callguard.batch.running import Job, part_of, run
from command_line import LINE, POLICY, SHUT, caller, quiet

ROWS = 40_000
SMALL = "import sys; from callguard.batch import blocks, running, journal; running._ROWS = 1_024; running._TEXT_ROWS = 4_096; blocks.SIZE = 50_000; journal._EVERY = 0.0; "
MAIN = "from callguard.__main__ import main; sys.exit(main())"


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    quiet(monkeypatch)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(running, "_ROWS", 1_024)
    monkeypatch.setattr(running, "_TEXT_ROWS", 4_096)
    monkeypatch.setattr(blocks, "SIZE", 50_000)
    monkeypatch.setattr(journals, "_EVERY", 0.0)
    return caller(capsys)


def leads(name, rows=ROWS):
    """Write leads, of which some say nothing, in the form that a name says."""
    phones = [
        ["n/a", "110", f"138{i % 10_000:04d}{i * 7919 % 10_000:04d}", f"+861390000{i % 10_000:04d}"][i % 4] for i in range(rows)
    ]
    if name.endswith(".csv"):
        Path(name).write_text("n,phone\n" + "".join(f"{i},{phone}\n" for i, phone in enumerate(phones)))
    else:
        table = pa.table({"n": range(rows), "phone": phones})
        parquet.write_table(table, name, row_group_size=1_000)


def names():
    return sorted(path.name for path in Path().rglob("*") if path.name.startswith((".", "o")))


def outputs():
    """Return every output with its bytes."""
    return {str(path): path.read_bytes() for path in Path().rglob("o.*") if path.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "out", "more"),
    [
        ("in.csv", "o.csv", ()),
        ("in.csv", "o.csv.gz", ("--split", "--threads", "3")),
        ("in.parquet", "o.parquet", ("--threads", "2")),
        ("in.parquet", "o.csv.zst", ()),
        ("in.parquet", "o.arrow", ("--split",)),
    ],
)
def test_killed_at_any_moment_and_resumed_it_is_the_same(cli, source, out, more):
    leads(source)
    command = ("scrub", source, *LINE, "--at", SHUT, "--out", out, *more)
    assert cli(*command)[0] == 0
    whole = outputs()
    for path in whole:
        Path(path).unlink()
    chance = random.Random(f"{source}{out}")
    began = time.monotonic()
    kills = went_on = 0
    for attempt in range(200):
        process = subprocess.Popen(
            [sys.executable, "-c", SMALL + MAIN, *command, *(("--resume",) if attempt else ())],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        before = journals.folder_for(out)
        went_on += (before / "journal").exists() and (before / "journal").read_bytes().count(b"\n") > 1
        deadline = time.monotonic() + 120
        wanted = chance.randrange(8) if attempt < 6 else 1 << 30
        start = _lines(before)
        while process.poll() is None and time.monotonic() < deadline:  # until as much more is on record as chance says
            if _lines(before) - start >= wanted:
                process.send_signal(signal.SIGKILL)
                kills += 1
                break
            time.sleep(0.001)
        _, err = process.communicate(timeout=120)
        assert process.returncode in {0, -signal.SIGKILL}, err
        if process.returncode == 0:
            break
        assert not outputs().keys() - whole.keys()
        for path, data in outputs().items():  # never half an output
            assert data == whole[path]

    assert outputs() == whole
    assert kills > 1
    assert went_on > 0
    assert not [name for name in names() if name.startswith(".")]
    assert time.monotonic() - began < 600


def _lines(folder):
    try:
        return (folder / "journal").read_bytes().count(b"\n")
    except OSError:
        return 0


class Stop(BaseException):
    """What breaks a run off."""


@pytest.fixture
def asked():
    with Guard.open(POLICY) as guard:
        yield guard


def broken(monkeypatch, guard, job, after):
    """Break a run off behind some segments."""
    added = journals.Work.add
    left = [after]

    def add(self, *arguments):
        if not left[0]:
            raise Stop
        left[0] -= 1
        added(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(journals.Work, "add", add)
        with pytest.raises(Stop):
            run(guard, job)


def job(source="in.csv", out="o.csv", **more):
    asked = Asked("spring-course", "010-8555-0100", more.pop("at", 1795525200.0))
    return Job(source, out, asked, **more)


@pytest.mark.usefixtures("cli")
class TestResuming:
    def test_it_goes_on_for_the_same_instant_and_has_the_same_counts(self, asked, monkeypatch):
        leads("in.csv")
        every = []
        whole = run(asked, job(at=1795525200.0), lambda source: lambda done, rows: every.append(rows))
        bytes_of_whole = Path("o.csv").read_bytes()
        Path("o.csv").unlink()
        broken(monkeypatch, asked, job(at=1795525200.0), 3)
        assert journals.kept_instant(journals.folder_for("o.csv")) == 1795525200.0
        read = []
        found = run(asked, job(at=None, resume=True), lambda source: lambda done, rows: read.append(rows))

        assert Path("o.csv").read_bytes() == bytes_of_whole
        assert read == every[3:]
        assert found.counts == whole.counts
        assert found.extras == whole.extras
        assert names() == ["o.csv"]

    def test_a_line_that_was_broken_off_is_written_again(self, asked, monkeypatch):
        leads("in.csv")
        run(asked, job())
        whole = Path("o.csv").read_bytes()
        Path("o.csv").unlink()
        broken(monkeypatch, asked, job(), 2)
        folder = journals.folder_for("o.csv")
        with (folder / "journal").open("ab") as file, (folder / "0.part").open("ab") as part:
            file.write(b'{"rows": 99')
            part.write(b"half a row")
        run(asked, job(resume=True))

        assert Path("o.csv").read_bytes() == whole

    @pytest.mark.parametrize(
        ("change", "what"),
        [
            ({"at": 1795525201.0}, "at"),
            ({"lang": "zh"}, "language"),
            ({"split": True}, "outputs"),
            ({"source": "other.csv"}, "input"),
        ],
    )
    def test_what_is_not_the_same_is_said(self, asked, monkeypatch, change, what):
        leads("in.csv", 9_000)
        leads("other.csv", 9_000)
        broken(monkeypatch, asked, job(), 1)
        with pytest.raises(TableError) as error:
            run(asked, job(**{"resume": True} | change))

        assert (error.value.key, error.value.facts["what"]) == ("resume-other", what)
        run(asked, job(resume=True))
        assert Path("o.csv").exists()

    def test_an_input_that_changed_is_another(self, asked, monkeypatch):
        leads("in.csv", 9_000)
        broken(monkeypatch, asked, job(), 1)
        with Path("in.csv").open("a") as file:
            file.write("9,110\n")
        with pytest.raises(TableError, match="input"):
            run(asked, job(resume=True))

    def test_broken_off_it_is_gone_on_with_or_begun_anew_by_word_only(self, asked, monkeypatch):
        leads("in.csv", 9_000)
        broken(monkeypatch, asked, job(), 1)
        with pytest.raises(TableError, match="unfinished"):
            run(asked, job())
        assert journals.folder_for("o.csv").exists()
        run(asked, job(force=True))

        assert Path("o.csv").read_text().count("\n") == 9_001
        assert names() == ["o.csv"]

    def test_another_run_that_is_at_it_is_left_alone(self, asked, monkeypatch):
        leads("in.csv", 9_000)
        broken(monkeypatch, asked, job(), 1)
        folder = journals.folder_for("o.csv")
        with (folder / "journal").open("rb") as file:
            journals._lock(file)
            for more in ({"resume": True}, {"force": True}):
                with pytest.raises(TableError, match="running"):
                    run(asked, job(**more))
        run(asked, job(resume=True))

    def test_names_are_taken_where_the_break_came_between_them(self, asked, monkeypatch):
        leads("in.csv", 9_000)
        replaced = Path.replace
        taken = []

        def replace(self, target):
            if taken:
                raise Stop
            taken.append(target)
            return replaced(self, target)

        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", replace)
            with pytest.raises(Stop):
                run(asked, job(split=True))
        assert len(outputs()) == 1
        found = run(asked, job(split=True, resume=True))

        assert found.counts.rows == 9_000
        assert sorted(outputs()) == ["o.allowed.csv", "o.denied.csv", "o.unread.csv"]
        assert names() == sorted(outputs())

    def test_a_full_disk_keeps_what_is_done(self, asked, monkeypatch):
        leads("in.csv")

        def full(_descriptor):
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            with pytest.raises(OSError, match="No space"):
                run(asked, job())
        assert not Path("o.csv").exists()
        run(asked, job(force=True))
        assert Path("o.csv").read_text().count("\n") == ROWS + 1

    def test_what_comes_from_standard_input_is_never_resumed(self, asked):
        with pytest.raises(TableError, match="resume-input"):
            run(asked, job(source="-", resume=True))


def folder_of_leads():
    Path("leads/deep").mkdir(parents=True)
    leads("leads/a.csv", 9_000)
    leads("leads/deep/b.parquet", 9_000)
    Path("leads/c.csv").write_bytes(b"phone\n110\n")
    Path("leads/notes.pdf").write_bytes(b"%PDF")
    Path("leads/.hidden.csv").write_bytes(b"phone\n110\n")


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(Path(folder).rglob("*")) if path.is_file()}


def test_a_folder_becomes_a_folder(cli):
    folder_of_leads()
    status, out, _ = cli("scrub", "leads", *LINE, "--at", SHUT, "--out", "done", "--json")
    told = json.loads(out)

    assert status == 0
    assert sorted(tree("done")) == ["a.csv", "c.csv", "deep/b.parquet"]
    assert [each["file"] for each in told["files"]] == ["a.csv", "c.csv", "deep/b.parquet"]
    assert (told["rows"], told["left_alone"]) == (18_001, ["notes.pdf"])
    assert sum(told["counts"].values()) == 18_001
    assert cli("scrub", "leads", *LINE, "--at", SHUT, "--out", "done")[0] == 2  # they are there
    _, out, err = cli("scrub", "leads", *LINE, "--at", SHUT, "--out", "done", "--force")
    assert "18,001 rows of 3 files screened for spring-course" in out
    assert "1 file is no table, and left alone: notes.pdf" in err


def test_a_file_of_a_folder_that_cannot_be_screened_does_not_stop_the_others(cli):
    folder_of_leads()
    Path("leads/b.csv").write_bytes(b"a,b\nx,y\n")
    status, out, err = cli("scrub", "leads", *LINE, "--at", SHUT, "--out", "done")

    assert status == 1
    assert "no column of `leads/b.csv` reads as phone numbers" in err
    assert sorted(name for name in tree("done") if not name.startswith(".")) == ["a.csv", "c.csv", "deep/b.parquet"]
    Path("leads/b.csv").write_bytes(b"phone\n110\n")
    status, out, _ = cli("scrub", "leads", *LINE, "--out", "done", "--resume", "--json")
    assert status == 0
    assert [each["before"] for each in json.loads(out)["files"]] == [True, False, True, True]
    assert json.loads(out)["at"] == SHUT
    assert ".callguard-scrub" not in {path.name for path in Path("done").iterdir()}


@pytest.mark.parametrize("short", [1 << 23, 50_000, 0])
def test_a_folder_is_screened_side_by_side_as_one_by_one(cli, monkeypatch, short):
    monkeypatch.setattr(folders, "_SHORT", short)
    Path("leads").mkdir()
    for i in range(7):
        leads(f"leads/{i}.{'csv' if i % 2 else 'parquet'}", 200 if i < 4 else 3_000)
    Path("leads/4b.csv").write_bytes(b"a,b\nx,y\n")
    said = []
    for threads in ("1", "2", "4"):
        status, out, _ = cli("scrub", "leads", *LINE, "--at", SHUT, "--out", f"done{threads}", "--threads", threads, "--json")
        assert status == 1
        said.append(json.loads(out)["files"])

    assert [each["file"] for each in said[0]] == [
        "0.parquet",
        "1.csv",
        "2.parquet",
        "3.csv",
        "4.parquet",
        "4b.csv",
        "5.csv",
        "6.parquet",
    ]
    assert [[(each["file"], each.get("rows"), each.get("counts"), each.get("error")) for each in files] for files in said] == [
        [(each["file"], each.get("rows"), each.get("counts"), each.get("error")) for each in said[0]]
    ] * 3
    trees = [{name: data for name, data in tree(f"done{n}").items() if not name.startswith(".")} for n in (1, 2, 4)]
    assert trees[0] == trees[1] == trees[2]
    assert len(trees[0]) == 7


@pytest.mark.skipif(not workers.FORKS, reason="one process does it all here")
def test_what_stops_a_file_of_several_stops_the_run_and_is_said(cli, monkeypatch):
    folder_of_leads()

    def full(guard, job, progress):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), job.out)

    monkeypatch.setattr(folders, "run", full)
    status, _, err = cli("scrub", "leads", *LINE, "--at", SHUT, "--out", "done", "--threads", "2")

    assert status == 2
    assert "No space left on device" in err
    assert "--resume" in err


@pytest.mark.slow
def test_a_folder_killed_and_resumed_is_the_same(cli):
    folder_of_leads()
    command = ("scrub", "leads", *LINE, "--out", "done")
    assert cli(*command, "--at", SHUT)[0] == 0
    whole = tree("done")
    cli(*command, "--at", SHUT, "--force")
    for path in Path("done").rglob("*.*"):
        path.unlink() if path.is_file() else None
    for attempt in range(30):
        process = subprocess.Popen(
            [sys.executable, "-c", SMALL + MAIN, *command, *(("--resume",) if attempt else ("--at", SHUT))], stderr=subprocess.PIPE
        )
        deadline = time.monotonic() + 120
        start = _folder_lines()
        while process.poll() is None and time.monotonic() < deadline:
            if attempt < 5 and _folder_lines() - start >= attempt + 1:
                process.send_signal(signal.SIGKILL)
                break
            time.sleep(0.001)
        _, err = process.communicate(timeout=120)
        assert process.returncode in {0, -signal.SIGKILL}, err
        if process.returncode == 0:
            break

    assert tree("done") == whole


def _folder_lines():
    walked = os.walk("done/.callguard-scrub")  # which minds no folder that goes meanwhile
    return sum(_count(Path(folder) / name) for folder, _, names in walked for name in names if name in {"journal", "done"})


def _count(path):
    try:
        return path.read_bytes().count(b"\n")
    except OSError:
        return 0


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("o.csv", "`leads` is a folder; `--out` is then a folder, too"),
        ("-", "`leads` is a folder"),
        ("leads/x", "stands in the folder that is read"),
        (".", "or holds it"),
        ("none/x", "there is no folder"),
    ],
)
def test_where_a_folder_cannot_be_written_is_said(cli, out, said):
    folder_of_leads()
    status, _, err = cli("scrub", "leads", *LINE, "--out", out)

    assert (status, said in err) == (2, True)


def test_a_folder_without_tables_and_options_that_cannot_be(cli):
    Path("leads").mkdir()
    Path("in.csv").write_text("phone\n110\n")

    assert "there is no table in `leads`" in cli("scrub", "leads", *LINE, "--out", "done")[2]
    assert (
        "`--campaign` and `--campaign-column` are both there"
        in cli("scrub", "in.csv", *LINE, "--campaign-column", "c", "--out", "o.csv")[2]
    )
    assert (
        "`--at` and `--at-column` are both there"
        in cli("scrub", "in.csv", *LINE, "--at", SHUT, "--at-column", "x", "--out", "o.csv")[2]
    )
    for threads in ("0", "x", "-1"):
        assert "a whole number from 1 on" in cli("scrub", "in.csv", *LINE, "--out", "o.csv", "--threads", threads)[2]


def test_parts_are_named_before_the_suffix():
    assert part_of("x/leads.csv.gz", "allowed") == str(Path("x/leads.allowed.csv.gz"))
    assert part_of("leads", "denied") == "leads.denied"
    assert part_of("a.b.parquet", "unread") == "a.b.unread.parquet"
    assert part_of("x.gz", "unread") == "x.unread.gz"


def test_what_was_screened_before_changes_no_byte(cli, asked):
    leads("in.parquet", 9_000)
    leads("in.csv", 9_000)
    outs = []
    for source, out in (
        ("in.parquet", "o.parquet"),
        ("in.csv", "o.csv.parquet"),
        ("in.parquet", "o.parquet"),
        ("in.csv", "o.csv.parquet"),
    ):
        run(asked, job(source, out, force=True))
        outs.append(Path(out).read_bytes())
        asked.line(campaign="spring-course", caller="010-8555-0100").decisions(["+12025550100", "110"], at=1795525200.0)

    assert outs[:2] == outs[2:]
