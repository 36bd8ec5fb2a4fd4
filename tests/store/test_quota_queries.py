"""Query plans for blocks, quotas and deleted rooms: they use indexes."""

from chatroom.store.conditions import Wanted
from chatroom.store.events import RoomDeleted, UsageCounted
from chatroom.store.quotas import DayUsage
from chatroom.store.room_log import Batch
from chatroom.store.sqlite import SqliteStore, blocks, usage
from chatroom.store.sqlite.rooms import room_sizes

from ..builders import accounts
from .room_log import (
    StoredRoom,
    batch_of,
    nothing,
    statements,
)
from .test_queries import check_plans


async def test_quota_queries_scan_no_table(store: SqliteStore) -> None:
    await store.add_accounts(accounts("alice", "bob"))
    talk = StoredRoom(store)
    await talk.make("alice", "bob")
    await talk.talk("alice", 9)
    connection, seen = store._connection, statements(store)
    pairs = (("alice", "bob"),)
    wanted = Wanted(pairs, pairs, ("alice", "bob"), 7, retired=True)
    await store.commit(Batch("lobby", nothing, wanted=wanted))
    await talk.commit(UsageCounted("alice", 7, "rooms"))
    await store.set_blocked("alice", "bob", 1, maximum=9)
    await store.unset_blocked("alice", "bob")
    await store.add_usage(7, [DayUsage("bob", {"messages": 1})])
    await store.forget_usage(7)
    blocks.blocked(connection, "alice", "", 9)
    usage.usage(connection, 7, "", 9)
    room_sizes(connection, "", 9)
    await store.commit(batch_of("lobby", RoomDeleted(2000)))
    while await store.erase_retired(4):
        pass
    connection.set_trace_callback(None)
    assert len(seen) > 40
    check_plans(connection, seen)
