"""``retention``: how long rooms keep messages, and what would be pruned."""

import click

from ..admin.shapes import ListRetention, Retentions
from ..config import Config
from ..protocol.codec import encode_json
from ..protocol.field_types import Kept
from ..store.housekeeping import Retention
from .admin_client import ask
from .sanitize import plain
from .settings import configured
from .table import columns, utc_minute


@click.command()
@click.option("--days", type=click.IntRange(1, 36_500), help="As if keep_days were this.")
@click.option("--messages", type=click.IntRange(1), help="As if keep_messages were this.")
@click.option(
    "--dry-run", is_flag=True, help="Implied: the command never prunes. The server does, by itself."
)
@click.option("--json", "as_json", is_flag=True, help="An array of objects.")
@configured
def retention(
    config: Config, days: int | None, messages: int | None, dry_run: bool, as_json: bool
) -> None:
    """Say what of each room would be pruned now, and what rooms keep of their own.

    With --days or --messages these count in place of the server's settings, which are not changed.
    """
    kept = [None if each is None else Kept(each) for each in (days, messages)]
    rooms: list[Retention] = []
    after: str | None = ""
    while after is not None:
        page = ask(config, "listRetention", ListRetention(after, *kept), Retentions)
        rooms += page.rooms
        after = page.next
    if as_json:
        click.echo(encode_json(rooms))
        return
    click.echo(_table([each for each in rooms if each.count or each.days or each.messages]))
    count = sum(each.count for each in rooms)
    click.echo(f"{count:,} messages of {sum(each.count > 0 for each in rooms):,} rooms would go.")


def _table(rooms: list[Retention]) -> str:
    rows = [("NAME", "OWN DAYS", "OWN MESSAGES", "WOULD GO", "FROM", "TO")]
    rows += [
        (
            plain(each.room),
            "" if each.days is None else f"{each.days:,}",
            "" if each.messages is None else f"{each.messages:,}",
            f"{each.count:,}",
            "" if each.first_at is None else utc_minute(each.first_at),
            "" if each.last_at is None else utc_minute(each.last_at),
        )
        for each in rooms
    ]
    return columns(rows)
