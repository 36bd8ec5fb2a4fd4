"""The room actor: the single writer of a room.

It commits a batch of writes as one, and applies it to its state when it is durable. Then it sends
the replies, publishes each event to all watchers, and forwards the events to the members' inboxes.
Reads of the log run in the background. They finish in a step of the room that checks membership
(I5).
"""

import logging
import math
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Final

import trio

from ..actors.supervisor import Supervisor
from ..errors import Behind, StorageDamaged, StorageFailed, StorageUnavailable, failed, unavailable
from ..hub.envelope import AnyEnvelope, Envelope, ReplyTo
from ..hub.hub import Hub
from ..inbox import mail as inbox
from ..model import Room
from ..protocol.calls import LeaveRoom, SetTyping
from ..protocol.declaring import require_handled
from ..store.events import MemberAdded, MemberRemoved, RoleChanged, RoomDeleted, RoomEvent
from ..store.news import FollowedRoomStore, RoomNews
from ..store.room_log import Batch, Decision
from . import mail
from .publisher import Publisher
from .quotas import wanted
from .reader import READS, RoomReader
from .resync import contain, heal
from .rules import RULES, decide, decide_prune, decide_retire, far_reads_in, needed
from .state import RoomState
from .usage_meter import UsageMeter

logger = logging.getLogger(__name__)

require_handled("room", [*RULES, *READS])

MEMBERS_PER_TICK: Final = 100
"""Members notified of a room's deletion before other tasks run."""
CATCH_UPS: Final = 10
"""Maximum number of reads of what other nodes commit, until the room is read anew instead."""
PRUNE_SLICE: Final = 500
"""Maximum number of messages pruned in one commit, which then takes no longer than others."""


