"""A proxy that drops acknowledgements: messages are stored, but their senders get no reply.

Knows frames (RFC 6455, 5.2; the server's are unmasked and whole), and of what is in them only what
tells a reply to ``sendMessage`` from all else.
"""

import random
from collections.abc import Iterator
from typing import Final

import attrs
import trio

ACK: Final = b'"duplicate":'
"""A member of the result of ``sendMessage`` alone."""


@attrs.define(eq=False)
class AckProxy:
    """Drops a ``share`` of the acknowledgements. With ``cuts`` it cuts the connection instead,
    as TCP loses data. ``seen`` counts all acknowledgements, ``lost`` those dropped."""

    seed: int
    upstream: tuple[str, int]
    share: float
    cuts: bool = False
    address: tuple[str, int] = ("", 0)
    seen: int = 0
    lost: int = 0
    connections: int = 0
    _news: trio.lowlevel.ParkingLot = attrs.field(factory=trio.lowlevel.ParkingLot)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        self.address = listeners[0].socket.getsockname()
        task_status.started()
        await trio.serve_listeners(self._serve, listeners)

    async def until(self, seen: int) -> None:
        while self.seen < seen:
            await self._news.park()

    async def _serve(self, near: trio.SocketStream) -> None:
        self.connections += 1
        # One generator per connection, so that drops do not depend on the scheduling.
        choose = random.Random(f"{self.seed} {self.connections}")  # noqa: S311 - to be repeated
        async with await trio.open_tcp_stream(*self.upstream) as far, trio.open_nursery() as both:
            both.start_soon(self._forward, near, far, both.cancel_scope)
            both.start_soon(self._filter, far, near, both.cancel_scope, choose)

    async def _forward(
        self, near: trio.SocketStream, far: trio.SocketStream, scope: trio.CancelScope
    ) -> None:
        try:
            async for data in near:
                await far.send_all(data)
        except trio.BrokenResourceError:
            pass
        scope.cancel()

    async def _filter(
        self,
        far: trio.SocketStream,
        near: trio.SocketStream,
        scope: trio.CancelScope,
        choose: random.Random,
    ) -> None:
        rest, upgraded = b"", False
        try:
            async for data in far:
                rest += data
                passed = b""
                if not upgraded:
                    head, end, rest = rest.partition(b"\r\n\r\n")
                    if not end:
                        rest = head
                        continue
                    passed, upgraded = head + end, True
                for frame in frames(rest):
                    rest = rest[len(frame) :]
                    if ACK not in frame[:200] or not self._is_lost(choose):
                        passed += frame
                    elif self.cuts:
                        await near.send_all(passed)
                        scope.cancel()
                        return
                await near.send_all(passed)
                self._news.unpark_all()
        except trio.BrokenResourceError:
            pass
        scope.cancel()

    def _is_lost(self, choose: random.Random) -> bool:
        self.seen += 1
        lost = choose.random() < self.share
        self.lost += lost
        return lost


def frames(data: bytes) -> Iterator[bytes]:
    """Yield the complete frames."""
    start = 0
    while len(data) >= start + 2:
        length, begin = data[start + 1], start + 2
        if length >= 126:
            begin += 2 if length == 126 else 8
            length = int.from_bytes(data[start + 2 : begin], "big")
        if len(data) < begin + length:
            return
        yield data[start : begin + length]
        start = begin + length
