"""The audit: written in the commit of each act, and never changed."""

from typing import Literal, Protocol, TypeAlias

import attrs

from ..model import AuditEntry, Room

Reader: TypeAlias = Literal["admin", "member"]


@attrs.frozen
class AuditPage:
    """Some entries, newest first.

    :ivar reader: as what the asker may read them; None: they may not, and ``entries`` is empty.
    :ivar room: the room that was asked for; None if there is none.
    :ivar next: the id before which to continue; None at the end.
    """

    reader: Reader | None
    room: Room | None
    entries: tuple[AuditEntry, ...] = ()
    next: int | None = None


class AuditStore(Protocol):
    async def audit(
        self, asker: str, room: str | None, before: int | None, limit: int
    ) -> AuditPage:
        """Return up to ``limit`` entries: of a room for its members and for admins of the server,
        all of the server for admins.

        :param before: only those with a lower id.
        """
