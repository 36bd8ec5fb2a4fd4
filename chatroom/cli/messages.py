"""``send``, ``tail`` and ``history``: messages for shells and cron.

They exit with 0 when all is done, and with 1 and a line on standard error when it was refused or
the server is not there. Know the client, nothing of screens.
"""

import os
import signal
import stat
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Any, Final, assert_never

import click
import trio

from ..client import (
    Chat,
    ConnectionChanged,
    Forbidden,
    Message,
    MessageChanged,
    NewMessage,
    NotFound,
    Resynced,
    Sent,
    SessionEnded,
    Unread,
)
from ..errors import ChatroomError
from ..protocol.codec import encode_json
from ..protocol.events import MemberChanged, Presence, TokenExpiring, Typing
from ..protocol.results import MAX_PAGE
from .client_options import ClientOptions, run, with_access
from .parse import (
    Moment,
    parse_moment,
    partner_of,
    room_of,
)
from .sanitize import line_of, plain_json

REMEMBERED: Final = 500
"""Of what was printed last, to know it again when a server comes back restored."""

_HINTS: Final[dict[type[ChatroomError], str]] = {
    NotFound: "; --join makes it",
    Forbidden: "; --join does",
}
"""What to do about a room."""


class NotSent(ChatroomError):
    """A message is not known to be kept."""


as_json_option = click.option("--json", "as_json", is_flag=True, help="A JSON object a line.")
join_option = click.option("--join", is_flag=True, help="Join the room first; make it if needed.")


@click.command()
@click.argument("to", metavar="ROOM_OR_@NAME")
@click.argument("words", metavar="[TEXT]...", nargs=-1)
@as_json_option
@join_option
@click.option("--client-id", help="For the one TEXT: sent again with it, a message is kept once.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=60,
    help="Seconds for one message. Default: 60.",
)
@with_access
def send(
    access: ClientOptions,
    to: str,
    words: tuple[str, ...],
    as_json: bool,
    join: bool,
    client_id: str | None,
    timeout: float,
) -> None:
    """Send TEXT, or each line of standard input, to a room or a person.

    Prints each message's number when it is safely kept. Blank lines are left out.
    """
    if client_id is not None and not words:
        raise click.UsageError("--client-id is for a TEXT on the command line")

    async def talk() -> None:
        async with _listening_to_none(access, to, join) as chat:
            texts = _given(" ".join(words)) if words else typed_lines()
            async for text in texts:
                sent = await send_one(chat, to, text, timeout, client_id)
                shown = plain_json(encode_json(sent)) if as_json else str(sent.seq)
                await write([shown])

    run(talk)


@click.command()
@click.argument("room", metavar="ROOM_OR_@NAME")
@click.option("-n", "last", type=click.IntRange(0), default=10, help="Begin with the last N.")
@as_json_option
@join_option
@with_access
def tail(access: ClientOptions, room: str, last: int, as_json: bool, join: bool) -> None:
    """Print a room's last messages, then each new one, until Ctrl-C.

    A message a line, each once as it is when it is first seen, over restarts of the server too.
    """

    async def follow() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_until_signalled, nursery.cancel_scope)
            nursery.start_soon(_until_nobody_reads, nursery.cancel_scope)
            async with access.connected(buffer=1000) as chat:
                name = room_of(room, chat.user.name)
                if join:
                    await chat.join(name)
                await _follow(chat, name, last, _form(as_json))

    run(follow)


@click.command()
@click.argument("room", metavar="ROOM_OR_@NAME")
@click.option("--since", metavar="WHEN|SEQ", help="Default: from the start.")
@click.option("--until", metavar="WHEN|SEQ", help="Up to and with it. Default: to the end.")
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
    """Print a room's messages, a message a line.

    A moment is a message's number (120), a time (2026-11-24, 2026-11-24T06:19+01:00; local, if it
    names no zone) or how long ago (45s, 30m, 2h, 3d, 1w).
    """
    first, end = _moment(since, "--since"), _moment(until, "--until")
    form = _form(as_json)

    async def read() -> None:
        async with _listening_to_none(access, room, join) as chat:
            async for messages in _pages(chat, room_of(room, chat.user.name), first, end):
                await write(map(form, messages))

    run(read)


# ---- sending


