"""The runner of a consumer: what it hands, when it retries, and what survives a stop or a kill."""

import itertools

import pytest
import trio
from trio.testing import MockClock

from chatroom.errors import StorageFailed, StorageFull
from chatroom.store.events import RoomDeleted

from ..store.room_log import StoredRoom, batch_of, rooms
from .harness import NAME, Broken, ConsumedStore, Consuming

SETTLED_S = 30
"""Enough for all that does not wait for a room's longest pause."""


@pytest.fixture
async def store() -> ConsumedStore:
    return ConsumedStore()


@pytest.fixture
def consuming(store: ConsumedStore) -> Consuming:
    return Consuming(store)


async def test_the_start_finds_missed_commits(
    autojump_clock: MockClock, store: ConsumedStore, consuming: Consuming
) -> None:
    talks = await rooms(store, 5)
    for number, talk in enumerate(talks):
        await talk.talk("alice", 7 * number)
    async with consuming.running(page_messages=10):
        await trio.sleep(SETTLED_S)
    assert consuming.faults(*talks) == []
    assert [consuming.revs(talk.name) for talk in talks] == [
        [*range(1, 7 * number + 1)] for number in range(5)
    ]
    assert max(len(page.entries) for page in consuming.pages) == 10


async def test_commits_are_followed_without_a_scan(
    autojump_clock: MockClock, store: ConsumedStore, consuming: Consuming
) -> None:
    one, two = await rooms(store, 2)
    async with consuming.running():
        await trio.sleep(SETTLED_S)
        scans = store.scans
        await one.post("alice")
        await two.talk("alice", 3)
        await one.edit(1, "edited")
        new = StoredRoom(store, "new")
        await new.make("alice")
        await new.post("alice")
        await trio.sleep(SETTLED_S)
        assert store.scans == scans
    assert consuming.faults(one, two, new) == []


async def test_a_consumer_from_now_skips_existing_messages(
    autojump_clock: MockClock, store: ConsumedStore, consuming: Consuming
) -> None:
    (talk,) = await rooms(store, 1)
    await talk.talk("alice", 3)
    async with consuming.running(from_now=True):
        await trio.sleep(SETTLED_S)
        await talk.post("alice")
    async with consuming.running(from_now=True):
        await trio.sleep(SETTLED_S)
    assert consuming.revs(talk.name) == [4]


async def test_a_stopped_consumer_continues_where_it_was(
    autojump_clock: MockClock, store: ConsumedStore, consuming: Consuming
) -> None:
    (talk,) = await rooms(store, 1)
    for _ in range(3):
        async with consuming.running():
            await trio.sleep(SETTLED_S)
            await talk.talk("alice", 2)
            with trio.fail_after(SETTLED_S):
                while len(consuming.revs(talk.name)) < talk.head_rev:  # noqa: ASYNC110
                    await trio.sleep(0.001)
        await talk.talk("alice", 2)
    async with consuming.running():
        await trio.sleep(SETTLED_S)
    assert consuming.revs(talk.name) == [*range(1, 13)], "each once"


async def test_after_a_kill_pages_are_handed_again(
    autojump_clock: MockClock, store: ConsumedStore, consuming: Consuming
) -> None:
    (talk,) = await rooms(store, 1)
    await talk.talk("alice", 50)
    consuming.handle_s = 0.05
    async with consuming.running(page_messages=10, kill=True):
        with trio.fail_after(SETTLED_S):
            while len(consuming.pages) < 4:  # noqa: ASYNC110
                await trio.sleep(0.01)
    async with consuming.running(page_messages=10):
        await trio.sleep(SETTLED_S)
    assert consuming.faults(talk) == []
    assert consuming.index.repeated == 30, "the first cursor was written at once, later ones not"


async def test_cursors_are_written_together(
    autojump_clock: MockClock, store: ConsumedStore, consuming: Consuming
) -> None:
    talks = await rooms(store, 20)
    for talk in talks:
        await talk.talk("alice", 3)
    async with consuming.running(page_messages=1):
        await trio.sleep(SETTLED_S)
    assert len(consuming.pages) == 60
    assert len(store.saves) <= 3
    assert (await store.moved_rooms(NAME, "", 100))[0] == []


