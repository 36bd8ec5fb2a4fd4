"""When to restart an actor that has failed, and when to quarantine it."""

from collections import deque

import attrs


@attrs.frozen
class RestartPolicy:
    """When to restart a failed actor. All times are in seconds.

    The pause before a restart doubles from ``first_s`` to ``longest_s``; mail waits meanwhile.
    After more than ``max_failures`` within ``window_s`` the actor is closed for ``quarantine_s``,
    and its mail is refused. After a blameless failure it is closed for ``blameless_s``.
    """

    max_failures: int = 5
    window_s: float = 60
    first_s: float = 0.1
    longest_s: float = 5
    quarantine_s: float = 300
    blameless_s: float = 1


class Failures:
    """The recent failures of one actor."""

    def __init__(self, policy: RestartPolicy) -> None:
        self._policy = policy
        self._at: deque[float] = deque()

    def __len__(self) -> int:
        return len(self._at)

    def add(self, now: float) -> bool:
        """Note a failure. Returns whether the policy allows a restart."""
        policy, at = self._policy, self._at
        while at and at[0] <= now - policy.window_s:
            at.popleft()
        at.append(now)
        return len(at) <= policy.max_failures

    def pause_s(self) -> float:
        """Return the pause before the next restart."""
        pause: float = self._policy.first_s * 2 ** (len(self._at) - 1)
        return min(pause, self._policy.longest_s)

    def clear(self) -> None:
        self._at.clear()
