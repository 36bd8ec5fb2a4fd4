"""The WebSocket's opening handshake (RFC 6455, section 4.2.1): check upgrades and answer them.

Pure. Tokens are checked elsewhere.
"""

import base64
import binascii
from typing import Final

from wsproto.utilities import generate_accept_token

from ..errors import Refused
from ..protocol.results import SUBPROTOCOL
from .http_messages import Request, Response

PATH: Final = "/ws"

_VERSION: Final = "13"
# A 426 response must name the protocol to upgrade to (RFC 9110, 7.8 and 15.5.22).
_UPGRADE: Final = {"Upgrade": "websocket", "Connection": "Upgrade"}


def refusal(request: Request) -> Response | None:
    """Return the response that refuses an upgrade of :data:`PATH`; None if it is acceptable."""
    if request.method != "GET":
        return _refuse(405, "the method must be GET", {"Allow": "GET"})
    if request.query:
        message = "a query is not allowed: send the token in Authorization or in connect"
        return _refuse(400, message)
    if not _asks_upgrade(request):
        return _refuse(426, "upgrade required", _UPGRADE)
    # The headers that matter are ASCII; proxies garble others.
    if not all(map(str.isascii, request.headers.values())):
        return _refuse(400, "a header is not ASCII")
    if request.headers.get("sec-websocket-version") != _VERSION:
        headers = _UPGRADE | {"Sec-WebSocket-Version": _VERSION}
        return _refuse(426, f"Sec-WebSocket-Version must be {_VERSION}", headers)
    if not _is_key(request.headers.get("sec-websocket-key", "")):
        return _refuse(400, "Sec-WebSocket-Key must be 16 bytes in base64")
    if request.listed("sec-websocket-protocol") and not _offers_ours(request):
        return _refuse(400, f"the subprotocol must be {SUBPROTOCOL}")
    if request.body:
        return _refuse(400, "an upgrade must not have a body")
    return None


def acceptance(request: Request) -> bytes:
    """Return the response that accepts an upgrade; frames follow it."""
    key = request.headers["sec-websocket-key"].encode("ascii")
    lines = [
        b"HTTP/1.1 101 Switching Protocols",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Accept: " + generate_accept_token(key),
    ]
    if _offers_ours(request):
        lines.append(b"Sec-WebSocket-Protocol: " + SUBPROTOCOL.encode("ascii"))
    return b"\r\n".join([*lines, b"", b""])


def _offers_ours(request: Request) -> bool:
    return SUBPROTOCOL in request.listed("sec-websocket-protocol")


def _asks_upgrade(request: Request) -> bool:
    return "upgrade" in map(str.lower, request.listed("connection")) and "websocket" in map(
        str.lower, request.listed("upgrade")
    )


def _is_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 16
    except binascii.Error:
        return False


def _refuse(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return Response.json_error(status, Refused("invalid_request", message), headers)
