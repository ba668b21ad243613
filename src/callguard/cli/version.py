"""`callguard --version`."""

from __future__ import annotations

from importlib.metadata import version

import click


def show(ctx: click.Context, param: click.Parameter, value: bool) -> None:  # noqa: ARG001 - click's
    """Print the version of callguard and of the data that it decides by."""
    if not value or ctx.resilient_parsing:
        return
    from callguard import clock, phone

    click.echo(f"callguard {version('callguard-outbound')} (numbers {phone.data_version()}, zones {clock.tz_version()})")
    ctx.exit()
