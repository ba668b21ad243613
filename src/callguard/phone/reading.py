"""Whatever a callee is written as, read as E.164, as invalid or as protected."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

import attrs

from callguard._core.native import CHINA, LIMIT, MOBILE_FROM, MOBILE_TO, plain
from callguard.model import Place
from callguard.phone import short_codes
from callguard.phone.hcodes import NAMES, Hcodes
from callguard.phone.masking import mask
from callguard.phone.plan_file import NOWHERE, shipped
from callguard.phone.regions import country_zones
from callguard.phone.telling import told
from callguard.phone.written import Written, written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from phonenumbers import PhoneNumber

    from callguard._core.plan import Plan
    from callguard.phone.plan_file import PlanFile

NO_COUNTRY: Final = ("800", "808", "870", "878", "881", "882", "883", "888", "979")  # what numbers of no country begin with
# of the mainland's mobile numbers, whatever their length: nothing that begins so is stripped, nor is it a short code or behind one
_MOBILE: Final = tuple(f"86{head}" for head in (13, 14, 15, 16, *range(170, 179), 18, 19))
_LIKE_MOBILE: Final = re.compile(r"1(?:[3-689]\d|7[0-8])\d{5,9}", re.ASCII)
Status = Literal["valid", "invalid", "protected"]


@attrs.frozen(slots=True)
class Reading:
    """How a callee was read: `number` is E.164 wherever it can be read as one, valid or not; `note` says more of an invalid one."""

    number: int | None = attrs.field(repr=lambda number: "None" if number is None else mask(number))
    status: Status
    note: str | None = None


class NumberPlan:
    """The numbering plan as an enterprise in `region` reads it; `integers` and `hcodes` are its policy's.

    `core` answers for E.164 numbers; a leaf of it is an index of `places`. A region without telephones reads numbers with a
    country code alone. ValueError for what is no ISO 3166-1 code.
    """

    def __init__(
        self,
        region: str = "CN",
        integers: Literal["e164", "national"] | None = None,
        hcodes: Mapping[int, str] | None = None,
    ) -> None:
        data = shipped()
        country_zones(region)
        self.region = region
        self.integers = integers
        self._own = data.regions.get(region, NOWHERE)
        self.national = self._own.country_code
        self.places = list(data.places)
        self.hcodes = Hcodes.of(hcodes) if hcodes else None
        self.core: Plan = data.core if self.hcodes is None else self._with(data, self.hcodes)

    def _with(self, data: PlanFile, hcodes: Hcodes) -> Plan:
        """Return the plan with newer provinces of Chinese mobile numbers."""
        ids = {place: i for i, place in enumerate(self.places)}
        numbers = [0] * len(NAMES)
        for number in sorted(set(hcodes.numbers) - {0}):
            place = Place("CN", NAMES[number], frozenset({"Asia/Shanghai"}))
            numbers[number] = ids.setdefault(place, len(self.places))
            if numbers[number] == len(self.places):
                self.places.append(place)
        return data.with_china(hcodes.numbers, numbers)

    @cached_property
    def ambiguous(self) -> range:
        """The integers that `core` must not be asked about, but `read`: they may be national numbers of the region."""
        if self.integers == "national":
            return range(LIMIT)
        if self.integers == "e164" or not self._own.mobile_to:
            return range(0)
        if self.national == CHINA:
            return range(MOBILE_FROM, MOBILE_TO)
        return range(10 ** (self._own.mobile_from - 1), 10**self._own.mobile_to)

    def place_id(self, number: int) -> int:
        """Return the index in `places` of a valid number."""
        return self.core.place(number)

    @staticmethod
    def country_code(country: str) -> str:
        """Return the digits that numbers of a country begin with in E.164; KeyError for a country without numbers."""
        return str(shipped().regions[country].country_code)

    def tell(self, place: Place, text: str) -> Place:
        """Return a place with what `place=` says of it; ValueError for what is no region, or is not in the callee's own country."""
        return told(place, text)

    def read(self, callee: str | int) -> Reading:
        """Return how a callee is read, whatever the text or integer; TypeError for anything else."""
        if isinstance(callee, str):
            return self._short(callee) or self._read_text(callee)
        if isinstance(callee, bool) or not isinstance(callee, int):
            msg = f"a callee is a {type(callee).__name__}; accepted: a str, or an int in E.164"
            raise TypeError(msg)
        return self._read_int(callee)

    def _short(self, text: str) -> Reading | None:
        """Return the reading of a text that is plain digits, and certainly valid or no mobile number of the mainland."""
        n = plain(text, self.national)
        if n > 0 and self.core.leaf(n) > 1:
            return Reading(n, "valid")
        if n < 0 and self.national == CHINA and _LIKE_MOBILE.fullmatch(text):
            n = int(f"{CHINA}{text}")
        mobile = n > 0 and str(n).startswith(_MOBILE)
        return Reading(n, "invalid") if mobile and self.core.leaf(n) == 0 else None

    def _read_text(self, text: str) -> Reading:
        found = written(text)
        if found is None:
            return Reading(None, "invalid", "characters" if text.strip() else None)
        if found.plus and found.digits.startswith("00"):
            found = Written(found.digits, plus=False)
        return self._short(("+" if found.plus else "") + found.digits) or self.read_digits(found)

    def _read_int(self, n: int) -> Reading:
        if not 0 < n < LIMIT:
            return Reading(None, "invalid")
        asked = n in self.ambiguous
        if not asked and self.core.leaf(n) > 1:
            return Reading(n, "valid")
        bare = Written(str(n), plus=False)
        if self.integers == "national":
            return self.read_digits(bare)
        if asked and self._is_mobile(bare):
            return Reading(None, "invalid", "ambiguous-integer")
        whole = self.read_digits(Written(str(n), plus=True))
        if self.region == "CN" and not (whole.status == "valid" and self.integers == "e164"):
            if self._is_protected(bare):
                return self.read_digits(bare)
            if whole.status == "invalid" and short_codes.is_enterprise(bare.digits):
                return self.read_digits(bare)
        return whole

    def _is_mobile(self, bare: Written) -> bool:
        """Return whether digits are a mobile number of the region; in China every one from 13… to 19… counts."""
        if self.national == CHINA:
            return True
        import phonenumbers as library

        found = _parsed(bare, self.region)
        return (
            found is not None
            and found.country_code == self.national
            and library.number_type(found) in (library.PhoneNumberType.MOBILE, library.PhoneNumberType.FIXED_LINE_OR_MOBILE)
        )

    def _is_protected(self, found: Written) -> bool:
        return short_codes.is_protected(found.digits, plus=found.plus, mainland=self.region == "CN", country_code=self.national)

    def read_digits(self, found: Written) -> Reading:
        """Return how digits are read, by phonenumbers and without the short path."""
        parsed = _parsed(found, self.region)
        number = None if parsed is None else _e164(parsed)
        if self._is_protected(found):
            return Reading(number, "protected")
        short = self._is_short(found)
        if number is None:
            return Reading(None, "invalid", "short-code" if short else None)
        national = str(number).removeprefix(str(parsed.country_code)) if parsed else ""
        if parsed and parsed.country_code == CHINA and short_codes.is_public(national):
            return Reading(number, "protected")
        if self._is_valid(number, found) and not (short and self._is_bare(found)):
            return Reading(number, "valid")
        if national in short_codes.EVERYWHERE:
            return Reading(number, "protected")
        return Reading(number, "invalid", "short-code" if short else None)

    def _is_valid(self, number: int, read: Written) -> bool:
        """Return whether a number is valid that was read so."""
        leaf = self.core.leaf(number)
        if leaf != 1:
            return leaf > 1
        whole = Written(str(number), plus=True)
        if self.core.place(number) < 2 or whole == read:
            return self.core.place(number) > 1
        parsed = _parsed(whole, self.region)
        return parsed is not None and _e164(parsed) == number

    def _is_bare(self, found: Written) -> bool:
        """Return whether digits without a country code are a short code of an enterprise's."""
        return self.region == "CN" and not found.plus and short_codes.is_enterprise(found.digits)

    def _is_short(self, found: Written) -> bool:
        """Return whether digits are a short code of an enterprise's, bare or behind the mainland's country code."""
        if self._is_bare(found):
            return True
        codes = ("86",) if found.plus else ("86", "0086") if self.region == "CN" else ()
        return any(found.digits.startswith(cc) and short_codes.is_enterprise(found.digits[len(cc) :]) for cc in codes)


def _parsed(found: Written, region: str) -> PhoneNumber | None:
    """Return what phonenumbers makes of digits; None where it makes nothing."""
    import phonenumbers as library

    try:
        return library.parse("+" + found.digits) if found.plus else library.parse(found.digits, region)
    except library.NumberParseException:
        return None


def _e164(parsed: PhoneNumber) -> int | None:
    """Return a parsed number as an integer; None where it is longer than E.164 allows."""
    national = str(parsed.national_number)
    if parsed.italian_leading_zero:
        national = "0" * (parsed.number_of_leading_zeros or 1) + national
    number = int(f"{parsed.country_code}{national}")
    return number if number < LIMIT else None
