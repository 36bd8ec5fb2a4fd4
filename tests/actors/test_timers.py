"""Timers wake each sleeper once when it is due, and a postponed one not before."""

import math
import random

import attrs
import pytest
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


@pytest.fixture
async def timers(nursery: trio.Nursery, autojump_clock: MockClock) -> Timers:
    timers = Timers()
    nursery.start_soon(timers.run)
    return timers


async def test_a_sleeper_is_woken_when_it_is_due_in_the_end(timers: Timers) -> None:
    moved, cancelled = Sleeper(10), Sleeper(10)
    for sleeper in (moved, cancelled):
        timers.schedule(sleeper)
    await trio.sleep(5)
    moved.due, cancelled.due = 20, math.inf
    timers.schedule(moved)
    await trio.sleep(10)
    assert moved.woken == []
    moved.due = 17
    timers.schedule(moved)
    await trio.sleep(100)
    assert (moved.woken, cancelled.woken) == ([17], [])
    assert timers._heap == []


async def test_replaced_entries_do_not_pile_up(timers: Timers) -> None:
    """The pattern of an inbox with occasional mail: due soon, then due at the end of idle time."""
    sleepers = [Sleeper() for _ in range(20)]
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


async def test_many_sleepers_are_each_woken_once(timers: Timers) -> None:
    chance = random.Random(7)  # noqa: S311 - a test's dice
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
