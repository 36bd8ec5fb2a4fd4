"""The audit: written in the commit of each act, and never changed."""

from typing import Final, Literal, Protocol, TypeAlias

import attrs

from ..model import AuditEntry, Room

Reader: TypeAlias = Literal["admin", "member"]


@attrs.frozen
class AuditPage:
    """Some entries, newest first.

    :ivar reader: the role in which the asker may read them; None: none, and ``entries`` is empty.
    :ivar room: the room that was asked for; None if there is none.
    :ivar next: the id before which to continue; None at the end.
    """

    reader: Reader | None
    room: Room | None
    entries: tuple[AuditEntry, ...] = ()
    next: int | None = None


@attrs.frozen
class AuditFilter:
    """Which entries are wanted. None: all.

    ``by`` and ``user``: whose act, and on whom. ``since`` and ``until``: times in ms; from the
    first, and before the second one.
    """

    by: str | None = None
    user: str | None = None
    act: str | None = None
    since: int | None = None
    until: int | None = None


ALL: Final = AuditFilter()


class AuditStore(Protocol):
    async def audit(
        self,
        asker: str | None,
        room: str | None,
        before: int | None,
        limit: int,
        wanted: AuditFilter = ALL,
    ) -> AuditPage:
        """Return up to ``limit`` entries: of a room for its members and for admins of the server,
        all of the server for admins.

        :param asker: None: the operator, who may read all.
        :param before: only those with a lower id.
        """
