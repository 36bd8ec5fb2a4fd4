"""Reads of inboxes: a person's rooms with what is unread in them, counted by the view ``inboxes``.

Each function runs in a read transaction.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from ...model import InboxRoom, User, direct_pair
from .damage import is_damage
from .rows import PREVIEW, columns, json_array, preview_of

_ENTRY: Final = "room, kind, title, head_seq, rev, read_seq, unread, mentions, level, active_at"
_ENTRIES: Final = f"""
SELECT {columns("i", _ENTRY)}, {PREVIEW} FROM inboxes AS i
LEFT JOIN messages_now AS m ON m.room = i.room AND m.seq = i.head_seq
WHERE i.user = :user
"""
_ENTRIES_ALONE: Final = f"""
SELECT {columns("i", _ENTRY)}, NULL FROM inboxes AS i
WHERE i.user = :user
"""
"""Without the last messages."""


def inbox(connection: sqlite3.Connection, user: str, room: str | None = None) -> list[InboxRoom]:
    return _read(connection, _ENTRIES, user, room, _users)


def readable_inbox(
    connection: sqlite3.Connection, user: str, room: str | None = None
) -> list[InboxRoom]:
    """The same where pages are damaged: an entry is without its last message, or has names for
    display names, when only that cannot be read, and else is left out of many.

    :raises Exception: the one entry cannot be read, or not which rooms the person is in.
    """
    if room is not None:
        return _readable_entry(connection, user, room)
    rows = connection.execute("SELECT room FROM members WHERE user = ? ORDER BY room", (user,))
    found: list[InboxRoom] = []
    for (name,) in rows.fetchall():
        try:
            found += _readable_entry(connection, user, name)
        except Exception as error:
            if not is_damage(error):
                raise
    return found


def _readable_entry(connection: sqlite3.Connection, user: str, room: str) -> list[InboxRoom]:
    for query, look_up in (
        (_ENTRIES, _users),
        (_ENTRIES, _no_users),
        (_ENTRIES_ALONE, _users),
    ):
        try:
            return _read(connection, query, user, room, look_up)
        except Exception as error:
            if not is_damage(error):
                raise
    return _read(connection, _ENTRIES_ALONE, user, room, _no_users)


def _read(
    connection: sqlite3.Connection,
    query: str,
    user: str,
    room: str | None,
    look_up: Callable[[sqlite3.Connection, Iterable[str]], Mapping[str, User]],
) -> list[InboxRoom]:
    if room is None:
        query += "ORDER BY i.room"
    else:
        query += "AND i.room = :room"
    rows = connection.execute(query, {"user": user, "room": room}).fetchall()
    partners = {row[0]: _partner(row[0], user) for row in rows if row[1] == "direct"}
    users = look_up(connection, partners.values())
    return [_inbox_room(row, partners, users) for row in rows]


def _partner(room: str, user: str) -> str:
    """The other one of a direct room, or oneself in notes to self."""
    one, other = direct_pair(room) or (user, user)
    return other if one == user else one


def _users(connection: sqlite3.Connection, names: Iterable[str]) -> dict[str, User]:
    rows = connection.execute(
        """
        SELECT name, display_name, lookalike FROM users
        WHERE name IN (SELECT value FROM json_each(?))
        """,
        (json_array(names),),
    )
    return {name: User(name, shown, bool(lookalike)) for name, shown, lookalike in rows}


def _no_users(_: sqlite3.Connection, __: Iterable[str]) -> dict[str, User]:
    return {}


def _inbox_room(
    row: tuple[Any, ...], partners: Mapping[str, str], users: Mapping[str, User]
) -> InboxRoom:
    room, kind, title, head_seq, rev, read_seq, unread, mentions, level, active_at = row[:10]
    partner = None
    if room in partners:
        name = partners[room]
        partner = users.get(name) or User(name, name)
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
        last_message=None if row[10] is None else preview_of(row[10:]),
    )
