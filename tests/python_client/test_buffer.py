"""The event queue by itself: order, bound, coalescing, and the end."""

from collections.abc import Awaitable, Callable

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from chatroom.client import ConnectionChanged, NewMessage, Presence, SessionEnded
from chatroom.client.event_queue import EventQueue
from chatroom.model import Message


def new(seq: int) -> NewMessage:
    return NewMessage(Message("general", seq, seq, "alice", "hello", 0))


def filled(size: int) -> EventQueue:
    buffer = EventQueue(size)
    assert all(buffer.put(new(seq)) for seq in range(1, size + 1))
    return buffer


async def is_waiting(wait: Callable[[], Awaitable[object]]) -> bool:
    """Return whether the call blocks. It is cancelled afterwards."""
    waits = True

    async def run() -> None:
        nonlocal waits
        await wait()
        waits = False

    with trio.CancelScope() as scope:
        async with trio.open_nursery() as inner:
            inner.start_soon(run)
            await wait_all_tasks_blocked()
            scope.cancel()
    return waits


async def test_bounded_and_in_order() -> None:
    buffer = filled(3)
    assert not buffer.put(new(4))
    assert await buffer.get() == new(1)
    assert buffer.put(new(4))
    assert not buffer.put(new(5))
    assert [await buffer.get() for _ in range(3)] == [new(2), new(3), new(4)]


async def test_notes_need_no_space_and_only_the_last_of_a_key_is_kept() -> None:
    buffer = EventQueue(1)
    buffer.put_latest("connection", ConnectionChanged(connected=False))
    assert buffer.put(new(1))
    for online in (True, False) * 1000:
        buffer.put_latest(("presence", "bob"), Presence("bob", online))
    buffer.put_latest("connection", ConnectionChanged(connected=True))
    assert not buffer.put(new(2))
    assert await buffer.get() == ConnectionChanged(connected=True)
    assert await buffer.get() == new(1)
    assert await buffer.get() == Presence("bob", online=False)
    # A key can be used again after its event was taken.
    buffer.put_latest("connection", ConnectionChanged(connected=False))
    assert await buffer.get() == ConnectionChanged(connected=False)


async def test_waits_for_what_comes(nursery: trio.Nursery) -> None:
    buffer = EventQueue(5)
    assert await is_waiting(buffer.get)
    buffer.put(new(1))
    assert await buffer.get() == new(1)
    got = list[object]()

    async def take() -> None:
        got.append(await buffer.get())

    nursery.start_soon(take)
    await wait_all_tasks_blocked()
    buffer.put_latest("connection", ConnectionChanged(connected=False))
    await wait_all_tasks_blocked()
    assert got == [ConnectionChanged(connected=False)]


async def test_a_taker_that_is_cancelled_takes_nothing() -> None:
    buffer = EventQueue(5)
    with trio.CancelScope() as scope:
        async with trio.open_nursery() as inner:
            inner.start_soon(buffer.get)
            await wait_all_tasks_blocked()
            scope.cancel()
            buffer.put(new(1))
    assert await buffer.get() == new(1)


@pytest.mark.parametrize(("size", "left"), [(1, 0), (2, 1), (5, 2), (10, 5)])
async def test_half_empty(size: int, left: int) -> None:
    buffer = filled(size)
    for _ in range(size - left):
        assert await is_waiting(buffer.wait_half_empty)
        await buffer.get()
    assert not await is_waiting(buffer.wait_half_empty)


async def test_half_empty_wakes_who_waits(autojump_clock: MockClock) -> None:
    buffer = filled(10)
    async with trio.open_nursery() as nursery:
        with trio.fail_after(1):
            nursery.start_soon(buffer.wait_half_empty)
            await wait_all_tasks_blocked()
            for _ in range(5):
                await buffer.get()


@pytest.mark.parametrize(
    ("size", "held", "most", "space"),
    [(10, 0, 200, 10), (10, 4, 200, 6), (10, 4, 3, 3), (10, 10, 200, 1), (None, 9, 200, 200)],
)
def test_space(size: int | None, held: int, most: int, space: int) -> None:
    buffer = EventQueue(size)
    for seq in range(held):
        buffer.put(new(seq))
    assert buffer.space(most) == space


async def test_at_the_end_what_is_in_it_is_still_had(autojump_clock: MockClock) -> None:
    buffer = filled(3)
    buffer.put_latest("connection", ConnectionChanged(connected=False))
    buffer.end(SessionEnded(4501))
    with trio.fail_after(1):
        await buffer.wait_half_empty()
    assert [await buffer.get() for _ in range(3)] == [new(1), new(2), new(3)]
    assert await buffer.get() == ConnectionChanged(connected=False)
    for _ in range(2):
        with pytest.raises(SessionEnded):
            await buffer.get()


async def test_the_end_wakes_all_who_wait(autojump_clock: MockClock) -> None:
    full, empty = filled(3), EventQueue(3)

    async def refused() -> None:
        with pytest.raises(SessionEnded):
            await empty.get()

    with trio.fail_after(1):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(full.wait_half_empty)
            nursery.start_soon(refused)
            await wait_all_tasks_blocked()
            for buffer in (full, empty):
                buffer.end(SessionEnded(4501))


async def test_for_nobody_it_holds_nothing() -> None:
    buffer = EventQueue(None)
    assert all(buffer.put(new(seq)) for seq in range(5000))
    buffer.put_latest("connection", ConnectionChanged(connected=False))
    assert not await is_waiting(buffer.wait_half_empty)
    assert await is_waiting(buffer.get)


@pytest.mark.parametrize("size", [0, -1])
def test_of_no_size(size: int) -> None:
    with pytest.raises(ValueError, match="must be at least 1"):
        EventQueue(size)
