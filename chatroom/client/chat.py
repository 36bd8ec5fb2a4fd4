"""A session as its user sees it: typed calls, a stream of events, views of rooms."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from uuid_utils import uuid7

from ..model import Format, Has, Level, Message, Role, User, Visibility, Who
from ..protocol import results
from ..protocol.calls import (
    AddReaction,
    Ban,
    BlockUser,
    CreateGroup,
    CreateRoom,
    DeleteMessage,
    DeleteMessagesOf,
    DeleteRoom,
    EditMessage,
    GetHistory,
    GetInbox,
    GetMentions,
    GetMessage,
    GetUnread,
    Invite,
    JoinRoom,
    LeaveRoom,
    ListBlocked,
    ListMembers,
    ListPins,
    ListReactions,
    ListRooms,
    MarkRead,
    Mute,
    PinMessage,
    RemoveMember,
    RemoveReaction,
    SearchMessages,
    SendMessage,
    SetNotifications,
    SetRole,
    SetRoom,
    SetTyping,
    Unban,
    UnblockUser,
    Unmute,
    UnpinMessage,
    Unsubscribe,
)
from ..protocol.codec import decode_result
from ..protocol.constraints import json_object
from ..protocol.declaring import Call
from ..protocol.field_types import (
    Bound,
    ClientId,
    Cursor,
    Emoji,
    Limit,
    MessageSeq,
    MessageType,
    OwnRoomName,
    Pause,
    Query,
    Reason,
    RoomName,
    SearchQuery,
    Seq,
    Text,
    Time,
    Title,
    Topic,
    UserName,
    UserNames,
)
from .errors import CannotConnect
from .event_queue import EventQueue
from .events import Event
from .retry import RetryQueue
from .room import Room
from .session import Session

R = TypeVar("R")


class Chat:
    """A session with a server.

    Calls raise the subclass of :class:`CallRefused` for the reason if the server refuses them, and
    :class:`SessionEnded` after the session has ended permanently. A lost connection raises nothing:
    the call is sent again on the next connection. Therefore :meth:`create_room`, :meth:`leave` and
    :meth:`remove_member` may be refused because the server has done them at the first attempt.

    While there is no connection, a call waits. A cancelled call, for instance one under
    :func:`trio.fail_after`, is not sent again, but the server may have done it already. Repeat a
    :meth:`send` with the same ``client_id`` to be sure.
    """

    def __init__(self, session: Session, buffer: EventQueue, retries: RetryQueue) -> None:
        self._session = session
        self._buffer = buffer
        self._retries = retries

    @property
    def user(self) -> User:
        return self._connected.user

    @property
    def session_id(self) -> str:
        """The id of the session on the current or last connection."""
        return self._connected.session_id

    @property
    def inbox(self) -> results.Inbox:
        """The inbox at the start of the current connection; see also :meth:`get_inbox`."""
        return self._connected.inbox

    def events(self) -> AsyncIterator[Event]:
        """Iterate over all events since the first subscription.

        Each message comes once, in the order of its room. Allows one consumer at a time, which may
        stop and resume. Raises :class:`SessionEnded` at the end.
        """
        return self._buffer

    async def call(self, call: Call[R]) -> R:
        """Make any call and return its reply. Most calls have a method of their own.

        To subscribe, use only :meth:`subscribe` and :meth:`unsubscribe`.

        >>> async def empty(chat: Chat) -> None:
        ...     reply = await chat.call(DeleteMessage(RoomName("general"), MessageSeq(1)))
        ...     print(reply.rev)
        """
        name, ask = call.declared.name, self._asking(call)
        if isinstance(call, SendMessage):
            return await self._retries.send(name, call.key(self.user.name), ask)
        return await self._retries.ask(name, ask)

    # ---- rooms

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

    async def create_room(
        self,
        room: str,
        visibility: Visibility = "public",
        *,
        title: str | None = None,
        topic: str | None = None,
    ) -> results.Joined:
        """:raises Conflict: the name is taken."""
        return await self.call(
            CreateRoom(
                OwnRoomName(room),
                visibility,
                None if title is None else Title(title),
                None if topic is None else Topic(topic),
            )
        )

    async def create_group(
        self, users: Sequence[str], *, client_id: str | None = None
    ) -> results.Joined:
        """Make a private room of up to 20 people and oneself. Its name is the server's.

        :param client_id: generated by default. Pass one to repeat a call of an earlier run.
        """
        given = client_id or str(uuid7())
        return await self.call(CreateGroup(UserNames(tuple(users)), ClientId(given)))

    async def delete_room(self, room: str) -> None:
        """Delete a room for good, as an owner."""
        await self.call(DeleteRoom(RoomName(room)))

    async def set_room(
        self,
        room: str,
        *,
        title: str | None = None,
        topic: str | None = None,
        visibility: Visibility | None = None,
        posting: Who | None = None,
        inviting: Who | None = None,
        slow_mode_s: int | None = None,
        archived: bool | None = None,
    ) -> results.RoomSettings:
        """Change settings of a room, as a moderator or owner. Returns all settings."""
        return await self.call(
            SetRoom(
                RoomName(room),
                None if title is None else Title(title),
                None if topic is None else Topic(topic),
                visibility,
                posting,
                inviting,
                None if slow_mode_s is None else Pause(slow_mode_s),
                archived,
            )
        )

    async def leave(self, room: str) -> None:
        await self.call(LeaveRoom(RoomName(room)))

    async def list_rooms(
        self, query: str | None = None, *, after: str | None = None, limit: int = results.PAGE
    ) -> results.Rooms:
        return await self.call(
            ListRooms(None if query is None else Query(query), _cursor(after), Limit(limit))
        )

    async def list_members(
        self,
        room: str,
        query: str | None = None,
        *,
        after: str | None = None,
        limit: int = results.PAGE,
    ) -> results.Members:
        """List members, by name.

        :param query: the beginning of a word of the name or display name.
        """
        return await self.call(
            ListMembers(
                RoomName(room),
                _cursor(after),
                Limit(limit),
                None if query is None else Query(query),
            )
        )

    async def invite(self, room: str, user: str) -> None:
        await self.call(Invite(RoomName(room), UserName(user)))

    async def remove_member(self, room: str, user: str) -> None:
        await self.call(RemoveMember(RoomName(room), UserName(user)))

    async def ban(
        self, room: str, user: str, *, until: int | None = None, reason: str | None = None
    ) -> None:
        """End a membership and forbid to join.

        :param until: the end, in ms since the epoch; by default the ban has none.
        """
        await self.call(Ban(RoomName(room), UserName(user), _time(until), _reason(reason)))

    async def unban(self, room: str, user: str) -> None:
        await self.call(Unban(RoomName(room), UserName(user)))

    async def mute(
        self, room: str, user: str, *, until: int | None = None, reason: str | None = None
    ) -> None:
        """Forbid someone to send and edit. ``until`` as for :meth:`ban`."""
        await self.call(Mute(RoomName(room), UserName(user), _time(until), _reason(reason)))

    async def unmute(self, room: str, user: str) -> None:
        await self.call(Unmute(RoomName(room), UserName(user)))

    async def delete_messages_of(self, room: str, user: str, since: int) -> int:
        """Delete what someone wrote since a time (ms), as a moderator, by as many calls as it
        takes. Returns the number of messages.
        """
        deleted, before = 0, None
        while True:
            swept = await self.call(
                DeleteMessagesOf(
                    RoomName(room),
                    UserName(user),
                    Time(since),
                    None if before is None else Seq(before),
                )
            )
            deleted, before = deleted + swept.deleted, swept.next
            if before is None:
                return deleted

    async def set_role(self, room: str, user: str, role: Role) -> None:
        """Give someone a role, as an owner of the room.

        :raises Conflict: the last owner cannot give up the role.
        """
        await self.call(SetRole(RoomName(room), UserName(user), role))

    # ---- messages

    async def send(
        self,
        room: str,
        text: str,
        *,
        reply_to: int | None = None,
        client_id: str | None = None,
        format: Format = "markdown",  # noqa: A002 - as in the protocol
        type: str | None = None,  # noqa: A002 - as in the protocol
        data: Mapping[str, Any] | None = None,
    ) -> results.Sent:
        """Send a message. Returns when it is stored, exactly once, even if connections were lost.

        After a temporary refusal (``internal``, ``busy``; with ``patient`` also ``rate_limited``)
        it is retried, and later messages to the room wait until it is done.

        :param client_id: generated by default. Pass one to complete a send of an earlier run.
        :param type: what the message is to a product; other clients show its text.
        :param data: for that product, at most 8 KiB as JSON. The ``data`` of a message is JSON.
        """
        return await self.call(
            SendMessage(
                Text(text),
                room=RoomName(room),
                client_id=_client_id(client_id),
                reply_to=None if reply_to is None else Seq(reply_to),
                format=format,
                type=None if type is None else MessageType(type),
                data=None if data is None else json_object(dict(data)),
            )
        )

    async def send_to(self, user: str, text: str, *, client_id: str | None = None) -> results.Sent:
        """Send a direct message. The user may be offline."""
        return await self.call(
            SendMessage(Text(text), to=UserName(user), client_id=_client_id(client_id))
        )

    async def edit(self, room: str, seq: int, text: str) -> int:
        """Returns the message's new rev."""
        return (await self.call(EditMessage(RoomName(room), MessageSeq(seq), Text(text)))).rev

    async def delete(self, room: str, seq: int) -> int:
        """Returns the message's new rev."""
        return (await self.call(DeleteMessage(RoomName(room), MessageSeq(seq)))).rev

    async def react(self, room: str, seq: int, emoji: str) -> int:
        """React to a message with one emoji. Returns the message's rev."""
        call = AddReaction(RoomName(room), MessageSeq(seq), Emoji(emoji))
        return (await self.call(call)).rev

    async def unreact(self, room: str, seq: int, emoji: str) -> int:
        """Take a reaction back. Returns the message's rev."""
        call = RemoveReaction(RoomName(room), MessageSeq(seq), Emoji(emoji))
        return (await self.call(call)).rev

    async def list_reactions(
        self, room: str, seq: int, *, after: str | None = None, limit: int = results.PAGE
    ) -> results.Reactions:
        """Return who reacted to a message. The message itself names the first ten of each emoji."""
        call = ListReactions(RoomName(room), Seq(seq), _cursor(after), Limit(limit))
        return await self.call(call)

    async def history(
        self,
        room: str,
        *,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
        at: int | None = None,
        limit: int = results.PAGE,
    ) -> results.History:
        """Return a page of the log by seq, or around a time (ms); without a bound, the latest."""
        return await self.call(
            GetHistory(
                RoomName(room),
                _bound(before),
                _bound(after),
                _bound(around),
                Limit(limit),
                None if at is None else Time(at),
            )
        )

    async def get_message(self, room: str, seq: int) -> Message:
        return (await self.call(GetMessage(RoomName(room), Seq(seq)))).message

    async def pin(self, room: str, seq: int) -> int:
        """Pin a message for all. Returns the message's rev."""
        return (await self.call(PinMessage(RoomName(room), MessageSeq(seq)))).rev

    async def unpin(self, room: str, seq: int) -> int:
        """Returns the message's rev."""
        return (await self.call(UnpinMessage(RoomName(room), MessageSeq(seq)))).rev

    async def list_pins(
        self, room: str, *, after: str | None = None, limit: int = results.PAGE
    ) -> results.Pins:
        """Return the pinned messages, the last pinned first."""
        return await self.call(ListPins(RoomName(room), _cursor(after), Limit(limit)))

    async def mentions(
        self, *, after: str | None = None, limit: int = results.PAGE
    ) -> results.Mentions:
        """Return messages of all rooms that mention the user or everyone, newest first."""
        return await self.call(GetMentions(_cursor(after), Limit(limit)))

    async def search(
        self,
        query: str,
        *,
        room: str | None = None,
        sender: str | None = None,
        before: int | None = None,
        after: int | None = None,
        has: Has | None = None,
        limit: int = results.PAGE,
        cursor: str | None = None,
    ) -> results.Found:
        """Return messages of my rooms that have all words of the query, newest first.

        A word finds words that begin with it; ``"what is in quotes"`` is found as it is.
        ``found.next`` is the ``cursor`` of the next page, None at the end. A page may be empty
        before that.

        :param before: a time in ms, exclusive like ``after``.
        """
        return await self.call(
            SearchMessages(
                SearchQuery(query),
                room=None if room is None else RoomName(room),
                sender=None if sender is None else UserName(sender),
                before=None if before is None else Time(before),
                after=None if after is None else Time(after),
                has=has,
                limit=Limit(limit),
                cursor=_cursor(cursor),
            )
        )

    # ---- the inbox

    async def get_inbox(
        self, *, after: str | None = None, limit: int = results.INBOX_PAGE
    ) -> results.Inbox:
        return await self.call(GetInbox(_cursor(after), Limit(limit)))

    async def unread(self, room: str, *, limit: int = results.PAGE) -> results.History:
        return await self.call(GetUnread(RoomName(room), Limit(limit)))

    async def mark_read(self, room: str, seq: int) -> results.InboxEntry:
        return await self.call(MarkRead(RoomName(room), Bound(seq)))

    async def set_notifications(self, room: str, level: Level) -> results.InboxEntry:
        return await self.call(SetNotifications(RoomName(room), level))

    async def block(self, user: str) -> None:
        """Refuse the user's direct messages and invitations from now on."""
        await self.call(BlockUser(UserName(user)))

    async def unblock(self, user: str) -> None:
        await self.call(UnblockUser(UserName(user)))

    async def list_blocked(
        self, *, after: str | None = None, limit: int = results.PAGE
    ) -> results.Blocked:
        return await self.call(ListBlocked(_cursor(after), Limit(limit)))

    async def set_typing(self, room: str, typing: bool) -> None:
        await self.call(SetTyping(RoomName(room), typing))

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


def _client_id(given: str | None) -> ClientId:
    # Ordered by time: appending to the server's index is three times as fast as inserting.
    return ClientId(given or str(uuid7()))


def _cursor(after: str | None) -> Cursor | None:
    return None if after is None else Cursor(after)


def _time(at: int | None) -> Time | None:
    return None if at is None else Time(at)


def _reason(why: str | None) -> Reason | None:
    return None if why is None else Reason(why)


def _bound(seq: int | None) -> Bound | None:
    return None if seq is None else Bound(seq)
