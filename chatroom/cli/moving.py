"""``move``: from the database file to PostgreSQL."""

import shlex
import time
from collections.abc import Mapping
from typing import Final

import click

from ..admin.data_directory import lock_directory
from ..config import Config
from ..errors import StartError
from ..store.opening import require_driver
from ..store.sqlite.startup import FILE, is_missing
from .progress import progress_bar
from .settings import configured

SHOWN: Final[Mapping[str, str]] = {
    "users": "accounts",
    "rooms": "rooms",
    "messages": "messages",
    "reactions": "reactions",
    "uploads": "files",
}
"""Tables of which the number of rows is printed."""


@click.command()
@configured
def move(config: Config) -> None:
    """Move everything from the database file to PostgreSQL. The server must not run.

    --database names an empty database. A move that was interrupted has moved nothing; run it again.
    Clients go on as after a restart. The files that people sent stay in the data directory.
    """
    if config.database is None:
        raise click.UsageError("name an empty PostgreSQL database with --database")
    if is_missing(config.data / FILE):
        raise StartError(f"there is no database in {config.data}: name its directory with --data")
    require_driver()
    from ..store import moving

    began = time.monotonic()
    with lock_directory(config.data) as found, progress_bar("moving") as progress:
        moved = moving.move(config.data, found, config.database, progress)
    counts = ", ".join(f"{what}: {moved.rows[table]:,}" for table, what in SHOWN.items())
    done = "was moved before" if moved.before else f"moved in {time.monotonic() - began:.1f} s"
    where = f"--data {shlex.quote(str(config.data))} --database {shlex.quote(config.database)}"
    click.echo(
        f"{done}. {counts}; rows in all: {sum(moved.rows.values()):,}\n"
        f"Start the server with: chatroom serve {where}\n"
        f"{config.data / FILE} keeps all, but no server starts on it any more."
    )
