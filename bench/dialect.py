"""Protocol dialects of the servers under test: the same calls and frames, encoded differently.

Frames are matched as bytes: ``message`` marks a delivered chat message. A reply starts with
``reply``, the call's id, and ``reply_end``.
"""

import itertools
from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs
import orjson


@attrs.frozen
class Dialect:
    """``opening``: sent after the upgrade, with the prefix of its answer."""

    path: str
    message: bytes
    reply: bytes
    reply_end: bytes
    error: bytes
    encode: Callable[[str, Mapping[str, Any], int], bytes]
    result: Callable[[bytes], Any]
    opening: bytes = b""


def frame(payload: bytes) -> bytes:
    """Build a client's text frame. Its mask is zero, which leaves the payload unchanged."""
    if len(payload) < 126:
        return b"\x81%c\0\0\0\0%b" % (0x80 | len(payload), payload)
    return b"\x81\xfe%b\0\0\0\0%b" % (len(payload).to_bytes(2, "big"), payload)


def split(data: bytes) -> tuple[list[bytes], bytes]:
    """Split a server's bytes into payloads of complete frames, and the rest."""
    payloads: list[bytes] = []
    start = 0
    for _ in itertools.count():
        if len(data) < start + 2:
            break
        length, begin = data[start + 1], start + 2
        if length >= 126:
            size = 2 if length == 126 else 8
            begin += size
            length = int.from_bytes(data[start + 2 : begin], "big")
        if len(data) < begin + length:
            break
        if data[start] == 0x88:
            raise RuntimeError(f"the server closed the connection: {data[begin:][:length]!r}")
        payloads.append(data[begin : begin + length])
        start = begin + length
    return payloads, data[start:]


def _encode_rpc(method: str, params: Mapping[str, Any], call_id: int) -> bytes:
    return orjson.dumps({"jsonrpc": "2.0", "id": call_id, "method": method, "params": params})


def _result_rpc(payload: bytes) -> Any:
    return orjson.loads(payload)["result"]


def _encode_event(method: str, params: Mapping[str, Any], call_id: int) -> bytes:
    return b"42%d%b" % (call_id, orjson.dumps([method, params]))


def _result_event(payload: bytes) -> Any:
    return orjson.loads(payload[payload.index(b"[") :])[0]


JSON_RPC: Final = Dialect(
    path="/ws",
    message=b'"method":"newMessage"',
    reply=b'{"jsonrpc":"2.0","id":',
    reply_end=b",",
    error=b'"error":{',
    encode=_encode_rpc,
    result=_result_rpc,
)
SOCKET_IO: Final = Dialect(
    path="/socket.io/?EIO=4&transport=websocket",
    message=b'42["newMessage",',
    reply=b"43",
    reply_end=b"[",
    error=b'"error":{',
    encode=_encode_event,
    result=_result_event,
    opening=b"40",
)
