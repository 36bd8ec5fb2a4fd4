"""Reads of inboxes: a person's rooms with what is unread in them, counted by the view ``inboxes``.

Each function runs in a read transaction.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ...model import InboxRoom, User, direct_pair
from .rows import MESSAGE, columns, json_array, message_of

_ENTRY: Final = "room, kind, title, head_seq, rev, read_seq, unread, mentions, level, active_at"


def inbox(connection: sqlite3.Connection, user: str, room: str | None = None) -> list[InboxRoom]:
    if room is None:
        rows = connection.execute(
            f"""
            SELECT {columns("i", _ENTRY)}, {columns("m", MESSAGE)} FROM inboxes AS i
            LEFT JOIN messages_now AS m ON m.room = i.room AND m.seq = i.head_seq
            WHERE i.user = ? ORDER BY i.room
            """,
            (user,),
        ).fetchall()
    else:
        rows = connection.execute(
            f"""
            SELECT {columns("i", _ENTRY)}, {columns("m", MESSAGE)} FROM inboxes AS i
            LEFT JOIN messages_now AS m ON m.room = i.room AND m.seq = i.head_seq
            WHERE i.user = ? AND i.room = ?
            """,
            (user, room),
        ).fetchall()
    partners = {row[0]: _partner(row[0], user) for row in rows if row[1] == "direct"}
    display_names = _display_names(connection, partners.values())
    return [_inbox_room(row, partners, display_names) for row in rows]


def _partner(room: str, user: str) -> str:
    """The other one of a direct room, or oneself in notes to self."""
    one, other = direct_pair(room) or (user, user)
    return other if one == user else one


def _display_names(connection: sqlite3.Connection, names: Iterable[str]) -> dict[str, str]:
    rows = connection.execute(
        "SELECT name, display_name FROM users WHERE name IN (SELECT value FROM json_each(?))",
        (json_array(names),),
    )
    return dict(rows)


def _inbox_room(
    row: tuple[Any, ...], partners: Mapping[str, str], display_names: Mapping[str, str]
) -> InboxRoom:
    room, kind, title, head_seq, rev, read_seq, unread, mentions, level, active_at = row[:10]
    partner = None
    if room in partners:
        name = partners[room]
        partner = User(name, display_names.get(name, name))
        title = partner.display_name
    return InboxRoom(
        room=room,
        kind=kind,
        title=title,
        head_seq=head_seq,
        rev=rev,
        read_seq=read_seq,
        unread=unread,
        mentions=mentions,
        level=level,
        active_at=active_at,
        partner=partner,
        last_message=None if row[10] is None else message_of(row[10:]),
    )
