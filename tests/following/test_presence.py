"""People online at one node are online at the other one, for those to whom that is told."""

from random import Random
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from chatroom.errors import StorageUnavailable
from chatroom.nodes.name_set import MAX_NAMES, NameSet
from chatroom.nodes.presence import DIGEST_S, GONE_S
from chatroom.protocol import calls
from chatroom.store.sqlite import SqliteStore

from ..builders import CONFIG, Guest, House, reason
from .two_nodes import Line, SharedStore, meet, two_nodes

GRACE_S = CONFIG.presence_grace_s
TOLD_S = 0.2
"""Time after which a change is told that no line loses."""
HEALED_S = 3 * DIGEST_S + TOLD_S
"""Time after which a loss is healed: by a digest, an answer to it, and a list."""


def presence(guest: Guest) -> list[tuple[str, bool]]:
    return [(event["user"], event["online"]) for event in guest.events("presence")]


async def seen(guest: Guest, room: str = "lobby") -> tuple[str, ...]:
    """Return who is online in the room, as the guest's node says in three ways."""
    online = (await guest.subscribe(room)).online
    members: Any = await guest.ask(room, calls.ListMembers, "", 50)
    listed = tuple(member.user for member in members.members if member.online)
    assert online.users == listed
    assert online.count == len(listed)
    people = (await guest.ask_inbox(calls.ListUsers())).users
    assert {person.name for person in people if person.online} >= set(listed)
    return listed


def shared(house: House) -> SharedStore:
    store = house.store
    assert isinstance(store, SharedStore)
    return store


async def test_people_come_and_go(autojump_clock: MockClock) -> None:
    async with two_nodes() as (one, two):
        alice, bob = await meet(one, two)
        assert await seen(alice) == await seen(bob) == ("alice", "bob")
        one.leave(alice)
        await trio.sleep(GRACE_S - 0.1)
        assert await seen(bob) == ("alice", "bob")
        await trio.sleep(TOLD_S + 0.1)
        assert await seen(bob) == ("bob",)
        again = await one.guest("alice")
        await trio.sleep(TOLD_S)
        assert await seen(again) == ("alice", "bob")
        assert presence(bob) == [("alice", False), ("alice", True)]


async def test_a_person_at_both_nodes_is_offline_when_both_say_so(
    autojump_clock: MockClock,
) -> None:
    async with two_nodes() as (one, two):
        alice, bob = await meet(one, two)
        phone = await two.guest("alice")
        one.leave(alice)
        await trio.sleep(GRACE_S + TOLD_S)
        assert await seen(bob) == ("alice", "bob")
        assert presence(bob) == []
        back = await one.guest("alice")
        two.leave(phone)
        await trio.sleep(GRACE_S + TOLD_S)
        assert await seen(bob) == ("alice", "bob")
        one.leave(back)
        await trio.sleep(GRACE_S + TOLD_S)
        assert await seen(bob) == ("bob",)
        assert presence(bob) == [("alice", False)]


async def test_what_is_lost_is_healed(autojump_clock: MockClock) -> None:
    line = Line()
    async with two_nodes(None, line) as (one, two):
        alice, bob = await meet(one, two)
        line.lose = 1
        one.leave(alice)
        await trio.sleep(2 * GRACE_S)
        assert await seen(bob) == ("alice", "bob")
        line.lose = 0
        await trio.sleep(HEALED_S)
        assert await seen(bob) == ("bob",)
        line.lose = 1
        await one.guest("alice")
        await trio.sleep(GRACE_S)
        line.lose = 0
        await trio.sleep(HEALED_S)
        assert await seen(bob) == ("alice", "bob")
        assert presence(bob) == [("alice", False), ("alice", True)]


async def test_people_of_a_node_that_died_go_offline(autojump_clock: MockClock) -> None:
    async with two_nodes() as (one, two):
        _, bob = await meet(one, two)
        shared(one).bus.others = []  # it tells nothing any more
        shared(two).alive = ()
        await trio.sleep(GONE_S - 0.1)
        assert await seen(bob) == ("alice", "bob")
        await trio.sleep(2 * DIGEST_S + 0.1)
        assert await seen(bob) == ("bob",)
        # It was only frozen.
        shared(two).alive = (1,)
        shared(one).bus.others = [shared(two).bus]
        await trio.sleep(HEALED_S)
        assert await seen(bob) == ("alice", "bob")
        assert presence(bob) == [("alice", False), ("alice", True)]


async def test_members_who_join_or_leave_while_online_elsewhere(
    line: Line, autojump_clock: MockClock
) -> None:
    async with two_nodes() as (one, two):
        alice, bob = await meet(one, two)
        carol = await one.guest("carol")
        await trio.sleep(TOLD_S)
        assert presence(bob) == []
        shared(two).line = shared(two).bus.line = line
        await carol.join("lobby")
        await trio.sleep(HEALED_S)
        assert await seen(bob) == await seen(alice) == ("alice", "bob", "carol")
        assert set(presence(bob)) == {("carol", True)}
        await alice.ask("lobby", calls.RemoveMember, "carol")
        await trio.sleep(HEALED_S)
        assert await seen(bob) == ("alice", "bob")
        bob.heard.clear()
        one.leave(carol)
        line.lose = 0
        await trio.sleep(GRACE_S + HEALED_S)
        assert presence(bob) == []


