"""An HTTP site for tests, and a parser of its responses."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import trio
from trio.testing import memory_stream_pair

from chatroom.net.http import Request, Response, Takeover, serve_http

from .clients import ScriptedPeer

GET = b"GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


@attrs.define
class Site:
    """Responds with the request, or as configured, and records the request."""

    response: Response | None = None
    upgrade_to: Response | Takeover | None = None
    fails: bool = False
    requests: list[Request] = attrs.field(factory=list)
    upgraded: list[Request] = attrs.field(factory=list)
    after_upgrade: bytes = b""

    async def answer(self, request: Request) -> Response:
        if self.fails:
            raise ZeroDivisionError
        self.requests.append(request)
        body = f"{request.method} {request.path} {request.query} ".encode() + request.body
        return self.response or Response(200, body, "text/plain")

    async def upgrade(self, request: Request) -> Response | Takeover:
        self.upgraded.append(request)
        return self.upgrade_to or self.take_over

    async def take_over(self, stream: trio.abc.Stream, ahead: bytes) -> None:
        if self.fails:
            raise trio.TooSlowError
        self.after_upgrade += ahead
        await stream.send_all(b"taken over")
        while data := await stream.receive_some(3):
            self.after_upgrade += data

    async def respond(self, *pieces: bytes, breaks: bool = False) -> bytes:
        stream = ScriptedPeer(pieces, breaks=breaks)
        await self.serve(stream)
        return stream.sent

    async def serve(self, stream: trio.abc.Stream, peer: str = "peer", **more: Any) -> None:
        await serve_http(stream, peer, self.answer, self.upgrade, **more)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[trio.abc.Stream]:
        """Yield a client's stream. Waits at the end for the server."""
        client, server = memory_stream_pair()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.serve, server)
            yield client


@attrs.frozen
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def reason(self) -> object:
        return json.loads(self.body)["error"]["reason"]


def replies(sent: bytes, *, bodiless: bool = False) -> list[Reply]:
    found = []
    while sent:
        lines, _, sent = sent.partition(b"\r\n\r\n")
        first, *fields = lines.decode("ascii").split("\r\n")
        headers = dict(field.lower().split(": ", 1) for field in fields)
        length = 0 if bodiless else int(headers.get("content-length", 0))
        found.append(Reply(int(first.split()[1]), headers, sent[:length]))
        sent = sent[length:]
    return found


async def replies_to(*pieces: bytes) -> list[Reply]:
    return replies(await Site().respond(*pieces))