async def test_a_failing_room_pauses_ever_longer_and_stops_no_other(
    autojump_clock: MockClock, store: ConsumedStore, consuming: Consuming
) -> None:
    bad, good = await rooms(store, 2)
    await bad.talk("alice", 2)
    consuming.failing = {bad.name}
    async with consuming.running(max_concurrent=1) as runner:
        for _ in range(40):
            await good.post("alice")
            await bad.post("alice")
            await trio.sleep(5)
            assert len(consuming.revs(good.name)) == good.head_rev
        times = [*consuming.attempts[bad.name]]
        pauses = [round(b - a) for a, b in itertools.pairwise(times)]
        assert pauses[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
        assert (runner.failures, len(runner.queue), runner.queue.resting) == (len(times), 1, 1)
        consuming.failing = ()
        await trio.sleep(60)
        assert len(runner.queue) == 0
        assert consuming.faults(bad, good) == []
        consuming.failing = {bad.name}
        await bad.post("alice")
        await trio.sleep(1.5)
        assert len(consuming.attempts[bad.name]) == len(times) + 3, "the pauses begin anew"
        assert runner.handled == bad.head_rev - 1 + good.head_rev


@pytest.mark.parametrize(
    ("error", "level", "traced"), [(Broken(), "ERROR", True), (StorageFull(), "WARNING", False)]
)
async def test_only_a_bug_is_logged_as_an_error(
    autojump_clock: MockClock,
    store: ConsumedStore,
    consuming: Consuming,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    level: str,
    traced: bool,
) -> None:
    """The store itself reports that the disk is full."""
    (talk,) = await rooms(store, 1)
    await talk.post("alice")
    consuming.failing, consuming.error = {talk.name}, error
    async with consuming.running():
        await trio.sleep(SETTLED_S)
    logged = [each for each in caplog.records if each.name == "chatroom.consumers.runner"]
    assert [(each.levelname, bool(each.exc_info)) for each in logged] == [(level, traced)]


async def test_a_call_that_hangs_fails(
    autojump_clock: MockClock, store: ConsumedStore, consuming: Consuming
) -> None:
    (talk,) = await rooms(store, 1)
    await talk.post("alice")
    consuming.handle_s = 1000
    async with consuming.running(timeout_s=20) as runner:
        await trio.sleep(20.5)
        assert runner.failures == 1
        consuming.handle_s = 0
        await trio.sleep(SETTLED_S)
    assert consuming.faults(talk) == []


async def test_many_failing_rooms_do_not_stop_the_others(
    autojump_clock: MockClock,
    store: ConsumedStore,
    consuming: Consuming,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chatroom.consumers.runner.MAX_RESTING", 3)
    talks = await rooms(store, 12)
    *bad, good = talks
    for talk in talks:
        await talk.post("alice")
    consuming.failing = {talk.name for talk in bad}
    async with consuming.running(max_concurrent=2) as runner:
        await trio.sleep(SETTLED_S)
        assert consuming.faults(good) == []
        assert runner.queue.resting <= 3 + 2
        for _ in range(5):
            await good.post("alice")
            await trio.sleep(20)
            assert consuming.faults(good) == []
        consuming.failing = ()
        await trio.sleep(100)
    assert consuming.faults(*talks) == []


async def test_rooms_are_handled_at_the_same_time_up_to_a_maximum(
    autojump_clock: MockClock, store: ConsumedStore, consuming: Consuming
) -> None:
    talks = await rooms(store, 10)
    for talk in talks:
        await talk.talk("alice", 4)
    consuming.handle_s = 1
    async with consuming.running(max_concurrent=3, page_messages=2):
        await trio.sleep(SETTLED_S)
    assert consuming.max_under_way == 3
    assert consuming.faults(*talks) == []


async def test_long_logs_take_turns(
    autojump_clock: MockClock, store: ConsumedStore, consuming: Consuming
) -> None:
    long, short = await rooms(store, 2)
    await long.talk("alice", 20)
    await short.talk("alice", 1)
    async with consuming.running(max_concurrent=1, page_messages=1):
        await trio.sleep(SETTLED_S)
    assert [page.room for page in consuming.pages[:3]] == [long.name, short.name, long.name]


async def test_commits_while_a_page_is_handled_are_read_after_it(
    autojump_clock: MockClock, store: ConsumedStore, consuming: Consuming
) -> None:
    (talk,) = await rooms(store, 1)
    consuming.handle_s = 1
    async with consuming.running():
        for _ in range(6):
            await talk.post("alice")
            await trio.sleep(0.5)
        await talk.edit(1, "edited")
        await trio.sleep(SETTLED_S)
    assert consuming.faults(talk) == []


async def test_more_rooms_than_find_a_place_are_found_by_another_scan(
    autojump_clock: MockClock, store: ConsumedStore, consuming: Consuming
) -> None:
    talks = await rooms(store, 30)
    consuming.handle_s = 0.1
    async with consuming.running(max_ready=4, max_concurrent=2) as runner:
        await trio.sleep(SETTLED_S)
        before = store.scans
        for talk in talks:
            await talk.post("alice")
        assert len(runner.queue) <= 4 + 2
        await trio.sleep(SETTLED_S)
        assert store.scans > before
    assert consuming.faults(*talks) == []


@pytest.mark.parametrize("through", [3, 5])
async def test_a_gap_is_reported_and_skipped(
    autojump_clock: MockClock, store: ConsumedStore, consuming: Consuming, through: int
) -> None:
    (talk,) = await rooms(store, 1)
    await talk.talk("alice", 2)
    async with consuming.running():
        await trio.sleep(SETTLED_S)
    await talk.talk("alice", 3)
    await talk.edit(1, "edited")
    await talk.prune(through)
    async with consuming.running():
        await trio.sleep(SETTLED_S)
    assert [page.pruned for page in consuming.pages] == [False, True, *[False] * (through < 5)]
    assert consuming.faults(talk) == []
    assert (await store.moved_rooms(NAME, "", 100))[0] == []


async def test_a_deleted_room_is_left(
    autojump_clock: MockClock, store: ConsumedStore, consuming: Consuming
) -> None:
    one, two = await rooms(store, 2)
    for talk in (one, two):
        await talk.post("alice")
    consuming.failing = {one.name}
    async with consuming.running() as runner:
        await trio.sleep(SETTLED_S)
        await store.commit(batch_of(one.name, RoomDeleted(1000)))
        await trio.sleep(100)
        assert len(runner.queue) == 0
    assert consuming.faults(two) == []


async def test_a_store_that_fails_for_a_while_loses_nothing(
    autojump_clock: MockClock, store: ConsumedStore, consuming: Consuming
) -> None:
    (talk,) = await rooms(store, 1)
    store.error = StorageFull
    await talk.post("alice")
    async with consuming.running():
        await trio.sleep(SETTLED_S)
        store.error = None
        await trio.sleep(SETTLED_S)
        assert consuming.faults(talk) == []
        for _ in range(3):
            await talk.post("alice")
            store.error = StorageFull
            await trio.sleep(SETTLED_S)
            store.error = None
            await trio.sleep(2 * SETTLED_S)
            assert consuming.faults(talk) == []
    assert (await store.moved_rooms(NAME, "", 100))[0] == []


@pytest.mark.parametrize("from_start", [True, False])
async def test_a_failed_disk_ends_the_server(
    autojump_clock: MockClock, store: ConsumedStore, consuming: Consuming, from_start: bool
) -> None:
    (talk,) = await rooms(store, 1)
    with pytest.RaisesGroup(StorageFailed, flatten_subgroups=True):
        async with consuming.running():
            if not from_start:
                await trio.sleep(SETTLED_S)
            store.error = StorageFailed
            await talk.post("alice")
            await trio.sleep(SETTLED_S)
