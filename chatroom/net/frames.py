"""WebSocket frames as bytes (RFC 6455, section 5): split text messages from a stream, build frames.

No I/O, like h11. A chat client sends almost every message as one masked text frame. The splitter
extracts those. It passes everything else on unchanged (control frames, fragments, binary, protocol
violations) for a full implementation to parse. It does not validate UTF-8 and knows no JSON.
"""

from typing import Final

from ..frozen import frozen

PING: Final = b"\x89\x00"
_FIN: Final = 0x80
_OPCODE: Final = 0x0F
_CONTINUATION: Final = 0x0
_CLOSE: Final = 0x8
_MASKED: Final = 0x80
_MAX_REASON: Final = 123
# First byte of an unfragmented text message: FIN, no reserved bit, opcode 1.
_COMPLETE_TEXT: Final = 0x81
# First bytes of a ping and a pong: FIN, no reserved bit, opcodes 9 and 10.
_HEARTBEATS: Final = (0x89, 0x8A)
MAX_CONTROL_BYTES: Final = 125
MAX_FRAGMENTS: Final = 1000
"""Per message. Each fragment costs as much as a message; the size limit does not bound that."""
MAX_EMPTY_FRAGMENTS: Final = 4
"""Per message, without the last fragment. Empty fragments make no progress."""
MAX_DISCARDED_FRAMES: Final = 250
"""Frames searched for the peer's close frame. The cost of a frame hardly depends on its size."""
MAX_TEXTS_PER_SPLIT: Final = 256
"""Texts extracted per call, so that other tasks run before the next ones."""


def text_frame(payload: bytes) -> bytes:
    """Build the server's frame of one text message. Any number of receivers share the bytes."""
    length = len(payload)
    if length < 126:
        return b"\x81%c%b" % (length, payload)
    if length < 1 << 16:
        return b"\x81\x7e%b%b" % (length.to_bytes(2, "big"), payload)
    return b"\x81\x7f%b%b" % (length.to_bytes(8, "big"), payload)


def close_frame(code: int, reason: str = "") -> bytes:
    """Build a close frame. The reason is truncated to fit a control frame (RFC 6455, 5.5)."""
    text = reason.encode()[:_MAX_REASON].decode(errors="ignore").encode()
    return b"\x88%c%b%b" % (2 + len(text), code.to_bytes(2, "big"), text)


