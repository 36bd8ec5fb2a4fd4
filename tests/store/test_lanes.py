"""Lanes: short reads do not wait for long ones, nor a user's long reads for those of others."""

import sqlite3
import threading

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from chatroom.store.sql import readers
from chatroom.store.sql.connection import Connection
from chatroom.store.sql.read_queues import LongLane, PendingRead, ShortLane
from chatroom.store.sql.readers import LONG_READERS, SHORT_READERS
from chatroom.store.sqlite import SqliteStore

from ..client import DEADLINE_S


def read(asker: str = "") -> PendingRead:
    return PendingRead(lambda connection: None, asker)


def test_short_reads_are_taken_in_order() -> None:
    lane = ShortLane()
    reads = [read() for _ in range(5)]
    for each in reads:
        lane.add(each)
    taken = lane.take(3)
    assert taken == reads[:3]
    lane.settle(taken[:1], taken[1:])
    assert lane.take(9) == reads[1:]
    assert len(lane) == 0


def test_long_reads_are_taken_in_turns_one_per_asker() -> None:
    lane = LongLane()
    many, few = [read("alice") for _ in range(3)], [read("bob") for _ in range(2)]
    for each in (*many, *few):
        lane.add(each)
    assert len(lane) == 2, "one of each"
    first = lane.take(1)
    assert first == many[:1]
    assert lane.take(9) == few[:1]
    assert lane.take(9) == [], "both are at work"
    lane.add(carol := read("carol"))
    lane.settle(few[:1], [])
    lane.settle([], first)
    assert lane.take(9) == [carol, few[1], first[0]]
    lane.settle([carol, few[1], first[0]], [])
    for expected in many[1:]:
        assert lane.take(9) == [expected]
        lane.settle([expected], [])
    assert len(lane) == 0
    assert lane.clear() == []


def test_clear_returns_waiting_reads() -> None:
    lane = LongLane()
    reads = [read("alice"), read("alice"), read("bob")]
    for each in reads:
        lane.add(each)
    assert lane.clear() == reads
    assert len(lane) == 0


def test_batch_of_reads_has_a_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    reads = [PendingRead(lambda c: c.execute("SELECT 5").fetchone()[0]) for _ in range(3)]
    monkeypatch.setattr(readers, "MAX_BATCH_S", -1)
    assert readers._read_batch(connection, reads, "BEGIN") == 1
    assert [each.result for each in reads] == [5, None, None]
    monkeypatch.setattr(readers, "MAX_BATCH_S", 60)
    assert readers._read_batch(connection, reads, "BEGIN") == 3
    connection.close()


# ---- with threads; overlapping reads are held by events


class Slow:
    """A query that blocks until :meth:`end`. ``at_work``: the askers of running ones."""

    def __init__(self) -> None:
        self.at_work: list[str] = []
        self._held = threading.Event()
        self._progress = trio.lowlevel.ParkingLot()
        self._token = trio.lowlevel.current_trio_token()

    def __call__(self, _: Connection, asker: str) -> str:
        self.at_work.append(asker)
        self._token.run_sync_soon(self._progress.unpark_all)
        assert self._held.wait(DEADLINE_S)
        return asker

    async def begun(self, count: int) -> None:
        with trio.fail_after(DEADLINE_S):
            while len(self.at_work) < count:
                await self._progress.park()

    def end(self) -> None:
        self._held.set()


def short(connection: Connection) -> int:
    return int(connection.execute("SELECT 1").fetchone()[0])


async def test_short_read_does_not_wait_for_long_ones(store: SqliteStore) -> None:
    slow = Slow()
    async with trio.open_nursery() as nursery:
        for number in range(20):
            asker = f"user{number}"
            nursery.start_soon(store._readers.read_long, asker, slow, asker)
        await slow.begun(LONG_READERS)
        for _ in range(50):
            assert await store._readers.read(short) == 1
        assert len(slow.at_work) == LONG_READERS
        slow.end()
    assert len(slow.at_work) == 20


async def test_short_reads_put_back_do_not_wait_for_long_ones(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A task for long reads takes two short ones, and its time is over after the first."""
    monkeypatch.setattr(readers, "MAX_BATCH_S", -1)
    others, long, first = Slow(), Slow(), Slow()
    put_back = trio.Event()

    async def read_second() -> None:
        await store._readers.read(short)
        put_back.set()

    async with trio.open_nursery() as nursery:
        for number in range(LONG_READERS - 1):
            nursery.start_soon(store._readers.read_long, f"user{number}", long, "long")
        await long.begun(LONG_READERS - 1)
        async with trio.open_nursery() as at_first:
            for _ in range(SHORT_READERS):
                at_first.start_soon(store._readers.read, others, "short")
            await others.begun(SHORT_READERS)
            nursery.start_soon(store._readers.read, first, "first")
            await trio.lowlevel.checkpoint()
            nursery.start_soon(read_second)
            await first.begun(1)
            others.end()
        nursery.start_soon(store._readers.read_long, "carol", long, "long")
        await wait_all_tasks_blocked()
        assert not put_back.is_set()
        first.end()
        await long.begun(LONG_READERS)
        with trio.fail_after(DEADLINE_S):
            await put_back.wait()
        long.end()


async def test_long_read_does_not_wait_for_short_ones(store: SqliteStore) -> None:
    slow = Slow()
    async with trio.open_nursery() as nursery:
        for _ in range(SHORT_READERS):
            nursery.start_soon(store._readers.read, slow, "short")
        await slow.begun(SHORT_READERS)
        assert await store._readers.read_long("alice", short) == 1
        slow.end()


async def test_long_reads_of_a_user_delay_only_that_user(store: SqliteStore) -> None:
    slow = Slow()
    async with trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(store._readers.read_long, "alice", slow, "alice")
        await slow.begun(1)
        for _ in range(5):
            assert await store._readers.read_long("bob", short) == 1
        assert slow.at_work == ["alice"]
        slow.end()
    assert slow.at_work == ["alice"] * 20
