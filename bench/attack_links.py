"""Connections of people and attackers, each from its own address or as if through a proxy."""

import re
import socket
from collections.abc import Sequence
from typing import Any, Final

import attrs
import orjson
import trio

from .dialect import JSON_RPC, frame
from .peer import IP_BIND_ADDRESS_NO_PORT

READ_BYTES: Final = 1 << 18
PING: Final = 9
CLOSE: Final = 8
_PONG: Final = b"\x8a\x80\0\0\0\0"
_KEY: Final = "AAAAAAAAAAAAAAAAAAAAAA=="


class Ended(Exception):
    """The server refused or ended the connection; ``how`` is a status, a close code or `reset`."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


@attrs.frozen
class Target:
    """The server under attack.

    :ivar forwarded: all connections come from 127.0.0.1, like a proxy's, and name their address in
        ``X-Forwarded-For``. Otherwise each is bound to its address in 127.0.0.0/8.
    """

    host: str
    port: int
    forwarded: bool = False

    async def dial(self, address: str) -> socket.socket:
        """Connect. :raises Ended: `reset`: the connection is not accepted."""
        sock = socket.socket()
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if not self.forwarded:
                # Let connect() choose the port, so that addresses can share ports.
                sock.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
                sock.bind((address, 0))
            sock.connect_ex((self.host, self.port))
            await trio.lowlevel.wait_writable(sock)
            if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                raise Ended("reset")
        except BaseException:
            sock.close()
            raise
        return sock

    def head(self, request: str, address: str, *lines: str) -> bytes:
        forwarded = (f"X-Forwarded-For: {address}",) if self.forwarded else ()
        host = f"Host: {self.host}:{self.port}"
        return "\r\n".join((f"{request} HTTP/1.1", host, *forwarded, *lines, "", "")).encode()


class Link:
    """A WebSocket. Answers pings, and parses only the frames it waits for."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self._rest = b""
        self._calls = 0

    @classmethod
    async def open(cls, target: Target, address: str, token: str | None = None) -> "Link":
        """:raises Ended: the HTTP status, or `reset`."""
        link = cls(await target.dial(address))
        try:
            await link.send(
                target.head(
                    "GET /ws",
                    address,
                    "Connection: Upgrade",
                    "Upgrade: websocket",
                    "Sec-WebSocket-Version: 13",
                    f"Sec-WebSocket-Key: {_KEY}",
                    *(() if token is None else (f"Authorization: Bearer {token}",)),
                )
            )
            status, link._rest = await read_head(link.socket)
            if status != "101":
                raise Ended(f"HTTP {status}")
        except BaseException:
            link.close()
            raise
        return link

    async def send(self, data: bytes) -> None:
        await send(self.socket, data)

    async def call(self, method: str, **params: Any) -> Any:
        """Make a call and return the whole reply. Events before it are dropped."""
        await self.begin(method, **params)
        while True:
            for reply in await self.replies():
                if reply["id"] == self._calls:
                    return reply

    async def begin(self, method: str, **params: Any) -> None:
        self._calls += 1
        await self.send(frame(JSON_RPC.encode(method, params, self._calls)))

    async def replies(self) -> list[Any]:
        """Return the replies received, at least one."""
        while True:
            frames = await self.payloads()
            if replies := [orjson.loads(each) for each in frames if JSON_RPC.reply in each[:40]]:
                return replies

    async def payloads(self) -> Sequence[bytes]:
        """Return the payloads of text frames, at least one. :raises Ended: with the close code."""
        payloads: list[bytes] = []
        while not payloads:
            frames, self._rest = _frames(self._rest)
            for opcode, payload in frames:
                if opcode == PING:
                    await self.send(_PONG)
                elif opcode == CLOSE:
                    raise Ended(str(int.from_bytes(payload[:2], "big")))
                else:
                    payloads.append(payload)
            if not payloads:
                self._rest += await receive(self.socket)
        return payloads

    async def until_ended(self) -> str:
        """Drop input until the connection ends, and return how it ended."""
        try:
            while True:
                await self.payloads()
        except Ended as ended:
            return ended.how

    def close(self) -> None:
        self.socket.close()


def _frames(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """Split a server's bytes into opcodes and payloads of complete frames, and the rest."""
    frames: list[tuple[int, bytes]] = []
    start = 0
    while len(data) >= start + 2:
        length, begin = data[start + 1], start + 2
        if length >= 126:
            size = 2 if length == 126 else 8
            begin += size
            length = int.from_bytes(data[start + 2 : begin], "big")
        if len(data) < begin + length:
            break
        frames.append((data[start] & 0x0F, data[begin : begin + length]))
        start = begin + length
    return frames, data[start:]


async def send(sock: socket.socket, data: bytes) -> None:
    """:raises Ended: `reset`."""
    view = memoryview(data)
    while view:
        try:
            view = view[sock.send(view) :]
        except BlockingIOError:
            await trio.lowlevel.wait_writable(sock)
        except OSError:
            raise Ended("reset") from None


async def receive(sock: socket.socket, most: int = READ_BYTES) -> bytes:
    """Receive at least one byte. :raises Ended: `reset`, also at end of file."""
    await trio.lowlevel.wait_readable(sock)
    try:
        data = sock.recv(most)
    except OSError:
        raise Ended("reset") from None
    if not data:
        raise Ended("reset")
    return data


async def read_head(sock: socket.socket) -> tuple[str, bytes]:
    """Return the status of a response without a body, and the bytes after its head."""
    head, rest = await _head(sock)
    return _status(head), rest


async def read_response(sock: socket.socket) -> str:
    """Read a response with its body, and return the status."""
    head, rest = await _head(sock)
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    while length is not None and len(rest) < int(length[1]):
        rest += await receive(sock)
    return _status(head)


async def _head(sock: socket.socket) -> tuple[bytes, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        data += await receive(sock)
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


def _status(head: bytes) -> str:
    return head.split(b" ", 2)[1].decode()
