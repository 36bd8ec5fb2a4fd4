"""The server's time: the wall clock, guarded against a jump ahead.

A clock that jumps ahead (a wrong time server, an empty battery, a restored virtual machine) would
prune every message at once, expire every token, and give timestamps that a room keeps for ever. So
the wall clock is compared with one that only counts what passes. The clock follows the wall clock
freely up to a day ahead of that; past it, it goes on from where it was, until an operator accepts
the new time or the wall clock has kept it for a day. A clock that is set back is followed at
once.

There are two times. ``clock()`` is for timestamps. :meth:`Clock.due` is what ages are judged by:
pruning and expiry. They differ only after a restart of the machine: how long it was off is known
from the wall clock alone, so timestamps follow it, while nothing is deleted on its word.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import attrs

logger = logging.getLogger(__name__)

HOUR_MS: Final = 60 * 60 * 1000
DAY_MS: Final = 24 * HOUR_MS
MAX_AHEAD_MS: Final = DAY_MS
"""How far ahead of what has passed the wall clock is followed at once."""
STANDING_MS: Final = DAY_MS
"""How long the wall clock has to keep a new time before it is accepted without an operator."""
_SAME_MS: Final = HOUR_MS
"""A wall clock that moves by less keeps its time."""
_WRITTEN_MS: Final = 1_700_000_000_000
"""In November 2023, before this program was written: no clock is right that shows less."""
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
# It goes on while the machine is suspended, which CLOCK_MONOTONIC does not on Linux.
_STEADY: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


def steady_ms() -> int:
    """Counts what passes, from the start of the machine; nobody can set it."""
    return time.clock_gettime_ns(_STEADY) // 1_000_000


def boot_id() -> str:
    """Names the start of the machine that :func:`steady_ms` counts from; empty if unknown."""
    with suppress(OSError):
        return _BOOT_ID.read_text().strip()
    return ""


@attrs.frozen
class ClockState:
    """A clock's knowledge at one moment, to go on from in another process. All times in ms.

    ``expected`` is what the wall clock should have shown; ``standing`` is for how long the wall
    clock had kept its time.
    """

    boot: str
    steady: int
    wall: int
    expected: int
    standing: int


@attrs.define
class _Guarded:
    """Follows the wall clock up to :data:`MAX_AHEAD_MS` past what is expected. Offsets are the wall
    clock's from the steady one.

    Until it is settled, the wall clock is known to be behind, and is believed as soon as it is not.
    """

    expected: int
    followed: int
    settled: bool = True

    def time(self, wall: int, steady: int) -> int:
        offset = wall - steady
        if not self.settled and offset >= self.expected:
            self.expected, self.settled = offset, True
        if self.settled and offset - self.expected > MAX_AHEAD_MS:
            return steady + self.followed
        self.followed = offset
        return wall


class Clock:
    """Calling it gives ms since the epoch, for timestamps.

    ``wall`` and ``steady`` are clocks in ms; without ``steady`` the wall clock is always right.
    """

    def __init__(
        self,
        wall: Callable[[], int] = wall_ms,
        steady: Callable[[], int] | None = steady_ms,
        *,
        boot: str = "",
        state: ClockState | None = None,
    ) -> None:
        """:param state: of an earlier process; None: the wall clock is believed."""
        self._wall = wall
        self._steady = steady or wall
        self._guarded = steady is not None
        self._boot = boot
        self._told = False
        self._latest_due = 0
        at, now = self._steady(), wall()
        self._standing, self._since = now - at, at
        if state is None:
            # A machine without a battery for its clock starts long ago.
            believed, settled = max(now, _WRITTEN_MS) - at, now >= _WRITTEN_MS
            self._due = _Guarded(believed, now - at, settled)
            self._stamps = _Guarded(believed, now - at, settled)
        elif state.boot == boot != "" and at >= state.steady:
            self._standing = state.wall - state.steady
            self._since = state.steady - state.standing
            self._due, self._stamps = self._both(state.expected - state.steady)
        else:
            self._after_another_boot(state, at, now)

    @staticmethod
    def _both(expected: int) -> tuple[_Guarded, _Guarded]:
        return _Guarded(expected, expected), _Guarded(expected, expected)

    def _after_another_boot(self, state: ClockState, at: int, now: int) -> None:
        """Only the wall clock could say how much has passed."""
        passed = now - state.wall
        if 0 <= passed <= MAX_AHEAD_MS:
            self._since = at - state.standing
            self._due, self._stamps = self._both(state.expected + passed - at)
            return
        self._due, self._stamps = self._both(state.expected - at)
        was_ahead = state.wall - state.expected > MAX_AHEAD_MS
        self._stamps.settled = was_ahead and passed > 0

    def __call__(self) -> int:
        return self._stamps.time(self._wall(), self._steady()) if self._guarded else self._wall()

    def due(self) -> int:
        """The time that ages are judged by: what is older may be pruned, and tokens expire.

        It does not go back with the wall clock until that time is accepted: an expired token stays
        expired.
        """
        now = self._wall()
        if self._guarded:
            now = self._due.time(now, self._steady())
        self._latest_due = max(now, self._latest_due)
        return self._latest_due

    def ahead_ms(self) -> int:
        """How far the wall clock is ahead of what is expected; 0 while it is followed."""
        ahead = self._wall() - self._steady() - self._due.expected
        return ahead if self._guarded and ahead > MAX_AHEAD_MS else 0

    def accept(self) -> None:
        """The wall clock is right."""
        offset = self._wall() - self._steady()
        self._due = _Guarded(offset, offset)
        self._stamps = _Guarded(offset, offset)
        self._latest_due = 0
        self._standing, self._since = offset, self._steady()
        self._tell()

    def check(self) -> None:
        """Called every minute or so: accepts a time that has stood for long enough, logs a jump."""
        steady = self._steady()
        offset = self._wall() - steady
        if abs(offset - self._standing) > _SAME_MS:
            self._standing, self._since = offset, steady
        if steady - self._since >= STANDING_MS:
            self.accept()
        self._tell()

    def _tell(self) -> None:
        warning = self.warning()
        if warning is not None and not self._told:
            logger.warning(warning)
        elif warning is None and self._told:
            logger.info("the wall clock is followed again")
        self._told = warning is not None

    def warning(self) -> str | None:
        """For an operator, while the wall clock is not followed."""
        ahead = self.ahead_ms()
        if not ahead:
            return None
        return (
            f"the wall clock is {ahead / DAY_MS:.1f} days ahead of the time that has passed, so"
            " nothing is pruned or expires by it until it has kept that time for a day. Set it"
            " right; or, if it is right, run: chatroom time accept"
        )

    def state(self) -> ClockState | None:
        """To go on from; None while the wall clock is known to be wrong, and nothing better is."""
        if not self._due.settled:
            return None
        wall, steady = self._wall(), self._steady()
        return ClockState(
            boot=self._boot,
            steady=steady,
            wall=wall,
            expected=steady + self._due.expected,
            standing=steady - self._since,
        )
