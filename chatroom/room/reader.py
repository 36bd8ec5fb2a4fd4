"""Reads of a room: pages of its log, who is in it, and where a session starts to listen.

The log is read outside the room's own task; each reply is made in one step with the room's
committed state, which checks membership once more. Changes nothing in the room.
"""

import logging
from typing import Final

import trio

from ..errors import Refused, StorageUnavailable, failed, unavailable
from ..hub.channel import Channel
from ..hub.channels import Channels
from ..hub.lines import Lines
from ..hub.presence import Presence
from ..model import Member, Room
from ..protocol import results
from ..protocol.codec import message_size
from ..protocol.results import PAGE_BYTES
from ..store.room_log import Changes, Page
from ..store.rooms import RoomStore
from . import mail
from .permissions import require_member
from .state import RoomState

logger = logging.getLogger(__name__)

ATTEMPTS: Final = 5
"""How often a subscription reads again because the room ran ahead of what is kept of its events."""

MAX_EPOCHS: Final = 64
"""Earlier epochs of which a room keeps up to where their cursors are good."""


class RoomReader:
    def __init__(
        self,
        state: RoomState,
        topic: Channel,
        store: RoomStore,
        topics: Channels,
        lines: Lines,
        presence: Presence,
    ) -> None:
        self._state = state
        self._topic = topic
        self._store = store
        self._topics = topics
        self._lines = lines
        self._presence = presence
        # The subscription that each session asked for last, while it is being read for.
        self._subscribing: dict[str, mail.Subscribe] = {}
        self._progress = trio.lowlevel.ParkingLot()
        # Of epochs that have ended, for which it never changes.
        self._last_valid_revs: dict[str, int] = {}

    def progress(self) -> None:
        """The state has followed a commit."""
        self._progress.unpark_all()

    def take(self, request: mail.Read, nursery: trio.Nursery) -> None:
        """The requester has been looked up; whatever comes of it, one reply is given.

        What reads nothing is done at once, so that a session's calls keep their order: of its
        subscriptions to the room, only the last one asked for begins to listen. Refused, it has
        ended the one before all the same.
        """
        topic = self._topic
        if isinstance(request, mail.Subscribe | mail.Unsubscribe):
            self._stop_listening(request)
        try:
            self._require_member(request.user)
            match request:
                case mail.SetTyping():
                    # Who begins must be one whose last session's end will take it back.
                    user, typing = request.user, request.typing
                    typing = typing and user in topic.inboxes and self._lines.connected(user)
                    topic.set_typing(user, typing)
                    self._lines.answer(request.reply_to, results.Empty())
                case mail.Unsubscribe():
                    topic.set_typing(request.user, False)
                    self._lines.answer(request.reply_to, results.Empty())
                case mail.Subscribe():
                    self._subscribing[request.reply_to.session] = request
                    nursery.start_soon(self._read, request)
                case mail.History() | mail.ListMembers():
                    nursery.start_soon(self._read, request)
        except Refused as refused:
            self._lines.answer(request.reply_to, refused)

    def _stop_listening(self, request: mail.Subscribe | mail.Unsubscribe) -> None:
        session = request.reply_to.session
        self._subscribing.pop(session, None)
        if (line := self._lines.get(session)) is not None:
            self._topics.unwatch(self._state.name, line)

    async def _read(self, request: mail.History | mail.ListMembers | mail.Subscribe) -> None:
        result: object = failed()
        try:
            match request:
                case mail.History():
                    result = await self._history(request)
                case mail.ListMembers():
                    result = await self._list_members(request)
                case mail.Subscribe():
                    await self._subscribe(request)
                    return
            self._require_member(request.user)
        except Refused as refused:
            result = refused
        except StorageUnavailable as error:
            result = unavailable(error)
        except Exception:
            about = {"room": self._state.name, "user": request.user}
            logger.exception("reading failed", extra=about)
        finally:
            if self._subscribing.get(request.reply_to.session) is request:
                del self._subscribing[request.reply_to.session]
            # Also when the room fails, and this ends with it; who was answered is not again.
            self._lines.answer(request.reply_to, result)

    async def _history(self, request: mail.History) -> results.History:
        _, member = self._require_member(request.user)
        after = member.read_seq if request.unread else request.after
        page = await self._page(
            request.limit,
            asker=request.user,
            before=request.before,
            after=after,
            around=request.around,
        )
        return results.History(
            room=self._state.name,
            epoch=self._store.epoch,
            first_seq=page.first_seq,
            head_seq=page.head_seq,
            messages=page.messages,
            has_more_before=page.more_before,
            has_more_after=page.more_after,
        )

    async def _page(
        self,
        limit: int,
        *,
        asker: str,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
    ) -> Page:
        """From memory if all of it is there, else from the store."""
        state = self._state
        page = state.window.page(state.stand, limit, before=before, after=after, around=around)
        if page is None:
            page = await self._store.page(
                state.name,
                limit,
                before=before,
                after=after,
                around=around,
                size=message_size,
                asker=asker,
            )
            if page.head_rev == state.stand.head_rev and page.first_seq == state.stand.first_seq:
                # Of the same moment as the state, so it may stand beside what the window holds.
                state.window.extend(page.messages)
        return page

    async def _changes(self, since: int, limit: int, *, asker: str) -> Changes:
        """From what was told last if that is all of it, as after a short absence, else from the
        store."""
        stand, told = self._state.stand, self._topic.entries_since(since)
        if told is not None:
            latest = {entry.message.seq: entry.message for entry in told}
            messages = sorted(latest.values(), key=lambda message: message.rev)
            fits = len(messages) <= limit and sum(map(message_size, messages)) <= PAGE_BYTES
            if fits and all(message.seq >= stand.first_seq for message in messages):
                return Changes(
                    stand.head_seq,
                    stand.head_rev,
                    stand.first_seq,
                    tuple(messages),
                    stand.head_rev,
                )
        return await self._store.changes(
            self._state.name, since, limit, size=message_size, asker=asker
        )

    async def _list_members(self, request: mail.ListMembers) -> results.Members:
        found = await self._store.members(
            self._state.name, request.after, request.limit + 1, asker=request.user
        )
        page = found[: request.limit]
        return results.Members(
            members=tuple(
                results.ListedMember(
                    user=member.user,
                    display_name=member.display_name,
                    lookalike=member.lookalike,
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
        reason = await self._refuse_resume(request)
        for _ in range(ATTEMPTS):
            page: Page | Changes
            if request.since_rev is None or reason is not None:
                page = await self._page(request.limit or results.PAGE, asker=request.user)
                next_rev, recovered = page.head_rev, False
            else:
                limit = request.limit or results.MAX_PAGE
                page = await self._changes(request.since_rev, limit, asker=request.user)
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
                has_more=more,
                next_rev=next_rev,
                online=self._presence.online(self._topic),
            )
            line = self._lines.get(request.reply_to.session)
            self._lines.answer(request.reply_to, reply)
            superseded = self._subscribing.get(request.reply_to.session) is not request
            if line is not None and not more and not superseded:
                for frame in missed:
                    line.push(frame)
                self._topics.watch(room.name, line)
            return
        raise Refused("busy", "the room is too busy to catch up with; try again")

    async def _refuse_resume(self, request: mail.Subscribe) -> str | None:
        since, epoch = request.since_rev, request.epoch
        if since is None:
            return None
        if epoch == self._store.epoch:
            return "ahead" if since > (self._topic.rev or 0) else None
        last = None if epoch is None else await self._last_valid_rev(epoch)
        return "epoch_changed" if last is None or since > last else None

    async def _last_valid_rev(self, epoch: str) -> int | None:
        """Kept, since after a restart everybody asks for the same one; unknown epochs are not."""
        last = self._last_valid_revs.get(epoch)
        if last is None:
            last = await self._store.last_valid_rev(self._state.name, epoch)
            if last is not None:
                if len(self._last_valid_revs) >= MAX_EPOCHS:
                    self._last_valid_revs.clear()
                self._last_valid_revs[epoch] = last
        return last

    def _require_member(self, user: str) -> tuple[Room, Member]:
        if user not in self._state.people and user not in self._state.absent:
            # Looked up before the read, and dropped from the cache meanwhile.
            raise Refused("busy", "try again")
        return require_member(self._state.room, self._state.member(user))
