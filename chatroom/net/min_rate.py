"""The least rate at which a peer has to take what is sent to it. By a clock of the caller's.

Frames that wait for a slow reader are held in memory. It may take a page of messages as slowly as
it likes (each piece has a deadline of its own). Frames that follow without a pause have to go at
some rate on average, or a few readers hold as much as all others together.
"""

import math
from typing import Final

PAUSE_S: Final = 1
"""With nothing to send for so long, the peer has caught up, and begins anew."""


class MinRate:
    """``free_bytes`` are not counted; of ``slack_s`` a peer may be late."""

    def __init__(self, free_bytes: int, bytes_per_s: int, slack_s: float) -> None:
        self._free_bytes = free_bytes
        self._bytes_per_s = bytes_per_s
        self._slack_s = slack_s
        self._sent = 0
        self._sent_at = -math.inf
        self.due = math.inf
        """When the next piece has to be taken."""

    def begin(self, now: float) -> None:
        """Something is to be sent, after what was sent before."""
        if now - self._sent_at >= PAUSE_S:
            self._sent = 0
            self.due = math.inf

    def sent(self, size: int, now: float) -> None:
        self._sent_at = now
        self._sent += size
        if self._sent > self._free_bytes:
            # Bounded, so that a peer that was fast for long may not be slow for long afterwards.
            self.due = min(self.due, now + self._slack_s) + size / self._bytes_per_s

    def shift(self, seconds: float) -> None:
        """The process stood still for so long."""
        self.due += seconds
