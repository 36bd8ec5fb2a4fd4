"""A room for tests of the store. Its model numbers events as a room's rules do, and its state is
what the store's replies are compared with."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, Final, TypeVar

import psycopg
import trio

from chatroom.model import Kind, Member, Message, Role, Visibility, direct_room
from chatroom.store.conditions import Wanted
from chatroom.store.events import (
    MemberAdded,
    MemberRemoved,
    MessagesPruned,
    ReadCursorMoved,
    RoomCreated,
    RoomEvent,
)
from chatroom.store.postgres import PostgresStore
from chatroom.store.room_log import Batch, Decision, Prefetched
from chatroom.store.sql.connection import Connection
from chatroom.store.sqlite import SqliteStore
from chatroom.store.sqlite.commit_mark import MARK, CommitCount, read_mark
from chatroom.store.sqlite.startup import FILE
from chatroom.store.store import Store

from ..reference import RoomModel

UP: Final = "\U0001f44d"
TAKEN: Final = (sqlite3.IntegrityError, psycopg.IntegrityError)
"""What engines raise for a second row with the same key."""
HEART: Final = "\u2764\ufe0f"


def batch_of(room: str, *entries: RoomEvent) -> Batch:
    """Return a batch of given events."""
    return Batch(room, lambda _: Decision(entries))


def member(
    room: str,
    user: str,
    role: Role = "member",
    at: int = 1,
    read_seq: int = 0,
    joined_version: int = 0,
) -> Member:
    return Member(room, user, user, role, at, joined_version, read_seq)


class StoredRoom(RoomModel):
    """A room in the store and in the model."""

    def __init__(
        self,
        store: Store,
        name: str = "lobby",
        kind: Kind = "room",
        visibility: Visibility = "public",
        title: str | None = None,
    ) -> None:
        super().__init__(name, kind, visibility, title or name)
        self.store = store

    async def commit(self, *entries: RoomEvent) -> Decision:
        """Commit events to the store only."""
        decision = await self.store.commit(batch_of(self.name, *entries))
        self.count_commit(entries)
        return decision

    async def commit_and_apply(self, *entries: RoomEvent) -> Decision:
        """Commit events to the store, and then apply them to the model."""
        decision = await self.commit(*entries)
        for entry in entries:
            self.apply(entry)
        return decision

    async def make(self, *users: str) -> None:
        """Create the room. The first user is the owner."""
        entered = [
            MemberAdded(member(self.name, user, "member" if number else "owner", at=1000 + number))
            for number, user in enumerate(users)
        ]
        await self.commit(RoomCreated(self.room), *entered)
        for each in entered:
            self.apply(each)

    async def enter(self, user: str, role: Role = "member") -> None:
        self.now += 10
        await self.commit_and_apply(
            MemberAdded(member(self.name, user, role, self.now, self.head_seq))
        )

    async def leave(self, user: str) -> None:
        await self.commit_and_apply(MemberRemoved(user))

    async def post(
        self,
        sender: str,
        text: str = "hello",
        client_id: str | None = None,
        mentions: tuple[str, ...] = (),
        thread: int | None = None,
    ) -> Message:
        posted = self.posting(sender, text, client_id, mentions, thread=thread)
        await self.commit(posted)
        return posted.message

    async def talk(self, sender: str, count: int) -> None:
        await self.commit(*[self.posting(sender, f"number {n}") for n in range(count)])

    async def edit(self, seq: int, text: str, mentions: tuple[str, ...] = ()) -> Message:
        changed = self.changing(seq, text, mentions)
        await self.commit(changed)
        return changed.message

    async def delete(self, seq: int) -> Message:
        changed = self.changing(seq, None)
        await self.commit(changed)
        return changed.message

    async def react(self, user: str, seq: int, emoji: str = UP) -> Message:
        """Add a reaction, or remove it if the user has it."""
        changed = self.reacting(seq, emoji, user)
        await self.commit(changed)
        return changed.message

    async def pin(self, seq: int, by: str | None) -> Message:
        changed = self.pinning(seq, by)
        await self.commit(changed)
        return changed.message

    async def read(self, user: str, seq: int) -> ReadCursorMoved:
        (entry,) = (await self.commit_and_apply(ReadCursorMoved(user, seq))).entries
        assert isinstance(entry, ReadCursorMoved)
        return entry

    async def prune(self, through: int) -> None:
        await self.commit_and_apply(MessagesPruned(through))


def direct(store: Store, one: str, other: str) -> StoredRoom:
    return StoredRoom(store, direct_room(one, other), kind="direct", visibility="private")


def nothing(_: Prefetched) -> Decision:
    return Decision(())


async def look_up(
    store: Store,
    room: str,
    client_ids: tuple[tuple[str, str], ...] = (),
    seqs: tuple[int, ...] = (),
    wanted: Wanted | None = None,
) -> Prefetched:
    """Return what a batch with these requests gets."""
    seen: list[Prefetched] = []

    def decide(found: Prefetched) -> Decision:
        seen.append(found)
        return Decision(())

    await store.commit(Batch(room, decide, client_ids, seqs, wanted=wanted))
    return seen[-1]


async def rooms(store: Store, count: int) -> list[StoredRoom]:
    talks = [StoredRoom(store, f"room-{number}") for number in range(count)]
    for talk in talks:
        await talk.make("alice")
    return talks


POSTED: Final = 300
PRUNED: Final = 100
DELETED: Final = "what was deleted, and nobody reads any more"
COMMITS: Final = POSTED + 4


async def fill(directory: Path) -> None:
    """Create a database of ``COMMITS`` commits, in which ``PRUNED`` of ``POSTED`` messages are
    pruned, and one more is deleted."""
    async with opened(directory) as store:
        talk = StoredRoom(store)
        await talk.make("alice")
        for number in range(POSTED):
            await talk.post("alice", f"text {number}", f"c-{number}")
        await talk.post("alice", DELETED)
        await talk.delete(POSTED + 1)
        await talk.prune(PRUNED)


@asynccontextmanager
async def opened(directory: Path, **how: Any) -> AsyncIterator[SqliteStore]:
    """Run a store. ``how`` is passed to :meth:`SqliteStore.open`."""
    async with running(SqliteStore.open(directory, **how)) as store:
        yield store


S = TypeVar("S", bound=SqliteStore | PostgresStore)


@asynccontextmanager
async def running(store: S) -> AsyncIterator[S]:
    """Run a store that is open, and close it."""
    async with trio.open_nursery() as nursery:
        await nursery.start(store.run)
        yield store
        nursery.cancel_scope.cancel()
    store.close()


def connection_of(store: Store) -> Connection:
    """Return the connection that writes."""
    assert isinstance(store, SqliteStore | PostgresStore)
    return store._connection


def connected(directory: Path) -> closing[sqlite3.Connection]:
    """Connect to the database of that directory, which is closed with the block."""
    return closing(sqlite3.connect(directory / FILE, isolation_level=None))


def copy_files(source: Path, to: Path) -> None:
    """Copy the files of a running store as a kill leaves them."""
    to.mkdir()
    for name in (FILE, f"{FILE}-wal", MARK):
        (to / name).write_bytes((source / name).read_bytes())


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def marked(directory: Path) -> CommitCount:
    """Return the count of the directory's mark."""
    reached = read_mark(directory)
    assert reached is not None
    return reached


def damage(database: Path, table: str = "messages") -> None:
    """Overwrite the first page of rows of a table or index. The database must be closed."""
    with connected(database.parent) as connection:
        (page,) = connection.execute(
            """
            SELECT pageno FROM dbstat
            WHERE name = ? AND pagetype = 'leaf' ORDER BY path LIMIT 1
            """,
            (table,),
        ).fetchone()
    with database.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(bytes(4096))


def statements(store: SqliteStore) -> list[str]:
    """Return a list to which the statements of the writer are appended from now on."""
    seen: list[str] = []
    store._connection.set_trace_callback(seen.append)
    return seen
