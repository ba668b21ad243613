"""Text cut into blocks: whatever is in it, and however many processes screen it, the rows are those that it has, in their order."""

import csv
import io
import multiprocessing
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard import Guard
from callguard.batch import blocks, forms, running, workers
from callguard.batch.asking import Asked
from callguard.batch.csv import lines_of, records_of
from callguard.batch.files import TableError
from callguard.batch.running import Job, run
from command_line import EXAMPLE, LINE, OPEN, POLICY, SHUT, caller, process, quiet

AT = 1795525200.0
texts = st.text(st.sampled_from('",a1\r\n é;'), max_size=60)
cells = st.text(st.sampled_from("\",a1\r\n é;'="), max_size=6)
tables = st.lists(st.lists(cells, min_size=1, max_size=4), max_size=12)


def records(text, delimiter=","):
    """Return the records of a text, or why it cannot be read."""
    try:
        return list(records_of(lines_of(io.StringIO(text, newline="")), delimiter))
    except TableError as error:
        return (error.key, error.facts.get("line"))


def pieces(text, size, monkeypatch, delimiter=",", rest=0):
    monkeypatch.setattr(blocks, "SIZE", size)
    return list(blocks.blocks(text[:rest], io.StringIO(text[rest:], newline=""), delimiter))


@given(text=texts, size=st.integers(1, 40), rest=st.integers(0, 60), delimiter=st.sampled_from(",;"))
def test_blocks_hold_every_record_whole(text, size, rest, delimiter):
    with pytest.MonkeyPatch.context() as patch:
        found = pieces(text, size, patch, delimiter, rest)
        again = pieces(text, size, patch, delimiter)

    assert "".join(found) == text
    assert found == again  # where they are cut the characters alone tell, not how they came
    whole = records(text, delimiter)
    if isinstance(whole, list):
        assert [record for block in found for record in records(block, delimiter)] == whole
    else:
        key, line = whole
        before = 0
        for block in found[:-1]:
            before += sum(lines for lines, _ in records(block, delimiter))
        assert records(found[-1], delimiter) == (key, str(int(line) - before))


@given(text=texts, newline=st.sampled_from(["\n", "\r\n"]), delimiter=st.sampled_from(",;"))
def test_the_records_of_a_block_are_those_that_the_long_way_finds(text, newline, delimiter):
    form = forms.Form("text", delimiter=delimiter, newline=newline)
    whole = records(text, delimiter)
    if isinstance(whole, tuple):
        with pytest.raises(TableError) as raised:
            blocks.rows_of(text, form)
        assert whole == (raised.value.key, raised.value.facts.get("line"))
        return
    found = blocks.rows_of(text, form)

    assert list(zip(found.lines or [1] * len(found.cells), found.cells, strict=True)) == whole
    for plain, row in zip(found.plain or [], found.cells, strict=False):
        if plain is not None:
            assert written([row], delimiter) == [plain]


def written(rows, delimiter=","):
    found = []
    for row in rows:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter).writerow(row)
        found.append(text.getvalue()[:-2])
    return found


def test_blocks_are_as_long_as_they_may_be(monkeypatch):
    text = "".join(f"{i},x\n" for i in range(1_000))

    found = pieces(text, 100, monkeypatch)

    assert max(map(len, found)) <= 100
    assert min(map(len, found[:-1])) > 90


def test_a_record_longer_than_a_block_is_one(monkeypatch):
    long = 'c,"' + "d\n" * 200 + '"\n'
    found = pieces("a,b\n" + long + "e,f\n" * 200, 20, monkeypatch)

    assert found[0] == "a,b\n"
    assert found[1].startswith(long)
    assert len(found[1]) <= 20 << 5
    assert max(map(len, found[2:])) <= 20


def test_what_cannot_be_read_is_not_searched_to_its_end(monkeypatch):
    class Endless(io.TextIOBase):
        read_so_far = 0

        def read(self, size):
            self.read_so_far += size
            return "x" * size

    text = Endless()
    monkeypatch.setattr(blocks, "SIZE", 1 << 16)
    found = list(blocks.blocks("", text, ","))

    assert records(found[-1]) == ("record", "1")  # a cell is longer than the csv module reads
    assert text.read_so_far < 1 << 20


