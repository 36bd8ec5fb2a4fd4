"""The server as people see it."""

import attrs

from ..frozen import frozen


@frozen
class Announcement:
    """A notice to everybody on the server. Times are in ms since the epoch.

    :ivar at: when it was made. No other announcement of the server has the same time, so a client
        remembers by it that the notice was dismissed.
    :ivar until: when it ends; None: when it is taken back.
    """

    at: int
    text: str
    until: int | None = None


@frozen
class ServerState:
    """What the server tells everybody about itself.

    :ivar accent: a colour, ``#rrggbb``; None: the page's own.
    :ivar read_only: why calls that write are refused; None: they are not.
    """

    name: str
    accent: str | None = None
    read_only: str | None = None
    announcement: Announcement | None = None

    def at(self, now: int) -> "ServerState":
        """Return the state as it is shown at a time: without an announcement that has ended."""
        shown = self.announcement
        if shown is None or shown.until is None or now < shown.until:
            return self
        return attrs.evolve(self, announcement=None)
