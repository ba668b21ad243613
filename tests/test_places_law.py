"""Other places' law: the product against the slow reading in worlds of its own, packs read strictly, holidays as their source has them."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime, time, timedelta
from itertools import product
from pathlib import Path

import pytest
from dateutil.easter import easter
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle
from callguard import Guard, Policy, PolicyError, pack_cases, packs
from callguard.model import Place, Reason
from callguard.packs import LocalLaw, by_default, load_place, pack_of
from callguard.phone import NumberPlan
from callguard.policy import model
from callguard.testing import FrozenClock, MemoryStore
from oracle import days, places
from stage import lived
from test_next_allowed import examine
from test_oracle import between

ROOT = Path(__file__).parent.parent
EXAMPLES = settings().max_examples
DAY_S = 86_400
CALLEES = (
    *(12125550123, 13055550123, 18505550123, 15025550123, 15045550123, 12075550123, 13015550123, 14055550123, 15035550123),
    *(14015550123, 14015550123, 16055550123, 12145550123, 19155550123, 12015550123, 18005550123, 33123450123, 33123450123),
    *(
        12035550123,
        12035550123,
        12055550123,
        12155550123,
        13125550123,
        14155550123,
        15055550123,
        17755550123,
        18015550123,
        18035550123,
    ),
    *(33123450123, 33612345678, 61255501234, 61412345678, 85223450123, 442079460123, 8675585550123, 881612345678),
)
TOLD = {
    "US": ("US-RI", "US-FL", "US-OR", "US-SD", "US-NY", "US-CT", "US-IL", "US-PA", "US"),
    "AU": ("AU-VIC", "AU-NSW"),
    "CN": ("CN-GD", "CN-XJ"),
    None: ("US-FL", "FR", "CN-GD"),
}
DATES = (
    *((2019, 12, 2), (2019, 12, 3), (2019, 12, 25), (2021, 6, 30), (2021, 7, 1), (2022, 6, 3), (2022, 11, 1), (2023, 2, 28)),
    *((2023, 3, 1), (2023, 9, 30), (2023, 10, 1), (2023, 12, 31), (2024, 1, 1), (2025, 12, 31)),
    *((2026, 1, 1), (2026, 1, 26), (2026, 2, 17), (2026, 3, 8), (2026, 4, 3), (2026, 5, 1), (2026, 7, 3), (2026, 8, 10)),
    *((2026, 8, 11), (2026, 10, 5), (2026, 10, 26), (2026, 11, 1), (2026, 11, 3), (2026, 11, 26), (2026, 11, 28), (2026, 11, 29)),
    *((2026, 12, 25), (2026, 12, 28), (2027, 3, 26), (2027, 5, 4), (2027, 6, 7), (2027, 6, 14), (2027, 8, 30)),
    *((2030, 12, 31), (2031, 1, 1)),
)
HOURS = (0, 7.5, 8, 9, 10, 11.5, 12, 13, 14, 17, 18, 20, 21, 22.5)
OWN = {
    "id": "own",
    "country": "FR",
    "title": {"en": "own", "zh": "自定"},
    "clauses": [
        {
            "id": "own-hours",
            "title": {"en": "own", "zh": "自定"},
            "text": {"en": "own", "zh": "自定"},
            "windows": [
                {"days": ["mon", "tue"], "start": time(11), "end": time(15, 30)},
                {"days": ["wed"], "start": time(9), "end": time(12)},
            ],
            "holidays": "h",
            "on_holidays": [{"start": time(12), "end": time(12, 30)}],
            "purposes": ["marketing", "survey"],
            "until": date(2026, 10, 26),
        },
        {
            "id": "own-cap",
            "title": {"en": "own", "zh": "自定"},
            "text": {"en": "own", "zh": "自定"},
            "caps": [{"attempts": 1, "per": "2 days", "scope": "campaign"}],
            "purposes": ["survey", "service"],
            "from": date(2026, 10, 5),
        },
    ],
    "days": {"h": {"years": [2026], "days": {"day": [date(2026, 10, 5), date(2026, 5, 1)]}}},
}


@st.composite
def worlds(draw):
    """A clean policy of an enterprise that needs no licence, a callee abroad, and an instant near what the law there turns on."""
    pick = lambda items: draw(st.sampled_from(items))  # noqa: E731
    number = pick(CALLEES)
    place = places.place_of(number, {})
    told = pick(TOLD[place.country]) if place.country in TOLD and draw(st.booleans()) else None
    zones = sorted(place.zones) or ["America/New_York"]
    midnight = days.midnight(pick(zones), date(*pick(DATES)))
    at = midnight + pick(HOURS) * 3600 + pick((0, 0, -1, 1)) + pick((0, 0, 0, 1, -1, 2)) * DAY_S
    kinds = st.fixed_dictionaries(
        {
            "purpose": st.sampled_from(("marketing", "marketing", "marketing", "survey", "service")),
            "sector": st.sampled_from(("general", "general", "finance")),
            "automated": st.booleans(),
            "enforce": st.just(False),
        }
    )
    campaigns = [{"name": name, **draw(kinds)} for name in ("main", "other")]
    own = [OWN] if draw(st.booleans()) else []
    enterprise = {"name": "Synthetic Ltd", "region": "HK", "packs": ["hk"] if draw(st.booleans()) else []}
    policy = {
        "version": 1,
        "enterprise": enterprise,
        "callers": [{"number": "+85223450199", "filed": date(2019, 1, 1)}],
        "campaigns": campaigns,
    }
    steps = []
    ago = sorted((draw(st.sampled_from((1, 600, 7 * 3600, 8 * 3600, 86_399, 86_400, 2 * DAY_S, 29 * DAY_S, 30 * DAY_S, 31 * DAY_S)))
                  for _ in range(draw(st.integers(0, 5)))), reverse=True)  # fmt: skip
    if draw(st.booleans()):
        until = pick((None, datetime.fromtimestamp(at + 3600, days.zone("UTC")).isoformat()))
        steps += [("clock", at - 40 * DAY_S), ("consent", f"+{number}", pick(("enterprise", "main", "other")), until)]
    for back in ago:
        steps += [("clock", at - back), ("attempt", f"+{number}", "+85223450199", pick(("main", "main", "other")), told, False)]
    steps += [("clock", at), ("ask", f"+{number}", "+85223450199", "main", pick((None, at)), told)]
    later = at + pick((0, 1, 3600, 7 * 3600, DAY_S, 30 * DAY_S))
    steps += [("clock", later), ("ask", f"+{number}", "+85223450199", pick(("main", "other")), None, told)]
    return {
        "intent": "places", "policy": policy, "files": {}, "hcodes": {}, "overrides": {}, "custom": [], "own_packs": own, "steps": steps,
    }  # fmt: skip


@settings(max_examples=max(EXAMPLES, 50))
@given(world=worlds())
def test_answers_as_the_slow_reading_does(world, tmp_path_factory):
    for _ in lived(world, tmp_path_factory.getbasetemp()):
        pass


@settings(max_examples=max(EXAMPLES // 5, 30))
@given(world=worlds())
def test_holds_as_long_as_it_says_and_the_next_allowed_instant_is_the_first(world, tmp_path_factory):
    for stage, step, answer in lived(world, tmp_path_factory.getbasetemp()):
        if answer is ValueError:
            continue
        examine(stage, step)
        _, callee, caller, campaign, at, place = step
        at = stage.clock if at is None else at
        decision = stage.guard.may_dial(callee, caller=caller, campaign=campaign, at=at, place=place)
        call = oracle.Call(callee, caller, campaign, at, place)
        for moment in between(at, decision.holds_until.timestamp() if decision.holds_until else None):
            assert oracle.decide(world, stage.history, call._replace(at=moment)) == answer, (call, decision, moment)


# ── where the digits say a callee is ──


@pytest.mark.parametrize(
    ("number", "states"),
    [
        (12125550123, {"US-NY"}),
        (13055550123, {"US-FL"}),
        (16895550123, {"US-FL"}),  # an overlay
        (12015550123, {"US-NJ", "US-NY"}),  # the geodata name both
        (12025550123, {"US-DC"}),
        (18005550123, set()),
        (14165550123, set()),  # Toronto
        (17875550123, set()),  # Puerto Rico is a country of its own
    ],
)
def test_a_north_american_area_code_tells_the_states_it_is_used_in(number, states):
    plan = NumberPlan()

    assert plan.places[plan.place_id(number)].states == states


def test_every_area_code_of_a_state_of_the_united_states_tells_one():
    plan = NumberPlan()
    known = {place for place in plan.places if place.country == "US" and place.zones}

    assert len(frozenset().union(*(place.states for place in known))) == 51
    assert all(place.states for place in known)


def test_a_told_state_adds_its_law_and_takes_none_away():
    place = Place("US", zones=frozenset({"America/New_York"}), states=frozenset({"US-NY"}), told="US-RI")

    assert place.parts("US") == {"US-NY", "US-RI"}
    assert place.parts("FR") == frozenset()
    assert Place("US", told="US").parts("US") == frozenset()
    assert place.regions == {"US", "US-NY", "US-RI"}


# ── what ships ──


def clauses():
    return [clause for name in sorted(packs.SHIPPED.values()) for clause in load_place(name).clauses]


@pytest.mark.parametrize("clause", clauses(), ids=lambda clause: clause.id)
def test_a_clause_that_ships_cites_the_text_of_the_law_or_two_sources(clause):
    reports = {source.url.split("/")[2].removeprefix("www.").removeprefix("blog.") for source in clause.sources}

    assert any(source.sort == "statute" for source in clause.sources) or len(reports) >= 2
    for text in (clause.title, clause.text):
        assert set(text) == {"en", "zh"}
        assert not text["zh"].isascii()


def test_the_packs_speak_the_policy_s_words():
    from callguard.packs import place_file

    assert set(place_file.PURPOSES) == set(model.Purpose.__args__)
    assert set(place_file.SECTORS) == set(model.Sector.__args__)
    assert place_file.WEEK == model.DAYS


def test_the_shipped_packs_hold_for_callees_and_codes_only_where_they_are_named():
    assert [name for name in ("US", "FR", "AU", "HK", "DE") if by_default(name)] == ["US", "FR", "AU"]
    hk, plain = packs.local_law(["cn", "hk"]), packs.local_law(["cn"])
    place = Place("HK", zones=frozenset({"Asia/Hong_Kong"}))

    assert [c.id for c in hk.of(place, "marketing", "general", automated=False)] == ["hk-hours"]
    assert plain.of(place, "marketing", "general", automated=False) == ()
    with pytest.raises(ValueError, match="no pack `de` of a place; accepted: au, fr, hk, us"):
        load_place("de")


def test_nothing_of_them_is_read_before_a_callee_is_there():
    met = []
    law = LocalLaw(met.append)

    law.of(Place("CN", zones=frozenset({"Asia/Shanghai"})), "marketing", "general", automated=False)

    assert met == ["CN"]
    code = "import sys, callguard.packs.places as p; p.by_default('CN'); print('tomllib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_frozen_holidays_are_what_their_source_says():
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "freeze_holidays.py"), "--check"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout


def nth(year, month, weekday, n):
    """The n-th Monday, Tuesday, … of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


