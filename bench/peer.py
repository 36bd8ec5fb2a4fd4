"""Connections of the load: raw non-blocking sockets and prepared frames, for low overhead.

:class:`Crowd` reads many listeners in one task and counts bytes patterns instead of parsing frames.
Replies are parsed only if a scenario needs them.
"""

import select
import socket
import time
from collections.abc import Sequence
from typing import Any, Final

import trio

from .dialect import Dialect, frame, split

IP_BIND_ADDRESS_NO_PORT = 24
"""From Linux's in.h. The socket module has it since Python 3.12."""
READ_BYTES: Final = 1 << 20
_PING: Final = b"\x89\0"
_PONG: Final = b"\x8a\x80\0\0\0\0"


class Peer:
    """One connection. ``messages`` counts newMessage events. ``latencies`` are seconds from call
    to reply."""

    def __init__(self, sock: socket.socket, dialect: Dialect, token: str) -> None:
        self.socket = sock
        self.token = token
        self.dialect = dialect
        self.messages = 0
        self.acknowledged = 0
        self.latencies: list[float] = []
        self._rest = b""

    @classmethod
    async def connect(
        cls, host: str, port: int, token: str, dialect: Dialect, *, source: str = ""
    ) -> "Peer":
        """Connect and open the WebSocket, the token in the header. ``source``: local address."""
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if source:
            # Let connect() choose the port, which may be in TIME_WAIT for another address.
            sock.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
            sock.bind((source, 0))
        sock.connect_ex((host, port))
        await trio.lowlevel.wait_writable(sock)
        if error := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(error, "cannot connect")
        peer = cls(sock, dialect, token)
        await peer.send(
            b"GET " + dialect.path.encode() + b" HTTP/1.1\r\nHost: bench\r\n"
            b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            b"Authorization: Bearer " + token.encode() + b"\r\n\r\n"
        )
        head = b""
        while b"\r\n\r\n" not in head:
            head += await peer._receive()
        if not head.startswith(b"HTTP/1.1 101"):
            raise RuntimeError(head.decode())
        peer._rest = head.partition(b"\r\n\r\n")[2]
        if dialect.opening:
            await peer.send(frame(dialect.opening))
            while not any(p.startswith(dialect.opening) for p in await peer.payloads()):
                pass
        return peer

    async def send(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            try:
                view = view[self.socket.send(view) :]
            except BlockingIOError:
                await trio.lowlevel.wait_writable(self.socket)

    async def call(self, method: str, **params: Any) -> Any:
        """Make a call and return its parsed result. Frames before the reply are dropped."""
        await self.send(frame(self.dialect.encode(method, params, 0)))
        start = self.dialect.reply + b"0" + self.dialect.reply_end
        while True:
            for payload in await self.payloads():
                if payload.startswith(start):
                    if self.dialect.error in payload:
                        raise RuntimeError(f"{method}: {payload.decode()}")
                    return self.dialect.result(payload)

    async def take(self) -> int:
        """Read once. Returns the number of replies. The id of a call is its time of sending."""
        payloads = await self.payloads()
        reply, end, message = self.dialect.reply, self.dialect.reply_end, self.dialect.message
        now, replies = time.monotonic_ns(), 0
        for payload in payloads:
            if payload.startswith(reply):
                replies += 1
                self.latencies.append((now - int(payload[len(reply) :].split(end, 1)[0])) / 1e9)
                if self.dialect.error in payload:
                    raise RuntimeError(payload.decode())
            elif message in payload:
                self.messages += 1
        self.acknowledged += replies
        return replies

    async def stay(self) -> None:
        """Answer pings until the connection ends."""
        while True:
            if _PING in await self._receive():
                await self.send(_PONG)

    async def payloads(self) -> list[bytes]:
        """Return payloads of complete frames, at least one."""
        payloads, rest = split(self._rest)
        while not payloads:
            payloads, rest = split(rest + await self._receive())
        self._rest = rest
        return payloads

    def close(self) -> None:
        self.socket.close()

    async def _receive(self) -> bytes:
        await trio.lowlevel.wait_readable(self.socket)
        data = self.socket.recv(READ_BYTES)
        if not data:
            raise RuntimeError("the server closed the connection")
        return data


class Crowd:
    """Listeners read in bulk. Counts the messages of all. With ``stamps`` it stores each chunk with
    the time (ns) at which it was read, by connection."""

    def __init__(self, peers: Sequence[Peer], *, stamps: bool = False) -> None:
        self.messages = 0
        self.chunks: dict[int, list[tuple[int, bytes]]] = {}
        self._stamps = stamps
        self._sockets = {peer.socket.fileno(): peer.socket for peer in peers}
        self._mark = peers[0].dialect.message if peers else b""
        # Search the end of the previous read again, for messages split between two reads.
        self._tails = dict.fromkeys(self._sockets, b"")
        self._buffer = bytearray(READ_BYTES + len(self._mark))
        self._awaited = 0
        self._reached = trio.Event()

    async def until(self, messages: int) -> None:
        """Read until this many messages have been counted."""
        self._awaited, self._reached = messages, trio.Event()
        if self.messages < messages:
            await self._reached.wait()

    async def listen(self) -> None:
        """Read until cancelled."""
        if not self._sockets:
            return
        with select.epoll() as poll:
            for number in self._sockets:
                poll.register(number, select.EPOLLIN)
            while True:
                await trio.lowlevel.wait_readable(poll.fileno())
                for number, _ in poll.poll(0):
                    self._read(number)

    def _read(self, number: int) -> None:
        tail, buffer = self._tails[number], self._buffer
        begin = len(tail)
        buffer[:begin] = tail
        with memoryview(buffer) as view, view[begin:] as free:
            end = begin + self._sockets[number].recv_into(free)
        if end == begin:
            raise RuntimeError("the server closed the connection")
        if self._stamps:
            stamped = time.monotonic_ns(), bytes(buffer[begin:end])
            self.chunks.setdefault(number, []).append(stamped)
        self.messages += buffer.count(self._mark, 0, end)
        if self.messages >= self._awaited:
            self._reached.set()
        # Shorter than the pattern, so nothing is counted twice.
        self._tails[number] = bytes(buffer[max(0, end - len(self._mark) + 1) : end])
