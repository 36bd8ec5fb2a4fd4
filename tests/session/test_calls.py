"""Calls as frames: ids that are used again, and calls without an id."""

import json

from trio.testing import MockClock

from ..client import Client
from .node_harness import World


async def send(client: Client, method: str, **more: object) -> None:
    await client.send(json.dumps({"jsonrpc": "2.0", "method": method, **more}))


async def test_an_id_may_be_used_again_at_once(world: World, autojump_clock: MockClock) -> None:
    async with world.session("alice") as alice:
        await alice.call("joinRoom", room="general")
        for text in ("one", "two"):
            await send(alice, "sendMessage", id="same", params={"room": "general", "text": text})
        assert [(await alice.reply("same"))["seq"] for _ in range(2)] == [1, 2]


async def test_calls_without_an_id_get_no_reply(world: World, autojump_clock: MockClock) -> None:
    async with world.socket() as alice:
        await send(alice, "connect", params={"token": await world.token("alice")})
        await send(alice, "joinRoom", params={"room": "general"})
        for params in ({"room": "general", "text": "heard"}, {"room": "general", "text": ""}, {}):
            await send(alice, "sendMessage", params=params)
        await send(alice, "nonsense")
        page = await alice.call("getHistory", room="general")
        assert [message["text"] for message in page["messages"]] == ["heard"]
        assert [frame["id"] for frame in alice.frames if "method" not in frame] == [1]
