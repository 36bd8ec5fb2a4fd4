"""Memory stores that are slow or fail when a test says so; what they keep is the real thing."""

from collections.abc import Iterator, Sequence
from typing import Any

import attrs
import trio

from chatroom.errors import StorageFull
from chatroom.model import Member
from chatroom.store.events import MessagePosted, RoomEvent
from chatroom.store.memory import MemoryStore
from chatroom.store.room_log import Batch, Changes, Decision, Page


class Broken(Exception):
    pass


class Untellable(tuple[Any, ...]):
    """Entries that are committed, and whose room fails before it tells anybody of them."""

    def __iter__(self) -> Iterator[Any]:
        raise Broken("after the commit")


class WilfulStore(MemoryStore):
    """``read_delay``: how long a page takes after it was read, in which it grows old; and
    ``inbox_delay`` what inboxes read.
    ``fail_commit``: the next commit is written, and then its room fails all the same.
    ``fail_people`` and ``fail_inbox``: the next such read fails. ``full``: nothing is written, and
    with ``poison`` no commit in which a message has that word.
    """

    def __init__(
        self, *, commit_delay: float = 0, read_delay: float = 0, inbox_delay: float = 0
    ) -> None:
        super().__init__(commit_delay=commit_delay)
        self.read_delay = read_delay
        self.inbox_delay = inbox_delay
        self.fail_commit = False
        self.fail_inbox = False
        self.fail_people = False
        self.full = False
        self.poison: str | None = None
        self.reads = 0
        self.inbox_reads = 0

    async def commit(self, batch: Batch) -> Decision:
        if self.full:
            await trio.sleep(self.commit_delay)
            raise StorageFull("no space left")
        decision = await super().commit(batch)
        if self.fail_commit:
            self.fail_commit = False
            return attrs.evolve(decision, entries=Untellable(decision.entries))
        return decision

    def _apply(self, room: str, entries: Sequence[RoomEvent]) -> tuple[RoomEvent, ...]:
        texts = [entry.message.text for entry in entries if isinstance(entry, MessagePosted)]
        if self.poison is not None and any(self.poison in text for text in texts):
            raise Broken("in the transaction")
        return super()._apply(room, entries)

    async def people(self, room: str, names: Any) -> Any:
        if self.fail_people:
            self.fail_people = False
            raise Broken("people")
        return await super().people(room, names)

    async def inbox(self, user: str, room: str | None = None) -> Any:
        if self.fail_inbox:
            self.fail_inbox = False
            raise Broken("inbox")
        rooms = await super().inbox(user, room)
        self.inbox_reads += 1
        await trio.sleep(self.inbox_delay)
        return rooms

    async def page(self, room: str, limit: int, **bounds: Any) -> Page:
        page = await super().page(room, limit, **bounds)
        self.reads += 1
        await trio.sleep(self.read_delay)
        return page

    async def rooms(self, user: str, query: str | None, after: str, limit: int) -> Any:
        rooms = await super().rooms(user, query, after, limit)
        await trio.sleep(self.read_delay)
        return rooms

    async def members(self, room: str, after: str, limit: int, **asker: str) -> list[Member]:
        members = await super().members(room, after, limit, **asker)
        await trio.sleep(self.read_delay)
        return members

    async def changes(self, room: str, since: int, limit: int, **more: Any) -> Changes:
        changes = await super().changes(room, since, limit, **more)
        self.reads += 1
        await trio.sleep(self.read_delay)
        return changes
