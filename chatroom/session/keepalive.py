"""When to ask a silent peer for a sign of life, and when to give it up. By a clock of the caller's.

A peer is given up only some seconds after it was asked, by a ping that has gone out, or by
something else that the network does not take: then a ping would tell no more. Time in which the
server itself stood still does not count, for the answer may have come meanwhile.
"""

from typing import Final, Literal, TypeAlias

Step: TypeAlias = Literal["wait", "ping", "give up"]


class Keepalive:
    def __init__(self, ping_interval_s: float, pong_timeout_s: float) -> None:
        self._ping_interval_s: Final = ping_interval_s
        self._pong_timeout_s: Final = pong_timeout_s
        self._asked_at: float | None = None
        self._pinged = False
        self._until = 0.0

    def step(self, now: float, last_heard: float, *, all_sent: bool) -> Step:
        """To be called about once a second.

        :param all_sent: nothing waits for the network, so that a ping goes out at once.
        """
        if self._asked_at is not None and last_heard >= self._asked_at:
            self._asked_at, self._pinged = None, False
        if now - last_heard < self._ping_interval_s:
            return "wait"
        if all_sent and not self._pinged:
            self._pinged = True
            self._ask(now)
            return "ping"
        if self._asked_at is None:
            self._ask(now)
        return "give up" if now >= self._until else "wait"

    def shift(self, seconds: float) -> None:
        """The server stood still for so long."""
        self._until += seconds

    def _ask(self, now: float) -> None:
        self._asked_at, self._until = now, now + self._pong_timeout_s
