"""Persistence of the clock's state, so that a jump is detected across restarts too."""

from collections.abc import Callable
from typing import Final, Protocol

from ..clock import HOUR_MS, Clock, ClockState, boot_id

_SAVE_INTERVAL_MS: Final = HOUR_MS
"""Precise enough, because a jump is more than a day. A quiet server writes little."""


class ClockStore(Protocol):
    """The part of the store that has to do with time.

    :ivar wall_ms: returns the wall clock's time, in ms since the epoch: the database server's, if
        there is one.
    """

    wall_ms: Callable[[], int]

    async def clock_state(self) -> ClockState | None:
        """Return the state saved last, or None if there is none or it cannot be parsed."""

    async def save_clock_state(self, state: ClockState) -> None: ...


async def restored_clock(store: ClockStore) -> Clock:
    """Return a clock that continues from the state that the last server on this store saved."""
    return Clock(store.wall_ms, boot=boot_id(), state=await store.clock_state())


class ClockKeeper:
    """Checks the clock and saves its state."""

    def __init__(self, clock: Clock, store: ClockStore) -> None:
        self._clock = clock
        self._store = store
        self._saved_at: int | None = None

    async def check(self) -> None:
        """Check for a jump, and save the state once an hour. Housekeeping calls it."""
        self._clock.check()
        await self._save(_SAVE_INTERVAL_MS)

    async def accept(self) -> None:
        """Accept the wall clock's time, as an operator has confirmed it, and save the state."""
        self._clock.accept()
        await self._save(0)

    async def _save(self, interval_ms: int) -> None:
        state = self._clock.state()
        if state is None or (
            self._saved_at is not None and state.steady - self._saved_at < interval_ms
        ):
            return
        await self._store.save_clock_state(state)
        self._saved_at = state.steady
