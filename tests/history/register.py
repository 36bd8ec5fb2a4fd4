"""Something that is so or is not, such as that somebody is in a room: what may have changed it, and
when it was known to be how.

All is told in the order of the recording. Between two times at which it was known to be different
there has to be something that may have changed it; what was refused cannot have, and what a server
left open when it died was done before the next one started, or never.
"""

from collections.abc import Iterator
from typing import Final

import attrs

from .calls import FOREVER, Call
from .findings import Timeline

BEFORE_ALL: Final = 0
"""A time; nothing is so then."""


@attrs.define
class Write:
    """One that may have been done between the two times."""

    start: int
    end: int = FOREVER


@attrs.define(eq=False)
class Register:
    """``_writes`` and ``_shown`` are by what they make of it, or show it to be.

    ``_open``: those that may be done yet, by where their calls begin.
    """

    _writes: tuple[list[Write], list[Write]] = attrs.field(factory=lambda: ([], []))
    _shown: tuple[Timeline, Timeline] = attrs.field(factory=lambda: (Timeline(), Timeline()))
    _open: dict[int, Write] = attrs.field(factory=dict)

    # ---- what may change it

    def began(self, value: bool, call: Call) -> None:
        write = self._open[call.begun] = Write(call.start)
        self._writes[value].append(write)

    def ended(self, value: bool, call: Call) -> None:
        if (write := self._open.get(call.begun)) is None or call.outcome == "info":
            return
        del self._open[call.begun]
        if call.outcome == "ok":
            write.end = call.end
        else:
            self._writes[value].remove(write)

    def died(self, at: int) -> None:
        """What was open is done by then, or never."""
        for write in self._open.values():
            write.end = at
        self._open.clear()

    @property
    def is_open(self) -> bool:
        """Whether something may change it yet."""
        return bool(self._open)

    # ---- how it was known to be

    def show(self, value: bool, start: int, end: int, position: int) -> None:
        """It was so at some moment between the two times."""
        self._shown[value].add(end, start, position)

    def against(self, value: bool, start: int) -> int | None:
        """Where it was known to be otherwise, -1 for the beginning, if it cannot have become so
        since; None: it may be so at some moment from ``start`` on."""
        known, position = self._shown[not value].before(start)
        if position < 0:
            if not value:
                return None
            known = BEFORE_ALL
        return position if self.until(value) < known else None

    def until(self, value: bool) -> int:
        """The last time at which it may have been made so; -1: it never was."""
        return max((write.end for write in self._writes[value]), default=-1)

    # ---- since when it is so

    def not_before(self, start: int) -> int:
        """Since when at the earliest, given that it is so at some moment from ``start`` on."""
        known, _ = self._shown[False].before(start)
        starts = (write.start for write in self._writes[True] if write.end > known)
        return max(known, min(starts, default=known))

    def surely_since(self) -> int:
        """FOREVER: it may not be so, or not be known."""
        return self._shown[True].first_above(self.until(False))


def all_of(registers: dict[str, dict[str, Register]]) -> Iterator[Register]:
    return (register for those in registers.values() for register in those.values())
