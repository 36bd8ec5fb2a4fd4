"""``check``, ``accept-loss`` and ``reindex``: commands for the data directory."""

import click

from ..admin.data_directory import lock_directory
from ..config import Config
from ..files.copies import damaged, held
from ..store.opening import require_driver, require_file
from ..store.sqlite.integrity import faults
from ..store.sqlite.reindex import reindex as empty_index
from ..store.sqlite.startup import FILE
from ..store.sqlite.startup import accept_loss as accept
from .settings import configured


@click.command()
@configured
def check(config: Config) -> None:
    """Check the whole database and all files, and print every fault. The server may be running.

    The exit status is 0 if there is none.
    """
    files: dict[str, int] = {}
    with held(config.files):
        found = _faults(config, files)
        found += damaged(files, config.files)
    for fault in found:
        click.echo(fault)
    if found:
        count = "1 fault" if len(found) == 1 else f"{len(found)} faults"
        raise click.ClickException(f"{config.database or config.data / FILE} is damaged: {count}")
    click.echo("ok")


def _faults(config: Config, files: dict[str, int]) -> list[str]:
    """:param files: gets the files to which the database refers."""
    if config.database is None:
        return faults(config.data, files)
    require_driver()
    from ..store.postgres import integrity

    return integrity.faults(config.database, files)


@click.command("accept-loss")
@configured
def accept_loss(config: Config) -> None:
    """Accept the database as it is, after a file was restored by hand or commits were lost.

    Clients that have seen later messages reload their rooms. The server must not run.
    """
    require_file(config.database, "PostgreSQL recovers by itself")
    with lock_directory(config.data):
        lost = accept(config.data)
    loss = ""
    if lost is not None:
        loss = ": 1 commit is lost" if lost == 1 else f": {lost:,} commits are lost"
    click.echo(f"{config.data / FILE} is accepted as it is{loss}.")


@click.command()
@configured
def reindex(config: Config) -> None:
    """Empty the search index. The next server fills it anew, in the background.

    The server must not run. Nothing else is changed.
    """
    require_file(config.database, "its index needs no maintenance")
    with lock_directory(config.data) as found:
        empty_index(config.data, found)
    click.echo("The search index is empty; start the server to fill it.")
