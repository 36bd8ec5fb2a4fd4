"""Queries of exports, which read everything in one read transaction, page by page."""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

import orjson

from ...model import Account, Member, Message, Room
from .accounts import accounts
from .connection import Connection
from .rows import MEMBER, MESSAGE, ROOM, among, json_array

PAGE: Final = 1000


def all_accounts(connection: Connection) -> Iterator[Account]:
    after = ""
    while page := accounts(connection, after, PAGE):
        yield from page
        after = page[-1].name


def all_rooms(connection: Connection) -> Iterator[Room]:
    after = ""
    while rows := connection.execute(
        f"SELECT {ROOM} FROM rooms WHERE name > :after ORDER BY name LIMIT :limit",
        {"after": after, "limit": PAGE},
    ).fetchall():
        page = [ROOM.value(row) for row in rows]
        yield from page
        after = page[-1].name


def members_of(connection: Connection, room: str) -> list[Member]:
    rows = connection.execute(
        f"SELECT {MEMBER} FROM members_now WHERE room = :room ORDER BY joined_version, user",
        {"room": room},
    )
    return [MEMBER.value(row) for row in rows]


def messages_of(
    connection: Connection, room: str, sender: str | None = None
) -> Iterator[list[Message]]:
    """Yield pages of a room's messages, by seq: of all, or of one sender."""
    after = 0
    while rows := connection.execute(
        f"""
        SELECT {MESSAGE} FROM messages_now WHERE room = :room AND seq > :after
            {"" if sender is None else "AND sender = :sender"}
        ORDER BY seq LIMIT :limit
        """,
        {"room": room, "after": after, "limit": PAGE, "sender": sender},
    ).fetchall():
        page = [MESSAGE.value(row) for row in rows]
        yield page
        after = page[-1].seq


def reactors_of(connection: Connection, room: str, page: Sequence[Message]) -> dict[int, Any]:
    """Return, by seq and emoji, who reacted to the messages of a page, in order."""
    found: dict[int, dict[str, list[str]]] = {}
    rows = connection.execute(
        """
        SELECT seq, emoji, user FROM reactions
        WHERE room = :room AND seq >= :first AND seq <= :last ORDER BY seq, emoji, rev
        """,
        {"room": room, "first": page[0].seq, "last": page[-1].seq},
    )
    for seq, emoji, user in rows:
        found.setdefault(seq, {}).setdefault(emoji, []).append(user)
    return found


def digests_of(connection: Connection, uploads: Collection[str]) -> dict[str, str]:
    """Return the digests of the files of uploads."""
    rows = connection.execute(
        f"""
        SELECT upload, digest FROM upload_parts WHERE part = 'file' AND upload {among("uploads")}
        """,
        {"uploads": json_array(uploads)},
    )
    return dict(rows.fetchall())


# ---- of one person

PERSON: Final[dict[str, str]] = {
    "account": """
        SELECT name, display_name AS displayName, created_at AS createdAt, role, disabled,
               erased_at AS erasedAt, status_text AS statusText, status_emoji AS statusEmoji,
               status_until AS statusUntil
        FROM users WHERE name = :user
    """,
    "settings": "SELECT settings FROM account_settings WHERE user = :user",
    "logIn": """
        SELECT id, label, created_at AS createdAt, expires_at AS expiresAt,
               last_used_at AS lastUsedAt
        FROM tokens WHERE user = :user ORDER BY created_at, id
    """,
    "pushEndpoint": """
        SELECT url, created_at AS createdAt FROM push_endpoints WHERE user = :user ORDER BY id
    """,
    "blocked": "SELECT blocked AS user, at FROM blocks WHERE user = :user ORDER BY blocked",
    "usage": """
        SELECT day, kind, count FROM usage WHERE user = :user ORDER BY day, kind
    """,
    "membership": """
        SELECT m.room, r.title, m.role, m.joined_at AS joinedAt, m.read_seq AS readSeq, m.level
        FROM members AS m JOIN rooms AS r ON r.name = m.room
        WHERE m.user = :user ORDER BY m.room
    """,
    "followedThread": """
        SELECT room, root, read_seq AS readSeq FROM followers WHERE user = :user
        ORDER BY room, root
    """,
    "ban": """
        SELECT room, by, at, until, reason FROM bans WHERE user = :user ORDER BY room
    """,
    "mute": """
        SELECT room, by, at, until, reason FROM mutes WHERE user = :user ORDER BY room
    """,
    "invitation": """
        SELECT id, room, server, created_at AS createdAt, expires_at AS expiresAt, uses
        FROM invitations WHERE by = :user ORDER BY created_at, id
    """,
    "cameBy": """
        SELECT invitation, at FROM invitation_uses WHERE user = :user ORDER BY at, invitation
    """,
    "audit": """
        SELECT timestamp, act, by, room, user, details FROM audit
        WHERE by = :user OR user = :user ORDER BY id
    """,
    "reaction": """
        SELECT room, seq, emoji FROM reactions WHERE user = :user ORDER BY room, seq, emoji
    """,
    "file": """
        SELECT u.id, u.name, u.created_at AS createdAt, u.room, u.seq, p.digest
        FROM uploads AS u JOIN upload_parts AS p ON p.upload = u.id AND p.part = 'file'
        WHERE u.user = :user ORDER BY u.created_at, u.id
    """,
}
"""Queries of what there is of a person beside messages, by the type of their records. The names of
their columns are the fields, but for ``digest``, which is that of a file. No hash of a password and
no secret is among them."""
_FLAGS: Final = {"disabled", "server"}
_OBJECTS: Final = {"settings", "details"}
_NAME: Final = re.compile(r"(?:AS )?(\w+)$")


def is_account(connection: Connection, name: str) -> bool:
    row = connection.execute("SELECT 1 FROM users WHERE name = :name", {"name": name}).fetchone()
    return row is not None


def rows_of(connection: Connection, query: str, user: str) -> Iterator[dict[str, Any]]:
    """Return the rows of a query of :data:`PERSON` as records."""
    columns = query.partition("SELECT ")[2].partition("FROM ")[0].split(",")
    names = [_NAME.search(column.strip())[1] for column in columns]  # type: ignore[index]
    for row in connection.execute(query, {"user": user}):
        fields = dict(zip(names, row, strict=True))
        for name in _FLAGS & fields.keys():
            fields[name] = bool(fields[name])
        for name in _OBJECTS & fields.keys():
            fields[name] = orjson.loads(fields[name]) if fields[name] else None
        yield fields
