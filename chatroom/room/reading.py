"""Reads of a room: pages of its log, who is in it, and where a session starts to listen.

The log is read outside the room's own task; each reply is made in one step with the room's
committed state, which checks membership once more. Changes nothing in the room.
"""

import logging
from typing import Final

import trio

from ..delivery.lines import Lines
from ..delivery.presence import Presence
from ..delivery.topics import Topic, Topics
from ..errors import Refused
from ..model import Member, Room
from ..store.store import Changes, Page, Store
from ..wire import protocol
from . import mail
from .permissions import require_member
from .state import RoomState

logger = logging.getLogger(__name__)

ATTEMPTS: Final = 5
"""How often a subscription reads again because the room ran ahead of what is kept of its events."""


class Reading:
    def __init__(
        self,
        state: RoomState,
        topic: Topic,
        store: Store,
        topics: Topics,
        lines: Lines,
        presence: Presence,
    ) -> None:
        self._state = state
        self._topic = topic
        self._store = store
        self._topics = topics
        self._lines = lines
        self._presence = presence
        self._progress = trio.lowlevel.ParkingLot()

    def progress(self) -> None:
        """The state has followed a commit."""
        self._progress.unpark_all()

    async def answer(self, request: mail.Read) -> None:
        """The requester has been looked up; whatever comes of it, one reply is given."""
        try:
            await self._answer(request)
        except Refused as refused:
            self._lines.answer(request.reply_to, refused)
        except Exception:
            logger.exception("reading failed: %s", self._state.name)
            self._lines.answer(request.reply_to, Refused("internal", "reading failed"))

    async def _answer(self, request: mail.Read) -> None:
        room, member = self._require_member(request.user)
        line = self._lines.get(request.reply_to.session)
        result: object = protocol.Nothing()
        match request:
            case mail.Subscribe():
                if line is not None:
                    self._topics.unwatch(room.name, line)
                await self._subscribe(request)
                return
            case mail.Unsubscribe():
                if line is not None:
                    self._topics.unwatch(room.name, line)
                self._topic.set_typing(request.user, False)
            case mail.SetTyping():
                self._topic.set_typing(request.user, request.typing)
            case mail.History():
                result = await self._history(request, member)
            case mail.ListMembers():
                result = await self._list_members(request)
        self._require_member(request.user)
        self._lines.answer(request.reply_to, result)

    async def _history(self, request: mail.History, member: Member) -> protocol.History:
        after = member.read_seq if request.unread else request.after
        page = await self._store.page(
            self._state.name,
            request.limit,
            before=request.before,
            after=after,
            around=request.around,
        )
        return protocol.History(
            room=self._state.name,
            epoch=self._store.epoch,
            first_seq=page.first_seq,
            head_seq=page.head_seq,
            messages=page.messages,
            has_more_before=page.more_before,
            has_more_after=page.more_after,
        )

    async def _list_members(self, request: mail.ListMembers) -> protocol.Members:
        found = await self._store.members(self._state.name, request.after, request.limit + 1)
        page = found[: request.limit]
        return protocol.Members(
            members=tuple(
                protocol.ListedMember(
                    user=member.user,
                    display_name=member.display_name,
                    role=member.role,
                    online=member.user in self._presence,
                )
                for member in page
            ),
            next=page[-1].user if len(found) > request.limit else None,
        )

    # ---- subscribing

    async def _subscribe(self, request: mail.Subscribe) -> None:
        """Reads up to some revision, then registers in the step that replies: what the room told
        since that revision follows the reply at once, all later events by themselves.
        """
        reason = self._refuse_resume(request)
        for _ in range(ATTEMPTS):
            page: Page | Changes
            if request.since_rev is None or reason is not None:
                page = await self._store.page(self._state.name, request.limit or protocol.PAGE)
                next_rev, recovered = page.head_rev, False
            else:
                limit = request.limit or protocol.MAX_PAGE
                page = await self._store.changes(self._state.name, request.since_rev, limit)
                next_rev, recovered = page.next_rev, True
                if page.pruned:
                    reason = "pruned"
                    continue
            # The store may show a commit that the room has yet to follow.
            while (self._topic.rev or 0) < page.head_rev:
                await self._progress.park()
            room, member = self._require_member(request.user)
            more = next_rev < page.head_rev
            missed = [] if more else self._topic.since(page.head_rev)
            if missed is None:
                continue
            reply = protocol.Subscribed(
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
                has_more=more,
                next_rev=next_rev,
                online=self._presence.online(self._topic),
            )
            line = self._lines.get(request.reply_to.session)
            self._lines.answer(request.reply_to, reply)
            if line is not None and not more:
                for frame in missed:
                    line.push(frame)
                self._topics.watch(room.name, line)
            return
        raise Refused("busy", "the room is too busy to catch up with; try again")

    def _refuse_resume(self, request: mail.Subscribe) -> str | None:
        if request.since_rev is None:
            return None
        if request.epoch != self._store.epoch:
            return "epoch_changed"
        if request.since_rev > (self._topic.rev or 0):
            return "ahead"
        return None

    def _require_member(self, user: str) -> tuple[Room, Member]:
        if user not in self._state.people:
            # Looked up before the read, and dropped from the cache meanwhile.
            raise Refused("busy", "try again")
        return require_member(self._state.room, self._state.member(user))
