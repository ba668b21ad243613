"""Versions of lists: merged and compared, they are what Python's sets say of the same rows."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callguard import clock, index
from callguard.index import Export, Source, differing, merging
from callguard.phone import NumberPlan
from index_format import read

np = pytest.importorskip("numpy")

CHINA = NumberPlan("CN")
ZONE = "Asia/Shanghai"
FIRST = 8_613_800_000_000
HOW = {"numbers": CHINA, "timezone": ZONE}
PLAIN = (None, None)


@pytest.fixture(params=["arrays", "interpreted"])
def arrays(request, monkeypatch):
    """With NumPy, and without."""
    for module in (merging, differing):
        monkeypatch.setattr(module, "has_numpy", lambda *, worth: request.param == "arrays")
    return request.param


def edge(written, *, ends):
    return clock.edge(written, ZONE, ends=ends) if written else None


def model(rows):
    """A list as a dict: its numbers, each with its set of entries."""
    found = {}
    for number, since, until in rows:
        found.setdefault(number, set()).add((edge(since, ends=False), edge(until, ends=True)))
    return found


def held(file):
    """The lists of an index file, as the format says, each as a dict."""
    header, planes, entries = read(file.read_bytes())
    names = [plane["name"] for plane in (*header["planes"], *header["beyond"]) if plane["name"]]
    found = {name: {} for name in names}
    for number, name, since, until in entries:
        found[name].setdefault(number, set()).add((since, until))
    for name in names:
        for number in planes.get(name, ()):
            found[name].setdefault(number, {PLAIN})
    return found


def csv(path, rows):
    path.write_text("number,since,until\n" + "".join(f"+{number},{since},{until}\n" for number, since, until in rows))
    return path


def text(path, numbers):
    path.write_text("".join(f"+{number}\n" for number in numbers))
    return path


def built(folder, out, lists):
    sources = [Source(name, csv(folder / f"{out}-{name}.csv", rows)) for name, rows in lists.items()]
    index.build(sources, folder / out, **HOW)
    return folder / out


def merged(before, adds, removes):
    """What a merge of a list makes, and what it counts."""
    new = {number: set(entries) for number, entries in before.items() if number not in removes}
    for number, entries in adds.items():
        new.setdefault(number, set()).update(entries)
    again = before.keys() & adds.keys()
    redated = sum(before[number] != new[number] for number in again)
    counts = {
        "before": len(before),
        "numbers": len(new),
        "added": len(new.keys() - before.keys()),
        "removed": len(before.keys() - new.keys()),
        "redated": redated,
        "there": len(again) - redated,
        "absent": len(removes - before.keys()),
        "both": len(removes & adds.keys()),
    }
    return new, counts


spans = st.sampled_from(["", "", "", "2026-01-01", "2026-06-30", "9999-12-31", "2026-01-01T10:00:00+08:00"])
numbers = st.integers(0, 60).map(lambda n: FIRST + n * 3_777_777)
rows = st.lists(st.tuples(numbers, spans, spans), max_size=25)
plain = st.lists(numbers.map(lambda number: (number, "", "")), max_size=25)
lists = st.one_of(rows, plain)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    bases=st.lists(lists, min_size=1, max_size=3), adds=st.lists(lists, max_size=3), removes=st.lists(st.sets(numbers), max_size=3)
)
def test_a_merge_is_what_sets_say(tmp_path, arrays, bases, adds, removes):
    names = [f"list-{i}" for i in range(len(bases))]
    base = built(tmp_path, "base.cgx", dict(zip(names, bases, strict=True)))
    add = [Source(name, csv(tmp_path / f"add-{name}.csv", found)) for name, found in zip(names, adds, strict=False)]
    remove = [Source(name, text(tmp_path / f"remove-{name}.txt", found)) for name, found in zip(names, removes, strict=False)]
    made, said = index.merge(base, tmp_path / "new.cgx", add=add, remove=remove, **HOW)
    made.verify()
    now = held(tmp_path / "new.cgx")

    for i, (name, found) in enumerate(zip(names, said, strict=True)):
        new, counts = merged(model(bases[i]), model(adds[i]) if i < len(adds) else {}, removes[i] if i < len(removes) else set())
        assert now[name] == new
        assert {key: getattr(found, key) for key in counts} == counts
        assert found.name == name
        for number, entries in new.items():
            assert {(entry.since, entry.until) for entry in made.listings(number) if entry.list == name} == entries


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(olds=st.lists(lists, min_size=1, max_size=3), news=st.lists(lists, min_size=1, max_size=3))
def test_differences_are_what_sets_say_and_merging_them_is_the_new_version(tmp_path, arrays, olds, news):
    old = built(tmp_path, "old.cgx", {f"list-{i}": found for i, found in enumerate(olds)})
    new = built(tmp_path, "new.cgx", {f"list-{i}": found for i, found in enumerate(news)})
    before, after = index.open(old), index.open(new)
    found = index.differences(before, after)
    models = (
        [model(olds[i]) if i < len(olds) else None for i in range(len(found))],
        [model(news[i]) if i < len(news) else None for i in range(len(found))],
    )

    assert [each.name for each in found] == [f"list-{i}" for i in range(max(len(olds), len(news)))]
    for each, was, now in zip(found, *models, strict=True):
        one, other = was or {}, now or {}
        both = one.keys() & other.keys()
        assert (each.old, each.new) == (None if was is None else len(was), None if now is None else len(now))
        assert (each.added, each.removed) == (len(other.keys() - one.keys()), len(one.keys() - other.keys()))
        assert each.redated == sum(one[number] != other[number] for number in both)
        assert each.same == len(both) - each.redated
        assert each.differs == (was != now)
    if len(olds) == len(news):
        for form in (".cgx", ".csv") if len(olds) == 1 else (".cgx",):
            _written(before, after, tmp_path / f"added{form}", tmp_path / f"removed{form}")
            names = [f"list-{i}" for i in range(len(olds))]
            add = [Source(name, tmp_path / f"added{form}") for name in names]
            remove = [Source(name, tmp_path / f"removed{form}") for name in names]
            index.merge(old, tmp_path / "again.cgx", add=add, remove=remove, **HOW)
            assert held(tmp_path / "again.cgx") == held(new)


def _written(before, after, added, removed):
    names = [each.name for each in index.differences(before, after)]
    with Export(added, names, entries=True) as more, Export(removed, names, entries=False) as less:

        def take(changes):
            more.add([change.arrived for change in changes])
            less.add([change.gone for change in changes])

        index.differences(before, after, take=take)
        more.put()
        less.put()
