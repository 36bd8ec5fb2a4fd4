"""A room deleted by an operator, tested through sessions."""

from typing import Any

import pytest

from .node_harness import World

REFUSED: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("getHistory", {}, "not_found"),
    ("sendMessage", {"text": "hello"}, "not_found"),
    ("joinRoom", {}, "conflict"),
    ("joinRoom", {"create": False}, "conflict"),
    ("createRoom", {"visibility": "public"}, "conflict"),
)


@pytest.mark.parametrize("visibility", ["public", "private"])
async def test_calls_on_a_deleted_room(world: World, visibility: str) -> None:
    async with world.sessions("alice", "bob") as (alice, bob):
        await alice.call("createRoom", room="den", visibility=visibility)
        await alice.call("subscribe", room="den")
        await alice.call("sendMessage", room="den", text="hello", clientId="c-1")
        await world.node.rooms.delete("den")
        gone = await alice.event("memberChanged", role=None)
        assert gone == {"room": "den", "user": "alice", "role": None}
        for method, params, reason in REFUSED:
            for client in (alice, bob):
                assert (await client.refused(method, room="den", **params)).reason == reason
        assert (await alice.call("getInbox"))["rooms"] == []
