"""Half-open connections: the peer has vanished without a FIN or RST.

One test runs in virtual time, with the waits of the protocol. Another runs a server process, with
shorter waits, behind a proxy that stops forwarding and keeps the sockets open.
"""

from pathlib import Path
from typing import Final

import pytest
import trio
from trio.testing import MockClock

from ..client import websocket
from ..server.process import read_log, running, settings
from ..session.node_harness import World
from .proxy import Proxy

CLOSED_WITHIN_S: Final = 35
OFFLINE_WITHIN_S: Final = 40
PHASES: Final = (0.0, 0.25, 0.5, 0.75, 0.99)
"""Moments within the server's one-second check at which a peer vanishes."""
TAKEN: Final = None
"""The network accepts all that the server sends. A number: it is full after so many seconds."""
SETTINGS: Final = "ping_interval_s = 1\npong_timeout_s = 5\npresence_grace_s = 0.2"
"""Long enough for the pong of a live peer on a slow machine."""


@pytest.mark.parametrize("full_after_s", [TAKEN, 0, 20, 26, 32])
@pytest.mark.parametrize("phase", PHASES)
async def test_vanished_peer_is_closed_and_offline_in_time(
    nursery: trio.Nursery, autojump_clock: MockClock, phase: float, full_after_s: float | None
) -> None:
    world = await World.start(nursery, rate_limits="off")
    full = full_after_s is not TAKEN
    async with world.session("alice") as alice, world.session("bob", lockstep=full) as bob:
        for client in (alice, bob):
            await client.call("joinRoom", room="general")
            await client.call("subscribe", room="general")
        await trio.sleep(phase)
        await bob.call("getInbox")
        vanished = trio.current_time()
        bob.pause()
        if full_after_s is not TAKEN:
            await trio.sleep(full_after_s)
            await alice.call("sendMessage", room="general", text="hello")
        alice.untaken.clear()
        await trio.sleep_until(vanished + CLOSED_WITHIN_S)
        assert len(world.node.sessions) == 1
        await trio.sleep_until(vanished + OFFLINE_WITHIN_S)
        assert [e["params"] for e in alice.pending("presence")] == [
            {"user": "bob", "online": False}
        ]
        members = (await alice.call("listMembers", room="general"))["members"]
        assert {m["user"]: m["online"] for m in members} == {"alice": True, "bob": False}
        # If the peer is alive after all, the close code tells it to reconnect.
        bob.resume()
        assert await bob.wait_closed() in (4009, 1006)


async def test_half_open_sockets_are_closed(tmp_path: Path, nursery: trio.Nursery) -> None:
    """Some peers vanish while they receive messages, so that the network fills up; others while
    idle."""
    with running(tmp_path, *settings(tmp_path, SETTINGS)) as server:
        proxy = Proxy(seed=1, upstream=server.address)
        await nursery.start(proxy.run)
        host, port = proxy.address.split(":")
        names = [f"gone{number}" for number in range(6)]
        tokens = [await server.sign_up(name) for name in names]
        async with server.session(await server.sign_up("alice")) as alice:
            await alice.call("joinRoom", room="general")
            await alice.call("subscribe", room="general")
            async with trio.open_nursery() as vanishing:
                for number, token in enumerate(tokens):
                    await vanishing.start(_be_there, host, int(port), token, number % 2 == 0)
                for name in names:
                    await alice.event("presence", user=name, online=True)
                proxy.freeze_all()
                for number in range(100):
                    await alice.call("sendMessage", room="general", text=f"{number}" + "x" * 3000)
                for name in names:
                    await alice.event("presence", user=name, online=False)
                vanishing.cancel_scope.cancel()
            # Clients that reconnect miss nothing.
            async with server.session(tokens[0]) as again:
                log = await read_log(again, "general")
                assert [message["seq"] for message in log] == list(range(1, 101))
        proxy.cut_all()


async def _be_there(
    host: str, port: int, token: str, listens: bool, *, task_status: trio.TaskStatus[None]
) -> None:
    async with websocket(await trio.open_tcp_stream(host, port)) as client:
        await client.connect(token)
        await client.call("joinRoom", room="general")
        if listens:
            await client.call("subscribe", room="general")
        task_status.started()
        await trio.sleep_forever()
