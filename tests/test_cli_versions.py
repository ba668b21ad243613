"""`callguard lists merge` and `lists diff`, and the folders and threads of `lists build`."""

import json
import re

import pytest

from callguard import index
from callguard.phone import NumberPlan
from command_line import caller, quiet

CHINESE = re.compile(r"[一-鿿]")
FIRST = 8_613_800_130_000
POLICY = """version = 1
[enterprise]
name = "A"
[[lists]]
name = "complaints"
path = "complaints.txt"
[[lists]]
name = "registry"
path = "registry.cgx"
"""


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    quiet(monkeypatch)
    monkeypatch.chdir(tmp_path)
    return caller(capsys)


def rows(numbers):
    return "".join(f"138 0013 {i:04}\n" for i in numbers)


@pytest.fixture
def versions(cli, tmp_path):
    """Two versions of a list: 100 numbers, of which 5 go and to which 10 come."""
    (tmp_path / "old.txt").write_text(rows(range(100)))
    (tmp_path / "new.txt").write_text(rows(range(5, 110)))
    for name in ("old", "new"):
        assert cli("lists", "build", f"{name}.txt", "--out", f"{name}.cgx")[0] == 0
    return tmp_path


def test_diff_counts_and_says_by_its_status_whether_anything_differs(cli, versions):
    status, out, err = cli("lists", "diff", "old.cgx", "new.cgx")
    assert (status, err) == (1, "")
    assert re.search(r"^new +100 +95 +10 +5 +0 +105$", out, re.MULTILINE)
    assert "old.cgx and new.cgx differ" in out
    assert "13800" not in out
    status, out, _ = cli("lists", "diff", "old.cgx", "new.cgx", "--json", "--by-place")
    said = json.loads(out)
    assert status == 1
    assert list(said) == ["old", "new", "lists", "same"]
    assert said["lists"] == [
        {
            "name": "new",
            "old": 100,
            "new": 105,
            "same": 95,
            "added": 10,
            "removed": 5,
            "redated": 0,
            "places": {"CN-BJ": {"added": 10, "removed": 5}},
        }
    ]
    status, out, _ = cli("lists", "diff", "old.cgx", "old.cgx")
    assert (status, "nothing differs" in out) == (0, True)
    status, out, _ = cli("lists", "diff", "old.cgx", "new.cgx", "--by-place", "--lang", "zh")
    assert status == 1
    assert "old.cgx 与 new.cgx 不同" in out


@pytest.mark.parametrize(
    ("most", "status"), [("1%", 3), ("4.99%", 3), ("5%", 1), ("100%", 1), ("4", 3), ("5", 1), ("0", 3), ("0%", 3)]
)
def test_a_delivery_that_shrank_is_refused(cli, versions, most, status):
    found, out, err = cli("lists", "diff", "old.cgx", "new.cgx", "--max-removed", most, "--added", "added.csv")
    assert found == status
    assert ("new: 5 of 100 numbers are gone (5.00%), more than `--max-removed" in err) == (status == 3)
    assert (versions / "added.csv").exists() == (status == 1)
    found, out, err = cli("lists", "diff", "old.cgx", "new.cgx", "--max-removed", most, "--json", "--lang", "zh")
    assert (found, err) == (status, "")
    assert (CHINESE.search(json.loads(out).get("error", "")) is not None) == (status == 3)
    (versions / "gone.txt").write_text(rows(range(5)))
    arguments = ("lists", "merge", "old.cgx", "--remove", "gone.txt", "--out", "merged.cgx", "--max-removed", most)
    found, out, err = cli(*arguments)
    assert found == (0 if status == 1 else 3)
    assert ("nothing was written" in err) == (status == 3)
    assert (versions / "merged.cgx").exists() == (status == 1)
    if status == 3:
        found, out, err = cli(*arguments, "--json")
        assert (found, list(json.loads(out)), err) == (3, ["out", "base", "error"], "")


def test_a_list_that_is_gone_as_a_whole_is_told(cli, versions):
    assert cli("lists", "build", "a=old.txt", "b=new.txt", "--out", "both.cgx")[0] == 0
    assert cli("lists", "build", "a=old.txt", "c=new.txt", "--out", "other.cgx")[0] == 0
    status, out, _ = cli("lists", "diff", "both.cgx", "other.cgx", "--json")
    assert status == 1
    assert [(each["name"], each["old"], each["new"], each["removed"]) for each in json.loads(out)["lists"]] == [
        ("a", 100, 100, 0),
        ("c", None, 105, 0),
        ("b", 105, None, 105),
    ]
    status, out, _ = cli("lists", "diff", "both.cgx", "other.cgx")
    assert "no such list" in out
    assert cli("lists", "diff", "both.cgx", "other.cgx", "--list", "a")[0] == 0
    assert cli("lists", "diff", "both.cgx", "other.cgx", "--max-removed", "50%")[0] == 3
    assert cli("lists", "diff", "both.cgx", "other.cgx", "--added", "a.cgx", "--removed", "r.cgx")[0] == 1
    assert [(plane.name, plane.numbers) for plane in index.open("r.cgx").planes] == [("a", 0), ("c", 0), ("b", 105)]


