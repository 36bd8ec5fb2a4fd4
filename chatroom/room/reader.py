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
from ..store.room_log import Changes, Page
from . import mail
from .lists import RoomLists
from .log_reader import LogReader
from .one_message import MessageReader
from .permissions import PERMISSIONS, require_member, require_role
from .replica import Replica

logger = logging.getLogger(__name__)

ATTEMPTS: Final = 5
"""Maximum number of reads for one subscription. It reads again if more events were published during
a read than the message cache holds."""

MAX_EPOCHS: Final = 64
"""Maximum number of earlier epochs whose last valid rev a room caches."""


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
        self._messages = MessageReader(self._log, store.epoch, links, self._reach)
        self._lists = RoomLists(replica.state.name, store, hub, self._reach)
        # By session: its latest ``subscribe`` call, while the log is being read for it.
        self._subscribing: dict[str, AnyEnvelope] = {}
        # By epoch. Only for epochs that have ended, whose last valid rev never changes.
        self._last_valid_revs: dict[str, int] = {}

    def handle(self, envelope: AnyEnvelope, nursery: trio.Nursery) -> None:
        """Handle a read and send one reply. The caller must have been looked up.

        Calls that read nothing, or only the message cache, are handled at once. That keeps the
        order of a session's calls. If a session subscribes several times, only the last call lets
        it watch. A refused ``subscribe`` still ends an earlier subscription.
        """
        call = envelope.call
        if isinstance(call, Subscribe | Unsubscribe):
            self._stop_listening(envelope)
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
            self._subscribing[envelope.reply_to.session] = envelope
        nursery.start_soon(self._read, envelope)

    def _cached(self, call: GetHistory, asker: str) -> Page | None:
        """Return the page if it can be sent in this step, which saves a task."""
        if not self._replica.alone:
            return None  # the store may be ahead
        try:
            return self._log.cached_page(
                call.limit,
                asker,
                before=call.before,
                after=call.after,
                around=call.around,
                at=call.at,
                thread=call.thread,
                whole=call.whole,
            )
        except LookupError:
            return None  # the task fails likewise, and logs it

    def _set_typing(self, envelope: Envelope[SetTyping]) -> results.Empty:
        # Only a connected person may start typing: the end of their last session clears it.
        hub, user, typing = self._hub, envelope.user, envelope.call.typing
        typing = typing and hub.follows(user, self._state.name) and hub.sessions.connected(user)
        self._channel.set_typing(user, typing)
        return results.Empty()

    def _unsubscribe(self, envelope: Envelope[Unsubscribe]) -> results.Empty:
        self._channel.set_typing(envelope.user, False)
        return results.Empty()

    def _stop_listening(self, envelope: AnyEnvelope) -> None:
        session_id = envelope.reply_to.session
        self._subscribing.pop(session_id, None)
        self._hub.detach_session(session_id, self._channel)

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
            if self._subscribing.get(envelope.reply_to.session) is envelope:
                del self._subscribing[envelope.reply_to.session]
            # Also if the room fails, which cancels this task. A second reply is ignored.
            if not again:
                self._hub.reply(envelope.reply_to, result)

    def _post(self, envelope: AnyEnvelope) -> bool:
        """Send the call to the room once more. Return False if its mailbox is full."""
        return self._actors.push(mail.address(self._state.name), envelope)

    async def _history(self, envelope: Envelope[GetHistory]) -> results.History:
        call = envelope.call
        page = await self._log.page(
            call.limit,
            asker=envelope.user,
            before=call.before,
            after=call.after,
            around=call.around,
            at=call.at,
            thread=call.thread,
            whole=call.whole,
        )
        await self._reach(page.version)
        return self._shown(page)

    async def _unread(self, envelope: Envelope[GetUnread]) -> results.History:
        _, member = self._require_member(envelope.user)
        page = await self._log.page(envelope.call.limit, asker=envelope.user, after=member.read_seq)
        await self._reach(page.version)
        return self._shown(page)

    async def _reach(self, version: int) -> None:
        """Wait for a version: see :meth:`.Replica.reach`."""
        if not await self._replica.reach(version):
            raise _Again

    def _shown(self, page: Page) -> results.History:
        return results.History(
            room=self._state.name,
            epoch=self._store.epoch,
            first_seq=page.first_seq,
            head_seq=page.head_seq,
            messages=page.messages,
            my_reactions=page.beside.own_reactions,
            quoted=page.beside.quoted,
            threads=page.beside.threads,
            has_more_before=page.more_before,
            has_more_after=page.more_after,
        )

    # ---- subscribing

    async def _subscribe(self, envelope: Envelope[Subscribe]) -> None:
        """Read the log up to some rev, then reply and let the session watch in one step.

        Events published since that rev follow the reply in the same step.
        """
        user, call = envelope.user, envelope.call
        reason = await self._refuse_resume(call)
        for _ in range(ATTEMPTS):
            page: Page | Changes
            if call.since_rev is None or reason is not None:
                page = await self._log.page(call.limit or results.PAGE, asker=user)
                next_rev, recovered = page.head_rev, False
            else:
                limit = call.limit or results.MAX_PAGE
                page = await self._log.changes(call.since_rev, limit, asker=user)
                next_rev, recovered = page.next_rev, True
                if page.pruned:
                    reason = "pruned"
                    continue
            await self._reach(page.version)
            room, member = self._require_member(user)
            more = next_rev < page.head_rev
            missed = [] if more else self._channel.since(page.head_rev)
            if missed is None:
                continue
            reply = results.Subscribed(
                room=room.name,
                title=room.title,
                topic=room.topic,
                visibility=room.visibility,
                role=member.role,
                epoch=self._store.epoch,
                first_seq=page.first_seq,
                head_seq=page.head_seq,
                head_rev=page.head_rev,
                read_seq=member.read_seq,
                recovered=recovered,
                reason=reason,
                messages=page.messages,
                my_reactions=page.beside.own_reactions,
                quoted=page.beside.quoted,
                threads=page.beside.threads,
                has_more=more,
                next_rev=next_rev,
                online=self._hub.online(self._channel),
                muted=self._muted(user),
                posting=room.policy.posting,
                inviting=room.policy.inviting,
                slow_mode_s=room.policy.slow_mode_s,
                archived=room.policy.archived,
            )
            self._hub.reply(envelope.reply_to, reply)
            superseded = self._subscribing.get(envelope.reply_to.session) is not envelope
            if not more and not superseded:
                self._hub.attach(envelope.reply_to.session, self._channel, missed)
            return
        raise Refused("busy", "the room is too busy to catch up with; try again")

    def _muted(self, user: str) -> results.Muted | None:
        mute = self._state.muted.get(user)
        return None if mute is None else results.Muted(mute.until, mute.reason or None)

    async def _refuse_resume(self, call: Subscribe) -> str | None:
        since, epoch = call.since_rev, call.epoch
        if since is None:
            return None
        if epoch == self._store.epoch:
            return "ahead" if since > (self._channel.rev or 0) else None
        last = None if epoch is None else await self._last_valid_rev(epoch)
        return "epoch_changed" if last is None or since > last else None

    async def _reach_store(self, user: str) -> None:
        """Wait for the store's version: see :meth:`.Replica.reach_store`.

        :raises Refused: the user is not a member.
        """
        if not await self._replica.reach_store(user):
            raise _Again
        self._require_member(user)

    async def _last_valid_rev(self, epoch: str) -> int | None:
        """Return up to which rev cursors of an ended epoch are valid; None if it is unknown.

        The result is cached, since all clients ask for the same epoch after a restart. Unknown
        epochs are not cached.
        """
        last = self._last_valid_revs.get(epoch)
        if last is None:
            last = await self._store.last_valid_rev(self._state.name, epoch)
            if last is not None:
                if len(self._last_valid_revs) >= MAX_EPOCHS:
                    self._last_valid_revs.clear()
                self._last_valid_revs[epoch] = last
        return last

    def _require_permission(self, envelope: AnyEnvelope) -> None:
        room, member = self._require_member(envelope.user)
        if isinstance(envelope.call, ModeratorCall):
            require_role(PERMISSIONS[type(envelope.call)], room, member)

    def _require_member(self, user: str) -> tuple[Room, Member]:
        if user not in self._state.people and user not in self._state.absent:
            raise _Again
        return require_member(self._state.room, self._state.member(user))


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
    Subscribe: RoomReader._subscribe,
}
"""Calls that run in a task each. A handler that returns None has replied itself."""
READS: Final = (*_AT_ONCE, *_ASIDE)
"""The calls that a room handles without a rule."""
