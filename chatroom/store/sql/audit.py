"""Queries of the audit. Each function runs in a read transaction."""

from ..audit import AuditPage, Reader
from .administration import is_admin
from .connection import Connection
from .log import MAX_REV
from .rooms import room_access
from .rows import AUDIT


def audit(
    connection: Connection, asker: str, room: str | None, before: int | None, limit: int
) -> AuditPage:
    access = None if room is None else room_access(connection, room, asker, None)
    reader: Reader | None = None
    if is_admin(connection, asker):
        reader = "admin"
    elif access is not None and access.is_member:
        reader = "member"
    found = None if access is None else access.room
    if reader is None:
        return AuditPage(None, found)
    rows = connection.execute(
        f"""
        SELECT {AUDIT} FROM audit
        WHERE id < :before {"" if room is None else "AND room = :room"}
        ORDER BY id DESC LIMIT :limit
        """,
        {
            "before": MAX_REV if before is None else before,
            "room": room,
            "limit": limit + 1,
        },
    )
    entries = tuple(map(AUDIT.value, rows))
    page = entries[:limit]
    return AuditPage(reader, found, page, page[-1].id if len(entries) > limit else None)
