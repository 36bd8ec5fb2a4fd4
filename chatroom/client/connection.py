"""One connection to a server: calls out, replies and events in. Reconnects nothing.

Replies and events are handled in the order in which they come, in the reader's own step, so that
whatever follows a reply finds what the reply has changed.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import attrs
import orjson
import trio
from trio_websocket import ConnectionClosed

from ..errors import ChatroomError
from .transport import Dialled

PING_EVERY_S: Final = 20
PONG_WITHIN_S: Final = 10

Reply: TypeAlias = Callable[[Mapping[str, Any]], None]
"""Is given the whole reply: an object with ``result`` or ``error``."""
OnEvent: TypeAlias = Callable[[str, Any], None]


@attrs.define
class Lost(ChatroomError):
    """The connection is over. ``code`` is the close frame's, 1006 without one."""

    code: int


class Connection:
    def __init__(self, dialled: Dialled, on_event: OnEvent) -> None:
        self._websocket = dialled.websocket
        self._last_heard = dialled.last_heard
        self._on_event = on_event
        self._replies: dict[int, Reply] = {}
        self._next_id = 0

    async def send(self, method: str, params: Mapping[str, Any], on_reply: Reply) -> None:
        """:raises Lost: it is then not known whether the call arrives."""
        self._next_id += 1
        self._replies[self._next_id] = on_reply
        call = {"jsonrpc": "2.0", "id": self._next_id, "method": method, "params": params}
        try:
            await self._websocket.send_message(orjson.dumps(call).decode())
        except ConnectionClosed as closed:
            raise _lost(closed) from None

    async def run(self) -> None:
        """Read until the connection is over. :raises Lost: always, in the end."""
        while True:
            try:
                message = await self._websocket.get_message()
            except ConnectionClosed as closed:
                raise _lost(closed) from None
            self._handle(orjson.loads(message))

    async def keep_alive(self) -> None:
        """Notice a server that has gone without a word. :raises Lost: then."""
        while True:
            await trio.sleep(PING_EVERY_S)
            try:
                with trio.move_on_after(PONG_WITHIN_S) as waiting:
                    await self._websocket.ping()
            except ConnectionClosed as closed:
                raise _lost(closed) from None
            silent = trio.current_time() - self._last_heard()
            # On a slow network the pong may wait behind a page, which is as good a sign of life.
            if waiting.cancelled_caught and silent >= PONG_WITHIN_S:
                raise Lost(1006)

    def _handle(self, message: dict[str, Any]) -> None:
        if "method" in message:
            self._on_event(message["method"], message.get("params", {}))
        elif (reply := self._replies.pop(message.get("id", 0), None)) is not None:
            reply(message)


def _lost(closed: ConnectionClosed) -> Lost:
    return Lost(1006 if closed.reason is None else closed.reason.code)
