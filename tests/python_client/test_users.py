"""Profiles, their view, and the settings of an account."""

import json

import pytest

import chatroom.client as client
from chatroom.client import Chat, Profile, SettingsChanged, Status, User, UserChanged, Users
from chatroom.client.users import MAX_USERS

from ..session.node_harness import now_ms
from .network import Network, next_of


async def set_name(chat: Chat, name: str) -> None:
    assert (await chat.set_profile(display_name=name)).display_name == name


async def test_profiles_are_set_and_found(network: Network) -> None:
    async with network.meet("alice", "bob") as [alice, bob]:
        status = Status("at lunch", "\u2764\ufe0f", now_ms() + 60_000)
        mine = await alice.set_profile(display_name="Alice A.", status=status)
        assert mine == Profile("alice", "Alice A.", status=status)
        [shown] = await bob.get_users(["alice", "nobody"])
        assert (shown.display_name, shown.status, shown.online) == ("Alice A.", status, True)
        page = await bob.list_users("zo", limit=1)
        assert [each.name for each in page.users] == []
        page = await bob.list_users("ali")
        assert [each.name for each in page.users] == ["alice"]
        assert [each.name for each in (await bob.list_users(after="alice")).users] == ["bob"]
        assert (await alice.set_profile(status=Status())).status is None
        with pytest.raises(client.InvalidParams):
            await alice.set_profile(display_name="A\u200b")


async def test_the_view_follows_events_and_is_read_again_after_a_lost_connection(
    network: Network,
) -> None:
    async with network.meet("alice", "bob", "carol") as [alice, bob, carol]:
        users = carol.users
        assert users.get("alice") is None
        assert users.display_name("alice") == "alice"
        await carol.load_users(["alice", "bob", "nobody"])
        assert [users["alice"].display_name, users["bob"].display_name] == ["Alice", "Bob"]
        assert "nobody" not in users
        await set_name(alice, "Alice One")
        while (await next_of(carol, UserChanged)).display_name != "Alice One":
            pass
        assert users.display_name("alice") == "Alice One"
        network.go_down()
        await set_name(alice, "Alice Two")
        await bob.leave("general")
        network.down = False
        while (await next_of(carol, UserChanged)).display_name != "Alice Two":
            pass
        assert users.display_name("alice") == "Alice Two"
        assert "bob" not in users


def test_the_view_is_bounded_and_leaves_out_a_status_that_has_ended() -> None:
    now = 1000
    users = Users(lambda: now)
    assert users.put(Profile("alice", "Alice", status=Status("busy", until=2000)))
    assert users["alice"].status == Status("busy", until=2000)
    now = 2000
    assert users["alice"].status is None
    for number in range(MAX_USERS):
        users.put(Profile(f"user-{number}", "User"))
    assert len(users) == MAX_USERS
    assert "alice" not in users
    assert not users.put(Profile("user-7", "User"))


def test_who_may_be_mistaken_for_another_is_shown_with_the_name() -> None:
    users = Users()
    users.put(Profile("alice", "Alice"))
    users.put(Profile("bob", "bob"))
    users.put(Profile("a1ice", "Somebody", lookalike=True))
    assert [users.label(name) for name in ("alice", "bob", "a1ice", "nobody")] == [
        *("Alice", "bob", "@a1ice (Somebody)", "nobody")
    ]
    users.put(Profile("carol", "Alice"))
    assert users.label("alice") == "@alice (Alice)"
    users.put(Profile("carol", "Carol"))
    users.note(User("carol", "Alice"))  # the profile is newer
    assert [users.label("alice"), users.label("carol")] == ["Alice", "Carol"]


async def test_settings_of_the_account(network: Network) -> None:
    async with network.chat("alice") as phone, network.chat("alice") as laptop:
        first = await phone.set_settings({"theme": "dark"}, number=0)
        assert (json.loads(first.settings), first.number) == ({"theme": "dark"}, 1)
        told = await next_of(laptop, SettingsChanged)
        assert (told.settings, told.number) == (first.settings, 1)
        with pytest.raises(client.Conflict):
            await laptop.set_settings({}, number=0)
        assert (await laptop.set_settings({"a": "x" * 16_000})).number == 2
        assert await phone.get_settings() == await laptop.get_settings()
        with pytest.raises(ValueError, match="16384"):
            await phone.set_settings({"a": "x" * 17_000})
