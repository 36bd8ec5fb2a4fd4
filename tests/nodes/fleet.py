"""Several servers on one database, and what a proxy before them does: it sends clients to those
that are healthy, by turns, and ends the connections to those that are not any more.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import Any, Final

import attrs
import h11
import trio

from ..client import Answer, Client
from ..crash.people import Gone
from ..server.process import Server

CHECK_S: Final = 0.5
"""Time between two checks of a server."""
TIMEOUT_S: Final = 1.0
"""Time in which it must answer."""
FALL: Final = 2
"""Checks that fail one after the other until it counts as down."""
RETRY_S: Final = 0.05
"""Time after a failed request until a client makes the next one."""


@attrs.define(eq=False)
class Node:
    """A server. ``before``: words before its command. ``using``: connections and requests to it."""

    server: Server
    before: Sequence[str] = ()
    healthy: bool = False
    using: set[trio.CancelScope] = attrs.field(factory=set)


class Fleet:
    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes: Final = nodes
        self._turns = count()
        self._healed = trio.Event()

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Start all servers, and check them until cancelled."""
        async with trio.open_nursery() as nursery:
            for node in self.nodes:
                await self.start(node)
                nursery.start_soon(self._check, node)
            task_status.started()

    async def start(self, node: Node) -> None:
        node.server.launch(*node.before)
        ready = await trio.to_thread.run_sync(node.server.ready)
        assert ready, node.server.log.read_text()

    def clean_up(self) -> None:
        for node in self.nodes:
            node.server.clean_up()

    # ---- what clients use

    @asynccontextmanager
    async def socket(self, **options: Any) -> AsyncIterator[Client]:
        """Open a WebSocket to a healthy server.

        :raises Gone: the server is not healthy any more.
        """
        node = await self._next()
        with trio.CancelScope() as scope:
            node.using.add(scope)
            try:
                async with node.server.socket(**options) as client:
                    yield client
            finally:
                node.using.discard(scope)
        if scope.cancelled_caught:
            raise Gone

    async def http(self, *request: Any, **options: Any) -> Answer:
        """Make a request to a healthy server.

        :raises OSError: it does not answer.
        """
        node = await self._next()
        with trio.CancelScope() as scope:
            node.using.add(scope)
            try:
                return await node.server.http(*request, **options)
            finally:
                node.using.discard(scope)
        raise ConnectionResetError("the server is not healthy any more")

    async def any_server(self) -> Server:
        """Return a healthy server."""
        return (await self._next()).server

    async def _next(self) -> Node:
        await trio.sleep(RETRY_S)
        while not (healthy := [node for node in self.nodes if node.healthy]):
            await self._healed.wait()
        return healthy[next(self._turns) % len(healthy)]

    # ---- checks

    async def _check(self, node: Node) -> None:
        failed = FALL
        while True:
            failed = 0 if await self._is_healthy(node) else failed + 1
            if failed == 0 and not node.healthy:
                node.healthy = True
                self._healed.set()
                self._healed = trio.Event()
            elif failed >= FALL:
                node.healthy = False
                for scope in node.using:
                    scope.cancel()
            await trio.sleep(CHECK_S)

    async def _is_healthy(self, node: Node) -> bool:
        with trio.move_on_after(TIMEOUT_S):
            try:
                return (await node.server.http("GET", "/healthz")).status == 200
            except (OSError, trio.BrokenResourceError, h11.RemoteProtocolError, AssertionError):
                return False
        return False
