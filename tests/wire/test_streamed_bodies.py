"""Bodies that are received, or read, while they are on their way."""

from collections.abc import Awaitable, Callable
from typing import Any

import attrs
import h11
import pytest
import trio
from trio.testing import MockClock, assert_checkpoints, lockstep_stream_pair, memory_stream_pair

from chatroom.net.http import Request, Response, Timeouts, serve_http
from chatroom.net.incoming import PIECE_BYTES, IncomingBody

from .clients import ScriptedPeer
from .http_server import GET, Reply, replies

UPLOAD = b"PATCH /up HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"
CHUNKED = b"PATCH /up HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


@attrs.define
class Source:
    """A body in pieces. It fails if it is read after it was closed."""

    length: int
    pieces: list[bytes]
    closed: bool = False

    async def read(self) -> bytes:
        assert not self.closed
        await trio.lowlevel.checkpoint()
        return self.pieces.pop(0) if self.pieces else b""

    def close(self) -> None:
        self.closed = True


@attrs.define
class Streams:
    """Receives the bodies of ``/up``, as much as ``limit``; answers others with ``source``."""

    source: Source | None = None
    limit: int | None = None
    received: list[bytes] = attrs.field(factory=list)
    lengths: list[int | None] = attrs.field(factory=list)
    ended: list[BaseException] = attrs.field(factory=list)
    may_continue: trio.Event | None = None

    async def answer(self, request: Request) -> Response:
        if request.path != "/up":
            return Response(200, content_type="text/plain", content=self.source)
        if request.incoming is None:
            return Response(204)
        self.lengths.append(request.incoming.length)
        try:
            while self.limit is None or sum(map(len, self.received)) < self.limit:
                if self.may_continue is not None:
                    await self.may_continue.wait()
                if not (data := await request.incoming.receive()):
                    break
                self.received.append(data)
        except Exception as error:
            self.ended.append(error)
            raise
        return Response(200, b"%d" % sum(map(len, self.received)), "text/plain")

    async def serve(self, stream: trio.abc.Stream, **more: Any) -> None:
        def limit(_method: str, path: str) -> int | None:
            return None if path == "/up" else 0

        await serve_http(stream, "peer", self.answer, _no_upgrade, body_limit=limit, **more)

    async def respond(self, *pieces: bytes) -> list[Reply]:
        stream = ScriptedPeer(pieces)
        await self.serve(stream)
        return replies(stream.sent)


async def _no_upgrade(_: Request) -> Response:
    raise AssertionError


# ---- received


@pytest.mark.parametrize(
    "pieces",
    [
        (UPLOAD + b"hello",),
        (UPLOAD, b"he", b"llo"),
        (CHUNKED, b"2\r\nhe\r\n", b"3\r\nllo\r\n0\r\n\r\n"),
    ],
    ids=["whole", "parts", "chunked"],
)
async def test_a_body_is_received_while_it_is_handled(pieces: tuple[bytes, ...]) -> None:
    streams = Streams()
    assert [reply.body for reply in await streams.respond(*pieces, UPLOAD + b"again")] == [
        b"5",
        b"10",
    ]
    assert b"".join(streams.received) == b"helloagain"
    assert streams.lengths == [None if pieces[0] is CHUNKED else 5, 5]


async def test_no_body_needs_no_receiving() -> None:
    empty = UPLOAD.replace(b"5", b"0")
    none = b"DELETE /up HTTP/1.1\r\nHost: x\r\n\r\n"
    assert [reply.status for reply in await Streams().respond(empty, none, empty)] == [204] * 3


async def test_a_client_may_wait_until_the_body_is_wanted() -> None:
    asking = UPLOAD.replace(b"Host", b"Expect: 100-continue\r\nHost")
    client, server = memory_stream_pair()
    streams = Streams(may_continue=trio.Event())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(streams.serve, server)
        await client.send_all(asking)
        await trio.testing.wait_all_tasks_blocked()
        assert streams.may_continue is not None
        streams.may_continue.set()
        assert (await client.receive_some()).startswith(b"HTTP/1.1 100 ")
        await client.send_all(b"hello")
        assert b"200" in await client.receive_some()
        await client.aclose()


