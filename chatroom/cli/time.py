"""``time``: the operator's commands for the server's clock."""

import click

from ..config import Config
from ..protocol.results import Empty
from .admin_client import ask
from .settings import configured


@click.group()
def time() -> None:
    """Manage the server's clock."""


@time.command()
@configured
def accept(config: Config) -> None:
    """Accept the machine's clock after it has jumped ahead.

    Until then, but at most for a day, the new time prunes nothing and expires no token.
    """
    ask(config, "acceptTime", Empty(), Empty)
    click.echo("The machine's clock is accepted.")
