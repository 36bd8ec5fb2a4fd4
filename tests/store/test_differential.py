"""Any history of groups in the SQLite store and, batch by batch, in the one that recounts.

Each group has batches of several rooms that share clientIds, and some of them fail.
"""

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final

import attrs

from chatroom.model import (
    Level,
    Member,
    Message,
    Room,
    SendReceipt,
    direct_pair,
)
from chatroom.store.events import (
    MemberAdded,
    MemberRemoved,
    MessageChanged,
    MessagePosted,
    MessagesPruned,
    NotificationLevelSet,
    ReadCursorMoved,
    RoomCreated,
    RoomEvent,
)
from chatroom.store.memory import MemoryStore
from chatroom.store.room_log import Batch, Decision, Prefetched
from chatroom.store.sqlite import inbox, log, rooms
from chatroom.store.sqlite.apply import decide_and_write
from chatroom.store.sqlite.cursors import CountedAhead, count_ahead
from chatroom.store.sqlite.integrity import faults
from chatroom.store.sqlite.startup import open_database
from chatroom.store.sqlite.transaction import Failed, Job, write_group

from .room_log import just

PEOPLE: Final = ("alice", "bob", "carol", "dave")
ROOMS: Final = ("lobby", "den", "@alice:bob", "@carol:carol")
CLIENT_IDS: Final = ("c-1", "c-2", "c-3", "c-4")
GROUPS: Final = 60


@attrs.define
class Writing:
    """A batch while it is decided, by a room's state and dice that fall the same each time."""

    room: Room
    members: list[str]
    found: Prefetched
    dice: random.Random
    entries: list[RoomEvent] = attrs.Factory(list)
    outcomes: list[object] = attrs.Factory(list)
    messages: dict[int, Message] = attrs.Factory(dict)
    originals: dict[tuple[str, str], SendReceipt] = attrs.Factory(dict)

    def __attrs_post_init__(self) -> None:
        self.messages.update(self.found.messages)
        self.originals.update(self.found.originals)

    def post(self) -> None:
        sender, client_id = self.dice.choice(self.members), self.dice.choice([None, *CLIENT_IDS])
        key = (sender, client_id or "")
        if key in self.originals:
            self.outcomes.append(self.originals[key])
            return
        seq, rev = self.room.head_seq + 1, self.room.head_rev + 1
        stamp = max(self.dice.randint(1, 1000), self.room.last_timestamp)
        mentions = self._mentions(sender)
        message = Message(
            self.room.name, seq, rev, sender, f"{rev}", stamp, client_id, mentions=mentions
        )
        original = None
        if client_id is not None:
            original = self.originals[key] = SendReceipt(self.room.name, seq, rev, stamp, b"hash")
        self.room = attrs.evolve(self.room, head_seq=seq, head_rev=rev, last_timestamp=stamp)
        self.messages[seq] = message
        self.entries.append(MessagePosted(message, original))

    def change(self) -> None:
        was = self.messages.get(self.room.head_seq - self.dice.randint(0, 6))
        if was is None or was.deleted:
            return
        rev, deleted = self.room.head_rev + 1, self.dice.random() < 0.5
        mentions = () if deleted else self._mentions(was.sender)
        text = "" if deleted else f"{rev}"
        message = attrs.evolve(was, rev=rev, text=text, deleted=deleted, mentions=mentions)
        self.room = attrs.evolve(self.room, head_rev=rev)
        self.messages[was.seq] = message
        self.entries.append(MessageChanged("delete" if deleted else "edit", message, was))

    def read(self) -> None:
        seq = max(self.room.head_seq - self.dice.randint(0, 6), 0)
        self.entries.append(ReadCursorMoved(self.dice.choice(self.members), seq))

    def set_level(self) -> None:
        level: Level = self.dice.choice(["all", "mentions", "none"])
        self.entries.append(NotificationLevelSet(self.dice.choice(self.members), level))

    def move(self) -> None:
        """Somebody comes or goes."""
        user = self.dice.choice(PEOPLE)
        if user in self.members:
            self.entries.append(MemberRemoved(user))
        else:
            entered = Member(self.room.name, user, user, "member", 5, self.room.head_seq)
            self.entries.append(MemberAdded(entered))

    def _mentions(self, sender: str) -> tuple[str, ...]:
        named = self.dice.sample([*PEOPLE, "room"], self.dice.choice([0, 0, 1, 3]))
        return tuple(name for name in named if name != sender)


