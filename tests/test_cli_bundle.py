"""`callguard bundle`: what an inspector asks for, in one archive; and what became of one is found."""

import csv
import io
import json
import stat
import zipfile

import pytest

from callguard import Guard
from callguard.sealing import Keyring, new_key
from command_line import caller, quiet
from inspections import BEIJING, CALLER, changed
from worlds import render

KEY = "00" * 32
CALLEE = "+8613800130100"
FILES = [
    "README.txt", "consents.csv", "inspection.html", "inspection.json", "licences.csv", "log.csv", "log.csv.manifest.json",
    "manifest.json", "numbers.csv", "policy.toml",
]  # fmt: skip
URL = "https://user:hunter2@filing.invalid/x"


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    quiet(monkeypatch)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CALLGUARD_LOG_KEY", KEY)
    return caller(capsys)


@pytest.fixture
def policy(tmp_path):
    """Write a policy that has a state with calls and a consent."""
    file = tmp_path / "callguard.toml"
    file.write_text(render(changed()), "utf-8")
    with Guard.open(file) as guard:
        guard.consent(CALLEE, proof="合同 12", scope="notice")
        guard.consent("+8613800130101", proof="=cmd()", scope="notice")
        guard.consent("+8613800130102", proof="withdrawn", scope="notice")
        guard.withdraw_consent("+8613800130102", scope="notice")
        for callee in (CALLEE, BEIJING):
            guard.attempt(callee, caller=CALLER, campaign="notice").__enter__().__exit__(None, None, None)
    return file


def content(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def rows(written):
    return list(csv.DictReader(io.StringIO(written.decode("utf-8-sig"))))


def test_everything_that_an_inspector_asks_for_is_in_it(cli, policy, tmp_path):
    status, out, err = cli("bundle", "--out", "b.zip")
    found = content(tmp_path / "b.zip")

    assert (status, err) == (0, "")
    assert sorted(found) == FILES
    assert out.splitlines()[0] == "✓ 9 files in b.zip"
    assert found["policy.toml"] == policy.read_bytes()
    (number,) = rows(found["numbers.csv"])
    assert (number["number"], number["kind"], number["obtained"], number["filed"]) == (CALLER, "fixed", "2024-01-05", "2024-01-20")
    assert (number["file_by"], number["campaigns"], number["status"]) == ("", "notice", "active")
    assert [(row["what"], row["from"], row["last_day"], row["renewal_from"]) for row in rows(found["licences.csv"])] == [
        ("licence", "2023-05-01", "2028-04-30", "2028-01-31")
    ]
    assert rows(found["consents.csv"]) == [
        {"callee": "+86138******00", "scope": "notice", "until": "", "proof": "合同 12"},
        {"callee": "+86138******01", "scope": "notice", "until": "", "proof": "'=cmd()"},
    ]
    assert {row["callee"] for row in rows(found["log.csv"]) if row["callee"]} == {"+86138******00", "+86108*****99"}
    assert json.loads(found["inspection.json"])["enterprise"] == "Xinghe"
    assert b"Inspection of Xinghe" in found["inspection.html"]
    for name in FILES:
        assert name == "manifest.json" or name.encode() in found["README.txt"] or name == "README.txt"
    assert b"13800130100" not in b"".join(found.values())
    assert stat.S_IMODE((tmp_path / "b.zip").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.zip", "callguard.toml", "state"]


def test_callees_in_full_are_asked_for_with_a_reason_that_stays_on_record(cli, policy, tmp_path):
    assert cli("bundle", "--out", "b.zip", "--unmask")[0] == 2
    assert not (tmp_path / "b.zip").exists()
    status, _, _ = cli("bundle", "--out", "b.zip", "--unmask", "--why", "the authority's letter 7")
    found = content(tmp_path / "b.zip")

    assert status == 0
    assert [row["callee"] for row in rows(found["consents.csv"])] == [CALLEE, "+8613800130101"]
    assert CALLEE in [row["callee"] for row in rows(found["log.csv"])]
    assert json.loads(found["manifest.json"])["masked"] is False
    with Guard.open("callguard.toml") as guard:
        assert [(note.kind, note.why) for note in guard.log.notes("export")] == [("export", "the authority's letter 7")]


def test_the_time_that_is_asked_for(cli, policy, tmp_path):
    cli("bundle", "--out", "b.zip", "--until", "2020-01-01", "--json")
    found = content(tmp_path / "b.zip")

    assert rows(found["log.csv"]) == []
    assert json.loads(found["manifest.json"])["until"] == "2020-01-01"


def test_secrets_of_a_policy_are_not_handed_out(cli, tmp_path):
    table = changed(call_log={"key_env": "CALLGUARD_LOG_KEY", "hand_on_url": URL})
    (tmp_path / "callguard.toml").write_text(render(table), "utf-8")
    with Guard.open("callguard.toml"):
        pass

    assert cli("bundle", "--out", "b.zip")[0] == 0
    found = content(tmp_path / "b.zip")
    assert b"hunter2" not in b"".join(found.values())
    assert b"CALLGUARD_LOG_KEY" in found["policy.toml"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_without_a_state_and_a_log_it_says_so(cli, tmp_path, lang):
    table = changed()
    del table["call_log"]
    (tmp_path / "callguard.toml").write_text(render(table), "utf-8")
    status, _, err = cli("bundle", "--out", "b.zip", "--lang", lang)

    assert status == 0
    assert len(err.splitlines()) == 2
    assert sorted(content(tmp_path / "b.zip")) == [each for each in FILES if not each.startswith(("consents", "log"))]


@pytest.mark.parametrize(
    ("out", "said"),
    [(None, "--out"), ("b.tar", ".zip"), ("there/b.zip", "there"), ("old.zip", "writes over nothing")],
)
def test_what_cannot_be_written(cli, policy, tmp_path, out, said):
    (tmp_path / "old.zip").write_bytes(b"kept")
    status, printed, err = cli("bundle", *(() if out is None else ("--out", out)))

    assert (status, printed) == (2, "")
    assert said in err
    assert (tmp_path / "old.zip").read_bytes() == b"kept"


# ── verify


@pytest.fixture
def bundle(cli, policy, tmp_path):
    assert cli("bundle", "--out", "b.zip")[0] == 0
    return tmp_path / "b.zip"


def again(path, change):
    """Write an archive anew, its files changed."""
    files = content(path)
    change(files)
    path.unlink()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)


def test_a_bundle_as_it_was_written(cli, bundle):
    assert cli("bundle", "verify", "b.zip") == (0, "✓ all 9 files of Xinghe are as they were written\n", "")
    found = json.loads(cli("bundle", "verify", "b.zip", "--json")[1])
    assert (found["sound"], found["signed"], found["files"]) == (True, True, 9)


def test_who_has_no_policy_and_no_key_checks_the_hashes(cli, bundle, tmp_path, monkeypatch):
    (tmp_path / "else").mkdir()
    monkeypatch.chdir(tmp_path / "else")
    status, out, err = cli("bundle", "verify", "../b.zip")

    assert (status, out[0]) == (0, "✓")
    assert "signature was not checked" in err
    assert json.loads(cli("bundle", "verify", "../b.zip", "--json")[1])["signed"] is False


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda files: files.update({"log.csv": files["log.csv"].replace(b"allowed", b"allowee")}),
            "log.csv is not as it was written",
        ),
        (lambda files: files.pop("consents.csv"), "consents.csv is missing"),
        (lambda files: files.update({"more.csv": b"x"}), "more.csv was not in the bundle"),
        (lambda files: files.update({"policy.toml": b""}), "policy.toml is not as it was written"),
    ],
)
def test_a_file_that_is_not_as_it_was_is_found(cli, bundle, change, said):
    again(bundle, change)
    status, out, _ = cli("bundle", "verify", "b.zip")

    assert status == 1
    assert said in out


