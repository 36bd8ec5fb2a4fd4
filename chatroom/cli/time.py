"""``time``: the server's clock, for whoever runs it."""

import click

from ..config import Config
from ..wire.protocol import Nothing
from .ask import ask
from .settings import configured


@click.group()
def time() -> None:
    """Tell the server what to make of the machine's clock."""


@time.command()
@configured
def accept(config: Config) -> None:
    """Accept the machine's clock after it has jumped ahead.

    Until then, or for a day, nothing is pruned and no token expires by it.
    """
    ask(config, "acceptTime", Nothing(), Nothing)
    click.echo("The machine's clock is accepted.")
