"""WebSocket frames as bytes (RFC 6455, section 5): takes plain text messages out, writes frames.

No I/O, in the manner of h11. Most of what a chat client sends is one masked text frame a message,
so those are cut out of the byte flow here; the rest (control frames, fragments, binary, whatever
breaks the rules) is passed on as it came, for a full implementation to judge. Knows nothing of
JSON, and does not look whether a text is UTF-8.
"""

from typing import Final

import attrs

PING: Final = b"\x89\x00"
_FIN: Final = 0x80
_OPCODE: Final = 0x0F
_CONTINUATION: Final = 0x0
_CLOSE: Final = 0x8
_MASKED: Final = 0x80
_MAX_REASON: Final = 123
# The first byte of a whole message: FIN, no reserved bit, opcode 1.
_WHOLE_TEXT: Final = 0x81
# The first bytes of whole pings and pongs: FIN, no reserved bit, opcodes 9 and 10.
_HEARTBEATS: Final = (0x89, 0x8A)
MAX_CONTROL_BYTES: Final = 125
MAX_FRAGMENTS: Final = 1000
"""Of one message. Each costs as much as a message, which the limit of the size does not bound."""
MAX_EMPTY_FRAGMENTS: Final = 4
"""Of one message, the last not counted: they bring it no further."""
MAX_DISCARDED: Final = 250
"""Frames that are looked through for the peer's close frame. Small ones cost as much as large."""
MOST_TEXTS: Final = 256
"""Taken out at once: the others have their turn before the next."""


def text_frame(payload: bytes) -> bytes:
    """A server's frame of one whole text message; the same bytes serve any number of receivers."""
    length = len(payload)
    if length < 126:
        return b"\x81%c%b" % (length, payload)
    if length < 1 << 16:
        return b"\x81\x7e%b%b" % (length.to_bytes(2, "big"), payload)
    return b"\x81\x7f%b%b" % (length.to_bytes(8, "big"), payload)


def close_frame(code: int, reason: str = "") -> bytes:
    """The reason is cut to what a control frame holds (RFC 6455, 5.5)."""
    text = reason.encode()[:_MAX_REASON].decode(errors="ignore").encode()
    return b"\x88%c%b%b" % (2 + len(text), code.to_bytes(2, "big"), text)


def unmask(mask: bytes | bytearray, payload: bytes | bytearray) -> bytes:
    """The payload XORed with the repeated mask; as two large integers, which Python does fast."""
    length = len(payload)
    key = (mask * (length // 4 + 1))[:length]
    number = int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")
    return number.to_bytes(length, "big")


def pong_for(frame: bytes) -> bytes | None:
    """The answer to a client's frame if it is a whole and lawful ping, empty to such a pong; None
    to any other, which is for a full implementation to judge.
    """
    if len(frame) < 6 or frame[0] not in _HEARTBEATS or frame[1] < _MASKED:
        return None
    length = frame[1] & ~_MASKED
    if length > MAX_CONTROL_BYTES or len(frame) != 6 + length:
        return None
    payload = unmask(frame[2:6], frame[6:]) if len(frame) > 6 else b""
    return b"\x8a%c%b" % (len(payload), payload) if frame[0] == _HEARTBEATS[0] else b""


@attrs.frozen
class ParsedFrames:
    """``texts`` came first, then ``rest``, a part of a frame that somebody else has to read.

    Without any of the three all is used up that was fed, but for the beginning of a frame.
    """

    texts: list[bytes]
    rest: bytes = b""
    too_big: bool = False
    """The next frame makes a message of more than the limit, or of too many fragments.

    It stays where it is; only :meth:`FrameSplitter.discard` leads on.
    """


class FrameSplitter:
    """Takes the whole, unfragmented, masked text frames out of a client's bytes.

    Holds what was fed last and at most one frame of ``limit`` bytes: a frame's head tells its
    length, and what is passed on is not gathered.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._fragmented = False  # a message has begun and not ended,
        self._size = 0  # and has so many bytes until now,
        self._fragments = 0  # in so many fragments,
        self._empty = 0  # so many of them empty
        self._left = 0  # so many bytes are to come of the frame that is passed on,
        self._closing = False  # which is a close frame
        self._discarding = False
        self._discarded = 0
        self.passed_on = 0
        """Frames that were not taken out, until now."""

    @property
    def closed(self) -> bool:
        """The client's close frame has come: the rest means nothing (RFC 6455, 5.5.1)."""
        return self._closing and not self._left

    @property
    def given_up(self) -> bool:
        """The close frame has not come among :data:`MAX_DISCARDED` frames."""
        return self._discarded > MAX_DISCARDED

    @property
    def between(self) -> bool:
        """No message has begun, nor any frame that is passed on."""
        return not self._fragmented and not self._left

    def feed(self, data: bytes | bytearray) -> None:
        self._buffer += data

    def discard(self) -> None:
        """From now on nothing comes out; but :attr:`closed` tells of the close frame, and
        :attr:`given_up` that it is looked for no more."""
        self._discarding = True

    def split(self) -> ParsedFrames:
        """The next texts and what follows them; to be called again while there are any."""
        texts: list[bytes] = []
        buffer = self._buffer
        at = 0
        rest = b""
        too_big = False
        while not rest and len(texts) < MOST_TEXTS:
            if self._left:
                piece = bytes(buffer[at : at + self._left])
                if not piece:
                    break
                at += len(piece)
                self._left -= len(piece)
                rest = b"" if self._discarding else piece
                continue
            if self.closed or self.given_up:
                at = len(buffer)
                break
            head = _read_head(buffer, at)
            if head is None:
                break
            first, masked, minimal, start, length = head
            if not self._discarding and self._size_with(first, length) > self._limit:
                too_big = True
                break
            takes = first == _WHOLE_TEXT and masked and minimal and not self._fragmented
            if not takes or self._discarding:
                if not self._discarding and self._too_many(first, length):
                    too_big = True
                    break
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
        """The bytes of the frame's message up to its end, by what the head says."""
        opcode = first & _OPCODE
        if opcode >= _CLOSE:  # longer than 125 bytes is for others to refuse, at the head
            return 0
        return self._size + length if opcode == _CONTINUATION else length

    def _begin(self, first: int, head: int, length: int) -> None:
        """A frame that is not taken out: where it ends is all that matters here."""
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

    def _too_many(self, first: int, length: int) -> bool:
        """Whether a message has too many fragments with this one."""
        if first & _OPCODE != _CONTINUATION:
            return False
        empty = not length and not first & _FIN
        return self._fragments >= MAX_FRAGMENTS or (empty and self._empty >= MAX_EMPTY_FRAGMENTS)


def _read_head(buffer: bytearray, at: int) -> tuple[int, bool, bool, int, int] | None:
    """First byte, masked, length in its shortest form, where the mask begins, payload's length.

    None: the head is not all there.
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
