"""The server's name and colour: what admins have set, else the settings."""

import trio

from ..clock import Clock
from ..config import Config
from ..errors import Refused
from ..hub.hub import Hub
from ..model import Appearance
from ..net.frames import text_frame
from ..protocol.codec import encode_event
from ..protocol.events import ServerChanged
from ..store.administration import Act, AdministrationStore


class ServerAppearance:
    def __init__(self, config: Config, store: AdministrationStore, hub: Hub, clock: Clock) -> None:
        self._default = Appearance(config.server_name, config.accent)
        self._store = store
        self._hub = hub
        self._clock = clock
        # Held until sessions are told, so that they hear of changes in order.
        self._changing = trio.Lock()

    async def read(self) -> Appearance:
        return await self._store.appearance(self._default)

    async def set(self, by: str, name: str | None, accent: str | None) -> Appearance:
        """Set the name and the colour, and tell the sessions of this node. None: as it is; empty:
        as in the settings.

        :raises Refused: ``forbidden``; ``by`` is no admin.
        """
        async with self._changing:
            act = Act(self._clock(), by)
            now = await self._store.set_appearance(name, accent, self._default, act)
            if now is None:
                raise Refused("forbidden", "only admins of the server may do this")
            frame = text_frame(encode_event(ServerChanged(now.name, now.accent)))
            for session in list(self._hub.sessions.by_id.values()):
                session.outbox.push_latest("server", frame)
        return now