def kept_on_monday(day):
    """The Monday that follows a day on a Saturday or a Sunday; the day itself on others."""
    return day + timedelta(days=7 - day.weekday()) if day.weekday() > 4 else day


def juneteenth(year):
    """Utah's: the Monday before, of a Saturday or a Sunday the Monday after."""
    day = date(year, 6, 19)
    return kept_on_monday(day) if day.weekday() > 4 else day - timedelta(days=day.weekday())


def election(year):
    return nth(year, 11, 0, 1) + timedelta(days=1)


ADDED = {
    "US-AL": [lambda year: [easter(year) - timedelta(days=47)]],
    "US-LA": [
        lambda year: [date(year, 1, 8), date(year, 1, 19), date(year, 8, 30), nth(year, 10, 0, 2), date(year, 11, 1)],
        lambda year: [date(year, 6, 3)] if year <= 2022 else [],
    ],
    "US-PA": [lambda year: [easter(year) - timedelta(days=2), date(year, 6, 14), election(year)]],
    "US-RI": [
        lambda year: (
            [date(year, 5, 4), kept_on_monday(date(year, 5, 4))] if date(year, 5, 4).weekday() == 6 else [date(year, 5, 4)]
        ),
        lambda year: [election(year)] if year % 2 == 0 else [],
        lambda year: [kept_on_monday(date(year, *day)) for day in ((1, 1), (7, 4), (11, 11), (12, 25))],
    ],
    "US-UT": [
        lambda year: [easter(year) - timedelta(days=2)] if year >= 2027 else [],
        lambda year: [juneteenth(year)] if year >= 2022 else [],
    ],
    "AU": [
        # by which states keep a weekend's holiday in lieu: Australia Day, Christmas, Boxing Day and New Year's Day, all of them
        lambda year: [kept_on_monday(date(year, 1, 1)), kept_on_monday(date(year, 1, 26))],
        lambda year: [in_lieu for in_lieu in christmas(year) if year != 2022 or in_lieu.day != 26],
    ],
}


