"""``announce`` and ``read-only``: what the server tells everybody."""

import time

import click

from ..config import Config
from ..model import ServerState
from ..protocol.calls import Announce, SetServer
from ..protocol.field_types import AnnouncementText, ReadOnlyReason, Time
from ..protocol.results import Empty
from .admin_client import ask
from .parse import parse_duration
from .sanitize import local_time, plain
from .settings import configured


@click.command()
@click.argument("text", required=False)
@click.option("--for", "lasting", metavar="TIME", help="How long, as 2h or 3d. Default: for good.")
@click.option("--end", is_flag=True, help="Take the announcement back.")
@configured
def announce(config: Config, text: str | None, lasting: str | None, end: bool) -> None:
    """Show TEXT to everybody on the server; without TEXT, print what is shown.

    It replaces the announcement before. People can dismiss it on each device.
    """
    if end and (text is not None or lasting is not None):
        raise click.UsageError("--end takes no text and no time")
    if text == "":
        raise click.UsageError("the text is empty; use --end")
    if text is None and lasting is not None:
        raise click.UsageError("--for needs a text")
    if end:
        ask(config, "announce", Announce(AnnouncementText("")), ServerState)
    elif text is not None:
        until = None if lasting is None else Time(int(time.time() * 1000) + _ms(lasting))
        ask(config, "announce", Announce(AnnouncementText(text), until), ServerState)
    else:
        shown = ask(config, "getServer", Empty(), ServerState).announcement
        if shown is None:
            click.echo("Nothing is announced.")
            return
        click.echo(plain(shown.text))
        if shown.until is not None:
            click.echo(f"until {local_time(shown.until):%Y-%m-%d %H:%M}")


def _ms(lasting: str) -> int:
    try:
        return parse_duration(lasting) * 1000
    except ValueError as error:
        raise click.UsageError(f"--for {error}") from None


@click.command("read-only")
@click.argument("reason", required=False)
@click.option("--off", is_flag=True, help="Let calls write again.")
@configured
def read_only(config: Config, reason: str | None, off: bool) -> None:
    """Refuse all calls that write, and tell people the REASON; without one, print it.

    Reading, log-ins and the commands of operators go on. It stays so over a restart, until --off or
    an admin's setServer.
    """
    if off and reason is not None:
        raise click.UsageError("--off takes no reason")
    if reason == "":
        raise click.UsageError("the reason is empty; use --off")
    if off or reason is not None:
        ask(config, "setServer", SetServer(read_only=ReadOnlyReason(reason or "")), ServerState)
    else:
        found = ask(config, "getServer", Empty(), ServerState).read_only
        click.echo("Calls may write." if found is None else f"Read-only: {plain(found)}")
