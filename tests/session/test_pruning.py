"""Pruning removes old messages, keeps numbers, and is reported to clients that were behind."""

from typing import Any

import pytest
import trio
from trio.testing import MockClock

from .node_harness import EPOCH_MS, World

DAY_S = 200
"""Seconds of virtual time per day of :func:`fast`."""


def fast() -> int:
    return EPOCH_MS + round(trio.current_time() * 1000 * (24 * 60 * 60 / DAY_S))


@pytest.mark.config(rate_limits="off", keep_messages=10)
async def test_only_so_many_are_kept(world: World, autojump_clock: MockClock) -> None:
    async with world.session("alice") as alice:
        await alice.call("joinRoom", room="general")
        async with world.session("bob") as bob:
            await bob.call("joinRoom", room="general")
        for number in range(1, 31):
            await alice.call("sendMessage", room="general", text=f"{number}", clientId=f"{number}")
        await alice.call("sendMessage", to="bob", text="few, so it stays")
        await alice.call("subscribe", room="general")
        await trio.sleep(120)

        page = await alice.call("getHistory", room="general", after=0)
        assert [message["seq"] for message in page["messages"]] == list(range(21, 31))
        assert (page["firstSeq"], page["headSeq"]) == (21, 30)
        assert page["hasMoreBefore"] is False
        async with world.session("bob") as bob:
            # The read cursor moves past the pruned messages.
            inbox = bob.connected["inbox"]
            entry = next(entry for entry in inbox["rooms"] if entry["room"] == "general")
            assert (entry["unread"], entry["readSeq"], inbox["unread"]) == (10, 20, 11)
            epoch = bob.connected["epoch"]
            late = await bob.call("subscribe", room="general", epoch=epoch, sinceRev=5)
            assert (late["recovered"], late["reason"], late["firstSeq"]) == (False, "pruned", 21)
            assert [message["seq"] for message in late["messages"]] == list(range(21, 31))
            soon = await bob.call("subscribe", room="general", epoch=epoch, sinceRev=25)
            assert [message["seq"] for message in soon["messages"]] == list(range(26, 31))
            gone = await alice.refused("editMessage", room="general", seq=1, text="once more")
            assert gone.reason == "not_found"
            # Seqs are never reused, and events continue.
            sent = await alice.call("sendMessage", room="general", text="31")
            assert sent["seq"] == 31
            assert (await bob.event("newMessage"))["rev"] == 31
            # A clientId is known for as long as its message is kept.
            params = {"room": "general", "text": "30", "clientId": "30"}
            assert (await alice.call("sendMessage", **params))["duplicate"] is True


@pytest.mark.parametrize(
    ("settings", "days", "kept"),
    [({"keep_days": 1}, 0.5, ["new"]), ({}, 100, ["old", "new"])],
    ids=["a day", "for ever"],
)
async def test_messages_are_kept_for_so_long(
    nursery: trio.Nursery,
    autojump_clock: MockClock,
    settings: dict[str, Any],
    days: float,
    kept: list[str],
) -> None:
    world = await World.start(nursery, clock=fast, token_days=1000, **settings)
    async with world.session("alice") as alice:
        await alice.call("joinRoom", room="general")
        await alice.call("sendMessage", room="general", text="old")
        await trio.sleep(DAY_S / 2)
        await alice.call("sendMessage", room="general", text="new")
        await trio.sleep(days * DAY_S + 62)
        page = await alice.call("getHistory", room="general")
        assert [message["text"] for message in page["messages"]] == kept
        assert (page["firstSeq"], page["headSeq"]) == (3 - len(kept), 2)
