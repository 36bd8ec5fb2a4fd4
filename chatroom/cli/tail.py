"""``tail``: print a room's messages as they come."""

import os
import signal
import stat
import sys
from collections import deque
from collections.abc import Callable
from typing import Any, Final, assert_never

import click
import trio

from ..client import (
    Chat,
    ConnectionChanged,
    Message,
    MessageChanged,
    NewMessage,
    Resynced,
    Unread,
    UserChanged,
)
from ..errors import ChatroomError
from ..protocol.events import (
    MemberChanged,
    MuteChanged,
    Presence,
    ReactionsChanged,
    RoomChanged,
    ServerChanged,
    SettingsChanged,
    ThreadUnread,
    TokenExpiring,
    Typing,
)
from ..protocol.results import MAX_PAGE
from .client_options import ClientOptions, as_json_option, join_option, run, with_access
from .output import formatter, write
from .parse import room_of

MAX_REMEMBERED: Final = 500
"""Maximum number of printed messages to remember, which are not printed again after the server was
restored from a backup."""


class NotAMember(ChatroomError):
    """The user has been removed from the room, or has left it."""


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
                await _print_new(chat, name, last, formatter(as_json))

    run(follow)


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
                raise NotAMember(f"{room}: no longer a member")
            case NewMessage() | Resynced() | MemberChanged():
                continue  # of another room or user
            case (
                MessageChanged()
                | ReactionsChanged()
                | Unread()
                | ThreadUnread()
                | Typing()
                | Presence()
                | ConnectionChanged()
                | TokenExpiring()
                | MuteChanged()
                | RoomChanged()
                | UserChanged()
                | SettingsChanged()
                | ServerChanged()
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
