"""Turns of work that is not urgent: in short bursts, and while the process is busy, hardly any."""

import time
from collections.abc import Callable
from typing import Final

import trio

BURST_S: Final = 0.1
"""Duration of a burst."""
REST_S: Final = 0.4
"""Pause between two bursts, in which work gathers."""
REST_BEHIND_S: Final = 0.05
"""The same while there is much to do."""
BUSY: Final = 0.6
"""Share of one core that the process uses in a rest. From it on, the rest goes on."""
MAX_REST_S: Final = 5.0
"""After this, a burst begins even if the process is busy: less than two per cent of the time."""


class Pace:
    """:param cpu_s: returns the CPU time that this process has used.

    :ivar behind: whether there is much to do.
    """

    def __init__(self, cpu_s: Callable[[], float] = time.process_time) -> None:
        self.behind = False
        self._cpu_s = cpu_s
        self._resting = trio.Lock()
        self._end = 0.0

    async def turn(self) -> None:
        """Wait for a burst, in which several callers may work."""
        if trio.current_time() < self._end:
            return
        async with self._resting:
            if trio.current_time() >= self._end:
                await self._rest()
                self._end = trio.current_time() + BURST_S

    async def _rest(self) -> None:
        latest = trio.current_time() + MAX_REST_S
        while True:
            began, used = trio.current_time(), self._cpu_s()
            await trio.sleep(REST_BEHIND_S if self.behind else REST_S)
            now = trio.current_time()
            if self._cpu_s() - used < BUSY * (now - began) or now >= latest:
                return
