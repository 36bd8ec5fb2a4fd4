"""The options that say where data and settings are, and the settings of a command."""

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
"""Variables of the client commands. They have the prefix of settings, but are not settings."""


def configured(command: Callable[..., None]) -> Callable[..., None]:
    """Add ``--data``, ``--database``, ``--files-directory`` and ``--config``. The first argument is
    the settings.

    Options of the command that have the name of a setting override all other sources. The context's
    object tells the sources (:class:`.Settings`).
    """
    settings = Config.__annotations__

    @click.option("--data", metavar="DIR", help="The data directory. Default: chatroom-data.")
    @click.option(
        "--database", metavar="URL", help="PostgreSQL. Default: a file in the data directory."
    )
    @click.option(
        "--files-directory",
        metavar="DIR",
        help="Files that people send. Default: chatroom.files in the data directory.",
    )
    @click.option(
        "--config",
        "file",
        type=click.Path(path_type=Path, readable=False),  # load() reports it
        envvar=CONFIG_VARIABLE,
        help="Settings file in TOML.",
    )
    @functools.wraps(command)
    def with_settings(file: Path | None, **given: Any) -> None:
        flags = {name: value for name, value in given.items() if name in settings}
        rest = {name: value for name, value in given.items() if name not in settings}
        ours = {k: v for k, v in os.environ.items() if k not in CLIENT_VARIABLES}
        loaded = click.get_current_context().obj = load(file, ours, flags)
        command(loaded.config, **rest)

    return with_settings
