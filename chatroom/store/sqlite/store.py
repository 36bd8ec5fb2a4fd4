"""The store in one SQLite file: START HERE. Passes reads to the readers and writes to the writer.

Connections and threads: :mod:`.database`. Tables: :mod:`.schema`. Checks at the start:
:mod:`.startup`, :mod:`.wal_files` and :mod:`.commit_mark`; full check: :mod:`.integrity`. Writes:
:mod:`.writer` (when), :mod:`.transaction` (in which transaction), :mod:`.apply` (which rows).
Queries: :mod:`.rooms`, :mod:`.log`, :mod:`.reactions`, :mod:`.inbox`, :mod:`.search`,
:mod:`.accounts`.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import cast

from ...clock import ClockState
from ...errors import StorageDamaged
from ...model import Account, InboxRoom, Member, Message, Room, Token, User
from ..access import RoomAccess
from ..housekeeping import RoomSize
from ..inboxes import MentionList, RoomList
from ..news import News, RoomNews
from ..quotas import DayUsage
from ..reactions import ReactionList
from ..room_log import Batch, Changes, Decision, Page, Pins, Written, text_size
from ..rooms import MemberPage, People
from ..search import FORGET_AFTER_S, IndexedPage, Search, SearchPage
from . import (
    accounts,
    blocks,
    clock,
    consumers,
    cursors,
    deleted_rooms,
    inbox,
    incarnations,
    log,
    mentions,
    news,
    reactions,
    rooms,
    search,
    search_index,
    usage,
    vacuum,
)
from .accounts import add_accounts
from .apply import decide_and_write
from .database import SqliteDatabase
from .transaction import Job, Outcome


class SqliteStore(SqliteDatabase):
    """Implements :class:`chatroom.store.store.Store`."""

    # ---- rooms

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
        return await self._readers.read(rooms.successor, room, leaving)

    async def page(
        self,
        room: str,
        limit: int,
        *,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
        at: int | None = None,
        size: Callable[[Message], int] = text_size,
        asker: str = "",
    ) -> Page:
        return await self._readers.read_long(
            asker,
            log.page,
            room,
            limit,
            before=before,
            after=after,
            around=around,
            at=at,
            size=size,
            user=asker,
        )

    async def written_by(
        self, room: str, user: str, since: int, before: int | None, limit: int
    ) -> Written:
        return await self._readers.read_long("", log.written_by, room, user, since, before, limit)

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

    async def mentions(
        self,
        user: str,
        before: int | None,
        limit: int,
        *,
        size: Callable[[Message], int] = text_size,
    ) -> MentionList:
        return await self._readers.read_long(user, mentions.mentions, user, before, limit, size)

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

    async def rooms(self, user: str, query: str | None, after: str, limit: int) -> RoomList:
        return await self._readers.read_long(user, rooms.rooms, user, query, after, limit)

    async def members(
        self, room: str, after: str, limit: int, *, query: str | None = None, asker: str = ""
    ) -> MemberPage:
        return await self._readers.read_long(asker, rooms.members, room, after, limit, query)

    async def prunable(
        self, keep_messages: int | None, before: int | None, after: str, limit: int
    ) -> tuple[list[str], str | None]:
        return await self._readers.read_long("", log.prunable, keep_messages, before, after, limit)

    async def prune_point(
        self, room: str, keep_messages: int | None, before: int | None, limit: int
    ) -> int:
        return await self._readers.read_long(
            "", log.prune_point, room, keep_messages, before, limit
        )

    # ---- rooms, for operators

    async def room_sizes(self, after: str, limit: int) -> list[RoomSize]:
        return await self._readers.read_long("", rooms.room_sizes, after, limit)

    async def erase_retired(self, limit: int) -> bool:
        return await self._write(deleted_rooms.erase, limit)

    async def give_back(self) -> bool:
        if not await self._readers.read(vacuum.unused_pages):
            return False
        job = Job(lambda connection, _: vacuum.give_back(connection), moves_pages=True)
        return cast("bool", await self._writer.write(job))

    # ---- blocks

    async def set_blocked(
        self, user: str, other: str, at: int, *, maximum: int | None
    ) -> str | None:
        return await self._write(blocks.set_blocked, user, other, at, maximum)

    async def unset_blocked(self, user: str, other: str) -> None:
        await self._write(blocks.unset_blocked, user, other)

    async def blocked(self, user: str, after: str, limit: int) -> list[User]:
        return await self._readers.read(blocks.blocked, user, after, limit)

    # ---- quotas

    async def usage(self, day: int, after: str = "", limit: int = 10_000) -> list[DayUsage]:
        return await self._readers.read(usage.usage, day, after, limit)

    async def add_usage(self, day: int, counts: Collection[DayUsage]) -> None:
        await self._write(usage.add_usage, day, counts)

    async def forget_usage(self, before: int) -> None:
        await self._write(usage.forget_usage, before)

    async def count_accounts(self, limit: int) -> int:
        return await self._readers.read(usage.count_accounts, limit)

    async def used_bytes(self) -> int:
        return await self._readers.read(usage.used_bytes)

    # ---- inboxes

    async def inbox(self, user: str, room: str | None = None) -> list[InboxRoom]:
        try:
            return await self._readers.read(inbox.inbox, user, room)
        except StorageDamaged:
            return await self._readers.read(inbox.readable_inbox, user, room)

    # ---- accounts

    async def account(self, name: str) -> Account | None:
        return await self._readers.read(accounts.account, name)

    async def accounts(self, after: str = "", limit: int = 1000) -> list[Account]:
        return await self._readers.read_long("", accounts.accounts, after, limit)

    async def existing_accounts(self, names: Collection[str]) -> list[Account]:
        return await self._readers.read(accounts.existing_accounts, names)

    async def add_accounts(
        self, accounts: Sequence[Account], tokens: Sequence[Token] = ()
    ) -> set[str]:
        return await self._write(add_accounts, accounts, tokens)

    async def set_password(self, name: str, password: str | None) -> None:
        await self._write(accounts.set_password, name, password)

    async def set_disabled(self, name: str, disabled: bool) -> None:
        await self._write(accounts.set_disabled, name, disabled)

    async def reset_password(
        self, name: str, password: str | None, tokens: Sequence[Token] = ()
    ) -> None:
        await self._write(accounts.reset_password, name, password, tokens)

    async def add_tokens(self, tokens: Sequence[Token], maximum: int | None = None) -> list[bytes]:
        return await self._write(accounts.add_tokens, tokens, maximum)

    async def replace_token(self, digest: bytes, token: Token) -> bool:
        return await self._write(accounts.replace_token, digest, token)

    async def own_token(self, user: str, token_id: str) -> Token | None:
        return await self._readers.read(accounts.own_token, user, token_id)

    async def tokens(self, user: str, now: int, limit: int) -> list[Token]:
        return await self._readers.read(accounts.tokens, user, now, limit)

    async def set_used(self, digests: Collection[bytes], now: int) -> None:
        await self._write(accounts.set_used, digests, now)

    async def token(self, digest: bytes) -> tuple[Token, Account] | None:
        return await self._readers.read(accounts.token, digest)

    async def remove_token(self, digest: bytes) -> None:
        await self._write(accounts.remove_token, digest)

    async def remove_tokens(self, user: str) -> None:
        await self._write(accounts.remove_tokens, user)

    async def remove_expired_tokens(self, now: int) -> None:
        await self._write(accounts.remove_expired_tokens, now)

    # ---- log consumers

    async def add_consumer(self, name: str, *, from_now: bool = False) -> None:
        await self._write(consumers.add_consumer, name, from_now=from_now)

    async def remove_consumer(self, name: str) -> None:
        await self._write(consumers.remove_consumer, name)

    async def moved_rooms(
        self, consumer: str, after: str, limit: int
    ) -> tuple[list[str], str | None]:
        return await self._readers.read_long("", consumers.moved_rooms, consumer, after, limit)

    async def unhandled(self, consumer: str, room: str, since: int, limit: int) -> Changes:
        asker = f"consumer {consumer}"  # no user has a name with a space
        return await self._readers.read_long(
            asker, consumers.unhandled, consumer, room, since, limit
        )

    async def move_consumer_cursors(self, consumer: str, revs: Mapping[str, int]) -> None:
        await self._write(consumers.move_consumer_cursors, consumer, revs)

    def telling_moved(
        self, told: Callable[[Collection[str]], None]
    ) -> AbstractContextManager[None]:
        def tell(_: Sequence[Job], outcomes: Sequence[Outcome]) -> None:
            if moved := consumers.moved_in(outcomes):
                told(moved)

        return self._writer.telling(tell)

    # ---- search

    async def search(
        self, wanted: Search, size: Callable[[Message], int] = text_size
    ) -> SearchPage:
        return await self._readers.read_long(wanted.user, search.search, wanted, size)

    async def index(self, pages: Sequence[IndexedPage]) -> None:
        await self._write(search_index.index, pages)

    async def forget_words(self, after_s: int = FORGET_AFTER_S) -> bool:
        return await self._write(search_index.forget_words, after_s)

    # ---- rooms that others write too

    def telling_news(self, told: Callable[[Sequence[News]], None]) -> AbstractContextManager[None]:
        def tell(jobs: Sequence[Job], outcomes: Sequence[Outcome]) -> None:
            if found := news.news_in(zip([job.batch for job in jobs], outcomes, strict=True)):
                self._recent.add(found)
                told(found)

        return self._writer.telling(tell)

    async def since(self, room: str, version: int) -> list[RoomNews] | None:
        return self._recent.since(room, version)

    async def versions(self, rooms_: Collection[str]) -> dict[str, int]:
        return await self._readers.read(news.versions, rooms_)

    async def inbox_numbers(self, users: Collection[str]) -> dict[str, int]:
        return await self._readers.read(news.inbox_numbers, users)

    # ---- the clock

    async def clock_state(self) -> ClockState | None:
        return await self._readers.read(clock.clock_state)

    async def save_clock_state(self, state: ClockState) -> None:
        await self._write(clock.save_clock_state, state)
