"""A job that is done at the start, and again when there is more to do."""

import logging
from collections.abc import Awaitable, Callable
from typing import Final

import trio

from ..errors import StorageFailed, StorageUnavailable

logger = logging.getLogger(__name__)

AGAIN_S: Final = 60
"""Pause after a failure."""


class WokenJob:
    """:param work: returns whether nothing is left to do until the job is woken.
    :param undone: what a failure leaves undone, for the log.
    """

    def __init__(self, work: Callable[[], Awaitable[bool]], undone: str) -> None:
        self._work = work
        self._undone = undone
        self._wanted = trio.Event()

    def wake(self) -> None:
        self._wanted.set()

    async def run(self) -> None:
        """Run until cancelled.

        :raises StorageFailed: the process must end.
        """
        while True:
            self._wanted = trio.Event()
            if await self._try():
                await self._wanted.wait()
            else:
                await trio.sleep(AGAIN_S)

    async def _try(self) -> bool:
        try:
            return await self._work()
        except StorageFailed:
            raise
        except StorageUnavailable as error:
            logger.warning("%s: %s", self._undone, error)
        except Exception:
            logger.exception(self._undone)
        return False
