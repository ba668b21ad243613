"""Commands whose help is in two languages, and the options that they share."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import click

from callguard.cli import helps
from callguard.cli.desk import Desk, masked
from callguard.cli.words import LANGUAGES, Words

if TYPE_CHECKING:
    from collections.abc import Callable

COMMANDS: Final = ("init", "demo", "check", "explain", "scrub", "lists", "callers", "licences", "bench", "completion")


def _shown(argument: click.Argument) -> str:
    """Write an argument as the usage line does."""
    if isinstance(argument.type, click.Choice):
        return f"{{{'|'.join(map(str, argument.type.choices))}}}"
    name = argument.metavar or (argument.name or "").upper()
    return name if argument.required or name.startswith("[") else f"[{name}]"


class Helped:
    """A command that writes its own help: what it does, its arguments and options, an example, its exit status."""

    name: str | None
    words: Words

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help."""
        words = self.words
        key = self.name if ctx.parent else "callguard"
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), f"{words('usage')}: ")  # type: ignore[attr-defined]
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(words.pick(helps.COMMANDS[key or ""]))
        arguments, options = [], []
        for param in self.get_params(ctx):  # type: ignore[attr-defined]
            name = "help" if "--help" in param.opts else param.name
            text = words.pick(helps.OPTIONS.get(f"{key}.{name}") or helps.OPTIONS[name])
            if isinstance(param, click.Argument):
                arguments.append((_shown(param), text))
            elif (record := param.get_help_record(ctx)) is not None:
                options.append((record[0], text))
        commands = []
        if isinstance(self, click.Group):
            commands = [(name, words.pick(helps.SHORT[name])) for name in self.list_commands(ctx)]
        for title, rows in (("arguments", arguments), ("commands", commands), ("options", options)):
            if rows:
                with formatter.section(words(title)):
                    formatter.write_dl(rows)
        with formatter.section(words("example")):
            formatter.write("\n".join(f"{'':{formatter.current_indent}}{line}" for line in helps.EXAMPLES[key or ""]) + "\n")
        with formatter.section(words("exit-status")):
            formatter.write_text(words.pick(helps.STATUS.get(key or "", helps.STATUS["callguard"])))


class Command(Helped, click.Command):
    """One command; its function takes the Desk and returns the exit status."""

    def __init__(self, words: Words, name: str, function: Callable[..., int], params: list[click.Parameter]) -> None:
        """Take the function and its own parameters; those that all commands share are added."""
        self.words = words

        def callback(**given: Any) -> int:
            ctx = click.get_current_context()
            above: dict[str, Any] = ctx.obj or {}
            lang = given.pop("lang") or above.get("lang") or words.lang
            desk = Desk(Words(lang), given.pop("policy", None) or above.get("policy"), given.pop("json"))
            ctx.meta["callguard.desk"] = desk
            return function(desk, **given)

        shared: list[click.Parameter] = [
            click.Option(["--policy"], metavar="FILE"),
            click.Option(["--json"], is_flag=True),
            click.Option(["--lang"], type=click.Choice(LANGUAGES)),
        ]
        if name in {"init", "completion"}:
            del shared[0]
        super().__init__(
            name, callback=callback, params=[*params, *shared], context_settings={"help_option_names": ["-h", "--help"]}
        )

    def get_short_help_str(self, limit: int = 45) -> str:  # noqa: ARG002 - click's
        """Return what the command does, in a few words."""
        return self.words.pick(helps.SHORT[self.name or ""])


class Group(Helped, click.Group):
    """All the commands; the file of one is only read when it is asked for."""

    def __init__(self, words: Words) -> None:
        """Take the language of the help."""
        from callguard.cli.version import show

        self.words = words

        def callback(lang: str | None, policy: str | None) -> None:
            ctx = click.get_current_context()
            ctx.obj = {"lang": lang, "policy": policy}
            if ctx.invoked_subcommand is None:
                click.echo(ctx.get_help())

        super().__init__(
            "callguard",
            callback=callback,
            invoke_without_command=True,
            params=[
                click.Option(["--policy"], metavar="FILE"),
                click.Option(["--lang"], type=click.Choice(LANGUAGES)),
                click.Option(["--version"], is_flag=True, is_eager=True, expose_value=False, callback=show),
            ],
            context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
        )

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """Return the commands in the order in which one comes to need them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Read the file of a command."""
        if cmd_name not in COMMANDS:
            near = get_close_matches(cmd_name, COMMANDS, n=2)
            text = self.words("no-command", name=masked(cmd_name))
            raise click.UsageError(f"{text}; {self.words('did-you-mean', names=', '.join(near))}" if near else text, ctx)
        command: click.Command = import_module(f"callguard.cli.{cmd_name}").command(self.words)
        return command


def call_options() -> list[click.Parameter]:
    """Return the options that say which line, and when."""
    return [
        click.Option(["--campaign"], metavar="NAME", shell_complete=_campaigns),
        click.Option(["--caller"], metavar="NUMBER", shell_complete=_callers),
        at_option(),
    ]


def at_option() -> click.Parameter:
    """Return the option that says when."""
    return click.Option(["--at"], metavar="INSTANT")


def _campaigns(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001 - click's
    return [c.name for c in _policy(ctx).campaigns if c.name.startswith(incomplete)]


def _callers(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001 - click's
    return [c.number for c in _policy(ctx).callers if c.number.startswith(incomplete)]


def _policy(ctx: click.Context) -> Any:
    return Desk(Words("en"), ctx.params.get("policy") or (ctx.obj or {}).get("policy")).policy()
