"""Calls under way: asked on one connection after another until they are answered."""

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
"""Is given the raw result in the reader's step; what it returns is the outcome of the call."""
ENVELOPE_BYTES: Final = 256
"""The most that JSON-RPC puts around the params."""


@attrs.define(eq=False)
class _Attempt:
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
    """A call on this connection alone. :raises CallRefused: :raises Lost:"""
    attempt = _Attempt(call.declared.name, encode_params(call), then)
    await connection.send(attempt.method, attempt.params, attempt.reply)
    return await attempt.wait()


class PendingCalls:
    def __init__(self) -> None:
        # In the order of asking, which is the order in which they are asked again.
        self._attempts: dict[_Attempt, None] = {}
        self._unsent: deque[_Attempt] | None = None
        """What is not asked yet on the present connection, if there is one."""
        self._something_to_send = trio.lowlevel.ParkingLot()
        self._ended: Exception | None = None

    async def call(self, call: Call[Any], then: Then) -> Any:
        """Cancelled, it is not asked any more. :raises CallRefused: :raises SessionEnded:"""
        if self._ended is not None:
            raise self._ended.with_traceback(None)  # which would grow each time
        attempt = _Attempt(call.declared.name, _carried(call), then)
        # Once it is in the line, the sender may be quicker than the cancellation.
        await trio.lowlevel.checkpoint_if_cancelled()
        self._attempts[attempt] = None
        if self._unsent is not None:
            self._unsent.append(attempt)
            self._something_to_send.unpark()
        try:
            return await attempt.wait()
        finally:
            self._attempts.pop(attempt, None)

    async def send(self, connection: Connection) -> None:
        """Ask on this connection, first what earlier ones left open. :raises Lost: in the end."""
        unsent = self._unsent = deque(self._attempts)
        try:
            while True:
                while unsent:
                    attempt = unsent.popleft()
                    if attempt in self._attempts:
                        await connection.send(attempt.method, attempt.params, attempt.reply)
                await self._something_to_send.park()
        finally:
            self._unsent = None

    def end(self, error: Exception) -> None:
        self._ended = error
        for attempt in self._attempts:
            attempt.fail(error)


def _carried(call: Call[Any]) -> Mapping[str, Any]:
    """As plain data that a frame can carry. What it cannot carry the server would answer without
    an id, or by closing: asked again on each connection, it would never come to an end.

    :raises TextTooLong: :raises InvalidParams:
    """
    plain: Mapping[str, Any] = encode_params(call)
    method = call.declared.name
    try:
        frame = orjson.dumps(plain)
        decode_json(frame)
    except TypeError:  # of orjson: a lone surrogate
        raise InvalidParams("invalid_params", f"{method}: not Unicode text") from None
    except Malformed as malformed:
        raise InvalidParams("invalid_params", f"{method}: {malformed}") from None
    if len(frame) > FRAME_BYTES - ENVELOPE_BYTES:
        raise TextTooLong("text_too_long", f"{method}: too long for a frame")
    return plain
