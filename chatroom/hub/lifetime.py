"""The end of a session. It ends once; the first reason counts."""

from typing import Final

import trio

from ..errors import CloseCode


class Lifetime:
    """Lifetime of one session.

    :ivar ending: the close code; None until the session ends.
    :ivar scope: cancelled at the end.
    :ivar waiters: tasks that wait for outbox space or replies. The end wakes them too, so each must
        check ``ending`` again.
    """

    __slots__ = (
        "ending",
        "scope",
        "waiters",
    )

    def __init__(self) -> None:
        self.ending: CloseCode | None = None
        self.scope: Final = trio.CancelScope()
        self.waiters: Final = trio.lowlevel.ParkingLot()

    def end(self, code: CloseCode) -> None:
        """End the session: accept no more frames, send queued ones, close the connection."""
        if self.ending is None:
            self.ending = code
            self.waiters.unpark_all()
            self.scope.cancel()
