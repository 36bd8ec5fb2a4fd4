"""A session as its user sees it: typed calls, a stream of events, views of rooms."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from functools import partial
from typing import Any, TypeVar

from ..model import ServerRole, ServerState, User
from ..protocol import results
from ..protocol.calls import (
    JoinRoom,
    SendMessage,
    Unsubscribe,
)
from ..protocol.codec import decode_result
from ..protocol.declaring import Call
from ..protocol.field_types import (
    OwnRoomName,
    RoomName,
)
from .errors import CannotConnect
from .event_queue import EventQueue
from .events import Event
from .file_calls import FileCalls
from .files import FileTransfer
from .inbox_calls import InboxCalls
from .message_calls import MessageCalls
from .moderation_calls import ModerationCalls
from .people_calls import PeopleCalls
from .push_calls import PushCalls
from .reading_calls import ReadingCalls
from .retry import RetryQueue
from .room import Room
from .room_calls import RoomCalls
from .server_calls import ServerCalls
from .session import Session
from .users import Users

R = TypeVar("R")


class Chat(
    RoomCalls,
    ModerationCalls,
    MessageCalls,
    FileCalls,
    ReadingCalls,
    InboxCalls,
    PeopleCalls,
    PushCalls,
    ServerCalls,
):
    """A session with a server.

    Calls raise the subclass of :class:`CallRefused` for the reason if the server refuses them, and
    :class:`SessionEnded` after the session has ended permanently. A lost connection raises nothing:
    the call is sent again on the next connection. Therefore :meth:`create_room`, :meth:`leave` and
    :meth:`remove_member` may be refused because the server has done them at the first attempt.

    While there is no connection, a call waits. A cancelled call, for instance one under
    :func:`trio.fail_after`, is not sent again, but the server may have done it already. Repeat a
    :meth:`send` with the same ``client_id`` to be sure.
    """

    def __init__(
        self, session: Session, buffer: EventQueue, retries: RetryQueue, files: FileTransfer
    ) -> None:
        self._files = files
        self._session = session
        self._buffer = buffer
        self._retries = retries

    @property
    def user(self) -> User:
        return self._connected.user

    @property
    def server_role(self) -> ServerRole:
        """The user's role on the server when the current connection began."""
        return self._connected.server_role

    @property
    def server(self) -> ServerState:
        """What the server tells everybody of itself: its name, colour and announcement, and why it
        is read-only. An announcement in it may have ended."""
        return self._connected.server

    @property
    def session_id(self) -> str:
        """The id of the session on the current or last connection."""
        return self._connected.session_id

    @property
    def inbox(self) -> results.Inbox:
        """The inbox at the start of the current connection; see also :meth:`get_inbox`."""
        return self._connected.inbox

    @property
    def files(self) -> FileTransfer:
        """The exchange of files; see :meth:`upload` and :meth:`download`."""
        return self._files

    @property
    def users(self) -> Users:
        """The known profiles of people; see also :meth:`load_users`."""
        return self._session.users

    async def load_users(self, names: Iterable[str]) -> None:
        """Ask for the profiles of people that ``users`` does not have."""
        await self._session.load_users([name for name in names if name not in self.users])

    def events(self) -> AsyncIterator[Event]:
        """Iterate over all events since the first subscription.

        Each message comes once, in the order of its room. Allows one consumer at a time, which may
        stop and resume. Raises :class:`SessionEnded` at the end.
        """
        return self._buffer

    async def call(self, call: Call[R]) -> R:
        """Make any call and return its reply. Most calls have a method of their own.

        To subscribe, use only :meth:`subscribe` and :meth:`unsubscribe`.

        >>> from chatroom.protocol.calls import DeleteMessage
        >>> from chatroom.protocol.field_types import MessageSeq, RoomName
        >>> async def empty(chat: Chat) -> None:
        ...     reply = await chat.call(DeleteMessage(RoomName("general"), MessageSeq(1)))
        ...     print(reply.rev)
        """
        name, ask = call.declared.name, self._asking(call)
        if isinstance(call, SendMessage):
            return await self._retries.send(name, call.key(self.user.name), ask)
        return await self._retries.ask(name, ask)

    async def join(self, room: str, *, create: bool = True) -> Room:
        """Join a room, if not a member already, and subscribe to it."""
        await self.call(JoinRoom(OwnRoomName(room), create))
        return await self.subscribe(room)

    async def subscribe(self, room: str) -> Room:
        """Subscribe to a room as a member. The returned view has its latest messages."""
        return await self._retries.ask("subscribe", lambda: self._session.subscribe(room))

    async def unsubscribe(self, room: str) -> None:
        self._session.subscriptions.pop(room, None)
        await self.call(Unsubscribe(RoomName(room)))

    def room(self, name: str) -> Room:
        """Return the view of a subscribed room. :raises KeyError: not subscribed."""
        return self._session.subscriptions[name].room

    @property
    def _connected(self) -> results.Connected:
        connected = self._session.connected
        if connected is None:
            raise CannotConnect("not connected yet")
        return connected

    def _asking(self, call: Call[R]) -> Callable[[], Awaitable[R]]:
        reply: type[Any] = call.declared.reply

        async def ask() -> R:
            result: R = await self._session.call(call, partial(decode_result, reply))
            return result

        return ask
