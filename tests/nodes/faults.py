"""The faults, each a function that makes it happen again and again for a time."""

import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Final, cast

import attrs
import trio

from chatroom.clock import wall_ms

from ..client import CallFailed, Client, Json
from .fleet import Node
from .links import PEOPLE, POSTGRES
from .postgres_faults import (
    cancel,
    crowd,
    fail_over,
    fill_disk,
    freeze_postgres,
    kill_postgres,
    slow_postgres,
)
from .scene import Scene

MAX_CUT_S: Final = 15
MAX_AHEAD_MS: Final = 1000
"""The most that a message's time may be ahead of PostgreSQL's."""


async def none(scene: Scene) -> None:
    async for _ in scene.turns():
        pass


async def kill(scene: Scene) -> None:
    async for number in scene.turns():
        node = scene.fleet.nodes[number]
        scene.note(f"kill -9 of server {number}")
        await node.server.kill()
        await scene.pause()
        await scene.fleet.start(node)


async def freeze(scene: Scene, least: float = 1, most: float = 8) -> None:
    async for number in scene.turns():
        for_s = scene.dice.uniform(least, most)
        scene.note(f"SIGSTOP of server {number} for {for_s:.1f} s")
        scene.fleet.nodes[number].server.send_signal(signal.SIGSTOP)
        await trio.sleep(for_s)
        scene.fleet.nodes[number].server.send_signal(signal.SIGCONT)


async def cut(scene: Scene) -> None:
    """Nothing passes, and no side is told. Bytes sent meanwhile arrive afterwards, or never."""
    async for number in scene.turns():
        for_s = scene.dice.uniform(1, MAX_CUT_S)
        late = scene.dice.random() < 0.5
        proxy = scene.proxies[number]
        scene.note(f"server {number} is cut off for {for_s:.1f} s, late={late}")
        proxy.hold()
        await trio.sleep(for_s)
        if not late:
            proxy.cut_all()
        proxy.release()


async def unlink(scene: Scene) -> None:
    """The cable of a server is out: no packet passes, and TCP notices by its own times alone."""
    assert scene.network is not None
    async for number in scene.turns():
        links = scene.dice.choice(([POSTGRES], [PEOPLE], [POSTGRES, PEOPLE]))
        for_s = scene.dice.uniform(1, MAX_CUT_S)
        scene.note(f"server {number} is cut off from {' and '.join(links)} for {for_s:.1f} s")
        scene.network.cut(number, links)
        await trio.sleep(for_s)
        scene.network.heal(number, links)


async def restart(scene: Scene) -> None:
    async for _ in scene.turns():
        for number, node in enumerate(scene.fleet.nodes):
            scene.note(f"SIGTERM of server {number}")
            assert await node.server.stop() == 0
            await scene.fleet.start(node)
            await scene.healthy()


async def ahead(scene: Scene) -> None:
    async for _ in scene.turns():
        (row,) = await scene.sql("SELECT coalesce(max(timestamp), 0) FROM chatroom.messages")
        assert row[0] <= wall_ms() + MAX_AHEAD_MS, f"a message is {row[0] - wall_ms()} ms ahead"


async def revoke(scene: Scene) -> None:
    """Somebody logs out everywhere, is banned and is removed at one server, and is connected to
    another one. Until when they notice is noted."""
    count = 0
    async for number in scene.turns():
        count += 1
        here, there = scene.fleet.nodes[number], scene.fleet.nodes[number - 1]
        await _ban(scene, here, there, count)
        name = f"leaver-{count}"
        token = await here.server.sign_up(name)
        async with there.server.session(token) as client:
            began = trio.current_time()
            body = {"everywhere": True}
            answer = await here.server.http("POST", "/api/logout", body, token=token)
            assert answer.status == 204, answer
            assert await client.wait_closed() == 4501
            scene.note(f"a log-out is known after {trio.current_time() - began:.3f} s")


async def _ban(scene: Scene, here: Node, there: Node, count: int) -> None:
    room = f"revoked-{count}"
    tokens = [await here.server.sign_up(f"{who}-{count}") for who in ("owner", "guest")]
    async with AsyncExitStack() as stack:
        owner = await stack.enter_async_context(here.server.session(tokens[0]))
        guest = await stack.enter_async_context(there.server.session(tokens[1]))
        await owner.call("createRoom", room=room, visibility="private")
        for method in ("ban", "removeMember"):
            await owner.call("invite", room=room, user=f"guest-{count}")
            with trio.fail_after(30):
                while "headSeq" not in await _subscribed(guest, room):  # noqa: ASYNC110
                    await trio.sleep(0.02)
            began = trio.current_time()
            await owner.call(method, room=room, user=f"guest-{count}")
            sent = await owner.call("sendMessage", room=room, text="secret")
            await guest.event("memberChanged", room=room, user=f"guest-{count}", role=None)
            scene.note(f"{method} is known after {trio.current_time() - began:.3f} s")
            await guest.refused("getHistory", room=room)
            told = [each["params"] for each in guest.pending("newMessage")]
            assert all(each["seq"] < sent["seq"] for each in told), told
            if method == "ban":
                await owner.call("unban", room=room, user=f"guest-{count}")


async def _subscribed(guest: Client, room: str) -> Json:
    """Return the reply, or nothing if the invitation is not known yet."""
    try:
        return cast("Json", await guest.call("subscribe", room=room))
    except CallFailed:
        return {}


@attrs.frozen
class Fault:
    """:ivar happen: returns after some time, when all servers are healthy.
    :ivar nodes: how many servers there are.
    :ivar standby: PostgreSQL has a synchronous standby.
    :ivar proxied: each server uses PostgreSQL through a proxy.
    :ivar linked: each server is in a network namespace of its own.
    :ivar small: PostgreSQL has a small disk of its own.
    :ivar command: the module that runs the servers.
    :ivar ahead: words before the command of the last server.
    :ivar hot: all who write do so in one room.
    """

    happen: Callable[[Scene], Awaitable[None]]
    nodes: int = 3
    standby: bool = False
    proxied: bool = False
    linked: bool = False
    small: bool = False
    command: str = "tests.quick_hasher"
    ahead: Sequence[str] = ()
    hot: bool = False


_LIBRARY: Final = f"/usr/lib/{os.uname().machine}-linux-gnu/faketime/libfaketime.so.1"
# Not the command `faketime`, which does not pass signals on.
_A_DAY_AHEAD: Final = ("env", f"LD_PRELOAD={_LIBRARY}", "FAKETIME=+1d")

FAULTS: Final[Mapping[str, Fault]] = {
    "none": Fault(none),
    "kill": Fault(kill),
    "freeze": Fault(freeze),
    "long-freeze": Fault(partial(freeze, least=30, most=30)),
    "cut": Fault(cut, proxied=True),
    "cable": Fault(unlink, linked=True),
    "hints": Fault(none, command="tests.nodes.lossy"),
    "postgres": Fault(kill_postgres),
    "postgres-frozen": Fault(freeze_postgres),
    "postgres-slow": Fault(slow_postgres, proxied=True),
    "postgres-full": Fault(fill_disk, small=True),
    "fail-over": Fault(fail_over, standby=True),
    "cancelled": Fault(cancel, standby=True),
    "connections": Fault(crowd),
    "restart": Fault(restart),
    "hot-room": Fault(none, nodes=2, hot=True),
    "clock": Fault(ahead, ahead=_A_DAY_AHEAD),
    "revoke": Fault(revoke),
}
