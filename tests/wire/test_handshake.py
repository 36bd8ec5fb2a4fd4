"""Upgrades to a WebSocket: refused and accepted ones."""

import pytest

from chatroom.errors import Refused
from chatroom.net.http import Response

from .clients import UPGRADE, head
from .http_server import GET, Site, replies, replies_to


async def test_upgrade() -> None:
    site = Site()
    sent = await site.respond(head("/ws", UPGRADE) + b"what", b" follows")
    # The example of RFC 6455, section 1.3.
    assert sent == (
        b"HTTP/1.1 101 Switching Protocols\r\n"
        b"Upgrade: websocket\r\n"
        b"Connection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
        b"Sec-WebSocket-Protocol: chatroom.v1\r\n"
        b"\r\n"
        b"taken over"
    )
    assert site.after_upgrade == b"what follows"
    [request] = site.upgraded
    assert request.headers["sec-websocket-key"] == UPGRADE["Sec-WebSocket-Key"]
    assert site.requests == []
    after_another = await site.respond(GET, head("/ws", UPGRADE) + b", then more")
    assert after_another.endswith(b"taken over")
    assert site.after_upgrade == b"what follows, then more"


async def test_upgrade_refused_by_the_site() -> None:
    site = Site(upgrade_to=Response.json_error(401, Refused("unauthenticated", "who?")))
    refused, answered = replies(await site.respond(head("/ws", UPGRADE) + GET))
    assert (refused.status, refused.reason) == (401, "unauthenticated")
    assert answered.status == 200


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"Upgrade": None}, 426),
        ({"Upgrade": "h2c"}, 426),
        ({"Connection": "keep-alive"}, 426),
        ({"Sec-WebSocket-Version": "8"}, 426),
        ({"Sec-WebSocket-Version": None}, 426),
        ({"Sec-WebSocket-Key": None}, 400),
        ({"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ"}, 400),
        ({"Sec-WebSocket-Key": "dGhlIHNhbXBsZQ=="}, 400),
        ({"Sec-WebSocket-Key": "x" * 24}, 400),
        ({"Sec-WebSocket-Protocol": "chatroom.v2, other"}, 400),
        ({"User-Agent": "M\xfcller"}, 400),
        ({"Sec-WebSocket-Protocol": "chatroom.v1, \xff"}, 400),
        ({"Content-Length": "2"}, 400),
    ],
)
async def test_invalid_upgrades_are_refused(changes: dict[str, str | None], status: int) -> None:
    headers = {name: value for name, value in (UPGRADE | changes).items() if value is not None}
    site = Site()
    body = b"{}" if "Content-Length" in changes else b""
    refused, answered = replies(await site.respond(head("/ws", headers) + body + GET))
    assert (refused.status, refused.reason) == (status, "invalid_request")
    assert answered.status == 200
    assert site.upgraded == []
    if status == 426:
        assert refused.headers["upgrade"] == "websocket"
        assert refused.headers["connection"] == "upgrade"
    if "Sec-WebSocket-Version" in changes:
        assert refused.headers["sec-websocket-version"] == "13"


@pytest.mark.parametrize(
    "changes",
    [
        {"Sec-WebSocket-Protocol": None},
        {"Sec-WebSocket-Protocol": "other,chatroom.v1"},
        {"Connection": "upgrade", "Upgrade": "WebSocket"},
        {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"},
        {"Host": "x" * 100},
    ],
)
async def test_valid_upgrades_are_accepted(changes: dict[str, str | None]) -> None:
    headers = {name: value for name, value in (UPGRADE | changes).items() if value is not None}
    assert (await Site().respond(head("/ws", headers))).endswith(b"\r\n\r\ntaken over")


@pytest.mark.parametrize("query", ["token=x", "access_token=x", "x", "a=b"])
@pytest.mark.parametrize("headers", [UPGRADE, {"Host": "x"}])
async def test_token_in_the_url_is_refused(query: str, headers: dict[str, str]) -> None:
    [reply] = await replies_to(head(f"/ws?{query}", headers))
    assert reply.status == 400


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (head("/ws", UPGRADE, "POST"), 405),
        (head("/ws", UPGRADE, "HEAD"), 426),
        (head("/ws", UPGRADE).replace(b"HTTP/1.1", b"HTTP/1.0"), 426),
    ],
    ids=["POST", "HEAD", "1.0"],
)
async def test_upgrade_requires_a_get_of_http_1_1(data: bytes, status: int) -> None:
    site = Site()
    [reply] = replies(await site.respond(data), bodiless=data.startswith(b"HEAD"))
    assert (reply.status, reply.headers.get("allow")) == (status, "get" if status == 405 else None)
    assert site.upgraded == []
