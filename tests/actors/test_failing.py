"""Actors that fail: what it costs whom, when they are back, and when it is enough."""

from typing import Any

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from chatroom.actors.supervisor import Address, BudgetSpent, Restarts

from .diary import HERE, Broken, Diary, Doer, Fatal, kind_of, supervised


async def fail(doer: Doer, nursery: trio.Nursery) -> None:
    raise Broken


async def die(doer: Doer, nursery: trio.Nursery) -> None:
    raise Fatal


async def test_only_the_mail_in_hand_is_refused_and_the_rest_is_kept(
    autojump_clock: MockClock,
) -> None:
    diary = Diary()

    async def fail_late(doer: Doer, nursery: trio.Nursery) -> None:
        await diary.gate("fail").wait()
        raise Broken

    async with supervised(diary) as actors:
        await actors.post(HERE, 1)
        await wait_all_tasks_blocked()
        await actors.post(HERE, 2)
        await actors.post(HERE, fail_late)
        await wait_all_tasks_blocked()
        await actors.post(HERE, 3)
        diary.gate("fail").set()
        await wait_all_tasks_blocked()
        await actors.post(HERE, 4)  # while it is down
        await trio.sleep(1)
    assert diary.refused == [2, fail_late]
    assert diary.of("mail") == [1, 2, 3, 4]
    assert diary.of("start") == ["here", "here"]
    assert diary.of("stop") == [], "stop is for sleeping, not for failing"


async def test_failing_to_start_refuses_nobody(autojump_clock: MockClock) -> None:
    diary = Diary(failing_starts=2)
    async with supervised(diary) as actors:
        await actors.post(HERE, 1)
        await trio.sleep(1)
    assert diary.refused == []
    assert diary.of("mail") == [1]


async def test_work_aside_that_fails_ends_the_actor_and_what_else_is_aside(
    autojump_clock: MockClock,
) -> None:
    diary = Diary()

    async def aside(scope: trio.CancelScope) -> None:
        with scope:
            await trio.sleep_forever()

    async def broken() -> None:
        await trio.sleep(1)
        raise Broken

    scope = trio.CancelScope()

    async def work(doer: Doer, nursery: trio.Nursery) -> None:
        nursery.start_soon(aside, scope)
        nursery.start_soon(broken)

    async with supervised(diary) as actors:
        await actors.post(HERE, work)
        await trio.sleep(0.5)
        await actors.post(HERE, 1)
        await trio.sleep(1.5)
        await actors.post(HERE, 2)
        await wait_all_tasks_blocked()
    assert diary.of("start") == ["here", "here"]
    assert diary.refused == [], "the mail was handled long before"
    assert diary.of("mail") == [1, 2]


async def test_one_actor_s_failure_leaves_the_others_alone(autojump_clock: MockClock) -> None:
    diary, other = Diary(), Diary()
    async with supervised(diary) as actors:
        actors.add("other", kind_of(other))
        await actors.post(Address("other", "here"), 1)
        await actors.post(HERE, fail)
        await wait_all_tasks_blocked()
        await actors.post(Address("other", "here"), 2)
        await wait_all_tasks_blocked()
    assert other.of("start") == ["here"]
    assert other.of("mail") == [1, 2]


async def test_the_pause_doubles_up_to_the_longest(autojump_clock: MockClock) -> None:
    diary = Diary(failing_starts=5)
    restarts = Restarts(most=5, window_s=60, first_s=0.5, longest_s=3)
    async with supervised(diary, restarts=restarts) as actors:
        await actors.post(HERE, 1)
        await trio.sleep(59)
    assert diary.times("start") == [0, 0.5, 1.5, 3.5, 6.5, 9.5]


async def test_old_failures_are_forgiven(autojump_clock: MockClock) -> None:
    diary = Diary()
    restarts = Restarts(most=2, window_s=60, first_s=0.5)
    async with supervised(diary, idle_s=1000, restarts=restarts) as actors:
        for _ in range(6):
            await actors.post(HERE, fail)
            await trio.sleep(31)
    assert diary.refused == [fail] * 6
    pauses = [
        start - failed
        for failed, start in zip(diary.times("batch"), diary.times("start")[1:], strict=True)
    ]
    assert pauses == [0.5, 1, 1, 1, 1, 1]


async def test_past_its_budget_the_supervisor_gives_up(autojump_clock: MockClock) -> None:
    diary = Diary()
    with pytest.RaisesGroup(
        pytest.RaisesExc(BudgetSpent, match="doer here"), flatten_subgroups=True
    ):
        async with supervised(diary, restarts=Restarts(most=3, window_s=60)) as actors:
            for number in range(9):
                await actors.post(HERE, number)
                await actors.post(HERE, fail)
                await trio.sleep(10)
    assert diary.of("mail") == [0, 1, 2, 3]
    assert diary.refused == [mail for number in range(4) for mail in (number, fail)]


@pytest.mark.parametrize("where", ["handle", "aside"])
async def test_a_fatal_exception_passes(where: str, autojump_clock: MockClock) -> None:
    diary = Diary()

    async def die_aside(doer: Doer, nursery: trio.Nursery) -> None:
        nursery.start_soon(die, doer, nursery)

    async def main(mail: Any) -> None:
        async with supervised(diary, fatal=(Fatal,)) as actors:
            await actors.post(HERE, mail)
            await trio.sleep(100)

    with pytest.RaisesGroup(Fatal, flatten_subgroups=True):
        await main(die if where == "handle" else die_aside)
    assert diary.refused == [], "nobody is told what is not known"
    assert diary.of("start") == ["here"]


async def test_a_fatal_exception_passes_beside_another(autojump_clock: MockClock) -> None:
    diary = Diary()

    async def both(doer: Doer, nursery: trio.Nursery) -> None:
        nursery.start_soon(fail, doer, nursery)
        raise Fatal

    with pytest.RaisesGroup(Fatal, Broken, flatten_subgroups=True):
        async with supervised(diary, fatal=(Fatal,)) as actors:
            await actors.post(HERE, both)
            await trio.sleep(100)
