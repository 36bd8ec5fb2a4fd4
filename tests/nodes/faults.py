"""The faults, each a function that makes it happen again and again for a time."""

import os
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Final, cast

import attrs
import trio

from chatroom.clock import wall_ms

from ..client import CallFailed, Client, Json
from ..network.proxy import Proxy
from ..postgres_server import PostgresServer
from .fleet import Fleet, Node

ROLE: Final = "nodes"
"""The role and the database of the servers."""
PAUSE_S: Final = (1.0, 3.0)
"""Time before a fault, and after the one before it."""
QUIET_S: Final = 3.0
"""Time without acknowledgements after which none is on its way."""
MAX_AHEAD_MS: Final = 1000
"""The most that a message's time may be ahead of PostgreSQL's."""


@attrs.define(eq=False)
class Scene:
    """:param proxies: between each server and PostgreSQL.
    :param acknowledged: returns the number of messages acknowledged so far.
    :param note: records what happens.
    """

    fleet: Fleet
    postgres: PostgresServer
    standby: PostgresServer | None
    proxies: Sequence[Proxy]
    dice: random.Random
    seconds: float
    acknowledged: Callable[[], int]
    note: Callable[[str], None]

    async def pause(self, least: float = PAUSE_S[0], most: float = PAUSE_S[1]) -> None:
        await trio.sleep(self.dice.uniform(least, most))

    async def turns(self) -> AsyncIterator[int]:
        """Yield numbers of servers, until the time is over, each when all servers are healthy."""
        end = trio.current_time() + self.seconds
        while trio.current_time() < end:
            await self.healthy()
            await self.pause()
            yield self.dice.randrange(len(self.fleet.nodes))
        await self.healthy()

    async def healthy(self) -> None:
        while not all(node.healthy for node in self.fleet.nodes):  # noqa: ASYNC110
            await trio.sleep(0.1)

    async def sql(self, statement: str) -> list[tuple[int, ...]]:
        return await trio.to_thread.run_sync(self.postgres.execute, statement, ROLE)


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


async def freeze(scene: Scene) -> None:
    async for number in scene.turns():
        for_s = scene.dice.uniform(1, min(30, scene.seconds / 2))
        scene.note(f"SIGSTOP of server {number} for {for_s:.1f} s")
        scene.fleet.nodes[number].server.send_signal(signal.SIGSTOP)
        await trio.sleep(for_s)
        scene.fleet.nodes[number].server.send_signal(signal.SIGCONT)


async def cut(scene: Scene) -> None:
    """Nothing passes, and no side is told. Bytes sent meanwhile arrive afterwards, or never."""
    async for number in scene.turns():
        for_s = scene.dice.uniform(1, min(15, scene.seconds / 2))
        late = scene.dice.random() < 0.5
        proxy = scene.proxies[number]
        scene.note(f"server {number} is cut off for {for_s:.1f} s, late={late}")
        proxy.hold()
        await trio.sleep(for_s)
        if not late:
            proxy.cut_all()
        proxy.release()


async def restart(scene: Scene) -> None:
    async for _ in scene.turns():
        for number, node in enumerate(scene.fleet.nodes):
            scene.note(f"SIGTERM of server {number}")
            assert await node.server.stop() == 0
            await scene.fleet.start(node)
            await scene.healthy()


async def kill_postgres(scene: Scene) -> None:
    async for _ in scene.turns():
        scene.note("kill -9 of PostgreSQL")
        await trio.to_thread.run_sync(scene.postgres.kill)
        await scene.pause(0, 1)
        await trio.to_thread.run_sync(scene.postgres.start)
        scene.note("PostgreSQL accepts connections")


async def fail_over(scene: Scene) -> None:
    assert scene.standby is not None
    failed_over = False
    async for _ in scene.turns():
        if not failed_over:
            scene.note("kill -9 of the primary")
            await trio.to_thread.run_sync(scene.postgres.kill)
            await trio.to_thread.run_sync(scene.standby.promote)
            scene.note("the standby is promoted")
            failed_over = True


async def cancel(scene: Scene) -> None:
    """The standby is away, and each wait for it is cancelled. Then it is there again."""
    assert scene.standby is not None
    async for _ in scene.turns():
        scene.note("kill -9 of the standby; waits for it are cancelled")
        await trio.to_thread.run_sync(scene.standby.kill)
        before = -1
        while before != scene.acknowledged():  # replies to what it has stored are on their way
            before = scene.acknowledged()
            await trio.sleep(QUIET_S)
        for _ in range(10):
            await trio.sleep(0.2)
            await scene.sql(
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
            )
        more = scene.acknowledged() - before
        assert more == 0, f"{more} acknowledged that the standby does not have"
        await trio.to_thread.run_sync(scene.standby.start)


async def crowd(scene: Scene) -> None:
    """No connection can be made, and those that there are have ended."""
    async for _ in scene.turns():
        scene.note("too many connections")
        await scene.sql(f"ALTER ROLE {ROLE} CONNECTION LIMIT 0")
        await scene.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename <> current_user"
        )
        await scene.pause(1, 5)
        await scene.sql(f"ALTER ROLE {ROLE} CONNECTION LIMIT -1")


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
    :ivar command: the module that runs the servers.
    :ivar ahead: words before the command of the last server.
    :ivar hot: all who write do so in one room.
    """

    happen: Callable[[Scene], Awaitable[None]]
    nodes: int = 3
    standby: bool = False
    proxied: bool = False
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
    "cut": Fault(cut, proxied=True),
    "hints": Fault(none, command="tests.nodes.lossy"),
    "postgres": Fault(kill_postgres),
    "fail-over": Fault(fail_over, standby=True),
    "cancelled": Fault(cancel, standby=True),
    "connections": Fault(crowd),
    "restart": Fault(restart),
    "hot-room": Fault(none, nodes=2, hot=True),
    "clock": Fault(ahead, ahead=_A_DAY_AHEAD),
    "revoke": Fault(revoke),
}
