"""The outcomes of attempts, written together soon after. Those that a kill loses are made again,
with the same ids."""

import logging
from typing import Final

import trio

from ..errors import StorageFailed
from ..store.push import EndpointState, NotificationKey, Outcomes, PushStore

logger = logging.getLogger(__name__)

SAVE_INTERVAL_S: Final = 0.2
"""Pause between two writes."""
RETRY_S: Final = 5.0
MAX_UNSAVED: Final = 5_000
"""Outcomes that wait to be written. Past it, no attempt begins."""
MAX_SAVED: Final = 500
"""Outcomes in one write."""
GRACE_S: Final = 5.0
"""Time for the last write after a cancellation."""


class Ledger:
    def __init__(self, store: PushStore) -> None:
        self._store = store
        self._done: dict[int, dict[NotificationKey, None]] = {}
        self._states: dict[int, EndpointState] = {}
        self._gone: dict[tuple[int, str], None] = {}
        self._count = 0
        self._news = trio.lowlevel.ParkingLot()
        self._saved = trio.lowlevel.ParkingLot()

    def done_of(self, endpoint: int) -> frozenset[NotificationKey]:
        """Return the notifications of an endpoint that are done, but stored as waiting yet."""
        return frozenset(self._done.get(endpoint, ()))

    def state_of(self, endpoint: int) -> EndpointState | None:
        """Return the state of an endpoint that is not stored yet."""
        return self._states.get(endpoint)

    async def wait_for_space(self) -> None:
        while self._count >= MAX_UNSAVED:
            await self._saved.park()

    def done(self, *keys: NotificationKey) -> None:
        for key in keys:
            self._done.setdefault(key.endpoint, {})[key] = None
        self._count += len(keys)
        self._news.unpark_all()

    def state(self, endpoint: int, state: EndpointState) -> None:
        self._states[endpoint] = state
        self._news.unpark_all()

    def gone(self, endpoint: int, token_id: str) -> None:
        """Note that an endpoint is to be removed, as this log-in has added it."""
        self._gone[endpoint, token_id] = None
        self._news.unpark_all()

    async def run(self) -> None:
        """Write outcomes until cancelled, and then once more."""
        try:
            while True:
                while not (self._done or self._states or self._gone):
                    await self._news.park()
                await trio.sleep(SAVE_INTERVAL_S if await self._save() else RETRY_S)
        finally:
            with trio.move_on_after(GRACE_S, shield=True):
                while self._done or self._states or self._gone:
                    if not await self._save():
                        break

    async def _save(self) -> bool:
        done: list[NotificationKey] = []
        for keys in self._done.values():
            done += list(keys)[: MAX_SAVED - len(done)]
            if len(done) >= MAX_SAVED:
                break
        states, gone = dict(self._states), list(self._gone)
        try:
            await self._store.save_outcomes(Outcomes(done, list(states.items()), gone))
        except StorageFailed:
            raise
        except Exception as error:  # the boundary of a write; attempts may be made again
            logger.warning("outcomes of notifications not saved: %s", error)
            return False
        for key in done:
            keys = self._done[key.endpoint]
            del keys[key]
            if not keys:
                del self._done[key.endpoint]
        for endpoint, state in states.items():
            if self._states[endpoint] is state:
                del self._states[endpoint]
        for each in gone:
            del self._gone[each]
        self._count -= len(done)
        self._saved.unpark_all()
        return True
