"""Presence through sessions. Its rules are tested in tests/hub/test_presence.py."""

import trio
from trio.testing import MockClock

from .node_harness import World

GRACE_S = 5


async def test_coming_and_going(world: World, autojump_clock: MockClock) -> None:
    async with world.session("alice") as alice:
        await alice.call("joinRoom", room="general")
        await alice.call("subscribe", room="general")
        async with world.session("bob") as bob:
            await trio.sleep(1)
            assert alice.pending("presence") == []  # bob is not a member yet
            await bob.call("joinRoom", room="general")
            assert await alice.event("presence") == {"user": "bob", "online": True}
            online = (await bob.call("subscribe", room="general"))["online"]
            assert online == {"count": 2, "users": ["alice", "bob"]}
        left = trio.current_time()
        assert await alice.event("presence") == {"user": "bob", "online": False}
        assert GRACE_S <= trio.current_time() - left <= GRACE_S + 1
        members = (await alice.call("listMembers", room="general"))["members"]
        online = {member["user"]: member["online"] for member in members}
        assert online == {"alice": True, "bob": False}
        async with world.session("bob"):
            assert await alice.event("presence") == {"user": "bob", "online": True}
            online = (await alice.call("subscribe", room="general"))["online"]
            assert online == {"count": 2, "users": ["alice", "bob"]}
            await trio.sleep(1)
            assert alice.pending("presence") == []
