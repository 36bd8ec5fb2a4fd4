"""What can be read of an inbox in a damaged file."""

from collections.abc import Iterable
from typing import Final

from ...model import InboxRoom, User
from ..sql.connection import Connection
from ..sql.inbox import ENTRIES, ENTRY, read_entries, users_named
from .damage import is_damage

_ENTRIES_WITHOUT_MESSAGES: Final = f"""
SELECT i.room, i.kind, {ENTRY.of("i")}, NULL FROM inboxes AS i
WHERE i.user = :user
"""
"""The same without the last messages, for a damaged table of messages."""


def readable_inbox(connection: Connection, user: str, room: str | None = None) -> list[InboxRoom]:
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


def _readable_entry(connection: Connection, user: str, room: str) -> list[InboxRoom]:
    for query, look_up in (
        (ENTRIES, users_named),
        (ENTRIES, _no_users),
        (_ENTRIES_WITHOUT_MESSAGES, users_named),
    ):
        try:
            return read_entries(connection, query, user, room, look_up)
        except Exception as error:
            if not is_damage(error):
                raise
    return read_entries(connection, _ENTRIES_WITHOUT_MESSAGES, user, room, _no_users)


def _no_users(_: Connection, __: Iterable[str]) -> dict[str, User]:
    return {}
