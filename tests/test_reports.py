"""Pages in HTML and Markdown, timelines, and calendars: what is said is there, whatever is in it, and nothing else is."""

import re
from datetime import date, timedelta

import html5lib
import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from callguard.reports import axis
from callguard.reports.calendar import Event, calendar
from callguard.reports.html import html
from callguard.reports.markdown import markdown
from callguard.reports.page import Bar, Items, Page, Section, Span, Table, Timeline, text

HOSTILE = '<script>alert(1)</script> & "it\'s" </td>|*_x_* [a](b) ~'
DAYS = st.dates(date(2000, 1, 1), date(2049, 12, 31))
SVG = "{http://www.w3.org/2000/svg}"


def page(said=HOSTILE, *, lang="en", line=None):
    table = Table(columns=("what", said), rows=((text((said, "strong")), text(said, ("", "dim"))),))
    blocks = (table, Items(texts=(text((said, "bad")),)), *([line] if line else []))
    return Page(
        title=said, lang=lang, lead=(text(said),), sections=(Section(title=said, blocks=blocks, tone="bad"),), foot=text(said)
    )


def read(written):
    """Read a document as a browser does; a mistake in it is an error."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(written)


def words(element):
    return " ".join("".join(element.itertext()).split())


def test_a_page_says_what_it_was_given_and_nothing_of_it_is_markup():
    found = read(html(page()))

    assert words(found.find("head/title")) == words(found.find("body/header/h1")) == HOSTILE
    assert words(found.find("body/header/p")) == words(found.find("body/footer/p")) == HOSTILE
    assert [words(each) for each in found.iter("th")] == ["what", HOSTILE, HOSTILE]
    assert [words(each) for each in found.iter("td")] == [words(each) for each in found.iter("li")] == [HOSTILE]
    assert [each.get("data-name") for each in found.iter("td")] == [HOSTILE]
    assert list(found.iter("script")) == []


@given(said=st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Co"]), min_size=1))
def test_any_text_is_said(said):
    found = read(html(page(f"x{said}x")))

    assert words(found.find("body/header/h1")) == words(found.find("body/main/section/h2")) == " ".join(f"x{said}x".split())
    expected = re.sub(r"`([^`\n]+)`", r"\1", f"x{said}x")
    assert words(found.find("body/header/p")) == " ".join(expected.split())


def test_a_page_needs_nothing_outside_it():
    written = html(page(line=Timeline(first=date(2026, 1, 1), last=date(2026, 12, 31), rows=(row(),))))

    assert not re.search(r"\b(?:src|href|url|@import|http)\b", written.replace(HOSTILE, ""))
    assert [each.get("lang") for each in (read(html(page(lang=lang))) for lang in ("en", "zh"))] == ["en", "zh-CN"]


def test_code_and_days_are_marked():
    found = read(html(page("write `[call_log]` by 2026-03-31, not 12026-03-311")))

    assert {words(each) for each in found.iter("code")} == {"[call_log]"}
    assert {words(each) for each in found.iter("time")} == {"2026-03-31"}


def row(*bars):
    return Span(
        title="A licence", words="2026-01-01 to 2026-06-30", bars=bars or (Bar(first=date(2026, 1, 1), last=date(2026, 6, 30)),)
    )


@given(first=DAYS, length=st.integers(0, 5_000), bars=st.lists(st.tuples(DAYS, st.integers(0, 9_000)), max_size=5))
def test_bars_are_within_the_line_and_in_their_place(first, length, bars):
    last = min(first + timedelta(days=length), date(2059, 12, 31))
    made = tuple(Bar(first=start, last=start + timedelta(days=days)) for start, days in bars)
    line = Timeline(first=first, last=last, rows=(row(*made),) if made else (), marks=((first, "today"),))
    found = read(html(page("x", line=line)))
    drawn = [(float(each.get("x")), float(each.get("x")) + float(each.get("width"))) for each in found.iter(f"{SVG}rect")]

    inside = [bar for bar in made if bar.first <= last and bar.last >= first]
    assert len(drawn) == len(inside)
    for (start, end), bar in zip(drawn, inside, strict=True):
        assert 0 <= start < end <= 1_000.1
        wanted = axis.shares(line, bar.first, bar.last)
        assert start == pytest.approx(min(wanted[0] * 1_000, 994), abs=0.1)
        assert end == pytest.approx(max(wanted[1] * 1_000, min(start + 6, 1_000)), abs=0.1)
    ticks = axis.ticks(line)
    assert len(ticks) <= 7
    assert all(first <= day <= last for day, _ in ticks)
    assert [day for day, _ in ticks] == sorted({day for day, _ in ticks})


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2026, 11, 15), date(2027, 2, 14), ["2026-12", "2027-01", "2027-02"]),
        (date(2026, 1, 1), date(2026, 12, 31), ["2026-01", "2026-03", "2026-05", "2026-07", "2026-09", "2026-11"]),
        (date(2026, 1, 5), date(2031, 3, 1), ["2027", "2028", "2029", "2030", "2031"]),
        (date(2026, 1, 5), date(2026, 1, 20), []),
    ],
)
def test_the_axis_names_few_days(first, last, expected):
    assert [label for _, label in axis.ticks(Timeline(first=first, last=last, rows=()))] == expected


def test_a_day_near_the_edge_is_written_before_it():
    line = Timeline(first=date(2026, 1, 5), last=date(2026, 4, 3), rows=())
    (found,) = [each for each in read(html(page("x", line=line))).iter("div") if (each.get("class") or "").startswith("axis")]

    assert found.get("class") == "axis"
    assert [(words(each), each.get("class")) for each in found] == [("2026-02", None), ("2026-03", None), ("2026-04", "late")]


def test_a_day_is_where_it_is_on_the_axis():
    line = Timeline(first=date(2026, 1, 1), last=date(2026, 1, 10), rows=())

    assert axis.shares(line, date(2026, 1, 1), date(2026, 1, 10)) == (0, 1)
    assert axis.shares(line, date(2026, 1, 6), date(2026, 1, 6)) == (0.5, 0.6)
    assert axis.shares(line, date(2020, 1, 1), date(2040, 1, 1)) == (0, 1)


def test_markdown_says_what_it_was_given_and_nothing_of_it_is_markup():
    written = markdown(page())
    escaped = r"\<script\>alert(1)\</script\> &amp; " + '"it\'s"' + r" \</td\>\|\*\_x\_\* \[a\](b) \~"

    assert written.splitlines() == [
        f"# {escaped}", "", escaped, "", f"## {escaped}", "",
        f"| what | {escaped} |", "| --- | --- |", f"| **{escaped}** | {escaped} |", "",
        f"- {escaped}", "", escaped,
    ]  # fmt: skip


def test_markdown_keeps_code_and_lines_and_what_begins_like_a_list():
    found = markdown(page("1. `a|b` c\n- d\n# e"))

    assert "| **1\\. `a\\|b` c<br>\\- d<br>\\# e** |" in found
    assert "\n- 1\\. `a\\|b`" in found
    table = [line for line in found.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {3}


def test_a_timeline_in_markdown_says_the_days():
    line = Timeline(first=date(2026, 1, 1), last=date(2026, 12, 31), rows=(row(),), marks=((date(2026, 2, 1), "today"),))

    assert "- **A licence** 2026-01-01 to 2026-06-30\n- **today** 2026-02-01\n" in markdown(page("x", line=line))


# ── calendars, read back by another library


def event(**more):
    given_ = {
        "about": ("x",),
        "first": date(2026, 3, 29),
        "last": date(2026, 3, 29),
        "title": "年报 & , ; \\ report",
        "text": "一行\nline",
    }
    return Event(**given_ | more)


def read_back(events, **more):
    written = calendar(events, name="Xinghe 自查", written=more.get("written", 1_796_000_000.5))
    assert all(len(line) <= 75 for line in written.split(b"\r\n"))
    assert written.decode().endswith("END:VCALENDAR\r\n")
    return vobject.readOne(written.decode())


def test_another_library_reads_what_was_written():
    found = read_back([event(alarms=(30, 7)), event(about=("y",), last=date(2026, 4, 2), text="很长的中文说明" * 40)])
    one, other = found.vevent_list

    assert one.summary.value == "年报 & , ; \\ report"
    assert (one.description.value, other.description.value) == ("一行\nline", "很长的中文说明" * 40)
    assert [alarm.trigger.value for alarm in one.valarm_list] == [timedelta(days=-30), timedelta(days=-7)]
    assert "valarm" not in other.contents
    assert one.uid.value != other.uid.value


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 3, 8), date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 1),  # clocks change in America, in Europe
        date(2026, 12, 31), date(2028, 2, 29), date(2027, 2, 28), date(2011, 12, 30),  # a day that Samoa never had
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("days", [0, 1, 40])
def test_a_day_is_a_day_everywhere(day, days):
    """Without an hour and a zone no clock that changes can move it."""
    (found,) = read_back([event(first=day, last=day + timedelta(days=days))]).vevent_list

    assert found.dtstart.value == day
    assert type(found.dtstart.value) is date
    assert found.dtend.value == day + timedelta(days=days + 1)


@given(said=st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Co"])), day=DAYS)
def test_any_text_comes_back(said, day):
    (found,) = read_back([event(title=f"x{said}x", text=f"x{said}x", first=day, last=day)]).vevent_list

    assert (found.summary.value, found.description.value, found.dtstart.value) == (f"x{said}x", f"x{said}x", day)


def test_an_event_keeps_its_name_when_it_moves():
    assert event().uid == event(first=date(2027, 1, 1), last=date(2027, 1, 1), title="other").uid
    assert event().uid != event(about=("x", "")).uid
    assert re.fullmatch(r"[0-9a-f]{32}@callguard", event().uid)
