"""Incarnations: one per start of the server. For each room it is recorded which one wrote what.

A restored copy of the data directory looks exactly like that of a server that was killed at that
moment, so the files alone cannot reveal a restore. A client's cursor can: it has the id of an
incarnation (the epoch) and a rev. Everything that an incarnation wrote in a room precedes the first
rev that a later incarnation wrote there. A cursor up to that point stays valid across ordinary
restarts. A cursor beyond it belongs to a history that this database does not contain.
"""

import secrets
from typing import Final

import attrs

from .connection import Connection

MAX_INCARNATIONS: Final = 10_000
"""How many are stored: three years of ten starts a day. The epoch of an older cursor is unknown, so
that its client reads the latest page instead of resuming."""
DELETED_AT_ONCE: Final = 1_000
"""How many old ones are deleted together, because it takes a scan of the rows of all rooms."""


@attrs.frozen
class Incarnation:
    """``number`` increases with each start. ``id`` is random; clients know it as the epoch."""

    number: int
    id: str


def new_id() -> str:
    """Return a random id: 16 hexadecimal digits."""
    return secrets.token_hex(8)


def add(connection: Connection) -> Incarnation:
    """Insert a new incarnation, inside a transaction. After its commit the id may be sent to
    clients."""
    id_ = new_id()
    _delete_oldest(connection)
    (number,) = connection.execute(
        "INSERT INTO incarnations (id) VALUES (:id) RETURNING number", {"id": id_}
    ).fetchone()
    return Incarnation(number, id_)


def _delete_oldest(connection: Connection) -> None:
    oldest = connection.execute(
        "SELECT number FROM incarnations ORDER BY number DESC LIMIT 1 OFFSET :kept",
        {"kept": MAX_INCARNATIONS - DELETED_AT_ONCE},
    ).fetchone()
    (count,) = connection.execute("SELECT count(*) FROM incarnations").fetchone()
    if count <= MAX_INCARNATIONS or oldest is None:
        return
    where = {"oldest": oldest[0]}
    connection.execute("DELETE FROM incarnations WHERE number < :oldest", where)
    # The cursors of the oldest remaining one need only the first revs of later ones.
    connection.execute("DELETE FROM room_incarnations WHERE incarnation <= :oldest", where)


def last_valid_rev(connection: Connection, room: str, epoch: str) -> int | None:
    """See :meth:`chatroom.store.room_log.RoomLogStore.last_valid_rev`."""
    row = connection.execute(
        """
        SELECT coalesce(
            (
                SELECT first_rev - 1 FROM room_incarnations
                WHERE room = :room AND incarnation > i.number ORDER BY incarnation LIMIT 1
            ),
            (SELECT head_rev FROM rooms WHERE name = :room)
        )
        FROM incarnations AS i WHERE i.id = :epoch
        """,
        {"room": room, "epoch": epoch},
    ).fetchone()
    return None if row is None else row[0]


# ---- inside a transaction


def begin_in(connection: Connection, room: str, number: int) -> None:
    """Record the first rev that an incarnation is about to write in the room, unless it is recorded
    already."""
    connection.execute(
        """
        INSERT INTO room_incarnations (room, incarnation, first_rev)
        SELECT name, :number, head_rev + 1 FROM rooms WHERE name = :room AND incarnation <> :number
        """,
        {"room": room, "number": number},
    )
    connection.execute(
        "UPDATE rooms SET incarnation = :number WHERE name = :room",
        {"room": room, "number": number},
    )


def prune(connection: Connection, room: str, rev: int) -> None:
    """Delete the rows that are not needed after the messages up to ``rev`` were pruned.

    No cursor below ``rev`` can be resumed from. So of the incarnations that began to write in the
    room up to ``rev``, only the last one still separates valid cursors from invalid ones.
    """
    connection.execute(
        """
        DELETE FROM room_incarnations WHERE room = :room AND incarnation < (
            SELECT max(incarnation) FROM room_incarnations WHERE room = :room AND first_rev <= :rev
        )
        """,
        {"room": room, "rev": rev},
    )