def christmas(year):
    """The weekdays on which Christmas and Boxing Day are kept."""
    eve = date(year, 12, 25).weekday()
    return [date(year, 12, day) for day in {4: (25, 28), 5: (27, 28), 6: (26, 27)}.get(eve, (25, 26))]


@pytest.mark.parametrize("name", sorted(ADDED))
def test_days_that_are_added_to_the_package_s_are_those_that_the_law_s_rules_make_of_every_year(name):
    known = load_place("us" if name.startswith("US-") else "au").clauses
    days_of = next(c.holidays for c in known if c.holidays is not None and (not c.within or c.within == {name}))
    wanted = {day for rule in ADDED[name] for year in days_of.years for day in rule(year)}

    assert sorted(wanted - set(days_of.days)) == []


def test_a_year_that_is_not_known_is_holidays_throughout():
    clause = next(c for c in load_place("fr").clauses if c.id == "fr-hours")

    assert clause.hours(date(2030, 12, 31))
    assert not any(clause.hours(date(2031, 1, 1) + timedelta(days=n)) for n in range(365))
    assert not clause.hours(date(2017, 12, 29))


# ── packs of one's own ──

RIGHT = """
id = "ours"
country = "DE"
title = { en = "Ours", zh = "自定" }

[[clauses]]
id = "ours-hours"
title = { en = "Ours", zh = "自定" }
text = { en = "Nine to six on weekdays.", zh = "工作日九点至十八点。" }
windows = [{ days = ["mon", "tue", "wed", "thu", "fri"], start = 09:00:00, end = 18:00:00 }]
holidays = "days"
caps = [{ attempts = 1, per = "24 hours", scope = "campaign" }]

[days.days]
years = [2026]
days = { "Day" = [2026-12-25] }

[[cases]]
callee = "+49 30 23125 012"
at = 2026-11-24T17:59:59+01:00
reason = "allowed"

[[cases]]
callee = "+49 30 23125 012"
at = 2026-11-24T18:00:00+01:00
reason = "calling-window"
"""


