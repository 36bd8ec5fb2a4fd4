"""Attempts: when they are made again, what ends them, and that they do not hold each other."""

import itertools
from collections.abc import Callable
from typing import Final

import pytest
import trio

from chatroom.net.outgoing import Answered
from chatroom.push.ledger import SAVE_INTERVAL_S
from chatroom.push.schedule import MAX_ATTEMPTS, MAX_OTHER_HOST_ATTEMPTS
from chatroom.push.sender import GIVEN_UP_MS
from chatroom.push.service import Push
from chatroom.store.push import MAX_AGE_MS, MAX_WAITING

from ..session.node_harness import World
from .conftest import GRACE_S, Alone
from .devices import CREATED, Delivery, Services
from .test_deciding import LATER_S, meeting, send

HOST: Final = "push.example"
DAY_S: Final = MAX_AGE_MS / 1000


def pauses(services: Services) -> list[float]:
    times = [attempt.time for attempt in services.attempts]
    return [later - earlier for earlier, later in itertools.pairwise(times)]


def refusing(count: int, answer: Answered | None) -> Callable[[Delivery], Answered | None]:
    """Answer the first ``count`` requests so."""
    left = [answer] * count

    def next_answer(_: Delivery) -> Answered | None:
        return left.pop() if left else CREATED

    return next_answer


@pytest.mark.parametrize(
    "answer", [None, Answered(500), Answered(429), Answered(403), Answered(302)]
)
async def test_a_failed_attempt_is_made_again_with_growing_pauses(
    world: World, services: Services, answer: Answered | None
) -> None:
    services.answers[HOST] = refusing(5, answer)
    async with meeting(world, services, "alice", "bob") as (alice, bob):
        await send(alice)
        await trio.sleep(611)
        listed = (await bob.call("listPushEndpoints"))["endpoints"]
    assert services.ids() == ["general:1:bob"]
    assert len({attempt.id for attempt in services.attempts}) == 1
    assert len({attempt.headers["Topic"] for attempt in services.attempts}) == 1
    for number, pause_s in enumerate(pauses(services)):
        assert 2.5 * 2**number <= pause_s <= 5.1 * 2**number
    assert [each["failing"] for each in listed] == [False]
    sender = world.node.push.sender
    assert (sender.sent, sender.failed, sender.dropped, sender.gone) == (1, 5, 0, 0)


async def test_retry_after_is_kept(world: World, services: Services) -> None:
    services.answers[HOST] = refusing(1, Answered(429, 300))
    async with meeting(world, services, "alice", "bob") as (alice, _):
        await send(alice)
        await trio.sleep(411)
    assert pauses(services) == pytest.approx([300], abs=1)


@pytest.mark.parametrize("status", [404, 410])
async def test_an_endpoint_that_is_gone_is_removed(
    world: World, services: Services, status: int
) -> None:
    services.answers[HOST] = lambda _: Answered(status)
    async with meeting(world, services, "alice", "bob") as (alice, bob):
        await send(alice, "one")
        await send(alice, "two")
        await trio.sleep(LATER_S)
        assert (await bob.call("listPushEndpoints"))["endpoints"] == []
        await send(alice, "three")
        await trio.sleep(LATER_S)
    assert len(services.attempts) == 1
    assert world.node.push.sender.gone == 1


# A node has jobs each second, and sessions ping: these long times pass without both.


async def test_a_notification_is_given_up_after_a_day(alone: Alone, services: Services) -> None:
    services.answers[HOST] = lambda _: None
    await alone.post()
    await trio.sleep(2 * DAY_S)
    assert services.attempts[-1].time == pytest.approx(DAY_S, abs=4000)
    assert 24 < len(services.attempts) < 80
    assert alone.push.sender.dropped == 1
    assert len(alone.push.sender.schedule) == 0
    assert [each.failing for each in await alone.push.endpoints("bob")] == [True]


async def test_an_endpoint_that_fails_for_a_week_is_removed(
    alone: Alone, services: Services
) -> None:
    services.answers[HOST] = lambda _: None
    for _ in range(10):
        await alone.post()
        await trio.sleep(DAY_S)
    assert await alone.push.endpoints("bob") == []
    week = services.attempts[-1].time - services.attempts[0].time
    assert week == pytest.approx(GIVEN_UP_MS / 1000, abs=DAY_S + 3600)