async def test_nothing_is_read_while_the_handler_does_not_receive() -> None:
    """A slow disk holds the client back."""
    client, server = lockstep_stream_pair()
    streams = Streams(may_continue=trio.Event())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(streams.serve, server)
        await client.send_all(UPLOAD)
        with trio.move_on_after(0):
            await client.send_all(b"hello")
        await trio.testing.wait_all_tasks_blocked()
        assert not streams.received
        nursery.cancel_scope.cancel()


async def test_the_rest_of_a_body_that_is_not_wanted_ends_the_connection() -> None:
    [reply] = await Streams(limit=1).respond(UPLOAD + b"he", b"llo", GET)
    assert (reply.status, reply.headers["connection"]) == (200, "close")


async def test_others_have_their_turn_between_tiny_chunks() -> None:
    async def chunk() -> h11.Data:
        return h11.Data(b"x")

    async def proceed() -> None:
        pass

    body = IncomingBody(None, chunk, proceed, 10)
    for _ in range(2):
        with assert_checkpoints():
            assert await body.receive() == b"x"


async def test_a_malformed_chunk_is_refused() -> None:
    streams = Streams()
    [reply] = await streams.respond(CHUNKED + b"2\r\nhe\r\n", b"nonsense\r\n")
    assert (reply.status, reply.reason) == (400, "invalid_request")
    assert streams.received == [b"he"]


async def test_two_lengths_are_refused() -> None:
    streams = Streams()
    [reply] = await streams.respond(CHUNKED.replace(b"Host", b"Content-Length: 5\r\nHost"))
    assert (reply.status, streams.lengths) == (400, [])


async def test_the_handler_hears_that_the_client_is_gone() -> None:
    streams = Streams()
    assert len(await streams.respond(UPLOAD + b"he")) <= 1
    assert streams.received == [b"he"]
    assert len(streams.ended) == 1


@pytest.mark.parametrize(("pause_s", "arrives"), [(9, True), (11, False)])
async def test_a_piece_has_a_deadline(
    pause_s: float, arrives: bool, autojump_clock: MockClock
) -> None:
    """A body may take long, but each piece of it must arrive in time."""
    total = 4 * PIECE_BYTES
    client, server = memory_stream_pair()
    streams = Streams()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(partial_serve(streams, Timeouts(body=10)), server)
        await client.send_all(UPLOAD.replace(b"5", str(total).encode()))
        for _ in range(8):  # two halves of each piece
            await trio.sleep(pause_s / 2)
            await client.send_all(b"x" * (PIECE_BYTES // 2))
            if not arrives:
                break
        else:
            assert b"200" in await client.receive_some()
        if not arrives:
            assert await client.receive_some() == b""
        await client.aclose()
    assert sum(map(len, streams.received)) == (total if arrives else PIECE_BYTES // 2)


def partial_serve(
    streams: Streams, timeouts: Timeouts
) -> Callable[[trio.abc.Stream], Awaitable[None]]:
    return lambda stream: streams.serve(stream, timeouts=timeouts)


# ---- sent


async def test_content_is_sent_in_pieces() -> None:
    source = Source(5, [b"he", b"llo"])
    [reply, _] = await Streams(source).respond(GET, UPLOAD + b"hello")
    assert (reply.body, reply.headers["content-length"]) == (b"hello", "5")
    assert reply.headers["content-type"] == "text/plain"
    assert source.closed


async def test_content_is_not_read_for_head() -> None:
    source = Source(5, [b"he", b"llo"])
    stream = ScriptedPeer([GET.replace(b"GET", b"HEAD")])
    await Streams(source).serve(stream)
    [reply] = replies(stream.sent, bodiless=True)
    assert reply.headers["content-length"] == "5"
    assert (len(source.pieces), source.closed) == (2, True)


async def test_content_that_ends_early_breaks_the_connection() -> None:
    """The client must notice that something is missing."""
    source = Source(5, [b"he"])
    stream = ScriptedPeer([GET, GET])
    await Streams(source).serve(stream)
    assert stream.sent.endswith(b"\r\n\r\nhe")
    assert source.closed
