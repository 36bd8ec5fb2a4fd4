"""Calls of a client: on one connection, or repeated on later ones until they are answered."""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import attrs
import orjson
import trio

from ..protocol.codec import Malformed, decode_json, encode_params
from ..protocol.declaring import Call
from ..protocol.results import FRAME_BYTES
from .connection import Connection
from .errors import InvalidParams, TextTooLong, refusal

Then: TypeAlias = Callable[[Any], Any]
"""Called with the raw result in the reader's step. Its return value is the result of the call."""
MAX_ENVELOPE_BYTES: Final = 256
"""Maximum size of a JSON-RPC call without its params."""


@attrs.define(eq=False)
class _AwaitedCall:
    method: str
    params: Mapping[str, Any]
    then: Then
    done: trio.Event = attrs.field(factory=trio.Event)
    result: Any = None
    error: Exception | None = None

    def reply(self, reply: Mapping[str, Any]) -> None:
        if "error" in reply:
            self.fail(refusal(reply["error"]))
        else:
            self.result = self.then(reply.get("result"))
            self.done.set()

    def fail(self, error: Exception) -> None:
        self.error = error
        self.done.set()

    async def wait(self) -> Any:
        await self.done.wait()
        if self.error is not None:
            raise self.error
        return self.result


async def ask(connection: Connection, call: Call[Any], then: Then) -> Any:
    """Make a call on this connection only. :raises CallRefused: :raises Lost:"""
    awaited = _AwaitedCall(call.declared.name, encode_params(call), then)
    await connection.send(awaited.method, awaited.params, awaited.reply)
    return await awaited.wait()


class CallQueue:
    """Calls in order, each sent again on later connections until it is answered."""

    def __init__(self) -> None:
        # In the order of the calls, in which they are also sent again.
        self._unanswered: dict[_AwaitedCall, None] = {}
        self._unsent: deque[_AwaitedCall] | None = None
        """Calls not sent yet on the current connection; None without a connection."""
        self._call_added = trio.lowlevel.ParkingLot()
        self._ended: Exception | None = None

    async def call(self, call: Call[Any], then: Then) -> Any:
        """Make a call, on as many connections as it takes. A cancelled call is not sent again.

        :raises CallRefused: :raises SessionEnded:
        """
        if self._ended is not None:
            raise self._ended.with_traceback(None)  # a reused traceback would grow
        awaited = _AwaitedCall(call.declared.name, _encoded(call), then)
        # Check first: once queued, the call may be sent before a cancellation takes effect.
        await trio.lowlevel.checkpoint_if_cancelled()
        self._unanswered[awaited] = None
        if self._unsent is not None:
            self._unsent.append(awaited)
            self._call_added.unpark()
        try:
            return await awaited.wait()
        finally:
            self._unanswered.pop(awaited, None)

    async def send(self, connection: Connection) -> None:
        """Send calls on this connection, those unanswered on earlier ones first. :raises Lost:"""
        unsent = self._unsent = deque(self._unanswered)
        try:
            while True:
                while unsent:
                    awaited = unsent.popleft()
                    if awaited in self._unanswered:
                        await connection.send(awaited.method, awaited.params, awaited.reply)
                await self._call_added.park()
        finally:
            self._unsent = None

    def end(self, error: Exception) -> None:
        self._ended = error
        for awaited in self._unanswered:
            awaited.fail(error)


def _encoded(call: Call[Any]) -> Mapping[str, Any]:
    """Return the params as plain data, after checking that a frame can hold them.

    The server would answer other params without an id, or by closing. The call would then be
    repeated on every connection, forever.

    :raises TextTooLong: :raises InvalidParams:
    """
    plain: Mapping[str, Any] = encode_params(call)
    method = call.declared.name
    try:
        frame = orjson.dumps(plain)
        decode_json(frame)
    except TypeError:  # orjson: a lone surrogate
        raise InvalidParams("invalid_params", f"{method}: a text is not valid Unicode") from None
    except Malformed as malformed:
        raise InvalidParams("invalid_params", f"{method}: {malformed}") from None
    if len(frame) > FRAME_BYTES - MAX_ENVELOPE_BYTES:
        raise TextTooLong("text_too_long", f"{method}: too long for one frame")
    return plain
