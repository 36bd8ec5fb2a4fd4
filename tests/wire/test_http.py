"""The HTTP server: requests, responses and refusals."""

import json
import logging
from collections.abc import Sequence

import pytest
import trio
from trio.testing import lockstep_stream_pair, wait_all_tasks_blocked

from chatroom.errors import Refused
from chatroom.net.http import MAX_BODY_BYTES, MAX_HEAD_BYTES, Request, Response, Timeouts

from .clients import UPGRADE, head
from .http_server import CHUNKED, GET, POST, Reply, Site, replies, replies_to

Clock = trio.abc.Clock


async def test_response() -> None:
    site = Site()
    [reply] = replies(await site.respond(GET))
    assert reply.status == 200
    assert reply.body == b"GET /a b=c "
    assert reply.headers.pop("date").endswith(" gmt")
    assert reply.headers == {
        "content-type": "text/plain",
        "content-length": "11",
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "x-content-type-options": "nosniff",
    }
    assert site.requests == [Request("GET", "/a", "b=c", {"host": "x"}, b"", "peer")]


@pytest.mark.parametrize(
    "request_bytes",
    [
        POST,
        CHUNKED + b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        POST.replace(b"/p", b"http://x/p"),
    ],
    ids=["length", "chunked", "absolute"],
)
async def test_request_split_at_every_byte(request_bytes: bytes) -> None:
    for cut in range(1, len(request_bytes)):
        [reply] = await replies_to(request_bytes[:cut], request_bytes[cut:])
        assert reply.body == b"POST /p  hello"
    [reply] = await replies_to(*(request_bytes[i : i + 1] for i in range(len(request_bytes))))
    assert reply.body == b"POST /p  hello"


async def test_one_connection_serves_many_requests() -> None:
    bodies = [reply.body for reply in await replies_to(GET, POST, GET)]
    assert bodies == [b"GET /a b=c ", b"POST /p  hello", b"GET /a b=c "]
    assert len(await replies_to((GET + POST) * 10)) == 20
    for headers in (b"1.1\r\nHost: x\r\nConnection: close", b"1.0"):
        first, last = await replies_to(GET + b"GET /last HTTP/" + headers + b"\r\n\r\n" + GET)
        assert "connection" not in first.headers
        assert (last.body, last.headers["connection"]) == (b"GET /last  ", "close")


async def test_head() -> None:
    site = Site()
    sent = await site.respond(GET.replace(b"GET", b"HEAD") * 2)
    assert [reply.headers["content-length"] for reply in replies(sent, bodiless=True)] == ["11"] * 2
    assert [request.method for request in site.requests] == ["GET", "GET"]


async def test_refusal_after_a_head_request_has_a_body() -> None:
    sent = await Site().respond(GET.replace(b"GET", b"HEAD"), b"nonsense\r\n\r\n")
    first, _, rest = sent.partition(b"\r\n\r\n")
    assert first.startswith(b"HTTP/1.1 200 ")
    assert [reply.reason for reply in replies(rest)] == ["invalid_request"]


@pytest.mark.parametrize("size", [MAX_HEAD_BYTES - 100, MAX_HEAD_BYTES, 2 * MAX_HEAD_BYTES])
async def test_refusal_of_a_head_request_has_no_body(size: int) -> None:
    """The request may be received in part, as a whole, or be too large."""
    request = b"HEAD / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\nX: " + b"x" * size
    sent = await Site().respond(request[:MAX_HEAD_BYTES], request[MAX_HEAD_BYTES:] + b"\r\n\r\n")
    head, _, body = sent.partition(b"\r\n\r\n")
    assert head.startswith((b"HTTP/1.1 413 ", b"HTTP/1.1 431 "))
    # Before the method is known, the response is that to any request.
    assert body == b"" or size == 2 * MAX_HEAD_BYTES


async def test_repeated_headers_are_joined() -> None:
    site = Site()
    await site.respond(b"GET / HTTP/1.1\r\nHost: x\r\nX-A: 1\r\nx-a: 2\r\n\r\n")
    assert site.requests[0].headers["x-a"] == "1, 2"


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({"authorization": "Bearer abc"}, "abc"),
        ({"authorization": "bearer  abc "}, "abc"),
        ({"authorization": "Basic abc"}, None),
        ({"authorization": "Bearer"}, None),
        ({"authorization": "Bearer "}, None),
        ({"authorization": ""}, None),
        ({}, None),
    ],
)
def test_bearer(headers: dict[str, str], token: str | None) -> None:
    assert Request("GET", "/", "", headers, b"", "peer").bearer() == token


async def test_responses_of_each_kind() -> None:
    async def answered_with(response: Response) -> Reply:
        [reply] = replies(await Site(response).respond(GET))
        return reply

    reply = await answered_with(Response(200, b"x", headers={"Cache-Control": "max-age=60"}))
    assert reply.headers["cache-control"] == "max-age=60"
    assert reply.headers["content-type"] == "application/json"
    reply = await answered_with(Response(204))
    assert not reply.headers.keys() & {"content-length", "content-type"}
    refused = Refused("rate_limited", "slow down", retry_after_ms=1001)
    reply = await answered_with(Response.json_error(429, refused))
    assert (reply.status, reply.headers["retry-after"]) == (429, "2")
    error = {"reason": "rate_limited", "message": "slow down", "retryAfterMs": 1001}
    assert json.loads(reply.body) == {"error": error}


