"""Minimum average rate at which a peer must read. The caller passes the time.

Frames for a slow reader are held in memory. A peer may read the first bytes, such as a page of
messages, slowly: only the deadline of each piece applies. Frames that follow without a pause must
be read at a minimum average rate. Otherwise a few readers hold as much memory as all others.
"""

import math
from typing import Final

RESET_PAUSE_S: Final = 1
"""After a pause this long the peer has caught up, and the count restarts."""


class MinRate:
    """Computes when the next piece must be sent.

    :param free_bytes: exempt from the rate after each pause.
    :param slack_s: how far a peer may be behind the rate.
    """

    def __init__(self, free_bytes: int, bytes_per_s: int, slack_s: float) -> None:
        self._free_bytes = free_bytes
        self._bytes_per_s = bytes_per_s
        self._slack_s = slack_s
        self._sent = 0
        self._sent_at = -math.inf
        self.due = math.inf
        """The time by which the next piece must be sent."""

    def begin(self, now: float) -> None:
        """Start sending a piece."""
        if now - self._sent_at >= RESET_PAUSE_S:
            self._sent = 0
            self.due = math.inf

    def sent(self, size: int, now: float) -> None:
        self._sent_at = now
        self._sent += size
        if self._sent > self._free_bytes:
            # Bounded, so that a long fast period does not allow a long slow one.
            self.due = min(self.due, now + self._slack_s) + size / self._bytes_per_s

    def shift(self, seconds: float) -> None:
        """Extend the deadline by the time the process was stalled."""
        self.due += seconds
