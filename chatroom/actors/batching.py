"""Wait briefly for a batch to fill, where a batch costs much more than each of its items.

Clients whose calls were answered together send their next calls at about the same time, but these
arrive one by one. Without the wait, the first call would be handled alone and the others after it,
and every later batch would be split in the same way.
"""

import math
from collections.abc import Sized

import trio


async def gather(waiting: Sized, enough: int, *, passes: int, until: float = math.inf) -> None:
    """Let the event loop run until ``waiting`` has at least ``enough`` items.

    :param passes: maximum number of passes of the loop. An idle pass takes about 20 us.
    :param until: a deadline by :func:`trio.current_time`.
    """
    for _ in range(passes):
        if len(waiting) >= enough or trio.current_time() >= until:
            return
        await trio.lowlevel.checkpoint()
