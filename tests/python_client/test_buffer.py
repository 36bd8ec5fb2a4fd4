"""The event queue by itself: order, bound, coalescing, and the end."""

from collections.abc import Awaitable, Callable

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from chatroom.client import ConnectionChanged, NewMessage, Presence, SessionEnded
from chatroom.client.event_queue import EventQueue
from chatroom.model import Message

OFFLINE, ONLINE = ConnectionChanged(connected=False), ConnectionChanged(connected=True)


def new(seq: int) -> NewMessage:
    return NewMessage(Message("general", seq, seq, "alice", "hello", 0))


def filled(size: int) -> EventQueue:
    queue = EventQueue(size)
    assert all(queue.put(new(seq)) for seq in range(1, size + 1))
    return queue


async def blocks(wait: Callable[[], Awaitable[object]]) -> bool:
    """Return whether the call blocks. It is cancelled afterwards."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait)
        await wait_all_tasks_blocked()
        blocked = bool(nursery.child_tasks)
        nursery.cancel_scope.cancel()
    return blocked


async def test_the_queue_is_bounded_and_in_order() -> None:
    queue = filled(3)
    assert not queue.put(new(4))
    assert await queue.get() == new(1)
    assert queue.put(new(4))
    assert not queue.put(new(5))
    assert [await queue.get() for _ in range(3)] == [new(2), new(3), new(4)]


async def test_transient_events_need_no_space_and_only_the_latest_of_a_key_is_kept() -> None:
    queue = EventQueue(1)
    queue.put_latest("connection", OFFLINE)
    assert queue.put(new(1))
    for online in (True, False) * 1000:
        queue.put_latest(("presence", "bob"), Presence("bob", online))
    queue.put_latest("connection", ONLINE)
    assert not queue.put(new(2))
    expected = [ONLINE, new(1), Presence("bob", online=False)]
    assert [await queue.get() for _ in expected] == expected
    # A key can be used again after its event was taken.
    queue.put_latest("connection", OFFLINE)
    assert await queue.get() == OFFLINE


@pytest.mark.parametrize("transient", [False, True])
async def test_an_event_wakes_its_reader(nursery: trio.Nursery, transient: bool) -> None:
    queue = EventQueue(5)
    assert await blocks(queue.get)
    read = list[object]()

    async def get() -> None:
        read.append(await queue.get())

    nursery.start_soon(get)
    await wait_all_tasks_blocked()
    if transient:
        queue.put_latest("connection", OFFLINE)
    else:
        queue.put(new(1))
    await wait_all_tasks_blocked()
    assert read == [OFFLINE if transient else new(1)]


async def test_a_cancelled_reader_takes_nothing() -> None:
    queue = EventQueue(5)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(queue.get)
        await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
        queue.put(new(1))
    assert await queue.get() == new(1)


@pytest.mark.parametrize(("size", "left"), [(1, 0), (2, 1), (5, 2), (10, 5)])
async def test_half_empty(autojump_clock: MockClock, size: int, left: int) -> None:
    queue = filled(size)
    with trio.fail_after(1):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(queue.wait_half_empty)
            for _ in range(size - left):
                assert await blocks(queue.wait_half_empty)
                await queue.get()
    assert not await blocks(queue.wait_half_empty)


@pytest.mark.parametrize(
    ("size", "held", "most", "space"),
    [(10, 0, 200, 10), (10, 4, 200, 6), (10, 4, 3, 3), (10, 10, 200, 1), (None, 9, 200, 200)],
)
def test_space(size: int | None, held: int, most: int, space: int) -> None:
    queue = EventQueue(size)
    for seq in range(held):
        queue.put(new(seq))
    assert queue.space(most) == space


async def test_queued_events_come_before_the_end(autojump_clock: MockClock) -> None:
    queue = filled(3)
    queue.put_latest("connection", OFFLINE)
    queue.end(SessionEnded(4501))
    with trio.fail_after(1):
        await queue.wait_half_empty()
    assert [await queue.get() for _ in range(4)] == [new(1), new(2), new(3), OFFLINE]
    for _ in range(2):
        with pytest.raises(SessionEnded):
            await queue.get()


async def test_the_end_wakes_all_waiting_tasks(autojump_clock: MockClock) -> None:
    full, empty = filled(3), EventQueue(3)

    async def fail_to_get() -> None:
        with pytest.raises(SessionEnded):
            await empty.get()

    with trio.fail_after(1):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(full.wait_half_empty)
            nursery.start_soon(fail_to_get)
            await wait_all_tasks_blocked()
            for queue in (full, empty):
                queue.end(SessionEnded(4501))


async def test_a_queue_without_a_reader_holds_nothing() -> None:
    queue = EventQueue(None)
    assert all(queue.put(new(seq)) for seq in range(5000))
    queue.put_latest("connection", OFFLINE)
    assert not await blocks(queue.wait_half_empty)
    assert await blocks(queue.get)


@pytest.mark.parametrize("size", [0, -1])
def test_a_size_below_one_is_an_error(size: int) -> None:
    with pytest.raises(ValueError, match="must be at least 1"):
        EventQueue(size)
