"""Read cursors that move far: counted before the transaction, and exact despite other commits."""

import attrs
import pytest

from chatroom.store.events import ReadCursorMoved, RoomEvent
from chatroom.store.room_log import Batch, Decision
from chatroom.store.sqlite import SqliteStore
from chatroom.store.store import Store

from .room_log import StoredRoom, batch_of


def told(decision: Decision) -> tuple[int, int, int]:
    """Return the read cursor, unread messages and mentions of bob in the decision."""
    read = decision.entries[-1]
    assert isinstance(read, ReadCursorMoved)
    return read.read_seq, read.unread, read.mentions


@pytest.mark.parametrize("seq", [1, 30, 60, 61, 62, 63])
async def test_cursor_counts_with_other_events_in_the_batch(store: Store, seq: int) -> None:
    """Every third message is bob's, every fifth mentions him, and every seventh is deleted."""
    talk = StoredRoom(store)
    await talk.make("alice", "bob")
    for number in range(1, 61):
        sender = "bob" if number % 3 == 0 else "alice"
        await talk.post(sender, mentions=("bob",) * (number % 5 == 0))
    await talk.commit(*[talk.changing(number, None) for number in range(7, 61, 7)])
    entries: list[RoomEvent] = [
        talk.posting("bob"),
        talk.posting("alice", mentions=("bob",)),
        talk.changing(40, "edited", ("bob",)),
        talk.changing(50, None),
        talk.changing(5, None),
        talk.changing(57, None),
        talk.posting("alice", mentions=("room",)),
        talk.changing(63, None),
        ReadCursorMoved("bob", seq),
    ]
    batch = batch_of("lobby", *entries)
    decision = await store.commit(attrs.evolve(batch, reads={"bob": {seq}}))
    talk.apply(entries[-1])
    expected = talk.unread("bob")
    assert told(decision) == (seq, *expected)
    [entry] = await store.inbox("bob")
    assert (entry.read_seq, entry.unread, entry.mentions) == (seq, *expected)


async def test_writer_does_not_scan_the_log(store: SqliteStore) -> None:
    async def cost(count: int, *, ahead: bool) -> int:
        talk = StoredRoom(store, f"room{count}{ahead}")
        await talk.make("alice", "bob")
        await talk.talk("alice", count)
        await talk.commit(*[talk.posting("alice", mentions=("bob",)) for _ in range(count)])
        steps, batch = 0, batch_of(talk.name, ReadCursorMoved("bob", count))
        if ahead:
            batch = Batch(talk.name, batch.decide, reads={"bob": {count}})

        def tick() -> int:
            nonlocal steps
            steps += 1
            return 0

        store._connection.set_progress_handler(tick, 1)
        decision = await store.commit(batch)
        store._connection.set_progress_handler(None, 1)
        assert told(decision) == (count, count, count)
        return steps

    assert await cost(1000, ahead=True) <= await cost(10, ahead=True) + 10
    assert await cost(1000, ahead=False) > 5000
