"""Waiting a moment for more, where what is done with it costs much beside each piece.

People whose messages were answered together write the next ones together, but these arrive one by
one. Who takes the first by itself takes the others after that, and so on for ever in two parts.
"""

import math
from collections.abc import Sized

import trio


async def gather(waiting: Sized, enough: int, *, passes: int, until: float = math.inf) -> None:
    """Let the loop go round, some 20 us a time when it has nothing else to do, until enough waits:
    so many times at most, and not past ``until`` by :func:`trio.current_time`.
    """
    for _ in range(passes):
        if len(waiting) >= enough or trio.current_time() >= until:
            return
        await trio.lowlevel.checkpoint()
