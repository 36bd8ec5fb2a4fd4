"""A real store that is slow or fails when a test requests it."""

from collections.abc import Collection, Iterator
from typing import Any

import attrs
import trio

from chatroom.errors import NoThread, StorageAway, StorageFull
from chatroom.model import Room
from chatroom.store.events import MessagePosted
from chatroom.store.quotas import DayUsage
from chatroom.store.room_log import Batch, Bounds, Changes, Decision, Page, Prefetched
from chatroom.store.rooms import MemberPage

from .memory_store import MemoryStore


class Broken(Exception):
    pass


class Untellable(tuple[Any, ...]):
    """Events that are committed, but make their room fail before it publishes them."""

    def __iter__(self) -> Iterator[Any]:
        raise Broken("after the commit")


class FaultyStore(MemoryStore):
    """``commit_delay``: time until a commit returns after it was written, even if its caller is
    cancelled. ``read_delay`` and ``inbox_delay``: time until a page, or the rooms of an inbox,
    return after they were read, so that they are outdated.

    ``away``: rooms and inboxes cannot be read.

    ``fail_commit``: the next commit is written, and then its room fails. ``fail_people`` and
    ``fail_inbox``: the next read of that kind fails. ``full``: all commits fail for lack of space.
    ``poison``: commits with a message that contains this word fail. ``erase_failures``: as many
    slices of a deleted room fail to be erased. ``fail_usage``: the usage of accounts can be neither
    read nor written.
    """

    def __init__(
        self, *, commit_delay: float = 0, read_delay: float = 0, inbox_delay: float = 0
    ) -> None:
        super().__init__()
        self.commit_delay = commit_delay
        self.read_delay = read_delay
        self.inbox_delay = inbox_delay
        self.away = False
        self.fail_commit = False
        self.fail_inbox = False
        self.fail_people = False
        self.full = False
        self.erase_failures = 0
        self.fail_usage = False
        self.poison: str | None = None
        self.reads = 0
        self.inbox_reads = 0

    async def commit(self, batch: Batch) -> Decision:
        if self.full:
            await trio.sleep(self.commit_delay)
            raise StorageFull("no space left")
        with trio.CancelScope(shield=True):
            decision = await super().commit(self._poisoned(batch))
            self.committed(batch.room, decision)
        await trio.sleep(self.commit_delay)
        if self.fail_commit:
            self.fail_commit = False
            return attrs.evolve(decision, entries=Untellable(decision.entries))
        return decision

    def committed(self, room: str, decision: Decision) -> None:
        """Called after each commit, before its caller continues."""

    def _poisoned(self, batch: Batch) -> Batch:
        """Return a batch that fails in the transaction if it contains the word."""
        poison = self.poison
        if poison is None:
            return batch

        def decide(found: Prefetched) -> Decision:
            decision = batch.decide(found)
            for entry in decision.entries:
                if isinstance(entry, MessagePosted) and poison in entry.message.text:
                    raise Broken("in the transaction")
            return decision

        return attrs.evolve(batch, decide=decide)

    async def erase_retired(self, limit: int) -> bool:
        if self.erase_failures:
            self.erase_failures -= 1
            raise StorageFull("no space left")
        return await super().erase_retired(limit)

    async def add_usage(self, day: int, counts: Collection[DayUsage]) -> None:
        if self.fail_usage:
            raise StorageFull("no space left")
        await super().add_usage(day, counts)

    async def usage(self, day: int, after: str = "", limit: int = 10_000) -> list[DayUsage]:
        if self.fail_usage:
            raise NoThread("cannot read now")
        return await super().usage(day, after, limit)

    async def room(self, name: str) -> Room | None:
        if self.away:
            raise StorageAway("the database cannot be reached")
        return await super().room(name)

    async def people(self, room: str, names: Any) -> Any:
        if self.fail_people:
            self.fail_people = False
            raise Broken("people")
        return await super().people(room, names)

    async def inbox(self, user: str, room: str | None = None) -> Any:
        if self.fail_inbox:
            self.fail_inbox = False
            raise Broken("inbox")
        if self.away:
            raise StorageAway("the database cannot be reached")
        rooms = await super().inbox(user, room)
        self.inbox_reads += 1
        await trio.sleep(self.inbox_delay)
        return rooms

    async def page(self, room: str, limit: int, *bounds: Bounds, **more: Any) -> Page:
        page = await super().page(room, limit, *bounds, **more)
        self.reads += 1
        await trio.sleep(self.read_delay)
        return page

    async def rooms(self, user: str, query: str | None, after: str, limit: int) -> Any:
        rooms = await super().rooms(user, query, after, limit)
        await trio.sleep(self.read_delay)
        return rooms

    async def mentions(self, user: str, before: int | None, limit: int, **more: Any) -> Any:
        mentions = await super().mentions(user, before, limit, **more)
        await trio.sleep(self.read_delay)
        return mentions

    async def members(self, room: str, after: str, limit: int, **more: Any) -> MemberPage:
        members = await super().members(room, after, limit, **more)
        await trio.sleep(self.read_delay)
        return members

    async def changes(self, room: str, since: int, limit: int, **more: Any) -> Changes:
        changes = await super().changes(room, since, limit, **more)
        self.reads += 1
        await trio.sleep(self.read_delay)
        return changes
