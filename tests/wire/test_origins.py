"""Origins of pages that may use the server."""

import pytest

from chatroom.net.http_messages import Request
from chatroom.net.origins import Origins
from chatroom.net.proxies import Forwarded

VIA = Forwarded("192.0.2.7")


def request_from(origin: str | None, host: str, forwarded: Forwarded | None = None) -> Request:
    headers = {"host": host} | ({} if origin is None else {"origin": origin})
    return Request("POST", "/api/login", "", headers, b"", "192.0.2.1", forwarded)


def allows(request: Request, *allowed: str, loopback: bool = False) -> bool:
    return Origins(allowed, loopback=loopback).allows(request)


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        (None, "anything", True),
        ("http://chat.example", "chat.example", True),
        ("https://chat.example", "chat.example", True),
        ("https://chat.example", "chat.example:443", True),
        ("http://chat.example:8000", "chat.example:8000", True),
        ("http://CHAT.example", "Chat.Example", True),
        ("http://[2001:db8::1]:8000", "[2001:db8::1]:8000", True),
        ("http://chat.example:8000", "chat.example", False),
        ("http://chat.example", "chat.example:8000", False),
        ("https://evil.example", "chat.example", False),
        ("https://chat.example.evil.example", "chat.example", False),
        ("https://evil.example#chat.example", "chat.example", False),
        ("https://chat.example@evil.example", "evil.example", False),
        ("null", "chat.example", False),
        ("", "", False),
        ("https://", "", False),
        ("http://chat.example:x", "chat.example:x", False),
        ("chrome-extension://chat.example", "chat.example", False),
    ],
)
def test_origin_must_match_the_host(origin: str | None, host: str, allowed: bool) -> None:
    assert allows(request_from(origin, host)) is allowed


def test_configured_origins_are_allowed() -> None:
    request = request_from("https://app.example", "chat.example")
    assert allows(request, "https://other.example", "https://app.example")
    assert not allows(request, "http://app.example", "https://app.example:8443")
    assert allows(request, "*")
    assert allows(request_from("null", "chat.example"), "*")


@pytest.mark.parametrize(
    ("origin", "host", "allowed", "known"),
    [
        ("http://chat.example", "chat.example", (), True),
        ("http://chat.example", "chat.example", ("*",), True),
        ("https://app.example", "chat.example", ("*", "https://app.example"), True),
        ("https://app.example", "chat.example", ("*",), False),
        ("http://chat.example:9000", "chat.example:8000", ("*",), False),
        ("null", "chat.example", ("*",), False),
        (None, "chat.example", ("*",), False),
        (None, "chat.example", (), False),
    ],
)
def test_known_pages_are_those_of_the_server_and_of_origins_allowed_by_name(
    origin: str | None, host: str, allowed: tuple[str, ...], known: bool
) -> None:
    request = request_from(origin, host)
    assert Origins(allowed, loopback=False).is_known_page(request) is known


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("localhost:8000", True),
        ("chat.localhost:8000", True),
        ("127.0.0.1:8000", True),
        ("[::1]:8000", True),
        ("rebound.evil.example:8000", False),
        ("localhost.evil.example:8000", False),
    ],
)
def test_rebound_names_are_refused_on_loopback(host: str, allowed: bool) -> None:
    request = request_from(f"http://{host}", host)
    assert allows(request, loopback=True) is allowed
    assert allows(request, loopback=False)
    # If origins are configured, only these are allowed.
    assert allows(request, "https://chat.example", loopback=False) is allowed
    assert allows(request, f"http://{host}", loopback=True)
    assert allows(request_from(None, host), loopback=True)


def test_origin_behind_a_trusted_proxy() -> None:
    origin = "https://chat.example"
    # The proxy passes the name on as it came, or says what it was, or neither.
    assert allows(request_from(origin, "chat.example", VIA), loopback=True)
    forwarded = Forwarded("192.0.2.7", "https", "chat.example")
    assert allows(request_from(origin, "127.0.0.1:8000", forwarded), loopback=True)
    assert not allows(request_from(origin, "127.0.0.1:8000", VIA), loopback=True)
    assert allows(request_from(origin, "127.0.0.1:8000", VIA), origin, loopback=True)
    # A page that came without TLS is another one.
    assert not allows(request_from("http://chat.example", "chat.example", forwarded))
