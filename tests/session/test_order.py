"""Concurrent calls of one session take effect in the order of their arrival."""

import pytest
from trio.testing import MockClock

from .node_harness import World


async def test_a_session_sees_what_it_did_before(world: World, autojump_clock: MockClock) -> None:
    async with world.session("alice") as alice:
        world.store.commit_delay = 0.1
        joined = await alice.begin("joinRoom", room="general")
        sent = await alice.begin("sendMessage", room="general", text="hello")
        read = await alice.begin("getHistory", room="general")
        deleted = await alice.begin("deleteMessage", room="general", seq=1)
        left = await alice.begin("leaveRoom", room="general")
        late = await alice.begin("sendMessage", room="general", text="too late")
        assert (await alice.reply(joined))["created"] is True
        assert (await alice.reply(sent))["seq"] == 1
        assert (await alice.reply(read))["headSeq"] == 1
        assert (await alice.reply(deleted))["rev"] == 2
        assert await alice.reply(left) == {}
        with pytest.raises(Exception, match=r"^forbidden"):
            await alice.reply(late)
