"""Signs of typing, for people who watch the room at other nodes. They may be lost: clients drop one
after some seconds.
"""

from typing import Final

import orjson
import trio

from ..hub.hub import Hub
from ..store.bus import Bus

KIND: Final = "typing"


class SharedTyping:
    def __init__(self, bus: Bus, hub: Hub) -> None:
        self._bus = bus
        self._hub = hub
        hub.typed = self._tell

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Hear until cancelled."""
        with self._bus.hearing(KIND, self._heard):
            task_status.started()
            await trio.sleep_forever()

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
