"""`callguard lists`, `lists build` and `lists verify`."""

import json
import os
import re
import struct
import subprocess
import sys

import pytest

from callguard import index
from callguard.cli import helps, lists, words
from callguard.phone import NumberPlan
from command_line import EXAMPLE, XINGHE, caller, process, quiet

CHINESE = re.compile(r"[一-鿿]")
FIRST = 8_613_800_130_000


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    quiet(monkeypatch)
    monkeypatch.chdir(tmp_path)
    return caller(capsys)


@pytest.fixture
def dnc(tmp_path):
    (tmp_path / "dnc.txt").write_text("".join(f"138 0013 {i:04}\n" for i in range(50)) + "nobody\n", encoding="utf-8")
    (tmp_path / "good.csv").write_text(f"number,until\n+{FIRST + 9},2026-05-01\n+{FIRST + 99},\n", encoding="utf-8")
    return tmp_path


def test_build_makes_an_index_file_and_says_what_was_not_read(cli, dnc):
    status, out, err = cli("lists", "build", "dnc.txt", "good.csv", "--out", "all.cgx")
    found = index.open("all.cgx")

    assert (status, err) == (1, "")
    assert [(plane.name, plane.numbers, plane.dated) for plane in found.planes] == [("all", 51, 2)]
    assert "1 skipped: line 51" in out
    assert "dnc.txt" in out
    assert "good.csv" not in out
    assert f"all.cgx: 51 numbers, {found.size:,} bytes" in out
    assert cli("lists", "build", "good.csv", "--out", "good.cgx")[0] == 0


def test_a_source_may_be_a_list_of_its_own(cli, dnc):
    status, out, _ = cli("lists", "build", "dnc=dnc.txt", "good.csv", "dnc=good.csv", "--out", "all.cgx", "--json")
    said = json.loads(out)

    assert status == 1
    assert list(said) == ["out", "numbers", "bytes", "bytes_per_number", "data", "made", "planes", "sound"]
    assert (said["out"], said["numbers"], said["sound"]) == ("all.cgx", 51, False)
    assert said["bytes"] == (dnc / "all.cgx").stat().st_size
    assert [(plane["name"], plane["numbers"], plane["rows"], plane["kept"]) for plane in said["planes"]] == [
        ("dnc", 51, 53, 52),
        ("all", 2, 2, 2),
    ]
    assert said["planes"][0]["sources"] == [
        {
            "source": "dnc.txt",
            "rows": 51,
            "kept": 50,
            "skipped": [51],
            "skipped_count": 1,
            "undated": [],
            "undated_count": 0,
        },
        {"source": "good.csv", "rows": 2, "kept": 2, "skipped": [], "skipped_count": 0, "undated": [], "undated_count": 0},
    ]
    (dnc / "a=b.txt").write_text("13800130001\n")
    assert cli("lists", "build", "a=b.txt", "--out", "c.cgx")[0] == 0
    assert index.open("c.cgx").planes[0].name == "c"


def test_numbers_are_read_as_the_options_say_else_the_policy_else_as_in_the_mainland(cli, dnc):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pa.table({"phone": [13_800_138_000, FIRST]}), "ints.parquet")
    (dnc / "us.txt").write_text("202 555 0123\n")

    def numbers(*given):
        cli("lists", "build", *given, "--out", "x.cgx")
        return index.open("x.cgx").numbers

    assert numbers("ints.parquet") == 1
    assert numbers("ints.parquet", "--integers", "national") == 2
    assert numbers("us.txt", "--region", "US") == 1
    assert index.open("x.cgx").trie.mask(12_025_550_123) == 1
    (dnc / "callguard.toml").write_text('version = 1\n[enterprise]\nname = "A"\nintegers = "national"\n')
    assert numbers("ints.parquet") == 2
    assert numbers("ints.parquet", "--integers", "e164") == 2
    (dnc / "us.toml").write_text('version = 1\n[enterprise]\nname = "A"\nregion = "US"\ntimezone = "America/New_York"\n')
    (dnc / "us.csv").write_text("number,until\n202 555 0123,2026-05-01\n")
    assert numbers("us.csv", "--policy", "us.toml") == 1
    assert index.open("x.cgx").dated(12_025_550_123)[0][2] == 1_777_694_400
    assert cli("lists", "build", "us.csv", "--out", "y.cgx", "--region", "US")[0] == 2
    assert cli("lists", "build", "us.csv", "--out", "y.cgx", "--region", "US", "--timezone", "Pacific/Honolulu")[0] == 0


