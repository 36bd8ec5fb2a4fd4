"""Profiles and settings, tested through sessions."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
import trio

from chatroom.model import Status
from chatroom.store.people import PeoplePage

from ..client import Client
from ..faulty_store import FaultyStore
from .node_harness import World, now_ms

pytestmark = pytest.mark.usefixtures("autojump_clock")


class SlowPeople(FaultyStore):
    """``meanwhile`` is awaited once, between a read of people and its reply."""

    meanwhile: Callable[[], Awaitable[object]] | None = None
    people_reads = 0

    async def known_people(
        self, user: str, rooms: Collection[str] | None, names: Collection[str]
    ) -> PeoplePage:
        found = await super().known_people(user, rooms, names)
        self.people_reads += 1
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        return found


@pytest.fixture
async def slow() -> SlowPeople:
    return SlowPeople()


@pytest.fixture
async def world(nursery: trio.Nursery, slow: SlowPeople) -> World:
    return await World.start(nursery, store=slow, rate_limits="off", presence_members=3)


@asynccontextmanager
async def meeting(world: World, *names: str, room: str = "general") -> AsyncIterator[list[Client]]:
    """Connect people, who join a room and watch it."""
    async with world.sessions(*names) as people:
        for each in people:
            await each.call("joinRoom", room=room)
            await each.call("subscribe", room=room)
        yield list(people)


async def shown(client: Client, *names: str) -> dict[str, Any]:
    """Return the profiles that this person sees, by name."""
    reply = await client.call("getUsers", users=list(names))
    found = {user["name"]: user for user in reply["users"]}
    assert list(found) == sorted(found)
    return found


async def listed(client: Client, **more: Any) -> list[str]:
    """Return the names on all pages of listUsers."""
    names: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = await client.call("listUsers", **more, **after)
        names += [user["name"] for user in page["users"]]
        if page["next"] is None:
            return names
        after = {"after": page["next"]}


async def heard(client: Client, method: str = "userChanged") -> list[Any]:
    """Return the params of events that arrived since the last call."""
    await trio.sleep(1)
    found = [event["params"] for event in client.pending(method)]
    client.untaken.clear()
    return found


# ---- profiles


async def test_a_profile_is_set_in_parts_and_shown_to_others(world: World) -> None:
    async with meeting(world, "alice", "bob") as [alice, bob]:
        first = await alice.call("setProfile", displayName="  Alice A. ")
        assert first == {"name": "alice", "displayName": "Alice A."}
        status = {"text": "at lunch", "emoji": "\u2764\ufe0f", "until": now_ms() + 3_600_000}
        second = await alice.call("setProfile", status=status | {"emoji": "\u2764"})
        assert second == first | {"status": status}
        assert await shown(bob, "alice") == {"alice": second | {"online": True}}
        emptied = await alice.call("setProfile", status={})
        assert emptied == first
        assert await shown(alice, "alice") == {"alice": first | {"online": True}}


async def test_names_are_checked_like_those_of_new_accounts(world: World) -> None:
    async with world.session("alice") as alice:
        for wrong in ({"displayName": "A\u200bB"}, {"displayName": " "}, {"displayName": "x" * 81}):
            assert (await alice.refused("setProfile", **wrong)).reason == "invalid_params"
        refused = await alice.refused("setProfile", status={"text": "a\u202eb"})
        assert refused.message.startswith("status: its text must have no invisible characters")


async def test_a_name_that_another_person_has_is_marked_until_it_is_changed(world: World) -> None:
    async with meeting(world, "alice", "bob") as [alice, bob]:
        taken = await bob.call("setProfile", displayName="Al\u0456ce")  # a Cyrillic i
        assert taken["lookalike"]
        assert (await shown(alice, "bob"))["bob"]["lookalike"]
        # The first to have the name is not marked when she sets it again, nor for another status.
        changes: list[dict[str, Any]] = [{"displayName": "Alice"}, {"displayName": "Al"}]
        for change in (*changes, {"status": {}}):
            assert "lookalike" not in await alice.call("setProfile", **change)
        assert "lookalike" not in await bob.call("setProfile", displayName="Bob")


async def test_connect_shows_the_new_name(world: World) -> None:
    token = await world.token("alice")
    for name in ("Alice One", "Alice Two"):
        async with world.socket() as alice:
            await alice.connect(token)
            await alice.call("setProfile", displayName=name)
        async with world.socket() as alice:
            assert (await alice.connect(token))["user"]["displayName"] == name


async def test_an_outsider_learns_no_more_than_of_a_name_that_does_not_exist(world: World) -> None:
    async with meeting(world, "alice", "bob"), world.session("eve") as eve:
        await eve.call("joinRoom", room="elsewhere")
        assert await shown(eve, "alice", "eve", "nobody") == await shown(eve, "eve")
        assert await listed(eve) == await listed(eve, query="e") == ["eve"]
        assert await listed(eve, query="alice") == []
        await eve.call("sendMessage", to="alice", text="hello")
        assert set(await shown(eve, "alice", "bob")) == {"alice"}
        assert await listed(eve) == ["alice", "eve"]


async def test_people_are_found_by_the_beginning_of_any_word(world: World) -> None:
    async with meeting(world, "alice", "bob", "carol") as [alice, bob, carol]:
        await bob.call("setProfile", displayName="Ren\u00e9 al-Rashid")
        await carol.call("setProfile", displayName="Carol von Alten")
        for each in (alice, bob):  # nobody is listed twice
            await each.call("joinRoom", room="garden")
        assert await listed(alice) == await listed(alice, limit=1) == ["alice", "bob", "carol"]
        assert await listed(alice, query="al") == ["alice", "bob", "carol"]
        assert await listed(alice, query="AL", limit=1) == ["alice", "bob", "carol"]
        assert await listed(alice, query="rene") == ["bob"]
        assert await listed(alice, query="lten") == []


@pytest.mark.parametrize("seconds", [0.5, 2])
async def test_a_slow_call_is_logged(
    world: World, slow: SlowPeople, seconds: float, caplog: pytest.LogCaptureFixture
) -> None:
    async with meeting(world, "alice") as [alice]:
        slow.meanwhile = partial(trio.sleep, seconds)
        await alice.call("getUsers", users=["alice"])
    logged = [each for each in caplog.records if each.getMessage() == "a call was slow"]
    told = [(vars(each)["user"], vars(each)["method"], vars(each)["seconds"]) for each in logged]
    assert told == ([("alice", "getUsers", 2.0)] if seconds == 2 else [])


async def test_who_has_left_sees_the_others_no_longer(world: World, slow: SlowPeople) -> None:
    """Also if the person leaves between the read and the reply."""
    async with meeting(world, "alice", "bob") as [alice, bob]:
        await alice.call("joinRoom", room="garden")
        await alice.call("setProfile", status={"text": "in the garden"})
        slow.meanwhile = lambda: bob.call("leaveRoom", room="general")
        assert set(await shown(bob, "alice", "bob")) == {"bob"}
        assert slow.people_reads == 2
        assert await listed(bob) == ["bob"]


# ---- events


async def test_a_change_is_told_once_to_each_session_that_watches_a_shared_room(
    world: World,
) -> None:
    async with (
        meeting(world, "alice", "bob") as [alice, bob],
        world.sessions("alice", "eve") as (other, eve),
    ):
        for each in (alice, bob):
            await each.call("joinRoom", room="garden")
            await each.call("subscribe", room="garden")
        await eve.call("joinRoom", room="elsewhere")
        await eve.call("subscribe", room="elsewhere")
        for text in ("one", "two"):
            profile = await alice.call("setProfile", status={"text": text})
        for each in (alice, other, bob):
            assert await heard(each) == [profile]
        assert await heard(eve) == []
        await alice.call("setProfile", status={"text": "two"})  # changes nothing
        assert await heard(bob) == []


async def test_large_rooms_are_told_nothing(world: World) -> None:
    async with meeting(world, "alice", "bob", "carol", "dave") as [alice, bob, *_]:
        await alice.call("setProfile", status={"text": "one of many"})
        assert await heard(bob) == []
        assert (await shown(bob, "alice"))["alice"]["status"] == {"text": "one of many"}


async def test_a_status_ends_by_the_clock_and_that_is_told(world: World) -> None:
    async with meeting(world, "alice", "bob") as [alice, bob]:
        until = now_ms() + 90_500
        await alice.call("setProfile", status={"text": "back soon", "until": until})
        await heard(bob)
        await trio.sleep(80)
        assert "status" in (await shown(bob, "alice"))["alice"]
        await alice.cut()  # the end is told of people who are offline, too
        await trio.sleep(15)
        ended = {"name": "alice", "displayName": "Alice"}
        assert await heard(bob) == [ended]
        assert await shown(bob, "alice") == {"alice": ended | {"online": False}}
        late = await bob.call("setProfile", status={"text": "too late", "until": until})
        assert late == {"name": "bob", "displayName": "Bob"}


async def test_many_statuses_end_at_once(world: World) -> None:
    names = [f"user-{number:03}" for number in range(250)]
    for name in names:
        await world.token(name)
        await world.store.set_profile(name, None, Status("busy", None, now_ms() + 30_000))
    async with world.session("user-249") as last, world.session("user-000") as first:
        await last.call("setProfile", displayName="Last")
        for each in (first, last):
            await heard(each)
        await trio.sleep(60)
        for each in (first, last):
            assert len(await heard(each)) == 1


async def test_whoever_left_while_the_profile_was_read_is_not_told_of(
    nursery: trio.Nursery,
) -> None:
    class SlowRooms(FaultyStore):
        meanwhile: Callable[[], Awaitable[object]] | None = None

        async def rooms_of(self, users: Collection[str]) -> Any:
            found = await super().rooms_of(users)
            if self.meanwhile is not None:
                await self.meanwhile()
            return found

    store = SlowRooms()
    world = await World.start(nursery, store=store, rate_limits="off")
    async with meeting(world, "alice", "bob") as [alice, bob]:
        store.meanwhile = lambda: alice.call("leaveRoom", room="general")
        await alice.call("setProfile", status={"text": "gone"})
        assert await heard(bob) == []
        assert len(await heard(alice)) == 1


async def test_the_other_of_a_direct_room_gets_a_new_entry(world: World) -> None:
    async with world.sessions("alice", "bob") as (alice, bob):
        await alice.call("sendMessage", to="bob", text="hello")
        await alice.call("sendMessage", to="alice", text="note to self")
        for each in (alice, bob):
            await each.call("getInbox")
        await heard(bob)
        await alice.call("setProfile", displayName="Alice the First")
        [entry] = await heard(bob, "unread")
        assert entry["title"] == entry["with"]["displayName"] == "Alice the First"
        assert (entry["room"], entry["unread"]) == ("@alice:bob", 1)
        inbox = await bob.call("getInbox")
        assert inbox["rooms"] == [entry]
        titles = {each["title"] for each in (await alice.call("getInbox"))["rooms"]}
        assert titles == {"Bob", "Alice the First"}


# ---- settings


async def test_settings_are_kept_as_they_are_and_told_to_all_sessions(world: World) -> None:
    async with world.sessions("alice", "alice", "bob") as (one, two, bob):
        assert await one.call("getSettings") == {"settings": {}, "number": 0}
        settings = {"theme": "dark", "rooms": {"general": {"order": [1, None, 2.5]}}}
        stored = await one.call("setSettings", settings=settings)
        assert stored == {"settings": settings, "number": 1}
        for each in (one, two):
            assert await heard(each, "settingsChanged") == [stored]
            assert await each.call("getSettings") == stored
        assert await heard(bob, "settingsChanged") == []
        assert await bob.call("getSettings") == {"settings": {}, "number": 0}


async def test_settings_are_compared_by_number_if_asked(world: World) -> None:
    async with world.sessions("alice", "alice") as (one, two):
        assert (await one.call("setSettings", settings={"a": 1}, number=0))["number"] == 1
        assert (await two.refused("setSettings", settings={"b": 1}, number=0)).reason == "conflict"
        assert (await two.call("setSettings", settings={"b": 1}, number=1))["number"] == 2
        assert (await one.call("setSettings", settings={"c": 1}))["number"] == 3
        assert await two.call("getSettings") == {"settings": {"c": 1}, "number": 3}
        assert len(await heard(two, "settingsChanged")) >= 1


async def test_settings_that_are_too_large_are_refused(world: World) -> None:
    async with world.session("alice") as alice:
        await alice.call("setSettings", settings={"a": "x" * 16_300})
        refused = await alice.refused("setSettings", settings={"a": "x" * 16_400})
        assert refused.reason == "invalid_params"
        assert refused.message == "settings: must have at most 16384 bytes as JSON"
