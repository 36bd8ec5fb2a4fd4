"""Queries of inboxes: a user's rooms with their unread counts, from the view ``inboxes``.

Each function runs in a read transaction.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from ...model import FollowedThread, InboxRoom, User, direct_pair
from .damage import is_damage
from .rows import PREVIEW, PREVIEW_OF_M, USER, Columns, among, json_array
from .thread_log import followed_threads

_ENTRY: Final = Columns(InboxRoom, without=("partner", "last_message", "threads"))
"""Columns of ``inboxes``."""
_ENTRIES: Final = f"""
SELECT i.room, i.kind, {_ENTRY.of("i")}, {PREVIEW_OF_M} FROM inboxes AS i
LEFT JOIN messages_now AS m ON m.room = i.room AND m.seq = i.head_seq
WHERE i.user = :user
"""
_ENTRIES_WITHOUT_MESSAGES: Final = f"""
SELECT i.room, i.kind, {_ENTRY.of("i")}, NULL FROM inboxes AS i
WHERE i.user = :user
"""
"""The same without the last messages, for a damaged table of messages."""


def inbox(connection: sqlite3.Connection, user: str, room: str | None = None) -> list[InboxRoom]:
    return _read(connection, _ENTRIES, user, room, _users)


def readable_inbox(
    connection: sqlite3.Connection, user: str, room: str | None = None
) -> list[InboxRoom]:
    """Return what can be read of an inbox in a damaged database.

    An entry lacks its last message, or has names in place of display names, if only these cannot
    be read. Of several entries, those that cannot be read otherwise are left out.

    :raises Exception: the entry of ``room``, or the list of the user's rooms, cannot be read.
    """
    if room is not None:
        return _readable_entry(connection, user, room)
    rows = connection.execute(
        "SELECT room FROM members WHERE user = :user ORDER BY room", {"user": user}
    )
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
        (_ENTRIES_WITHOUT_MESSAGES, _users),
    ):
        try:
            return _read(connection, query, user, room, look_up)
        except Exception as error:
            if not is_damage(error):
                raise
    return _read(connection, _ENTRIES_WITHOUT_MESSAGES, user, room, _no_users)


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
    partners = {room: _partner(room, user) for room, kind, *_ in rows if kind == "direct"}
    users = look_up(connection, partners.values())
    threads: dict[str, list[FollowedThread]] = {}
    for thread in followed_threads(connection, user, room):
        threads.setdefault(thread.room, []).append(thread)
    return [_inbox_room(row, partners, users, threads) for row in rows]


def _partner(room: str, user: str) -> str:
    """Return the other user of a direct room, or ``user`` in a room with themselves."""
    one, other = direct_pair(room) or (user, user)
    return other if one == user else one


def _users(connection: sqlite3.Connection, names: Iterable[str]) -> dict[str, User]:
    rows = connection.execute(
        f"SELECT {USER} FROM users WHERE name {among('names')}", {"names": json_array(names)}
    )
    return {user.name: user for user in map(USER.value, rows)}


def _no_users(_: sqlite3.Connection, __: Iterable[str]) -> dict[str, User]:
    return {}


def _inbox_room(
    row: Sequence[Any],
    partners: Mapping[str, str],
    users: Mapping[str, User],
    threads: Mapping[str, Sequence[FollowedThread]],
) -> InboxRoom:
    room, _, *rest = row
    entry, last = _ENTRY.cut(rest)
    others: dict[str, Any] = {"threads": tuple(threads.get(room, ()))}
    if last[0] is not None:
        others["last_message"] = PREVIEW.value(last)
    if room in partners:
        name = partners[room]
        partner = users.get(name) or User(name, name)
        others |= {"partner": partner, "title": partner.display_name}
    return _ENTRY.value(entry, **others)
