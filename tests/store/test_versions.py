"""The version of a room: dense, compared and swapped by each commit (I2)."""

import pytest
import trio

from chatroom.errors import Behind, Refused
from chatroom.store.conditions import day_of
from chatroom.store.events import (
    MemberBanned,
    MemberUnbanned,
    MessagesPruned,
    NotificationLevelSet,
    ReadCursorMoved,
    RoleChanged,
    RoomCreated,
    RoomDeleted,
    RoomEvent,
    UsageCounted,
)
from chatroom.store.room_log import Batch, Decision, Prefetched
from chatroom.store.sqlite import SqliteStore
from chatroom.store.store import Store

from .room_log import StoredRoom, batch_of


async def version_of(store: Store, room: str = "lobby") -> int:
    found = await store.room(room)
    return found.version if found else 0


async def made(store: Store) -> StoredRoom:
    room = StoredRoom(store)
    await room.make("alice", "bob")
    await room.post("alice")
    assert await version_of(store) == 2
    return room


@pytest.mark.parametrize(
    ("event", "step"),
    [
        (RoleChanged("bob", "owner"), 1),
        (MemberBanned("carol", "alice", 5), 1),
        (MemberUnbanned("carol"), 1),
        (MessagesPruned(1), 1),
        (ReadCursorMoved("bob", 1), 0),
        (NotificationLevelSet("bob", "none"), 0),
        (UsageCounted("bob", day_of(5), "rooms"), 0),
    ],
)
async def test_each_commit_counts_except_of_cursors_levels_and_usage(
    store: Store, event: RoomEvent, step: int
) -> None:
    await made(store)
    await store.commit(Batch("lobby", lambda _: Decision((event,)), version=2))
    assert await version_of(store) == 2 + step


async def test_a_commit_of_several_messages_counts_once(store: Store) -> None:
    room = await made(store)
    await room.commit(room.posting("alice"), ReadCursorMoved("bob", 1), RoleChanged("bob", "owner"))
    assert await version_of(store) == 3


@pytest.mark.parametrize("version", [1, 3])
@pytest.mark.parametrize(
    "decision",
    [
        Decision((RoleChanged("bob", "owner"),)),
        Decision((RoomDeleted(9),)),
        Decision((ReadCursorMoved("bob", 1),)),
        Decision((), (Refused("not_found", "room: there is no such room"),)),
    ],
)
async def test_a_batch_on_another_version_writes_nothing(
    store: Store, decision: Decision, version: int
) -> None:
    """Not even a refusal is answered, since it was decided on another state."""
    await made(store)
    before = await store.room("lobby"), await store.inbox("bob")
    with pytest.raises(Behind):
        await store.commit(Batch("lobby", lambda _: decision, version=version))
    assert (await store.room("lobby"), await store.inbox("bob")) == before


async def test_a_room_is_created_once(store: Store) -> None:
    room = StoredRoom(store)
    created = Decision((RoomCreated(room.room),))
    outcomes: list[str] = []

    async def create() -> None:
        try:
            await store.commit(Batch("lobby", lambda _: created, version=0))
            outcomes.append("created")
        except Behind:
            outcomes.append("behind")

    async with trio.open_nursery() as nursery:
        for _ in range(2):
            nursery.start_soon(create)
    assert sorted(outcomes) == ["behind", "created"]
    assert await version_of(store) == 1


async def test_a_batch_that_is_behind_costs_its_group_nothing(store: SqliteStore) -> None:
    """All batches of a group are decided once, though one of them is behind."""
    room = await made(store)
    other = StoredRoom(store, "den")
    await other.make("carol")
    decided: list[str] = []

    async def commit(name: str, version: int, event: RoomEvent) -> None:
        def decide(_: Prefetched) -> Decision:
            decided.append(name)
            return Decision((event,))

        try:
            await store.commit(Batch(name, decide, version=version))
        except Behind:
            decided.append("behind")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(commit, "lobby", 1, room.posting("alice"))
        nursery.start_soon(commit, "den", 1, other.posting("carol"))
    assert sorted(decided) == ["behind", "den", "lobby"]
    assert await version_of(store, "den") == 2


async def test_a_deleted_room_has_no_version(store: Store) -> None:
    await made(store)
    await store.commit(batch_of("lobby", RoomDeleted(9)))
    with pytest.raises(Behind):
        await store.commit(Batch("lobby", lambda _: Decision(()), version=2))
    await store.commit(Batch("lobby", lambda _: Decision(()), version=0))
