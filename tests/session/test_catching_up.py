"""An inbox without forwards, since its owner watches the room, catches up before it answers."""

import pytest
from trio.testing import MockClock

from .node_harness import World


@pytest.mark.parametrize("missed", [1, 100, 700])
@pytest.mark.config(rate_limits="off")
async def test_the_inbox_of_a_watcher_catches_up(
    world: World, missed: int, autojump_clock: MockClock
) -> None:
    """The room did not forward to the inbox. Its message cache holds fewer than 700 events."""
    async with world.sessions("alice", "bob") as (alice, bob):
        for client in (alice, bob):
            await client.call("joinRoom", room="general")
        await bob.call("subscribe", room="general")
        for number in range(missed):
            text = "hello @bob" if number % 10 == 0 else "hello"
            await alice.call("sendMessage", room="general", text=text)
        await alice.call("deleteMessage", room="general", seq=1)
        inbox = await bob.call("getInbox")
        mentions = (missed - 1) // 10
        assert (inbox["unread"], inbox["mentions"]) == (missed - 1, mentions)
        [entry] = inbox["rooms"]
        assert entry["headSeq"] == entry["lastMessage"]["seq"] == missed
        read = await bob.call("markRead", room="general", seq=missed)
        assert (read["unread"], read["mentions"]) == (0, 0)
        assert bob.pending("newMessage") != []
