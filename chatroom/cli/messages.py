"""``send``, ``tail`` and ``history``: messages for shell scripts and cron.

The exit status is 0 if everything succeeded. If a call was refused or the server is unavailable, it
is 1, with one line on standard error.
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

MAX_REMEMBERED: Final = 500
"""Messages printed last, remembered to avoid printing them again after the server was restored."""

_HINTS: Final[dict[type[ChatroomError], str]] = {
    NotFound: "; create it with --join",
    Forbidden: "; join it with --join",
}
"""Advice for errors about a room."""


class NotSent(ChatroomError):
    """A message was not sent, or it is unknown whether it was."""


as_json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
join_option = click.option("--join", is_flag=True, help="Join the room first, or create it.")


@click.command()
@click.argument("to", metavar="ROOM_OR_@NAME")
@click.argument("words", metavar="[TEXT]...", nargs=-1)
@as_json_option
@join_option
@click.option("--client-id", help="Id of the one TEXT: sent twice with it, it is stored once.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=60,
    help="Seconds per message. Default: 60.",
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
    """Send TEXT, or each line of standard input, to a room or a user.

    Prints the number of each message when it is stored durably. Blank lines are skipped.
    """
    if client_id is not None and not words:
        raise click.UsageError("--client-id requires a TEXT on the command line")

    async def talk() -> None:
        async with _connected_without_events(access, to, join) as chat:
            texts = _given(" ".join(words)) if words else typed_lines()
            async for text in texts:
                sent = await send_one(chat, to, text, timeout, client_id)
                shown = plain_json(encode_json(sent)) if as_json else str(sent.seq)
                await write([shown])

    run(talk)


@click.command()
@click.argument("room", metavar="ROOM_OR_@NAME")
@click.option("-n", "last", type=click.IntRange(0), default=10, help="Print the last N first.")
@as_json_option
@join_option
@with_access
def tail(access: ClientOptions, room: str, last: int, as_json: bool, join: bool) -> None:
    """Print a room's last messages, then each new one, until Ctrl-C.

    Prints one message per line, each once, in its first state, also across restarts of the server.
    """

    async def follow() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_until_signalled, nursery.cancel_scope)
            nursery.start_soon(_until_pipe_closed, nursery.cancel_scope)
            async with access.connected(buffer=1000) as chat:
                name = room_of(room, chat.user.name)
                if join:
                    await chat.join(name)
                await _print_new(chat, name, last, _formatter(as_json))

    run(follow)


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
    form = _formatter(as_json)

    async def read() -> None:
        async with _connected_without_events(access, room, join) as chat:
            async for messages in _pages(chat, room_of(room, chat.user.name), first, end):
                await write(map(form, messages))

    run(read)


# ---- sending


async def send_one(
    chat: Chat, to: str, text: str, within_s: float, client_id: str | None = None
) -> Sent:
    """Send a message to a room or a user.

    :raises NotSent: with the reason, and whether the message may have been sent.
    """
    partner = partner_of(to)
    try:
        with trio.fail_after(within_s):
            if partner is not None:
                return await chat.send_to(partner, text, client_id=client_id)
            return await chat.send(room_of(to, chat.user.name), text, client_id=client_id)
    except trio.TooSlowError:
        raise NotSent(
            f"no answer within {within_s:g} s: the message may have been sent: {_short(text)}"
        ) from None
    except SessionEnded:
        raise
    except ChatroomError as error:
        hint = "" if to.startswith("@") else _HINTS.get(type(error), "")
        raise NotSent(f"not sent: {error}{hint}: {_short(text)}") from None


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:39]}\N{HORIZONTAL ELLIPSIS}")


async def typed_lines() -> AsyncIterator[str]:
    """Yield the lines of standard input that are not blank, without surrounding blanks."""
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
async def _connected_without_events(
    access: ClientOptions, room: str, join: bool
) -> AsyncIterator[Chat]:
    async with access.connected(buffer=None) as chat:
        if join and partner_of(room) is None:
            await chat.join(room_of(room, chat.user.name))
        yield chat


# ---- following


async def _print_new(chat: Chat, room: str, last: int, form: Callable[[Message], str]) -> None:
    view = await chat.subscribe(room)
    begin = list(view.messages.values())
    while 0 < len(begin) < last and begin[0].seq > 1:
        page = await chat.history(room, before=begin[0].seq, limit=MAX_PAGE)
        if not page.messages:
            break
        begin = [*page.messages, *begin]
    printed: deque[Any] = deque(map(_identity, begin), MAX_REMEMBERED)
    await write(map(form, begin[len(begin) - min(last, len(begin)) :]))
    async for event in chat.events():
        match event:
            case NewMessage(message) if message.room == room:
                new = [message]
            case Resynced(room=name, reason=reason, messages=messages) if name == room:
                click.echo(f"{room}: some messages were missed ({reason})", err=True)
                new = [message for message in messages if _identity(message) not in printed]
            case MemberChanged(room=name, user=user, role=None) if (name, user) == (
                room,
                chat.user.name,
            ):
                raise NotSent(f"{room}: no longer a member")
            case NewMessage() | Resynced() | MemberChanged():
                continue  # of another room or user
            case (
                MessageChanged()
                | Unread()
                | Typing()
                | Presence()
                | ConnectionChanged()
                | TokenExpiring()
            ):
                continue
            case _:
                assert_never(event)
        # A message of the first page may be repeated as an event.
        new = [message for message in new if _identity(message) not in printed]
        printed.extend(map(_identity, new))
        await write(map(form, new))


def _identity(message: Message) -> tuple[int, int, str]:
    """Identify a message across restores, after which its seq may belong to another one."""
    return message.seq, message.timestamp, message.sender


async def _until_signalled(scope: trio.CancelScope) -> None:
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            scope.cancel()


async def _until_pipe_closed(scope: trio.CancelScope) -> None:
    """Cancel as soon as the reader of a pipe closes it, not only at the next message."""
    descriptor = sys.stdout.fileno()
    if sys.platform == "linux" and stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        await trio.lowlevel.wait_readable(descriptor)  # on the write end: an error
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


# ---- writing


def _formatter(as_json: bool) -> Callable[[Message], str]:
    return (lambda message: plain_json(encode_json(message))) if as_json else line_of


async def write(lines: Iterable[str]) -> None:
    """Write lines to standard output, in a thread: a slow reader must not block the connection.

    :raises BrokenPipeError: the reader has closed the pipe.
    """
    data = "".join(f"{line}\n" for line in lines).encode()
    await trio.to_thread.run_sync(
        partial(_write, sys.stdout.fileno(), data), abandon_on_cancel=True
    )


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
