"""The SQLite store: groups, and the effects of faults.

Uses the real clock and real threads. Overlapping operations are held by events, never by time.
"""

import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest
import trio
import trio.testing

from chatroom.errors import StorageFailed, StorageFull, StorageLocked
from chatroom.model import Account
from chatroom.store.administration import Act
from chatroom.store.events import MessagePosted
from chatroom.store.room_log import Batch, Decision, Prefetched
from chatroom.store.sql import writer
from chatroom.store.sqlite import SqliteStore

from .room_log import StoredRoom, batch_of, look_up, nothing, opened, rooms, statements


@asynccontextmanager
async def held(store: SqliteStore) -> AsyncIterator[trio.Nursery]:
    """Block the writer, so that jobs started in the block wait until its end."""
    release = threading.Event()

    def wait(_: Prefetched) -> Decision:
        release.wait()
        return Decision(())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(store.commit, Batch("held", wait))
        await trio.testing.wait_all_tasks_blocked()
        assert store._writer.writing
        try:
            yield nursery
            await trio.testing.wait_all_tasks_blocked()
        finally:
            release.set()


# ---- groups


async def test_waiting_jobs_form_one_transaction(store: SqliteStore) -> None:
    talks = await rooms(store, 20)
    seen = statements(store)
    async with held(store) as nursery:
        for talk in talks:
            nursery.start_soon(talk.post, "alice")
        nursery.start_soon(store.add_accounts, [Account("alice", "Alice", None, 1)])
    assert seen.count("BEGIN IMMEDIATE") == 2
    assert seen.count("COMMIT") == 1
    for talk in talks:
        assert list((await store.page(talk.name, 9)).messages) == talk.messages()


async def test_posts_of_a_group_are_inserted_together_before_jobs_that_may_need_them(
    store: SqliteStore,
) -> None:
    talks = await rooms(store, 5)
    await store.add_accounts([Account("alice", "Alice", None, 1)])
    for talk in talks:
        await talk.post("alice")  # the first rev of an incarnation takes more statements
    prefixes = ("INSERT INTO messages", "UPDATE rooms SET version", "UPDATE users")
    seen = statements(store)
    async with held(store) as nursery:
        for talk in talks[:3]:
            nursery.start_soon(talk.post, "alice")
            await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(store.set_disabled, "alice", True, Act(1))
        await trio.testing.wait_all_tasks_blocked()
        for talk in talks[3:]:
            nursery.start_soon(talk.post, "alice")
    kinds = [prefix for each in seen for prefix in prefixes if each.strip().startswith(prefix)]
    posted, room, user = prefixes
    # SQLite traces a statement once more for each trigger that it fires.
    kinds = [kind for last, kind in pairwise(["", *kinds]) if (last, kind) != (user, user)]
    assert kinds == [room] * 3 + [posted] * 3 + [user] + [room] * 2 + [posted] * 2


async def test_group_without_writes_is_not_committed(store: SqliteStore) -> None:
    await rooms(store, 1)
    seen = statements(store)
    await store.commit(Batch("room-0", nothing, (("alice", "c-1"),), (1,)))
    await store.remove_token(b"none")
    assert "COMMIT" not in seen


async def test_group_looks_up_client_ids_in_one_query(store: SqliteStore) -> None:
    talks = await rooms(store, 20)
    await talks[7].post("alice", "once", "c-7")
    seen = statements(store)
    found: list[Prefetched] = []

    async def ask(room: str, number: int) -> None:
        ids = (("alice", f"c-{number}"), ("alice", "c-7"), ("bob", f"c-{number}"))
        found.append(await look_up(store, room, ids))

    async with held(store) as nursery:
        for number, talk in enumerate(talks):
            nursery.start_soon(ask, talk.name, number)
    assert sum("FROM json_each" in statement for statement in seen) == 1
    assert len(found) == 20
    assert all(set(what.originals) == {("alice", "c-7")} for what in found)


async def test_failing_batch_is_excluded_from_its_group(store: SqliteStore) -> None:
    talks = await rooms(store, 5)
    seen = statements(store)

    def fail(_: Prefetched) -> Decision:
        raise ZeroDivisionError

    async def refused() -> None:
        with pytest.raises(ZeroDivisionError):
            await store.commit(Batch("room-0", fail))

    async with held(store) as nursery:
        for talk in talks:
            nursery.start_soon(talk.post, "alice", "hello", talk.name)
        nursery.start_soon(refused)
    assert seen.count("COMMIT") == 5
    for talk in talks:
        assert list((await store.page(talk.name, 9)).messages) == talk.messages()
    assert store.trouble() is None


async def test_row_that_fails_among_those_of_a_group_costs_its_own_room_alone(
    store: SqliteStore,
) -> None:
    first, failing, *others = await rooms(store, 5)
    other = StoredRoom(store, failing.name)  # whose model is wrong after the failure
    await first.post("alice", "hello", "c-1")
    seen = statements(store)

    async def refused() -> None:
        with pytest.raises(sqlite3.IntegrityError):
            await other.commit(other.posting("alice", "hello", "c-1"))

    async with held(store) as nursery:
        nursery.start_soon(first.post, "alice")
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(refused)
        await trio.testing.wait_all_tasks_blocked()
        for talk in others:
            nursery.start_soon(talk.post, "alice")
    assert seen.count("COMMIT") == 4
    await failing.post("alice")
    for talk in (first, failing, *others):
        assert list((await store.page(talk.name, 9)).messages) == talk.messages()


