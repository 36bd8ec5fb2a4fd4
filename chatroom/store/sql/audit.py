"""Queries of the audit. Each function runs in a read transaction."""

from typing import Final

import attrs

from ..audit import ALL, AuditFilter, AuditPage, Reader
from .administration import is_admin
from .connection import Connection
from .log import MAX_REV
from .rooms import room_access
from .rows import AUDIT

_CONDITIONS: Final = {
    "by": "by = :by",
    "user": "user = :user",
    "act": "act = :act",
    "since": "timestamp >= :since",
    "until": "timestamp < :until",
}


def audit(
    connection: Connection,
    asker: str | None,
    room: str | None,
    before: int | None,
    limit: int,
    wanted: AuditFilter = ALL,
) -> AuditPage:
    access = None if room is None else room_access(connection, room, asker or "", None)
    reader: Reader | None = None
    if asker is None or is_admin(connection, asker):
        reader = "admin"
    elif access is not None and access.is_member:
        reader = "member"
    found = None if access is None else access.room
    if reader is None:
        return AuditPage(None, found)
    values: dict[str, object] = {
        name: value for name, value in attrs.asdict(wanted).items() if value is not None
    }
    conditions = [_CONDITIONS[name] for name in values]
    if room is not None:
        conditions.append("room = :room")
    rows = connection.execute(
        f"""
        SELECT {AUDIT} FROM audit
        WHERE {" AND ".join(["id < :before", *conditions])}
        ORDER BY id DESC LIMIT :limit
        """,
        {
            **values,
            "before": MAX_REV if before is None else before,
            "room": room,
            "limit": limit + 1,
        },
    )
    entries = tuple(map(AUDIT.value, rows))
    page = entries[:limit]
    return AuditPage(reader, found, page, page[-1].id if len(entries) > limit else None)
