"""``time``: the operator's commands for the server's clock."""

import click

from ..config import Config
from ..protocol.results import Empty
from .admin_client import ask
from .settings import configured


@click.group()
def time() -> None:
    """Tell the server whether the machine's clock is right."""


@time.command()
@configured
def accept(config: Config) -> None:
    """Accept the machine's clock after it has jumped ahead.

    Until then, or for a day, nothing is pruned and no token expires by it.
    """
    ask(config, "acceptTime", Empty(), Empty)
    click.echo("The machine's clock is accepted.")
