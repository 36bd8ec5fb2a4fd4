"""Everything but a complete, masked text frame: control frames, fragments, binary. No I/O.

wsproto parses and validates it; this module maps its events for a server that accepts only text.
"""

from typing import Final

import attrs
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, TextMessage

from ..errors import CloseCode
from .frames import close_frame


@attrs.frozen
class FrameResult:
    """What one read yields.

    :ivar text: a completed message.
    :ivar answer: a frame to send.
    :ivar code: the close code, if the connection ends.
    """

    text: bytes | None = None
    answer: bytes = b""
    code: int | None = None


EMPTY_RESULT: Final = FrameResult()


class ControlFrames:
    """Parser of frames, starting at a frame boundary. Discard it between two messages."""

    def __init__(self) -> None:
        self._connection = Connection(ConnectionType.SERVER)
        # One buffer: a list of strings costs fifty bytes per fragment, however short.
        self._text = bytearray()

    def read(self, data: bytes) -> FrameResult:
        """Parse bytes that do not extend beyond the end of the current frame."""
        self._connection.receive_data(data)
        result = EMPTY_RESULT
        for event in self._connection.events():
            event_result = self._handle(event)
            result = result if event_result is EMPTY_RESULT else event_result
        return result

    def _handle(self, event: Event) -> FrameResult:
        match event:
            case Ping():
                return FrameResult(answer=self._connection.send(event.response()))
            case CloseConnection(code=code):  # from the client, or from wsproto on a violation
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
                pass  # a pong, or part of a binary message, which is refused at its end
        return EMPTY_RESULT
