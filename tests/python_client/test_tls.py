"""TLS: the client requires a certificate of a known authority for the server's name."""

import ssl

import pytest
import trustme

from chatroom.client import CannotConnect, connect

from .network import messages
from .servers import open_site

AUTHORITY = trustme.CA()
UNVERIFIED = r"(?i)certificate verify failed"


def server_context(name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert(name).configure_cert(context)
    return context


@pytest.fixture
def trusting() -> ssl.SSLContext:
    """The context of a client that knows the authority."""
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context


async def test_a_certificate_of_a_known_authority_is_accepted(trusting: ssl.SSLContext) -> None:
    async with open_site(server_context("127.0.0.1")) as site:
        token = await site.world.token("alice")
        async with connect(site.url, token, ssl_context=trusting) as chat:
            await chat.join("general")
            await chat.send("general", "hello")
            assert [m.text for m in await messages(chat, 1)] == ["hello"]


@pytest.mark.parametrize(
    ("name", "known", "message"),
    [("127.0.0.1", False, UNVERIFIED), ("chat.example", True, UNVERIFIED), (None, True, None)],
    ids=["unknown authority", "another server's certificate", "no TLS"],
)
async def test_other_servers_are_refused(
    trusting: ssl.SSLContext, name: str | None, known: bool, message: str | None
) -> None:
    async with open_site(server_context(name) if name else None) as site:
        token = await site.world.token("alice")
        url = site.url.replace("http://", "https://")
        with pytest.raises(CannotConnect, match=message):
            async with connect(url, token, ssl_context=trusting if known else None):
                raise AssertionError("not reached")
        assert len(site.world.node.sessions) == 0


async def test_a_tls_context_for_an_address_without_tls_is_an_error(
    trusting: ssl.SSLContext,
) -> None:
    with pytest.raises(ValueError, match="ssl_context"):
        async with connect("http://127.0.0.1:1", "token", ssl_context=trusting):
            raise AssertionError("not reached")