# ---- screened


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    quiet(monkeypatch)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(blocks, "SIZE", 5_000)
    return caller(capsys)


@pytest.fixture
def asked():
    with Guard.open(POLICY) as guard:
        yield guard


def leads(rows=6_000):
    phones = ["n/a", "110", "13800130100", "+86 139 0000 0000", "1.38E+10"]
    notes = ["", 'said "no"', "two\nlines", "a\rb", "plain", "a,b"]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["n", "phone", "note"])
    for i in range(rows):
        writer.writerow([i, phones[i % 5], notes[i % 6], *(["more"] if i % 7 == 0 else [])])
    return text.getvalue()


def read(name, **more):
    return list(csv.reader(io.StringIO(Path(name).read_bytes().decode(**more), newline="")))


@pytest.mark.skipif(not workers.FORKS, reason="one process does it all here")
@pytest.mark.parametrize("out", ["o.csv", "o.csv.gz", "o.parquet", "o.arrow", "o.tsv"])
@pytest.mark.parametrize("more", [(), ("--split",)])
def test_several_processes_write_what_one_writes(cli, out, more):
    rows = leads() if out.startswith("o.csv") or out == "o.tsv" else leads().replace(",more", "")
    Path("in.csv").write_text(rows, newline="")
    said, files = [], []
    for threads in ("1", "2", "5"):
        status, output, _ = cli(
            "scrub", "in.csv", *LINE, "--at", SHUT, "--out", out, "--threads", threads, "--force", "--json", *more
        )
        assert status == 0
        said.append(output)
        files.append({path.name: path.read_bytes() for path in Path().glob("o.*")})

    assert files[0] == files[1] == files[2]
    assert said[0] == said[1] == said[2]
    assert '"folded_records": 2000' in said[0]


def test_each_row_is_as_it_was_and_read_back_the_same(cli):
    Path("in.csv").write_text(leads(), newline="")

    assert cli("scrub", "in.csv", *LINE, "--at", SHUT, "--out", "o.csv")[0] == 0

    before, after = read("in.csv"), read("o.csv")
    assert len(before) == len(after)
    assert [row[:3] for row in after] == [row[:3] for row in before]
    assert [row[6:] for row in after] == [row[3:] for row in before]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_encodings_stay_over_blocks(cli, encoding):
    text = "姓名,phone\r\n" + "".join(f"张三{i},13800130100\r\n" for i in range(3_000))
    Path("in.csv").write_bytes(text.encode(encoding))

    assert cli("scrub", "in.csv", *LINE, "--at", SHUT, "--out", "o.csv", "--threads", "2")[0] == 0

    found = Path("o.csv").read_bytes().decode(encoding)
    assert "\ufeff" not in found
    assert [",".join(line.split(",")[:2]) for line in found.split("\r\n")] == text.split("\r\n")


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    ("bad", "line"),
    [('4,"never closed\n', 2_002), ("x" * 200_000 + ",1\n", 2_002), ('4,"' + "y\n" * 100 + "z" * 200_000 + '"\n', 2_002)],
)
def test_what_cannot_be_read_is_told_with_its_line_in_the_file(cli, asked, threads, bad, line):
    Path("in.csv").write_text("n,phone\n" + "1,13800130100\n" * 2_000 + bad + "2,13800130100\n" * 5_000)

    with pytest.raises(TableError) as raised:
        run(asked, Job("in.csv", "o.csv", Asked("spring-course", "010-8555-0100", AT), threads=threads))

    assert raised.value.key in {"record", "unclosed"}
    assert raised.value.facts["line"] == str(line)
    assert [path.name for path in Path().iterdir()] == ["in.csv"]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("out", ["o.parquet", "o.arrow"])
