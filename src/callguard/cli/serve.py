"""`callguard serve`: the guard over HTTP, for dialers in any language."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from callguard.cli import commands
from callguard.cli.desk import NotAnswered

if TYPE_CHECKING:
    from callguard.cli.desk import Desk
    from callguard.cli.words import Words
    from callguard.service.sockets import Listening

_ADDRESS: Final = "127.0.0.1:8731"
_MODE: Final = re.compile(r"0?[0-7]{3}")
_OTHERS: Final = 0o007


def command(words: Words) -> click.Command:
    """Return the command."""
    params = [
        commands.file_option("--socket", metavar="PATH"),
        click.Option(["--mode"], metavar="MODE"),
        click.Option(["--listen"], metavar="HOST:PORT"),
        commands.file_option("--tokens"),
        click.Option(["--consents"], is_flag=True),
        commands.file_option("--tls-cert"),
        commands.file_option("--tls-key"),
        click.Option(["--drain"], metavar="SECONDS", type=click.IntRange(min=0), default=0),
        click.Option(["--concurrency"], metavar="N", type=click.IntRange(min=1), default=256),
    ]
    return commands.Command(words, "serve", serve, params)


def serve(desk: Desk, *, drain: int, concurrency: int, consents: bool, **given: Any) -> int:
    """Serve until told to stop; 0 then."""
    from callguard.service import Limits, needed

    needed()
    from callguard.service import hosting
    from callguard.service.desk import Desk as Service
    from callguard.service.desk import log
    from callguard.service.tokens import Tokens, read_file

    tls = _tls(desk, given["tls_cert"], given["tls_key"])
    tokens = _tokens(desk, given["tokens"])
    listening = _listen(desk, given["socket"], given["mode"], given["listen"], has_tokens=tokens is not None)
    try:
        guard = desk.guard()
        desk.notes(desk.warnings(guard))
        guard.watch()
        hosts = None if listening.path or tokens else frozenset({"localhost", "127.0.0.1", "[::1]", listening.host})
        service = Service(
            guard, None if tokens is None else Tokens(tokens), Limits(concurrency=concurrency), consents=consents, hosts=hosts
        )
        if given["tokens"] is not None:
            service.renew = lambda: read_file(Path(given["tokens"]))
        hosting.log_to_stderr()
        if not listening.loopback and tls is None:
            log.warning(desk.words("serve-no-tls"))
        hosting.serve(service, listening, drain=drain, tls=tls, started=lambda: _started(desk, listening))
    finally:
        listening.close()
    return 0


def _started(desk: Desk, listening: Listening) -> None:
    if desk.json:
        desk.print_json({"listening": listening.shown})
    else:
        desk.show(desk.words("serve-started", where=listening.shown))


def _listen(desk: Desk, path: str | None, mode: str | None, address: str | None, *, has_tokens: bool) -> Listening:
    """Open the socket; NotAnswered for one that whoever is not meant to could reach without a token."""
    from callguard.service import sockets

    if path is not None:
        if address is not None:
            raise NotAnswered(desk.words("init-useless", option="--listen", why="--socket"))
        bits = _mode(desk, mode)
        if bits & _OTHERS and not has_tokens:
            raise NotAnswered(desk.words("serve-mode-open", mode=f"{bits:04o}"))
        return sockets.on_path(Path(path), bits)
    if mode is not None:
        raise NotAnswered(desk.words("serve-mode-alone"))
    written = _ADDRESS if address is None else address
    host, colon, port = written.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65_535 or not host:
        raise NotAnswered(desk.words("serve-address", text=written))
    listening = sockets.on_address(host.strip("[]"), int(port))
    if not listening.loopback and not has_tokens:
        listening.close()
        raise NotAnswered(desk.words("serve-needs-tokens", address=written))
    return listening


def _mode(desk: Desk, text: str | None) -> int:
    written = "0600" if text is None else text
    if not _MODE.fullmatch(written):
        raise NotAnswered(desk.words("serve-mode", text=written))
    return int(written, 8)


def _tokens(desk: Desk, file: str | None) -> dict[str, str] | None:
    """Return the tokens of the file, else of the environment; None where neither has any."""
    from callguard.service import tokens

    if file is not None:
        path = Path(file)
        desk.readable(path)
        return tokens.read_file(path)
    text = os.environ.get(tokens.VARIABLE)
    return None if text is None else tokens.read_variable(text)


def _tls(desk: Desk, certificate: str | None, key: str | None) -> tuple[str, str] | None:
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise NotAnswered(desk.words("missing-option", option="--tls-cert" if certificate is None else "--tls-key"))
    for file in (certificate, key):
        desk.readable(Path(file))
    return certificate, key
