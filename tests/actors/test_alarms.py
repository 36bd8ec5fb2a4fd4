"""Alarms wake whoever is due, when it is due and once; what was put off is not woken early."""

import math
import random

import attrs
import trio
from trio.testing import MockClock

from chatroom.actors.alarms import Alarms


@attrs.define(eq=False)
class Sleeper:
    due: float = math.inf
    alarm: float = math.inf
    woken: list[float] = attrs.Factory(list)

    def wake(self) -> None:
        self.woken.append(trio.current_time())


async def test_each_is_woken_when_it_is_due(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    alarms, one, other, never = Alarms(), Sleeper(5), Sleeper(3), Sleeper()
    nursery.start_soon(alarms.run)
    for sleeper in (one, other, never):
        alarms.expect(sleeper)
    await trio.sleep(100)
    assert (one.woken, other.woken, never.woken) == ([5], [3], [])


async def test_put_off_and_brought_forward(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    alarms, sleeper = Alarms(), Sleeper(10)
    nursery.start_soon(alarms.run)
    alarms.expect(sleeper)
    await trio.sleep(5)
    sleeper.due = 20
    alarms.expect(sleeper)
    await trio.sleep(10)
    assert sleeper.woken == []
    sleeper.due = 17
    alarms.expect(sleeper)
    await trio.sleep(100)
    assert sleeper.woken == [17]


async def test_whoever_is_not_due_any_more_is_forgotten(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    alarms, sleeper = Alarms(), Sleeper(10)
    nursery.start_soon(alarms.run)
    alarms.expect(sleeper)
    sleeper.due = math.inf
    await trio.sleep(100)
    assert sleeper.woken == []
    assert alarms._heap == []


async def test_many_with_changing_minds(nursery: trio.Nursery, autojump_clock: MockClock) -> None:
    chance, alarms = random.Random(7), Alarms()  # noqa: S311 - a test's dice
    nursery.start_soon(alarms.run)
    sleepers = [Sleeper() for _ in range(20)]
    for _ in range(500):
        sleeper = chance.choice(sleepers)
        if not sleeper.woken:
            sleeper.due = trio.current_time() + chance.randrange(1, 30)
            alarms.expect(sleeper)
        await trio.sleep(chance.randrange(2))
        for one in sleepers:
            assert one.woken in ([], [one.due])
    await trio.sleep(100)
    assert all(one.woken == [one.due] for one in sleepers if one.due < math.inf)
