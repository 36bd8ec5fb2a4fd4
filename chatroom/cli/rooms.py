"""``room``: the operator's commands for rooms."""

import sys

import click

from ..admin.shapes import DeleteRoom, ListRooms, Rooms, SetRetention
from ..config import Config
from ..protocol.codec import encode_json
from ..protocol.field_types import Kept, RoomName
from ..protocol.results import Empty
from ..store.housekeeping import RoomSize
from .admin_client import ask
from .settings import configured
from .table import columns, utc_minute


@click.group()
def room() -> None:
    """List rooms and delete them."""


@room.command("list")
@click.option("--json", "as_json", is_flag=True, help="An array of objects.")
@configured
def list_rooms(config: Config, as_json: bool) -> None:
    """List all rooms by name, including direct rooms.

    BYTES estimates the size of the texts from a sample of each room's messages.
    """
    rooms: list[RoomSize] = []
    after: str | None = ""
    while after is not None:
        page = ask(config, "listRooms", ListRooms(after), Rooms)
        rooms += page.rooms
        after = page.next
    click.echo(encode_json(rooms) if as_json else _table(rooms))


@room.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@configured
def delete(config: Config, name: str, yes: bool) -> None:
    """Delete a room with all its messages permanently.

    The room disappears at once, and its name cannot be used again. Messages are erased in small
    steps, by the server if it runs. Interrupted erasing continues at the next start.
    """
    if not yes and sys.stdin.isatty():
        click.confirm(f"Permanently delete {name} and all its messages?", abort=True, err=True)
    ask(config, "deleteRoom", DeleteRoom(name), Empty)


@room.command()
@click.argument("name")
@click.option("--days", type=click.IntRange(1, 36_500), help="Keep messages of so many days.")
@click.option("--messages", type=click.IntRange(1), help="Keep so many messages.")
@configured
def keep(config: Config, name: str, days: int | None, messages: int | None) -> None:
    """Keep fewer messages of a room than the server's settings keep_days and keep_messages say.

    Without an option the room keeps what the server does. Of the two limits the one that keeps less
    counts. `chatroom retention` says first what would go.
    """
    kept = [None if each is None else Kept(each) for each in (days, messages)]
    ask(config, "setRetention", SetRetention(RoomName(name), *kept), Empty)


def _table(rooms: list[RoomSize]) -> str:
    heads = ("NAME", "KIND", "VISIBILITY", "MEMBERS", "MESSAGES", "BYTES", "LAST ACTIVITY")
    rows = [
        (
            each.name,
            each.kind,
            each.visibility,
            f"{each.members:,}",
            f"{each.messages:,}",
            f"{each.bytes:,}",
            utc_minute(each.active_at),
        )
        for each in rooms
    ]
    return columns([heads, *rows])