def test_an_index_file_is_replaced_and_nothing_else(cli, dnc):
    assert cli("lists", "build", "good.csv", "--out", "x.cgx")[0] == 0
    assert cli("lists", "build", "dnc.txt", "--out", "x.cgx")[0] == 1
    assert index.open("x.cgx").numbers == 50
    status, _, err = cli("lists", "build", "good.csv", "--out", "dnc.txt")
    assert (status, err) == (2, "error: `dnc.txt` is there already; `--force` overwrites it\n")
    assert cli("lists", "build", "good.csv", "--out", "dnc.txt", "--force")[0] == 0
    assert index.open("dnc.txt").numbers == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["build"], "SOURCE is missing"),
        (["build", "dnc.txt"], "`--out` is missing"),
        (["build", "dnc.txt", "--out", "-"], "accepted: the name of a file"),
        (["build", "dnc.txt", "--out", ""], "accepted: the name of a file"),
        (["build", "dnc.txt", "--out", "."], "is a folder"),
        (["build", "dnc.txt", "--out", "/dev/null"], "is no file"),
        (["build", "dnc.txt", "--out", "nowhere/x.cgx"], "there is no folder `nowhere`"),
        (["build", "dnc.txt", "--out", "dnc.txt"], "never overwritten"),
        (["build", "dnc.txt", "--out", "link.txt", "--force"], "never overwritten"),
        (["build", "gone.txt", "--out", "x.cgx"], "there is no file `gone.txt`"),
        (["build", "a=gone.txt", "--out", "x.cgx"], "there is no file `gone.txt`"),
        (["build", "=dnc.txt", "--out", "x.cgx"], "accepted: a file, or NAME=FILE"),
        (["build", "a=", "--out", "x.cgx"], "accepted: a file, or NAME=FILE"),
        (["build", "", "--out", "x.cgx"], "accepted: a file, or NAME=FILE"),
        (["build", "bad.txt", "--out", "x.cgx"], "unknown encoding"),
        (["build", "bad.parquet", "--out", "x.cgx"], "cannot be read as Arrow or Parquet"),
        (["build", "two.parquet", "--out", "x.cgx"], "no column `number`"),
        (["build", "float.parquet", "--out", "x.cgx"], "accepted: text, integers"),
        (["build", "cut.cgx", "--out", "x.cgx"], "is truncated"),
        (["build", "good.csv", "--out", "x.cgx", "--region", "US"], "by `--timezone`"),
        (["build", "dnc.txt", "--out", "x.cgx", "--region", "Mars"], "accepted: a country"),
        (["build", "dnc.txt", "--out", "x.cgx", "--timezone", "Mars/Base"], "accepted: a time zone"),
        (["build", "dnc.txt", "--out", "x.cgx", "--memory", "2"], "accepted: megabytes, 16 or more"),
        (["build", "dnc.txt", "--out", "x.cgx", "--memory", "much"], "accepted: megabytes, 16 or more"),
        (["build", "dnc.txt", "--out", "x.cgx", "--integers", "x"], "accepted: e164, national"),
        (["build", "dnc.txt", "--out", "x.cgx", "--policy", "gone.toml"], "there is no file `gone.toml`"),
        (["buidl"], "there is no command `lists buidl`; did you mean build?"),
        (["138-0013-8000"], "there is no command `lists "),
        (["verify"], "FILE is missing"),
        (["verify", "gone.cgx"], "there is no file `gone.cgx`"),
        (["verify", "dnc.txt"], "is no index file of callguard"),
        (["verify", "newer.cgx"], "has the format 2; this callguard reads 1"),
    ],
)
def test_what_is_typed_wrongly_is_said_in_a_sentence(cli, dnc, arguments, said):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    (dnc / "bad.txt").write_bytes(b"\xff\xff\n")
    (dnc / "bad.parquet").write_bytes(b"PAR1")
    parquet.write_table(pa.table({"a": ["1"], "b": ["2"]}), "two.parquet")
    parquet.write_table(pa.table({"a": [1.5]}), "float.parquet")
    (dnc / "link.txt").symlink_to("dnc.txt")
    index.build([], dnc / "x.cgx", numbers=NumberPlan("CN"), timezone="")
    data = (dnc / "x.cgx").read_bytes()
    (dnc / "cut.cgx").write_bytes(data[:-5])
    (dnc / "newer.cgx").write_bytes(data[:16] + struct.pack("<I", 2) + data[20:])
    status, out, err = cli("lists", *arguments)

    assert (status, out) == (2, "")
    assert said in err
    assert "138-0013" not in err
    assert (dnc / "x.cgx").read_bytes() == data
    status, _, err = cli("lists", *arguments, "--lang", "zh")
    assert status == 2
    assert CHINESE.search(err)


def test_verify_says_what_a_file_holds_and_whether_it_is_whole(cli, dnc):
    cli("lists", "build", "dnc=dnc.txt", "good.csv", "--out", "x.cgx")
    status, out, err = cli("lists", "verify", "x.cgx")
    assert (status, err) == (0, "")
    assert "every checksum is right" in out
    assert "x.cgx: 51 numbers" in out
    assert re.search(r"^dnc +51 +50 +50 +0$", out, re.MULTILINE)
    said = json.loads(cli("lists", "verify", "x.cgx", "--json")[1])
    assert (said["file"], said["sound"], said["numbers"]) == ("x.cgx", True, 51)
    assert said["bytes_per_number"] == round(said["bytes"] / 51, 3)
    assert [plane["name"] for plane in said["planes"]] == ["dnc", "x"]


