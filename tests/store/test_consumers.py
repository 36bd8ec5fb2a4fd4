"""Log consumers: their cursors, the rooms that moved, and the news of commits."""

from collections.abc import Collection
from functools import partial
from pathlib import Path

import pytest

from chatroom.store.events import MemberAdded, RoomDeleted
from chatroom.store.room_log import Batch
from chatroom.store.sql import consumers
from chatroom.store.sqlite import SqliteStore
from chatroom.store.sqlite.integrity import faults
from chatroom.store.store import Store

from .room_log import StoredRoom, batch_of, connected, member, nothing, opened, rooms, statements
from .test_queries import check_plans, steps

INDEX = "index"


async def moved(store: Store, consumer: str = INDEX) -> list[str]:
    found, after = await store.moved_rooms(consumer, "", 100)
    assert after is None
    return found


async def handled(store: Store, room: str, consumer: str = INDEX) -> list[int]:
    """Return the revs after the cursor."""
    page = await store.unhandled(consumer, room, 0, 100)
    return [message.rev for message in page.messages]


async def test_a_consumer_begins_at_the_beginning_or_now(store: Store) -> None:
    one, two, _ = await rooms(store, 3)
    await one.talk("alice", 3)
    await store.add_consumer(INDEX)
    await store.add_consumer("push", from_now=True)
    assert await moved(store) == ["room-0"]
    assert await moved(store, "push") == []
    await one.post("alice")
    await two.post("alice")
    assert await moved(store) == await moved(store, "push") == ["room-0", "room-1"]
    assert await handled(store, "room-0") == [1, 2, 3, 4]
    assert await handled(store, "room-0", "push") == [4]


@pytest.mark.parametrize("from_now", [False, True])
async def test_registering_again_keeps_cursors(store: Store, from_now: bool) -> None:
    (talk,) = await rooms(store, 1)
    await talk.talk("alice", 3)
    await store.add_consumer(INDEX)
    await store.move_consumer_cursors(INDEX, {"room-0": 2})
    await store.add_consumer(INDEX, from_now=from_now)
    assert await handled(store, "room-0") == [3]


async def test_cursors_move_together_and_never_back(store: Store) -> None:
    for talk in await rooms(store, 3):
        await talk.talk("alice", 3)
    await store.add_consumer(INDEX)
    await store.move_consumer_cursors(INDEX, {"room-0": 3, "room-1": 2})
    await store.move_consumer_cursors(INDEX, {"room-0": 1, "room-1": 3, "nowhere": 5})
    await store.move_consumer_cursors("unknown", {"room-2": 3})
    assert await moved(store) == ["room-2"]
    assert await moved(store, "unknown") == ["room-0", "room-1", "room-2"]


async def test_moved_rooms_are_paged_by_name(store: Store) -> None:
    await store.add_consumer(INDEX)
    for talk in (await rooms(store, 5))[::2]:
        await talk.post("alice")
    pages: list[list[str]] = []
    after: str | None = ""
    while after is not None:
        found, after = await store.moved_rooms(INDEX, after, 2)
        pages.append(found)
    assert pages == [["room-0"], ["room-2"], ["room-4"]]


async def test_a_page_begins_after_the_higher_of_cursor_and_since(store: Store) -> None:
    (talk,) = await rooms(store, 1)
    await talk.talk("alice", 3)
    await talk.edit(1, "edited")
    await store.add_consumer(INDEX)
    await store.move_consumer_cursors(INDEX, {"room-0": 2})
    pages = [await store.unhandled(INDEX, "room-0", since, 100) for since in (0, 2, 3, 4)]
    assert [[m.rev for m in page.messages] for page in pages] == [[3, 4], [3, 4], [4], []]
    assert {page.next_rev for page in pages} == {4}
    gone = await store.unhandled(INDEX, "nowhere", 0, 100)
    assert (gone.messages, gone.head_rev, gone.pruned) == ((), 0, False)


