"""Reads of a room: pages of its log, lists, subscriptions, and typing.

The log is read outside the room's task. Each reply is made in one step with the room's committed
state, which checks membership once more. Does not change the room's log or members.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import trio

from ..actors.supervisor import Supervisor
from ..errors import Refused, StorageUnavailable, failed, unavailable
from ..files.links import Links
from ..hub.envelope import AnyEnvelope, Envelope
from ..hub.hub import Hub
from ..model import Member, Room
from ..protocol import results
from ..protocol.calls import (
    GetFile,
    GetHistory,
    GetMessage,
    GetUnread,
    ListBans,
    ListMembers,
    ListMutes,
    ListPins,
    ListReactions,
    SetTyping,
    Subscribe,
    Unsubscribe,
)
from ..protocol.declaring import Call, ModeratorCall
from ..store.news import FollowedRoomStore
from ..store.room_log import Bounds, Page
from . import mail
from .lists import RoomLists
from .log_reader import LogReader
from .one_message import MessageReader
from .permissions import PERMISSIONS, require_member, require_role
from .replica import Replica
from .subscribing import Subscriber

logger = logging.getLogger(__name__)


class _Again(Exception):
    """Handle the call once more. The caller was looked up before the read, but evicted from the
    cache meanwhile. Or another node has created the room, and the replica has no room yet.
    """


class RoomReader:
    def __init__(
        self,
        replica: Replica,
        store: FollowedRoomStore,
        hub: Hub,
        actors: Supervisor,
        links: Links,
    ) -> None:
        self._replica = replica
        self._state = replica.state
        self._channel = replica.channel
        self._store = store
        self._hub = hub
        self._actors = actors
        self._log = LogReader(replica.state, replica.channel, store)
        self._messages = MessageReader(self._log, self._channel, hub.sessions, links, self._reach)
        self._lists = RoomLists(replica.channel, store, hub, self._reach)
        self._subscriber = Subscriber(
            replica, store, hub, self._log, self._reach, self._require_member
        )

    def handle(self, envelope: AnyEnvelope, nursery: trio.Nursery) -> None:
        """Handle a read and send one reply. The caller must have been looked up.

        Calls that read nothing, or only the message cache, are handled at once. That keeps the
        order of a session's calls. If a session subscribes several times, only the last call lets
        it watch. A refused ``subscribe`` still ends an earlier subscription.
        """
        call = envelope.call
        if isinstance(call, Subscribe | Unsubscribe):
            self._subscriber.stop_listening(envelope)
        try:
            self._require_permission(envelope)
        except _Again:
            if not self._post(envelope):
                self._hub.reply(envelope.reply_to, Refused("busy", "try again"))
            return
        except Refused as refused:
            if self._replica.alone or type(call) in _AT_ONCE:
                self._hub.reply(envelope.reply_to, refused)
                return
        if (at_once := _AT_ONCE.get(type(call))) is not None:
            self._hub.reply(envelope.reply_to, at_once(self, envelope))
            return
        if isinstance(call, GetHistory) and (page := self._cached(call, envelope.user)) is not None:
            self._hub.reply(envelope.reply_to, self._shown(page))
            return
        if isinstance(call, Subscribe):
            self._subscriber.begin(envelope)
        nursery.start_soon(self._read, envelope)

    def _cached(self, call: GetHistory, asker: str) -> Page | None:
        """Return the page if it can be sent in this step, which saves a task."""
        if not self._replica.alone:
            return None  # the store may be ahead
        try:
            return self._log.cached_page(call.limit, asker, _bounds(call))
        except LookupError:
            return None  # the task fails likewise, and logs it

    def _set_typing(self, envelope: Envelope[SetTyping]) -> results.Empty:
        # Only a connected person may start typing: the end of their last session clears it.
        hub, user, call = self._hub, envelope.user, envelope.call
        may = hub.inboxes.follows(user, self._state.name) and hub.sessions.connected(user)
        hub.set_typing(user, self._channel, call.typing and may, call.thread)
        return results.Empty()

    def _unsubscribe(self, envelope: Envelope[Unsubscribe]) -> results.Empty:
        self._hub.end_typing(envelope.user, self._channel)
        return results.Empty()

    async def _read(self, envelope: AnyEnvelope) -> None:
        result: object = failed()
        again = False
        try:
            if not self._replica.alone:
                await self._reach_store(envelope.user)
            result = await _ASIDE[type(envelope.call)](self, envelope)
            if result is not None:
                self._require_permission(envelope)
        except _Again:
            again = self._post(envelope)
            result = Refused("busy", "try again")
        except Refused as refused:
            result = refused
        except StorageUnavailable as error:
            result = unavailable(error)
        except Exception:
            about = {"room": self._state.name, "user": envelope.user}
            logger.exception("reading failed", extra=about)
        finally:
            self._subscriber.end(envelope)
            # Also if the room fails, which cancels this task. A second reply is ignored.
            if not again:
                self._hub.reply(envelope.reply_to, result)

    def _post(self, envelope: AnyEnvelope) -> bool:
        """Send the call to the room once more. Return False if its mailbox is full."""
        return self._actors.push(mail.address(self._state.name), envelope)

    async def _history(self, envelope: Envelope[GetHistory]) -> results.History:
        call = envelope.call
        page = await self._log.page(call.limit, envelope.user, _bounds(call))
        await self._reach(page.version)
        return self._shown(page)

    async def _unread(self, envelope: Envelope[GetUnread]) -> results.History:
        _, member = self._require_member(envelope.user)
        bounds = Bounds(after=member.read_seq)
        page = await self._log.page(envelope.call.limit, envelope.user, bounds)
        await self._reach(page.version)
        return self._shown(page)

    async def _reach(self, version: int) -> None:
        """Wait for a version: see :meth:`.Replica.reach`.

        :raises Refused: another epoch has begun, and the room was not read since. A cursor of the
            old epoch must not name what is written in the new one.
        """
        if not await self._replica.reach(version):
            raise _Again
        if self._channel.epoch != self._hub.channels.epoch:
            raise Refused("busy", "the room is being read anew; try again")

    def _shown(self, page: Page) -> results.History:
        return results.History(
            room=self._state.name,
            epoch=self._channel.epoch,
            first_seq=page.first_seq,
            head_seq=page.head_seq,
            messages=page.messages,
            my_reactions=page.beside.own_reactions,
            quoted=page.beside.quoted,
            threads=page.beside.threads,
            has_more_before=page.more_before,
            has_more_after=page.more_after,
        )

    async def _reach_store(self, user: str) -> None:
        """Wait for the store's version: see :meth:`.Replica.reach_store`.

        :raises Refused: the user is not a member.
        """
        if not await self._replica.reach_store(user):
            raise _Again
        self._require_member(user)

    def _require_permission(self, envelope: AnyEnvelope) -> None:
        room, member = self._require_member(envelope.user)
        if isinstance(envelope.call, ModeratorCall):
            require_role(PERMISSIONS[type(envelope.call)], room, member)

    def _require_member(self, user: str) -> tuple[Room, Member]:
        if user not in self._state.people and user not in self._state.absent:
            raise _Again
        return require_member(self._state.room, self._state.member(user))


def _bounds(call: GetHistory) -> Bounds:
    return Bounds(call.before, call.after, call.around, call.at, call.thread, call.whole)


_AT_ONCE: Final[Mapping[type[Call[Any]], Callable[[RoomReader, Envelope[Any]], object]]] = {
    SetTyping: RoomReader._set_typing,
    Unsubscribe: RoomReader._unsubscribe,
}
"""Calls that are answered at once."""
_ASIDE: Final[
    Mapping[type[Call[Any]], Callable[[RoomReader, Envelope[Any]], Awaitable[object]]]
] = {
    GetHistory: RoomReader._history,
    GetFile: lambda reader, envelope: reader._messages.file(envelope),
    GetMessage: lambda reader, envelope: reader._messages.message(envelope),
    ListPins: lambda reader, envelope: reader._lists.pins(envelope),
    GetUnread: RoomReader._unread,
    ListBans: lambda reader, envelope: reader._lists.bans(envelope),
    ListMutes: lambda reader, envelope: reader._lists.mutes(envelope),
    ListMembers: lambda reader, envelope: reader._lists.members(envelope),
    ListReactions: lambda reader, envelope: reader._lists.reactions(envelope),
    Subscribe: lambda reader, envelope: reader._subscriber.subscribe(envelope),
}
"""Calls that run in a task each. A handler that returns None has replied itself."""
READS: Final = (*_AT_ONCE, *_ASIDE)
"""The calls that a room handles without a rule."""