def test_a_pack_of_one_s_own_is_checked_by_its_cases(tmp_path):
    file = tmp_path / "ours.toml"
    file.write_text(RIGHT, encoding="utf-8")

    pack, cases = pack_cases.check(file)

    assert (pack.id, pack.kind, [case.right for case in cases]) == ("ours", "own", [True, True])
    file.write_text(RIGHT.replace('"calling-window"', '"allowed"'), encoding="utf-8")
    assert [(case.right, case.found, case.rule) for case in pack_cases.check(file)[1]][1] == (
        False,
        "calling-window",
        "marketing-hours",
    )


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("attempts = [2026-11-24T09:00:00+01:00]", None, "attempt-limit"),
        ("at = 2026-12-25T12:00:00+01:00", "at", "rest-day"),
        ('purpose = "service"', None, "allowed"),
    ],
)
def test_cases_say_what_came_before_and_what_the_calls_are_for(key, value, said, tmp_path):
    case = f'callee = "+49 30 23125 012"\nat = 2026-11-24T17:00:00+01:00\n{key}\nreason = "{said}"\n'
    if value == "at":
        case = case.replace("at = 2026-11-24T17:00:00+01:00\n", "", 1)
    file = tmp_path / "ours.toml"
    file.write_text(RIGHT[: RIGHT.index("[[cases]]")] + "[[cases]]\n" + case, encoding="utf-8")

    assert [case.right for case in pack_cases.check(file)[1]] == [True]


