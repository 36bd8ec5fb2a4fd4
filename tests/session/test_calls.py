"""Calls as frames: ids that are used again, and calls without an id."""

from trio.testing import MockClock

from ..client import call_frame
from .node_harness import World


async def test_an_id_may_be_used_again_at_once(world: World, autojump_clock: MockClock) -> None:
    async with world.session("alice") as alice:
        await alice.call("joinRoom", room="general")
        for text in ("one", "two"):
            await alice.send(call_frame("sendMessage", "same", room="general", text=text))
        assert [(await alice.reply("same"))["seq"] for _ in range(2)] == [1, 2]


async def test_calls_without_an_id_get_no_reply(world: World, autojump_clock: MockClock) -> None:
    async with world.socket() as alice:
        await alice.send(call_frame("connect", token=await world.token("alice")))
        await alice.send(call_frame("joinRoom", room="general"))
        for params in ({"room": "general", "text": "heard"}, {"room": "general", "text": ""}, {}):
            await alice.send(call_frame("sendMessage", **params))
        await alice.send(call_frame("nonsense"))
        page = await alice.call("getHistory", room="general")
        assert [message["text"] for message in page["messages"]] == ["heard"]
        assert [frame["id"] for frame in alice.frames if "method" not in frame] == [1]
