"""Invitations by link."""

from ..frozen import frozen
from .people import ServerRole


@frozen
class Invitation:
    """The stored record of an invitation. Times are in ms since the epoch.

    :ivar id: random, by which people refer to it.
    :ivar digest: the code's SHA-256; the code itself is not stored.
    :ivar by: who made it; None: an operator, or the server itself.
    :ivar expires_at: None: never.
    :ivar max_uses: the maximum number of people who come by it; None: any number.
    :ivar uses: how many people have come by it.
    :ivar server: people may sign up with it, also where sign-up is not open.
    :ivar room: of which it makes people members; None: of none.
    :ivar role: ``admin`` makes the server's first admin.
    :ivar revoked_at: None: it is not revoked.
    """

    id: str
    digest: bytes
    by: str | None
    created_at: int
    expires_at: int | None = None
    max_uses: int | None = None
    uses: int = 0
    server: bool = False
    room: str | None = None
    role: ServerRole = "member"
    revoked_at: int | None = None

    def open_at(self, now: int) -> bool:
        """Return whether people may still come by it, as far as the record says."""
        return (
            self.revoked_at is None
            and (self.expires_at is None or now < self.expires_at)
            and (self.max_uses is None or self.uses < self.max_uses)
        )
