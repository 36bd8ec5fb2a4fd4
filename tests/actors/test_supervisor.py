"""The supervisor without failures: creating actors, delivering mail, and sleep."""

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from chatroom.actors.actor import Address
from chatroom.actors.supervisor import Supervisor

from .diary import HERE, Diary, Doer


async def test_first_mail_creates_an_actor(diary: Diary, actors: Supervisor) -> None:
    assert not actors.awake(HERE)
    for mail in range(5):
        await actors.post(HERE, mail)
        assert actors.awake(HERE)
    await wait_all_tasks_blocked()
    await actors.post(HERE, 5)
    await wait_all_tasks_blocked()
    assert len(actors) == 1
    assert diary.of("start") == ["here"]
    assert diary.of("batch") == [[0, 1, 2, 3, 4], [5]], "mail that came together is one batch"


async def test_each_address_has_its_own_actor(
    diary: Diary, other: Diary, actors: Supervisor
) -> None:
    await actors.post(HERE, 1)
    await actors.post(Address("doer", "there"), 2)
    await actors.post(Address("other", "here"), 3)
    await wait_all_tasks_blocked()
    assert sorted(actors.awake_in("doer")) == ["here", "there"]
    assert sorted(diary.of("start")) == ["here", "there"]
    assert other.of("mail") == [3]


async def test_push_wakes_an_actor_only_on_request(diary: Diary, actors: Supervisor) -> None:
    assert not actors.push(HERE, 1)
    assert not actors.awake(HERE)
    assert actors.push(HERE, 2, wake=True)
    assert actors.push(HERE, 3)
    await wait_all_tasks_blocked()
    assert diary.of("mail") == [2, 3]


@pytest.mark.parametrize("options", [{"size": 2}])
async def test_post_waits_for_space_and_push_does_not(diary: Diary, actors: Supervisor) -> None:
    async def hold(doer: Doer, nursery: trio.Nursery) -> None:
        await diary.gate("open").wait()

    await actors.post(HERE, hold)
    await wait_all_tasks_blocked()
    await actors.post(HERE, 1)
    assert actors.push(HERE, 2)
    assert not actors.push(HERE, "dropped")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(actors.post, HERE, 3)
        await wait_all_tasks_blocked()
        assert len(nursery.child_tasks) == 1
        diary.gate("open").set()
    await wait_all_tasks_blocked()
    assert diary.of("mail") == [1, 2, 3]


@pytest.mark.parametrize("options", [{"idle_s": 0, "size": 1}])
async def test_no_mail_is_lost_to_an_actor_that_goes_to_sleep(
    diary: Diary, actors: Supervisor
) -> None:
    """Without idle time, a post and the sleep happen in the same pass of the loop, in either
    order.
    """
    rounds, parts = 100, 8

    async def post_after(passes: int, number: int) -> None:
        for _ in range(passes):
            await trio.lowlevel.checkpoint()
        await actors.post(HERE, (number, passes))

    for number in range(rounds):
        async with trio.open_nursery() as nursery:
            for passes in range(parts):
                nursery.start_soon(post_after, passes, number)
        await trio.sleep(1)
        assert not actors.awake(HERE)
    assert sorted(diary.of("mail")) == [(n, part) for n in range(rounds) for part in range(parts)]
    assert diary.of("start") == diary.of("stop")
    assert len(diary.of("start")) > rounds, "it never slept in between: no test"


async def test_an_idle_actor_sleeps_and_wakes_again(diary: Diary, actors: Supervisor) -> None:
    for mail in (1, 2):
        await actors.post(HERE, mail)
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


@pytest.mark.parametrize("options", [{"idle_s": 0}, {"idle_s": 10}])
async def test_an_actor_does_not_sleep_while_it_is_needed(diary: Diary, actors: Supervisor) -> None:
    """Without idle time, a busy loop would keep the virtual clock from advancing."""
    doers: list[Doer] = []

    async def stay(doer: Doer, nursery: trio.Nursery) -> None:
        doer.sleepy = False
        doers.append(doer)

    await actors.post(HERE, stay)
    await trio.sleep(100)
    assert actors.awake(HERE)
    assert diary.of("stop") == []
    doers[0].sleepy = True
    await trio.sleep(11)
    assert not actors.awake(HERE)


async def test_an_actor_does_not_sleep_during_background_work(
    diary: Diary, actors: Supervisor
) -> None:
    async def work(doer: Doer, nursery: trio.Nursery) -> None:
        nursery.start_soon(trio.sleep, 55)

    await actors.post(HERE, work)
    await trio.sleep(54)
    assert actors.awake(HERE)
    await trio.sleep(20)
    assert not actors.awake(HERE)


async def test_an_actor_is_woken_with_an_empty_batch(diary: Diary, actors: Supervisor) -> None:
    async def wake_later(doer: Doer, nursery: trio.Nursery) -> None:
        doer.wake_at = trio.current_time() + 3

    await actors.post(HERE, wake_later)
    await trio.sleep(3.5)
    assert diary.of("batch") == [[wake_later], []]
    assert diary.times("batch") == [0, 3]


@pytest.mark.parametrize(
    ("options", "sizes"),
    [({"gathers": True}, [3, 3, 1, 1]), ({"gathers": False}, [3, 1, 1, 1, 1, 1])],
)
async def test_an_actor_may_wait_briefly_for_as_much_mail_as_the_last_time(
    sizes: list[int], diary: Diary, actors: Supervisor
) -> None:
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
