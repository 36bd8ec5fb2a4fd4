"""Notifications of the real server: over TLS to a push service on loopback, across kills."""

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

import attrs
import h11
import orjson
import pytest
import trio
import trustme

from ..client import DEADLINE_S
from ..push.devices import Device
from . import process
from .process import Server, running

GRACE_S: Final = 0.3


@attrs.define(eq=False)
class PushService:
    """A push service for one device.

    :ivar got: the decrypted texts of requests that it took.
    :ivar refuses: it answers 503.
    """

    device: Device
    got: list[dict[str, Any]] = attrs.field(factory=list)
    refused: int = 0
    refuses: bool = False
    _news: trio.lowlevel.ParkingLot = attrs.field(factory=trio.lowlevel.ParkingLot)

    async def wait_for(self, *, got: int = 0, refused: int = 0) -> None:
        with trio.fail_after(DEADLINE_S):
            # One may come twice after a kill.
            while len({text["id"] for text in self.got}) < got or self.refused < refused:
                await self._news.park()

    async def serve(self, tls: ssl.SSLContext, stream: trio.SocketStream) -> None:
        with suppress(trio.BrokenResourceError):
            await self._serve(trio.SSLStream(stream, tls, server_side=True, https_compatible=True))

    async def _serve(self, stream: trio.SSLStream[trio.SocketStream]) -> None:
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
        self._news.unpark_all()
        if self.refuses:
            self.refused += 1
            return 503
        self.got.append(orjson.loads(self.device.decrypt(body)))
        return 201


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server(
    tmp_path: Path, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    """A server that trusts the authority, and reaches private addresses."""
    trusted = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(trusted))
    environment = process.ENVIRONMENT | {"SSL_CERT_FILE": str(trusted)}
    monkeypatch.setattr(process, "ENVIRONMENT", environment)
    with running(tmp_path, "--push-grace", str(GRACE_S), "--push-allow-private", "on") as server:
        yield server


@asynccontextmanager
async def push_service(authority: trustme.CA) -> AsyncIterator[PushService]:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(tls)
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]
    service = PushService(Device(f"https://localhost:{port}/bob"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, partial(service.serve, tls), listeners)
        yield service
        nursery.cancel_scope.cancel()


async def test_notifications_survive_kills(server: Server, authority: trustme.CA) -> None:
    alice_token, bob_token = await server.sign_up("alice"), await server.sign_up("bob")
    async with push_service(authority) as service:
        async with server.session(alice_token) as alice, server.session(bob_token) as bob:
            await alice.call("joinRoom", room="general")
            await bob.call("joinRoom", room="general")
            await bob.call("addPushEndpoint", **service.device.params)
            tested = await bob.call("testPush", endpoint=service.device.url)
            assert tested == {"outcome": "sent", "status": 201}
            key = (await bob.call("getPushKey"))["key"]
            service.got.clear()
            await alice.call("sendMessage", room="general", text="one")
            await service.wait_for(got=1)
            # Before the decision.
            await alice.call("sendMessage", room="general", text="two")
            await server.kill()
        server.start()
        await service.wait_for(got=2)
        service.refuses = True
        async with server.session(alice_token) as alice:
            await alice.call("sendMessage", room="general", text="three")
            # After the decision, before the sending.
            await service.wait_for(refused=1)
            await server.kill()
        service.refuses = False
        server.start()
        async with server.session(bob_token) as bob:
            assert (await bob.call("getPushKey"))["key"] == key
            # Ends the pause after the failed attempt.
            await bob.call("addPushEndpoint", **service.device.params)
        await service.wait_for(got=3)
    assert {text["id"] for text in service.got} == {f"general:{seq}:bob" for seq in (1, 2, 3)}
    assert {text["text"] for text in service.got} == {"one", "two", "three"}
    assert await server.stop() == 0


async def test_another_certificate_and_a_private_address_are_not_reached(
    tmp_path: Path, authority: trustme.CA
) -> None:
    async with push_service(authority) as service:
        for number, options in enumerate((("--push-allow-private", "on"), ())):
            directory = tmp_path / f"{number}"
            directory.mkdir()
            with running(directory, *options) as server:
                async with server.session(await server.sign_up("bob")) as bob:
                    await bob.call("addPushEndpoint", **service.device.params)
                    tested = await bob.call("testPush", endpoint=service.device.url)
                    assert tested == {"outcome": "failed"}
    assert service.got == []