def test_a_row_that_a_form_does_not_hold_is_told_with_its_number_in_the_file(cli, asked, threads, out):
    Path("in.csv").write_text("n,phone\n" + "1,13800130100\n" * 4_000 + "2,13800130100,more\n" + "3,110\n" * 4_000)

    with pytest.raises(TableError) as raised:
        run(asked, Job("in.csv", out, Asked("spring-course", "010-8555-0100", AT), threads=threads))

    assert (raised.value.key, raised.value.facts["row"]) == ("ragged", 4_001)


def test_rows_without_blocks_are_a_header(cli):
    Path("in.csv").write_text("\n\n,\nn,phone\n")

    assert cli("scrub", "in.csv", *LINE, "--column", "phone", "--out", "o.csv", "--threads", "2")[0] == 0

    assert Path("o.csv").read_text() == "n,phone,callguard_reason,callguard_message,callguard_retry_at\n"


@pytest.mark.skipif(not workers.FORKS, reason="one process does it all here")
class TestProcesses:
    def test_a_killed_one_is_said_and_the_run_goes_on_later(self, cli, asked, monkeypatch):
        Path("in.csv").write_text(leads(), newline="")
        job = Job("in.csv", "o.csv", Asked("spring-course", "010-8555-0100", AT), threads=2)
        run(asked, job)
        whole = Path("o.csv").read_bytes()
        Path("o.csv").unlink()
        screen = blocks.BlockScreening.screen
        here, seen = os.getpid(), []

        def killed(self, block):
            seen.append(block)
            if os.getpid() != here and len(seen) == 4:
                os.kill(os.getpid(), signal.SIGKILL)
            return screen(self, block)

        with monkeypatch.context() as patch:
            patch.setattr(blocks.BlockScreening, "screen", killed)
            with pytest.raises(ChildProcessError, match="has ended, or was killed"):
                run(asked, job)

        assert not Path("o.csv").exists()
        run(asked, Job("in.csv", "o.csv", job.asked, threads=3, resume=True))
        assert Path("o.csv").read_bytes() == whole

    def test_what_is_refused_meanwhile_is_known_to_them(self, monkeypatch, tmp_path):
        """They follow the state, as this process does: a long run does not go on with what was known when it began."""
        monkeypatch.setattr(blocks, "SIZE", 5_000)
        policy = shutil.copytree(EXAMPLE, tmp_path / "own", ignore=shutil.ignore_patterns("state")) / "callguard.toml"
        leads = tmp_path / "in.csv"
        leads.write_text("n,phone\n" + "1,13800130100\n" * 20_000)
        added = running.Passing.add
        told = []

        with Guard.open(policy) as guard:

            def add(self, segments, rows, state):
                if not told:
                    told.append(guard.refuse("13800130100", source="a test"))
                    time.sleep(1)
                added(self, segments, rows, state)

            monkeypatch.setattr(running.Passing, "add", add)
            found = run(guard, Job(str(leads), "/dev/null", Asked("spring-course", "010-8555-0100", None), threads=2))

        assert found.counts.reasons["refused"] > 0
        assert len(found.counts.reasons) == 2

    def test_none_is_left_of_a_run_that_was_killed(self, cli):
        Path("in.csv").write_text(leads(200_000), newline="")
        code = "import sys; from callguard.batch import blocks; blocks.SIZE = 5_000; from callguard.__main__ import main; sys.exit(main())"
        command = [sys.executable, "-c", code, "scrub", "in.csv", *LINE, "--at", SHUT, "--out", "o.csv", "--threads", "2"]
        parent = subprocess.Popen(command, start_new_session=True)
        group = os.getpgid(parent.pid)
        until = time.monotonic() + 60
        while len(members(group)) < 3 and time.monotonic() < until:
            time.sleep(0.01)
        assert len(members(group)) == 3
        parent.kill()
        parent.wait()
        while members(group) and time.monotonic() < until:
            time.sleep(0.01)

        assert members(group) == []
        assert cli("scrub", "in.csv", *LINE, "--at", SHUT, "--out", "o.csv", "--resume")[0] == 0
        assert cli("scrub", "in.csv", *LINE, "--at", SHUT, "--out", "whole.csv")[0] == 0
        assert Path("o.csv").read_bytes() == Path("whole.csv").read_bytes()

    def test_blocks_of_another_length_are_another_run(self, cli, asked, monkeypatch):
        Path("in.csv").write_text(leads(), newline="")
        job = Job("in.csv", "o.csv", Asked("spring-course", "010-8555-0100", AT))

        def full(*_):
            raise OSError

        with monkeypatch.context() as patch:
            patch.setattr(running.Lasting, "add", full)
            with pytest.raises(OSError):
                run(asked, job)
        monkeypatch.setattr(blocks, "SIZE", 6_000)
        with pytest.raises(TableError) as raised:
            run(asked, attrs.evolve(job, resume=True))

        assert (raised.value.key, raised.value.facts["what"]) == ("resume-other", "block")

    def test_a_break_by_the_keyboard_ends_all_without_a_word_of_theirs(self, cli):
        Path("in.csv").write_text(leads(200_000), newline="")
        code = "import sys; from callguard.batch import blocks; blocks.SIZE = 200_000; from callguard.__main__ import main; sys.exit(main())"
        command = [sys.executable, "-c", code, "scrub", "in.csv", *LINE, "--at", SHUT, "--out", "o.csv", "--threads", "2"]
        parent = subprocess.Popen(command, start_new_session=True, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        group = os.getpgid(parent.pid)
        until = time.monotonic() + 60
        while not Path(".o.csv.scrub/0.part").exists() and time.monotonic() < until:
            time.sleep(0.01)
        assert len(members(group)) == 3
        os.killpg(group, signal.SIGINT)
        _, err = parent.communicate(timeout=60)

        assert b"Traceback" not in err
        assert members(group) == []
        assert b"--resume" in err

    def test_a_pipe_is_screened_by_several(self, cli):
        text = leads(60_000)
        code = "import sys; from callguard.batch import blocks; blocks.SIZE = 100_000; from callguard.__main__ import main; sys.exit(main())"
        found = [
            process("scrub", "-", *LINE, "--at", OPEN, "--out", "-", "--threads", n, code=code, stdin=text.encode()).stdout
            for n in ("1", "2")
        ]

        assert found[0] == found[1]
        assert found[0].count(b",callguard_reason") == 1


def members(group):
    """Return the processes of a group that are not dead."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] not in "ZX":
            found.append(path.parent.name)
    return found


def test_what_one_process_raises_is_raised_in_another_with_all_there_is_to_say():
    error = pickle.loads(pickle.dumps(TableError("record", line="3", error=csv.Error("too long"))))

    assert (error.key, error.facts["line"], str(error.facts["error"])) == ("record", "3", "too long")


@pytest.mark.skipif(not workers.FORKS, reason="one process does it all here")
@pytest.mark.parametrize("crew", [workers.Processes, workers.Threads])
def test_a_crew_yields_in_order_and_raises_in_place(crew):
    def work(task):
        time.sleep(0.02 if task % 3 == 0 else 0)
        if task == 17:
            raise ZeroDivisionError(task)
        return task * task

    found = []
    with crew(work, 4) as some, pytest.raises(ZeroDivisionError):
        found.extend(some.done(iter(range(40))))

    assert found == [i * i for i in range(17)]
    with crew(work, 4) as some:
        assert list(some.done(iter(range(17)))) == [i * i for i in range(17)]
        assert list(some.done(iter(()))) == []


@pytest.mark.skipif(not workers.FORKS, reason="one process does it all here")
def test_what_works_ahead_ends_with_whoever_asks_and_raises_what_it_meets():
    def items():
        yield from range(1_500)
        raise TableError("damaged", kind="Excel", row=1_501)

    assert list(workers.apart(iter(range(2_000)), 2)) == list(range(2_000))
    with pytest.raises(TableError) as raised:
        list(workers.apart(items(), 2))
    assert raised.value.facts == {"kind": "Excel", "row": 1_501}
    endless = workers.apart(iter(int, 1), 2)
    assert next(endless) == 0
    endless.close()
    assert not [child for child in multiprocessing.active_children() if child.is_alive()]
