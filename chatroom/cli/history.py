"""``history``: print a part of a room's log."""

from collections.abc import AsyncIterator
from datetime import datetime

import click

from ..client import Chat, Message
from ..protocol.results import MAX_PAGE
from .client_options import ClientOptions, as_json_option, join_option, run, with_access
from .output import formatter, write
from .parse import Moment, parse_moment, room_of


@click.command()
@click.argument("room", metavar="ROOM_OR_@NAME")
@click.option("--since", metavar="WHEN|SEQ", help="Default: from the start.")
@click.option("--until", metavar="WHEN|SEQ", help="Inclusive. Default: to the end.")
@as_json_option
@join_option
@with_access
def history(
    access: ClientOptions,
    room: str,
    since: str | None,
    until: str | None,
    as_json: bool,
    join: bool,
) -> None:
    """Print a room's messages, one per line.

    WHEN is a time (2026-11-24, 2026-11-24T06:19+01:00; local without a zone) or a duration before
    now (45s, 30m, 2h, 3d, 1w). SEQ is a message's number (120).
    """
    first, end = _moment(since, "--since"), _moment(until, "--until")
    form = formatter(as_json)

    async def read() -> None:
        async with access.connected_to(room, join=join) as chat:
            async for messages in _pages(chat, room_of(room, chat.user.name), first, end):
                await write(map(form, messages))

    run(read)


async def _pages(
    chat: Chat, room: str, since: Moment | None, until: Moment | None
) -> AsyncIterator[list[Message]]:
    start = 1 if since is None else await _first_seq(chat, room, since)
    more = True
    while more:
        page = await chat.history(room, after=max(0, start - 1), limit=MAX_PAGE)
        within = [message for message in page.messages if _reaches(until, message)]
        yield within
        more = page.has_more_after and len(within) == len(page.messages) > 0
        start = within[-1].seq + 1 if within else start


async def _first_seq(chat: Chat, room: str, since: Moment) -> int:
    """Bisect for the first message at or after a moment. Times ascend with seq."""
    if since.by == "seq":
        return since.at
    page = await chat.history(room, limit=1)
    low, high = page.first_seq, page.head_seq + 1
    while low < high:
        middle = (low + high) // 2
        found = (await chat.history(room, after=middle - 1, limit=1)).messages
        if found and found[0].timestamp < since.at:
            low = found[0].seq + 1
        else:
            high = middle
    return low


def _reaches(until: Moment | None, message: Message) -> bool:
    if until is None:
        return True
    return (message.seq if until.by == "seq" else message.timestamp) <= until.at


def _moment(text: str | None, option: str) -> Moment | None:
    try:
        return None if text is None else parse_moment(text, datetime.now().astimezone())
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=option) from None
