"""Commands whose help is in two languages, and the options that they share."""

from __future__ import annotations

from contextlib import suppress
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import click
from click.shell_completion import CompletionItem

from callguard.cli import helps
from callguard.cli.desk import Desk, masked
from callguard.cli.words import LANGUAGES, Words
from callguard.errors import CallguardError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

COMMANDS: Final = (
    *("plan", "init", "demo", "check", "explain", "scrub", "preflight", "refuse", "consent", "lists", "callers", "licences"),
    *("packs", "inspect", "bundle", "log", "permit", "coverage", "shadow", "serve", "proxy", "bench", "completion"),
)


def _shown(argument: click.Argument) -> str:
    """Write an argument as the usage line does."""
    if isinstance(argument.type, click.Choice):
        return f"{{{'|'.join(map(str, argument.type.choices))}}}"
    name = argument.metavar or (argument.name or "").upper()
    return name if argument.required or name.startswith("[") else f"[{name}]"


class Helped:
    """A command that writes its own help: what it does, its arguments and options, an example, its exit status.

    `key` is its name with that of the command above: `lists build`.
    """

    key: str
    words: Words

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help."""
        words = self.words
        key = self.key
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), f"{words('usage')}: ")  # type: ignore[attr-defined]
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(words.pick(helps.COMMANDS[key]))
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
            above = f"{key} " if ctx.parent else ""
            commands = [(name, words.pick(helps.SHORT[above + name])) for name in self.list_commands(ctx)]
        for title, rows in (("arguments", arguments), ("commands", commands), ("options", options)):
            if rows:
                with formatter.section(words(title)):
                    formatter.write_dl(rows)
        with formatter.section(words("example")):
            formatter.write("\n".join(f"{'':{formatter.current_indent}}{line}" for line in helps.EXAMPLES[key]) + "\n")
        with formatter.section(words("exit-status")):
            formatter.write_text(words.pick(helps.STATUS.get(key, helps.STATUS["callguard"])))

    def get_short_help_str(self, limit: int = 45) -> str:  # noqa: ARG002 - click's
        """Return what the command does, in a few words."""
        return self.words.pick(helps.SHORT[self.key])


class Command(Helped, click.Command):
    """One command; its function takes the Desk and returns the exit status."""

    def __init__(self, words: Words, key: str, function: Callable[..., int], params: Sequence[click.Parameter]) -> None:
        """Take the function and its own parameters; those that all commands share are added."""
        self.words, self.key = words, key

        def callback(**given: Any) -> int:
            return _run(words, function, given)

        shared = _shared()
        if key in {
            "init",
            "completion",
            "log keygen",
            "permit keygen",
            "permit check",
            "coverage",
            "packs list",
            "packs show",
            "packs check",
        }:
            del shared[0]
        super().__init__(
            key.rsplit(maxsplit=1)[-1],
            callback=callback,
            params=[*params, *shared],
            context_settings={"help_option_names": ["-h", "--help"]},
        )


class Family(Helped, click.Group):
    """A command with others below it, which does something by itself or shows its help; a file is read when it is asked for."""

    def __init__(
        self,
        words: Words,
        key: str,
        parts: Sequence[str],
        function: Callable[..., int] | None = None,
        params: Sequence[click.Parameter] = (),
    ) -> None:
        """Take the names of those below, and what is done where none is named."""
        self.words, self.key, self.parts = words, key, parts

        def callback(**given: Any) -> int:
            ctx = click.get_current_context()
            if ctx.invoked_subcommand is None and function is not None:
                return _run(words, function, given)
            above: dict[str, Any] = ctx.obj or {}
            ctx.obj = {name: given[name] or above.get(name) for name in ("lang", "policy", "json")}
            if ctx.invoked_subcommand is None:
                click.echo(ctx.get_help())
            return 0

        super().__init__(
            key,
            callback=callback,
            invoke_without_command=True,
            params=[*params, *_shared()],
            context_settings={"help_option_names": ["-h", "--help"]},
        )

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """Return the commands below."""
        return list(self.parts)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Read the file of a command below."""
        if cmd_name not in self.parts:
            near = get_close_matches(cmd_name, self.parts, n=1)
            text = self.words("no-command", name=masked(f"{self.key} {cmd_name}"))
            raise click.UsageError(f"{text}; {self.words('did-you-mean', names=near[0])}" if near else text, ctx)
        found: click.Command = import_module(f"callguard.cli.{self.key}_{cmd_name}").command(self.words)
        return found


def _shared() -> list[click.Parameter]:
    return [
        click.Option(["--policy"], metavar="FILE"),
        click.Option(["--json"], is_flag=True),
        click.Option(["--lang"], type=click.Choice(LANGUAGES)),
    ]


def _run(words: Words, function: Callable[..., int], given: dict[str, Any]) -> int:
    """Call the function of a command at its desk, with what was said before its name too; nothing is left open behind it."""
    ctx = click.get_current_context()
    above: dict[str, Any] = ctx.obj or {}
    lang = given.pop("lang") or above.get("lang") or words.lang
    policy = given.pop("policy", None) or above.get("policy")
    with Desk(Words(lang), policy, given.pop("json") or bool(above.get("json"))) as desk:
        ctx.meta["callguard.desk"] = desk
        return function(desk, **given)


class Group(Helped, click.Group):
    """All the commands; the file of one is only read when it is asked for."""

    def __init__(self, words: Words) -> None:
        """Take the language of the help."""
        from callguard.cli.version import show

        self.words, self.key = words, "callguard"

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
        click.Option(["--campaign"], metavar="NAME", shell_complete=campaigns),
        click.Option(["--caller"], metavar="NUMBER", shell_complete=callers),
        at_option(),
    ]


def at_option() -> click.Parameter:
    """Return the option that says when."""
    return click.Option(["--at"], metavar="INSTANT")


def scope_option() -> click.Parameter:
    """Return the option that says what a refusal or consent is for."""
    return click.Option(["--scope"], metavar="NAME", default="enterprise", shell_complete=scopes)


def file_option(*names: str, metavar: str = "FILE", default: str | None = None) -> click.Parameter:
    """Return an option that names a file, which the shell completes."""
    return click.Option(names, metavar=metavar, default=default, shell_complete=_files)


def campaigns(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a campaign."""
    return _beginning(ctx, param, incomplete, lambda policy: (campaign.name for campaign in policy.campaigns))


def callers(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a caller's number."""
    return _beginning(ctx, param, incomplete, lambda policy: (caller.number for caller in policy.callers))


def scopes(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a scope."""
    return _beginning(ctx, param, incomplete, lambda policy: policy.scopes)


def _beginning(
    ctx: click.Context,
    param: click.Parameter,  # noqa: ARG001 - click's
    incomplete: str,
    names: Callable[[Any], Iterable[str]],
) -> list[CompletionItem]:
    """Return the names in the policy that begin as what is typed; none where there is no policy."""
    above: click.Context | None = ctx
    named = None
    while above is not None and named is None:
        named, above = above.params.get("policy"), above.parent
    with suppress(CallguardError, OSError):
        return [CompletionItem(name) for name in names(Desk(Words("en"), named).policy()) if name.startswith(incomplete)]
    return []


def _files(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001 - click's
    return [CompletionItem(incomplete, type="file")]