WRONG = [
    ('id = "ours"', 'id = "Ours!"', "`id` is `Ours!`; accepted: small letters"),
    ('country = "DE"', 'country = "XX"', "`country` is `XX`; accepted: an ISO 3166-1 code"),
    ('country = "DE"', 'country = "US-FL"', "`country` is `US-FL`; accepted: an ISO 3166-1 code"),
    ('country = "DE"', 'country = "DE"\nlaw = true', "`law` is an unknown key; accepted: id, country"),
    ('country = "DE"', 'country = "DE"\nkind = "law"', "`kind` is `law`; accepted: own"),
    ('title = { en = "Ours", zh = "自定" }', 'title = { en = "Ours" }', "`title.zh` is nothing; accepted: this key, with en, zh"),
    ("windows = [", 'within = ["FR-75"]\nwindows = [', "`clauses[0].within[0]` is `FR-75`; accepted: a part of `DE`"),
    ("windows = [", 'purposes = ["sales"]\nwindows = [', "`clauses[0].purposes[0]` is `sales`; accepted: marketing"),
    ("windows = [", "purposes = []\nwindows = [", "`clauses[0].purposes` is `[]`; accepted: a list of words"),
    ("windows = [", 'automated = "yes"\nwindows = [', "`clauses[0].automated` is `yes`; accepted: true or false"),
    (
        "windows = [",
        "from = 2026-02-01\nuntil = 2026-01-01\nwindows = [",
        "`clauses[0].until` is `2026-01-01`; accepted: 2026-02-01",
    ),
    ("windows = [", 'from = "soon"\nwindows = [', "`clauses[0].from` is `soon`; accepted: a local date"),
    ("windows = [", 'also_zones = ["Mars"]\nwindows = [', "`clauses[0].also_zones[0]` is `Mars`; accepted: a time zone"),
    ("end = 18:00:00", "end = 09:00:00", "`clauses[0].windows[0].end` is `09:00:00`; accepted: a time after `start`"),
    ("end = 18:00:00", 'end = "six"', "`clauses[0].windows[0].end` is `six`; accepted: a time in whole seconds"),
    ('"fri"]', '"friday"]', "`clauses[0].windows[0].days[4]` is `friday`; accepted: mon, tue"),
    ('holidays = "days"', 'holidays = "feasts"', "`clauses[0].holidays` is `feasts`; accepted: a set in [days]: days"),
    ("attempts = 1", "attempts = 0", "`clauses[0].caps[0].attempts` is `0`; accepted: a whole number from 1 on"),
    ('per = "24 hours"', 'per = "a day"', "`clauses[0].caps[0].per` is `a day`; accepted: days or hours"),
    ('scope = "campaign"', 'scope = "me"', "`clauses[0].caps[0].scope` is `me`; accepted: campaign, enterprise"),
    ("years = [2026]", "years = [2026, 2028]", "`days.days.years` is `[2026, 2028]`; accepted: years in order"),
    ("[2026-12-25]", "[2027-12-25]", "`days.days.days.Day[0]` is `2027-12-25`; accepted: a date from 2026 to 2026"),
    ("at = 2026-11-24T17:59:59+01:00", "at = 2026-11-24T17:59:59", "`cases[0].at` is `2026-11-24 17:59:59`; accepted: an instant"),
    (
        'callee = "+49 30 23125 012"',
        'callee = "030 23125 012"',
        "`cases[0].callee` is another value; accepted: a number with its country",
    ),
]


@pytest.mark.parametrize(("right", "wrong", "said"), WRONG, ids=[row[1][:30] for row in WRONG])
def test_a_mistake_in_a_pack_says_where_it_stands_what_was_found_and_what_is_accepted(right, wrong, said, tmp_path):
    file = tmp_path / "ours.toml"
    file.write_text(RIGHT.replace(right, wrong, 1), encoding="utf-8")

    with pytest.raises(ValueError) as raised:
        pack_cases.check(file)

    assert str(raised.value).startswith(f"`{file}`: ")
    assert said in str(raised.value)
    assert "23125" not in str(raised.value)


def test_a_clause_that_says_nothing_and_two_of_one_id_are_mistakes():
    text = {"en": "x", "zh": "某"}
    empty = {"id": "own", "country": "DE", "title": text, "clauses": [{"id": "one", "title": text, "text": text}]}

    with pytest.raises(ValueError, match=r"`clauses\[0\]` is nothing; accepted: at least one of windows, caps, consent"):
        pack_of(empty, "x.toml")
    twice = {**empty, "clauses": [{**empty["clauses"][0], "consent": True}] * 2}
    with pytest.raises(ValueError, match=r"`clauses\[1\].id` is `one`; accepted: an id that no other clause has"):
        pack_of(twice, "x.toml")


POLICY = """
version = 1
[enterprise]
name = "Synthetic Ltd"
region = "SG"
packs = ["ours.toml"]
[[callers]]
number = "+65 6123 4567"
filed = 2020-01-01
[[campaigns]]
name = "c"
purpose = "marketing"
"""


