"""Compile src/callguard/phone/plan.bin: the world's numbering plan, as phonenumbers knows it, as one minimal automaton.

    python tools/compile_plan.py [OUT]

Every step makes an acyclic automaton over digits and shares equal states (`Machine`), so that equal parts of different
plans are stored once: patterns -> types of one region -> regions of one country code -> places. The result answers what
`phonenumbers.is_valid_number`, its regions, types, time zones and Chinese geodata answer, without any of them.
"""

from __future__ import annotations

import sys
import zlib
from array import array
from pathlib import Path
from typing import TYPE_CHECKING, Any

import phonenumbers
from automata import DIGITS, Machine, Pattern
from overlays import PARTNERS
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE
from phonenumbers.geodata import GEOCODE_DATA
from phonenumbers.phonemetadata import PhoneMetadata
from phonenumbers.tzdata import TIMEZONE_DATA
from states import NAMES

from callguard.phone.regions import PROVINCES

if TYPE_CHECKING:
    from collections.abc import Callable

    from phonenumbers.phonemetadata import PhoneNumberDesc

OUT = Path(__file__).parent.parent / "src" / "callguard" / "phone" / "plan.bin"

# in the order in which phonenumbers asks, before fixed lines and mobiles
TYPES = ("premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail")
UNKNOWN, FIXED, MOBILE, EITHER, VOIP, OTHER = range(6)
GEOGRAPHICAL_MOBILES = {52, 54, 55, 62, 86}

M = Machine()
NEVER = M.constant(False)

_patterns: dict[tuple[str, bool], int] = {}


def pattern(source: str | None, *, prefix: bool = False) -> int:
    """Return the automaton of `re.fullmatch`, or of `re.match` (`prefix`)."""
    if not source:
        return NEVER
    key = (source, prefix)
    if key not in _patterns:
        nfa = Pattern(source)
        memo: dict[frozenset[int], int] = {}

        def make(states: frozenset[int]) -> int:
            if states not in memo:
                if not states:
                    memo[states] = NEVER
                elif prefix and nfa.matches(states):
                    memo[states] = M.constant(True)
                else:
                    memo[states] = M.node(nfa.matches_at_end(states), tuple(make(nfa.step(states, d)) for d in DIGITS))
            return memo[states]

        _patterns[key] = make(nfa.start)
    return _patterns[key]


def both(*states: int) -> int:
    return M.product(lambda *found: all(found), *states)


def described(desc: PhoneNumberDesc | None) -> int:
    """Return the automaton of `_is_number_matching_desc`."""
    if desc is None or not desc.national_number_pattern:
        return NEVER
    found = pattern(desc.national_number_pattern)
    return both(found, M.lengths(set(desc.possible_length))) if desc.possible_length else found


def types(metadata: PhoneMetadata) -> int:
    """Return the automaton of `_number_type_helper`, with the types that the guard tells apart."""

    def combine(general: bool, *found: bool) -> int:
        *others, fixed, mobile = found
        if not general:
            return UNKNOWN
        for name, yes in zip(TYPES, others, strict=True):
            if yes:
                return VOIP if name == "voip" else OTHER
        if fixed:
            return EITHER if metadata.same_mobile_and_fixed_line_pattern or mobile else FIXED
        return MOBILE if mobile and not metadata.same_mobile_and_fixed_line_pattern else UNKNOWN

    names = (*TYPES, "fixed_line", "mobile")
    return M.product(combine, described(metadata.general_desc), *[described(getattr(metadata, name)) for name in names])


def metadata_of(code: int, region: str) -> PhoneMetadata:
    return PhoneMetadata.metadata_for_region_or_calling_code(code, region)


def regions(code: int) -> int:
    """Return the automaton of (region, type), as `region_code_for_number` and then `number_type` find them."""
    names = COUNTRY_CODE_TO_REGION_CODE[code]
    if len(names) == 1:
        return M.product(lambda kind: (names[0], kind), types(metadata_of(code, names[0])))
    found = M.constant((None, UNKNOWN))
    for name in names:
        metadata = metadata_of(code, name)
        kinds = types(metadata)
        if metadata.leading_digits is None:
            chosen = M.product(lambda kind: kind != UNKNOWN, kinds)
        else:
            chosen = pattern(metadata.leading_digits, prefix=True)

        def combine(before: Any, yes: bool, kind: int, name: str = name) -> Any:
            return before if before[0] is not None or not yes else (name, kind)

        found = M.product(combine, found, chosen, kinds)
    return found


