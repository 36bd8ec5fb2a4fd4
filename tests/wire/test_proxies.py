"""The client's address when the connection comes from a proxy."""

import logging

import pytest

from chatroom.net.proxies import MAX_HEADER_BYTES, Forwarded, TrustedProxies

from .clients import ScriptedPeer
from .http_server import Site

PROXY = "127.0.0.1"
FOR = {"x-forwarded-for": "192.0.2.7"}
TLS, FULL = Forwarded("192.0.2.7", "https"), Forwarded("192.0.2.7", "https", "chat.example")
PROXIES = TrustedProxies([PROXY, "10.0.0.0/8", "2001:db8:1::/48"])


@pytest.mark.parametrize(
    ("headers", "client"),
    [
        ({"x-forwarded-for": "192.0.2.7"}, Forwarded("192.0.2.7")),
        # Addresses forged by the client come first, and are ignored.
        ({"x-forwarded-for": "198.51.100.1, 192.0.2.7"}, Forwarded("192.0.2.7")),
        ({"x-forwarded-for": "198.51.100.1, 192.0.2.7, 10.0.0.2"}, Forwarded("192.0.2.7")),
        ({"x-forwarded-for": "nonsense, 192.0.2.7"}, Forwarded("192.0.2.7")),
        ({"x-forwarded-for": "10.0.0.3, 10.0.0.2"}, Forwarded("10.0.0.3")),
        ({"x-forwarded-for": "192.0.2.7:4711"}, Forwarded("192.0.2.7")),
        ({"x-forwarded-for": "2001:db8::7"}, Forwarded("2001:db8::7")),
        ({"x-forwarded-for": "[2001:db8::7]:4711"}, Forwarded("2001:db8::7")),
        ({"x-forwarded-for": "::ffff:192.0.2.7"}, Forwarded("192.0.2.7")),
        ({"x-forwarded-for": ""}, Forwarded(PROXY)),
        (FOR | {"x-forwarded-proto": "https"}, TLS),
        (FOR | {"x-forwarded-proto": "wss", "x-forwarded-host": "lie, chat.example"}, FULL),
        ({"forwarded": "for=192.0.2.7"}, Forwarded("192.0.2.7")),
        (
            {"forwarded": 'for=1.2.3.4;host=lie, For="192.0.2.7:80";Proto=HTTPS;host=chat.example'},
            FULL,
        ),
        ({"forwarded": 'for="[2001:db8::7]:80" ; by=_x , for=10.1.1.1'}, Forwarded("2001:db8::7")),
        (
            {"forwarded": 'for=192.0.2.7;host="a\\"b, c;d"'},
            Forwarded("192.0.2.7", None, 'a"b, c;d'),
        ),
        ({"forwarded": "for=192.0.2.7, ;"}, Forwarded("192.0.2.7")),
        ({"forwarded": " " * 900 + ";" + " " * 900 + "for=192.0.2.7"}, Forwarded("192.0.2.7")),
        (FOR | {"forwarded": "for=192.0.2.7;proto=https"}, TLS),
        ({"x-forwarded-proto": "https"}, None),
    ],
)
def test_headers_of_a_trusted_proxy_are_used(
    headers: dict[str, str], client: Forwarded | None
) -> None:
    assert PROXIES.forwarded(PROXY, headers) == client


@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-for": "nonsense"},
        {"x-forwarded-for": "192.0.2.7, unknown"},
        {"x-forwarded-for": "192.0.2.7:x"},
        {"x-forwarded-for": "[2001:db8::7"},
        {"x-forwarded-for": "[2001:db8::7]x"},
        {"x-forwarded-for": "192.0.2.7", "x-forwarded-proto": "gopher"},
        {"x-forwarded-for": "192.0.2.7," * MAX_HEADER_BYTES},
        {"forwarded": "for=unknown"},
        {"forwarded": "for=_hidden"},
        {"forwarded": "proto=https"},
        {"forwarded": "for=192.0.2.7;for=192.0.2.8"},
        {"forwarded": "for"},
        {"forwarded": 'for="192.0.2.7'},
        {"forwarded": "for=192.0.2.7 for=192.0.2.8"},
        {"forwarded": "for=192.0.2.7;" * MAX_HEADER_BYTES},
        # The proxy sets one of the two headers, the client the other.
        {"forwarded": "for=192.0.2.7", "x-forwarded-for": "192.0.2.8"},
    ],
)
def test_malformed_proxy_headers_are_ignored(
    headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    proxies = TrustedProxies([PROXY])
    for _ in range(3):
        assert proxies.forwarded(PROXY, headers) is None
    assert len(caplog.records) == 1


def test_headers_of_untrusted_peers_are_ignored(caplog: pytest.LogCaptureFixture) -> None:
    for peer in ("192.0.2.1", "peer"):
        assert PROXIES.forwarded(peer, {"x-forwarded-for": "1.2.3.4"}) is None
    assert not TrustedProxies().trusts(PROXY)
    assert not caplog.records


def test_untrusted_proxy_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    proxies = TrustedProxies()
    for _ in range(3):
        assert proxies.forwarded("::1", {"x-forwarded-for": "1.2.3.4"}) is None
        assert proxies.forwarded("192.0.2.1", {"x-forwarded-for": "1.2.3.4"}) is None
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert "--trusted-proxies" in record.message


async def test_request_has_the_client_address() -> None:
    site = Site()
    head = b"GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: %b\r\n\r\n"
    stream = ScriptedPeer([head % b"192.0.2.7" + head % b"192.0.2.8"])
    await site.serve(stream, PROXY, proxies=PROXIES)
    assert [request.peer for request in site.requests] == ["192.0.2.7", "192.0.2.8"]