def test_a_manifest_made_anew_is_found_by_who_holds_the_key(cli, bundle):
    from callguard.call_log.exporting import sealed

    def change(files):
        said = json.loads(files["manifest.json"])
        for key in ("sha256_of_manifest", "key", "signature"):
            del said[key]
        said["enterprise"] = "Another"
        files["manifest.json"] = json.dumps(sealed(said, Keyring.of(new_key()))).encode()

    again(bundle, change)
    status, out, err = cli("bundle", "verify", "b.zip")
    assert (status, out[0]) == (0, "✓")
    assert "signature was not checked" in err  # by a key that is not held: said, and not taken for the enterprise's own

    def forge(files):
        said = json.loads(files["manifest.json"])
        said["enterprise"] = "Another one"
        files["manifest.json"] = json.dumps(said).encode()

    again(bundle, forge)
    status, _, err = cli("bundle", "verify", "b.zip")
    assert status == 2
    assert "is not as it was written" in err


@pytest.mark.parametrize("data", [b"", b"PK", b"no archive", None])
def test_what_is_no_bundle(cli, tmp_path, data):
    path = tmp_path / "x.zip"
    if data is None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a", "b")
    else:
        path.write_bytes(data)
    status, _, err = cli("bundle", "verify", "x.zip")

    assert status == 2
    assert "x.zip" in err
    assert cli("bundle", "verify", "none.zip")[0] == 2


def test_damaged_bytes_are_found_or_it_is_no_bundle(cli, bundle):
    whole = bundle.read_bytes()
    said = content(bundle)
    for at in range(30, len(whole), len(whole) // 60):
        bundle.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        status, _, err = cli("bundle", "verify", "b.zip")
        assert status in (0, 1, 2), err
        if status == 0:  # a byte of the archive's own that says nothing of a file, as its attributes
            assert content(bundle) == said
