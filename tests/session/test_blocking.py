"""Blocking a person, tested through sessions."""

from collections.abc import AsyncIterator
from typing import TypeAlias

import pytest

from ..client import Client, call_frame
from ..wire.frames import TEXT, client_frame
from .node_harness import World

People: TypeAlias = tuple[Client, Client]


@pytest.fixture
async def people(world: World) -> AsyncIterator[People]:
    """alice and bob. alice will block bob."""
    async with world.sessions("alice", "bob") as (alice, bob):
        yield alice, bob


async def test_a_blocked_person_writes_nothing_new(people: People) -> None:
    alice, bob = people
    await alice.call("blockUser", user="bob")
    assert (await bob.refused("sendMessage", to="alice", text="hello")).reason == "forbidden"
    assert (await alice.call("getInbox"))["rooms"] == []
    await alice.call("unblockUser", user="bob")
    first = await bob.call("sendMessage", to="alice", text="before", clientId="c-1")
    await alice.call("blockUser", user="bob")
    direct = {"room": "@alice:bob"}
    for method, params in (
        ("sendMessage", {"to": "alice", "text": "after"}),
        ("sendMessage", direct | {"text": "after"}),
        ("editMessage", direct | {"text": "after", "seq": 1}),
    ):
        assert (await bob.refused(method, **params)).reason == "forbidden"
    page = await alice.call("getHistory", **direct)
    assert [message["text"] for message in page["messages"]] == ["before"]
    # The look-up of the clientId comes before a permanent refusal (I3).
    again = await bob.call("sendMessage", to="alice", text="before", clientId="c-1")
    assert again == first | {"duplicate": True}
    await bob.call("deleteMessage", seq=1, **direct)
    await alice.call("sendMessage", to="bob", text="stop it")
    assert (await bob.call("getInbox"))["unread"] == 1


async def test_invitations_of_a_blocked_person_are_refused(people: People) -> None:
    alice, bob = people
    await bob.call("createRoom", room="den", visibility="private")
    await alice.call("blockUser", user="bob")
    assert (await bob.refused("invite", room="den", user="alice")).reason == "forbidden"
    assert (await alice.call("getInbox"))["rooms"] == []
    await alice.call("unblockUser", user="bob")
    await bob.call("invite", room="den", user="alice")
    # An invitation of a member has no effect, so a block does not matter.
    await alice.call("blockUser", user="bob")
    await bob.call("invite", room="den", user="alice")


async def test_a_block_changes_nothing_in_shared_rooms(people: People) -> None:
    alice, bob = people
    for client in people:
        await client.call("joinRoom", room="lobby")
    await alice.call("blockUser", user="bob")
    await bob.call("sendMessage", room="lobby", text="hello @alice")
    inbox = await alice.call("getInbox")
    assert (inbox["unread"], inbox["mentions"]) == (1, 1)


async def test_blocks_are_listed_by_name_and_by_pages(world: World) -> None:
    for name in ("dave", "carol", "bob"):
        await world.token(name)
    async with world.session("alice") as alice:
        for name in ("dave", "bob", "carol", "bob"):
            await alice.call("blockUser", user=name)
        first = await alice.call("listBlocked", limit=2)
        assert [user["name"] for user in first["users"]] == ["bob", "carol"]
        rest = await alice.call("listBlocked", after=first["next"])
        assert rest == {"users": [{"name": "dave", "displayName": "Dave"}], "next": None}
        for _ in range(2):
            await alice.call("unblockUser", user="carol")
        assert len((await alice.call("listBlocked"))["users"]) == 2
        assert (await alice.refused("blockUser", user="nobody")).reason == "not_found"
        assert (await alice.refused("blockUser", user="alice")).reason == "invalid_params"


async def test_blocks_and_unblocks_keep_their_order(people: People) -> None:
    alice, _ = people
    calls = [call_frame(method, method, user="bob") for method in ("unblockUser", "blockUser")]
    calls = [*calls, *calls, call_frame("listBlocked", "list")]
    await alice.send_raw(b"".join(client_frame(TEXT, call.encode()) for call in calls))
    assert (await alice.reply("list"))["users"] == [{"name": "bob", "displayName": "Bob"}]
