"""What one node of several does for all: it hands the log to consumers, and sends notifications.

The leader is told of its own commits at once. It finds those of other nodes by scans. What two
leaders do at the same time is done twice at most (I8).
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import trio

from .consumers.runner import ConsumerRunner
from .errors import StorageUnavailable
from .push.service import Push
from .store.news import NewsStore

TURN_S: Final = 1.0
"""How often a node that does not lead looks whether it does."""
SCAN_S: Final = 5.0
"""Time between two scans for what other nodes have written."""


class Leading:
    """
    :param runners: of all log consumers.
    """

    def __init__(self, store: NewsStore, runners: Sequence[ConsumerRunner], push: Push) -> None:
        self._store = store
        self._runners = runners
        self._push = push
        for runner in runners:
            runner.turn = self._when_leading(runner.turn)
        push.sender.leads = lambda: store.leads

    def _when_leading(self, turn: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        async def wait() -> None:
            while not self._store.leads:  # noqa: ASYNC110 - a lease ends with time
                await trio.sleep(TURN_S)
            await turn()

        return wait

    async def run(self) -> None:
        """Scan while this node leads and others may write, until cancelled."""
        scanned = True
        while True:
            alone = not self._store.others
            await trio.sleep(SCAN_S)
            if not self._store.leads:
                scanned = False
            elif not scanned or not alone:
                scanned = True
                for runner in self._runners:
                    runner.queue.overflow()
                try:
                    await self._push.look_again()
                except StorageUnavailable:
                    scanned = False
