"""The server as people see it."""

from ..frozen import frozen


@frozen
class Appearance:
    """How the server shows itself.

    :ivar accent: a colour, ``#rrggbb``; None: the page's own.
    """

    name: str
    accent: str | None = None