@pytest.mark.parametrize("form", ["csv", "txt", "parquet", "cgx"])
def test_merging_what_differs_makes_the_new_version(cli, versions, form):
    if form == "parquet":
        pytest.importorskip("pyarrow")
    status, out, _ = cli("lists", "diff", "old.cgx", "new.cgx", "--added", f"a.{form}", "--removed", f"r.{form}")
    assert status == 1
    assert f"a.{form}: 10 numbers" in out
    status, out, err = cli("lists", "merge", "old.cgx", "--add", f"a.{form}", "--remove", f"r.{form}", "--out", "again.cgx")
    assert (status, err) == (0, "")
    assert re.search(r"^old +100 +10 +5 +0 +105$", out, re.MULTILINE)
    assert "again.cgx: 105 numbers" in out
    assert cli("lists", "diff", "new.cgx", "again.cgx")[0] == 0


def test_merge_says_what_changed_nothing_and_what_could_not_be_read(cli, versions):
    (versions / "add.csv").write_text(f"number,until\n+{FIRST},2027-01-01\n+{FIRST + 50},\nnobody,\n+{FIRST + 300},\n")
    (versions / "gone.txt").write_text(rows([50, 60, 999]) + "x\n")
    arguments = ("lists", "merge", "old.cgx", "--add", "old=add.csv", "--remove", "gone.txt", "--out", "n.cgx", "--threads", "2")
    status, out, err = cli(*arguments)
    assert (status, err) == (1, "")
    assert "old: 1 to be added was on it already" in out
    assert "old: 1 to be removed was not on it" in out
    assert "old: 1 was to be removed and added, and is on it as added" in out
    assert "1 skipped: line 4" in out
    status, out, _ = cli(*arguments, "--json")
    said = json.loads(out)
    (found,) = said["lists"]
    assert status == 1
    assert (said["out"], said["base"], said["sound"], said["numbers"]) == ("n.cgx", "old.cgx", False, 100)
    assert {key: found[key] for key in ("before", "numbers", "added", "removed", "redated", "there", "absent", "both")} == {
        "before": 100,
        "numbers": 100,
        "added": 1,
        "removed": 1,
        "redated": 1,
        "there": 1,
        "absent": 1,
        "both": 1,
    }
    assert found["adds"][0]["skipped"] == [4]
    assert found["removes"][0]["skipped"] == [4]
    status, out, _ = cli(*arguments, "--lang", "zh")
    assert status == 1
    assert "既要移除又要新增" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["merge"], "BASE is missing"),
        (["merge", "gone.cgx"], "there is no file `gone.cgx`"),
        (["merge", "old.cgx", "--out", "x.cgx"], "nothing to add and nothing to remove"),
        (["merge", "old.cgx", "--add", "new.txt"], "`--out` is missing"),
        (["merge", "old.txt", "--add", "new.txt", "--out", "x.cgx"], "is no index file"),
        (["merge", "cut.cgx", "--add", "new.txt", "--out", "x.cgx"], "is truncated"),
        (["merge", "bad.cgx", "--add", "new.txt", "--out", "x.cgx"], "is damaged"),
        (["merge", "old.cgx", "--add", "new.txt", "--out", "old.cgx"], "never overwritten"),
        (["merge", "old.cgx", "--add", "new.cgx", "--out", "new.cgx"], "never overwritten"),
        (["merge", "old.cgx", "--add", "new.txt", "--out", "old.txt"], "is there already"),
        (["merge", "old.cgx", "--add", "b=new.txt", "--out", "x.cgx"], "for the list `b`, which the base has not; it has: `old`"),
        (["merge", "two.cgx", "--add", "new.txt", "--out", "x.cgx"], "is for which list?"),
        (["merge", "old.cgx", "--remove", "dated.csv", "--out", "x.cgx"], "accepted: numbers without dates"),
        (["merge", "old.cgx", "--remove", "new.txt", "--out", "x.cgx", "--max-removed", "much"], "accepted: a share as 1%"),
        (["merge", "old.cgx", "--remove", "new.txt", "--out", "x.cgx", "--max-removed", "101%"], "accepted: a share as 1%"),
        (["merge", "old.cgx", "--remove", "new.txt", "--out", "x.cgx", "--threads", "0"], "accepted: a number, 1 or more"),
        (["build", "empty", "--out", "x.cgx"], "the folder `empty` has no file in it"),
        (["build", "old.txt", "--out", "x.cgx", "--threads", "٣"], "accepted: a number, 1 or more"),
        (["build", "parts", "--out", "parts/a.txt"], "never overwritten"),
        (["diff", "old.cgx", "gone.cgx"], "there is no file `gone.cgx`"),
        (["diff", "old.cgx", "old.txt"], "is no index file"),
        (["diff", "old.cgx", "bad.cgx"], "is damaged"),
        (["diff", "old.cgx", "new.cgx", "--list", "x"], "there is no list `x`; there are: `new`"),
        (["diff", "old.cgx", "new.cgx", "--added", "x.doc"], "accepted: .txt, .csv, .parquet, .cgx"),
        (["diff", "old.cgx", "two.cgx", "--added", "x.csv"], "takes one list"),
        (["diff", "old.cgx", "new.cgx", "--added", "new.cgx"], "never overwritten"),
        (["diff", "old.cgx", "new.cgx", "--added", "x.csv", "--removed", "x.csv"], "never overwritten"),
        (["diff", "old.cgx", "new.cgx", "--added", "old.txt"], "is there already"),
        (["diff", "old.cgx", "new.cgx", "--added", "nowhere/x.csv"], "there is no folder `nowhere`"),
        (["diff", "old.cgx"], "no policy here"),
        (["diff", "old.cgx", "--policy", "none.toml"], "the policy has no list"),
    ],
)
def test_what_is_typed_wrongly_is_said_in_a_sentence(cli, versions, arguments, said):
    data = bytearray((versions / "old.cgx").read_bytes())
    (versions / "cut.cgx").write_bytes(data[:-1])
    data[-1] ^= 1
    (versions / "bad.cgx").write_bytes(data)
    (versions / "dated.csv").write_text(f"number,until\n+{FIRST},2026-01-01\n")
    (versions / "none.toml").write_text('version = 1\n[enterprise]\nname = "A"\n')
    (versions / "empty").mkdir()
    (versions / "parts").mkdir()
    (versions / "parts" / "a.txt").write_text(rows(range(3)))
    assert cli("lists", "build", "a=old.txt", "b=new.txt", "--out", "two.cgx")[0] == 0
    before = {path: path.read_bytes() for path in versions.rglob("*") if path.is_file()}
    status, out, err = cli("lists", *arguments)

    assert (status, out) == (2, "")
    assert said in err
    assert "13800" not in err
    status, _, err = cli("lists", *arguments, "--lang", "zh")
    assert status == 2
    assert CHINESE.search(err)
    assert {path: path.read_bytes() for path in versions.rglob("*") if path.is_file()} == before


