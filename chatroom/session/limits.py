"""Rate limits of sessions and accounts, and counts of violations. :mod:`.log_ins` limits addresses.

Calls that change something are refused above their rate. All other calls are delayed: a client
makes them in response to other people's actions, so their number is not its fault. State is in
memory only; a restart clears it. Knows the cost of calls, not the calls.
"""

from typing import Final

from ..config import Config
from ..errors import rate_limited
from ..net.buckets import Buckets
from ..protocol.declaration import Cost

COSTS: Final[tuple[Cost, ...]] = ("messages", "joins", "typing", "calls")
FREE_FAN_OUT_BYTES: Final = 64 * 1024
"""A call that sends its subscribers at most this many bytes in all is not charged for them."""
MAX_CONNECT_WAIT_S: Final = 5
"""A ``connect`` that would have to wait longer is refused."""


class Limits:
    """All limits of a server. With ``rate_limits`` off, nothing is refused and nothing waits."""

    def __init__(self, config: Config) -> None:
        rates = config.rates
        self.on: Final = config.rate_limits == "on"
        self._sessions = {cost: Buckets(getattr(rates, cost)) for cost in COSTS}
        self._people = {cost: Buckets(getattr(rates, cost), rates.person_factor) for cost in COSTS}
        self._fan_out = Buckets(rates.fan_out_kib)
        self._connects = Buckets(rates.connects)
        self._uploads = Buckets(rates.uploads)

    def spend_change(self, session: str, user: str, cost: Cost, fan_out: int, now: float) -> None:
        """Charge a call that changes something and sends subscribers ``fan_out`` bytes in all.

        :raises Refused: ``rate_limited``; nothing is charged.
        """
        if not self.on:
            return
        mine, ours = self._sessions[cost], self._people[cost]
        wait = max(mine.wait(session, now), ours.wait(user, now))
        kib = fan_out >> 10 if fan_out > FREE_FAN_OUT_BYTES else 0
        if kib:
            wait = max(wait, self._fan_out.wait(user, now, kib))
        if wait:
            raise rate_limited(wait)
        mine.spend(session, now)
        ours.spend(user, now)
        if kib:
            self._fan_out.spend(user, now, kib)

    def spend_call(self, session: str, user: str, tokens: int, now: float) -> float:
        """Charge any other call. Returns the seconds by which to delay it.

        A session delays one call at a time, so an account's debt is bounded by its sessions.
        """
        if not self.on:
            return 0
        mine, ours = self._sessions["calls"], self._people["calls"]
        wait = max(mine.wait(session, now, tokens), ours.wait(user, now, tokens))
        mine.spend(session, now, tokens)
        ours.spend(user, now, tokens)
        return wait

    def spend_connect(self, user: str, now: float) -> float:
        """Charge a ``connect``. Returns the seconds by which to delay it.

        :raises Refused: ``rate_limited``; nothing is charged.
        """
        if not self.on:
            return 0
        wait = self._connects.wait(user, now)
        if wait > MAX_CONNECT_WAIT_S:
            raise rate_limited(wait)
        self._connects.spend(user, now)
        return wait

    def spend_upload(self, user: str, now: float) -> None:
        """Count a request about an upload. :raises Refused: ``rate_limited``"""
        if not self.on:
            return
        if wait := self._uploads.wait(user, now):
            raise rate_limited(wait)
        self._uploads.spend(user, now)

    def forget_full(self, now: float) -> None:
        """Drop full buckets, which need no entry. Called periodically."""
        by_call = (*self._sessions.values(), *self._people.values())
        for buckets in (*by_call, self._fan_out, self._connects, self._uploads):
            buckets.forget_full(now)


class ViolationCounter:
    """Counts violations in windows of a minute. ``count`` is that of the current window."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.count = 0
        self._window_ends = 0.0

    def add(self, now: float) -> bool:
        """Count a violation. Returns whether the limit is reached, which ends the session."""
        if now >= self._window_ends:
            self._window_ends = now + 60
            self.count = 0
        self.count += 1
        return self.count >= self._limit
