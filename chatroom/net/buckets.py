"""Token buckets, and a bounded mapping for buckets whose keys strangers choose. Pure."""

from collections import OrderedDict
from collections.abc import MutableMapping
from typing import Final, TypeVar

from ..limit_settings import Rate

K = TypeVar("K")
V = TypeVar("V")

_ROUNDING_S: Final = 1e-6
"""A shorter wait is the rounding error of summed intervals, and counts as zero."""


class Buckets:
    """Token buckets of one rate, by key.

    Each bucket is stored as the time at which it will be full again (generic cell rate algorithm,
    ITU-T I.371). A full bucket needs no entry.
    """

    def __init__(
        self, rate: Rate, factor: int = 1, full_at: MutableMapping[str, float] | None = None
    ) -> None:
        self._interval = 60 / (rate.per_minute * factor)
        self._span = self._interval * rate.burst * factor
        self._full_at = {} if full_at is None else full_at

    def wait(self, key: str, now: float, tokens: int = 1) -> float:
        """Return the seconds until ``tokens`` are available or the bucket is full; 0 means now."""
        needed = min(self._interval * tokens, self._span)
        wait = self._full_at.get(key, now) - now + needed - self._span
        return wait if wait > _ROUNDING_S else 0

    def spend(self, key: str, now: float, tokens: int = 1) -> None:
        """Spend tokens. Overdrawing is allowed: the next caller waits for the difference."""
        self._full_at[key] = max(self._full_at.get(key, now), now) + self._interval * tokens

    def refund(self, key: str) -> None:
        """Return one spent token."""
        if key in self._full_at:
            self._full_at[key] -= self._interval

    def forget_full(self, now: float) -> None:
        for key in [key for key, full_at in self._full_at.items() if full_at <= now]:
            del self._full_at[key]


class BoundedDict(OrderedDict[K, V]):
    """A mapping of at most ``max_size`` keys. A new key evicts the one set longest ago."""

    def __init__(self, max_size: int) -> None:
        super().__init__()
        self._max_size = max_size

    def __setitem__(self, key: K, value: V) -> None:
        if key in self:
            self.move_to_end(key)
        elif len(self) >= self._max_size:
            self.popitem(last=False)
        super().__setitem__(key, value)