async def test_cancelled_caller_returns_at_once_and_its_batch_is_written(
    store: SqliteStore,
) -> None:
    (talk,) = await rooms(store, 1)
    async with held(store):
        with trio.move_on_after(0) as scope:
            await talk.post("alice")
        assert scope.cancelled_caught
        assert (await store.page("room-0", 9)).messages == ()
    await store.commit(Batch("room-0", nothing))
    assert list((await store.page("room-0", 9)).messages) == talk.messages()


async def test_shutdown_writes_waiting_jobs_and_refuses_new_ones(tmp_path: Path) -> None:
    store, running = SqliteStore.open(tmp_path), trio.CancelScope()

    async def run(*, task_status: trio.TaskStatus[None]) -> None:
        with running:
            await store.run(task_status=task_status)

    async with trio.open_nursery() as nursery:
        await nursery.start(run)
        (talk,) = await rooms(store, 1)
        async with held(store) as waiting:
            waiting.start_soon(talk.post, "alice")
            await trio.testing.wait_all_tasks_blocked()
            running.cancel()
    with pytest.raises(trio.ClosedResourceError):
        await store.commit(Batch("room-0", nothing))
    with pytest.raises(trio.ClosedResourceError):
        await store.room("room-0")
    assert store.trouble() == "the store has ended"
    store.close()
    async with opened(tmp_path) as again:
        assert list((await again.page("room-0", 9)).messages) == talk.messages()


# ---- faults


async def test_hanging_commit_is_reported(store: SqliteStore) -> None:
    async with held(store):
        assert store.trouble() is None
        assert store._writer._began is not None
        store._writer._began -= 3
        assert store.trouble() is None
        store._writer._began -= 2
        assert store.trouble() == "a commit is taking more than 4 s"
    await store.commit(Batch("room-0", nothing))
    assert store.trouble() is None


async def test_slow_commit_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(writer, "SLOW_S", -1.0)
    async with opened(tmp_path) as store:
        await StoredRoom(store).make("alice")
    assert {record.getMessage() for record in caplog.records} == {"a commit was slow"}
    assert {vars(record)["jobs"] for record in caplog.records} == {1}


async def test_full_disk_fails_the_group_and_recovers(store: SqliteStore) -> None:
    talks = await rooms(store, 3)
    (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
    store._connection.execute(f"PRAGMA max_page_count = {pages}")
    refused = []

    async def send(talk: StoredRoom) -> None:
        big = talk.posting("alice", "x" * 16_000)
        try:
            await store.commit(batch_of(talk.name, big))
        except StorageFull as error:
            refused.append(error)

    async with held(store) as nursery:
        for talk in talks:
            nursery.start_soon(send, talk)
    assert len(refused) == 3
    assert len(set(map(id, refused))) == 3
    assert store.trouble() == "the disk is full"
    for talk in talks:
        assert (await store.page(talk.name, 9)).head_seq == 0
    nothing = Decision((), ())
    await store.commit(Batch(talks[0].name, lambda _: nothing))  # does not show that there is space
    assert store.trouble() == "the disk is full"
    store._connection.execute("PRAGMA max_page_count = 1000000")
    for talk in talks:
        await store.commit(batch_of(talk.name, MessagePosted(talk.log[1])))
        assert (await store.page(talk.name, 9)).messages == (talk.log[1],)
    assert store.trouble() is None


async def test_lock_of_another_process_is_reported_and_not_fatal(
    store: SqliteStore, tmp_path: Path
) -> None:
    (talk,) = await rooms(store, 1)
    store._connection.execute("PRAGMA busy_timeout = 0")
    other = sqlite3.connect(tmp_path / "chatroom.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageLocked, match="locked"):
        await store.commit(Batch("room-0", nothing))
    assert store.trouble() == "another process has locked the database"
    other.execute("ROLLBACK")
    other.close()
    await talk.post("alice")
    assert store.trouble() is None


async def test_io_error_ends_the_store_and_fails_all_waiters(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path)

    def broken(_: Prefetched) -> Decision:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE
        raise error

    failed = []

    async def send(batch: Batch) -> None:
        with pytest.raises(StorageFailed):
            await store.commit(batch)
        failed.append(batch)

    async with trio.open_nursery() as waiting:
        with pytest.RaisesGroup(pytest.RaisesGroup(StorageFailed)):
            async with trio.open_nursery() as nursery:
                for number in range(3):
                    waiting.start_soon(send, Batch(f"room-{number}", nothing))
                waiting.start_soon(send, Batch("room-3", broken))
                await trio.testing.wait_all_tasks_blocked()
                nursery.start_soon(store.run)
    assert len(failed) == 4
    with pytest.raises(trio.ClosedResourceError):
        await store.commit(Batch("room-0", nothing))
    store.close()
