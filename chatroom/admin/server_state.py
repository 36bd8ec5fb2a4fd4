"""The server's state: what admins have set, else the settings. Each node has it in memory."""

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import attrs
import trio

from ..clock import Clock
from ..config import Config
from ..errors import Refused, StorageUnavailable
from ..model import ServerState
from ..protocol.calls import Announce, SetServer
from ..protocol.declaring import Event
from ..protocol.events import ServerChanged
from ..store.administration import Act, AdministrationStore, ServerChange

POLL_S: Final = 1.0
"""Time between two reads of what other nodes have set."""

logger = logging.getLogger(__name__)


class ServerStateKeeper:
    """Knows the server's state, and tells sessions of its changes.

    :param tell: sends an event to all sessions, in place of one with the same key that waits.
    :param alone: no other node writes to the store.
    """

    def __init__(
        self,
        config: Config,
        store: AdministrationStore,
        clock: Clock,
        tell: Callable[[str, Event], object] = lambda *_: None,
        *,
        alone: bool = True,
    ) -> None:
        self._default = ServerState(config.server_name, config.accent)
        self._state = self._default
        self._store = store
        self._tell = tell
        self._clock = clock
        self._alone = alone
        # Held until sessions are told, so that they hear of changes in order.
        self._changing = trio.Lock()

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Read the state, and what other nodes set, until cancelled."""
        await self.read()
        task_status.started()
        if self._alone:
            return
        while True:
            await trio.sleep(POLL_S)
            try:
                await self.read()
            except StorageUnavailable as error:
                logger.warning("reading the server's state waits: %s", error)

    async def read(self) -> ServerState:
        """Read the state from the store, and return it as it is shown now."""
        return await self._follow(partial(self._store.server_state, self._default))

    def shown(self) -> ServerState:
        """Return the state as it is shown now."""
        return self._state.at(self._clock())

    def require_writable(self) -> None:
        """Check before something is written that is refused while the server is read-only.

        :raises Refused: ``read_only``, with the reason.
        """
        if self._state.read_only is not None:
            raise Refused("read_only", f"the server is read-only: {self._state.read_only}")

    async def set(self, call: SetServer, by: str | None) -> ServerState:
        """Set the fields that the call has. Writes that began before may be committed after it.

        :param by: an account; None: an operator.
        :raises Refused: ``forbidden``; ``by`` is no admin.
        """
        change = ServerChange(call.name, call.accent, call.read_only)
        act = Act(self._clock(), by)
        return await self._follow(partial(self._store.set_server, change, self._default, act))

    async def announce(self, call: Announce, by: str | None) -> ServerState:
        """Set the announcement, or take it back.

        :raises Refused: ``forbidden``; ``invalid_params``: its end is in the past.
        """
        act = Act(self._clock(), by)
        if call.until is not None and call.until <= act.at:
            raise Refused("invalid_params", "until: is in the past")
        return await self._follow(
            partial(self._store.announce, call.text, call.until, self._default, act)
        )

    async def _follow(self, get: Callable[[], Awaitable[ServerState | None]]) -> ServerState:
        """Take over what the store returns, and tell the sessions of this node if it differs."""
        async with self._changing:
            state = await get()
            if state is None:
                raise Refused("forbidden", "only admins of the server may do this")
            before, self._state = self._state, state
            if state != before:
                event = ServerChanged(**attrs.asdict(self.shown(), recurse=False))
                self._tell("server", event)
        return self.shown()