@pytest.mark.parametrize(("change", "said"), [(lambda data: data[:-1], "is truncated"), (lambda data: data + b"x", "goes on")])
def test_verify_says_no_to_a_file_that_is_cut(cli, dnc, change, said):
    cli("lists", "build", "good.csv", "--out", "x.cgx")
    (dnc / "x.cgx").write_bytes(change((dnc / "x.cgx").read_bytes()))
    status, out, err = cli("lists", "verify", "x.cgx")

    assert (status, err) == (1, "")
    assert said in out
    assert json.loads(cli("lists", "verify", "x.cgx", "--json")[1])["sound"] is False


def test_verify_says_which_section_is_damaged(cli, dnc):
    cli("lists", "build", "good.csv", "--out", "x.cgx")
    data = bytearray((dnc / "x.cgx").read_bytes())
    data[-1] ^= 1
    (dnc / "x.cgx").write_bytes(data)
    status, out, _ = cli("lists", "verify", "x.cgx")
    assert status == 1
    assert "`x.cgx` is damaged in its section `checks`" in out
    said = json.loads(cli("lists", "verify", "x.cgx", "--json")[1])
    assert (said["sound"], said["numbers"]) == (False, 2)
    assert said["error"] == "`x.cgx` is damaged in its section `checks`"
    assert "已损坏" in cli("lists", "verify", "x.cgx", "--lang", "zh")[1]


def test_options_may_stand_before_the_commands_name(cli, dnc):
    assert json.loads(cli("lists", "--json", "build", "good.csv", "--out", "x.cgx")[1])["sound"]
    assert CHINESE.search(cli("lists", "--lang", "zh", "verify", "x.cgx")[1])
    assert CHINESE.search(cli("--lang", "zh", "lists", "verify", "x.cgx")[1])
    (dnc / "us.toml").write_text('version = 1\n[enterprise]\nname = "A"\nregion = "US"\ntimezone = "America/New_York"\n')
    assert cli("lists", "--policy", "us.toml", "build", "good.csv", "--out", "x.cgx")[0] == 0
    assert index.open("x.cgx").dated(FIRST + 9)[0][2] == 1_777_694_400
    assert cli("lists", "--policy", str(XINGHE / "callguard.toml"))[0] == 1
    assert cli("--policy", str(XINGHE / "callguard.toml"), "lists", "--json")[0] == 1


@pytest.mark.parametrize("name", lists.PARTS)
@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_help_is_in_both_languages(cli, name, lang):
    status, out, _ = cli("--lang", lang, "lists", name, "--help")

    assert status == 0
    assert all(line in out for line in helps.EXAMPLES[f"lists {name}"])
    assert words.Words(lang)("exit-status") in out
    group = cli("--lang", lang, "lists", "--help")[1]
    assert all(part in group for part in lists.PARTS)


def test_every_command_and_option_stands_in_the_reference():
    told = (EXAMPLE.parent.parent / "docs" / "reference" / "cli.md").read_text("utf-8")
    group = lists.command(words.Words("en"))
    for name in lists.PARTS:
        assert f"| `lists {name} " in told
        for param in group.get_command(None, name).params:
            for option in param.opts:
                assert option[:2] != "--" or re.search(rf"`{option}[ `]", told), option


def test_a_policy_may_name_the_file_that_was_built(cli, dnc):
    cli("lists", "build", "good.csv", "--out", "good.cgx")
    (dnc / "callguard.toml").write_text(
        'version = 1\n[enterprise]\nname = "A"\n[[lists]]\nname = "dnc"\npath = "good.cgx"\n', encoding="utf-8"
    )
    status, out, _ = cli("lists", "--json", "--at", "2026-05-03T10:00")
    (said,) = json.loads(out)["lists"]

    assert status == 0
    assert (said["name"], said["rows"], said["held"], said["until"]["latest"]) == ("dnc", 2, 1, "2026-05-02T00:00:00+08:00")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_bar_is_shown_on_a_terminal_and_none_in_a_pipe(dnc):
    import pty

    done = process("lists", "build", str(dnc / "good.csv"), "--out", str(dnc / "x.cgx"))
    assert (done.returncode, done.stderr) == (0, b"")
    (dnc / "many.txt").write_text("".join(f"1380013{i:04}\n" for i in range(10_000)) * 30)
    terminal, inside = pty.openpty()
    command = [sys.executable, "-m", "callguard", "lists", "build", str(dnc / "many.txt"), "--out", str(dnc / "y.cgx")]
    with subprocess.Popen(command, stdout=inside, stderr=inside) as running:
        os.close(inside)
        shown = b""
        while read := _read(terminal):
            shown += read
    assert running.returncode == 0
    assert b"reading" in shown
    assert b"10,000" in shown


def _read(terminal):
    try:
        return os.read(terminal, 4_096)
    except OSError:  # what the end looks like
        return b""
