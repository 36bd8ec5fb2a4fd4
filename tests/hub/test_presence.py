"""Presence and typing are published only on a change, and only to sessions concerned."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from chatroom.hub.channel import TYPING_S

from ..builders import token_of
from .hub_harness import (
    GRACE_S,
    BoxedSession,
    Desk,
    events,
)


@pytest.fixture
async def desk(autojump_clock: MockClock) -> AsyncIterator[Desk]:
    made = Desk()
    async with trio.open_nursery() as nursery:
        await nursery.start(made.presence.run)
        yield made
        nursery.cancel_scope.cancel()


def online(user: str, is_online: bool = True) -> tuple[str, Any]:
    return ("presence", {"user": user, "online": is_online})


def typing(user: str, is_typing: bool) -> tuple[str, Any]:
    return ("typing", {"room": "lobby", "user": user, "typing": is_typing})


# ---- presence


async def test_coming_is_told_once_to_each_session_however_many_rooms_are_shared(
    desk: Desk, autojump_clock: MockClock
) -> None:
    rooms = ["lobby", "garden", "attic"]
    watcher, other = desk.connect("bob", rooms), desk.connect("carol", ["garden"])
    stranger = desk.connect("dave", ["elsewhere"])
    for room in rooms:
        desk.hub.follow(room, "alice")
    desk.connect("alice")
    desk.connect("alice")
    assert await events(watcher) == await events(other) == [online("alice")]
    assert await events(stranger) == []


async def test_going_is_told_a_while_after_the_last_session_went(
    desk: Desk, autojump_clock: MockClock
) -> None:
    watcher = desk.connect("bob", ["lobby"])
    desk.hub.follow("lobby", "alice")
    first, second = desk.connect("alice"), desk.connect("alice")
    await events(watcher)
    desk.disconnect(first)
    await trio.sleep(GRACE_S + 1)
    assert await events(watcher) == [], "one session is left"
    desk.disconnect(second)
    await trio.sleep(GRACE_S - 1)
    assert await events(watcher) == []
    assert desk.hub.is_online("alice")
    await trio.sleep(2)
    assert await events(watcher) == [online("alice", False)]
    assert not desk.hub.is_online("alice")


async def test_coming_back_in_time_says_nothing(desk: Desk, autojump_clock: MockClock) -> None:
    watcher = desk.connect("bob", ["lobby"])
    desk.hub.follow("lobby", "alice")
    mine = desk.connect("alice")
    await events(watcher)
    for _ in range(5):
        desk.disconnect(mine)
        await trio.sleep(GRACE_S - 1)
        mine = desk.connect("alice")
        await trio.sleep(GRACE_S - 1)
    await trio.sleep(100)
    assert await events(watcher) == []


async def test_the_while_begins_anew_with_each_going(desk: Desk, autojump_clock: MockClock) -> None:
    watcher = desk.connect("bob", ["lobby"])
    desk.hub.follow("lobby", "alice")
    mine = desk.connect("alice")
    await events(watcher)
    desk.disconnect(mine)
    await trio.sleep(GRACE_S - 1)
    desk.disconnect(desk.connect("alice"))
    await trio.sleep(GRACE_S - 1)
    assert await events(watcher) == []
    await trio.sleep(2)
    assert await events(watcher) == [online("alice", False)]


async def test_several_go_in_their_own_time(desk: Desk, autojump_clock: MockClock) -> None:
    watcher = desk.connect("bob", ["lobby"])
    for user in ("alice", "carol"):
        desk.hub.follow("lobby", user)
    alice, carol = desk.connect("alice"), desk.connect("carol")
    await events(watcher)
    desk.disconnect(alice)
    await trio.sleep(2)
    desk.disconnect(carol)
    await trio.sleep(1)
    alice = desk.connect("alice")
    await trio.sleep(1)
    desk.disconnect(alice)
    await trio.sleep(GRACE_S - 1.5)
    assert await events(watcher) == [online("carol", False)]
    await trio.sleep(1.6)
    assert await events(watcher) == [online("alice", False)]


async def test_large_rooms_are_not_told(desk: Desk, autojump_clock: MockClock) -> None:
    watcher = desk.connect("bob", ["lobby"])
    channel = desk.hub.open("lobby")
    channel.members = 4  # one above the limit of the harness
    desk.hub.follow("lobby", "alice")
    mine = desk.connect("alice")
    desk.hub.publish_member_presence("alice", channel)
    desk.disconnect(mine)
    await trio.sleep(GRACE_S + 1)
    assert await events(watcher) == []
    desk.connect("alice")
    shown = desk.hub.online(channel)
    assert (shown.count, shown.users) == (1, None)


async def test_who_is_online_in_a_room_is_shown(desk: Desk, autojump_clock: MockClock) -> None:
    channel = desk.hub.open("lobby")
    for user in ("carol", "alice", "bob"):
        desk.hub.follow("lobby", user)
    for user in ("carol", "alice", "dave"):
        desk.connect(user)
    shown = desk.hub.online(channel)
    assert (shown.count, shown.users) == (2, ("alice", "carol"))


async def test_the_count_follows_whoever_comes_goes_enters_and_leaves(
    desk: Desk, autojump_clock: MockClock
) -> None:
    channel = desk.hub.open("lobby")

    def count() -> int:
        assert channel.online == sum(map(desk.hub.is_online, channel.inboxes))
        return channel.online

    alice = desk.connect("alice")
    for _ in range(2):
        desk.hub.follow("lobby", "alice")
    desk.hub.follow("lobby", "bob")
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
    desk.hub.follow("lobby", "bob")
    desk.connect("alice")
    assert count() == 2
    desk.hub.unfollow_all("alice")
    assert count() == 1


async def test_joining_online_is_told_but_not_to_oneself(
    desk: Desk, autojump_clock: MockClock
) -> None:
    channel = desk.hub.open("lobby")
    mine, theirs = desk.connect("alice", ["lobby"]), desk.connect("bob", ["lobby"])
    desk.hub.follow("lobby", "alice")
    desk.hub.publish_member_presence("alice", channel)
    desk.hub.publish_member_presence("carol", channel)
    assert await events(mine) == []
    assert await events(theirs) == [online("alice")]


async def test_who_is_not_in_the_room_any_more_is_not_told_of_there(
    desk: Desk, autojump_clock: MockClock
) -> None:
    watcher = desk.connect("bob", ["lobby"])
    desk.hub.follow("lobby", "alice")
    mine = desk.connect("alice")
    await events(watcher)
    desk.hub.detach("alice", desk.hub.open("lobby"))
    desk.disconnect(mine)
    await trio.sleep(GRACE_S + 1)
    assert await events(watcher) == []


async def test_who_never_got_in_does_not_go(desk: Desk, autojump_clock: MockClock) -> None:
    """The session ended before the reply to ``connect``, but it may have typed."""
    watcher = desk.connect("bob", ["lobby"])
    desk.hub.follow("lobby", "alice")
    session = BoxedSession("early", outbox_bytes=100)
    session.identify(token_of("alice"), connected_at=0)
    desk.registry.add(session)
    desk.hub.open("lobby").set_typing("alice", True)
    desk.disconnect(session)
    await trio.sleep(GRACE_S + 1)
    assert await events(watcher) == [typing("alice", True), typing("alice", False)]


# ---- typing


async def test_typing_is_told_on_change_only_and_not_to_oneself(
    desk: Desk, autojump_clock: MockClock
) -> None:
    channel = desk.hub.open("lobby")
    mine, theirs = desk.connect("alice", ["lobby"]), desk.connect("bob", ["lobby"])
    for sign in (False, True, True, False, False, True):
        channel.set_typing("alice", sign)
    assert await events(mine) == []
    assert await events(theirs) == [
        typing("alice", True),
        typing("alice", False),
        typing("alice", True),
    ]


async def test_a_sign_that_clients_have_dropped_is_news_again(
    desk: Desk, autojump_clock: MockClock
) -> None:
    channel = desk.hub.open("lobby")
    theirs = desk.connect("bob", ["lobby"])
    channel.set_typing("alice", True)
    await trio.sleep(TYPING_S - 0.1)
    channel.set_typing("alice", True)
    await trio.sleep(0.2)
    assert await events(theirs) == [typing("alice", True)]
    channel.set_typing("alice", True)
    assert await events(theirs) == [typing("alice", True)]
    await trio.sleep(TYPING_S + 0.1)
    channel.set_typing("alice", False)
    assert await events(theirs) == [], "nobody shows it any more"
    assert channel.typing == {}


async def test_each_person_types_for_themselves(desk: Desk, autojump_clock: MockClock) -> None:
    channel = desk.hub.open("lobby")
    theirs = desk.connect("bob", ["lobby"])
    channel.set_typing("alice", True)
    channel.set_typing("carol", True)
    channel.set_typing("alice", False)
    assert await events(theirs) == [
        typing("alice", True),
        typing("carol", True),
        typing("alice", False),
    ]


async def test_the_last_session_s_end_ends_the_typing_at_once(
    desk: Desk, autojump_clock: MockClock
) -> None:
    channel = desk.hub.open("lobby")
    theirs = desk.connect("bob", ["lobby"])
    desk.hub.follow("lobby", "alice")
    first, second = desk.connect("alice", ["lobby"]), desk.connect("alice")
    await events(theirs)
    channel.set_typing("alice", True)
    desk.disconnect(first)
    assert await events(theirs) == [typing("alice", True)]
    desk.disconnect(second)
    await wait_all_tasks_blocked()
    assert await events(theirs) == [typing("alice", False)]