def test_a_policy_names_a_pack_by_its_path_and_one_that_is_mistaken_is_an_error_with_its_place(tmp_path):
    (tmp_path / "callguard.toml").write_text(POLICY, encoding="utf-8")
    pack = tmp_path / "ours.toml"
    pack.write_text(RIGHT, encoding="utf-8")
    clock = FrozenClock("2026-11-24T18:00:00+01:00")
    line = {"caller": "+65 6123 4567", "campaign": "c"}

    with Guard(Policy.load(tmp_path / "callguard.toml"), clock=clock, store=MemoryStore()) as guard:
        assert guard.may_dial("+49 30 23125 012", **line).reason == Reason.CALLING_WINDOW
        assert "Ours" in next(f.citation for f in guard.explain("+49 30 23125 012", **line).findings if f.rule == "marketing-hours")
    pack.write_text(RIGHT.replace("end = 18:00:00", "end = 25"), encoding="utf-8")
    with pytest.raises(PolicyError, match=r"enterprise.packs"):
        Guard(Policy.load(tmp_path / "callguard.toml"), clock=clock, store=MemoryStore())
    pack.unlink()
    with pytest.raises(PolicyError, match=r"cannot be read"):
        Guard(Policy.load(tmp_path / "callguard.toml"), clock=clock, store=MemoryStore())


@pytest.mark.parametrize("name", ["de", "ours", 7, ""])
def test_a_name_that_is_no_pack_is_a_mistake_of_the_policy(name):
    said = POLICY.replace('"ours.toml"', str(name) if isinstance(name, int) else f'"{name}"')

    with pytest.raises(PolicyError, match=r"accepted: cn, cn-regulations, au, fr, hk, us, or the path of a pack's file"):
        Policy.from_toml(said)


def wide(guard):
    """The states of the United States of which each callee is decided for itself."""
    generation = guard._generation
    bound = generation.bind("c", "+65 6123 4567")
    places = [(n, place) for n, place in enumerate(generation.places) if place.country == "US" and len(place.states) == 1]
    return {state for n, place in places if generation.asks_each(bound, n) for state in place.states}


def test_only_places_whose_law_looks_at_each_callee_are_worked_out_anew():
    clock = FrozenClock("2026-11-24T15:00:00Z")
    text = POLICY.replace('packs = ["ours.toml"]', "packs = []")
    with Guard(Policy.from_toml(text), clock=clock) as guard:
        line = {"caller": "+65 6123 4567", "campaign": "c"}
        kept = [guard.may_dial(n, **line) for n in ("+12125550123", "+12125550124")]
        each = [guard.may_dial(n, **line) for n in ("+33123450123", "+13055550123")]

        assert kept[0] is kept[1]
        assert [str(d.reason) for d in each] == ["no-consent", "allowed"]
        assert wide(guard) == {"US-CT", "US-FL", "US-MD", "US-OK", "US-OR"}
    with Guard(Policy.from_toml(text + "automated = true\n"), clock=clock) as guard:
        guard.consent("+12125550124", proof="form 12", scope="c")
        assert [str(guard.may_dial(n, **line).reason) for n in ("+12125550123", "+12125550124")] == ["no-consent", "allowed"]
        assert len(wide(guard)) == 51
    with Guard(Policy.from_toml(text.replace('"marketing"', '"service"') + "automated = true\n"), clock=clock) as guard:
        assert wide(guard) == set()


def test_a_campaign_s_own_window_narrows_the_law_s():
    text = POLICY.replace('packs = ["ours.toml"]', "packs = []") + "window = { start = 12:00:00, end = 20:30:00 }\n"
    with Guard(Policy.from_toml(text), clock=FrozenClock("2026-11-24T01:15:00Z")) as guard:
        found = {hour: str(guard.may_dial("+13055550123", caller="+65 6123 4567", campaign="c", at=at).rule) for hour, at in (
            ("20:15", datetime.fromisoformat("2026-11-23T20:15:00-05:00")), ("11:00", datetime.fromisoformat("2026-11-23T11:00:00-05:00")),
            ("12:00", datetime.fromisoformat("2026-11-23T12:00:00-05:00")))}  # fmt: skip

    assert found == {"20:15": "marketing-hours", "11:00": "campaign-window", "12:00": "None"}


def test_every_pair_of_clauses_and_kinds_of_call_is_judged_by_what_the_clause_says():
    for clause, purpose, automated in product(clauses(), model.Purpose.__args__, (False, True)):
        assert clause.about(purpose, "finance", automated=automated) == (
            purpose == "marketing" and (automated or not clause.automated)
        )
