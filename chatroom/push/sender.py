"""Sends notifications to endpoints, at least once (I8), and judges each right before (I5)."""

import logging
import random
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, TypeAlias

import attrs
import trio

from ..errors import StorageFailed, StorageUnavailable
from ..model import PushEndpoint, PushOutcome
from ..store.push import EndpointState, NotificationKey, PushStore, Turn, Waiting
from .ledger import Ledger
from .requests import PushText, text_of
from .schedule import Schedule

logger = logging.getLogger(__name__)

FIRST_PAUSE_S: Final = 5.0
"""Pause of an endpoint after its first failure. It doubles with each further one."""
LONGEST_PAUSE_S: Final = 3600.0
"""Also of a ``Retry-After``."""
GIVEN_UP_MS: Final = 7 * 24 * 60 * 60 * 1000
"""An endpoint at which each attempt has failed for this long is removed."""
STORE_PAUSE_S: Final = 30.0
"""Pause of an endpoint whose next notification could not be read."""

GONE: Final = frozenset({404, 410})


IsWanted: TypeAlias = Callable[[], Awaitable[bool]]
"""Return whether a notification is still wanted, when a connection was made."""
Attempt: TypeAlias = Callable[[PushEndpoint, PushText, IsWanted], Awaitable["Attempted | None"]]
"""Send a text to an endpoint. Return None if it was not wanted any more."""


@attrs.frozen
class Attempted:
    """What came of one attempt.

    :ivar status: of the answer; None if there was none.
    :ivar retry_after_s: the time for which the push service wants to be left alone.
    """

    outcome: PushOutcome
    status: int | None = None
    retry_after_s: float | None = None


class Sender:
    """
    :param attempt: see :data:`Attempt`.
    :param clock: returns ms since the epoch.
    :param jitter: returns a random number from 0 to 1, which shortens a pause by up to half.

    :ivar leads: whether this node sends, and no other one.
    :ivar sent: counts notifications that a push service took.
    :ivar failed: counts attempts that failed.
    :ivar dropped: counts notifications that were not wanted any more.
    :ivar gone: counts endpoints that were removed since they are gone.
    """

    def __init__(
        self,
        store: PushStore,
        attempt: Attempt,
        clock: Callable[[], int],
        *,
        shows_text: bool,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._store = store
        self._attempt = attempt
        self._clock = clock
        self._shows_text = shows_text
        self._jitter = jitter
        self._ledger = Ledger(store)
        self.schedule: Final = Schedule()
        self.leads: Callable[[], bool] = lambda: True
        self.sent = self.failed = self.dropped = self.gone = 0

    async def run(self) -> None:
        """Send what waits until cancelled.

        :raises StorageFailed: the process must end.
        """
        async with trio.open_nursery() as saving:
            saving.start_soon(self._ledger.run)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self.schedule.run)
                nursery.start_soon(self.find)
                while True:
                    await self._ledger.wait_for_space()
                    nursery.start_soon(self._take_turn, await self.schedule.take())

    async def find(self) -> None:
        """Find what waits in the store."""
        while True:
            try:
                found = await self._store.waiting_endpoints()
            except StorageFailed:
                raise
            except Exception as error:
                logger.warning("waiting notifications not found: %s", error)
                await trio.sleep(STORE_PAUSE_S)
            else:
                break
        for waiting in found:
            self.add_waiting(waiting)

    def add_waiting(self, waiting: Waiting) -> None:
        """Note that notifications may wait. An endpoint that fails rests until its next attempt."""
        rest_s = (waiting.retry_at - self._clock()) / 1000
        self.schedule.add(waiting, rest_s=min(rest_s, LONGEST_PAUSE_S))

    async def _take_turn(self, endpoint: int) -> None:
        more, pause_s = True, STORE_PAUSE_S
        try:
            if not self.leads():
                more = False  # the leader finds it
                return
            turn = await self._store.turn(endpoint, self._ledger.done_of(endpoint), self._clock())
            more, pause_s = await self._send(endpoint, turn)
        except StorageFailed:
            raise
        except StorageUnavailable as error:
            logger.warning("a notification waits: %s", error)
        except Exception as error:  # the boundary of an attempt: others go on
            logger.error("a notification failed", exc_info=error)
        finally:
            self.schedule.done(endpoint, more=more, rest_s=pause_s)

    async def _send(self, endpoint: int, turn: Turn) -> tuple[bool, float]:
        """Return whether there may be more to send, and the pause before that."""
        self.dropped += len(turn.unwanted)
        self._ledger.done(*turn.unwanted)
        if turn.endpoint is None:
            return False, 0
        if turn.ended:
            self._ledger.gone(endpoint, turn.endpoint.token_id)
            return False, 0
        if turn.notification is None or turn.key is None:
            return turn.more, 0
        text = text_of(turn.notification, self._clock(), shows_text=self._shows_text)
        attempted = await self._attempt(
            turn.endpoint, text, partial(self._is_wanted, endpoint, turn.key)
        )
        if attempted is None:
            return True, 0  # the next turn drops it
        self.schedule.attempted(endpoint, succeeded=attempted.outcome == "sent")
        state = self._ledger.state_of(endpoint) or turn.state
        if attempted.outcome == "sent":
            self.sent += 1
            self._ledger.done(turn.key)
            if state.failures:
                self._ledger.state(endpoint, EndpointState())
            return turn.more, 0
        if attempted.outcome == "gone" or self._is_given_up(state):
            self.gone += 1
            self._ledger.gone(endpoint, turn.endpoint.token_id)
            return False, 0
        self.failed += 1
        pause_s = self._pause_s(state.failures, attempted.retry_after_s)
        now = self._clock()
        since = now if state.failing_since is None else state.failing_since
        retry_at = now + round(pause_s * 1000)
        self._ledger.state(endpoint, EndpointState(state.failures + 1, since, retry_at))
        return True, pause_s

    async def _is_wanted(self, endpoint: int, key: NotificationKey) -> bool:
        turn = await self._store.turn(endpoint, self._ledger.done_of(endpoint), self._clock())
        return turn.key == key

    def _is_given_up(self, state: EndpointState) -> bool:
        since = state.failing_since
        return since is not None and self._clock() - since >= GIVEN_UP_MS

    def _pause_s(self, failures: int, retry_after_s: float | None) -> float:
        longest = FIRST_PAUSE_S * 2.0 ** min(failures, 20)
        pause_s = min(longest, LONGEST_PAUSE_S) * (1 - self._jitter() / 2)
        return max(pause_s, min(retry_after_s or 0, LONGEST_PAUSE_S))
