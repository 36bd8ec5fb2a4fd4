"""Rate limits: token buckets for sessions and persons, and counts of misbehaviour. Those of
addresses stand in :mod:`.log_ins`.

Calls that change something are refused when they come too fast. All others wait: a client makes
them in answer to what other people do, so no number of them is its fault. In memory only: a restart
forgives. Knows no calls, only what they cost.
"""

import math
from typing import Final

from ..config import Config
from ..errors import Refused
from ..net.buckets import Buckets
from ..protocol.declaring import Cost

COSTS: Final[tuple[Cost, ...]] = ("messages", "joins", "signs", "calls")
TOLD_FREE_BYTES: Final = 64 * 1024
"""A call that tells all listeners together at most so much is not charged for it."""
CONNECT_WAIT_S: Final = 5
"""A ``connect`` that would wait longer for its turn is refused."""


class Limits:
    """All limits of a server. With ``rate_limits`` off, nothing is refused and nothing waits."""

    def __init__(self, config: Config) -> None:
        rates = config.rates
        self.on: Final = config.rate_limits == "on"
        self._sessions = {cost: Buckets(getattr(rates, cost)) for cost in COSTS}
        self._people = {cost: Buckets(getattr(rates, cost), rates.person_factor) for cost in COSTS}
        self._told = Buckets(rates.told_kib)
        self._connects = Buckets(rates.connects)

    def take_change(self, session: str, user: str, cost: Cost, told: int, now: float) -> None:
        """For a call that changes something and tells its listeners ``told`` bytes in all.

        :raises Refused: ``rate_limited``, and then no bucket has paid.
        """
        if not self.on:
            return
        mine, ours = self._sessions[cost], self._people[cost]
        wait = max(mine.wait(session, now), ours.wait(user, now))
        kib = told >> 10 if told > TOLD_FREE_BYTES else 0
        if kib:
            wait = max(wait, self._told.wait(user, now, kib))
        if wait:
            raise _limited(wait)
        mine.spend(session, now)
        ours.spend(user, now)
        if kib:
            self._told.spend(user, now, kib)

    def take_turn(self, session: str, user: str, tokens: int, now: float) -> float:
        """For any other call: seconds to wait before it is done.

        A session has one call that waits, so a person's debt is bounded by their sessions.
        """
        if not self.on:
            return 0
        mine, ours = self._sessions["calls"], self._people["calls"]
        wait = max(mine.wait(session, now, tokens), ours.wait(user, now, tokens))
        mine.spend(session, now, tokens)
        ours.spend(user, now, tokens)
        return wait

    def take_connect(self, user: str, now: float) -> float:
        """Seconds to wait before ``connect`` is done.

        :raises Refused: ``rate_limited``, and then the bucket has not paid.
        """
        if not self.on:
            return 0
        wait = self._connects.wait(user, now)
        if wait > CONNECT_WAIT_S:
            raise _limited(wait)
        self._connects.spend(user, now)
        return wait

    def forget_full(self, now: float) -> None:
        """For housekeeping: a full bucket need not be kept."""
        by_call = (*self._sessions.values(), *self._people.values())
        for buckets in (*by_call, self._told, self._connects):
            buckets.forget_full(now)


class ViolationCounter:
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
