"""``check`` and ``accept-loss``: the data directory, for whoever runs the server."""

import click

from ..admin.data_directory import lock_directory
from ..config import Config
from ..store.sqlite.integrity import faults
from ..store.sqlite.startup import FILE
from ..store.sqlite.startup import accept_loss as accept
from .settings import configured


@click.command()
@configured
def check(config: Config) -> None:
    """Read the whole database and say what is wrong with it; the server may run.

    Ends with 0 when nothing is.
    """
    found = faults(config.data)
    for fault in found:
        click.echo(fault)
    if found:
        count = "1 fault" if len(found) == 1 else f"{len(found)} faults"
        raise click.ClickException(f"{config.data / FILE} is damaged: {count}")
    click.echo("ok")


@click.command("accept-loss")
@configured
def accept_loss(config: Config) -> None:
    """Go on with the database as it is, after a backup was restored or a part was lost.

    Clients that have seen more than is left read their rooms anew. The server must not run.
    """
    with lock_directory(config.data):
        lost = accept(config.data)
    what = ""
    if lost is not None:
        what = ": 1 commit is lost" if lost == 1 else f": {lost:,} commits are lost"
    click.echo(f"{config.data / FILE} is accepted as it is{what}.")