async def test_each_failure_of_a_handler_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    sent = replies(await Site(fails=True).respond(GET, GET))
    assert [(reply.status, reply.reason) for reply in sent] == [(500, "internal")] * 2
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2
    caplog.clear()
    await Site(fails=True).respond(head("/ws", UPGRADE))
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nNo colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        CHUNKED + b"x\r\n",
        b"GET / HTTP/1.1\r\nHost: x",
        b"GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n",
        # Parsers disagree on where it ends (RFC 9112, 6.1).
        CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\n") + b"0\r\n\r\n",
    ],
    ids=range(11),
)
async def test_malformed_requests_are_refused(data: bytes) -> None:
    [reply] = await replies_to(data)
    assert (reply.status, reply.reason) == (400, "invalid_request")
    assert reply.headers["connection"] == "close"


@pytest.mark.parametrize("size", [MAX_HEAD_BYTES, 2 * MAX_HEAD_BYTES])
@pytest.mark.parametrize("end", [b"", b"\r\n\r\n"])
async def test_too_large_head_is_refused(size: int, end: bytes) -> None:
    [reply] = await replies_to(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * size + end)
    assert reply.status == 431


@pytest.mark.parametrize(
    "body",
    [
        [POST.replace(b"5", b"%d" % (MAX_BODY_BYTES + 1))],
        [POST.replace(b"5", b"9" * 19)],
        [CHUNKED, b"%x\r\n" % (MAX_BODY_BYTES + 1), b"x" * (MAX_BODY_BYTES + 1)],
        [CHUNKED, *[b"4000\r\n" + b"x" * 0x4000 + b"\r\n"] * 5],
    ],
    ids=["length", "huge", "chunk", "chunks"],
)
async def test_too_large_body_is_refused(body: Sequence[bytes]) -> None:
    [reply] = await replies_to(*body)
    assert (reply.status, reply.headers["connection"]) == (413, "close")


async def test_largest_body_is_accepted() -> None:
    body = b"x" * MAX_BODY_BYTES
    site = Site()
    await site.respond(POST.replace(b"5", b"%d" % MAX_BODY_BYTES).removesuffix(b"hello") + body)
    await site.respond(CHUNKED + b"%x\r\n" % MAX_BODY_BYTES + body + b"\r\n0\r\n\r\n")
    assert [request.body for request in site.requests] == [body] * 2


async def test_client_that_keeps_sending_reads_the_refusal(autojump_clock: Clock) -> None:
    async with Site().connected() as client:
        await client.send_all(b"nonsense\r\n\r\n")
        for _ in range(15):
            await trio.sleep(0.1)
            await client.send_all(b"x" * 100_000)
        assert replies(bytes(await client.receive_some()))[0].status == 400
        assert await client.receive_some() == b""


@pytest.mark.parametrize("data", [b"", GET[:5], POST[:-1], GET, GET + POST[:-1]])
async def test_disconnecting_client_is_ignored(
    data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await Site().respond(data, breaks=True)
    await Site().respond(data)
    assert not caplog.records


async def test_expect_100() -> None:
    async with Site().connected() as client:
        await client.send_all(POST.replace(b"\r\n\r\nhello", b"\r\nExpect: 100-continue\r\n\r\n"))
        assert (await client.receive_some()).startswith(b"HTTP/1.1 100 ")
        await client.send_all(b"hello")
        assert (await client.receive_some()).endswith(b"POST /p  hello")
        await client.aclose()


# ---- clients that send or read slowly


async def drip(stream: trio.abc.Stream, data: bytes, seconds: float) -> float:
    """Send a byte at a time. Return the time after which the server closed the connection."""
    start = trio.current_time()
    for byte in data:
        try:
            await stream.send_all(bytes([byte]))
        except trio.BrokenResourceError:
            break
        await trio.sleep(seconds)
    while await stream.receive_some():
        pass
    return trio.current_time() - start


@pytest.mark.parametrize(
    "data", [b"", b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 10], ids=["silent", "slow head"]
)
async def test_slow_heads_are_cut_off(data: bytes, autojump_clock: Clock) -> None:
    async with Site().connected() as client:
        assert await drip(client, data, 0.5) == pytest.approx(10, abs=0.5)


async def test_slow_bodies_are_cut_off(autojump_clock: Clock) -> None:
    async with Site().connected() as client:
        await client.send_all(POST[:-4])
        assert await drip(client, b"", 1) == 10


async def test_idle_connection_is_closed(autojump_clock: Clock) -> None:
    site = Site()
    async with site.connected() as client:
        for _ in range(2):
            await client.send_all(GET)
            await trio.sleep(59)
        assert len(site.requests) == 2
        await client.send_all(GET[:5])
        assert await drip(client, b"", 1) == 10
        assert len(site.requests) == 2


async def test_client_that_does_not_read_is_cut_off(autojump_clock: Clock) -> None:
    client, server = lockstep_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(client.send_all, GET)
        await Site().serve(server, timeouts=Timeouts(send=7))
    assert trio.current_time() == 7


async def test_cancellation_is_not_swallowed() -> None:
    with trio.CancelScope() as scope:
        async with Site().connected() as client:
            await wait_all_tasks_blocked()
            scope.cancel()
    assert await client.receive_some() == b""
