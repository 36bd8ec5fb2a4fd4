"""The commands as a whole, ``serve``, ``protocol``, and how a failure is told: in one line."""

import logging
import shlex
import sys
from collections.abc import Mapping
from functools import partial
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final

import click
import trio

from ..config import Config
from ..errors import ChatroomError
from ..process import drop, open_standard_files
from .settings import configured

ELSEWHERE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "accept-loss": ".maintenance",
        "backup": ".backup",
        "chat": ".chat.command",
        "check": ".maintenance",
        "history": ".messages",
        "password": ".account",
        "restore": ".backup",
        "room": ".rooms",
        "send": ".messages",
        "sessions": ".account",
        "tail": ".messages",
        "time": ".time",
        "token": ".users",
        "user": ".users",
    }
)
"""The modules of commands, imported when asked for: one for a shell script should start fast."""


logger = logging.getLogger(__name__)


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *ELSEWHERE])

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in ELSEWHERE:
            return super().get_command(ctx, name)
        module = import_module(ELSEWHERE[name], __package__)
        command: click.Command = getattr(module, name.replace("-", "_"))
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ChatroomError as error:
            raise click.ClickException(str(error)) from None
        except BaseExceptionGroup as group:  # nurseries raise what they raise in groups
            told, rest = group.split(ChatroomError)
            if told is None or rest is not None:
                raise
            raise click.ClickException(str(_first(told))) from None


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


@click.group(cls=_Commands)
@click.version_option(package_name="chatroom")
def main() -> None:
    """A chat server: one command, one data directory, no message lost or doubled."""
    open_standard_files()


@main.command()
@click.option("--listen", metavar="HOST:PORT", help="Default: 127.0.0.1:8000.")
@click.option(
    "--trusted-proxies",
    metavar="ADDRESSES",
    help="Reverse proxies, with commas between: their X-Forwarded-For or Forwarded is believed.",
)
@click.option(
    "--allowed-origins",
    metavar="ORIGINS",
    help="Sites whose pages may use the server beside its own, with commas between.",
)
@click.option(
    "--metrics-listen",
    metavar="ADDRESS",
    help="Answer GET /metrics there: HOST:PORT or unix:PATH. Default: nowhere.",
)
@click.option("--signup", type=click.Choice(["open", "closed"]), help="Who may make an account.")
@click.option("--rate-limits", type=click.Choice(["on", "off"]), help="Off: trusted networks only.")
@click.option("--keep-days", type=int, help="Prune older messages.")
@click.option("--keep-messages", type=int, help="Prune all but so many in each room.")
@click.option("--log-format", type=click.Choice(["console", "json"]))
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]))
@click.option("--init", is_flag=True, help="Begin anew in a directory that has lost its database.")
@configured
def serve(config: Config, init: bool) -> None:
    """Run the server, until SIGTERM or Ctrl-C."""
    from .. import log, node  # here, so that the other commands start fast

    log.set_up(config.log_format, config.log_level)
    trio.run(partial(node.serve, config, init=init, announce=partial(_announce, config)))
    try:
        sys.stderr.flush()
    except OSError:  # where the log goes may be full; that was no failure to serve
        drop(sys.stderr)


@main.command()
def protocol() -> None:
    """Print the protocol as an AsyncAPI document, as a server gives it at /asyncapi.json."""
    from ..protocol import asyncapi

    click.echo(asyncapi.encoded(), nl=False)


def _announce(config: Config, address: str) -> None:
    """``address`` is host:port as bound."""
    here = "" if config.data == Config().data else f" --data {shlex.quote(str(config.data))}"
    if config.signup == "open":
        people = f"Sign up there, or add people with: chatroom user add NAME{here}"
    else:
        people = f"Sign-up is closed; add people with: chatroom user add NAME{here}"
    try:
        click.echo(
            f"chatroom is ready at http://{address} (WebSocket: ws://{address}/ws)\n"
            f"{people}\n"
            f"Everything is kept in {config.data.absolute()}; Ctrl-C or SIGTERM stops the server"
        )
    except OSError as error:  # who started it need not listen
        logger.warning("standard output cannot be written: %s", error.strerror)
        drop(sys.stdout)
