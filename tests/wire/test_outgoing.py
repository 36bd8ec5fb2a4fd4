"""Requests to servers that strangers have chosen: where they go, and what bounds them."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Final, TypeAlias

import attrs
import httpcore
import pytest
import trio
import trustme
from trio.testing import MockClock

from chatroom.net import checked_backend
from chatroom.net.checked_backend import CheckedBackend, is_public
from chatroom.net.outgoing import (
    MAX_ANSWER_BYTES,
    MAX_IDLE,
    REQUEST_S,
    Answered,
    IsWanted,
    Outgoing,
    Unreachable,
    Withdrawn,
)

Talk: TypeAlias = Callable[[trio.SocketStream | trio.SSLStream[trio.SocketStream]], Awaitable[None]]
PUBLIC: Final = "93.184.215.14"
ANSWER: Final = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1"),  # noqa: S104
        *("169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1"),
        *("239.255.255.250", "240.0.0.1", "255.255.255.255", "192.88.99.1", "192.0.0.8"),
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "fec0::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1"),
        *("64:ff9b::7f00:1", "64:ff9b:1::808:808", "2002:7f00:1::1", "2001:0:7f00:1::"),
        *("2001:db8::1", "3fff::1", "100::1"),
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", PUBLIC, "2606:4700::6810:84e5", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(address)


@attrs.define(eq=False)
class Dialled(httpcore.AsyncNetworkBackend):
    """Connects each address to one server. Records the addresses."""

    port: int
    dialled: list[str] = attrs.field(factory=list)
    unreachable: Sequence[str] = ()

    async def connect_tcp(
        self, host: str, port: int, *_: object, **__: object
    ) -> httpcore.AsyncNetworkStream:
        self.dialled.append(host)
        if host in self.unreachable:
            raise httpcore.ConnectError("refused")
        return await httpcore.TrioBackend().connect_tcp("127.0.0.1", self.port)


async def always() -> bool:
    return True


@attrs.define(eq=False)
class Site:
    """A server with the certificate of ``push.example``.

    :ivar answers: what the resolver says, one after the other; the last one stays.
    """

    dialled: Dialled
    authority: trustme.CA
    answers: list[list[str]]
    permits: Callable[[str], bool] = is_public
    names: list[str] = attrs.field(factory=list)
    wanted: IsWanted = always

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        self.names.append(host)
        if not self.answers[0]:
            raise OSError("no such name")
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    async def post(self, url: str = "https://push.example/abc", body: bytes = b"hi") -> Answered:
        tls = ssl.create_default_context()
        self.authority.configure_trust(tls)
        backend = CheckedBackend(self.permits, resolve=self.resolve, backend=self.dialled)
        client = Outgoing(backend, tls=tls)
        try:
            return await client.post(url, {"TTL": "60"}, body, self.wanted)
        finally:
            await client.aclose()


@asynccontextmanager
async def site(talk: Talk, *, name: str = "push.example", tls: bool = True) -> AsyncIterator[Site]:
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)

    async def serve(stream: trio.SocketStream) -> None:
        with suppress(trio.BrokenResourceError):  # the client ended the connection
            await talk(trio.SSLStream(stream, context, server_side=True) if tls else stream)

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, serve, 0, host="127.0.0.1"))
        port: int = listeners[0].socket.getsockname()[1]
        yield Site(Dialled(port), authority, [[PUBLIC]])
        nursery.cancel_scope.cancel()


def answering(answer: bytes = ANSWER, heard: list[bytes] | None = None) -> Talk:
    async def talk(stream: trio.SocketStream | trio.SSLStream[trio.SocketStream]) -> None:
        got = b""
        while not got.endswith(b"hi"):
            got += await stream.receive_some()
        if heard is not None:
            heard.append(got)
        await stream.send_all(answer)
        while await stream.receive_some():
            pass

    return talk


async def test_a_request_goes_to_the_address_that_was_checked() -> None:
    heard: list[bytes] = []
    async with site(answering(heard=heard)) as push:
        push.answers = [[PUBLIC], ["127.0.0.1"]]  # the second answer of a rebinding name
        assert await push.post() == Answered(201)
    assert push.names == ["push.example"]
    assert push.dialled.dialled == [PUBLIC]
    (request,) = heard
    assert request.startswith(b"POST /abc HTTP/1.1\r\nHost: push.example\r\n")
    assert b"\r\nTTL: 60\r\n" in request
    assert b"\r\nContent-Length: 2\r\n" in request


@pytest.mark.parametrize("found", ["127.0.0.1", "::ffff:10.0.0.1", "169.254.169.254", "fe80::1"])
async def test_a_name_with_an_address_that_is_not_public_is_not_connected(found: str) -> None:
    async with site(answering()) as push:
        push.answers = [[found]]
        with pytest.raises(Unreachable, match="not public"):
            await push.post()
    assert push.dialled.dialled == []


async def test_addresses_that_are_not_public_are_left_out() -> None:
    async with site(answering()) as push:
        push.answers = [["10.0.0.1", "8.8.8.8", PUBLIC]]
        push.dialled.unreachable = ["8.8.8.8"]
        assert (await push.post()).status == 201
    assert push.dialled.dialled == ["8.8.8.8", PUBLIC]


async def test_a_setting_may_permit_private_addresses() -> None:
    async with site(answering(), tls=False) as push:
        push.answers, push.permits = [["127.0.0.1"]], lambda _: True
        assert (await push.post("http://push.example/abc")).status == 201


async def test_an_unknown_name_is_unreachable() -> None:
    async with site(answering()) as push:
        push.answers = [[]]
        with pytest.raises(Unreachable, match="unknown"):
            await push.post()


async def test_another_certificate_is_refused() -> None:
    async with site(answering(), name="other.example") as push:
        with pytest.raises(Unreachable):
            await push.post()


async def test_the_last_files_are_left_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    async with site(answering()) as push:
        monkeypatch.setattr(checked_backend, "few_files_left", lambda _: True)
        with pytest.raises(Unreachable, match="files"):
            await push.post()
        monkeypatch.undo()
        assert (await push.post()).status == 201


async def test_what_is_not_wanted_when_the_connection_is_there_is_not_sent() -> None:
    heard: list[bytes] = []
    connected: list[int] = []

    async def wanted() -> bool:
        connected.append(len(push.dialled.dialled))
        return False

    async with site(answering(heard=heard)) as push:
        push.wanted = wanted
        with pytest.raises(Withdrawn):
            await push.post()
    assert (connected, heard) == ([1], [])


async def test_redirects_are_not_followed() -> None:
    moved = b"HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"
    async with site(answering(moved)) as push:
        assert (await push.post()).status == 307
    assert push.names == ["push.example"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [(b"120", 120), (b"", None), (b"soon", None), (b"Wed, 21 Oct 2015 07:28:00 GMT", 0)],
)
async def test_retry_after_is_read(value: bytes, expected: float | None) -> None:
    head = b"HTTP/1.1 429 Too Many\r\nContent-Length: 0\r\nRetry-After: " + value
    async with site(answering(head + b"\r\n\r\n")) as push:
        assert await push.post() == Answered(429, expected)


async def test_a_long_answer_is_not_read_to_its_end() -> None:
    chunk = b"%x\r\n%s\r\n" % (MAX_ANSWER_BYTES, b"x" * MAX_ANSWER_BYTES)
    endless = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + 2 * chunk
    async with site(answering(endless)) as push:
        with trio.fail_after(10):
            assert (await push.post()).status == 200


@pytest.mark.parametrize("tls", [True, False])
@pytest.mark.parametrize(
    ("begin", "again"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 201 Created\r\n", b"a: b\r\n"),
        # Chunks take precedence over the length.
        (
            b"HTTP/1.1 201 Created\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"1\r\nx\r\n",
        ),
    ],
)
async def test_an_endless_answer_is_given_up(begin: bytes, again: bytes, tls: bool) -> None:
    sent = 0

    async def talk(stream: trio.SocketStream | trio.SSLStream[trio.SocketStream]) -> None:
        nonlocal sent
        await stream.receive_some()
        with suppress(trio.BrokenResourceError):
            await stream.send_all(begin)
            while sent < 50_000_000:
                await stream.send_all(again * 1000)
                sent += len(again) * 1000

    async with site(talk, tls=tls) as push:
        with pytest.raises(Unreachable):
            await push.post("https://push.example/abc" if tls else "http://push.example/abc")
    assert sent < 50_000_000


async def test_garbage_is_unreachable() -> None:
    async with site(answering(b"SSH-2.0-OpenSSH\r\n\r\n")) as push:
        with pytest.raises(Unreachable):
            await push.post()


async def test_a_silent_server_is_given_up(autojump_clock: MockClock) -> None:
    async def silent(host: str, port: int) -> Sequence[str]:
        return [PUBLIC]

    class Silent(httpcore.AsyncNetworkBackend):
        async def connect_tcp(self, *_: object, **__: object) -> httpcore.AsyncNetworkStream:
            await trio.sleep_forever()

    client = Outgoing(CheckedBackend(resolve=silent, backend=Silent()))
    began = trio.current_time()
    with pytest.raises(Unreachable, match="in time"):
        await client.post("https://push.example/", {}, b"", always)
    assert trio.current_time() == began + REQUEST_S


def talking(requests: int, gaps: trio.lowlevel.ParkingLot) -> Talk:
    """Answer some requests, and then end the connection."""

    async def talk(stream: trio.SocketStream | trio.SSLStream[trio.SocketStream]) -> None:
        for _ in range(requests):
            got = b""
            while not got.endswith(b"hi"):
                received = await stream.receive_some()
                if not received:
                    return
                got += received
            await stream.send_all(ANSWER)
        await stream.aclose()
        gaps.unpark_all()

    return talk


async def test_an_idle_connection_is_used_again_while_it_is_open() -> None:
    ended = trio.lowlevel.ParkingLot()
    async with site(talking(2, ended), tls=False) as push:
        push.permits = lambda _: True
        backend = CheckedBackend(push.permits, resolve=push.resolve, backend=push.dialled)
        client = Outgoing(backend)
        for count in (1, 1, 2, 2):
            assert await client.post("http://push.example/a", {}, b"hi", always) == Answered(201)
            assert len(push.dialled.dialled) == count
            await trio.testing.wait_all_tasks_blocked(0.02)
        assert await client.post("http://push.example:81/a", {}, b"hi", always) == Answered(201)
        assert len(push.dialled.dialled) == 3
        await client.aclose()


async def test_the_number_of_idle_connections_is_bounded() -> None:
    async with site(answering(), tls=False) as push:
        push.permits = lambda _: True
        backend = CheckedBackend(push.permits, resolve=push.resolve, backend=push.dialled)
        client = Outgoing(backend)
        for port in range(1, MAX_IDLE + 10):
            await client.post(f"http://push.example:{port}/a", {}, b"hi", always)
        assert len(client._oldest) == MAX_IDLE + 1
        await client.aclose()
        assert not client._oldest
        assert not client._idle