def asks(code: int) -> int:
    """Return the automaton that is true where `phonenumbers.parse` might strip something from the national number.

    It strips what `national_prefix_for_parsing` matches, unless the number was viable before and is not after, or is too
    short after. Where the rule also transforms, and in China, where short codes follow prefixes, any match counts.
    """
    metadata = metadata_of(code, COUNTRY_CODE_TO_REGION_CODE[code][0])
    source = metadata.national_prefix_for_parsing
    if not source:
        return NEVER
    nfa = Pattern(source)
    exact = not metadata.national_prefix_transform_rule and code != 86
    general = pattern(metadata.general_desc.national_number_pattern)
    possible = set(metadata.general_desc.possible_length)
    kept = set(range(max(possible))) - possible | set(metadata.general_desc.possible_length_local_only)
    long_enough = M.product(lambda short: not short, M.lengths(kept))
    memo: dict[Any, int] = {}

    def make(states: frozenset[int], whole: int, rests: frozenset[tuple[int, int]], first: bool) -> int:
        key = (states, whole, rests, first)
        if key not in memo:
            if not first and nfa.matches(states):
                if not exact:
                    memo[key] = M.constant(True)
                    return memo[key]
                rests |= {(general, long_enough)}
            output = any(M.outputs[long] and not (M.outputs[whole] and not M.outputs[rest]) for rest, long in rests) or (
                not first and not nfa.matches(states) and nfa.matches_at_end(states)
            )
            if not states and all(map(M.is_constant, (whole, *[s for pair in rests for s in pair]))):
                memo[key] = M.constant(output)
            else:
                memo[key] = M.node(output, tuple(make(
                    nfa.step(states, d), M.children[whole][d],
                    frozenset((M.children[rest][d], M.children[long][d]) for rest, long in rests), False,
                ) for d in DIGITS))  # fmt: skip
        return memo[key]

    return make(nfa.start, general, frozenset(), True)


def provinces(shortest: int) -> int:
    """Return the automaton of the province that the Chinese geodata give, by keys with so many digits after 86 or more."""

    def province(names: dict[str, str]) -> str:
        name = names.get("zh", "云南")  # four keys have English alone, all of Simao, Yunnan
        return next(code for code, (short, _, _) in PROVINCES.items() if name.startswith(short))

    keys = {key[2:]: province(names) for key, names in GEOCODE_DATA.items() if key.startswith("86") and len(key) - 2 >= shortest}
    return M.longest_prefix(keys, None)


def zones_under(prefix: str) -> dict[str, tuple[str, ...]]:
    return {key[len(prefix) :]: zones for key, zones in TIMEZONE_DATA.items() if key.startswith(prefix)}


def american_zones() -> dict[str, tuple[str, ...]]:
    """Return each area code's zones: those of all its exchanges, and of the codes it overlays or is overlaid by."""
    own: dict[str, set[str]] = {}
    for key, zones in zones_under("1").items():
        if key:
            own.setdefault(key[:3], set()).update(zones)
    everywhere = set(TIMEZONE_DATA["1"])
    return {
        code: tuple(sorted(own.get(code, everywhere).union(*[own.get(partner, ()) for partner in PARTNERS.get(code, ())])))
        for code in {*own, *PARTNERS}
    }


def american_states() -> dict[str, tuple[str, ...]]:
    """Return the states that the geodata name for each area code, and for the codes it overlays or is overlaid by.

    A code that they do not name has none, and may be in any.
    """
    own: dict[str, set[str]] = {}
    for key, names in GEOCODE_DATA.items():
        if key.startswith("1") and len(key) > 3 and (state := NAMES.get(names["en"].rsplit(", ", 1)[-1])):
            own.setdefault(key[1:4], set()).add(state)
    return {
        code: tuple(sorted(own.get(code, set()).union(*[own.get(partner, ()) for partner in PARTNERS.get(code, ())])))
        for code in {*own, *PARTNERS}
    }


def country_zones(code: int) -> tuple[str, ...]:
    """Return what `_country_level_time_zones_for_number` does."""
    text = str(code)
    return next(
        (TIMEZONE_DATA[text[:size]] for size in range(len(text), min(len(text), 2) - 1, -1) if text[:size] in TIMEZONE_DATA), ()
    )


