"""Returning unused space to the file system, in slices between other writes."""

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
    with trio.move_on_after(MAX_ROUND_S):
        while True:
            began = trio.current_time()
            if not await store.give_back():
                return
            await trio.sleep(max(MIN_PAUSE_S, PAUSE_FACTOR * (trio.current_time() - began)))