def batch(name: str, room: Room | None, members: list[str], seed: float) -> Batch:
    head = 0 if room is None else room.head_seq

    def decide(found: Prefetched) -> Decision:
        dice = random.Random(seed)  # noqa: S311
        if room is None:
            pair = direct_pair(name)
            made = Room(name, "direct" if pair else "room", "public", name, "", 1)
            entered = [
                MemberAdded(Member(name, user, user, "owner", 1)) for user in set(pair or PEOPLE)
            ]
            return Decision((RoomCreated(made), *sorted(entered, key=str)))
        writing = Writing(room, members, found, dice)
        if not members or (dice.random() < 0.2 and not direct_pair(name)):
            writing.move()
        else:
            acts: list[Callable[[], None]] = [writing.post] * 4
            acts += [writing.change, writing.change, writing.read, writing.set_level]
            for act in dice.choices(acts, k=dice.randint(1, 6)):
                act()
        if dice.random() < 0.1:
            writing.entries.append(NotificationLevelSet("nobody", "all"))  # which fails
        return Decision(tuple(writing.entries), tuple(writing.outcomes))

    ids = tuple((user, client_id) for user in members for client_id in CLIENT_IDS)
    return Batch(name, decide, ids, tuple(range(max(head - 6, 1), head + 1)))


async def compare(
    memory: MemoryStore, connection: sqlite3.Connection, name: str, dice: random.Random
) -> None:
    room = await memory.room(name)
    assert rooms.room(connection, name) == room
    if room is None:
        return
    assert rooms.people(connection, name, PEOPLE) == await memory.people(name, PEOPLE)
    place, limit = dice.randint(0, room.head_seq + 1), dice.choice([1, 2, 5, 200])
    bounds: dict[str, Any] = {dice.choice(["before", "after", "around"]): place}
    assert log.page(connection, name, limit, **bounds) == await memory.page(name, limit, **bounds)
    since = dice.randint(0, room.head_rev)
    whole = await memory.changes(name, since, 1 << 30)
    told: dict[int, Message] = {}
    while since < room.head_rev or not told:
        changes = log.changes(connection, name, since, limit)
        assert changes.pruned == whole.pruned
        told |= {message.seq: message for message in changes.messages}
        if changes.pruned or changes.next_rev == room.head_rev:
            break
        assert changes.next_rev > since
        since = changes.next_rev
    assert sorted(told.values(), key=lambda message: message.rev) == list(whole.messages)
    by_age = dice.choice([None, room.last_timestamp])
    for keep in (None, 0, 3):
        ways = (name, keep, by_age, limit)
        assert log.prune_point(connection, *ways) == await memory.prune_point(*ways)


def count(connection: sqlite3.Connection, name: str, dice: random.Random) -> list[CountedAhead]:
    room = rooms.room(connection, name)
    head = 0 if room is None else room.head_seq
    return [
        counted
        for user in PEOPLE
        for counted in count_ahead(
            connection, name, user, [max(head - dice.randint(-1, 6), 0) for _ in range(3)]
        )
    ]


async def test_both_stores_come_to_the_same(tmp_path: Path, dice: random.Random) -> None:
    memory = MemoryStore()
    connection, mark, incarnation = open_database(tmp_path)
    failed = 0
    ahead: dict[str, list[CountedAhead]] = {}
    with closing(connection), closing(mark):
        for _ in range(GROUPS):
            batches = []
            for name in dice.sample(ROOMS, dice.randint(1, len(ROOMS))):
                room = await memory.room(name)
                members = [member.user for member in await memory.members(name, "", 9)]
                batches.append(batch(name, room, members, dice.random()))
            if room is not None and dice.random() < 0.2 and room.head_seq >= room.first_seq:
                # Alone: what a group looks up, it has looked up before it prunes.
                batches = [just(name, MessagesPruned(dice.randint(room.first_seq, room.head_seq)))]
            for each in batches:
                if dice.random() < 0.7:  # else what was counted some groups ago
                    ahead[each.room] = count(connection, each.room, dice)
            jobs = [
                Job(
                    partial(decide_and_write, each, incarnation.number, ahead.get(each.room, [])),
                    each.client_ids,
                )
                for each in batches
            ]
            for each, outcome in zip(batches, write_group(connection, mark, jobs), strict=True):
                try:
                    assert await memory.commit(each) == outcome
                except LookupError:
                    assert isinstance(outcome, Failed)
                    failed += 1
            for user in PEOPLE:
                assert inbox.inbox(connection, user) == sorted(
                    await memory.inbox(user), key=lambda room: room.room
                )
            for name in ROOMS:
                await compare(memory, connection, name, dice)
    assert failed
    assert faults(tmp_path) == []
