"""`callguard plan`: what must be applied for before the first call, by when, and what is owed afterwards."""

from __future__ import annotations

import sys
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, Final, get_args

import click
from click.shell_completion import CompletionItem

from callguard import clock, packs
from callguard.cli import answers, commands, plan_ids, reports
from callguard.cli.desk import NotAnswered
from callguard.model import CallerKind
from callguard.phone import PROVINCES
from callguard.readiness import Scenario, Use, json_form, plan, scenario_of
from callguard.readiness.scenario import Institution, Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from callguard.cli.desk import Desk
    from callguard.cli.words import Words
    from callguard.policy import Policy

FLAGS: Final = ("online", "ai", "biometrics", "abroad", "hk_mo_tw", "branch", "foreign_capital")
FACTS: Final = ("business_scope", "staff", "facilities", "service_network", "security_policy")
AMOUNTS: Final = ("registered_capital", "paid_in_capital", "office_area")
PRODUCTS: Final = ("drug", "medical-device", "none")
_OF_USES: Final = ("sector", "purpose", "product", "academic_tutoring")
_OF_OTHERS: Final = ("on",)


def command(words: Words) -> click.Command:
    """Return the command."""
    kinds = get_args(CallerKind)
    params: list[click.Parameter] = [
        click.Option(["--sector"], type=click.Choice(answers.SECTORS), multiple=True),
        click.Option(["--institution"], type=click.Choice(get_args(Institution))),
        click.Option(["--product"], type=click.Choice(PRODUCTS), multiple=True),
        click.Option(["--academic-tutoring/--no-academic-tutoring"], default=None),
        click.Option(["--purpose"], type=click.Choice(answers.PURPOSES), multiple=True),
        click.Option(["--operation"], type=click.Choice(get_args(Operation))),
        click.Option(["--national"], is_flag=True),
        click.Option(["--province"], metavar="PROVINCE", multiple=True, shell_complete=_beginning(PROVINCES)),
        click.Option(["--home"], metavar="PROVINCE", shell_complete=_beginning(PROVINCES)),
        *(_yes_or_no(name) for name in FLAGS),
        click.Option(["--hk-mo-tw-abroad/--no-hk-mo-tw-abroad"], default=None),
        click.Option(["--number"], metavar="KIND[=N]", multiple=True, shell_complete=_beginning(kinds)),
        click.Option(["--seats"], type=click.IntRange(0), metavar="N"),
        *(click.Option([f"--{name.replace('_', '-')}"], metavar="N") for name in AMOUNTS),
        *(_yes_or_no(name) for name in FACTS),
        click.Option(["--held"], metavar="ID[=DATE]", multiple=True, shell_complete=_beginning(plan_ids.ids())),
        click.Option(["--intend"], metavar="ID", multiple=True, shell_complete=_beginning(plan_ids.ids())),
        click.Option(["--regulations"], is_flag=True),
        click.Option(["--on"], metavar="DATE"),
        *reports.options(),
    ]
    return commands.Command(words, "plan", run, params)


def run(desk: Desk, *, regulations: bool, report: tuple[str, ...], force: bool, **given: Any) -> int:
    """Ask, or take what options and policy say, and show the plan; 0 however long it is."""
    from callguard.cli import plan_asking, plan_report, plan_shown

    words = desk.words
    reports.check(desk, report, force=force)
    on = _day(words, "--on", given["on"]) if given["on"] else clock.local(packs.load().calendar_zone, desk.now)[0]
    said = {name for name, value in given.items() if value is not None and value != () and (name != "national" or value)}
    policy = desk.policy() if desk.policy_option else None
    if policy is None and not said - set(_OF_OTHERS) and sys.stdin.isatty() and not desk.json:
        if packs.calendar().day(on).kind == "unknown":
            raise NotAnswered(words("plan-wrong-on"))
        given = plan_asking.Interview(words).ask()
    fields = read(words, given) | ({"regulations": True} if regulations else {})
    if policy is None:
        _enough(words, fields)
    try:
        scenario = Scenario(**fields) if policy is None else scenario_of(policy, on=on, **_merged(fields, policy.campaigns))
        found = plan(scenario, on=on, calendar=None if policy is None else packs.calendar(policy.calendar_overrides))
    except ValueError as error:
        raise NotAnswered(_why(words, str(error), fields, policy)) from None
    reports.write(
        desk,
        report,
        page=lambda: plan_report.page(words, found, made=reports.made(desk, packs.load().calendar_zone)),
        value=lambda: json_form.as_json(found, words.lang),
        events=lambda: plan_report.events(words, found, enterprise="" if policy is None else policy.enterprise.name),
    )
    if desk.json:
        desk.print_json(json_form.as_json(found, words.lang))
    else:
        plan_shown.show(desk, found)
    return 0


