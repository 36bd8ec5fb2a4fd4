"""WebSocket frames as bytes: making those of a client, and parsing those of a server."""

from collections.abc import Sequence
from itertools import cycle
from typing import Final

import attrs

CONTINUATION: Final = 0x0
TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA


def client_frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    mask: bytes | None = b"\x37\xfa\x21\x3d",
    rsv: int = 0,
) -> bytes:
    """Return a frame. With ``mask`` None it is unmasked, which is a violation for clients."""
    first = bytes([fin << 7 | rsv << 4 | opcode])
    masked = 0x80 if mask else 0
    length = len(payload)
    if length < 126:
        size = bytes([masked | length])
    elif length < 65536:
        size = bytes([masked | 126]) + length.to_bytes(2, "big")
    else:
        size = bytes([masked | 127]) + length.to_bytes(8, "big")
    if mask is None:
        return first + size + payload
    masked_payload = bytes(a ^ b for a, b in zip(payload, cycle(mask), strict=False))
    return first + size + mask + masked_payload


def close(code: int, reason: bytes = b"") -> bytes:
    return client_frame(CLOSE, code.to_bytes(2, "big") + reason)


@attrs.frozen
class Frame:
    opcode: int
    payload: bytes


def server_frames(data: bytes) -> list[Frame]:
    """Parse the frames that a server sent after its handshake. Fails on an incomplete frame."""
    frames = []
    while data:
        assert data[0] & 0xF0 == 0x80
        length, start = data[1], 2
        if length == 126:
            length, start = int.from_bytes(data[2:4], "big"), 4
        elif length == 127:
            length, start = int.from_bytes(data[2:10], "big"), 10
        assert len(data) >= start + length
        frames.append(Frame(data[0] & 0x0F, data[start : start + length]))
        data = data[start + length :]
    return frames


def close_codes(frames: Sequence[Frame]) -> list[int]:
    return [int.from_bytes(f.payload[:2], "big") for f in frames if f.opcode == CLOSE]
