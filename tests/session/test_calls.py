"""Calls of one session: their ids, and their order."""

import pytest
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
