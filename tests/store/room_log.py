"""A room for tests: numbers its entries as a room's rules would, commits them, and keeps the plain
history that the store's answers are compared with."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import attrs
import trio

from chatroom.model import (
    Kind,
    Member,
    Message,
    Role,
    Room,
    SendReceipt,
    Visibility,
    direct_room,
)
from chatroom.store.events import (
    MemberAdded,
    MemberRemoved,
    MessageChanged,
    MessagePosted,
    MessagesPruned,
    ReadCursorMoved,
    RoomCreated,
    RoomEvent,
)
from chatroom.store.room_log import Batch, Decision, Prefetched
from chatroom.store.sqlite import SqliteStore
from chatroom.store.store import Store


def just(room: str, *entries: RoomEvent) -> Batch:
    """A batch that was decided before."""
    return Batch(room, lambda _: Decision(entries))


def member(room: str, user: str, role: Role = "member", at: int = 1, read_seq: int = 0) -> Member:
    return Member(room, user, user, role, at, read_seq)


class Talk:
    """``log`` has the messages that are kept, as they are now; ``cursors`` the read cursors."""

    def __init__(
        self,
        store: Store,
        name: str = "lobby",
        kind: Kind = "room",
        visibility: Visibility = "public",
        title: str | None = None,
    ) -> None:
        self.store = store
        self.room = Room(name, kind, visibility, title or name, "", created_at=1000)
        self.log: dict[int, Message] = {}
        self.posted: list[int] = []
        self.cursors: dict[str, int] = {}
        self.rev = 0
        self.now = 1000
        self.first_seq = 1

    @property
    def name(self) -> str:
        return self.room.name

    @property
    def seq(self) -> int:
        return len(self.posted)

    async def commit(self, *entries: RoomEvent) -> Decision:
        return await self.store.commit(just(self.name, *entries))

    # ---- what happens

    async def make(self, *users: str) -> None:
        """The first of them owns it."""
        entered = [
            MemberAdded(member(self.name, user, "member" if number else "owner", at=1000 + number))
            for number, user in enumerate(users)
        ]
        await self.commit(RoomCreated(self.room), *entered)
        self.cursors = dict.fromkeys(users, 0)

    async def enter(self, user: str, role: Role = "member") -> None:
        self.now += 10
        await self.commit(MemberAdded(member(self.name, user, role, self.now, self.seq)))
        self.cursors[user] = self.seq

    async def leave(self, user: str) -> None:
        await self.commit(MemberRemoved(user))
        del self.cursors[user]

    def posting(
        self,
        sender: str,
        text: str = "hello",
        client_id: str | None = None,
        mentions: tuple[str, ...] = (),
        reply_to: int | None = None,
    ) -> MessagePosted:
        """Numbered here; the caller commits it."""
        self.rev += 1
        self.now += 10
        message = Message(
            room=self.name,
            seq=self.seq + 1,
            rev=self.rev,
            sender=sender,
            text=text,
            timestamp=self.now,
            client_id=client_id,
            reply_to=reply_to,
            mentions=mentions,
        )
        self.log[message.seq] = message
        self.posted.append(self.rev)
        original = SendReceipt(self.name, message.seq, self.rev, self.now, text.encode())
        return MessagePosted(message, original if client_id else None)

    def changing(
        self, seq: int, text: str | None, mentions: tuple[str, ...] = ()
    ) -> MessageChanged:
        """An edit, or a delete when there is no text."""
        self.rev += 1
        self.now += 10
        was = self.log[seq]
        message = attrs.evolve(
            was,
            rev=self.rev,
            text=text or "",
            mentions=mentions,
            deleted=text is None,
            edited_at=was.edited_at if text is None else self.now,
        )
        self.log[seq] = message
        return MessageChanged("delete" if text is None else "edit", message, was)

    async def post(
        self,
        sender: str,
        text: str = "hello",
        client_id: str | None = None,
        mentions: tuple[str, ...] = (),
    ) -> Message:
        posted = self.posting(sender, text, client_id, mentions)
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

    async def read(self, user: str, seq: int) -> ReadCursorMoved:
        (entry,) = (await self.commit(ReadCursorMoved(user, seq))).entries
        assert isinstance(entry, ReadCursorMoved)
        self.cursors[user] = seq
        return entry

    async def prune(self, through: int) -> None:
        await self.commit(MessagesPruned(through))
        self.log = {seq: message for seq, message in self.log.items() if seq > through}
        self.cursors = {user: max(seq, through) for user, seq in self.cursors.items()}
        self.first_seq = through + 1

    # ---- what should be so

    def messages(self) -> list[Message]:
        return [self.log[seq] for seq in sorted(self.log)]

    def after_rev(self, since: int) -> list[Message]:
        return sorted(
            (message for message in self.log.values() if message.rev > since),
            key=lambda message: message.rev,
        )

    def unread(self, user: str) -> tuple[int, int]:
        """Unread and mentions, recounted."""
        new = [
            message
            for message in self.log.values()
            if message.seq > self.cursors[user] and message.sender != user and not message.deleted
        ]
        return len(new), sum(message.mentioned(user) for message in new)


def direct(store: Store, one: str, other: str) -> Talk:
    return Talk(store, direct_room(one, other), kind="direct", visibility="private")


def nothing(_: Prefetched) -> Decision:
    return Decision(())


async def rooms(store: SqliteStore, count: int) -> list[Talk]:
    talks = [Talk(store, f"room-{number}") for number in range(count)]
    for talk in talks:
        await talk.make("alice")
    return talks


@asynccontextmanager
async def opened(directory: Path) -> AsyncIterator[SqliteStore]:
    """A store that runs."""
    store = SqliteStore.open(directory)
    async with trio.open_nursery() as nursery:
        await nursery.start(store.run)
        yield store
        nursery.cancel_scope.cancel()
    store.close()


def damage(database: Path, table: str = "messages") -> None:
    """The page of the first rows of a table or index, which nobody has open."""
    with closing(sqlite3.connect(database)) as connection:
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
    """What the writer executes from here on."""
    seen: list[str] = []
    store._connection.set_trace_callback(seen.append)
    return seen
