"""What is no plain text frame: pings, pongs, closes, fragments, binary, violations. No I/O.

wsproto judges it; here is what follows for a server that takes texts only.
"""

from typing import Final

import attrs
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, TextMessage

from ..errors import CloseCode
from .frames import close_frame


@attrs.frozen
class FrameResult:
    """``text`` has come to its end; ``answer`` is a frame to be sent; ``code``: it was the end."""

    text: bytes | None = None
    answer: bytes = b""
    code: int | None = None


NOTHING: Final = FrameResult()


class ControlFrames:
    """Reads frames from one's beginning on; may be forgotten between two messages."""

    def __init__(self) -> None:
        self._connection = Connection(ConnectionType.SERVER)
        # One buffer: a list of texts takes fifty bytes for each fragment, however short.
        self._text = bytearray()

    def read(self, data: bytes) -> FrameResult:
        """Of some bytes that go no further than to the end of a frame."""
        self._connection.receive_data(data)
        verdict = NOTHING
        for event in self._connection.events():
            told = self._of(event)
            verdict = verdict if told is NOTHING else told
        return verdict

    def _of(self, event: Event) -> FrameResult:
        match event:
            case Ping():
                return FrameResult(answer=self._connection.send(event.response()))
            case CloseConnection(code=code):  # the client's, or wsproto's for a violation
                return FrameResult(answer=self._connection.send(event.response()), code=int(code))
            case TextMessage(data=data):
                self._text += data.encode()
                if event.message_finished:
                    text = bytes(self._text)
                    self._text.clear()
                    return FrameResult(text=text)
            case BytesMessage() if event.message_finished:
                code = CloseCode.UNSUPPORTED_DATA
                return FrameResult(answer=close_frame(code), code=code)
            case _:
                pass  # a pong, or a part of what is refused at its end
        return NOTHING
