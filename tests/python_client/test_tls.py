"""TLS: the client requires a certificate of a known authority for the server's name."""

import ssl

import pytest
import trustme

from chatroom.client import CannotConnect, connect

from .network import messages
from .servers import open_site

AUTHORITY = trustme.CA()


def server_context(name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert(name).configure_cert(context)
    return context


def client_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context


async def test_a_known_authority() -> None:
    async with open_site(server_context("127.0.0.1")) as site:
        token = await site.world.token("alice")
        url = f"https://{site.address}"
        async with connect(url, token, ssl_context=client_context()) as chat:
            await chat.join("general")
            await chat.send("general", "hello")
            assert [m.text for m in await messages(chat, 1)] == ["hello"]


async def test_an_unknown_authority() -> None:
    async with open_site(server_context("127.0.0.1")) as site:
        token = await site.world.token("alice")
        with pytest.raises(CannotConnect, match=r"(?i)certificate verify failed"):
            async with connect(f"https://{site.address}", token):
                raise AssertionError("not reached")
        assert len(site.world.node.sessions) == 0


async def test_a_certificate_of_somebody_else() -> None:
    async with open_site(server_context("chat.example")) as site:
        token = await site.world.token("alice")
        url = f"wss://{site.address}/ws"
        with pytest.raises(CannotConnect, match=r"(?i)certificate verify failed"):
            async with connect(url, token, ssl_context=client_context()):
                raise AssertionError("not reached")


async def test_a_server_without_tls() -> None:
    async with open_site() as site:
        token = await site.world.token("alice")
        with pytest.raises(CannotConnect):
            async with connect(f"https://{site.address}", token):
                raise AssertionError("not reached")


async def test_no_tls_where_it_is_asked_for() -> None:
    """A TLS context for an address without TLS is an error."""
    with pytest.raises(ValueError, match="ssl_context"):
        async with connect("http://127.0.0.1:1", "token", ssl_context=client_context()):
            raise AssertionError("not reached")
