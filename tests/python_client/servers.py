"""A node in this process on a real loopback socket, optionally with TLS."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import trio

from ..session.node_harness import World

DEADLINE_S = 30


@attrs.frozen
class Site:
    world: World
    url: str


@asynccontextmanager
async def open_site(tls: ssl.SSLContext | None = None, **settings: Any) -> AsyncIterator[Site]:
    async with trio.open_nursery() as nursery:
        world = await World.start(nursery, rate_limits="off", **settings)

        async def handle(stream: trio.SocketStream) -> None:
            if tls is None:
                await world.node.admission.handle(stream, "127.0.0.1")
            else:
                secure = trio.SSLStream(stream, tls, server_side=True, https_compatible=True)
                await world.node.admission.handle(secure, "127.0.0.1")

        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        host, port = listeners[0].socket.getsockname()
        nursery.start_soon(trio.serve_listeners, handle, listeners)
        with trio.fail_after(DEADLINE_S):
            yield Site(world, f"http{'s' if tls else ''}://{host}:{port}")
        nursery.cancel_scope.cancel()
