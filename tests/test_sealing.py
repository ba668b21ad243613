"""Keys: read from every place, never shown; what they seal is opened by them alone."""

from __future__ import annotations

import base64
import os
import pickle
import stat
import sys
from pathlib import Path

import attrs
import pytest

from callguard import PolicyError
from callguard.errors import StateError
from callguard.sealing import BLIND, SIZE, Keyring, new_key


@attrs.frozen
class Named:
    """What a policy's call log says of its keys."""

    key_env: str | None = None
    key_file: object = None
    key_command: tuple[str, ...] | None = None


ONE, TWO = bytes(range(32)), bytes(range(100, 132))
HEX = ONE.hex()
B64 = base64.b64encode(ONE).decode()


def test_new_keys_are_32_bytes_and_differ():
    keys = {new_key() for _ in range(20)}
    assert len(keys) == 20
    assert {len(base64.b64decode(key)) for key in keys} == {32}
    assert len({Keyring.of(key).active for key in keys}) == 20


@pytest.mark.parametrize(
    "text", [HEX, HEX.upper(), B64, B64.rstrip("="), f"  {B64}\n", base64.urlsafe_b64encode(ONE).decode(), f"{HEX},{B64}"]
)
def test_a_key_is_the_same_in_every_writing(text):
    ring = Keyring.of(text)
    assert ring.ids == Keyring((ONE,)).ids
    assert len(ring.active) == 8


@pytest.mark.parametrize("between", [" ", ",", "\n", ", ", "\r\n"])
def test_the_first_of_several_keys_is_active(between):
    ring = Keyring.of(between.join([TWO.hex(), B64]))
    assert ring.ids == (Keyring((TWO,)).active, Keyring((ONE,)).active)
    assert ring.active == ring.ids[0]


@pytest.mark.parametrize(
    "text", ["", " \n", "secret", HEX[:-1], HEX[:-2], HEX + "00", B64[:-4], "!" * 43, f"{HEX} nonsense-here", "é" * 64]
)
def test_what_is_no_key_is_refused_without_showing_it(text):
    with pytest.raises(ValueError) as caught:
        Keyring.of(text)
    assert not text.strip() or text.split()[0] not in str(caught.value)


def test_known_answers():
    """Subkeys and blinds are part of what is stored: they never change."""
    ring = Keyring((ONE,))
    assert ring.active == "853fe7fe"
    assert ring.blind("callee +8613800130013").hex() == "4ed16710b3450a0ecd7ebab58da53f54"
    assert ring.link(ring.active, bytes(32), b"row").hex() == "681b92a1b8f15113091e5a9be8cb9a5d47c29c6be18dd2c522285772a9651d69"
    assert ring.sign(b"said").hex() == "402edc5c275466e93d2c95f8599d7e84230372e6384677f99ce62e1bdf9a82a4"
    assert (
        ring.unseal(bytes.fromhex("853fe7fefb94467b87386b1b176dc31a18d790370c25d2446db450df96f1061bb0fdc92a37"), b"bound")
        == b"plain"
    )


def test_what_is_sealed_opens_with_its_key_and_its_place_alone():
    ring = Keyring((ONE,))
    sealed = ring.seal(b"13800130013", b"row 1")
    assert b"13800130013" not in sealed
    assert len(sealed) == 11 + 32
    assert sealed != ring.seal(b"13800130013", b"row 1")
    assert ring.unseal(sealed, b"row 1") == b"13800130013"
    with pytest.raises(StateError, match="another's place"):
        ring.unseal(sealed, b"row 2")
    for i in range(4, len(sealed)):
        with pytest.raises(StateError, match="was changed"):
            ring.unseal(sealed[:i] + bytes([sealed[i] ^ 1]) + sealed[i + 1 :], b"row 1")
    for i in range(4):
        with pytest.raises(StateError, match="not held"):
            ring.unseal(sealed[:i] + bytes([sealed[i] ^ 1]) + sealed[i + 1 :], b"row 1")
    for size in (0, 3, 4, 10, 16, 31):
        with pytest.raises(StateError):
            ring.unseal(sealed[:size], b"row 1")
    with pytest.raises(StateError, match=f"under key {ring.active}, which is not held"):
        Keyring((TWO,)).unseal(sealed, b"row 1")


def test_many_are_opened_as_each_alone():
    ring = Keyring((TWO, ONE))
    sealed = [((Keyring((key,)).seal(b"%d" % i, b"row %d" % i)), b"row %d" % i) for i, key in enumerate((ONE, TWO, ONE))]
    assert ring.unseal_many(sealed) == [b"0", b"1", b"2"]
    assert ring.unseal_many([]) == []
    assert Keyring.plain().unseal_many([(b"as it is", b"")]) == [b"as it is"]
    with pytest.raises(StateError, match="another's place"):
        ring.unseal_many([*sealed[:2], (sealed[2][0], b"row 1")])
    with pytest.raises(StateError, match="was changed"):
        ring.unseal_many([(sealed[0][0][:-1], b"row 0")])
    with pytest.raises(StateError, match="was changed"):
        ring.unseal_many([(sealed[0][0][:9], b"row 0")])
    with pytest.raises(StateError, match="not held"):
        Keyring((ONE,)).unseal_many(sealed)


