"""`callguard proxy`: guards on the wire, between any client and a switch."""

from __future__ import annotations

import asyncio
import logging
import re
import signal
import ssl
from typing import TYPE_CHECKING, Any, Final

import click
from rich.text import Text

from callguard.cli import commands
from callguard.cli.desk import NotAnswered

if TYPE_CHECKING:
    from callguard.cli.desk import Desk
    from callguard.cli.words import Words
    from callguard.judging.judge import Judge
    from callguard.proxies.connection import Connection
    from callguard.proxies.server import Address, Server, Settings

PARTS: Final = ("ami", "esl")


def command(words: Words) -> click.Command:
    """Return the command."""
    return commands.Family(words, "proxy", PARTS)


def options() -> list[click.Parameter]:
    """Return the options of both protocols."""
    return [
        click.Option(["--listen"], metavar="HOST:PORT", required=True),
        click.Option(["--upstream"], metavar="HOST:PORT", required=True),
        click.Option(["--campaign"], metavar="NAME", shell_complete=commands.campaigns),
        click.Option(["--caller"], metavar="NUMBER", shell_complete=commands.callers),
        click.Option(["--internal"], metavar="REGEX", multiple=True),
        click.Option(["--allow"], metavar="NAME", multiple=True),
        commands.file_option("--tls-cert"),
        commands.file_option("--tls-key"),
        click.Option(["--upstream-tls"], is_flag=True),
        commands.file_option("--upstream-ca"),
        click.Option(["--insecure"], is_flag=True),
        click.Option(["--connections"], type=click.IntRange(min=1), default=256, metavar="N"),
        click.Option(["--metrics"], metavar="HOST:PORT"),
    ]


def serve(desk: Desk, kind: type[Connection[Any, Any]], decided: frozenset[str], given: dict[str, Any]) -> int:
    """Guard until it is told to stop; 0 when it was, 2 when it cannot begin."""
    from callguard.judging.judge import Judge

    settings = _settings(desk, given)
    metrics = None if given["metrics"] is None else _address(desk, "metrics", given["metrics"])
    allow = tuple(given["allow"])
    for name in allow:
        if name.lower() in decided:
            raise NotAnswered(desk.words("proxy-decided", name=name))
    internal = tuple(_pattern(desk, written) for written in given["internal"])
    guard = desk.guard()
    if given["campaign"] is not None or given["caller"] is not None:
        _known(desk, guard.policy, given)
    guard.watch()
    desk.notes(desk.warnings(guard))
    judge = Judge(guard=guard, campaign=given["campaign"], caller=given["caller"], internal=internal, allow=allow)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    asyncio.run(_until_told(desk, kind, judge, settings, metrics))
    return 0


def _known(desk: Desk, policy: Any, given: dict[str, Any]) -> None:
    """Do nothing for a campaign and a caller of the policy; NotAnswered for another."""
    campaign, caller = given["campaign"], given["caller"]
    if campaign is not None and campaign not in [known.name for known in policy.campaigns]:
        raise NotAnswered(desk.unknown_campaign(policy, campaign))
    if caller is not None and policy.caller(caller) is None:
        raise NotAnswered(desk.unknown_caller(policy, caller, "--caller"))


def _settings(desk: Desk, given: dict[str, Any]) -> Settings:
    """Return where it listens and how; NotAnswered for what would lie open."""
    from callguard.proxies.server import Settings

    listen, upstream = (_address(desk, name, given[name]) for name in ("listen", "upstream"))
    if bool(given["tls_cert"]) != bool(given["tls_key"]):
        raise NotAnswered(desk.words("proxy-pair"))
    tls = None
    if given["tls_cert"]:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        _load(desk, given["tls_cert"], lambda: tls.load_cert_chain(given["tls_cert"], given["tls_key"]))
    elif not listen.is_loopback and not given["insecure"]:
        raise NotAnswered(desk.words("proxy-open"))
    upstream_tls = None
    if given["upstream_tls"] or given["upstream_ca"]:
        upstream_tls = ssl.create_default_context()
        if given["upstream_ca"]:
            _load(desk, given["upstream_ca"], lambda: upstream_tls.load_verify_locations(given["upstream_ca"]))
    return Settings(listen=listen, upstream=upstream, tls=tls, upstream_tls=upstream_tls, connections=given["connections"])


def _load(desk: Desk, path: str, load: Any) -> None:
    try:
        load()
    except ssl.SSLError as error:
        raise NotAnswered(desk.words("proxy-pem", path=path)) from error
    except OSError as error:
        error.filename = error.filename or path
        raise


def _address(desk: Desk, option: str, written: str) -> Address:
    from callguard.proxies.server import Address

    try:
        return Address.read(written)
    except ValueError:
        raise NotAnswered(desk.words("proxy-address", option=f"--{option}", text=written)) from None


def _pattern(desk: Desk, written: str) -> re.Pattern[str]:
    try:
        return re.compile(written)
    except re.error as error:
        raise NotAnswered(desk.words("proxy-pattern", text=written, why=error.msg)) from None


async def _until_told(
    desk: Desk, kind: type[Connection[Any, Any]], judge: Judge, settings: Settings, metrics: Address | None
) -> None:
    """Listen, until SIGTERM or SIGINT."""
    from callguard.proxies.server import Server
    from callguard.watching import serving
    from callguard.watching.counters import Counters

    server = Server(kind, judge, settings)
    counted = None if metrics is None else await serving.serve(Counters(judge.guard), metrics.host, metrics.port)
    await server.start()
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    _say(desk, server, settings, None if counted is None else counted.sockets[0].getsockname()[1])
    await told.wait()
    await server.stop()
    if counted is not None:
        counted.close()


def _say(desk: Desk, server: Server, settings: Settings, metrics: int | None) -> None:
    """Say where it listens, with the port that it got."""
    host, upstream = settings.listen.host, settings.upstream
    listening = f"[{host}]:{server.port}" if ":" in host else f"{host}:{server.port}"
    if desk.json:
        desk.print_json(
            {"listening": listening, "tls": settings.tls is not None, **({} if metrics is None else {"metrics": metrics})}
        )
    else:
        desk.show(Text(desk.words("proxy-listens", listen=listening, upstream=f"{upstream.host}:{upstream.port}")))
