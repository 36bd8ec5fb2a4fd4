"""The options that every command has, and how a command gets its settings."""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ..config import CONFIG_VARIABLE, Config, load


def configured(command: Callable[..., None]) -> Callable[..., None]:
    """Gives the command ``--data``, ``--config`` and, as its first argument, the settings of all
    sources; those of its options that are named as settings are the last source.
    """
    settings = Config.__annotations__

    @click.option("--data", metavar="DIR", help="The data directory. Default: chatroom-data.")
    @click.option(
        "--config",
        "file",
        type=click.Path(path_type=Path),
        envvar=CONFIG_VARIABLE,
        help="Settings, as TOML.",
    )
    @functools.wraps(command)
    def with_settings(file: Path | None, **given: Any) -> None:
        flags = {name: value for name, value in given.items() if name in settings}
        rest = {name: value for name, value in given.items() if name not in settings}
        command(load(file, os.environ, flags), **rest)

    return with_settings
