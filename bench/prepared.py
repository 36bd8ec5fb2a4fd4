"""Prepare large databases before a server starts, through the package's own store, a thousand
batches at a time, which takes seconds.
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

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
from chatroom.store.search import CONSUMER
from chatroom.store.sqlite import SqliteStore

TEXT: Final = "x" * 100
Say: TypeAlias = Callable[[int, int], tuple[str, int]]
MAX_CONCURRENT: Final = 1000
"""Concurrent batches: as many as the store commits in one transaction."""


async def prepare(
    data: Path,
    *,
    people: int,
    rooms: int,
    members: Callable[[int], Sequence[int]],
    messages: int,
    say: Say = lambda number, seq: (TEXT, 0),
    indexed: bool = True,
) -> float:
    """Create accounts p0, p1, ... and rooms room0, room1, ... with members by number. The first
    member of a room owns it and wrote its messages. Returns the seconds it took.

    :param say: returns the text and the age in ms of a message, by the number of its room and its
        seq.
    :param indexed: let the server take the messages for indexed, so that it does nothing else than
        what is measured.
    """
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
                        batch = _batch(room(number), who, messages, now, partial(say, number))
                        nursery.start_soon(store.commit, batch)
            if indexed:
                await store.add_consumer(CONSUMER, from_now=True)
            writing.cancel_scope.cancel()
    finally:
        store.close()
    return time.monotonic() - began


def person(number: int) -> str:
    return f"p{number}"


def room(number: int) -> str:
    return f"room{number}"


def _batch(
    name: str,
    members: Sequence[str],
    messages: int,
    now: int,
    say: Callable[[int], tuple[str, int]],
) -> Batch:
    def decide(_: Prefetched) -> Decision:
        return Decision(tuple(_entries(name, members, messages, now, say)))

    return Batch(name, decide)


def _entries(
    name: str,
    members: Sequence[str],
    messages: int,
    now: int,
    say: Callable[[int], tuple[str, int]],
) -> Iterator[RoomEvent]:
    yield RoomCreated(Room(name, "room", "public", name, "", now))
    for number, member in enumerate(members):
        yield MemberAdded(Member(name, member, member, "member" if number else "owner", now))
    for seq in range(1, messages + 1):
        text, age = say(seq)
        text_hash = hashlib.blake2b(text.encode(), digest_size=16).digest()
        message = Message(name, seq, seq, members[0], text, now - age, client_id=str(uuid7()))
        yield MessagePosted(message, SendReceipt(name, seq, seq, now - age, text_hash))