async def test_a_read_drops_a_notification_that_waits(world: World, services: Services) -> None:
    services.answers[HOST] = refusing(1, None)
    async with meeting(world, services, "alice", "bob") as (alice, bob):
        await send(alice, "one")
        await send(alice, "two")
        await trio.sleep(GRACE_S + 1)
        assert len(services.attempts) == 1
        await bob.call("markRead", room="general", seq=1)
        await trio.sleep(60)
    assert services.ids() == ["general:2:bob"]
    assert world.node.push.sender.dropped == 1


async def test_a_removed_member_gets_nothing_that_waits(world: World, services: Services) -> None:
    services.answers[HOST] = refusing(1, None)
    async with meeting(world, services, "alice", "bob") as (alice, _):
        await send(alice)
        await trio.sleep(GRACE_S + 1)
        await alice.call("removeMember", room="general", user="bob")
        await send(alice, "not for bob")
        await trio.sleep(60)
    assert services.got == []
    assert len(services.attempts) == 1


@pytest.mark.parametrize("how", ["removeMember", "markRead", "deleteMessage"])
async def test_it_is_judged_once_more_when_a_connection_was_made(
    world: World, services: Services, how: str
) -> None:
    services.connecting_s = 9
    async with meeting(world, services, "alice", "bob") as (alice, bob):
        await send(alice)
        await trio.sleep(GRACE_S + 4)
        match how:
            case "removeMember":
                await alice.call("removeMember", room="general", user="bob")
            case "markRead":
                await bob.call("markRead", room="general", seq=1)
            case _:
                await alice.call("deleteMessage", room="general", seq=1)
        await trio.sleep(63)
    assert services.attempts == []
    sender = world.node.push.sender
    assert (sender.sent, sender.failed, sender.dropped) == (0, 0, 1)


async def test_a_slow_host_does_not_hold_others(world: World, services: Services) -> None:
    services.taking_s["slow.example"] = 25
    async with world.sessions("alice", "bob") as (alice, bob):
        for each in (alice, bob):
            await each.call("joinRoom", room="general")
        for number in range(MAX_ATTEMPTS + 20):
            device = services.device(f"bob-{number}", "slow.example")
            await bob.call("addPushEndpoint", **device.params)
        await bob.call("addPushEndpoint", **services.device("bob").params)
        await send(alice)
        await trio.sleep(LATER_S)
        assert [delivery.url for delivery in services.got] == ["https://push.example/bob"]
        await trio.sleep(25 * 20)
    assert len(services.got) == MAX_ATTEMPTS + 21
    assert services.most["slow.example"] == MAX_OTHER_HOST_ATTEMPTS


@pytest.mark.parametrize("answer", [None, CREATED], ids=["fails", "succeeds"])
async def test_slow_hosts_leave_places_to_others(
    world: World, services: Services, answer: Answered | None
) -> None:
    """Many hosts that take long, or do not answer in time, and one that is quick. The others get
    nothing for a while, so that their slowness might be forgotten."""
    async with meeting(world, services, "alice", "bob") as (alice, bob):
        for number in range(2 * MAX_ATTEMPTS):
            host = f"slow-{number}.example"
            services.taking_s[host], services.answers[host] = 29, lambda _: answer
            await bob.call("addPushEndpoint", **services.device(f"{number}", host).params)
        await send(alice, "one")
        await trio.sleep(400)
        for number in range(5):
            services.got.clear()
            await send(alice, f"number {number}")
            await trio.sleep(LATER_S)
            assert "https://push.example/bob" in [delivery.url for delivery in services.got]


async def test_attempts_are_bounded_in_all(world: World, services: Services) -> None:
    async with world.sessions("alice", "bob") as (alice, bob):
        for each in (alice, bob):
            await each.call("joinRoom", room="general")
        for number in range(2 * MAX_ATTEMPTS):
            host = f"push-{number % 13}.example"
            services.taking_s[host] = 4
            await bob.call("addPushEndpoint", **services.device(f"{number}", host).params)
        await send(alice)
        await trio.sleep(LATER_S + 60)
    assert len(services.got) == 2 * MAX_ATTEMPTS
    assert services.most[""] == MAX_ATTEMPTS


async def test_an_endpoint_has_one_attempt_at_a_time(world: World, services: Services) -> None:
    services.taking_s[HOST] = 3
    async with meeting(world, services, "alice", "bob") as (alice, _):
        for number in range(4):
            await send(alice, f"number {number}")
        await trio.sleep(LATER_S + 20)
    assert services.most[HOST] == 1
    assert services.ids() == [f"general:{seq}:bob" for seq in (1, 2, 3, 4)]


