"""Who is notified of a message, and when."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio

from chatroom.push import decider

from ..client import Client
from ..session.node_harness import World
from .conftest import GRACE_S
from .devices import Services

LATER_S = GRACE_S + 2
"""When everything is decided and sent."""


@asynccontextmanager
async def meeting(
    world: World, services: Services, *names: str, room: str = "general"
) -> AsyncIterator[list[Client]]:
    """Let people meet in a room. All but the first have a device of their name."""
    async with world.sessions(*names) as people:
        for name, each in zip(names, people, strict=True):
            await each.call("joinRoom", room=room)
            if name != names[0]:
                await each.call("addPushEndpoint", **services.device(name).params)
        yield list(people)


async def send(client: Client, text: str = "hello", **more: Any) -> int:
    sent = await client.call("sendMessage", text=text, **({"room": "general"} | more))
    return int(sent["seq"])


async def test_a_message_that_is_not_read_is_notified_after_the_grace_time(
    world: World, services: Services
) -> None:
    async with meeting(world, services, "alice", "bob") as (alice, _):
        began = trio.current_time()
        await send(alice, "hello bob")
        await trio.sleep(LATER_S)
    (delivery,) = services.got
    assert delivery.time == pytest.approx(began + GRACE_S, abs=1)
    assert delivery.text == {
        "type": "message",
        "id": "general:1:bob",
        "room": "general",
        "seq": 1,
        "kind": "room",
        "timestamp": delivery.text["timestamp"],
        "unread": 1,
        "mention": False,
        "title": "general",
        "sender": "alice",
        "senderName": "Alice",
        "text": "hello bob",
        "truncated": False,
        "files": 0,
    }


async def test_a_message_that_is_read_in_time_is_not_notified(
    world: World, services: Services
) -> None:
    async with meeting(world, services, "alice", "bob", "carol") as (alice, bob, _):
        await send(alice, "one")
        await trio.sleep(GRACE_S / 2)
        await bob.call("markRead", room="general", seq=1)
        await trio.sleep(LATER_S)
    assert services.ids() == ["general:1:carol"]


async def test_each_message_is_notified_once_in_order(world: World, services: Services) -> None:
    async with meeting(world, services, "alice", "bob") as (alice, bob):
        for number in range(5):
            await send(alice, f"number {number}")
            await trio.sleep(3)
        await bob.call("addReaction", room="general", seq=2, emoji="\U0001f44d")
        await alice.call("editMessage", room="general", seq=3, text="edited")
        await trio.sleep(LATER_S)
    assert services.ids() == [f"general:{seq}:bob" for seq in range(1, 6)]


@pytest.mark.parametrize(
    ("level", "expected"), [("all", [1, 2, 3]), ("mentions", [2, 3]), ("none", [])]
)
async def test_the_level_decides(
    world: World, services: Services, level: str, expected: list[int]
) -> None:
    async with meeting(world, services, "alice", "bob") as (alice, bob):
        await bob.call("setNotifications", room="general", level=level)
        for text in ("hello", "hello @bob", "hello @room"):
            await send(alice, text)
        await trio.sleep(LATER_S)
    assert [delivery.text["seq"] for delivery in services.got] == expected
    assert [delivery.text["mention"] for delivery in services.got] == [seq > 1 for seq in expected]


@pytest.mark.parametrize(("level", "expected"), [("mentions", 1), ("none", 0)])
async def test_a_direct_message_is_for_me(
    world: World, services: Services, level: str, expected: int
) -> None:
    async with meeting(world, services, "alice", "bob") as (alice, bob):
        await send(bob, room=None, to="alice")
        await bob.call("setNotifications", room="@alice:bob", level=level)
        await send(alice, room=None, to="bob")
        await trio.sleep(LATER_S)
    assert services.ids() == ["@alice:bob:2:bob"] * expected
    for delivery in services.got:
        assert (delivery.text["kind"], delivery.text["title"]) == ("direct", "Alice")
        assert delivery.headers["Urgency"] == "high"


# ---- threads


def told(services: Services) -> list[tuple[str, int | None, int]]:
    return [(each.id, each.text.get("thread"), each.text["unread"]) for each in services.got]


async def test_followers_of_a_thread_are_notified_of_it(world: World, services: Services) -> None:
    async with meeting(world, services, "alice", "bob", "carol", "dave") as people:
        alice, bob, carol, _ = people
        await send(bob, "the root")
        await carol.call("followThread", room="general", thread=1)
        await alice.call("markRead", room="general", seq=1)
        await trio.sleep(LATER_S)
        services.got.clear()
        await send(alice, "in the thread", thread=1)
        await send(carol, "@dave, too", thread=1)
        await trio.sleep(LATER_S)
    assert sorted(told(services)) == [
        ("general:2:bob", 1, 2),
        ("general:2:carol", 1, 1),
        ("general:3:bob", 1, 2),
        ("general:3:dave", 1, 1),
    ]


async def test_the_cursor_of_the_thread_decides(world: World, services: Services) -> None:
    async with meeting(world, services, "alice", "bob") as (alice, bob):
        await send(bob, "the root")
        await send(alice, "in the thread", thread=1)
        await send(alice, "in the room")
        await bob.call("markRead", room="general", seq=3)
        await trio.sleep(LATER_S)
        assert told(services) == [("general:2:bob", 1, 1)]
        await send(alice, "in the thread", thread=1)
        await bob.call("markRead", room="general", seq=4, thread=1)
        await send(alice, "in the room")
        await trio.sleep(LATER_S)
    assert told(services)[1:] == [("general:5:bob", None, 1)]


@pytest.mark.parametrize(("level", "expected"), [("mentions", 1), ("none", 0)])
async def test_the_level_none_is_for_threads_too(
    world: World, services: Services, level: str, expected: int
) -> None:
    async with meeting(world, services, "alice", "bob") as (alice, bob):
        await send(bob, "the root")
        await bob.call("setNotifications", room="general", level=level)
        await send(alice, "in the thread", thread=1)
        await trio.sleep(LATER_S)
    assert len(services.got) == expected


@pytest.mark.parametrize("how", ["unfollowThread", "leaveRoom"])
async def test_who_does_not_follow_any_more_is_not_notified(
    world: World, services: Services, how: str
) -> None:
    services.answers["push.example"] = lambda _: None
    async with meeting(world, services, "alice", "bob") as (alice, bob):
        await send(bob, "the root")
        await send(alice, "decided", thread=1)
        await trio.sleep(LATER_S)
        assert len(services.attempts) == 1
        await send(alice, "not decided", thread=1)
        await bob.call(how, room="general", **({"thread": 1} if how == "unfollowThread" else {}))
        services.answers.clear()
        await trio.sleep(LATER_S + 61)
    assert services.got == []


# ---- who is not notified


async def test_a_sender_is_not_notified_of_the_own_message(
    world: World, services: Services
) -> None:
    async with meeting(world, services, "alice", "bob") as (_, bob):
        await send(bob)
        await trio.sleep(LATER_S)
    assert services.got == []


async def test_a_blocked_person_notifies_nobody(world: World, services: Services) -> None:
    async with meeting(world, services, "alice", "bob", "carol") as (alice, bob, carol):
        await send(alice, "first", room=None, to="bob")
        await bob.call("blockUser", user="alice")
        await send(alice)
        await send(carol)
        await trio.sleep(LATER_S)
    assert sorted(services.ids()) == ["general:1:carol", "general:2:bob"]


async def test_a_deleted_message_is_not_notified(world: World, services: Services) -> None:
    async with meeting(world, services, "alice", "bob") as (alice, _):
        await send(alice, "one")
        await send(alice, "two")
        await alice.call("deleteMessage", room="general", seq=1)
        await trio.sleep(LATER_S)
    assert services.ids() == ["general:2:bob"]
    assert services.got[0].text["unread"] == 1


async def test_an_edited_message_is_notified_as_it_is_now(world: World, services: Services) -> None:
    async with meeting(world, services, "alice", "bob") as (alice, _):
        await send(alice, "secret")
        await alice.call("editMessage", room="general", seq=1, text="public")
        await trio.sleep(LATER_S)
    assert [delivery.text["text"] for delivery in services.got] == ["public"]


@pytest.mark.parametrize("how", ["removeMember", "ban"])
async def test_a_removed_member_is_not_notified(world: World, services: Services, how: str) -> None:
    async with meeting(world, services, "alice", "bob", "carol") as (alice, _, _):
        await send(alice)
        await alice.call(how, room="general", user="bob")
        await trio.sleep(LATER_S)
    assert services.ids() == ["general:1:carol"]


async def test_messages_before_the_first_endpoint_are_not_notified(
    world: World, services: Services
) -> None:
    async with meeting(world, services, "alice", "bob") as (alice, _):
        pass
    async with world.sessions("alice", "carol") as (alice, carol):
        await carol.call("joinRoom", room="general")
        await send(alice)
        await carol.call("addPushEndpoint", **services.device("carol").params)
        await send(alice)
        await trio.sleep(LATER_S)
    assert [each for each in services.ids() if each.endswith("carol")] == [
        "general:1:carol",
        "general:2:carol",
    ]


async def test_without_an_endpoint_nothing_runs_and_nothing_is_written(
    world: World, services: Services
) -> None:
    async with world.sessions("alice", "bob") as (alice, bob):
        for each in (alice, bob):
            await each.call("joinRoom", room="general")
        await send(alice)
        await trio.sleep(LATER_S)
        assert (await world.store.push_use()).consumer is False
        assert world.node.push.runner.handled == 0
        await bob.call("addPushEndpoint", **services.device("bob").params)
        assert (await world.store.push_use()).consumer is True
        await trio.sleep(LATER_S)
    assert services.got == []


async def test_a_log_in_that_ends_takes_its_endpoint_along(
    world: World, services: Services
) -> None:
    async with meeting(world, services, "alice", "bob") as (alice, bob):
        await send(alice)
        session = world.node.registry.get(bob.connected["sessionId"])
        assert session is not None
        await world.store.remove_token(session.digest)
        await trio.sleep(LATER_S)
        assert services.attempts == []
        assert (await world.store.push_use()).endpoints is False


async def test_many_members_are_found_in_slices(
    world: World, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decider, "SLICE_ENDPOINTS", 3)
    monkeypatch.setattr(decider, "SLICE_NOTIFICATIONS", 2)
    names = [f"member-{number}" for number in range(8)]
    async with meeting(world, services, "alice", *names) as (alice, *_):
        for text in ("one", "two"):
            await send(alice, text)
        await trio.sleep(LATER_S)
    assert sorted(services.ids()) == sorted(
        f"general:{seq}:{name}" for name in names for seq in (1, 2)
    )


@pytest.mark.config(push_text="off")
async def test_a_setting_keeps_texts_and_names_off_the_screen(
    world: World, services: Services
) -> None:
    async with meeting(world, services, "alice", "bob") as (alice, _):
        await send(alice, "a secret")
        await trio.sleep(LATER_S)
    (delivery,) = services.got
    assert delivery.text["text"] == "You have a new message"
    assert not {"title", "sender", "senderName"} & delivery.text.keys()
