"""Keeps the clock's state in the store, so that a jump is noticed over a restart too."""

from typing import Final, Protocol

from ..clock import HOUR_MS, Clock, ClockState, boot_id

_KEEP_EVERY_MS: Final = HOUR_MS
"""A jump is more than a day, so this is near enough, and a quiet server writes little."""


class ClockStore(Protocol):
    """The part of the store that keeps the clock's state."""

    async def clock_state(self) -> ClockState | None:
        """The state that was kept last; None if there is none that can be used."""

    async def keep_clock_state(self, state: ClockState) -> None: ...


async def restored_clock(store: ClockStore) -> Clock:
    """A clock that goes on from what the last server on this store knew."""
    return Clock(boot=boot_id(), state=await store.clock_state())


class ClockKeeper:
    def __init__(self, clock: Clock, store: ClockStore) -> None:
        self._clock = clock
        self._store = store
        self._kept: int | None = None

    async def check(self) -> None:
        """For housekeeping."""
        self._clock.check()
        await self._keep(_KEEP_EVERY_MS)

    async def accept(self) -> None:
        """An operator says that the wall clock is right."""
        self._clock.accept()
        await self._keep(0)

    async def _keep(self, every_ms: int) -> None:
        state = self._clock.state()
        if state is None or (self._kept is not None and state.steady - self._kept < every_ms):
            return
        await self._store.keep_clock_state(state)
        self._kept = state.steady
