"""Requests for a turn in a room: see :mod:`chatroom.hub.turns`."""

from contextlib import AbstractContextManager
from typing import Final

import orjson

from ..hub.hub import Hub
from ..store.bus import Bus

KIND: Final = "turns"


class SharedTurns:
    def __init__(self, bus: Bus, hub: Hub) -> None:
        self._bus = bus
        self._hub = hub
        hub.turns.told = self._tell

    def hearing(self) -> AbstractContextManager[None]:
        """Hear other nodes during the block."""
        return self._bus.hearing(KIND, self._heard)

    def _tell(self, room: str, seconds: float) -> None:
        self._bus.tell(KIND, orjson.dumps([room, seconds]))

    def _heard(self, node: int, message: bytes) -> None:
        match orjson.loads(message):
            case [str(room), float(seconds)]:
                if self._hub.get(room) is not None:
                    self._hub.turns.give(room, node, seconds)
            case _:
                raise ValueError("unknown message of turns")
