"""A TCP proxy that injects faults, on real sockets, at moments chosen by a seed.

Each connection has a fault after a random number of bytes, counted in both directions: a FIN or RST
to both sides, a stall of both directions, or bytes of one direction that are dropped for a while
before the connection is reset.
"""

import math
import random
import socket
import struct
from collections import Counter
from typing import Final, Literal, TypeAlias

import attrs
import trio

Trouble: TypeAlias = Literal["fin", "rst", "stall", "drop"]

TROUBLES: Final[tuple[Trouble, ...]] = ("fin", "rst", "stall", "drop")
CHUNK: Final = 16 << 10


@attrs.define(eq=False)
class Proxy:
    """``upstream`` None: connections are refused. ``after_bytes`` is the range of bytes after which
    a fault happens, distributed evenly over the orders of magnitude; None: no faults.
    ``delay_s`` is how long each piece of up to :data:`CHUNK` is on its way, one after the other."""

    seed: int
    after_bytes: tuple[int, int] | None = None
    longest_s: float = 0.5
    delay_s: float = 0
    upstream: tuple[str, int] | None = None
    address: str = ""
    made: Counter[str] = attrs.field(factory=Counter)
    flowing: trio.Event = attrs.field(factory=trio.Event)
    _choose: random.Random = attrs.field(init=False)
    _open: set["_Connection"] = attrs.field(factory=set)

    def __attrs_post_init__(self) -> None:
        self._choose = random.Random(self.seed)  # noqa: S311 - to be repeated
        self.flowing.set()

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        host, port = listeners[0].socket.getsockname()
        self.address = f"{host}:{port}"
        task_status.started()
        await trio.serve_listeners(self._serve, listeners)

    def cut_all(self) -> None:
        for connection in list(self._open):
            connection.end("rst")

    def freeze_all(self) -> None:
        """Stop forwarding without closing any socket, as if the peers had vanished."""
        for connection in self._open:
            connection.freeze()

    def hold(self) -> None:
        """Hold back all bytes, also of new connections, until :meth:`release`."""
        self.flowing = trio.Event()

    def release(self) -> None:
        self.flowing.set()

    async def _serve(self, near: trio.SocketStream) -> None:
        if self.upstream is None:
            _reset(near)
            return
        try:
            far = await trio.open_tcp_stream(*self.upstream)
        except OSError:
            _reset(near)
            return
        self.made["connections"] += 1
        connection = _Connection(self, near, far)
        self._open.add(connection)
        try:
            await connection.run()
        finally:
            self._open.discard(connection)

    def next_trouble(self) -> tuple[float, Trouble]:
        """Return after how many bytes the next fault happens, and which one."""
        if self.after_bytes is None:
            return math.inf, "rst"
        least, most = map(math.log, self.after_bytes)
        return math.exp(self._choose.uniform(least, most)), self._choose.choice(TROUBLES)

    def moment(self) -> float:
        return self._choose.uniform(0, self.longest_s)


class _Connection:
    def __init__(self, proxy: Proxy, near: trio.SocketStream, far: trio.SocketStream) -> None:
        self._proxy = proxy
        self._streams = (near, far)
        self._scope = trio.CancelScope()
        self._left, self._trouble = proxy.next_trouble()
        self._resume_at = 0.0
        self._deaf: trio.SocketStream | None = None

    def end(self, how: Trouble) -> None:
        """End at once, and lose the bytes that are buffered here."""
        if self._scope.cancel_called:
            return  # the pump of the other direction has ended it in the same pass
        if how == "rst":
            for stream in self._streams:
                _reset(stream)
        self._scope.cancel()

    def freeze(self) -> None:
        self._resume_at = math.inf

    async def run(self) -> None:
        near, far = self._streams
        try:
            with self._scope:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._pump, near, far)
                    nursery.start_soon(self._pump, far, near)
        finally:
            near.socket.close()
            far.socket.close()

    async def _pump(self, source: trio.SocketStream, target: trio.SocketStream) -> None:
        try:
            while data := await source.receive_some(CHUNK):
                await self._proxy.flowing.wait()
                await trio.sleep_until(self._resume_at)
                if self._proxy.delay_s:
                    await trio.sleep(self._proxy.delay_s)
                if source is self._deaf:
                    continue
                if len(data) > self._left:
                    # Possibly within a frame, of which only the first bytes arrive.
                    head, data = data[: int(self._left)], data[int(self._left) :]
                    await target.send_all(head)
                    self._happen(source)
                    await trio.sleep_until(self._resume_at)
                    if source is self._deaf:
                        continue
                self._left -= len(data)
                await target.send_all(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass
        self._scope.cancel()  # one side has ended, so end the other

    def _happen(self, source: trio.SocketStream) -> None:
        trouble = self._trouble
        self._proxy.made[trouble] += 1
        self._left, self._trouble = self._proxy.next_trouble()
        if trouble == "stall":
            self._resume_at = trio.current_time() + self._proxy.moment()
        elif trouble == "drop":
            self._deaf = source
            self._scope.deadline = trio.current_time() + self._proxy.moment()
        else:
            self.end(trouble)


def _reset(stream: trio.SocketStream) -> None:
    """Close with a RST. Bytes that were not sent or not read are lost."""
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stream.socket.close()