async def test_a_removed_member_is_not_shown_in_the_next_step(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the member's rooms are read again."""

    async def hang(*_: object) -> Any:
        await trio.sleep_forever()

    async with two_nodes() as (one, two):
        alice, _ = await meet(one, two)
        monkeypatch.setattr(SqliteStore, "rooms_of", hang)
        assert reason(await alice.ask("lobby", calls.RemoveMember, "bob")) is None
        assert await seen(alice) == ("alice",)
        assert reason(await alice.ask("lobby", calls.Invite, "bob")) is None
        assert await seen(alice) == ("alice", "bob")


async def test_a_room_that_nobody_here_listened_to(autojump_clock: MockClock) -> None:
    async with two_nodes() as (one, two):
        for user in ("alice", "bob"):
            await (await one.guest(user)).join("lobby")
        await trio.sleep(TOLD_S)
        carol = await two.guest("carol")
        await carol.join("lobby")
        assert await seen(carol) == ("alice", "bob", "carol")


@pytest.mark.parametrize("stays", [True, False])
async def test_who_leaves_while_their_rooms_are_read(
    stays: bool, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is told of a person who has left the room since (I5). The read takes long."""
    read = SqliteStore.rooms_of

    async def slow(store: SqliteStore, users: Any) -> Any:
        found = await read(store, users)
        await trio.sleep(1.5)
        return found

    async with two_nodes() as (one, two):
        alice, bob = await meet(one, two)
        two.leave(bob)
        await trio.sleep(GRACE_S + TOLD_S)
        alice.heard.clear()
        monkeypatch.setattr(SqliteStore, "rooms_of", slow)
        await two.guest("bob")
        await trio.sleep(0.5)
        if stays:
            await trio.sleep(HEALED_S)
            assert presence(alice) == [("bob", True)]
        else:
            assert reason(await alice.ask("lobby", calls.RemoveMember, "bob")) is None
            await trio.sleep(HEALED_S)
            assert presence(alice) == []
            assert await seen(alice) == ("alice",)


async def test_large_rooms_send_no_presence(autojump_clock: MockClock) -> None:
    async with two_nodes() as (one, two):
        alice, bob = await meet(one, two)
        for house in (one, two):
            house.node.hub.online._max_members = 1
        one.leave(alice)
        await trio.sleep(GRACE_S + TOLD_S)
        online = (await bob.subscribe("lobby")).online
        assert (online.count, online.users) == (1, None)
        assert presence(bob) == []


async def test_a_store_that_cannot_be_read_for_a_while(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> Any:
        raise StorageUnavailable("away")

    async with two_nodes() as (one, two):
        alice, bob = await meet(one, two)
        carol = await one.guest("carol")
        await carol.join("lobby")
        one.leave(carol)
        await trio.sleep(GRACE_S + TOLD_S)
        with monkeypatch.context() as patch:
            patch.setattr(SqliteStore, "rooms_of", fail)
            await one.guest("carol")
            await trio.sleep(5)
            assert presence(bob)[-1] == ("carol", False)
        await trio.sleep(HEALED_S)
        assert await seen(bob) == await seen(alice) == ("alice", "bob", "carol")


@pytest.mark.parametrize("seed", range(5))
async def test_both_nodes_agree_in_the_end(seed: int, autojump_clock: MockClock) -> None:
    """People come, go, join and leave at random, by lines that lose, double and reorder."""
    dice = Random(seed)  # noqa: S311
    lines = [Line(Random(seed), lose=0.3, double=0.3, delay_s=0.5) for _ in range(2)]  # noqa: S311
    async with two_nodes(*lines) as houses:
        watchers = [
            await house.guest(user) for house, user in zip(houses, ("alice", "bob"), strict=True)
        ]
        for watcher in watchers:
            await watcher.join("lobby")
            await watcher.subscribe("lobby")
        guests: list[tuple[House, Guest]] = []
        for _ in range(60):
            match dice.randrange(3):
                case 0 if len(guests) < 4:
                    house = dice.choice(houses)
                    guests.append((house, await house.guest(dice.choice(("carol", "dave")))))
                case 1 if guests:
                    house, guest = guests.pop(dice.randrange(len(guests)))
                    house.leave(guest)
                case 2 if guests:
                    _, guest = dice.choice(guests)
                    call = dice.choice((calls.JoinRoom, calls.LeaveRoom))
                    await guest.ask("lobby", call)
            await trio.sleep(dice.uniform(0, 3))
        for line in lines:
            line.lose = 0
        await trio.sleep(GRACE_S + HEALED_S)
        shown = [await seen(watcher) for watcher in watchers]
        there = {"alice", "bob", *(guest.user for _, guest in guests)}
        assert shown[0] == shown[1]
        assert set(shown[0]) <= there
        for watcher in watchers:
            members = {user for user, online in dict(presence(watcher)).items() if online}
            assert set(shown[0]) - {"alice", "bob"} <= members


def test_a_set_is_copied_in_parts_of_any_order() -> None:
    dice = Random(1)  # noqa: S311
    here, there = NameSet(), NameSet()
    for number in range(1000):
        here.set(f"user{number}", True)
    for number in range(500, 1200):
        there.set(f"user{number}", True)
    parts = here.parts()
    dice.shuffle(parts)
    assert max(len(part.names) for part in parts) <= MAX_NAMES
    for part in parts:
        assert there.digest != here.digest
        for name in there.missing(part):
            there.set(name, False)
        for name in part.names:
            there.set(name, True)
    assert there.digest == here.digest
    assert set(there) == set(here)