def read(words: Words, given: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a Scenario that the options say; NotAnswered names the option that is wrong."""
    if given["national"] and given["province"]:
        raise NotAnswered(words("plan-where-both"))
    found: dict[str, Any] = {}
    if given["national"] or given["province"]:
        found["national"] = given["national"]
        found["provinces"] = _read(words, "--province", ",".join(given["province"]), answers.provinces(words))
        if not given["national"] and not found["provinces"]:
            raise NotAnswered(words("plan-where"))
    if given["home"] is not None:
        found["home"] = _read(words, "--home", given["home"], answers.province(words))
    if given["number"]:
        found["numbers"] = _numbers(words, given["number"])
    if given["held"]:
        found["held"] = dict(_read(words, "--held", text, partial(plan_ids.held, words)) for text in given["held"])
    if given["intend"]:
        found["intended"] = frozenset(_read(words, "--intend", text, partial(plan_ids.read, words)) for text in given["intend"])
    for name in AMOUNTS:
        if given[name] is not None:
            found[name] = _amount(words, name, given[name])
    for name in (*FLAGS, *FACTS, "hk_mo_tw_abroad", "operation", "institution", "seats"):
        if given[name] is not None:
            found[name] = given[name]
    uses = _uses(words, given)
    return found | ({"uses": uses} if uses else {})


def _uses(words: Words, given: dict[str, Any]) -> tuple[Use, ...]:
    """Return each purpose of each sector; none where no purpose is said."""
    if not given["purpose"]:
        for name in _OF_USES:
            if given[name] not in (None, ()):
                raise NotAnswered(words("plan-purpose"))
        return ()
    sectors: tuple[Any, ...] = given["sector"] or ("general",)
    tutoring = given["academic_tutoring"]
    if given["product"] and "healthcare" not in sectors:
        raise NotAnswered(words("plan-product"))
    if tutoring and "education" not in sectors:
        raise NotAnswered(words("plan-tutoring"))
    found = []
    for sector in sectors:
        products = [None if each == "none" else each for each in given["product"]] if sector == "healthcare" else []
        more = {"academic_tutoring": tutoring} if sector == "education" and tutoring is not None else {}
        for purpose in given["purpose"]:
            found += [Use(purpose=purpose, sector=sector, product=product, **more) for product in products or [None]]
    return tuple(found)


def _merged(fields: dict[str, Any], campaigns: Iterable[object]) -> dict[str, Any]:
    """Return the fields that go before a policy's; a policy without campaigns leaves the uses to the options."""
    return fields if "uses" in fields or tuple(campaigns) else fields | {"uses": ()}


def _enough(words: Words, fields: dict[str, Any]) -> None:
    if "uses" not in fields:
        raise NotAnswered(words("plan-purpose"))
    if not {"national", "provinces"} & fields.keys():
        raise NotAnswered(words("plan-where"))


def _why(words: Words, text: str, fields: dict[str, Any], policy: Policy | None) -> str:
    """Say what a scenario cannot be, in the user's language where the words are known."""
    name = text[1:].partition("`")[0]
    if name == "paid_in_capital":
        where = {key: f"`--{key.replace('_', '-')}`" if key in fields else words("plan-of-policy", name=key) for key in AMOUNTS}
        return words("plan-wrong-paid-in", paid_in=where["paid_in_capital"], registered=where["registered_capital"])
    if name == "provinces" and policy is None:
        return words("plan-where")
    return words(f"plan-wrong-{name}") if name in ("provinces", "uses", "institution", "on", "packs") else text


def _read(words: Words, option: str, text: str, read: Callable[[str], Any]) -> Any:
    try:
        return read(text)
    except ValueError as error:
        raise NotAnswered(words("bad-choice", option=option, value=text, choices=error)) from None


def _day(words: Words, option: str, text: str) -> date:
    found = _read(words, option, text, answers.day)
    if not isinstance(found, date):
        raise NotAnswered(words("bad-choice", option=option, value=text, choices="YYYY-MM-DD"))
    return found


def _amount(words: Words, name: str, text: str) -> float:
    try:
        return answers.amount(text)
    except ValueError as error:
        raise NotAnswered(words("bad-choice", option=f"--{name.replace('_', '-')}", value=text, choices=error)) from None


def _numbers(words: Words, given: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for text in given:
        kind, count = _read(words, "--number", text, answers.number(words))
        if kind in found:
            raise NotAnswered(words("bad-choice", option="--number", value=text, choices=words("plan-number-once", kind=kind)))
        found[kind] = count
    return found


def _yes_or_no(name: str) -> click.Parameter:
    option = name.replace("_", "-")
    return click.Option([f"--{option}/--no-{option}"], default=None)


def _beginning(names: Iterable[str]) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001 - click's
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]

    return complete