class RoomActor:
    """:param clock: returns ms since the epoch.
    :param alone: no other node writes to the store.
    """

    wake_at: Final = math.inf

    def __init__(
        self,
        name: str,
        *,
        store: FollowedRoomStore,
        hub: Hub,
        actors: Supervisor,
        clock: Callable[[], int],
        meter: UsageMeter,
        alone: bool = True,
    ) -> None:
        self._name = name
        self._alone = alone
        self._store = store
        self._hub = hub
        self._actors = actors
        self._clock = clock
        self._meter = meter

    async def start(self) -> None:
        self._channel = self._hub.open(self._name)
        self._publisher = Publisher(self._channel, self._hub, self._actors, self._meter)
        self._state = RoomState(self._name, await self._store.room(self._name))
        self._reading = RoomReader(
            self._state,
            self._channel,
            self._store,
            self._hub,
            self._actors,
            alone=self._alone,
        )
        missed = self._channel.version not in (None, self._state.version)
        # An inbox that is reading may have an older version, in which somebody is still a member.
        older = not self._alone and self._hub.inbox_reads.users
        if self._channel.unpublished or missed or older:
            await self._heal(self._state.room)
        self._reset_channel()

    async def _heal(self, room: Room | None) -> None:
        """Bring all listeners up to date with the room as read from the store."""
        await heal(
            self._channel,
            room.head_rev if room else 0,
            store=self._store,
            hub=self._hub,
            actors=self._actors,
            publish_member=self._publisher.publish_member,
        )
        self._channel.unpublished = False

    def _reset_channel(self) -> None:
        room, head = self._state.room, self._state.log_head
        members = room.members if room else 0
        self._read_version, self._told_version = head.version, 0
        self._channel.reset(head.head_seq, head.head_rev, head.version, members)

    def may_sleep(self) -> bool:
        return not (self._channel.watchers or self._channel.unpublished)

    def stop(self) -> None:
        self._hub.close(self._channel)

    def close(self) -> None:
        """Disconnect the watchers if a commit may be unpublished.

        Otherwise they stay: nothing happens in the room while its actor is closed.
        """
        if self._channel.unpublished:
            contain(self._channel, self._actors)

    async def handle(self, batch: list[mail.RoomMail], nursery: trio.Nursery) -> None:
        """Follow other nodes, then handle typing notifications, then writes, then reads.

        So reads see the writes of the same batch, and a sent message ends its sender's typing.
        """
        writes: list[AnyEnvelope] = []
        reads: list[AnyEnvelope] = []
        own: list[mail.Prune | mail.Retire] = []
        news: list[RoomNews] = []
        for request in batch:
            if not isinstance(request, Envelope):
                if isinstance(request, mail.Prune | mail.Retire):
                    own.append(request)
                else:
                    news.append(request)
            elif type(request.call) in RULES:
                writes.append(request)
            else:
                reads.append(request)
        for told in news:
            await self._follow(told)
        if reads:
            reads = await self._look_up_askers(reads)
        for read in reads:
            if isinstance(read.call, SetTyping):
                self._reading.handle(read, nursery)
        if writes:
            await self._write(writes)
        for read in reads:
            if not isinstance(read.call, SetTyping):
                self._reading.handle(read, nursery)
        for each in own:
            match each:
                case mail.Prune():
                    await self._prune(each)
                case mail.Retire():
                    await self._retire(each)

    async def _look_up_askers(self, askers: list[AnyEnvelope]) -> list[AnyEnvelope]:
        """Look up the senders. Refuse the calls for which that fails, and return the others."""
        try:
            await self._look_up([asker.user for asker in askers])
        except StorageUnavailable as error:
            if len(askers) == 1:
                self._hub.reply(askers[0].reply_to, unavailable(error))
                return []
            return [kept for one in askers for kept in await self._look_up_askers([one])]
        return askers

    async def _look_up(self, names: Collection[str], mentioned: Collection[str] = ()) -> None:
        """Look up people who are not in the state.

        Call this only between commits of the room, so that the result matches the state.
        """
        if unknown := self._state.unknown(names, mentioned):
            self._state.learn(unknown, await self._store.people(self._name, unknown))

    async def _write(self, requests: Sequence[AnyEnvelope]) -> None:
        """Commit all calls as one batch. If that fails, commit each by itself.

        So only calls that fail by themselves are refused. Nothing was written by the failed batch,
        so the state needs no repair.
        """
        try:
            decision = await self._decide(requests)
        except StorageFailed:
            raise
        except StorageUnavailable as error:
            if isinstance(error, StorageDamaged) and len(requests) > 1:
                await self._write_each(requests)
                return
            refused = unavailable(error)
        except Exception:  # the batch boundary
            if await self._store.room(self._name) != self._state.room:
                self._channel.unpublished = True  # the state has missed a commit
                raise
            if len(requests) > 1:
                await self._write_each(requests)
                return
            logger.exception("a call failed: room %s", self._name, extra={"room": self._name})
            refused = failed()
        else:
            self._apply_and_publish(decision.entries, requests, decision.outcomes)
            return
        for request in requests:
            self._hub.reply(request.reply_to, refused)

    async def _write_each(self, requests: Sequence[AnyEnvelope]) -> None:
        for request in requests:
            await self._write([request])

    async def _decide(self, requests: Sequence[AnyEnvelope]) -> Decision:
        """Return the decision when it is durable. :raises Exception: nothing was written."""
        while True:
            need = needed(requests)
            await self._look_up(need.names, need.mentioned)
            state, now, successor = self._state, self._clock(), None
            if isinstance(requests[0].call, LeaveRoom):
                successor = await self._store.successor(self._name, requests[0].user)
            self._channel.heir = successor
            terms = self._meter.terms
            batch = Batch(
                self._name,
                partial(decide, state, requests, now=now, successor=successor, terms=terms),
                tuple(need.client_ids),
                tuple(need.seqs),
                wanted(state, requests, terms, now),
                reads=far_reads_in(state, requests),
                version=state.version,
            )
            try:
                return await self._commit(batch)
            except Behind:
                await self._catch_up()

    async def _prune(self, request: mail.Prune) -> None:
        try:
            through = await self._store.prune_point(
                self._name, request.keep_messages, request.before, PRUNE_SLICE
            )
            if not through:
                return
            decision = await self._commit(self._own_batch(decide_prune(through)))
        except StorageUnavailable:
            return  # housekeeping retries
        except Behind:
            await self._catch_up()
            await self._prune(request)
            return
        self._apply_and_publish(decision.entries)
        logger.debug("messages pruned", extra={"room": self._name, "through": through})
        self._actors.push(mail.address(self._name), request)  # until nothing is left to prune

    async def _retire(self, request: mail.Retire) -> None:
        """Delete the room, then notify its members.

        The room does not exist for anybody after the commit. Members are notified in slices, since
        no later event of the room can overtake the notification.
        """
        try:
            decision = await self._decide_retire()
        except StorageUnavailable as error:
            self._hub.reply(request.reply_to, unavailable(error))
            return
        rev = self._head_rev()
        self._apply_and_publish(decision.entries)
        if decision.entries:
            await self._end(rev)
        self._hub.reply(request.reply_to, *decision.outcomes)

    async def _decide_retire(self) -> Decision:
        while True:
            try:
                return await self._commit(
                    self._own_batch(decide_retire(self._state, self._clock()))
                )
            except Behind:
                await self._catch_up()

    async def _end(self, rev: int) -> None:
        """Notify the members of the deleted room.

        :param rev: the last rev of the room.
        """
        followers = self._hub.detach_all(self._channel)
        for number, user in enumerate(followers):
            if number % MEMBERS_PER_TICK == 0:
                await trio.lowlevel.checkpoint()
            self._publisher.publish_member(user, None)
            gone = inbox.Forward(self._name, rev, rev, (MemberRemoved(user),))
            self._actors.push(inbox.address(user), gone)

    # ---- commits of other nodes

    async def _follow(self, news: RoomNews) -> None:
        events, version = news.events, self._state.version
        # A room that does not exist may have been deleted since the news: ask the store.
        if events and self._state.room and news.version == version + 1:
            await self._apply_others(events)
        elif news.version > version:
            await self._catch_up()
        else:
            await self._tell_roles(news)

    async def _tell_roles(self, news: RoomNews) -> None:
        """Publish the roles that a commit changed, unless this actor has published the commit.

        The actor may have read the room after it. Let people who joined by it follow the room.
        """
        if not self._told_version < news.version <= self._read_version:
            return
        self._told_version = news.version
        users = [
            event.member.user if isinstance(event, MemberAdded) else event.user
            for event in news.events
            if isinstance(event, MemberAdded | RoleChanged)
        ]
        await self._look_up(users)
        for user in users:
            member, address = self._state.member(user), inbox.address(user)
            if member is None or not self._actors.awake(address):
                continue
            self._publisher.publish_member(user, member.role)
            if not self._hub.follows(user, self._name):
                self._hub.follow(self._name, user)
                rev = self._head_rev()
                self._actors.push(address, inbox.Forward(self._name, rev, rev, None))

    async def _catch_up(self) -> None:
        """Apply the commits since the state's version, or read the room anew if some are no longer
        kept.
        """
        for _ in range(CATCH_UPS):
            missed = await self._store.since(self._name, self._state.version)
            if missed is None:
                break
            for news in missed:
                await self._apply_others(news.events)
            room = await self._store.room(self._name)
            if (room.version if room else 0) == self._state.version:
                return
        room = await self._store.room(self._name)
        await self._heal(room)  # if it fails, the state still shows that commits are missed (I5)
        self._state.reset(room)
        self._reset_channel()
        self._reading.progress()

    async def _apply_others(self, events: Sequence[RoomEvent]) -> None:
        rev = self._head_rev()
        self._apply_and_publish(events, own=False)
        if any(isinstance(event, RoomDeleted) for event in events):
            await self._end(rev)

    def _own_batch(self, decision: Decision) -> Batch:
        """Return a batch without calls, decided already."""
        return Batch(self._name, lambda _: decision, version=self._state.version)

    async def _commit(self, batch: Batch) -> Decision:
        """Commit a batch.

        :raises StorageFailed: it is unknown what was written; the server ends.
        :raises Exception: nothing was written.
        """
        self._channel.unpublished = True  # cleared by publishing; stays set if this is cancelled
        try:
            return await self._store.commit(batch)
        except Exception:
            self._channel.unpublished = False
            raise

    # ---- after the commit: one step, in this order

    def _apply_and_publish(
        self,
        entries: Sequence[RoomEvent],
        requests: Sequence[AnyEnvelope] = (),
        outcomes: Sequence[object] = (),
        *,
        own: bool = True,
    ) -> None:
        """Apply committed events and tell everybody here.

        :param own: they were committed by this node.
        """
        from_rev = self._head_rev()
        self._state.apply(entries)
        room, channel = self._state.room, self._channel
        if room is not None:
            channel.members = room.members
        channel.version = self._state.version
        by_inbox: dict[str, list[ReplyTo]] = defaultdict(list)
        for request, outcome in zip(requests, outcomes, strict=True):
            if outcome is None:  # the inbox replies
                by_inbox[request.user].append(request.reply_to)
            else:
                self._hub.reply(request.reply_to, outcome)
        for entry in entries:
            self._publisher.publish(entry, own=own)
        self._publisher.forward(from_rev, self._head_rev(), entries, by_inbox)
        self._channel.unpublished, self._channel.heir = False, None
        self._reading.progress()

    def _head_rev(self) -> int:
        return self._state.room.head_rev if self._state.room else 0
