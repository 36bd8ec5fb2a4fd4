"""Profiles and settings on two nodes."""

import trio
from trio.testing import MockClock

from chatroom.model import Settings, Status
from chatroom.protocol import calls
from chatroom.protocol.field_types import NewStatus, ShownUsers, Title

from ..builders import House
from .two_nodes import HEALED_S, Line, meet, two_nodes


async def test_a_profile_reaches_people_on_another_node(autojump_clock: MockClock) -> None:
    async with two_nodes(None, Line(lose=1)) as (one, two):
        alice, bob = await meet(one, two)
        status = NewStatus(Status("at lunch", until=one.node.clock() + 60_000))
        mine = await alice.ask_inbox(calls.SetProfile(Title("Alice A."), status))
        [shown] = (await bob.ask_inbox(calls.GetUsers(ShownUsers(("alice",))))).users
        assert (shown.display_name, shown.status) == ("Alice A.", mine.status)
        await trio.sleep(HEALED_S)
        [told] = bob.events("userChanged")
        assert told["displayName"] == "Alice A."


async def test_an_identity_is_read_again_on_another_node(autojump_clock: MockClock) -> None:
    async with two_nodes(None, Line(lose=1)) as (one, two):
        alice, _ = await meet(one, two)
        [(_, token)] = await two.node.accounts.issue_tokens(["alice"])
        assert (await two.node.accounts.authenticate(token)).user.display_name == "Alice"
        await alice.ask_inbox(calls.SetProfile(Title("Alice A.")))
        await trio.sleep(HEALED_S)
        assert (await two.node.accounts.authenticate(token)).user.display_name == "Alice A."


async def test_settings_reach_sessions_on_another_node(autojump_clock: MockClock) -> None:
    async with two_nodes(None, Line(lose=1)) as (one, two):
        phone, laptop = await one.guest("alice"), await two.guest("alice")
        stored = await phone.ask_inbox(calls.SetSettings(Settings("{}")))
        assert await laptop.ask_inbox(calls.GetSettings()) == stored
        await trio.sleep(HEALED_S)
        for each in (phone, laptop):
            [told] = each.events("settingsChanged")
            assert told["number"] == 1


async def test_who_joined_on_another_node_is_seen(autojump_clock: MockClock) -> None:
    async def seen(asker: House, user: str) -> list[str]:
        guest = await asker.guest(user)
        found = await guest.ask_inbox(calls.ListUsers())
        return [person.name for person in found.users]

    async with two_nodes(None, Line(lose=1)) as (one, two):
        await meet(one, two)
        assert await seen(one, "bob") == await seen(two, "alice") == ["alice", "bob"]
        assert await seen(two, "carol") == ["carol"]