def test_a_folder_of_parts_is_a_source(cli, versions):
    (versions / "parts").mkdir()
    for i in range(3):
        (versions / "parts" / f"part-{i}.txt").write_text(rows(range(i * 40, i * 40 + 50)) + ("x\n" if i == 1 else ""))
    (versions / "parts" / "_SUCCESS").touch()
    status, out, _ = cli("lists", "build", "parts", "all=parts", "--out", "all.cgx", "--threads", "3", "--json")
    (plane,) = json.loads(out)["planes"]

    assert status == 1
    assert (plane["name"], plane["numbers"], plane["rows"]) == ("all", 130, 302)
    assert [(source["source"], source["skipped"]) for source in plane["sources"]][:3] == [
        ("part-0.txt", []),
        ("part-1.txt", [51]),
        ("part-2.txt", []),
    ]


@pytest.mark.parametrize("sealed", [False, True])
def test_diff_says_what_changed_since_the_lists_that_were_in_force(cli, versions, sealed):
    if sealed:
        assert cli("log", "keygen", "--out", "callguard.key")[0] == 0
    (versions / "callguard.toml").write_text(POLICY + '[call_log]\nkey_file = "callguard.key"\n' * sealed)
    (versions / "complaints.txt").write_text(rows(range(20)))
    (versions / "registry.cgx").write_bytes((versions / "old.cgx").read_bytes())
    assert cli("lists")[0] == 0
    status, _, err = cli("lists", "diff")
    assert status == 2
    assert "no earlier index of these lists is kept" in err
    (versions / "registry.cgx").write_bytes((versions / "new.cgx").read_bytes())
    for _ in range(2):  # asking changes nothing
        status, out, err = cli("lists", "diff", "--json")
        assert (status, err) == (1, "")
        assert [(each["name"], each["added"], each["removed"]) for each in json.loads(out)["lists"]] == [
            ("complaints", 0, 0),
            ("registry", 10, 5),
        ]
    assert {path.suffix for path in (versions / "state" / "index").iterdir()} == {".sealed" if sealed else ".cgx"}
    assert cli("lists", "diff", "--list", "registry", "--max-removed", "1%")[0] == 3
    assert "the lists before and the lists in force differ" in cli("lists", "diff")[1]
    index.build(
        [index.Source("registry", versions / "new.txt"), index.Source("complaints", versions / "complaints.txt")],
        versions / "now.cgx",
        numbers=NumberPlan("CN"),
        timezone="",
    )
    status, out, _ = cli("lists", "diff", "now.cgx")
    assert status == 0
    for name in ("complaints.txt", "registry.cgx"):
        status, _, err = cli("lists", "diff", "now.cgx", "--list", "complaints", "--added", name, "--force")
        assert (status, "never overwritten" in err) == (2, True)
