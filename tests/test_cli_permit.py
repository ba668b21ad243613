"""`callguard permit`: a pair of keys made, and a permit checked against its call."""

import json
import re
import stat

import pytest

from callguard.cli import words
from callguard.permits import REASONS, Permits
from command_line import caller, quiet

CHINESE = re.compile(r"[\u4e00-\u9fff]")
AT = "2026-11-24T10:00:00+08:00"
NOW = 1_795_485_600.0
CALL = ("--callee", "138 0013 0001", "--caller", "010-8555-0123")


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    quiet(monkeypatch)
    monkeypatch.delenv("CALLGUARD_PERMIT_KEYS", raising=False)
    monkeypatch.chdir(tmp_path)
    return caller(capsys)


@pytest.fixture
def permit(cli, tmp_path):
    status, out, _ = cli("permit", "keygen")
    assert status == 0
    (tmp_path / "permit.pub").write_text(out)
    signer = Permits.signing((tmp_path / "permit.key").read_text())
    return signer.issue(callee=8613800130001, caller="01085550123", campaign="course", now=NOW)


def check(cli, text, *more, at=AT):
    status, out, _ = cli("permit", "check", text, *CALL, "--keys", "permit.pub", "--at", at, "--json", *more)
    return status, json.loads(out)


def test_keygen_keeps_the_private_key_and_prints_the_public_one(cli, tmp_path):
    status, out, err = cli("permit", "keygen", "--out", "new.key")
    private = (tmp_path / "new.key").read_text().strip()

    assert status == 0
    assert out.strip() == Permits.signing(private).public
    assert private.removeprefix("permit-private:") not in out + err
    assert stat.S_IMODE((tmp_path / "new.key").stat().st_mode) == 0o600
    assert "the private key, which only you may read" in err

    status, _, err = cli("permit", "keygen", "--out", "new.key")
    assert (status, "a key is never overwritten" in err) == (2, True)
    assert (tmp_path / "new.key").read_text().strip() == private
    assert cli("permit", "keygen", "--out", ".")[0] == 2
    assert cli("permit", "keygen", "--out", "nowhere/x.key")[0] == 2
    status, out, _ = cli("permit", "keygen", "--out", "other.key", "--json")
    assert json.loads(out) == {"out": "other.key", "public": Permits.signing((tmp_path / "other.key").read_text()).public}


def test_a_permit_that_is_good_and_how_long(cli, permit):
    status, found = check(cli, permit)

    assert status == 0
    assert (found["good"], found["reason"], found["campaign"]) == (True, None, "course")
    assert (found["since"], found["until"]) == ("2026-11-24T02:00:00+00:00", "2026-11-24T02:00:30+00:00")
    assert check(cli, permit)[0] == 0  # nothing is used
    for lang in words.LANGUAGES:
        status, out, _ = cli("permit", "check", permit, *CALL, "--keys", "permit.pub", "--at", AT, "--lang", lang)
        assert (status, "course" in out, bool(CHINESE.search(out))) == (0, True, lang == "zh")


def test_one_that_is_not_and_why(cli, permit):
    assert check(cli, permit, at="2026-11-24T10:01:00+08:00") == (
        1,
        {"good": False, "reason": "expired", "message": "it has ended"},
    )
    assert check(cli, permit, at="2026-11-24T01:59:00")[1]["reason"] == "not-yet"
    assert check(cli, "AAAA")[1]["reason"] == "malformed"
    assert check(cli, permit, "--caller", "010-8555-0124")[1]["reason"] == "caller"
    status, out, err = cli("permit", "check", permit, "--callee", "138 0013 0002", *CALL[2:], "--keys", "permit.pub", "--at", AT)
    assert (status, "it is for another callee" in out) == (1, True)
    assert "0130002" not in (out + err).replace(" ", "")


def test_the_folder_of_a_host_remembers(cli, permit, tmp_path):
    assert [check(cli, permit, "--used", ".")[0] for _ in range(2)] == [0, 1]
    assert check(cli, permit, "--used", ".")[1]["reason"] == "used"
    assert check(cli, permit, "--used", "nowhere") == (2, {"error": "`nowhere` is no folder"})


def test_keys_in_the_environment(cli, permit, monkeypatch, tmp_path):
    monkeypatch.setenv("CALLGUARD_PERMIT_KEYS", (tmp_path / "permit.pub").read_text())
    assert cli("permit", "check", permit, *CALL, "--at", AT)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["x", *CALL], "no public key: give `--keys FILE`, or set CALLGUARD_PERMIT_KEYS"),
        (["x", *CALL, "--keys", "nowhere"], "nowhere"),
        (["x", *CALL, "--keys", "permit.key"], "a private key, which belongs to the host that decides alone"),
        (["x", *CALL, "--keys", "permit.pub", "--region", "Atlantis"], "`--region` is `Atlantis`"),
        (["x", *CALL[:2], "--keys", "permit.pub"], "`--caller`"),
        (["x", *CALL, "--keys", "permit.pub", "--at", "yesterday"], "`--at`"),
    ],
    ids=range(6),
)
def test_what_cannot_be_checked(cli, permit, tmp_path, arguments, text):
    status, _, err = cli("permit", "check", *arguments)

    assert (status, text in err) == (2, True)
    assert (tmp_path / "permit.key").read_text().strip()[-20:] not in err


def test_every_reason_has_its_words():
    for lang in words.LANGUAGES:
        assert all(words.Words(lang)(f"permit-{reason}") for reason in REASONS)
