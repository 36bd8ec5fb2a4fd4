"""The server's time: the wall clock, guarded against jumps ahead.

A jump ahead (a wrong time server, an empty battery, a restored virtual machine) would prune every
message at once, expire every token, and give messages permanent wrong timestamps. Therefore the
wall clock is compared with a steady clock, which counts elapsed time and cannot be set. The wall
clock is followed up to a day ahead of the expected time. Beyond that, time advances at the steady
clock's rate, until an operator accepts the new time or the wall clock has kept it for a day. A wall
clock that is set back is followed at once.

There are two times. ``clock()`` gives timestamps. :meth:`Clock.due` decides about age: pruning and
expiry. They differ only after a restart of the machine. Only the wall clock knows how long it was
off, so timestamps follow it, but nothing is deleted on its evidence alone.
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
"""How far ahead of the expected time the wall clock is followed without confirmation."""
ACCEPT_AFTER_MS: Final = DAY_MS
"""How long the wall clock must keep a new time to be accepted without an operator."""
_TOLERANCE_MS: Final = HOUR_MS
"""A wall clock that moves by at most this much has kept its time."""
_MIN_VALID_MS: Final = 1_700_000_000_000
"""November 2023, before this program was written. An earlier wall clock is wrong."""
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
# CLOCK_BOOTTIME includes time in suspension; on Linux, CLOCK_MONOTONIC does not.
_STEADY: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


def steady_ms() -> int:
    """Return the elapsed ms since the machine booted. This clock cannot be set."""
    return time.clock_gettime_ns(_STEADY) // 1_000_000


def boot_id() -> str:
    """Return an id of the boot that :func:`steady_ms` counts from; empty if unknown."""
    with suppress(OSError):
        return _BOOT_ID.read_text().strip()
    return ""


@attrs.frozen
class ClockState:
    """The state of a clock at one moment, from which another process continues. Times are in ms.

    :ivar expected: what the wall clock should have shown.
    :ivar standing: how long the wall clock had kept its time.
    """

    boot: str
    steady: int
    wall: int
    expected: int
    standing: int


@attrs.define
class _Guarded:
    """Follows the wall clock up to :data:`MAX_AHEAD_MS` ahead of the expected time.

    Offsets are wall clock minus steady clock. While not ``settled``, the wall clock is known to be
    behind, and is accepted as soon as it reaches the expected time.
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
    """Call it for the time of timestamps, in ms since the epoch.

    :param wall: the wall clock in ms.
    :param steady: the steady clock in ms; None: always follow the wall clock.
    """

    def __init__(
        self,
        wall: Callable[[], int] = wall_ms,
        steady: Callable[[], int] | None = steady_ms,
        *,
        boot: str = "",
        state: ClockState | None = None,
    ) -> None:
        """:param state: saved by an earlier process; None: accept the wall clock as it is."""
        self._wall = wall
        self._steady = steady or wall
        self._guarded = steady is not None
        self._boot = boot
        self._warned = False
        self._latest_due = 0
        steady_now, now = self._steady(), wall()
        self._standing, self._since = now - steady_now, steady_now
        if state is None:
            # Without a clock battery, a machine boots with a time long past.
            expected, settled = max(now, _MIN_VALID_MS) - steady_now, now >= _MIN_VALID_MS
            self._due = _Guarded(expected, now - steady_now, settled)
            self._stamps = _Guarded(expected, now - steady_now, settled)
        elif state.boot == boot != "" and steady_now >= state.steady:
            self._standing = state.wall - state.steady
            self._since = state.steady - state.standing
            self._due, self._stamps = self._new_pair(state.expected - state.steady)
        else:
            self._start_after_reboot(state, steady_now, now)

    @staticmethod
    def _new_pair(expected: int) -> tuple[_Guarded, _Guarded]:
        return _Guarded(expected, expected), _Guarded(expected, expected)

    def _start_after_reboot(self, state: ClockState, steady_now: int, now: int) -> None:
        """Start after a reboot: only the wall clock tells how much time has passed."""
        passed = now - state.wall
        if 0 <= passed <= MAX_AHEAD_MS:
            self._since = steady_now - state.standing
            self._due, self._stamps = self._new_pair(state.expected + passed - steady_now)
            return
        self._due, self._stamps = self._new_pair(state.expected - steady_now)
        was_ahead = state.wall - state.expected > MAX_AHEAD_MS
        self._stamps.settled = was_ahead and passed > 0

    def __call__(self) -> int:
        return self._stamps.time(self._wall(), self._steady()) if self._guarded else self._wall()

    def due(self) -> int:
        """Return the time for pruning and expiry, in ms since the epoch.

        It never goes back, unless a new time is accepted: an expired token stays expired.
        """
        now = self._wall()
        if self._guarded:
            now = self._due.time(now, self._steady())
        self._latest_due = max(now, self._latest_due)
        return self._latest_due

    def ahead_ms(self) -> int:
        """Return how far the wall clock is ahead of the expected time; 0 while it is followed."""
        ahead = self._wall() - self._steady() - self._due.expected
        return ahead if self._guarded and ahead > MAX_AHEAD_MS else 0

    def accept(self) -> None:
        """Accept the wall clock's time."""
        offset = self._wall() - self._steady()
        self._due = _Guarded(offset, offset)
        self._stamps = _Guarded(offset, offset)
        self._latest_due = 0
        self._standing, self._since = offset, self._steady()
        self._log_change()

    def check(self) -> None:
        """Accept a time kept for :data:`ACCEPT_AFTER_MS`; log jumps. Call it about every minute."""
        steady = self._steady()
        offset = self._wall() - steady
        if abs(offset - self._standing) > _TOLERANCE_MS:
            self._standing, self._since = offset, steady
        if steady - self._since >= ACCEPT_AFTER_MS:
            self.accept()
        self._log_change()

    def _log_change(self) -> None:
        warning = self.warning()
        if warning is not None and not self._warned:
            logger.warning(warning)
        elif warning is None and self._warned:
            logger.info("following the wall clock again")
        self._warned = warning is not None

    def warning(self) -> str | None:
        """Return a message for the operator while the wall clock is not followed."""
        ahead = self.ahead_ms()
        if not ahead:
            return None
        return (
            f"the wall clock is {ahead / DAY_MS:.1f} days ahead of the elapsed time. It is ignored"
            " for pruning and expiry until it has kept this time for a day. Correct the clock; or,"
            " if it is right, run: chatroom time accept"
        )

    def state(self) -> ClockState | None:
        """Return the state to save; None while no right time is known."""
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
