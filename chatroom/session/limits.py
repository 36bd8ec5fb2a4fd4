"""Rate limits: token buckets for sessions and persons, and counts of misbehaviour. Those of
addresses stand in :mod:`.log_ins`.

In memory only: a restart forgives. Knows no calls, only what they cost.
"""

import math
from collections.abc import MutableMapping
from typing import Final, Literal, TypeAlias

from ..config import Config, Rate
from ..errors import Refused

Cost: TypeAlias = Literal["messages", "joins", "calls"]
COSTS: Final[tuple[Cost, ...]] = ("messages", "joins", "calls")
_ROUNDING_S: Final = 1e-6
"""A shorter wait is none, but what is left of adding up intervals as floats."""


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

    def wait(self, key: str, now: float) -> float:
        """Seconds until there is a token; 0: there is one."""
        wait = self._full_at.get(key, now) - now + self._interval - self._span
        return wait if wait > _ROUNDING_S else 0

    def take(self, key: str, now: float) -> None:
        self._full_at[key] = max(self._full_at.get(key, now), now) + self._interval

    def give_back(self, key: str) -> None:
        """One that was taken."""
        if key in self._full_at:
            self._full_at[key] -= self._interval

    def forget_full(self, now: float) -> None:
        for key in [key for key, full_at in self._full_at.items() if full_at <= now]:
            del self._full_at[key]


class Limits:
    """All limits of a server. With ``rate_limits`` off, nothing is ever refused."""

    def __init__(self, config: Config) -> None:
        rates = config.rates
        self.on: Final = config.rate_limits == "on"
        self._sessions = {cost: Buckets(getattr(rates, cost)) for cost in COSTS}
        self._people = {cost: Buckets(getattr(rates, cost), rates.person_factor) for cost in COSTS}

    def take_call(self, session: str, user: str, cost: Cost, now: float) -> None:
        """:raises Refused: ``rate_limited``, and then neither bucket has paid."""
        if not self.on:
            return
        mine, ours = self._sessions[cost], self._people[cost]
        if wait := max(mine.wait(session, now), ours.wait(user, now)):
            raise _limited(wait)
        mine.take(session, now)
        ours.take(user, now)

    def forget_full(self, now: float) -> None:
        """For housekeeping: what is not in use costs nothing."""
        for buckets in (*self._sessions.values(), *self._people.values()):
            buckets.forget_full(now)


class Strikes:
    """Counts misbehaviour in windows of a minute."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0
        self._window_ends = 0.0

    def strike(self, now: float) -> bool:
        """One more; True when there are as many as end a session."""
        if now >= self._window_ends:
            self._window_ends = now + 60
            self._count = 0
        self._count += 1
        return self._count >= self._most


def _limited(wait_s: float) -> Refused:
    return Refused("rate_limited", "too fast; try again later", math.ceil(wait_s * 1000))
