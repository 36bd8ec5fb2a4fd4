"""Read cursors that move far: counted before the transaction, and exact despite other commits."""

from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from chatroom.store.events import ReadCursorMoved, RoomEvent
from chatroom.store.room_log import Batch, Decision
from chatroom.store.sqlite import SqliteStore
from chatroom.store.sqlite.apply import decide_and_write
from chatroom.store.sqlite.cursors import count_ahead
from chatroom.store.sqlite.transaction import Job
from chatroom.store.store import Store

from .room_log import StoredRoom, batch_of


def reading(user: str, seq: int, *others: RoomEvent) -> Batch:
    """Return a batch that moves a user's cursor after other events, counted ahead."""
    decision = Decision((*others, ReadCursorMoved(user, seq)))
    return Batch("lobby", lambda _: decision, reads={user: {seq}})


async def long_talk(store: Store, count: int = 60) -> StoredRoom:
    """Return a log in which every third message is bob's, every fifth mentions him, and every
    seventh is deleted."""
    talk = StoredRoom(store)
    await talk.make("alice", "bob")
    await talk.commit(
        *[
            talk.posting(
                "bob" if number % 3 == 0 else "alice", mentions=("bob",) * (number % 5 == 0)
            )
            for number in range(1, count + 1)
        ]
    )
    await talk.commit(*[talk.changing(seq, None) for seq in range(7, count + 1, 7)])
    return talk


def told(decision: Decision) -> tuple[int, int, int]:
    """Return the read cursor, unread messages and mentions of bob in the decision."""
    read = decision.entries[-1]
    assert isinstance(read, ReadCursorMoved)
    return read.read_seq, read.unread, read.mentions


async def check(talk: StoredRoom, decision: Decision, read_seq: int) -> None:
    talk.apply(ReadCursorMoved("bob", read_seq))
    expected = talk.unread("bob")
    assert told(decision) == (read_seq, *expected)
    [entry] = await talk.store.inbox("bob")
    assert (entry.read_seq, entry.unread, entry.mentions) == (read_seq, *expected)
    everything = (await talk.commit(ReadCursorMoved("bob", talk.head_seq))).entries[0]
    assert isinstance(everything, ReadCursorMoved)
    assert everything.unread == 0


@pytest.mark.parametrize("seq", [1, 30, 59, 60])
async def test_cursor_counts_without_concurrent_commits(store: Store, seq: int) -> None:
    talk = await long_talk(store)
    await check(talk, await store.commit(reading("bob", seq)), seq)


@pytest.mark.parametrize("seq", [1, 30, 60, 61, 62, 63])
async def test_cursor_counts_with_other_events_in_the_batch(store: Store, seq: int) -> None:
    talk = await long_talk(store)
    entries: list[RoomEvent] = [
        talk.posting("bob"),
        talk.posting("alice", mentions=("bob",)),
        talk.changing(40, "edited", ("bob",)),
        talk.changing(50, None),
        talk.changing(5, None),
        talk.posting("alice", mentions=("room",)),
        talk.changing(63, None),
    ]
    await check(talk, await store.commit(reading("bob", seq, *entries)), seq)


Change = Callable[[StoredRoom], Awaitable[object]]
CHANGES: dict[str, Change] = {
    "a message": lambda talk: talk.post("alice", mentions=("bob",)),
    "one's own message": lambda talk: talk.post("bob"),
    "an edit": lambda talk: talk.edit(50, "edited", ("bob",)),
    "a deletion": lambda talk: talk.delete(50),
    "the cursor a little": lambda talk: talk.read("bob", 4),
    "the cursor as far": lambda talk: talk.read("bob", 30),
    "the cursor further": lambda talk: talk.read("bob", 45),
    "pruning": lambda talk: talk.prune(10),
    "pruning further": lambda talk: talk.prune(40),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("seq", [30, 60])
async def test_cursor_counts_with_commits_in_between(
    store: SqliteStore, change: Change, seq: int
) -> None:
    talk = await long_talk(store)
    ahead = await store._readers.read_long("bob", count_ahead, "lobby", "bob", {seq})
    await change(talk)
    incarnation = store._incarnation.number
    job = Job(partial(decide_and_write, reading("bob", seq), incarnation, ahead))
    await check(talk, await store._writer.write(job), max(seq, talk.members["bob"].read_seq))


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
