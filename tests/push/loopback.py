"""A push service on loopback, for one device, which decrypts what comes."""

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Final

import attrs
import h11
import orjson
import trio

from ..client import DEADLINE_S
from .devices import Device, Json

LOOPBACK: Final = "127.0.0.1"


@attrs.define(eq=False)
class PushService:
    """
    :param take: called with each decrypted text that it takes.

    :ivar got: the decrypted texts of requests that it took.
    :ivar refuses: it answers 503.
    :ivar news: unparked at each request.
    """

    device: Device
    take: Callable[[Json], object] = lambda _: None
    got: list[Json] = attrs.field(factory=list)
    refused: int = 0
    refuses: bool = False
    news: trio.lowlevel.ParkingLot = attrs.field(factory=trio.lowlevel.ParkingLot)

    async def wait_for(self, *, got: int = 0, refused: int = 0) -> None:
        with trio.fail_after(DEADLINE_S):
            # One may come twice after a kill.
            while len({text["id"] for text in self.got}) < got or self.refused < refused:
                await self.news.park()

    async def serve(self, tls: ssl.SSLContext | None, stream: trio.SocketStream) -> None:
        # The server may be killed within a request.
        with suppress(trio.BrokenResourceError, h11.RemoteProtocolError):
            if tls is None:
                await self._serve(stream)
            else:
                await self._serve(
                    trio.SSLStream(stream, tls, server_side=True, https_compatible=True)
                )

    async def _serve(self, stream: trio.abc.Stream) -> None:
        connection, body = h11.Connection(h11.SERVER), b""
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                connection.receive_data(bytes(await stream.receive_some()))
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                status = self._take(body)
                head = h11.Response(status_code=status, headers=[("Content-Length", "0")])
                answer = (connection.send(head) or b"") + (
                    connection.send(h11.EndOfMessage()) or b""
                )
                await stream.send_all(answer)
                connection.start_next_cycle()
                body = b""
            elif isinstance(event, h11.ConnectionClosed):
                return

    def _take(self, body: bytes) -> int:
        self.news.unpark_all()
        if self.refuses:
            self.refused += 1
            return 503
        text = orjson.loads(self.device.decrypt(body))
        self.got.append(text)
        self.take(text)
        return 201


@asynccontextmanager
async def push_service(
    tls: ssl.SSLContext | None = None,
    take: Callable[[Json], object] = lambda _: None,
    host: str = LOOPBACK,
) -> AsyncIterator[PushService]:
    """Run a push service, over TLS as ``localhost``, or without TLS at an address of ours."""
    listeners = await trio.open_tcp_listeners(0, host=host)
    port = listeners[0].socket.getsockname()[1]
    url = f"http://{host}:{port}/1" if tls is None else f"https://localhost:{port}/1"
    service = PushService(Device(url), take)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, partial(service.serve, tls), listeners)
        yield service
        nursery.cancel_scope.cancel()
