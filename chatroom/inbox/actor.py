"""The userInbox actor: counts what one person has not read.

It is awake while its owner is online. Rooms forward their commits to it, and sessions send it
calls. It shows a room only while its owner is a member: the hub has this from the step in which
the room published it (I5). Does not decide about permissions in a room.
"""

import logging
import math
from collections.abc import Callable
from typing import Any, Final

import trio

from ..errors import Refused, StorageDamaged, failed
from ..hub.envelope import Envelope
from ..hub.hub import Hub
from ..model import FollowedThread, InboxRoom
from ..protocol import results
from ..protocol.calls import GetInbox
from ..protocol.codec import message_size
from ..protocol.declaring import Call
from ..store.events import MemberAdded
from ..store.inboxes import InboxStore
from ..store.news import InboxNews
from .handlers import HANDLER_OF, CallHandler, Makers
from .mail import Eased, Forward, InboxMail, PartnerChanged
from .notifier import Notifier
from .state import InboxState, show
from .threads import ThreadKey

FOLDED: Final = 100
"""Maximum number of missed changes of a room to fold one by one. For more, the room's entry is read
from the store."""

logger = logging.getLogger(__name__)


class InboxActor:
    """The inbox of one person.

    :param makers: make the handlers of calls.
    :param unread_interval_s: minimum seconds between two pushes of ``unread`` events.
    :param eased: sends this inbox an :class:`.mail.Eased`.
    :param alone: no other node writes to the store.
    """

    def __init__(
        self,
        user: str,
        *,
        store: InboxStore,
        hub: Hub,
        unread_interval_s: float,
        makers: Makers,
        eased: Callable[[], object],
        alone: bool = True,
    ) -> None:
        self.wake_at = math.inf
        self._state = InboxState(user)
        self._user = user
        self._store = store
        self._alone = alone
        self._hub = hub
        self._interval_s = unread_interval_s
        self._makers = makers
        self._handlers: dict[type[CallHandler], CallHandler] = {}
        self._next_push = -math.inf
        self._notifier = Notifier(eased)

    async def start(self) -> None:
        again = bool(self._hub.inboxes.channels_of(self._user))
        # The handle and its notes may be those of an earlier actor of this inbox, which failed.
        self._handle = self._hub.inboxes.open(self._user)
        self._handle.take_held()
        await self._read_all()
        self._state.threads.take_changed()  # nobody was told of anything else
        if not self._hub.sessions.connected(self._user):
            self._handle.no_session = True
        if again:
            # An earlier actor of this inbox failed, and its pending notifications were lost.
            for room in self._state.rooms:
                self._notifier.note(room, None, to_all=True)
                for thread in self._state.threads.of_room(room):
                    self._notifier.note((room, thread.root), None, to_all=True)
            self.wake_at = trio.current_time()

    async def _read_all(self) -> None:
        """Read all rooms from the store, and follow them."""
        # The hub notes commits during the read, of which rooms may not tell this inbox yet. Those
        # rooms are read again.
        self._hub.inboxes.begin_read(self._user)
        versions: dict[str, int] = {}
        try:
            found = await self._store.inbox(self._user)
            versions = {room.room: room.version for room in found}
            for name in [name for name in self._state.rooms if name not in versions]:
                self._state.drop(name)
            self._state.load(found)
        finally:
            self._state.stale |= self._hub.inboxes.end_read(self._user, versions)
        for room in [room for room in self._state.rooms if not self._follows(room)]:
            self._state.hide(room)  # left during the read

    def may_sleep(self) -> bool:
        hub = self._hub
        return not hub.sessions.connected(self._user) and self._user not in hub.online.here

    def stop(self) -> None:
        self._hub.inboxes.close(self._user)

    def close(self) -> None:
        """Keep following the rooms: the actor that replaces this one reads all of them again."""

    async def handle(self, batch: list[InboxMail], nursery: trio.Nursery) -> None:
        due = trio.current_time() >= self._next_push
        wants_all = any(
            isinstance(mail, Envelope) and isinstance(mail.call, GetInbox) for mail in batch
        )
        forwards = [mail for mail in batch if isinstance(mail, Forward)]
        held = self._handle.take_held() if due or wants_all else ()
        before = {
            room: self._state.rooms.get(room)
            for room in (*held, *(forward.room for forward in forwards))
        }
        if not self._alone:
            await self._follow_others(batch, before)
        for forward in forwards:
            self._catch_up(forward.room, forward.from_rev)
            self._state.fold(forward)
        for room in held:
            self._catch_up_with_head(room)
        if wants_all:
            self._catch_up_with_all()
        for room in list(self._state.stale):
            await self._read_anew(room)
        if self._state.threads.changed:
            for key, thread in self._state.threads.take_changed().items():
                self._notifier.note_thread(key, thread, self._state.threads.find(key))
        told = {forward.room for forward in forwards}
        for room in before.keys() - told:
            self._note(room, before[room])
        for forward in forwards:
            self._note(forward.room, before[forward.room], rejoined=_may_rejoin(forward))
            for reply_to in forward.replies:
                self._hub.reply(reply_to, self._entry(forward.room))
        for mail in batch:
            match mail:
                case Forward() | Eased() | InboxNews():
                    pass  # folded in above, pushed below
                case Envelope(call=GetInbox() as call):
                    self._hub.reply(mail.reply_to, self._page(call))
                case Envelope(call=call):
                    self._handler(type(call)).handle(mail, nursery)
                case PartnerChanged(room, partner):
                    was = self._state.rooms.get(room)
                    self._state.set_partner(room, partner)
                    self._note(room, was)
        self._push_unread(due=due)

    async def _follow_others(
        self, batch: list[InboxMail], before: dict[str, InboxRoom | None]
    ) -> None:
        """Read again what other nodes may have changed, or mark it as stale.

        :param before: gets the state of these rooms before.
        """
        read_all = False
        for mail in batch:
            match mail:
                case Envelope():
                    read_all = True  # so that each node shows what was acknowledged by any
                case Forward(room=room) if mail.replies:
                    # Its cursor or level may be older than one that another node has set.
                    self._state.stale.add(room)
                    # The news that the person has joined may be late or lost.
                    read_all |= not self._follows(room)
                case InboxNews():
                    read_all |= self._is_gap(mail, before)
                case Forward() | Eased() | PartnerChanged():
                    pass  # as on one node
        if read_all:
            before.update(self._state.rooms)
            await self._read_all()
            for room in self._state.rooms:
                before.setdefault(room, None)

    def _is_gap(self, news: InboxNews, before: dict[str, InboxRoom | None]) -> bool:
        """Mark the room of the next commit as stale. Return True if it is unknown which rooms have
        changed.
        """
        known = self._handle.number
        if known is not None and news.number <= known:
            return False
        self._handle.number = news.number
        if known != news.number - 1 or not self._follows(news.room):
            return True
        before[news.room] = self._state.rooms.get(news.room)
        self._state.stale.add(news.room)
        return False

    async def _read_anew(self, room: str) -> None:
        try:
            found = await self._store.inbox(self._user, room)
        except StorageDamaged:
            # The room stays stale and hidden, since its known counts may be wrong.
            self._state.hide(room)
            return
        if found:
            self._state.stale.discard(room)
            self._state.load(found)
        else:
            self._state.drop(room)

    def _catch_up_with_all(self) -> None:
        """Fold all commits that rooms did not forward here, since all of the owner's sessions
        watched the room, or since there was no session.
        """
        for room in self._handle.take_unforwarded(self._hub.sessions.of(self._user)):
            self._catch_up_with_head(room)
        if not self._hub.sessions.connected(self._user):
            self._handle.no_session = True

    def _catch_up_with_head(self, room: str) -> None:
        if (channel := self._hub.get(room)) is not None:
            self._catch_up(room, channel.rev or 0)

    def _catch_up(self, name: str, to_rev: int) -> None:
        """Fold the room's commits up to ``to_rev`` that it published but did not forward here."""
        room, channel = self._state.rooms.get(name), self._hub.get(name)
        if room is None or channel is None or room.rev >= to_rev:
            return
        missed = to_rev - room.rev
        published = channel.events_since(room.rev) if missed <= FOLDED else None
        entries = None
        if published is not None:
            entries = tuple(event for event in published if event.message.rev <= to_rev)
        self._state.fold(Forward(name, room.rev, to_rev, entries))

    def _note(self, name: str, was: InboxRoom | None, *, rejoined: bool = False) -> None:
        self._notifier.note_room(name, was, self._state.rooms.get(name), rejoined=rejoined)

    def _find(self, key: str | ThreadKey) -> InboxRoom | FollowedThread | None:
        if isinstance(key, str):
            return self._state.rooms.get(key)
        return self._state.threads.find(key)

    def _push_unread(self, *, due: bool) -> None:
        now = trio.current_time()
        if due and self._notifier.has_news:
            self._next_push = now + self._interval_s
        self._hide_left()
        self._notifier.notify(self._find, self._hub.sessions.of(self._user), of_changes=due)
        if due and now >= self._next_push:
            self.wake_at = math.inf
        else:
            self.wake_at = self._next_push
            self._handle.hold()  # nothing is pushed until then

    def _hide_left(self) -> None:
        """Hide the rooms that the person has left, in the step in which they left (I5)."""
        for room in self._handle.take_left():
            self._state.hide(room)

    def _follows(self, room: str) -> bool:
        return self._hub.inboxes.follows(self._user, room)

    def _entry(self, name: str) -> results.InboxEntry | Refused:
        if name in self._state.stale:
            return failed()
        room = self._state.rooms.get(name)
        if room is None or not self._follows(name):
            return Refused("not_found", "room: there is no such room")
        return show(room, results.InboxEntry)

    def _page(self, call: GetInbox) -> results.Inbox | Refused:
        self._hide_left()
        try:
            return self._state.page(call.after, call.limit, message_size)
        except Refused as refused:
            return refused

    def _handler(self, call: type[Call[Any]]) -> CallHandler:
        kind = HANDLER_OF[call]
        handler = self._handlers.get(kind)
        if handler is None:
            handler = self._handlers[kind] = self._makers[kind](self._user)
        return handler


def _may_rejoin(forward: Forward) -> bool:
    """Return whether the person may have left the room and joined it again."""
    entries = forward.entries
    return entries is None or any(isinstance(entry, MemberAdded) for entry in entries)
