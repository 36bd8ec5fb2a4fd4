"""``config``: the settings in effect, and all settings with their meanings."""

from collections.abc import Iterator
from importlib.resources import files
from typing import Any, Final

import attrs
import click
import tomlkit

from ..config import Config
from ..config_sources import Settings
from .settings import configured

SAMPLE: Final = "settings.toml"
"""All settings with their defaults and meanings, made from :mod:`chatroom.config`."""


@click.group()
def config() -> None:
    """Show and check the settings, or print all with their meanings."""


@config.command()
@click.option("--changed", is_flag=True, help="Only those that a source sets.")
@configured
@click.pass_obj
def show(settings: Settings, _: Config, changed: bool) -> None:
    """Print the settings in effect as TOML, and the source of each that is not a default."""
    for line in lines(settings, changed=changed):
        click.echo(line)
    _warn(settings)


@config.command()
@configured
@click.pass_obj
def check(settings: Settings, _: Config) -> None:
    """Check the settings file and the environment."""
    _warn(settings)
    click.echo("the settings are valid")


@config.command()
def sample() -> None:
    """Print a settings file with all settings, their defaults and meanings."""
    click.echo((files(__package__) / SAMPLE).read_text(encoding="utf-8"), nl=False)


def _warn(settings: Settings) -> None:
    for variable in settings.unknown:
        click.echo(f"Warning: unknown variable {variable}", err=True)


def lines(settings: Settings, *, changed: bool) -> Iterator[str]:
    """Yield the lines of a settings file, with each source as a comment.

    :param changed: leave out the settings that no source sets.
    """
    yield from _table("", settings.config, settings, changed=changed)


def _table(prefix: str, table: Any, settings: Settings, *, changed: bool) -> Iterator[str]:
    # A key after the head of a table would belong to that table, so tables are last.
    fields = sorted(attrs.fields(type(table)), key=lambda field: attrs.has(field.type))
    heading = [f"\n[{prefix[:-1]}]"] if prefix else []
    for field in fields:
        value, name = getattr(table, field.name), prefix + field.name
        if attrs.has(type(value)):
            yield from _table(f"{name}.", value, settings, changed=changed)
            continue
        source = settings.sources.get(name)
        if changed and source is None:
            continue
        yield from heading
        heading = []
        yield toml_line(field.name, value) + (f"  # {source}" if source else "")


def toml_line(key: str, value: object) -> str:
    """Return ``key = value`` in TOML; a comment for None, which TOML does not have."""
    if value is None:
        return f"# {key} is not set"
    plain = list(value) if isinstance(value, tuple) else value
    shown = plain if isinstance(plain, list | str | int | float) else str(plain)
    return f"{key} = {tomlkit.item(shown).as_string()}"
