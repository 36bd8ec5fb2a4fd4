"""Prepare large databases before a server starts, through the package's own store, a thousand
batches at a time, which takes seconds.
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import trio
from uuid_utils import uuid7

from chatroom.model import (
    Account,
    Member,
    Message,
    Room,
    SendReceipt,
)
from chatroom.store.events import (
    MemberAdded,
    MessagePosted,
    RoomCreated,
    RoomEvent,
)
from chatroom.store.room_log import Batch, Decision, Prefetched
from chatroom.store.sqlite import SqliteStore

TEXT: Final = "x" * 100
MAX_CONCURRENT: Final = 1000
"""Concurrent batches: as many as the store commits in one transaction."""


async def prepare(
    data: Path,
    *,
    people: int,
    rooms: int,
    members: Callable[[int], Sequence[int]],
    messages: int,
) -> float:
    """Create accounts p0, p1, ... and rooms room0, room1, ... with members by number. The first
    member of a room owns it and wrote its messages. Returns the seconds it took."""
    began, now = time.monotonic(), time.time_ns() // 1_000_000
    store = SqliteStore.open(data)
    try:
        async with trio.open_nursery() as writing:
            await writing.start(store.run)
            names = [person(number) for number in range(people)]
            for start in range(0, people, 10_000):
                chunk = names[start : start + 10_000]
                await store.add_accounts([Account(name, name, None, now) for name in chunk])
            for start in range(0, rooms, MAX_CONCURRENT):
                async with trio.open_nursery() as nursery:
                    for number in range(start, min(rooms, start + MAX_CONCURRENT)):
                        who = [names[member] for member in members(number)]
                        batch = _batch(room(number), who, messages, now)
                        nursery.start_soon(store.commit, batch)
            writing.cancel_scope.cancel()
    finally:
        store.close()
    return time.monotonic() - began


def person(number: int) -> str:
    return f"p{number}"


def room(number: int) -> str:
    return f"room{number}"


def _batch(name: str, members: Sequence[str], messages: int, now: int) -> Batch:
    def decide(_: Prefetched) -> Decision:
        return Decision(tuple(_entries(name, members, messages, now)))

    return Batch(name, decide)


def _entries(name: str, members: Sequence[str], messages: int, now: int) -> Iterator[RoomEvent]:
    yield RoomCreated(Room(name, "room", "public", name, "", now))
    for number, member in enumerate(members):
        yield MemberAdded(Member(name, member, member, "member" if number else "owner", now))
    text_hash = hashlib.blake2b(TEXT.encode(), digest_size=16).digest()
    for seq in range(1, messages + 1):
        message = Message(name, seq, seq, members[0], TEXT, now, client_id=str(uuid7()))
        yield MessagePosted(message, SendReceipt(name, seq, seq, now, text_hash))
