"""Presence and typing are published only on a change, and only to sessions concerned."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from chatroom.hub.channel import TYPING_S

from .hub_harness import GRACE_S, BoxedSession, Desk, events


@pytest.fixture
async def desk(autojump_clock: MockClock) -> AsyncIterator[Desk]:
    """A hub whose room ``lobby`` is followed by alice."""
    desk = Desk()
    desk.hub.inboxes.follow("alice", "lobby")
    async with trio.open_nursery() as nursery:
        await nursery.start(desk.presence.run)
        yield desk
        nursery.cancel_scope.cancel()


@pytest.fixture
async def bob(desk: Desk) -> BoxedSession:
    """A session that watches the lobby."""
    return desk.connect("bob", ["lobby"])


def online(user: str, is_online: bool = True) -> tuple[str, Any]:
    return ("presence", {"user": user, "online": is_online})


def typing(user: str, is_typing: bool, thread: int | None = None) -> tuple[str, Any]:
    where = {} if thread is None else {"thread": thread}
    return ("typing", {"room": "lobby", "user": user, "typing": is_typing, **where})


# ---- presence


async def test_coming_online_is_sent_once_to_each_session_that_watches_a_shared_room(
    desk: Desk,
) -> None:
    rooms = ["lobby", "garden", "attic"]
    watcher, other = desk.connect("bob", rooms), desk.connect("carol", ["garden"])
    stranger = desk.connect("dave", ["elsewhere"])
    for room in rooms:
        desk.hub.inboxes.follow("alice", room)
    desk.connect("alice")
    desk.connect("alice")
    assert await events(watcher) == await events(other) == [online("alice")]
    assert await events(stranger) == []


async def test_going_offline_is_published_some_time_after_the_last_session(
    desk: Desk, bob: BoxedSession
) -> None:
    first, second = desk.connect("alice"), desk.connect("alice")
    await events(bob)
    desk.disconnect(first)
    await trio.sleep(GRACE_S + 1)
    assert await events(bob) == [], "one session is left"
    desk.disconnect(second)
    await trio.sleep(GRACE_S - 1)
    assert await events(bob) == []
    assert "alice" in desk.hub.online
    await trio.sleep(2)
    assert await events(bob) == [online("alice", False)]
    assert "alice" not in desk.hub.online


async def test_coming_back_in_time_is_not_published_and_restarts_the_time(
    desk: Desk, bob: BoxedSession
) -> None:
    mine = desk.connect("alice")
    await events(bob)
    for _ in range(5):
        desk.disconnect(mine)
        await trio.sleep(GRACE_S - 1)
        mine = desk.connect("alice")
        await trio.sleep(GRACE_S - 1)
    await trio.sleep(100)
    for _ in range(2):
        desk.disconnect(mine)
        await trio.sleep(GRACE_S - 1)
        mine = desk.connect("alice")
    desk.disconnect(mine)
    await trio.sleep(GRACE_S - 1)
    assert await events(bob) == []
    await trio.sleep(2)
    assert await events(bob) == [online("alice", False)]


async def test_several_people_go_each_in_their_own_time(desk: Desk, bob: BoxedSession) -> None:
    desk.hub.inboxes.follow("carol", "lobby")
    alice, carol = desk.connect("alice"), desk.connect("carol")
    await events(bob)
    desk.disconnect(alice)
    await trio.sleep(2)
    desk.disconnect(carol)
    await trio.sleep(1)
    alice = desk.connect("alice")
    await trio.sleep(1)
    desk.disconnect(alice)
    await trio.sleep(GRACE_S - 1.5)
    assert await events(bob) == [online("carol", False)]
    await trio.sleep(1.6)
    assert await events(bob) == [online("alice", False)]


async def test_large_rooms_show_only_the_number_of_people_online(
    desk: Desk, bob: BoxedSession
) -> None:
    channel = desk.hub.open("lobby")
    channel.members = 4  # one above the limit of the harness
    mine = desk.connect("alice")
    desk.hub.online.publish_new_member("alice", channel)
    desk.disconnect(mine)
    await trio.sleep(GRACE_S + 1)
    assert await events(bob) == []
    desk.connect("alice")
    shown = desk.hub.online.of(channel)
    assert (shown.count, shown.users) == (1, None)


async def test_the_members_online_are_listed_by_name(desk: Desk) -> None:
    for user in ("carol", "bob"):
        desk.hub.inboxes.follow(user, "lobby")
    for user in ("carol", "alice", "dave"):
        desk.connect(user)
    shown = desk.hub.online.of(desk.hub.open("lobby"))
    assert (shown.count, shown.users) == (2, ("alice", "carol"))


async def test_the_number_online_follows_connections_and_memberships(desk: Desk) -> None:
    channel = desk.hub.open("lobby")

    def count() -> int:
        assert channel.online == sum(user in desk.hub.online for user in channel.inboxes)
        return channel.online

    alice = desk.connect("alice")
    for user in ("alice", "bob"):
        desk.hub.inboxes.follow(user, "lobby")
    assert count() == 1
    desk.connect("bob")
    desk.connect("bob")
    assert count() == 2
    desk.disconnect(alice)
    assert count() == 2
    await trio.sleep(GRACE_S + 1)
    assert count() == 1
    for _ in range(2):
        desk.hub.detach("bob", channel)
    assert count() == 0
    desk.hub.inboxes.follow("bob", "lobby")
    desk.connect("alice")
    assert count() == 2
    desk.hub.inboxes.close("alice")
    assert count() == 1


async def test_the_presence_of_a_new_member_is_published(desk: Desk, bob: BoxedSession) -> None:
    channel = desk.hub.open("lobby")
    desk.hub.detach("alice", channel)
    mine = desk.connect("alice", ["lobby"])
    desk.hub.inboxes.follow("alice", "lobby")
    desk.hub.online.publish_new_member("alice", channel)
    desk.hub.online.publish_new_member("carol", channel)
    assert await events(mine) == []
    assert await events(bob) == [online("alice")]


async def test_the_presence_of_former_members_is_not_published(
    desk: Desk, bob: BoxedSession
) -> None:
    mine = desk.connect("alice")
    await events(bob)
    desk.hub.detach("alice", desk.hub.open("lobby"))
    desk.disconnect(mine)
    await trio.sleep(GRACE_S + 1)
    assert await events(bob) == []


async def test_a_session_that_ended_before_it_was_online_does_not_go_offline(
    desk: Desk, bob: BoxedSession
) -> None:
    """It ended before the reply to ``connect``, but it may have typed."""
    session = BoxedSession("early")
    desk.hub.connect(session)
    desk.hub.open("lobby").set_typing("alice", True)
    desk.disconnect(session)
    await trio.sleep(GRACE_S + 1)
    assert await events(bob) == [typing("alice", True), typing("alice", False)]


# ---- typing


async def test_typing_is_published_on_each_change_and_to_others(
    desk: Desk, bob: BoxedSession
) -> None:
    channel, mine = desk.hub.open("lobby"), desk.connect("carol", ["lobby"])
    signs = [("carol", False), ("carol", True), ("carol", True), ("dave", True)]
    signs += [("carol", False), ("carol", False), ("carol", True)]
    for sign in signs:
        channel.set_typing(*sign)
    assert await events(mine) == [typing("dave", True)]
    changes = [("carol", True), ("dave", True), ("carol", False), ("carol", True)]
    assert await events(bob) == [typing(*sign) for sign in changes]


async def test_a_person_types_in_one_thread_or_in_the_main_log(
    desk: Desk, bob: BoxedSession
) -> None:
    channel = desk.hub.open("lobby")
    channel.set_typing("alice", True)
    channel.set_typing("alice", True, 7)
    channel.set_typing("alice", True, 7)
    assert await events(bob) == [
        typing("alice", True),
        typing("alice", False),
        typing("alice", True, 7),
    ]
    channel.set_typing("alice", False)
    channel.set_typing("alice", False, 8)
    assert await events(bob) == [], "that is not where she types"
    channel.end_typing("alice")
    assert await events(bob) == [typing("alice", False, 7)]
    assert channel.typing == {}


async def test_typing_that_clients_have_dropped_is_published_again(
    desk: Desk, bob: BoxedSession
) -> None:
    channel = desk.hub.open("lobby")
    channel.set_typing("alice", True)
    await trio.sleep(TYPING_S - 0.1)
    channel.set_typing("alice", True)
    await trio.sleep(0.2)
    assert await events(bob) == [typing("alice", True)]
    channel.set_typing("alice", True)
    assert await events(bob) == [typing("alice", True)]
    await trio.sleep(TYPING_S + 0.1)
    channel.set_typing("alice", False)
    assert await events(bob) == [], "nobody shows it any more"
    assert channel.typing == {}


async def test_the_end_of_the_last_session_ends_typing_at_once(
    desk: Desk, bob: BoxedSession
) -> None:
    first, second = desk.connect("alice", ["lobby"]), desk.connect("alice")
    await events(bob)
    desk.hub.open("lobby").set_typing("alice", True)
    desk.disconnect(first)
    assert await events(bob) == [typing("alice", True)]
    desk.disconnect(second)
    await wait_all_tasks_blocked()
    assert await events(bob) == [typing("alice", False)]
