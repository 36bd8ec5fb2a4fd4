"""How a session ends: once, for the first reason that is given."""

from typing import Final

import trio

from ..errors import CloseCode


class Lifetime:
    """``scope`` is cancelled at the end, when ``ending`` has the reason.

    ``waiters`` are the tasks that wait for space or for replies; the end wakes them too, so each
    looks at ``ending`` again.
    """

    def __init__(self) -> None:
        self.ending: CloseCode | None = None
        self.scope: Final = trio.CancelScope()
        self.waiters: Final = trio.lowlevel.ParkingLot()

    def end(self, code: CloseCode) -> None:
        """Take no more frames. What is queued goes out, then the connection is closed."""
        if self.ending is None:
            self.ending = code
            self.waiters.unpark_all()
            self.scope.cancel()
