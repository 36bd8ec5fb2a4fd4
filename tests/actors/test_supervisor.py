"""The supervisor without failures: creating actors, delivering mail, and sleep."""

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from chatroom.actors.actor import Address

from .diary import HERE, Diary, Doer, supervised


async def test_an_actor_is_made_by_its_first_mail_and_only_once(autojump_clock: MockClock) -> None:
    diary = Diary()
    async with supervised(diary) as actors:
        assert not actors.awake(HERE)
        await actors.post(HERE, 1)
        assert actors.awake(HERE)
        await actors.post(HERE, 2)
        await wait_all_tasks_blocked()
        await actors.post(HERE, 3)
        await wait_all_tasks_blocked()
        assert len(actors) == 1
    assert diary.of("start") == ["here"]
    assert diary.of("mail") == [1, 2, 3]


async def test_each_key_and_kind_has_its_own(autojump_clock: MockClock) -> None:
    diary, other = Diary(), Diary()
    async with supervised(diary, other=other) as actors:
        await actors.post(HERE, 1)
        await actors.post(Address("doer", "there"), 2)
        await actors.post(Address("other", "here"), 3)
        await wait_all_tasks_blocked()
        assert sorted(actors.awake_in("doer")) == ["here", "there"]
    assert sorted(diary.of("start")) == ["here", "there"]
    assert other.of("mail") == [3]


async def test_mail_that_came_together_is_one_batch(autojump_clock: MockClock) -> None:
    diary = Diary()
    async with supervised(diary) as actors:
        for mail in range(5):
            await actors.post(HERE, mail)
        await wait_all_tasks_blocked()
    assert diary.of("batch") == [[0, 1, 2, 3, 4]]


async def test_push_to_nobody_is_not_kept(autojump_clock: MockClock) -> None:
    diary = Diary()
    async with supervised(diary) as actors:
        assert not actors.push(HERE, 1)
        assert not actors.awake(HERE)
        assert actors.push(HERE, 2, wake=True)
        assert actors.push(HERE, 3)
        await wait_all_tasks_blocked()
    assert diary.of("mail") == [2, 3]


async def test_push_does_not_wait_for_space(autojump_clock: MockClock) -> None:
    diary = Diary()
    async with supervised(diary, size=1) as actors:
        assert actors.push(HERE, 1, wake=True)
        assert not actors.push(HERE, 2)
        await wait_all_tasks_blocked()
    assert diary.of("mail") == [1]


async def test_post_waits_while_it_is_full(autojump_clock: MockClock) -> None:
    diary = Diary()

    async def hold(doer: Doer, nursery: trio.Nursery) -> None:
        await diary.gate("open").wait()

    async with supervised(diary, size=2) as actors:
        await actors.post(HERE, hold)
        await wait_all_tasks_blocked()
        await actors.post(HERE, 1)
        await actors.post(HERE, 2)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(actors.post, HERE, 3)
            await wait_all_tasks_blocked()
            assert len(nursery.child_tasks) == 1
            diary.gate("open").set()
        await wait_all_tasks_blocked()
    assert diary.of("mail") == [1, 2, 3]


async def test_no_mail_meets_an_actor_that_goes_to_sleep(autojump_clock: MockClock) -> None:
    """Without idle time, a post and the sleep happen in the same pass of the loop, in either order.

    Mail put into the mailbox of a sleeping actor would be lost.
    """
    diary, rounds, parts = Diary(), 100, 8

    async def post_after(passes: int, number: int) -> None:
        for _ in range(passes):
            await trio.lowlevel.checkpoint()
        await actors.post(HERE, (number, passes))

    async with supervised(diary, idle_s=0, size=1) as actors:
        for number in range(rounds):
            async with trio.open_nursery() as nursery:
                for passes in range(parts):
                    nursery.start_soon(post_after, passes, number)
            await trio.sleep(1)
            assert not actors.awake(HERE)
    assert sorted(diary.of("mail")) == [(n, part) for n in range(rounds) for part in range(parts)]
    assert diary.of("start") == diary.of("stop")
    assert len(diary.of("start")) > rounds, "it never slept in between: no test"


