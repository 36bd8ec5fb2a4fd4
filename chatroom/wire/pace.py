"""A rate as arithmetic: a token bucket kept as one number, the time at which it is full again.

This is the generic cell rate algorithm (ITU-T I.371). A bucket that is full need not be kept.
"""

from typing import Final, Self

from ..config import Rate


class Pace:
    """``burst`` at once, and ``per_second`` on average."""

    def __init__(self, burst: int, per_second: float) -> None:
        self._interval: Final = 1 / per_second
        self._span: Final = burst / per_second

    @classmethod
    def of(cls, rate: Rate) -> Self:
        return cls(rate.burst, rate.per_minute / 60)

    def wait(self, full_at: float, now: float) -> float:
        """Seconds until the next may come; 0 or less: now."""
        return max(full_at, now) + self._interval - self._span - now

    def taken(self, full_at: float, now: float) -> float:
        """When the bucket is full again after one more."""
        return max(full_at, now) + self._interval

    def given_back(self, full_at: float) -> float:
        """The same, after one less."""
        return full_at - self._interval
