"""One connection to a server: sends calls, receives replies and events. Does not reconnect.

Replies and events are handled in the order received, in the reader's step, so that an event sees
the changes of the replies before it.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import attrs
import orjson
import trio
from trio_websocket import ConnectionClosed

from ..errors import ChatroomError
from .transport import Transport

PING_INTERVAL_S: Final = 20
PONG_TIMEOUT_S: Final = 10

Reply: TypeAlias = Callable[[Mapping[str, Any]], None]
"""Called with the whole reply: an object with ``result`` or ``error``."""
OnEvent: TypeAlias = Callable[[str, Any], None]


@attrs.define
class Lost(ChatroomError):
    """The connection has ended. ``code``: of the close frame, or 1006 if there was none."""

    code: int


class Connection:
    def __init__(self, transport: Transport, on_event: OnEvent) -> None:
        self._websocket = transport.websocket
        self._last_heard = transport.last_heard
        self._on_event = on_event
        self._replies: dict[int, Reply] = {}
        self._next_id = 0

    async def send(self, method: str, params: Mapping[str, Any], on_reply: Reply) -> None:
        """Send a call. :raises Lost: the call may have arrived."""
        self._next_id += 1
        self._replies[self._next_id] = on_reply
        call = {"jsonrpc": "2.0", "id": self._next_id, "method": method, "params": params}
        try:
            await self._websocket.send_message(orjson.dumps(call).decode())
        except ConnectionClosed as closed:
            raise _lost(closed) from None

    async def run(self) -> None:
        """Read until the connection ends. :raises Lost: always."""
        while True:
            try:
                message = await self._websocket.get_message()
            except ConnectionClosed as closed:
                raise _lost(closed) from None
            self._handle(orjson.loads(message))

    async def keep_alive(self) -> None:
        """Send pings to detect a dead connection. :raises Lost: the server does not respond."""
        while True:
            await trio.sleep(PING_INTERVAL_S)
            try:
                with trio.move_on_after(PONG_TIMEOUT_S) as waiting:
                    await self._websocket.ping()
            except ConnectionClosed as closed:
                raise _lost(closed) from None
            silent = trio.current_time() - self._last_heard()
            # On a slow network the pong may be queued behind a page, so any data counts.
            if waiting.cancelled_caught and silent >= PONG_TIMEOUT_S:
                raise Lost(1006)

    def _handle(self, message: dict[str, Any]) -> None:
        if "method" in message:
            self._on_event(message["method"], message.get("params", {}))
        elif (reply := self._replies.pop(message.get("id", 0), None)) is not None:
            reply(message)


def _lost(closed: ConnectionClosed) -> Lost:
    return Lost(1006 if closed.reason is None else closed.reason.code)
