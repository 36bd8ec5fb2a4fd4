"""Incarnations: each start of the server is one, and each room knows which of them wrote what.

A copy of the data directory that is put back looks exactly like a server that was killed at that
moment, so no look at the files can tell the one from the other. A client's cursor can: it names an
incarnation and a rev. All that an incarnation knew of a room is what was there when the next one
began to write in it. A cursor up to that point is good after every ordinary restart; one past it
was told in a history that this database does not have.
"""

import secrets
import sqlite3
from typing import Final

import attrs

MAX_INCARNATIONS: Final = 10_000
"""Starts that are kept: those of three years at ten a day. An older cursor is one of an unknown
epoch, so that its client reads the latest page instead."""
CUT: Final = 1_000
"""How many of them go at once: only that passes over the rows of all rooms."""


@attrs.frozen
class Incarnation:
    """``number`` is in the order of starts; ``id`` is what clients are told as the epoch."""

    number: int
    id: str


def new_id() -> str:
    return secrets.token_hex(8)


def begin(connection: sqlite3.Connection) -> Incarnation:
    """A new incarnation, synced: from here on its id may be told to clients.

    :raises sqlite3.Error:
    """
    id_ = new_id()
    connection.execute("BEGIN IMMEDIATE")
    try:
        _forget_oldest(connection)
        (number,) = connection.execute(
            "INSERT INTO incarnations (id) VALUES (:id) RETURNING number", {"id": id_}
        ).fetchone()
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return Incarnation(number, id_)


def _forget_oldest(connection: sqlite3.Connection) -> None:
    oldest = connection.execute(
        "SELECT number FROM incarnations ORDER BY number DESC LIMIT 1 OFFSET :kept",
        {"kept": MAX_INCARNATIONS - CUT},
    ).fetchone()
    (count,) = connection.execute("SELECT count(*) FROM incarnations").fetchone()
    if count <= MAX_INCARNATIONS or oldest is None:
        return
    where = {"oldest": oldest[0]}
    connection.execute("DELETE FROM incarnations WHERE number < :oldest", where)
    # The oldest one that is kept needs only what later ones wrote.
    connection.execute("DELETE FROM room_incarnations WHERE incarnation <= :oldest", where)


def last_valid_rev(connection: sqlite3.Connection, room: str, epoch: str) -> int | None:
    """Up to which rev of the room a cursor of that epoch is good; None: the epoch is unknown."""
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


def begin_in(connection: sqlite3.Connection, room: str, number: int) -> None:
    """That incarnation is about to write its first rev there; nothing, if it has done so."""
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


def prune(connection: sqlite3.Connection, room: str, rev: int) -> None:
    """The messages up to that rev are gone, and no cursor below it can be resumed from. Of the
    incarnations that began before it only the last one still parts good cursors from others.
    """
    connection.execute(
        """
        DELETE FROM room_incarnations WHERE room = :room AND incarnation < (
            SELECT max(incarnation) FROM room_incarnations WHERE room = :room AND first_rev <= :rev
        )
        """,
        {"room": room, "rev": rev},
    )
