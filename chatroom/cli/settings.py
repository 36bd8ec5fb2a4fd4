"""The options that every command has, and how a command gets its settings."""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from ..config import Config
from ..config_sources import CONFIG_VARIABLE, load

URL_VARIABLE: Final = "CHATROOM_URL"
TOKEN_VARIABLE: Final = "CHATROOM_TOKEN"  # noqa: S105 - the name of a variable
CLIENT_VARIABLES: Final = frozenset({URL_VARIABLE, TOKEN_VARIABLE})
"""For the commands that talk to a server: no settings of one, though they look so."""


def configured(command: Callable[..., None]) -> Callable[..., None]:
    """Gives the command ``--data``, ``--config`` and, as its first argument, the settings of all
    sources; those of its options that are named as settings are the last source.
    """
    settings = Config.__annotations__

    @click.option("--data", metavar="DIR", help="The data directory. Default: chatroom-data.")
    @click.option(
        "--config",
        "file",
        type=click.Path(path_type=Path, readable=False),  # whether it is, shows when it is read
        envvar=CONFIG_VARIABLE,
        help="Settings, as TOML.",
    )
    @functools.wraps(command)
    def with_settings(file: Path | None, **given: Any) -> None:
        flags = {name: value for name, value in given.items() if name in settings}
        rest = {name: value for name, value in given.items() if name not in settings}
        ours = {k: v for k, v in os.environ.items() if k not in CLIENT_VARIABLES}
        command(load(file, ours, flags), **rest)

    return with_settings
