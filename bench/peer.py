"""A connection of the load: raw sockets and ready-made frames, so that the load costs little.

Frames are masked with a key of zeros, which leaves the payload as it is. Events are counted in the
bytes, and replies are parsed only where a scenario wants to know what is in them.
"""

import time
from collections.abc import Mapping
from typing import Any

import orjson
import trio

READ_BYTES = 1 << 20
MESSAGE = b'"method":"newMessage"'
REPLY = b'{"jsonrpc":"2.0","id":'


def frame(method: str, params: Mapping[str, Any], call_id: int) -> bytes:
    body = orjson.dumps({"jsonrpc": "2.0", "id": call_id, "method": method, "params": params})
    if len(body) < 126:
        return b"\x81%c\0\0\0\0%b" % (0x80 | len(body), body)
    return b"\x81\xfe%b\0\0\0\0%b" % (len(body).to_bytes(2, "big"), body)


class Peer:
    """``messages`` counts newMessage events, ``latencies`` are seconds from send to reply."""

    def __init__(self, sock: trio.socket.SocketType) -> None:
        self.messages = 0
        self.acknowledged = 0
        self.latencies: list[float] = []
        self._socket = sock
        self._rest = b""

    @classmethod
    async def connect(cls, host: str, port: int, token: str) -> "Peer":
        """With the WebSocket open; the token is in the header."""
        sock = trio.socket.socket()
        await sock.connect((host, port))
        sock.setsockopt(trio.socket.IPPROTO_TCP, trio.socket.TCP_NODELAY, 1)
        peer = cls(sock)
        await peer.send(
            b"GET /ws HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            b"Authorization: Bearer " + token.encode() + b"\r\n\r\n"
        )
        head = b""
        while b"\r\n\r\n" not in head:
            head += await sock.recv(READ_BYTES)
        if not head.startswith(b"HTTP/1.1 101"):
            raise RuntimeError(head.decode())
        peer._rest = head.partition(b"\r\n\r\n")[2]
        return peer

    async def send(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[await self._socket.send(view) :]

    async def call(self, method: str, **params: Any) -> Any:
        """A call and its result, parsed; what comes before the reply is dropped."""
        await self.send(frame(method, params, 0))
        while True:
            for payload in await self.payloads():
                message = orjson.loads(payload)
                if message.get("id") == 0:
                    if "error" in message:
                        raise RuntimeError(f"{method}: {message['error']}")
                    return message["result"]

    async def count(self) -> None:
        """Read once, and count the messages in it, without looking at frames."""
        data = self._rest + await self._receive()
        self.messages += data.count(MESSAGE)
        self._rest = data[-len(MESSAGE) + 1 :]  # too short to be counted twice

    async def take(self) -> int:
        """Read once; how many replies there were. Each call's id is the time of its sending."""
        payloads = await self.payloads()
        now, replies = time.monotonic_ns(), 0
        for payload in payloads:
            if payload.startswith(REPLY):
                replies += 1
                self.latencies.append((now - int(payload[len(REPLY) :].split(b",", 1)[0])) / 1e9)
                if b'"error":{' in payload:
                    raise RuntimeError(payload.decode())
            elif MESSAGE in payload:
                self.messages += 1
        self.acknowledged += replies
        return replies

    def close(self) -> None:
        self._socket.close()

    async def _receive(self) -> bytes:
        data = await self._socket.recv(READ_BYTES)
        if not data:
            raise RuntimeError("the server closed the connection")
        return data

    async def payloads(self) -> list[bytes]:
        """Whole frames, at least one."""
        payloads: list[bytes] = []
        data = self._rest
        while not payloads:
            start = 0
            while (found := _payload(data, start)) is not None:
                payload, start = found
                payloads.append(payload)
            data = data[start:]
            if not payloads:
                data += await self._receive()
        self._rest = data
        return payloads


def _payload(data: bytes, start: int) -> tuple[bytes, int] | None:
    """A server's frame at that place, and where the next one begins; None: it is not whole."""
    if len(data) < start + 2:
        return None
    length, begin = data[start + 1], start + 2
    for mark, size in ((126, 2), (127, 8)):
        if length == mark:
            begin = start + 2 + size
            length = int.from_bytes(data[start + 2 : begin], "big")
            break
    end = begin + length
    return (data[begin:end], end) if len(data) >= end else None