async def test_sleeps_when_idle_and_wakes_again(autojump_clock: MockClock) -> None:
    diary = Diary()
    async with supervised(diary, idle_s=10) as actors:
        await actors.post(HERE, 1)
        await trio.sleep(9)
        await actors.post(HERE, 2)
        await trio.sleep(9)
        assert actors.awake(HERE)
        await trio.sleep(2)
        assert not actors.awake(HERE)
        assert len(actors) == 0
        await actors.post(HERE, 3)
        await wait_all_tasks_blocked()
    assert [what for _, what, _ in diary.entries if what != "batch"] == [
        *("start", "mail", "mail", "stop"),
        *("start", "mail"),
    ]
    assert diary.times("stop") == [19]


async def test_does_not_sleep_against_its_will(autojump_clock: MockClock) -> None:
    diary = Diary()
    made: list[Doer] = []

    async def stay(doer: Doer, nursery: trio.Nursery) -> None:
        doer.sleepy = False
        made.append(doer)

    async with supervised(diary, idle_s=10) as actors:
        await actors.post(HERE, stay)
        await trio.sleep(100)
        assert actors.awake(HERE)
        made[0].sleepy = True
        await trio.sleep(11)
        assert not actors.awake(HERE)


async def test_no_idle_time_at_all_is_no_busy_loop(autojump_clock: MockClock) -> None:
    """A busy loop would keep the virtual clock from advancing."""
    diary = Diary()

    async def wakeful(doer: Doer, nursery: trio.Nursery) -> None:
        doer.sleepy = False

    async with supervised(diary, idle_s=0) as actors:
        await actors.post(HERE, wakeful)
        await trio.sleep(60)
        assert diary.of("stop") == []


async def test_does_not_sleep_with_work_aside(autojump_clock: MockClock) -> None:
    diary = Diary()

    async def work(doer: Doer, nursery: trio.Nursery) -> None:
        nursery.start_soon(trio.sleep, 55)

    async with supervised(diary, idle_s=10) as actors:
        await actors.post(HERE, work)
        await trio.sleep(54)
        assert actors.awake(HERE)
        await trio.sleep(20)
        assert not actors.awake(HERE)


async def test_is_handed_an_empty_batch_when_it_asked_to_be_woken(
    autojump_clock: MockClock,
) -> None:
    diary = Diary()

    async def wake_later(doer: Doer, nursery: trio.Nursery) -> None:
        doer.wake_at = trio.current_time() + 3

    async with supervised(diary, idle_s=10) as actors:
        await actors.post(HERE, wake_later)
        await trio.sleep(3.5)
        assert diary.of("batch")[1:2] == [[]]
        assert diary.times("batch")[1] == 3


@pytest.mark.parametrize(("gathers", "sizes"), [(True, [3, 3, 1, 1]), (False, [3, 1, 1, 1, 1, 1])])
async def test_who_gathers_waits_a_moment_for_as_much_as_came_the_last_time(
    gathers: bool, sizes: list[int], autojump_clock: MockClock
) -> None:
    diary = Diary()
    async with supervised(diary, gathers=gathers) as actors:
        for part in range(3):
            await actors.post(HERE, part)
        await wait_all_tasks_blocked()
        for part in range(3):  # each in a pass of the loop
            await actors.post(HERE, part)
            await trio.lowlevel.checkpoint()
            await trio.lowlevel.checkpoint()
        await wait_all_tasks_blocked()
        for part in range(2):  # the third does not come; the wait ends
            await actors.post(HERE, part)
            await wait_all_tasks_blocked()
    assert [len(batch) for batch in diary.of("batch")] == sizes
    assert trio.current_time() == 0