async def test_a_failing_endpoint_keeps_a_bounded_number(world: World, services: Services) -> None:
    services.answers[HOST] = lambda _: None
    async with meeting(world, services, "alice", "bob") as (alice, _):
        for number in range(MAX_WAITING + 30):
            await send(alice, f"number {number}")
        await trio.sleep(LATER_S + 30)
        assert world.node.push.decider.dropped == 30
        services.answers.clear()
        await trio.sleep(611)
    assert len(set(services.ids())) == len(services.ids()) == MAX_WAITING


async def test_adding_an_endpoint_once_more_does_not_end_its_pause(
    world: World, services: Services
) -> None:
    """Applications do so at each start."""
    made, numbers = trio.Event(), itertools.count(1)

    def fail(_: Delivery) -> None:
        if next(numbers) == 8:  # the next pause is 320 s or longer
            made.set()

    services.answers[HOST] = fail
    async with meeting(world, services, "alice", "bob") as (alice, bob):
        await send(alice)
        await made.wait()
        for _ in range(3):
            await bob.call("addPushEndpoint", **services.device("bob").params)
            await trio.sleep(5)
        assert len(services.attempts) == 8
        services.answers.clear()
        await trio.sleep(1300)
    assert services.ids() == ["general:1:bob"]
    for number, pause_s in enumerate(pauses(services)):
        assert 2.5 * 2**number <= pause_s <= 5.1 * 2**number


# ---- kills


async def restart(world: World, nursery: trio.Nursery, make_push: Callable[..., Push]) -> World:
    """Run another node on the same data, as after a kill."""
    return await World.start(
        nursery,
        store=world.store,
        make_push=make_push,
        rate_limits="off",
        push_grace_s=GRACE_S,
    )


async def prepare(world: World, services: Services) -> None:
    async with meeting(world, services, "alice", "bob") as (alice, _):
        await send(alice)


@pytest.mark.parametrize("killed_after_s", [1, GRACE_S + 1, 100])
async def test_a_kill_before_the_sending_loses_nothing(
    services: Services,
    make_push: Callable[..., Push],
    autojump_clock: object,
    killed_after_s: float,
) -> None:
    """Before the decision, and after it while attempts fail."""
    services.answers[HOST] = lambda _: None
    async with trio.open_nursery() as nursery:
        world = await World.start(
            nursery, make_push=make_push, rate_limits="off", push_grace_s=GRACE_S
        )
        await prepare(world, services)
        await trio.sleep(killed_after_s)
        nursery.cancel_scope.cancel()
    services.answers.clear()
    async with trio.open_nursery() as nursery:
        await restart(world, nursery, make_push)
        await trio.sleep(300)
        nursery.cancel_scope.cancel()
    assert services.ids() == ["general:1:bob"]


async def test_a_kill_after_the_sending_repeats_the_same_id(
    services: Services,
    make_push: Callable[..., Push],
    autojump_clock: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with trio.open_nursery() as nursery:
        world = await World.start(
            nursery, make_push=make_push, rate_limits="off", push_grace_s=GRACE_S
        )
        await prepare(world, services)
        monkeypatch.setattr(type(world.store), "save_outcomes", _never)
        await trio.sleep(LATER_S)
        assert services.ids() == ["general:1:bob"]
        nursery.cancel_scope.cancel()
    monkeypatch.undo()
    async with trio.open_nursery() as nursery:
        await restart(world, nursery, make_push)
        await trio.sleep(60)
        nursery.cancel_scope.cancel()
    assert services.ids() == ["general:1:bob"] * 2
    assert len({each.headers["Topic"] for each in services.got}) == 1


async def _never(*_: object) -> None:
    await trio.sleep_forever()


async def test_pauses_outlast_a_restart(
    services: Services, make_push: Callable[..., Push], autojump_clock: object
) -> None:
    services.answers[HOST] = refusing(1, Answered(503, 1000))
    async with trio.open_nursery() as nursery:
        world = await World.start(
            nursery, make_push=make_push, rate_limits="off", push_grace_s=GRACE_S
        )
        await prepare(world, services)
        await trio.sleep(LATER_S)
        nursery.cancel_scope.cancel()
    async with trio.open_nursery() as nursery:
        await restart(world, nursery, make_push)
        await trio.sleep(2000)
        nursery.cancel_scope.cancel()
    assert pauses(services) == pytest.approx([1000], abs=SAVE_INTERVAL_S + 2)