@pytest.mark.parametrize("through", [3, 5])
async def test_a_pruned_page_has_the_rev_to_continue_at(store: Store, through: int) -> None:
    (talk,) = await rooms(store, 1)
    await talk.talk("alice", 3)
    await talk.edit(2, "edited")
    await talk.edit(3, "edited")
    await talk.talk("alice", 2)
    await talk.edit(1, "edited")
    await talk.prune(through)
    page = await store.unhandled(INDEX, "room-0", 1, 100)
    assert (page.messages, page.pruned) == ((), True)
    rest = await store.unhandled(INDEX, "room-0", page.next_rev, 100)
    assert not rest.pruned
    assert list(rest.messages) == talk.after_rev(0)
    assert rest.next_rev == talk.head_rev
    if page.next_rev > 1:
        before = await store.unhandled(INDEX, "room-0", page.next_rev - 1, 100)
        assert before.pruned or list(before.messages) == list(rest.messages)


async def test_a_deleted_room_takes_its_cursors_along(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        one, two = await rooms(store, 2)
        for talk in (one, two):
            await talk.post("alice")
        await store.add_consumer(INDEX)
        await store.move_consumer_cursors(INDEX, {"room-0": 1, "room-1": 1})
        await store.commit(batch_of("room-0", RoomDeleted(1000)))
        await store.move_consumer_cursors(INDEX, {"room-0": 2})
        while await store.erase_retired(100):
            pass
        assert await moved(store) == []
    with connected(tmp_path) as connection:
        assert connection.execute("SELECT * FROM consumer_cursors").fetchall() == [
            ("room-1", INDEX, 1)
        ]


async def test_a_removed_consumer_leaves_nothing(store: Store) -> None:
    (talk,) = await rooms(store, 1)
    await talk.post("alice")
    for name in (INDEX, "push"):
        await store.add_consumer(name, from_now=True)
    await store.remove_consumer(INDEX)
    await store.move_consumer_cursors(INDEX, {"room-0": 1})
    assert (await moved(store), await moved(store, "push")) == (["room-0"], [])
    await store.add_consumer(INDEX)
    assert await handled(store, "room-0") == [1]


async def test_listeners_get_the_moved_rooms_once_per_group(store: SqliteStore) -> None:
    one, two = await rooms(store, 2)
    told: list[Collection[str]] = []
    heads: list[int] = []

    def tell(moved: Collection[str]) -> None:
        told.append(moved)
        row = store._connection.execute("SELECT head_rev FROM rooms WHERE name = 'room-0'")
        heads.append(row.fetchone()[0])

    await one.post("alice")
    with store.telling_moved(tell):
        await one.talk("alice", 2)
        await one.edit(1, "edited")
        await two.post("alice")
        await two.commit(MemberAdded(member("room-1", "bob")))
        await store.commit(Batch("room-1", nothing))
        with pytest.raises(LookupError):
            await store.commit(batch_of("nowhere", RoomDeleted(1)))
    await one.post("alice")
    assert told == [["room-0"], ["room-0"], ["room-1"]]
    assert heads == [3, 4, 4], "after the commit"


async def test_a_cursor_past_the_revision_is_a_fault(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        (talk,) = await rooms(store, 1)
        await talk.post("alice")
        await store.add_consumer(INDEX, from_now=True)
    assert faults(tmp_path) == []
    with connected(tmp_path) as connection:
        connection.execute("UPDATE consumer_cursors SET rev = 2")
    assert faults(tmp_path) == ["room room-0: a consumer's cursor is past its revision"]


async def test_consumers_scan_no_table(store: SqliteStore) -> None:
    connection = store._connection
    (talk,) = await rooms(store, 1)
    await talk.talk("alice", 3)
    seen = statements(store)
    await store.move_consumer_cursors(INDEX, {"room-0": 1})
    consumers.moved_rooms(connection, INDEX, "", 50)
    consumers.unhandled(connection, INDEX, "room-0", 0, 50)
    await talk.prune(2)
    consumers.unhandled(connection, INDEX, "room-0", 0, 50)
    check_plans(connection, seen, more_than=4)


async def test_cost_of_a_scanned_page_does_not_depend_on_the_rooms(store: SqliteStore) -> None:
    query = partial(consumers.moved_rooms, consumer=INDEX, after="", limit=5)
    await store.add_consumer(INDEX)
    await rooms(store, 10)
    few = steps(store, query)
    for number in range(10, 200):
        await StoredRoom(store, f"room-{number}").make("alice")
    assert steps(store, query) <= few
