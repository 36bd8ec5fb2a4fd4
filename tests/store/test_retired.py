"""Deleted rooms: invisible at once, erased in slices, and never created again."""

import itertools
from collections.abc import Sequence
from pathlib import Path

import pytest

from chatroom.store.access import RoomAccess
from chatroom.store.conditions import Wanted
from chatroom.store.events import MemberBanned, RoomDeleted
from chatroom.store.housekeeping import Kept
from chatroom.store.rooms import MemberPage
from chatroom.store.sql.deleted_rooms import ERASED, KEPT
from chatroom.store.sqlite import SqliteStore
from chatroom.store.sqlite.integrity import faults
from chatroom.store.store import Store

from .room_log import StoredRoom, batch_of, connected, look_up, opened


async def lived_in(store: Store) -> StoredRoom:
    talk = StoredRoom(store)
    await talk.make("alice", "bob")
    for number in range(20):
        await talk.post("alice", f"text {number}", f"c-{number}", ("bob", "room"))
    await talk.edit(3, "edited", ("bob",))
    await talk.delete(4)
    for user in ("alice", "bob"):
        await talk.react(user, 5)
    await talk.pin(6, "alice")
    await talk.read("bob", 7)
    await talk.commit(MemberBanned("carol", "alice", 1))
    return talk


async def test_deleted_room_disappears_at_once(store: Store) -> None:
    await lived_in(store)
    other = StoredRoom(store, "other")
    await other.make("alice")
    await store.commit(batch_of("lobby", RoomDeleted(2000)))
    assert await store.room("lobby") is None
    assert [room.room for room in await store.inbox("alice")] == ["other"]
    assert await store.inbox("bob") == []
    assert (await store.people("lobby", ["alice", "bob"])).members == {}
    assert await store.members("lobby", "", 9) == MemberPage((), 0)
    assert [room.name for room in (await store.rooms("alice", None, "", 9)).rooms] == ["other"]
    assert [size.name for size in await store.room_sizes("", 9)] == ["other"]
    assert await store.prunable(Kept(1, None, 0), "", 9) == ([], None)


async def test_name_of_deleted_room_stays_retired(store: Store) -> None:
    async def retired(room: str) -> bool:
        return (await look_up(store, room, wanted=Wanted(retired=True))).context.retired

    await lived_in(store)
    assert not await retired("lobby")
    assert not (await store.room_access("lobby", "alice", None)).retired
    await store.commit(batch_of("lobby", RoomDeleted(2000)))
    assert await retired("lobby")
    while await store.erase_retired(7):
        pass
    assert await retired("lobby")
    assert not await retired("other")
    assert await store.room_access("lobby", "alice", None) == RoomAccess(None, False, retired=True)


async def test_client_id_is_known_until_its_message_is_erased(store: Store) -> None:
    """After the message is erased, the clientId may be used again (I3)."""
    talk = await lived_in(store)
    key = ("alice", "c-1")
    await talk.commit(RoomDeleted(2000))
    assert key in (await look_up(store, "other", (key,))).originals
    while await store.erase_retired(1000):
        pass
    assert key not in (await look_up(store, "other", (key,))).originals
    other = StoredRoom(store, "other")
    await other.make("alice")
    await other.post("alice", "again", "c-1")


async def test_deletion_of_unknown_room_fails(store: Store) -> None:
    with pytest.raises(LookupError):
        await store.commit(batch_of("lobby", RoomDeleted(2000)))


async def test_erasing_is_sliced_and_continues_after_a_restart(tmp_path: Path) -> None:
    """The store is reopened after each slice, and the integrity check never finds a fault."""
    async with opened(tmp_path) as store:
        await lived_in(store)
        other = StoredRoom(store, "other")
        await other.make("alice")
        await other.talk("alice", 5)
        await store.commit(batch_of("lobby", RoomDeleted(2000)))
    left = [rows(tmp_path)]
    more = True
    while more:
        async with opened(tmp_path) as store:
            more = await store.erase_retired(6)
        left.append(rows(tmp_path))
        assert faults(tmp_path) == []
    assert all(sum(before) - sum(after) <= 6 for before, after in itertools.pairwise(left))
    assert sum(left[0]) > 40
    assert sum(left[-1]) == 0
    async with opened(tmp_path) as store:
        assert (await store.page("other", 9)).head_seq == 5


def rows(directory: Path) -> Sequence[int]:
    """Return the number of rows of the lobby, by table."""
    with connected(directory) as connection:
        return [
            connection.execute(
                f"SELECT count(*) FROM {table} WHERE room = 'lobby'"  # noqa: S608
            ).fetchone()[0]
            for table, _ in ERASED
        ]


def test_every_table_with_rooms_is_erased(tmp_path: Path) -> None:
    SqliteStore.open(tmp_path).close()
    with connected(tmp_path) as connection:
        tables = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
            if any(row[1] == "room" for row in connection.execute(f"PRAGMA table_info({name})"))
        ]
    assert {table for table, _ in ERASED} | KEPT == set(tables)


async def test_existing_retired_room_is_a_fault(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await lived_in(store)
    with connected(tmp_path) as connection:
        connection.execute("INSERT INTO retired (name, at, erased) VALUES ('lobby', 1, 1)")
    assert faults(tmp_path) == ["room lobby: it exists although its name is retired"]
    with connected(tmp_path) as connection:
        connection.execute("DELETE FROM rooms WHERE name = 'lobby'")
    assert faults(tmp_path) == ["room lobby: it does not exist but has rows"]


async def test_room_sizes_are_estimated_from_a_sample(store: Store) -> None:
    talk = StoredRoom(store)
    await talk.make("alice", "bob")
    await StoredRoom(store, "empty").make("alice")
    entries = [talk.posting("alice", "\N{SNOWMAN}" * 10) for _ in range(300)]
    await talk.commit(*entries)
    empty, lobby = await store.room_sizes("", 9)
    assert (empty.name, empty.messages, empty.bytes, empty.active_at) == ("empty", 0, 0, 1000)
    assert (lobby.members, lobby.messages, lobby.bytes) == (2, 300, 9000)
    assert lobby.active_at == entries[-1].message.timestamp
    assert await store.room_sizes("empty", 9) == [lobby]
