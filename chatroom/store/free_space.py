"""Returning unused space to the file system, in slices between other writes."""

from collections.abc import Awaitable, Callable
from typing import Final

import trio

from .housekeeping import HousekeepingStore

MAX_ROUND_S: Final = 50
"""Time spent in one round of housekeeping. The next round continues."""
PAUSE_FACTOR: Final = 4
"""The pause after a slice is this many times as long as the slice took."""
MIN_PAUSE_S: Final = 0.02


async def give_back_space(store: HousekeepingStore) -> None:
    """Give back slices until nothing is left or :data:`MAX_ROUND_S` have passed."""
    await in_slices(store.give_back)


async def in_slices(work: Callable[[], Awaitable[bool]]) -> None:
    """Call ``work``, with pauses, until it returns False or :data:`MAX_ROUND_S` have passed."""
    with trio.move_on_after(MAX_ROUND_S):
        while True:
            began = trio.current_time()
            if not await work():
                return
            await trio.sleep(max(MIN_PAUSE_S, PAUSE_FACTOR * (trio.current_time() - began)))
