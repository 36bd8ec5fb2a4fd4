"""Space that is not used any more goes back to the file system, beside everything else."""

from typing import Final

import trio

from .housekeeping import HousekeepingStore

ROUND_S: Final = 50
"""How long one round of housekeeping takes for it at most; the next one goes on."""
SHARE: Final = 4
"""Between two slices it waits so many times as long as the last one took."""
MIN_PAUSE_S: Final = 0.02


async def give_back_space(store: HousekeepingStore) -> None:
    with trio.move_on_after(ROUND_S):
        while True:
            began = trio.current_time()
            if not await store.give_back():
                return
            await trio.sleep(max(MIN_PAUSE_S, SHARE * (trio.current_time() - began)))
