"""Lists for one person, read from the store: rooms, and messages that mention the person.

A list may be out of date when it has been read. So the hub decides about membership in the step
that replies (I5).
"""

from typing import Any, Final, TypeAlias, get_args

import trio

from ..errors import Refused
from ..hub.envelope import Envelope
from ..hub.hub import Hub
from ..protocol import results
from ..protocol.calls import GetMentions, GetThreads, ListRooms
from ..protocol.codec import message_size, parse_number
from ..protocol.declaring import Call
from ..store.inboxes import InboxStore
from .ordered_calls import Answerer

ListCall: TypeAlias = ListRooms | GetMentions | GetThreads


class InboxLists:
    """The lists of one person. Each is read in a task of its own."""

    calls: Final[tuple[type[Call[Any]], ...]] = get_args(ListCall)

    def __init__(self, user: str, store: InboxStore, hub: Hub) -> None:
        self._user = user
        self._store = store
        self._hub = hub
        self._answerer = Answerer(user, "lists", hub, self._read)

    def handle(self, envelope: Envelope[ListCall], nursery: trio.Nursery) -> None:
        room = envelope.call.room if isinstance(envelope.call, GetThreads) else None
        if room is not None and not self._follows(room):
            # At once, as for a room that does not exist.
            self._hub.reply(envelope.reply_to, Refused("not_found", "room: there is no such room"))
            return
        nursery.start_soon(self._answerer.reply, envelope)

    async def _read(self, envelope: Envelope[ListCall]) -> object:
        """:raises Refused: the call cannot be answered."""
        match call := envelope.call:
            case ListRooms():
                return await self._rooms(call)
            case GetMentions():
                return await self._mentions(call)
            case GetThreads():
                return await self._threads(call)

    async def _rooms(self, call: ListRooms) -> results.Rooms:
        found = await self._store.rooms(self._user, call.query, call.after or "", call.limit)
        rooms = tuple(
            results.ListedRoom(
                room=room.name,
                title=room.title,
                topic=room.topic,
                visibility=room.visibility,
                members=room.members,
                head_seq=room.head_seq,
                member=self._follows(room.name),
                archived=room.policy.archived,
            )
            for room in found.rooms
            if self._follows(room.name)
            or (room.visibility == "public" and not self._hub.made_private(room.name, room.version))
        )
        return results.Rooms(rooms, found.next)

    async def _mentions(self, call: GetMentions) -> results.Mentions:
        before = None if call.after is None else parse_number(call.after)
        found = await self._store.mentions(self._user, before, call.limit, size=message_size)
        return results.Mentions(
            epoch=self._hub.channels.epoch,
            messages=tuple(each for each in found.messages if self._follows(each.room)),
            next=None if found.next is None else str(found.next),
        )

    async def _threads(self, call: GetThreads) -> results.Threads:
        after = None if call.after is None else _parse_cursor(call.after)
        found = await self._store.threads(self._user, call.room, after, call.limit)
        return results.Threads(
            threads=tuple(
                results.ListedThread(
                    room=each.followed.room,
                    thread=each.thread.root,
                    count=each.thread.count,
                    last_seq=each.thread.last_seq,
                    last_timestamp=each.thread.last_timestamp,
                    users=each.thread.users,
                    read_seq=each.followed.read_seq,
                    unread=each.followed.unread,
                    mentions=each.followed.mentions,
                    message=each.message,
                )
                for each in found.threads
                if self._follows(each.followed.room)
            ),
            next=None if found.next is None else "{0}:{2}:{1}".format(*found.next),
        )

    def _follows(self, room: str) -> bool:
        return self._hub.inboxes.follows(self._user, room)


def _parse_cursor(after: str) -> tuple[int, str, int]:
    """Return the time, room and root of the last thread of a page.

    :raises Refused: the cursor is not from a reply.
    """
    at, _, rest = after.partition(":")
    root, _, room = rest.partition(":")
    return parse_number(at), room, parse_number(root)
