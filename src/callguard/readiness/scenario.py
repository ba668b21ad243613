"""What one means to do: who calls whom for what, from which numbers, and what there is already."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date  # noqa: TC003 - attrs resolves the types
from types import MappingProxyType
from typing import Any, Final, Literal, cast, get_args

import attrs

from callguard import packs, phone
from callguard.model import CallerKind
from callguard.policy.model import Product, Purpose, Sector

Operation = Literal["self-run", "outsourced"]
Institution = Literal["bank", "insurance", "securities", "for-profit-school", "non-profit-school"]
_PROVINCIAL: Final = "call-centre-provincial"
_INSTITUTIONS: Final[dict[str, str]] = {
    "bank": "finance",
    "insurance": "finance",
    "securities": "finance",
    "for-profit-school": "education",
    "non-profit-school": "education",
}


def _wrong(name: str, found: object, accepted: str) -> ValueError:
    return ValueError(f"`{name}` is {found!r}; accepted: {accepted}")


def _one_of(choices: Collection[str], *, maybe: bool = False) -> Any:
    def check(_: object, field: attrs.Attribute[Any], value: object) -> None:
        if not (maybe and value is None) and value not in choices:
            raise _wrong(field.name, value, ", ".join(choices))

    return check


def _flag(_: object, field: attrs.Attribute[bool], value: object) -> None:
    if type(value) is not bool:
        raise _wrong(field.name, value, "True or False")


def _maybe_flag(_: object, field: attrs.Attribute[bool | None], value: object) -> None:
    if value is not None and type(value) is not bool:
        raise _wrong(field.name, value, "True, False, or None where it is not known")


def _amount(_: object, field: attrs.Attribute[Any], value: object) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf")):
        raise _wrong(field.name, value, "a number, 0 or more, or None where it is not known")


@attrs.frozen(kw_only=True)
class Use:
    """What calls are for, in the words of a campaign; `academic_tutoring` is true in education unless said otherwise."""

    purpose: Purpose = attrs.field(validator=_one_of(get_args(Purpose)))
    sector: Sector = attrs.field(default="general", validator=_one_of(get_args(Sector)))
    product: Product | None = attrs.field(default=None, validator=_one_of(get_args(Product), maybe=True))
    academic_tutoring: bool = attrs.field(validator=_flag)

    @academic_tutoring.default
    def _tutoring(self) -> bool:
        return self.sector == "education"

    @product.validator
    def _healthcare(self, _: object, value: object) -> None:
        if value is not None and self.sector != "healthcare":
            raise _wrong("product", value, "a product only where `sector` is healthcare")

    @academic_tutoring.validator
    def _education(self, _: object, value: object) -> None:
        if value and self.sector != "education":
            raise _wrong("academic_tutoring", value, "True only where `sector` is education")


@attrs.frozen(kw_only=True)
class Held:
    """A licence, filing or number that is there: since when, and its last valid day, where they are known.

    `provinces` are those of provincial call-centre licences; none where that is not said. `unfiled`: the days on which numbers were
    obtained that are not filed yet; None where that is not said.
    """

    since: date | None = None
    until: date | None = None
    provinces: tuple[str, ...] = ()
    unfiled: tuple[date, ...] | None = None

    def covers(self, provinces: Iterable[str]) -> bool:
        """Return whether it holds in some provinces, as far as is said."""
        return not self.provinces or set(self.provinces) >= set(provinces)


def _provinces(value: Iterable[str] | str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(phone.region(each) for each in ([value] if isinstance(value, str) else value)))


def _home(value: str | None) -> str | None:
    return None if value is None else phone.region(value)


def _uses(value: Iterable[Use] | Use) -> tuple[Use, ...]:
    return (value,) if isinstance(value, Use) else tuple(value)


def _held(value: Mapping[str, Held | date | None] | Iterable[str]) -> Mapping[str, Held]:
    """Return what is held by its id; of a plain list of ids nothing is known but that they are held."""
    pairs = value.items() if isinstance(value, Mapping) else ((id_, None) for id_ in value)
    return MappingProxyType({id_: each if isinstance(each, Held) else Held(since=each) for id_, each in pairs})


def _days(value: Mapping[str, date]) -> Mapping[str, date]:
    return MappingProxyType(dict(value))


def _numbers(value: Mapping[str, int]) -> Mapping[CallerKind, int]:
    return cast("Mapping[CallerKind, int]", MappingProxyType(dict(value)))


def _flags() -> Any:
    return attrs.field(default=False, validator=_flag)


def _known() -> Any:
    return attrs.field(default=None, validator=_maybe_flag)


def _figure() -> Any:
    return attrs.field(default=None, validator=_amount)


@attrs.frozen(kw_only=True)
class Scenario:
    """What one means to do. ValueError names what is wrong, what was found and what is accepted.

    Calls go to the whole country (`national`) or to `provinces`, in any of their writings; `home` is where the enterprise is, the
    one province unless said. `numbers` are kinds of callers and how many of each. `registered_capital` and `paid_in_capital` are
    in yuan, `office_area` in m². What is None is not known, and counts as not met. `held` are ids of requirements that are met,
    `lapsed` those that were, each with its last day; `intended` those that one meant to apply for. `hk_mo_tw_abroad`: whether Hong
    Kong, Macau and Taiwan count as abroad. `regulations`: whether the plan says beside what regulation says otherwise.
    """

    uses: tuple[Use, ...] = attrs.field(converter=_uses)
    national: bool = _flags()
    provinces: tuple[str, ...] = attrs.field(default=(), converter=_provinces)
    home: str | None = attrs.field(default=None, converter=_home)
    operation: Operation | None = attrs.field(default=None, validator=_one_of(get_args(Operation), maybe=True))
    institution: Institution | None = attrs.field(default=None, validator=_one_of(get_args(Institution), maybe=True))
    online: bool = _flags()
    ai: bool = _flags()
    biometrics: bool = _flags()
    abroad: bool = _flags()
    hk_mo_tw: bool = _flags()
    hk_mo_tw_abroad: bool = attrs.field(default=True, validator=_flag)
    branch: bool = _flags()
    foreign_capital: bool = _flags()
    numbers: Mapping[CallerKind, int] = attrs.field(factory=dict, converter=_numbers, hash=False)
    seats: int | None = _figure()
    registered_capital: float | None = _figure()
    paid_in_capital: float | None = _figure()
    office_area: float | None = _figure()
    business_scope: bool | None = _known()
    staff: bool | None = _known()
    facilities: bool | None = _known()
    service_network: bool | None = _known()
    security_policy: bool | None = _known()
    held: Mapping[str, Held] = attrs.field(factory=dict, converter=_held, hash=False)
    lapsed: Mapping[str, date] = attrs.field(factory=dict, converter=_days, hash=False)
    intended: frozenset[str] = attrs.field(default=frozenset(), converter=frozenset)
    regulations: bool = _flags()

    def __attrs_post_init__(self) -> None:
        """Check what belongs together."""
        if not self.uses or not all(isinstance(use, Use) for use in self.uses):
            raise _wrong("uses", self.uses, "one Use or more")
        if self.national == bool(self.provinces):
            raise _wrong("provinces", self.provinces, "one mainland province or more, or `national=True` and none")
        for name, codes in (("provinces", self.provinces), ("home", (self.home,) if self.home else ())):
            for code in codes:
                if code not in phone.PROVINCES:
                    raise _wrong(name, code, "mainland provinces, as CN-GD, 广东 or Guangdong")
        if self.institution and _INSTITUTIONS[self.institution] not in {use.sector for use in self.uses}:
            raise _wrong("institution", self.institution, f"where a sector is {_INSTITUTIONS[self.institution]}")
        for kind, count in self.numbers.items():
            if kind not in get_args(CallerKind) or type(count) is not int or count < 1:
                raise _wrong("numbers", {kind: count}, f"{', '.join(get_args(CallerKind))}, each with how many, 1 or more")
        if None not in (self.registered_capital, self.paid_in_capital) and self.paid_in_capital > self.registered_capital:  # type: ignore[operator]
            raise _wrong("paid_in_capital", self.paid_in_capital, "no more than `registered_capital`")
        known = packs.requirements().requirements
        for name, ids in (("held", self.held), ("lapsed", self.lapsed), ("intended", self.intended)):
            for id_ in ids:
                if id_ not in known:
                    raise _wrong(name, id_, ", ".join(known))

    @property
    def scope(self) -> Literal["national", "provincial"]:
        """Which call-centre licence calls need: the provincial one within one province, or in all of those for which it is held."""
        held = self.held.get(_PROVINCIAL)
        several = held is not None and held.provinces and held.covers(self.provinces)
        return "provincial" if len(self.provinces) == 1 or (self.provinces and several) else "national"

    @property
    def outsourced(self) -> bool:
        """Whether calls are placed for other enterprises."""
        return self.operation == "outsourced"

    @property
    def place(self) -> str | None:
        """The enterprise's province, where it is known."""
        return self.home or (self.provinces[0] if len(self.provinces) == 1 else None)

    def answers(self, clause: Mapping[str, bool | str]) -> bool:
        """Return whether all that a clause of the law says is true here; what it says of a use, of one and the same."""
        whole: dict[str, bool | str] = {}
        single: dict[str, bool | str] = {}
        for key, value in clause.items():
            (single if key in _OF_USE else whole)[key] = value
        if not all(value in self.numbers if key == "number" else getattr(self, key) == value for key, value in whole.items()):
            return False
        return not single or any(all(_said(use, key) == value for key, value in single.items()) for use in self.uses)

    def answers_any(self, clauses: tuple[Mapping[str, bool | str], ...]) -> bool:
        """Return whether one of some clauses is true here, or there is none."""
        return not clauses or any(self.answers(clause) for clause in clauses)


_OF_USE: Final = frozenset(field.name for field in attrs.fields(Use))


def _said(use: Use, key: str) -> bool | str:
    found: bool | str | None = getattr(use, key)
    return "none" if found is None else found
