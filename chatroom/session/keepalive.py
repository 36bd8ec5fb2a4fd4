"""When to ping a silent peer, and when to give it up. The caller passes the time.

A peer is given up some seconds after a probe. The probe is a ping, or other data that the network
does not accept, in which case a ping would not arrive either. Time during which the server itself
was stalled does not count, because the answer may have arrived meanwhile.
"""

from typing import Final, Literal, TypeAlias

Step: TypeAlias = Literal["wait", "ping", "give up"]


class Keepalive:
    def __init__(self, ping_interval_s: float, pong_timeout_s: float) -> None:
        self._ping_interval_s: Final = ping_interval_s
        self._pong_timeout_s: Final = pong_timeout_s
        self._probed_at: float | None = None
        self._pinged = False
        self._deadline = 0.0

    def step(self, now: float, last_heard: float, *, all_sent: bool) -> Step:
        """Return what to do now. Call it about once a second.

        :param all_sent: no data waits for the network, so a ping is sent at once.
        """
        if self._probed_at is not None and last_heard >= self._probed_at:
            self._probed_at, self._pinged = None, False
        if now - last_heard < self._ping_interval_s:
            return "wait"
        if all_sent and not self._pinged:
            self._pinged = True
            self._probe(now)
            return "ping"
        if self._probed_at is None:
            self._probe(now)
        return "give up" if now >= self._deadline else "wait"

    def shift(self, seconds: float) -> None:
        """Extend the deadline by the time the server was stalled."""
        self._deadline += seconds

    def _probe(self, now: float) -> None:
        self._probed_at, self._deadline = now, now + self._pong_timeout_s
