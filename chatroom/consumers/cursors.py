"""The cursors of one consumer: moved in memory, and written together soon after."""

import logging
from typing import Final

import trio

from ..errors import StorageFailed
from ..store.consumers import ConsumerStore

logger = logging.getLogger(__name__)

SAVE_INTERVAL_S: Final = 0.2
"""Pause between two writes, so that a busy consumer does not add a commit for each page. After a
kill, the pages of this time are handed again."""
RETRY_S: Final = 5.0
MAX_UNSAVED: Final = 10_000
"""Rooms whose cursors wait to be written. Past it, a move waits."""
GRACE_S: Final = 5.0
"""Time for the last write after a cancellation."""


class Cursors:
    def __init__(self, store: ConsumerStore, consumer: str) -> None:
        self._store = store
        self._consumer = consumer
        self._unsaved: dict[str, int] = {}
        self._moved = trio.lowlevel.ParkingLot()
        self._saved = trio.lowlevel.ParkingLot()

    def unsaved(self, room: str) -> int:
        """Return the room's cursor if it is not in the store yet, else 0."""
        return self._unsaved.get(room, 0)

    async def move(self, room: str, rev: int) -> None:
        """Move a cursor, when the log up to ``rev`` was handled."""
        while len(self._unsaved) >= MAX_UNSAVED:
            await self._saved.park()
        self._unsaved[room] = rev
        self._moved.unpark_all()

    async def run(self) -> None:
        """Write cursors until cancelled, and then once more."""
        try:
            while True:
                while not self._unsaved:
                    await self._moved.park()
                await trio.sleep(SAVE_INTERVAL_S if await self._save() else RETRY_S)
        finally:
            with trio.move_on_after(GRACE_S, shield=True):
                if self._unsaved:
                    await self._save()

    async def _save(self) -> bool:
        revs = dict(self._unsaved)
        try:
            await self._store.move_consumer_cursors(self._consumer, revs)
        except StorageFailed:
            raise
        except Exception as error:  # the boundary of a write; its pages may be handed again
            logger.warning("cursors of consumer %s not saved: %s", self._consumer, error)
            return False
        for room, rev in revs.items():
            if self._unsaved[room] == rev:
                del self._unsaved[room]
        self._saved.unpark_all()
        return True
