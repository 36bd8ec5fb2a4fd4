"""The store in memory, for tests: the same interface and guarantees, gone with the process.

Simple and obviously right rather than fast: it keeps plain logs and recounts them, so it is also
what the other store is compared with. Knows neither threads nor disks.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final

import attrs
import trio

from ...clock import ClockState
from ...model import (
    InboxRoom,
    Member,
    Message,
    Room,
    SendReceipt,
    direct_pair,
)
from ..access import RoomAccess
from ..events import (
    MessagePosted,
    MessagesPruned,
    ReadCursorMoved,
    RoomCreated,
    RoomDeleted,
    RoomEvent,
    UsageCounted,
)
from ..inboxes import RoomList
from ..load import StoreLoad
from ..paging import fitting
from ..quotas import DayUsage
from ..room_log import Batch, Changes, Decision, Page, Prefetched, text_size
from ..rooms import People
from .log import Log
from .quotas import MemoryQuotas

_ROLES: Final = ("owner", "moderator", "member")


class MemoryStore(MemoryQuotas):
    """Implements :class:`chatroom.store.store.Store`.

    A commit is decided and applied at once and returns after ``commit_delay`` seconds, which a test
    may set to hold commits back; a waiter that is cancelled in them takes nothing back.
    """

    def __init__(self, epoch: str = "memory", commit_delay: float = 0) -> None:
        super().__init__()
        self.commit_delay = commit_delay
        self._epochs = [epoch]
        self._clock_state: ClockState | None = None

    @property
    def epoch(self) -> str:
        return self._epochs[-1]

    def restart(self, epoch: str) -> None:
        """Another incarnation, which finds all that this one has written."""
        self._epochs.append(epoch)

    def trouble(self) -> str | None:
        return None

    def damage(self) -> str | None:
        return None

    def load(self) -> StoreLoad:
        return StoreLoad()

    # ---- rooms

    async def commit(self, batch: Batch) -> Decision:
        messages = self._logs[batch.room].messages if batch.room in self._logs else {}
        decision = batch.decide(
            Prefetched(
                originals={
                    key: self._originals[key] for key in batch.client_ids if key in self._originals
                },
                messages={seq: messages[seq] for seq in batch.seqs if seq in messages},
                context=self._context(batch),
            )
        )
        decision = attrs.evolve(decision, entries=self._apply(batch.room, decision.entries))
        await trio.sleep(self.commit_delay)
        return decision

    def _apply(self, room: str, entries: Sequence[RoomEvent]) -> tuple[RoomEvent, ...]:
        """All or nothing: on a copy, which takes the place of the room at the end."""
        log = self._logs[room].copy() if room in self._logs else None
        creator = None
        for entry in entries:
            if isinstance(entry, RoomCreated) and log is None:
                log = Log(attrs.evolve(entry.room, members=0))
                creator = entry.creator
            elif log is None:
                raise LookupError(f"{room} does not exist")
            elif not isinstance(entry, ReadCursorMoved):
                log.apply(entry)
        if log is None:
            return ()
        filled = tuple(
            log.read(entry) if isinstance(entry, ReadCursorMoved) else entry for entry in entries
        )
        originals = _originals(entries)
        if originals.keys() & self._originals.keys():
            raise LookupError("a clientId is taken")
        before = self._logs[room].room.head_rev if room in self._logs else 0
        if log.room.head_rev > before:
            log.first_revs.setdefault(len(self._epochs), before + 1)
        self._logs[room] = log
        self._originals |= originals
        if creator is not None:
            self._creators[room] = creator
        for entry in entries:
            if isinstance(entry, UsageCounted):
                self._count(entry.day, DayUsage(entry.user, {entry.kind: 1}))
        if any(isinstance(entry, RoomDeleted) for entry in entries):
            del self._logs[room]
            self._creators.pop(room, None)
            self._retired[room] = True
        if any(isinstance(entry, MessagesPruned) for entry in entries):
            self._originals = {
                key: original
                for key, original in self._originals.items()
                if original.room != room or original.seq in log.messages
            }
        return filled

    async def room(self, name: str) -> Room | None:
        await trio.lowlevel.checkpoint()
        return self._logs[name].room if name in self._logs else None

    async def standing(self, room: str, user: str, client_id: str | None) -> RoomAccess:
        await trio.lowlevel.checkpoint()
        log = self._logs.get(room)
        return RoomAccess(
            None if log is None else log.room,
            log is not None and user in log.members,
            None if client_id is None else self._originals.get((user, client_id)),
            room in self._retired,
        )

    async def people(self, room: str, names: Collection[str]) -> People:
        await trio.lowlevel.checkpoint()
        members = {member.user: member for member in self._members(room)}
        bans = self._logs[room].bans if room in self._logs else set()
        return People(
            members={name: members[name] for name in names if name in members},
            banned=frozenset(bans.intersection(names)),
            users={name: self._accounts[name].display_name for name in self._existing(names)},
        )

    def _members(self, room: str) -> list[Member]:
        if room not in self._logs:
            return []
        return [
            attrs.evolve(
                member,
                display_name=self._user(member.user).display_name,
                lookalike=self._user(member.user).lookalike,
            )
            for member in self._logs[room].members.values()
        ]

    async def successor(self, room: str, leaving: str) -> Member | None:
        await trio.lowlevel.checkpoint()
        return min(
            (member for member in self._members(room) if member.user != leaving),
            key=lambda member: (_ROLES.index(member.role), member.joined_at, member.user),
            default=None,
        )

    async def page(
        self,
        room: str,
        limit: int,
        *,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
        size: Callable[[Message], int] = text_size,
        asker: str = "",
    ) -> Page:
        await trio.lowlevel.checkpoint()
        if room not in self._logs:
            return Page(0, 0, 1, (), more_before=False, more_after=False)
        log = self._logs[room]
        messages = log.log()
        if after is not None:
            start = bisect_right(messages, after, key=_seq)
            chosen = list(fitting(messages[start : start + limit], size))
        elif around is not None and messages:
            middle = min(max(around, messages[0].seq), messages[-1].seq) - messages[0].seq
            start = middle - limit // 2
            nearby = messages[max(start, 0) : start + limit]
            nearest = sorted(nearby, key=lambda message: abs(message.seq - messages[middle].seq))
            chosen = sorted(fitting(nearest, size), key=_seq)
            start = messages.index(chosen[0])
        else:
            end = len(messages) if before is None else bisect_right(messages, before - 1, key=_seq)
            chosen = list(fitting(messages[max(end - limit, 0) : end][::-1], size))[::-1]
            start = end - len(chosen)
        return Page(
            head_seq=log.room.head_seq,
            head_rev=log.room.head_rev,
            first_seq=log.room.first_seq,
            messages=tuple(chosen),
            more_before=start > 0,
            more_after=start + len(chosen) < len(messages),
        )

    async def last_valid_rev(self, room: str, epoch: str) -> int | None:
        await trio.lowlevel.checkpoint()
        if epoch not in self._epochs or room not in self._logs:
            return None
        log, number = self._logs[room], self._epochs.index(epoch) + 1
        later = [rev for writer, rev in log.first_revs.items() if writer > number]
        return min(later) - 1 if later else log.room.head_rev

    async def changes(
        self,
        room: str,
        since: int,
        limit: int,
        *,
        size: Callable[[Message], int] = text_size,
        asker: str = "",
    ) -> Changes:
        await trio.lowlevel.checkpoint()
        if room not in self._logs:
            return Changes(0, 0, 1, (), 0)
        log = self._logs[room]
        head = (log.room.head_seq, log.room.head_rev, log.room.first_seq)
        if log.seq_at(since) + 1 < log.room.first_seq:
            return Changes(*head, messages=(), next_rev=since, pruned=True)
        later = sorted(
            (message for message in log.messages.values() if message.rev > since),
            key=lambda message: message.rev,
        )
        chosen = list(fitting(later[:limit], size))
        next_rev = chosen[-1].rev if len(chosen) < len(later) else log.room.head_rev
        return Changes(*head, messages=tuple(chosen), next_rev=next_rev)

    async def rooms(self, user: str, query: str | None, after: str, limit: int) -> RoomList:
        await trio.lowlevel.checkpoint()
        folded = (query or "").casefold()
        found = [
            log.room
            for name, log in sorted(self._logs.items())
            if name > after
            and log.room.kind == "room"
            and (log.room.visibility == "public" or user in log.members)
            and (folded in name or folded in log.room.title.casefold())
        ]
        page = tuple(found[:limit])
        return RoomList(page, page[-1].name if len(found) > limit else None)

    async def members(self, room: str, after: str, limit: int, *, asker: str = "") -> list[Member]:
        await trio.lowlevel.checkpoint()
        members = sorted(self._members(room), key=lambda member: member.user)
        return [member for member in members if member.user > after][:limit]

    async def prunable(
        self, keep_messages: int | None, before: int | None, after: str, limit: int
    ) -> tuple[list[str], str | None]:
        await trio.lowlevel.checkpoint()
        rest = sorted(name for name in self._logs if name > after)
        names = rest[:limit]
        found = [name for name in names if self._logs[name].prune_point(keep_messages, before)]
        return found, names[-1] if len(rest) > limit else None

    async def prune_point(
        self, room: str, keep_messages: int | None, before: int | None, most: int
    ) -> int:
        await trio.lowlevel.checkpoint()
        if room not in self._logs:
            return 0
        log = self._logs[room]
        return min(log.prune_point(keep_messages, before), log.room.first_seq + most - 1)

    async def give_back(self) -> bool:
        await trio.lowlevel.checkpoint()
        return False

    # ---- inboxes

    async def inbox(self, user: str, room: str | None = None) -> list[InboxRoom]:
        await trio.lowlevel.checkpoint()
        return [
            self._inbox_room(user, log)
            for name, log in sorted(self._logs.items())
            if user in log.members and room in (None, name)
        ]

    def _inbox_room(self, user: str, log: Log) -> InboxRoom:
        room, member, last = log.room, log.members[user], log.messages.get(log.room.head_seq)
        unread, mentions = log.unread(member)
        partner = None
        if room.kind == "direct":
            one, other = direct_pair(room.name) or (user, user)
            name = other if one == user else one
            partner = self._user(name)
        return InboxRoom(
            room=room.name,
            kind=room.kind,
            title=partner.display_name if partner else room.title,
            head_seq=room.head_seq,
            rev=room.head_rev,
            read_seq=member.read_seq,
            unread=unread,
            mentions=mentions,
            level=member.level,
            active_at=room.last_timestamp if room.head_seq else room.created_at,
            partner=partner,
            last_message=last.preview() if last else None,
        )

    # ---- the clock

    async def clock_state(self) -> ClockState | None:
        await trio.lowlevel.checkpoint()
        return self._clock_state

    async def keep_clock_state(self, state: ClockState) -> None:
        await trio.lowlevel.checkpoint()
        self._clock_state = state


def _seq(message: Message) -> int:
    return message.seq


def _originals(entries: Iterable[RoomEvent]) -> Mapping[tuple[str, str], SendReceipt]:
    return {
        (entry.message.sender, entry.message.client_id): entry.original
        for entry in entries
        if isinstance(entry, MessagePosted) and entry.original and entry.message.client_id
    }