def test_after_a_rotation_the_old_key_still_opens_finds_and_checks():
    old, new = Keyring((ONE,)), Keyring((TWO, ONE))
    assert new.unseal(old.seal(b"x", b""), b"") == b"x"
    assert new.blinds("a") == (Keyring((TWO,)).blind("a"), old.blind("a"))
    assert new.blind("a") == new.blinds("a")[0]
    assert new.check(old.active, b"said", old.sign(b"said"))
    assert not new.check(new.active, b"said", old.sign(b"said"))
    assert not new.check(old.active, b"sa1d", old.sign(b"said"))
    assert new.link(old.active, b"before", b"row") == old.link(old.active, b"before", b"row")
    assert len(new.link(new.active, b"", b"")) == SIZE
    assert len(new.blind("")) == BLIND
    for ask in (lambda: old.link(new.active, b"", b""), lambda: old.check(new.active, b"", b""), lambda: old.linking(new.active)):
        with pytest.raises(StateError, match=f"under key {new.active}, which is not held"):
            ask()


def test_no_subkey_serves_two_ends():
    ring = Keyring((ONE,))
    said = b"same bytes"
    found = {ring.link(ring.active, b"", said), ring.sign(said), ring.blind(said.decode())}
    assert len(found) == 3
    assert not any(each.startswith(ring.blind(said.decode())) for each in (ring.link(ring.active, b"", said), ring.sign(said)))


def test_without_a_key_everything_stays_as_it_is():
    ring = Keyring.plain()
    assert (ring.active, ring.ids, repr(ring)) == ("", (), "Keyring(no key)")
    assert ring.unseal(ring.seal(b"x", b"a"), b"b") == b"x"
    assert len(ring.blind("a")) == BLIND
    assert ring.blinds("a") == (ring.blind("a"),)
    assert ring.link("", b"a", b"b") != ring.link("", b"a", b"c")
    assert ring.check("", b"said", ring.sign(b"said"))
    with pytest.raises(StateError, match="not held"):
        ring.link("12345678", b"", b"")


def test_nothing_shows_a_key():
    ring = Keyring.of(HEX)
    assert repr(ring) == f"Keyring({ring.active})"
    with pytest.raises((TypeError, pickle.PicklingError)):
        pickle.dumps(ring)


def found(named, base=None):
    return Keyring.find(named, base).ids


def problem(named, base=None):
    with pytest.raises(PolicyError) as caught:
        Keyring.find(named, base)
    text = str(caught.value)
    assert HEX not in text
    assert B64 not in text
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value.problems[0].key, caught.value.problems[0].found


def test_a_policy_that_names_no_key_has_none():
    assert found(None) == found(Named()) == ()


def test_keys_of_the_environment(monkeypatch):
    monkeypatch.setenv("CALLGUARD_LOG_KEY", f"{TWO.hex()} {HEX}")
    assert found(Named("CALLGUARD_LOG_KEY")) == Keyring((TWO, ONE)).ids
    monkeypatch.setenv("CALLGUARD_LOG_KEY", HEX + "0")
    assert problem(Named("CALLGUARD_LOG_KEY")) == (
        "call_log.key_env",
        "`CALLGUARD_LOG_KEY`, which holds a word of 65 characters that is no key (the 1. of 1)",
    )
    monkeypatch.setenv("CALLGUARD_LOG_KEY", "")
    assert problem(Named("CALLGUARD_LOG_KEY"))[1] == "`CALLGUARD_LOG_KEY`, which holds no key"
    monkeypatch.delenv("CALLGUARD_LOG_KEY")
    assert problem(Named("CALLGUARD_LOG_KEY"))[1] == "`CALLGUARD_LOG_KEY`, which is not set"


def test_keys_of_a_file_that_is_its_owners_alone(tmp_path):
    file = tmp_path / "keys"
    file.write_text(f"{B64}\n{TWO.hex()}\n")
    for mode in (0o600, 0o400, 0o700):
        file.chmod(mode)
        assert found(Named(key_file=file)) == Keyring((ONE, TWO)).ids
    for mode in (0o640, 0o604, 0o620, 0o601, 0o644):
        file.chmod(mode)
        key, said = problem(Named(key_file=file))
        assert key == "call_log.key_file"
        assert f"mode {mode:04o}" in said
    file.chmod(stat.S_IRUSR)
    assert Keyring.find(Named(key_file=Path("keys")), tmp_path).ids == Keyring((ONE, TWO)).ids
    assert problem(Named(key_file=tmp_path / "none"))[1].endswith("which cannot be read (No such file or directory)")
    assert problem(Named(key_file=tmp_path))[0] == "call_log.key_file"
    file.chmod(0o600)
    file.write_bytes(b"\xff\xfe")
    assert problem(Named(key_file=file))[1].endswith("which holds bytes that are not UTF-8")


def test_keys_that_a_command_prints(tmp_path, capfd):
    def command(code):
        return Named(key_command=(sys.executable, "-c", code))

    assert found(command(f"print({B64!r})")) == Keyring((ONE,)).ids
    assert problem(command(f"print({HEX!r}); raise SystemExit(3)"))[1].endswith("which ended with status 3")
    assert problem(command(f"print({HEX!r} + '0')"))[1].endswith("no key (the 1. of 1)")
    assert problem(command("pass"))[1].endswith("which holds no key")
    assert problem(Named(key_command=(str(tmp_path / "none"),)))[1].endswith("which cannot be run (No such file or directory)")
    (tmp_path / "here").write_text(HEX)
    assert Keyring.find(command("print(open('here').read())"), tmp_path).ids == Keyring((ONE,)).ids


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_seals_on():
    ring = Keyring((ONE,))
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, ring.seal(b"from the child", b""))
        os._exit(0)
    os.waitpid(child, 0)
    assert ring.unseal(os.read(reading, 1000), b"") == b"from the child"
    os.close(reading)
    os.close(writing)
