"""Runs a command and turns whatever goes wrong into a sentence and an exit status, never a traceback."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click
from rich.text import Text

from callguard.batch.files import TableError
from callguard.cli.commands import Group
from callguard.cli.desk import Desk, NotAnswered, masked
from callguard.cli.words import Words, language
from callguard.errors import CallguardError, PolicyError

if TYPE_CHECKING:
    from collections.abc import Sequence

NOT_ANSWERED = 2
INTERRUPTED = 130


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit status: 0 yes, 1 no, 2 not answered, 130 stopped by the user."""
    words = Words(language(arguments, os.environ))
    as_json = "--json" in arguments
    desk = Desk(words, json=as_json)
    try:
        status = Group(words).main(list(arguments), prog_name="callguard", standalone_mode=False)
    except PolicyError as error:
        return _policy(desk, error)
    except click.UsageError as error:
        return _fail(desk, _usage(words, error), _where(words, error))
    except click.ClickException as error:
        return _fail(desk, error.format_message())
    except (click.Abort, KeyboardInterrupt):
        desk.complain(Text(words("stopped"), "yellow"))
        return INTERRUPTED if sys.stdin.isatty() else NOT_ANSWERED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOT_ANSWERED
    except TableError as error:
        return _fail(desk, desk.table(error))
    except NotAnswered as error:
        return _fail(desk, str(error))
    except CallguardError as error:
        return _fail(desk, str(error))
    except OSError as error:
        return _fail(desk, _os(words, error))
    return status if isinstance(status, int) else 0


def _fail(desk: Desk, message: str, hint: str | None = None) -> int:
    """Say on standard error, or as JSON, why there is no answer."""
    if desk.json:
        desk.print_json({"error": message})
        return NOT_ANSWERED
    text = Text.assemble((f"{desk.words('error')}: ", "bold red"), message)
    desk.complain(text)
    if hint:
        desk.complain(Text(hint, "dim"))
    return NOT_ANSWERED


def _policy(desk: Desk, error: PolicyError) -> int:
    """Show every mistake of a policy: where it stands, what was found, what is accepted."""
    if not error.problems:
        cause = error.__cause__
        return _fail(desk, _os(desk.words, cause) if isinstance(cause, OSError) and desk.words.lang == "zh" else str(error))
    words = desk.words
    if desk.json:
        names = ("key", "found", "accepted", "file", "line", "hint")
        problems = [{name: getattr(problem, name) for name in names} for problem in error.problems]
        desk.print_json({"error": words("bad-policy", n=len(problems)), "problems": problems})
        return NOT_ANSWERED
    desk.complain(Text.assemble((f"{words('error')}: ", "bold red"), words("bad-policy", n=len(error.problems))))
    for problem in error.problems:
        line = None if problem.line is None else str(problem.line) if problem.file else words.lines([problem.line])
        place = ":".join(part for part in (problem.file, line) if part is not None)
        desk.complain(Text())
        desk.complain(Text.assemble((problem.key, "bold"), ("  " + place if place else "", "dim")))
        for name in ("found", "accepted", "hint"):
            value = getattr(problem, name)
            if value:
                desk.complain(Text.assemble((f"  {words(name)}: ", "dim"), value))
    return NOT_ANSWERED


def _os(words: Words, error: OSError) -> str:
    """Say what the system complains of, and of which file."""
    why = words.os(error)
    return words("os-error", path=error.filename, why=why) if error.filename else why


def _usage(words: Words, error: click.UsageError) -> str:
    """Return click's complaint in the user's language."""
    if isinstance(error, click.NoSuchOption):
        text = words("no-option", option=masked(error.option_name))
        near = error.possibilities
        return f"{text}; {words('did-you-mean', names=', '.join(near))}" if near else text
    if isinstance(error, click.MissingParameter) and error.param is not None:
        if isinstance(error.param, click.Argument):
            return words("missing-argument", option=(error.param.metavar or error.param.name or "").strip("[.]").upper())
        return words("missing-option", option=error.param.opts[0])
    if isinstance(error, click.BadParameter) and error.param is not None and isinstance(error.param.type, click.Choice):
        return words(
            "bad-choice", option=error.param.opts[0], value=_tail(error.message), choices=", ".join(error.param.type.choices)
        )
    if isinstance(error, click.BadParameter) and error.param is not None and isinstance(error.param.type, click.IntRange):
        least, most = error.param.type.min, error.param.type.max
        return words("bad-least" if most is None else "bad-range", option=error.param.opts[0], least=least, most=most)
    if isinstance(error, click.BadOptionUsage):
        return words("needs-value", option=error.option_name)
    if isinstance(error, click.BadParameter):
        return masked(error.message)
    if error.message.startswith("Got unexpected extra argument"):
        return words("too-many", extra=masked(error.message.partition("(")[2].rpartition(")")[0]))
    return masked(error.format_message())


def _tail(message: str) -> str:
    """Return the value that click quotes first in a complaint."""
    return message.split("'")[1] if message.count("'") > 1 else message


def _where(words: Words, error: click.UsageError) -> str:
    return words("see-help", path=error.ctx.command_path if error.ctx else "callguard")
