"""A boolean register, such as a membership: its possible writes, and its observed values.

Writes and observations are passed in the order of the recording. Between two different observed
values there must be a write that may have changed it. A refused write cannot have. A write that was
open when a server was killed was done before the next start, or never.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

import attrs

from .calls import FOREVER, Call, Part
from .cursors import STARTED
from .entries import Fact
from .findings import Timeline

BEFORE_ALL: Final = 0
"""The time before all others, at which the register is False."""


@attrs.define
class Write:
    """A write that may have been done between ``start`` and ``end``."""

    start: int
    end: int = FOREVER


@attrs.define(eq=False)
class Register:
    """``_writes`` and ``_shown`` are by value. ``_open``: writes that may still be done, by the
    position of their calls.
    """

    _writes: tuple[list[Write], list[Write]] = attrs.field(factory=lambda: ([], []))
    _shown: tuple[Timeline, Timeline] = attrs.field(factory=lambda: (Timeline(), Timeline()))
    _open: dict[int, Write] = attrs.field(factory=dict)

    # ---- writes

    def began(self, value: bool, call: Call) -> None:
        write = self._open[call.begun] = Write(call.start)
        self._writes[value].append(write)

    def ended(self, value: bool, call: Call, wrote: bool) -> None:
        """Note the end of a write. ``wrote``: it may have been done, if its outcome is known."""
        if (write := self._open.get(call.begun)) is None or call.outcome == "info":
            return
        del self._open[call.begun]
        if wrote:
            write.end = call.end
        else:
            self._writes[value].remove(write)

    def died(self, at: int) -> None:
        """Note that open writes are done by now, or never."""
        for write in self._open.values():
            write.end = at
        self._open.clear()

    @property
    def is_open(self) -> bool:
        """Return whether a write may still be done."""
        return bool(self._open)

    # ---- observations

    def show(self, value: bool, start: int, end: int, position: int) -> None:
        """Note that it had this value at some time between ``start`` and ``end``."""
        self._shown[value].add(end, start, position)

    def observe(self, value: bool, call: Call) -> int | None:
        """Note that it had this value at some time during the call. Returns what contradicts that,
        as :meth:`against`."""
        if (position := self.against(value, call.start)) is None:
            self.show(value, call.start, call.end, call.begun)
        return position

    def against(self, value: bool, start: int) -> int | None:
        """Return None if it may have ``value`` at some time after ``start``. Otherwise return the
        position of the observation that contradicts it, -1 for the initial value."""
        known, position = self._shown[not value].before(start)
        if position < 0:
            if not value:
                return None
            known = BEFORE_ALL
        return position if self.until(value) < known else None

    def until(self, value: bool) -> int:
        """Return the last time at which ``value`` may have been written; -1: never."""
        return max([write.end for write in self._writes[value]], default=-1)

    # ---- times of change

    def not_before(self, start: int) -> int:
        """Return the earliest time since which it may be True, if it is True at some time after
        ``start``."""
        known, _ = self._shown[False].before(start)
        starts = (write.start for write in self._writes[True] if write.end > known)
        return max(known, min(starts, default=known))

    def surely_since(self) -> int:
        """Return the time since which it is certainly True; FOREVER if that is unknown."""
        return self._shown[True].first_above(self.until(False))


Registers = dict[str, dict[str, Register]]


def registers() -> Registers:
    return defaultdict(lambda: defaultdict(Register))


def all_of(registers: Registers) -> Iterator[Register]:
    return (register for those in registers.values() for register in those.values())


class RegisterPart(Part):
    """A part of the checker that keeps registers."""

    def writes(self, call: Call) -> Iterable[tuple[Register, bool]]:
        """Return what the call writes."""
        raise NotImplementedError

    def registers(self) -> Iterable[Register]:
        raise NotImplementedError

    def wrote(self, call: Call) -> bool:
        """Return whether an answered call may have written."""
        return call.outcome == "ok"

    def began(self, call: Call) -> None:
        for register, value in self.writes(call):
            register.began(value, call)

    def ended(self, call: Call) -> None:
        for register, value in self.writes(call):
            register.ended(value, call, self.wrote(call))

    def fact(self, fact: Fact) -> None:
        if fact.what == STARTED:
            for register in self.registers():
                register.died(fact.at)
