"""A job that is done at the start, and again when there is more to do."""

import logging
import math
from collections.abc import Awaitable, Callable
from typing import Final

import trio

from ..errors import StorageFailed, StorageUnavailable

logger = logging.getLogger(__name__)

AGAIN_S: Final = 60
"""Pause before what is left is tried again."""


class WokenJob:
    """:param work: returns whether nothing is left to do until the job is woken. It is tried again
        after :data:`AGAIN_S` at the latest.
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
            done = await self._try()
            with trio.move_on_after(math.inf if done else AGAIN_S):
                await self._wanted.wait()

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
