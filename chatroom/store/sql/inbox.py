"""Queries of inboxes: a user's rooms with their unread counts, from the view ``inboxes``.

Each function runs in a read transaction.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from ...model import FollowedThread, InboxRoom, User, direct_pair
from .connection import Connection
from .rows import PREVIEW, PREVIEW_OF_M, USER, Columns, among, json_array
from .thread_log import followed_threads

ENTRY: Final = Columns(InboxRoom, without=("partner", "last_message", "threads"))
"""Columns of ``inboxes``."""
ENTRIES: Final = f"""
SELECT i.room, i.kind, {ENTRY.of("i")}, {PREVIEW_OF_M} FROM inboxes AS i
LEFT JOIN messages_now AS m ON m.room = i.room AND m.seq = i.head_seq
WHERE i.user = :user
"""


def inbox(connection: Connection, user: str, room: str | None = None) -> list[InboxRoom]:
    return read_entries(connection, ENTRIES, user, room, users_named)


def read_entries(
    connection: Connection,
    query: str,
    user: str,
    room: str | None,
    look_up: Callable[[Connection, Iterable[str]], Mapping[str, User]],
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


def users_named(connection: Connection, names: Iterable[str]) -> dict[str, User]:
    rows = connection.execute(
        f"SELECT {USER} FROM users WHERE name {among('names')}", {"names": json_array(names)}
    )
    return {user.name: user for user in map(USER.value, rows)}


def _inbox_room(
    row: Sequence[Any],
    partners: Mapping[str, str],
    users: Mapping[str, User],
    threads: Mapping[str, Sequence[FollowedThread]],
) -> InboxRoom:
    room, _, *rest = row
    entry, last = ENTRY.cut(rest)
    others: dict[str, Any] = {"threads": tuple(threads.get(room, ()))}
    if last[0] is not None:
        others["last_message"] = PREVIEW.value(last)
    if room in partners:
        name = partners[room]
        partner = users.get(name) or User(name, name)
        others |= {"partner": partner, "title": partner.display_name}
    return ENTRY.value(entry, **others)
