"""Signs of typing, for people who watch the room at other nodes. They may be lost: clients drop one
after some seconds.
"""

from contextlib import AbstractContextManager
from typing import Final

import orjson

from ..hub.hub import Hub
from ..store.bus import Bus

KIND: Final = "typing"


class SharedTyping:
    def __init__(self, bus: Bus, hub: Hub) -> None:
        self._bus = bus
        self._hub = hub
        hub.typed = self._tell

    def hearing(self) -> AbstractContextManager[None]:
        """Hear other nodes during the block."""
        return self._bus.hearing(KIND, self._heard)

    def _tell(self, room: str, user: str, typing: bool, thread: int | None) -> None:
        self._bus.tell(KIND, orjson.dumps([room, user, typing, thread]), ephemeral=True)

    def _heard(self, _: int, message: bytes) -> None:
        match orjson.loads(message):
            case [str(room), str(user), bool(typing), int() | None as thread]:
                channel = self._hub.get(room)
                if channel is not None and channel.watchers:
                    channel.set_typing(user, typing, thread)
            case _:
                raise ValueError("unknown message of typing")