def places(code: int, number: Callable[[tuple], int]) -> int:
    """Return the automaton of one country code's output: a place, negative where phonenumbers must be asked, 0 for none."""
    if code == 1:
        area = M.longest_prefix(american_zones(), tuple(TIMEZONE_DATA["1"]))
    else:
        area = M.longest_prefix(zones_under(str(code)), ())
    province = provinces(1) if code == 86 else M.constant(None)
    state = M.longest_prefix(american_states(), ()) if code == 1 else M.constant(())
    short = M.lengths(set(range(9))) if code == 86 else NEVER

    def combine(
        region_kind: tuple[str, int], ask: bool, zones: tuple[str, ...], province: str | None, states: tuple[str, ...], short: bool
    ) -> int:
        region, kind = region_kind
        ask = ask or short
        if kind == UNKNOWN:
            return -1 if ask else 0
        if code == 1 and kind in (MOBILE, VOIP):
            pass  # the area code's
        elif kind == OTHER:
            zones = zones if code == 86 else ()
        elif kind == VOIP or (kind == MOBILE and code not in GEOGRAPHICAL_MOBILES):
            zones = country_zones(code)
        country = None if region == "001" else region
        province = province if kind == FIXED else None
        inside = states if country == "US" and zones else ()
        place = number((country, province, tuple(sorted(zones)), kind == FIXED, inside))
        return -place if ask else place

    return M.product(combine, regions(code), asks(code), area, province, state, short)


def blocks(state: int, digits: int, last: int) -> list[int | None]:
    """Return the output of every block of the `last` digits, when so many digits follow; None where it is not uniform."""
    level = [state]
    for _ in range(digits - last):
        level = [child for s in level for child in M.children[s]]
    uniform: dict[int, object] = {}

    def output(s: int) -> object:
        if s not in uniform:
            t, seen = s, True
            for _ in range(last):
                seen = seen and len(set(M.children[t])) == 1
                t = M.children[t][0]
            uniform[s] = M.outputs[t] if seen else None
        return uniform[s]

    return [output(s) for s in level]


ASK, WALK = 0x8000, 0xFFFF


def encoded(output: int | None) -> int:
    if output is None:
        return WALK
    return output if output >= 0 else ASK | (0 if output == -1 else -output)


def compile_plan() -> bytes:
    found: dict[tuple, int] = {}

    def number(place: tuple) -> int:
        return found.setdefault(place, len(found) + 2)

    codes = {code: places(code, number) for code in sorted(COUNTRY_CODE_TO_REGION_CODE)}
    nothing = M.constant(0)

    def prefix(text: str) -> int:
        if text and int(text) in codes:
            return codes[int(text)]
        if len(text) == 3 or text.startswith("0"):
            return nothing
        return M.node(0, tuple(prefix(text + str(d)) for d in DIGITS))

    root = prefix("")
    assert M.outputs[root] == 0

    china = M.children[codes[86]][1]
    mobile_at = next(k for place, k in found.items() if place == ("CN", None, ("Asia/Shanghai",), False, ()))
    geo = M.children[provinces(6)][1]
    chinese = array("H")
    for digit in range(3, 10):
        outputs = blocks(M.children[china][digit], 9, 4)
        names = blocks(M.children[geo][digit], 9, 4)
        for output, name in zip(outputs, names, strict=True):
            known = output == mobile_at and name
            chinese.append(encoded(number(("CN", name, ("Asia/Shanghai",), False, ())) if known else output))
    american = array("H")
    for digit in range(2, 10):
        american.extend(map(encoded, blocks(M.children[codes[1]][digit], 9, 6)))

    order, ids = [root], {root: 0}
    for state in order:
        for child in M.children[state]:
            if child not in ids:
                ids[child] = len(order)
                order.append(child)
    assert len(order) < 0x10000
    outputs = array("H", [encoded(M.outputs[s]) for s in order])
    children = array("H", [ids[c] for s in order for c in M.children[s]])

    lines = [f"callguard-plan 1 {phonenumbers.__version__}"]
    lines += [f"region {name} {code} {longest(code, name)}" for code, names in sorted(COUNTRY_CODE_TO_REGION_CODE.items())
              for name in names if name != "001"]  # fmt: skip
    lines += [f"place {country or '-'} {province or '-'} {int(fixed)} {','.join(zones) or '-'}" + "".join(f" {s}" for s in states)
              for country, province, zones, fixed, states in found]  # fmt: skip
    lines += [f"arrays {len(outputs)} {len(children)} {len(chinese)} {len(american)}", "", ""]
    data = "\n".join(lines).encode()
    for part in (outputs, children, chinese, american):
        if sys.byteorder == "big":
            part.byteswap()
        data += part.tobytes()
    return zlib.compress(data, 9)


def longest(code: int, name: str) -> str:
    """Return the lengths that a region's national mobile numbers may have: `10` or `9-10`."""
    lengths = [length for desc in [metadata_of(code, name).mobile] if desc for length in desc.possible_length if length > 0]
    return f"{min(lengths)} {max(lengths)}" if lengths else "0 0"


if __name__ == "__main__":
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else OUT
    data = compile_plan()
    path.write_bytes(data)
    print(f"{path}: {len(data)} bytes, phonenumbers {phonenumbers.__version__}")
