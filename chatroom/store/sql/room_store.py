"""Rooms, their members and their logs."""

from collections.abc import Callable, Collection
from functools import partial
from typing import cast

from ...model import Member, Message, Room
from ..access import RoomAccess
from ..administration import Act, Denial
from ..housekeeping import Kept, Prunable, Retention
from ..reactions import ReactionList
from ..room_log import LATEST, Batch, Bounds, Changes, Decision, Page, Pins, Written, text_size
from ..rooms import MemberPage, People, SanctionKind, SanctionPage
from . import cursors, handovers, incarnations, log, prune, reactions, rooms, sanctions
from .apply import decide_and_write
from .database import SqlDatabase
from .jobs import Job


class SqlRoomStore(SqlDatabase):
    """Rooms, their members and their logs."""

    async def commit(self, batch: Batch) -> Decision:
        ahead = await self._count_ahead(batch) if batch.reads else ()
        job = Job(partial(decide_and_write, batch, self._incarnation.number, ahead), batch)
        return cast("Decision", await self._writer.write(job))

    async def _count_ahead(self, batch: Batch) -> list[cursors.CountedAhead]:
        """Count unread messages for the batch's read cursors, which is too long for the writer."""
        return [
            counted
            for user, seqs in batch.reads.items()
            for counted in await self._readers.read_long(
                user, cursors.count_ahead, batch.room, user, seqs
            )
        ]

    async def room(self, name: str) -> Room | None:
        return await self._readers.read(rooms.room, name)

    async def room_access(self, room: str, user: str, client_id: str | None) -> RoomAccess:
        return await self._readers.read(rooms.room_access, room, user, client_id)

    async def people(self, room: str, names: Collection[str]) -> People:
        return await self._readers.read(rooms.people, room, names)

    async def successor(self, room: str, leaving: str) -> Member | None:
        return await self._readers.read(handovers.successor, room, leaving)

    async def sanctions(
        self, room: str, kind: SanctionKind, after: str, limit: int, *, asker: str = ""
    ) -> SanctionPage:
        return await self._readers.read_long(
            asker, sanctions.sanction_page, room, kind, after, limit
        )

    async def members(
        self, room: str, after: str, limit: int, *, query: str | None = None, asker: str = ""
    ) -> MemberPage:
        return await self._readers.read_long(asker, rooms.members, room, after, limit, query)

    async def page(
        self,
        room: str,
        limit: int,
        bounds: Bounds = LATEST,
        *,
        size: Callable[[Message], int] = text_size,
        asker: str = "",
    ) -> Page:
        return await self._readers.read_long(
            asker,
            log.page,
            room,
            limit,
            bounds,
            size=size,
            user=asker,
        )

    async def written_by(
        self, room: str, user: str, since: int, before: int | None, limit: int
    ) -> Written:
        return await self._readers.read_long("", log.written_by, room, user, since, before, limit)

    async def reacted_by(self, room: str, user: str, limit: int) -> tuple[tuple[int, str], ...]:
        return await self._readers.read_long("", reactions.reacted_by, room, user, limit)

    async def last_valid_rev(self, room: str, epoch: str) -> int | None:
        return await self._readers.read(incarnations.last_valid_rev, room, epoch)

    async def changes(
        self,
        room: str,
        since: int,
        limit: int,
        *,
        size: Callable[[Message], int] = text_size,
        asker: str = "",
    ) -> Changes:
        return await self._readers.read_long(asker, log.changes, room, since, limit, size, asker)

    async def pins(
        self,
        room: str,
        before: int | None,
        limit: int,
        *,
        size: Callable[[Message], int] = text_size,
        asker: str = "",
    ) -> Pins:
        return await self._readers.read_long(asker, log.pins, room, before, limit, size, asker)

    async def reactions(
        self,
        room: str,
        seq: int,
        limit: int,
        *,
        after: tuple[str, int] = ("", 0),
        asker: str = "",
    ) -> ReactionList:
        return await self._readers.read_long(asker, reactions.reactions, room, seq, limit, after)

    async def prunable(
        self, kept: Kept, after: str, limit: int
    ) -> tuple[list[Prunable], str | None]:
        return await self._readers.read_long("", prune.prunable, kept, after, limit)

    async def retention(
        self, kept: Kept, after: str, limit: int
    ) -> tuple[list[Retention], str | None]:
        return await self._readers.read_long("", prune.retention, kept, after, limit)

    async def own_retention(self, room: str) -> tuple[int | None, int | None] | None:
        return await self._readers.read(prune.own_retention, room)

    async def set_retention(
        self, room: str, days: int | None, messages: int | None, act: Act
    ) -> Denial | None:
        return await self._write_for([room], prune.set_retention, room, days, messages, act)

    async def note_pruned(self, rooms: int, messages: int, at: int) -> None:
        await self._write(prune.note_pruned, rooms, messages, at)

    async def prune_point(
        self, room: str, keep_messages: int | None, before: int | None, limit: int
    ) -> int:
        return await self._readers.read_long(
            "", prune.prune_point, room, keep_messages, before, limit
        )