def unmask(mask: bytes | bytearray, payload: bytes | bytearray) -> bytes:
    """XOR the payload with the repeated mask, as two large integers, which is fast in Python."""
    length = len(payload)
    key = (mask * (length // 4 + 1))[:length]
    number = int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")
    return number.to_bytes(length, "big")


def pong_for(frame: bytes) -> bytes | None:
    """Return the pong that answers a complete, valid ping, and ``b""`` for such a pong.

    None: any other frame, for a full implementation to parse.
    """
    if len(frame) < 6 or frame[0] not in _HEARTBEATS or frame[1] < _MASKED:
        return None
    length = frame[1] & ~_MASKED
    if length > MAX_CONTROL_BYTES or len(frame) != 6 + length:
        return None
    payload = unmask(frame[2:6], frame[6:]) if len(frame) > 6 else b""
    return b"\x8a%c%b" % (len(payload), payload) if frame[0] == _HEARTBEATS[0] else b""


@frozen
class ParsedFrames:
    """Result of one split: ``texts``, followed by ``rest``, a part of a frame of another kind.

    If all three are empty, all bytes fed are consumed, except for the start of a frame.
    """

    texts: list[bytes]
    rest: bytes = b""
    too_big: bool = False
    """The next frame makes the message exceed the limit of bytes or fragments.

    The frame is not consumed; only :meth:`FrameSplitter.discard` gets past it.
    """


_NOTHING: Final = ParsedFrames([])


class FrameSplitter:
    """Splits unfragmented, masked text frames from a client's byte stream.

    Buffers the bytes fed last and at most one frame of ``limit`` bytes. Oversized frames are
    detected by their head, and bytes passed on are not buffered.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._buffer = bytearray()
        # Of the fragmented message in progress:
        self._fragmented = False
        self._size = 0
        self._fragments = 0
        self._empty = 0
        # Of the frame being passed on: bytes still missing, and whether it is a close frame.
        self._left = 0
        self._closing = False
        self._discarding = False
        self._discarded = 0
        self.passed_on = 0
        """Frames passed on so far."""

    @property
    def closed(self) -> bool:
        """The client's close frame was received; what follows is ignored (RFC 6455, 5.5.1)."""
        return self._closing and not self._left

    @property
    def given_up(self) -> bool:
        """No close frame was found in :data:`MAX_DISCARDED_FRAMES` frames."""
        return self._discarded > MAX_DISCARDED_FRAMES

    @property
    def between(self) -> bool:
        """At a message boundary: no message and no frame being passed on is incomplete."""
        return not self._fragmented and not self._left

    def feed(self, data: bytes | bytearray) -> None:
        self._buffer += data

    def discard(self) -> None:
        """Discard everything from now on, searching only for the close frame.

        Then :attr:`closed` or :attr:`given_up` becomes true.
        """
        self._discarding = True

    def split(self) -> ParsedFrames:
        """Return the next texts and what follows them. Call again until the result is empty."""
        if not self._buffer:
            return _NOTHING
        texts: list[bytes] = []
        buffer = self._buffer
        at = 0
        rest = b""
        too_big = False
        while not rest and len(texts) < MAX_TEXTS_PER_SPLIT:
            if self._left:
                piece = bytes(buffer[at : at + self._left])
                if not piece:
                    break
                at += len(piece)
                self._left -= len(piece)
                rest = b"" if self._discarding else piece
                continue
            if self._closing or self.given_up:
                at = len(buffer)
                break
            head = _read_head(buffer, at)
            if head is None:
                break
            first, masked, minimal, start, length = head
            if not self._discarding and self._exceeds_limits(first, length):
                too_big = True
                break
            plain = first == _COMPLETE_TEXT and masked and minimal and not self._fragmented
            if not plain or self._discarding:
                self._begin(first, start - at + (4 if masked else 0), length)
                continue
            end = start + 4 + length
            if end > len(buffer):
                break
            texts.append(unmask(buffer[start : start + 4], buffer[start + 4 : end]))
            at = end
        del buffer[:at]
        return ParsedFrames(texts, rest, too_big)

    def _size_with(self, first: int, length: int) -> int:
        """Return the message's declared size in bytes, up to the end of this frame."""
        opcode = first & _OPCODE
        if opcode >= _CLOSE:  # the full implementation refuses more than 125 bytes at the head
            return 0
        return self._size + length if opcode == _CONTINUATION else length

    def _begin(self, first: int, head: int, length: int) -> None:
        """Start passing on a frame. Only its end and the message's counters matter here."""
        opcode = first & _OPCODE
        self._left = head + length
        self.passed_on += 1
        self._discarded += self._discarding
        self._closing = opcode == _CLOSE
        if opcode < _CLOSE:
            self._size = self._size_with(first, length)
            goes_on = not first & _FIN
            if opcode != _CONTINUATION:
                self._fragments = self._empty = 0
            self._fragments += 1
            self._empty += goes_on and not length
            self._fragmented = goes_on

    def _exceeds_limits(self, first: int, length: int) -> bool:
        """Whether the message exceeds its limit of bytes or fragments with this frame."""
        if first == _COMPLETE_TEXT:  # most frames; the general case below would say the same
            return length > self._limit
        if self._size_with(first, length) > self._limit:
            return True
        if first & _OPCODE != _CONTINUATION:
            return False
        empty = not length and not first & _FIN
        return self._fragments >= MAX_FRAGMENTS or (empty and self._empty >= MAX_EMPTY_FRAGMENTS)


def _read_head(buffer: bytearray, at: int) -> tuple[int, bool, bool, int, int] | None:
    """Return the first byte, whether masked, whether the length has its shortest form, the offset
    of the mask, and the payload's length.

    None: the head is incomplete.
    """
    known = len(buffer) - at
    if known < 2:
        return None
    first, second = buffer[at], buffer[at + 1]
    masked = second >= _MASKED
    length = second & ~_MASKED
    if length < 126:
        return first, masked, True, at + 2, length
    if length == 126:
        if known < 4:
            return None
        length = buffer[at + 2] << 8 | buffer[at + 3]
        return first, masked, length >= 126, at + 4, length
    if known < 10:
        return None
    length = int.from_bytes(buffer[at + 2 : at + 10], "big")
    return first, masked, length >= 1 << 16, at + 10, length
