"""Notifications of the real server: over TLS to a push service on loopback, across kills."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import trustme

from ..push.loopback import push_service
from .commands import ENVIRONMENT
from .process import Server, running

GRACE_S: Final = 0.3


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
    monkeypatch.setitem(ENVIRONMENT, "SSL_CERT_FILE", str(trusted))
    with running(tmp_path, "--push-grace", str(GRACE_S), "--push-allow-private", "on") as server:
        yield server


def certified(authority: trustme.CA) -> ssl.SSLContext:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(tls)
    return tls


async def test_notifications_survive_kills(server: Server, authority: trustme.CA) -> None:
    alice_token, bob_token = await server.sign_up("alice"), await server.sign_up("bob")
    async with push_service(certified(authority)) as service:
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
    async with push_service(certified(authority)) as service:
        for number, options in enumerate((("--push-allow-private", "on"), ())):
            directory = tmp_path / f"{number}"
            directory.mkdir()
            with running(directory, *options) as server:
                async with server.session(await server.sign_up("bob")) as bob:
                    await bob.call("addPushEndpoint", **service.device.params)
                    tested = await bob.call("testPush", endpoint=service.device.url)
                    assert tested == {"outcome": "failed"}
    assert service.got == []