async def send_one(
    chat: Chat, to: str, text: str, within_s: float, client_id: str | None = None
) -> Sent:
    """:raises NotSent: telling what became of it."""
    partner = partner_of(to)
    try:
        with trio.fail_after(within_s):
            if partner is not None:
                return await chat.send_to(partner, text, client_id=client_id)
            return await chat.send(room_of(to, chat.user.name), text, client_id=client_id)
    except trio.TooSlowError:
        raise NotSent(
            f"no answer in {within_s:g} s: it is not known whether this was sent: {_short(text)}"
        ) from None
    except SessionEnded:
        raise
    except ChatroomError as error:
        hint = "" if to.startswith("@") else _HINTS.get(type(error), "")
        raise NotSent(f"not sent: {error}{hint}: {_short(text)}") from None


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:39]}\N{HORIZONTAL ELLIPSIS}")


async def typed_lines() -> AsyncIterator[str]:
    """Of standard input, as they come."""
    while line := await trio.to_thread.run_sync(sys.stdin.buffer.readline, abandon_on_cancel=True):
        if text := _utf8(line).strip():
            yield text


async def _given(text: str) -> AsyncIterator[str]:
    yield _utf8(os.fsencode(text))


def _utf8(typed: bytes) -> str:
    try:
        return typed.decode()
    except UnicodeDecodeError:
        raise NotSent("not sent: the text is not UTF-8") from None


@asynccontextmanager
async def _listening_to_none(access: ClientOptions, room: str, join: bool) -> AsyncIterator[Chat]:
    async with access.connected(buffer=None) as chat:
        if join and partner_of(room) is None:
            await chat.join(room_of(room, chat.user.name))
        yield chat


# ---- following


async def _follow(chat: Chat, room: str, last: int, form: Callable[[Message], str]) -> None:
    view = await chat.subscribe(room)
    begin = list(view.messages.values())
    while 0 < len(begin) < last and begin[0].seq > 1:
        page = await chat.history(room, before=begin[0].seq, limit=MAX_PAGE)
        if not page.messages:
            break
        begin = [*page.messages, *begin]
    printed: deque[Any] = deque(map(_identity, begin), REMEMBERED)
    await write(map(form, begin[len(begin) - min(last, len(begin)) :]))
    async for event in chat.events():
        match event:
            case NewMessage(message) if message.room == room:
                new = [message]
            case Resynced(room=name, reason=reason, messages=messages) if name == room:
                click.echo(f"{room}: what was missed is gone ({reason}); going on", err=True)
                new = [message for message in messages if _identity(message) not in printed]
            case MemberChanged(room=name, user=user, role=None) if (name, user) == (
                room,
                chat.user.name,
            ):
                raise NotSent(f"{room}: no longer a member")
            case NewMessage() | Resynced() | MemberChanged():
                continue  # of another room, or of another person
            case (
                MessageChanged()
                | Unread()
                | Typing()
                | Presence()
                | ConnectionChanged()
                | TokenExpiring()
            ):
                continue  # nothing is printed of these
            case _:
                assert_never(event)
        # Only what came after the first page: a message in it may be told again as an event.
        new = [message for message in new if _identity(message) not in printed]
        printed.extend(map(_identity, new))
        await write(map(form, new))


def _identity(message: Message) -> tuple[int, int, str]:
    """After a restore, a seq alone may be another message's."""
    return message.seq, message.timestamp, message.sender


async def _until_signalled(scope: trio.CancelScope) -> None:
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            scope.cancel()


async def _until_nobody_reads(scope: trio.CancelScope) -> None:
    """A pipe's end is noticed at once, not only with the next message."""
    descriptor = sys.stdout.fileno()
    if sys.platform == "linux" and stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        await trio.lowlevel.wait_readable(descriptor)  # for this side of a pipe: its error
        scope.cancel()


# ---- reading


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
    """Of the first message then or later: times rise with the numbers, so it is searched for."""
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


# ---- writing


def _form(as_json: bool) -> Callable[[Message], str]:
    return (lambda message: plain_json(encode_json(message))) if as_json else line_of


async def write(lines: Iterable[str]) -> None:
    """:raises BrokenPipeError: nobody reads on.

    In a thread: a reader that takes its time may not hold up the connection.
    """
    data = "".join(f"{line}\n" for line in lines).encode()
    await trio.to_thread.run_sync(
        partial(_write, sys.stdout.fileno(), data), abandon_on_cancel=True
    )


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
