"""Retry calls that the server refuses temporarily. Knows only the names of calls.

Calls of one name are retried one at a time, in order. If all waiting calls were retried at once,
all but one would be refused again, and the server would end the session for too many refusals.
"""

import math
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import attrs
import trio

from .errors import Busy, CallRefused, RateLimited, ServerFault

T = TypeVar("T")

MIN_PAUSE_S: Final = 1.0
"""Minimum pause after a refusal. The server counts refusals, so frequent retries would harm."""
MAX_PAUSE_S: Final = 30.0
"""Maximum pause between attempts to send a message that the server answers with ``internal``. The
server may ask for a longer one."""
MAX_FAULTS: Final = 10
"""Maximum number of such attempts. They take about two and a half minutes."""


@attrs.define(eq=False)
class _Queue:
    lock: trio.Lock = attrs.field(factory=trio.Lock)
    not_before: float = -math.inf


class RetryQueue:
    """Retries calls until they succeed.

    :param patient: retry calls refused as ``rate_limited`` too, not only as ``busy``.
    """

    def __init__(self, *, patient: bool) -> None:
        self._retried = (Busy, RateLimited) if patient else (Busy,)
        self._queues: dict[str, _Queue] = defaultdict(_Queue)
        # By room: held while a message is being retried. Later messages wait for it.
        self._retrying: dict[str, trio.Lock] = {}

    async def ask(self, name: str, ask: Callable[[], Awaitable[T]]) -> T:
        queue = self._queues[name]
        if not queue.lock.locked():
            try:
                return await ask()
            except self._retried as refused:
                queue.not_before = _retry_at(refused)
        return await self._retry_in_turn(queue, ask)

    async def send(self, name: str, room: str, ask: Callable[[], Awaitable[T]]) -> T:
        """Send a message to a room by the call ``name``, after those that are being retried.

        A ``ServerFault`` is retried too, since the clientId prevents duplicates.
        """
        queue, faults = self._queues[name], 0
        if room not in self._retrying and not queue.lock.locked():
            try:
                return await ask()
            except self._retried as refused:
                queue.not_before = _retry_at(refused)
            except ServerFault as refused:
                faults, not_before = 1, _retry_at(refused)
        retrying = self._retrying.setdefault(room, trio.Lock())
        try:
            async with retrying:
                while True:
                    if faults:
                        await trio.sleep_until(not_before)
                    try:
                        return await self._retry_in_turn(queue, ask)
                    except ServerFault as refused:
                        faults += 1
                        if faults == MAX_FAULTS:
                            raise
                        not_before = _retry_at(refused, MIN_PAUSE_S * 2 ** (faults - 1))
        finally:
            if not retrying.locked():
                self._retrying.pop(room, None)

    async def _retry_in_turn(self, queue: _Queue, ask: Callable[[], Awaitable[T]]) -> T:
        async with queue.lock:
            while True:
                await trio.sleep_until(queue.not_before)
                try:
                    return await ask()
                except self._retried as refused:
                    queue.not_before = _retry_at(refused)


def _retry_at(refused: CallRefused, pause_s: float = MIN_PAUSE_S) -> float:
    asked_for = (refused.retry_after_ms or 0) / 1000
    return trio.current_time() + max(min(pause_s, MAX_PAUSE_S), asked_for)
