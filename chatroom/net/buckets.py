"""Token buckets, and the bounded table that keeps them where strangers choose the keys. Pure."""

from collections import OrderedDict
from collections.abc import MutableMapping
from typing import Final, TypeVar

from ..config import Rate

K = TypeVar("K")
V = TypeVar("V")

_ROUNDING_S: Final = 1e-6
"""A shorter wait counts as none: it is a rounding error of adding up intervals."""


class Buckets:
    """Token buckets of one rate, by key.

    Kept as one time for each (generic cell rate algorithm, ITU-T I.371): the moment when the
    bucket will be full again. A full bucket need not be kept at all.
    """

    def __init__(
        self, rate: Rate, factor: int = 1, full_at: MutableMapping[str, float] | None = None
    ) -> None:
        self._interval = 60 / (rate.per_minute * factor)
        self._span = self._interval * rate.burst * factor
        self._full_at = {} if full_at is None else full_at

    def wait(self, key: str, now: float, tokens: int = 1) -> float:
        """Seconds until there are so many tokens, or the bucket is full; 0: now."""
        needed = min(self._interval * tokens, self._span)
        wait = self._full_at.get(key, now) - now + needed - self._span
        return wait if wait > _ROUNDING_S else 0

    def take(self, key: str, now: float, tokens: int = 1) -> None:
        """Also when there are fewer: the next caller waits until they have flowed in."""
        self._full_at[key] = max(self._full_at.get(key, now), now) + self._interval * tokens

    def give_back(self, key: str) -> None:
        """One that was taken."""
        if key in self._full_at:
            self._full_at[key] -= self._interval

    def forget_full(self, now: float) -> None:
        for key in [key for key, full_at in self._full_at.items() if full_at <= now]:
            del self._full_at[key]


class Recent(OrderedDict[K, V]):
    """A mapping of at most so many keys: the one that was set longest ago makes room."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: K, value: V) -> None:
        if key in self:
            self.move_to_end(key)
        elif len(self) >= self._most:
            self.popitem(last=False)
        super().__setitem__(key, value)
