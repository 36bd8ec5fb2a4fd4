"""The command group and ``protocol``. Failures are reported in one line."""

from collections.abc import Mapping
from importlib import import_module
from keyword import iskeyword
from types import MappingProxyType
from typing import Any, Final

import click

from .. import __version__
from ..errors import ChatroomError
from ..process import open_standard_files

COMMAND_MODULES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "accept-loss": ".maintenance",
        "reindex": ".maintenance",
        "admin": ".admin.command",
        "backup": ".backup",
        "chat": ".chat.command",
        "check": ".maintenance",
        "config": ".configuration",
        "doctor": ".doctor",
        "history": ".history",
        "export": ".exporting",
        "import": ".importing",
        "init": ".init",
        "move": ".moving",
        "password": ".account",
        "picture": ".picture",
        "restore": ".backup",
        "retention": ".retention",
        "selftest": ".selftest",
        "send": ".send",
        "serve": ".serve",
        "sessions": ".account",
        "tail": ".tail",
        "time": ".time",
        "token": ".tokens",
        "top": ".top",
    }
)
"""Modules of commands, imported on demand so that commands start fast in shell scripts."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *COMMAND_MODULES])

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMAND_MODULES:
            return super().get_command(ctx, name)
        module = import_module(COMMAND_MODULES[name], __package__)
        command: click.Command = getattr(module, _function(name))
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ChatroomError as error:
            raise click.ClickException(str(error)) from None
        except BaseExceptionGroup as group:  # from nurseries
            own, rest = group.split(ChatroomError)
            if own is None or rest is not None:
                raise
            raise click.ClickException(str(_first(own))) from None


def _function(command: str) -> str:
    """Return the name of a command's function, which is no word of Python."""
    name = command.replace("-", "_")
    return f"{name}_" if iskeyword(name) else name


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


@click.group(cls=_Commands)
@click.version_option(__version__)
def main() -> None:
    """A chat server: one command, one data directory, no message lost or duplicated."""
    open_standard_files()


@main.command()
def protocol() -> None:
    """Print the protocol as an AsyncAPI document, which a server has at /asyncapi.json."""
    from ..protocol import asyncapi

    click.echo(asyncapi.encoded(), nl=False)
