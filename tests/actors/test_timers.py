"""Timers wake each sleeper once when it is due, and a postponed one not before."""

import math
import random

import attrs
import trio
from trio.testing import MockClock

from chatroom.actors.timers import MIN_SWEPT, Timers


@attrs.define(eq=False)
class Sleeper:
    due: float = math.inf
    timer_at: float = math.inf
    woken: list[float] = attrs.Factory(list)

    def wake(self) -> None:
        self.woken.append(trio.current_time())


async def test_each_is_woken_when_it_is_due(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    timers, one, other, never = Timers(), Sleeper(5), Sleeper(3), Sleeper()
    nursery.start_soon(timers.run)
    for sleeper in (one, other, never):
        timers.schedule(sleeper)
    await trio.sleep(100)
    assert (one.woken, other.woken, never.woken) == ([5], [3], [])


async def test_put_off_and_brought_forward(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    timers, sleeper = Timers(), Sleeper(10)
    nursery.start_soon(timers.run)
    timers.schedule(sleeper)
    await trio.sleep(5)
    sleeper.due = 20
    timers.schedule(sleeper)
    await trio.sleep(10)
    assert sleeper.woken == []
    sleeper.due = 17
    timers.schedule(sleeper)
    await trio.sleep(100)
    assert sleeper.woken == [17]


async def test_whoever_is_not_due_any_more_is_forgotten(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    timers, sleeper = Timers(), Sleeper(10)
    nursery.start_soon(timers.run)
    timers.schedule(sleeper)
    sleeper.due = math.inf
    await trio.sleep(100)
    assert sleeper.woken == []
    assert timers._heap == []


async def test_what_was_replaced_does_not_pile_up(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    """The pattern of an inbox with occasional mail: due soon, then due at the end of idle time."""
    timers, sleepers = Timers(), [Sleeper() for _ in range(20)]
    nursery.start_soon(timers.run)
    for _ in range(100):
        for idle_s in (0.1, 3600):
            for sleeper in sleepers:
                sleeper.due = trio.current_time() + idle_s
                timers.schedule(sleeper)
            await trio.sleep(0.2)
        assert len(timers._heap) <= MIN_SWEPT + 2 * len(sleepers)
    assert all(len(sleeper.woken) == 100 for sleeper in sleepers)
    last = sleepers[0].due
    await trio.sleep_until(last + 1)
    assert all(sleeper.woken[100:] == [last] for sleeper in sleepers)
    assert timers._heap == []


async def test_many_with_changing_minds(nursery: trio.Nursery, autojump_clock: MockClock) -> None:
    chance, timers = random.Random(7), Timers()  # noqa: S311 - a test's dice
    nursery.start_soon(timers.run)
    sleepers = [Sleeper() for _ in range(20)]
    for _ in range(500):
        sleeper = chance.choice(sleepers)
        if not sleeper.woken:
            sleeper.due = trio.current_time() + chance.randrange(1, 30)
            timers.schedule(sleeper)
        await trio.sleep(chance.randrange(2))
        for one in sleepers:
            assert one.woken in ([], [one.due])
    await trio.sleep(100)
    assert all(one.woken == [one.due] for one in sleepers if one.due < math.inf)
