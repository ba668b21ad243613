"""Newer provinces of mobile numbers: the user's CSV, and the `phone` package's table."""

from __future__ import annotations

import random
import struct

import pytest

from callguard import phone
from callguard.phone import hcodes


def csv(tmp_path, text):
    path = tmp_path / "hcodes.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_csv_is_read_with_and_without_its_header_and_in_every_writing_of_a_province(tmp_path):
    rows = '1990001,CN-GD\n1990002,广东省\n\n"1990003", Guangdong\n1990001,广东\n'
    expected = {1_990_001: "CN-GD", 1_990_002: "CN-GD", 1_990_003: "CN-GD"}

    assert phone.read_hcodes(csv(tmp_path, rows)) == expected
    assert phone.read_hcodes(csv(tmp_path, "\ufeffprefix,province\r\n" + rows.replace("\n", "\r\n"))) == expected
    assert phone.read_hcodes(csv(tmp_path, "")) == {}


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [
        ("prefix,province\n1990001,CN-GD\n199000,CN-GD\n", 3, "199000,CN-GD"), ("1290001,CN-GD\n", 1, "1290001,CN-GD"),
        ("2000000,CN-GD\n", 1, "2000000,CN-GD"), ("1990001,Guandong\n", 1, "Guandong"), ("1990001,CN-HK\n", 1, "CN-HK"),
        ("1990001,US-FL\n", 1, "US-FL"), ("1990001\n", 1, "1990001"), ("1990001,CN-GD,x\n", 1, "1990001,CN-GD,x"),
        ("1990001,CN-GD\n1990001,CN-BJ\n", 2, "1990001"), ("１９９０００１,CN-GD\n", 1, "１９９０００１,CN-GD"), ("x,CN-GD\n", 1, "x,CN-GD"),
    ],
)  # fmt: skip
def test_a_row_of_another_kind_is_a_value_error_that_names_the_line(tmp_path, text, line, found):
    with pytest.raises(ValueError, match=rf"^hcodes\.csv:{line}: .*`{found}`.*accepted: "):
        phone.read_hcodes(csv(tmp_path, text))


@pytest.mark.parametrize("text", [b"\xff\xfe1\x009\x00", "1990001,广东\n".encode("gbk"), b'"1990001,CN-GD'])
def test_a_file_that_is_no_csv_in_utf_8_is_a_value_error(tmp_path, text):
    with pytest.raises(ValueError, match="accepted: "):
        phone.read_hcodes(csv(tmp_path, text))


def test_the_installed_table_gives_what_the_package_itself_finds():
    library = pytest.importorskip("phone.phone").Phone()
    table = phone.installed_hcodes()

    assert len(table) > 400_000
    assert set(table.values()) == set(phone.PROVINCES)

    for prefix in random.Random(1).sample(sorted(table), 300):
        found = library.find(prefix)

        assert phone.PROVINCES[table[prefix]][0] == found["province"]


def test_a_newer_table_fills_what_phonenumbers_does_not_know():
    plan = phone.NumberPlan(hcodes={1_990_013: "CN-GD"})

    assert phone.NumberPlan().places[phone.NumberPlan().place_id(8_619_900_138_000)].province is None
    assert plan.places[plan.core.leaf(8_619_900_138_000)].province == "CN-GD"
    assert plan.read("19900138000") == phone.Reading(8_619_900_138_000, "valid")


def test_a_table_of_prefixes_is_a_mapping_and_the_other_of_two_comes_first():
    table = hcodes.Hcodes.of({1_300_000: "CN-GD", 1_999_999: "CN-BJ"}) | {
        1_300_000: "CN-SH",
        1_500_000: "CN-GD",
        2_000_000: "CN-GD",
    }

    assert table == {1_300_000: "CN-SH", 1_500_000: "CN-GD", 1_999_999: "CN-BJ"}
    assert len(table) == 3
    assert not hcodes.Hcodes.of({})
    for prefix in (1_299_999, 1_300_001, 2_000_000):
        assert prefix not in table
    with pytest.raises(KeyError):
        hcodes.Hcodes.of({1_300_000: "US-FL"})


def test_the_package_s_file_may_have_gaps_and_what_is_no_mobile_prefix():
    texts = b"\xe5\xb9\xbf\xe4\xb8\x9c|a|1|2\0", b"\xe5\x8c\x97\xe4\xba\xac|b|3|4\0", b"elsewhere|c|5|6\0"
    offsets = [8, 8 + len(texts[0]), 8 + len(texts[0]) + len(texts[1])]
    rows = [
        (1_299_998, 0), (1_299_999, 0), (1_300_000, 0), (1_300_001, 1), (1_300_002, 2), (1_300_003, 1), (1_355_555, 0),
        (1_355_557, 1), (1_999_998, 1), (1_999_999, 0), (2_000_000, 0), (2_000_001, 1),
    ]  # fmt: skip
    data = b"2024" + struct.pack("<i", 8 + sum(map(len, texts))) + b"".join(texts)
    data += b"".join(struct.pack("<iiB", prefix, offsets[text], 1) for prefix, text in rows) + b"cut"

    assert hcodes._table(data) == {
        prefix: ("CN-GD", "CN-BJ")[text] for prefix, text in rows if text < 2 and 1_300_000 <= prefix < 2_000_000
    }
