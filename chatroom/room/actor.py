"""The room actor: the single writer of a room.

It commits a batch of writes as one. When the batch is durable, the :class:`.Replica` applies it to
the state, sends the replies, publishes each event to all watchers, and forwards the events to the
members' inboxes. Reads of the log run in the background. They finish in a step of the room that
checks membership (I5).
"""

import logging
import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

import attrs
import trio

from ..actors.supervisor import Supervisor
from ..errors import Behind, StorageDamaged, StorageFailed, StorageUnavailable, failed, unavailable
from ..files.links import Links
from ..hub.envelope import AnyEnvelope, Envelope
from ..hub.hub import Hub
from ..hub.turns import Tries
from ..protocol.calls import (
    CreateGroup,
    DeleteMessagesOf,
    DeleteRoom,
    LeaveRoom,
    SetRole,
    SetTyping,
)
from ..protocol.declaring import require_handled
from ..store.conditions import Wanted
from ..store.news import FollowedRoomStore, RoomNews
from ..store.room_log import Batch, Decision
from . import mail
from .ahead import NOTHING_AHEAD, Ahead
from .quotas import wanted
from .reader import READS, RoomReader
from .replica import Replica
from .requests import ServerRequests
from .resync import contain
from .rules import (
    RULES,
    decide,
    far_reads_in,
    needed,
)
from .state import RoomState
from .usage_meter import UsageMeter

logger = logging.getLogger(__name__)

require_handled("room", [*RULES, *READS])

DELETED_SLICE: Final = 100
"""Maximum number of messages that one call deletes."""


class RoomActor:
    """:param clock: returns ms since the epoch.
    :param erase: has the rows of deleted rooms erased.
    :param pruned: is told the room, and how many messages were pruned.
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
        links: Links,
        erase: Callable[[], None],
        pruned: Callable[[str, int], None],
        alone: bool = True,
    ) -> None:
        self._name = name
        self._alone = alone
        self._store = store
        self._hub = hub
        self._actors = actors
        self._clock = clock
        self._meter = meter
        self._links = links
        self._erase = erase
        self._pruned = pruned

    async def start(self) -> None:
        self._channel = self._hub.open(self._name)
        self._state = RoomState(self._name, await self._store.room(self._name))
        self._replica = Replica(
            self._state,
            self._channel,
            store=self._store,
            hub=self._hub,
            actors=self._actors,
            meter=self._meter,
            alone=self._alone,
        )
        self._reading = RoomReader(self._replica, self._store, self._hub, self._actors, self._links)
        self._requests = ServerRequests(
            self._replica,
            store=self._store,
            hub=self._hub,
            actors=self._actors,
            clock=self._clock,
            meter=self._meter,
            commit=self._commit,
            pruned=self._pruned,
        )
        await self._replica.start()

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
        """Follow epochs and other nodes, then handle typing, then writes, then reads.

        So reads see the writes of the same batch, and a sent message ends its sender's typing.
        """
        writes: list[AnyEnvelope] = []
        reads: list[AnyEnvelope] = []
        own: list[mail.OwnMail] = []
        others: list[mail.OthersMail] = []
        for request in batch:
            if not isinstance(request, Envelope):
                if isinstance(request, mail.OwnMail):
                    own.append(request)
                else:
                    others.append(request)
            elif type(request.call) in RULES:
                writes.append(request)
            else:
                reads.append(request)
        if self._channel.epoch != self._hub.channels.epoch:
            with suppress(StorageUnavailable):  # the next batch or poll tries again
                await self._replica.read_anew()
        for told in others:
            with suppress(StorageUnavailable):  # the next poll tells of it again
                if isinstance(told, RoomNews):
                    await self._replica.follow(told)
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
            await self._requests.handle(each)

    async def _look_up_askers(self, askers: list[AnyEnvelope]) -> list[AnyEnvelope]:
        """Look up the senders. Refuse the calls for which that fails, and return the others."""
        try:
            await self._replica.look_up([asker.user for asker in askers])
        except StorageUnavailable as error:
            if len(askers) == 1:
                self._hub.reply(askers[0].reply_to, unavailable(error))
                return []
            return [kept for one in askers for kept in await self._look_up_askers([one])]
        return askers

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
            call = requests[0].call
            if not call.declared.own_batch:
                self._replica.apply(decision.entries, requests, decision.outcomes)
                return
            await self._replica.apply_any(decision.entries, requests, decision.outcomes)
            if isinstance(call, DeleteRoom):
                self._erase()
            return
        for request in requests:
            self._hub.reply(request.reply_to, refused)

    async def _write_each(self, requests: Sequence[AnyEnvelope]) -> None:
        for request in requests:
            await self._write([request])

    async def _decide(self, requests: Sequence[AnyEnvelope]) -> Decision:
        """Return the decision when it is durable. :raises Exception: nothing was written."""
        if self._hub.turns.given:
            await self._hub.turns.wait(self._name, self._replica.catch_up)
        with Tries(self._hub.turns, self._name) as tries:
            while True:
                need = needed(requests)
                await self._replica.look_up(need.names, need.mentioned, need.cursors)
                state, now, ahead = self._state, self._clock(), NOTHING_AHEAD
                if requests[0].call.declared.own_batch:
                    ahead = await self._look_ahead(requests[0])
                terms = self._meter.terms
                facts = wanted(state, requests, terms, now)
                if ahead.has_successor:
                    # An account may have been disabled since.
                    facts = attrs.evolve(
                        facts or Wanted(), successor=(requests[0].user, ahead.successor)
                    )
                batch = Batch(
                    self._name,
                    partial(decide, state, requests, now=now, ahead=ahead, terms=terms),
                    tuple(need.client_ids),
                    (*need.seqs, *ahead.written.seqs),
                    facts,
                    reads=far_reads_in(state, requests),
                    version=state.version,
                    reactions=tuple(need.reactions),
                    uploads=tuple(need.uploads),
                    threads=tuple(need.threads),
                )
                try:
                    return await self._commit(batch)
                except Behind:
                    tries.overtaken()
                    await self._replica.catch_up()

    async def _look_ahead(self, request: AnyEnvelope) -> Ahead:
        """Look up what a call needs that is alone in its batch."""
        call, store, name = request.call, self._store, self._name
        changing, ahead = None, NOTHING_AHEAD
        match call:
            case LeaveRoom():
                changing = await store.successor(name, request.user)
                ahead = Ahead(successor=changing, has_successor=True)
            case SetRole():
                changing = self._state.member(call.user)
                ahead = Ahead(
                    successor=await store.successor(name, request.user), has_successor=True
                )
            case CreateGroup():
                await self._replica.look_up([request.user, *call.users])
            case DeleteMessagesOf():
                ahead = Ahead(
                    written=await store.written_by(
                        name, call.user, call.since, call.before, DELETED_SLICE
                    )
                )
            case _:
                pass  # needs nothing
        self._channel.changing = changing
        return ahead

    async def _commit(self, batch: Batch) -> Decision:
        """Commit a batch.

        :raises StorageFailed: it is unknown what was written; the server ends.
        :raises Exception: nothing was written.
        """
        self._channel.unpublished = True  # cleared by publishing; stays set if this is cancelled
        try:
            return await self._store.commit(batch)
        except Exception:
            self._channel.unpublished, self._channel.changing = False, None
            raise
