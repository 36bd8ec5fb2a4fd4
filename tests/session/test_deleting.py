"""A room deleted by an operator, tested through sessions."""

import pytest

from ..client import Client
from .node_harness import World


@pytest.mark.parametrize("visibility", ["public", "private"])
async def test_calls_on_a_deleted_room(world: World, visibility: str) -> None:
    async with world.sessions("alice", "bob") as (alice, bob):
        await alice.call("createRoom", room="den", visibility=visibility)
        await alice.call("subscribe", room="den")
        await alice.call("sendMessage", room="den", text="hello", clientId="c-1")
        await world.node.rooms.delete("den")
        gone = await alice.event("memberChanged", role=None)
        assert gone == {"room": "den", "user": "alice", "role": None}
        for client in (alice, bob):
            await _is_gone(client)
        assert (await alice.call("getInbox"))["rooms"] == []


async def _is_gone(client: Client) -> None:
    assert (await client.refused("getHistory", room="den")).reason == "not_found"
    assert (await client.refused("sendMessage", room="den", text="hello")).reason == "not_found"
    assert (await client.refused("joinRoom", room="den")).reason == "conflict"
    assert (await client.refused("joinRoom", room="den", create=False)).reason == "conflict"
    again = await client.refused("createRoom", room="den", visibility="public")
    assert again.reason == "conflict"
