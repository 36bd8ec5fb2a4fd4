"""What leaves a room's log for good, with all that hangs on it. Runs inside a transaction."""

import sqlite3

from . import incarnations


def prune(connection: sqlite3.Connection, room: str, through: int) -> None:
    """Drop the messages up to and with ``through``.

    The cost is that of the messages dropped, not of the members: a cursor that is overtaken counts
    as raised (the view ``members_now``). Only whose own messages are among the dropped gets a row
    written, because those could not be counted later.
    """
    where = (room, through)
    last = connection.execute(
        "SELECT rev FROM messages WHERE room = ? AND seq = ?", where
    ).fetchone()
    if last is None:
        return
    _count_own(connection, room, through)
    mentioned = connection.execute(
        """
        SELECT DISTINCT j.value FROM messages AS m, json_each(m.mentions) AS j
        WHERE m.room = ? AND m.seq <= ?
        """,
        where,
    ).fetchall()
    connection.executemany(
        "DELETE FROM mentions WHERE room = ? AND user = ? AND seq <= ?",
        [(room, user, through) for (user,) in mentioned],
    )
    # From the last dropped message on they are kept: a resume from there misses no message yet,
    # and needs the seq of each rev.
    connection.execute("DELETE FROM changes WHERE room = ? AND rev < ?", (room, *last))
    connection.execute("DELETE FROM deletions WHERE room = ? AND seq <= ?", where)
    connection.execute("DELETE FROM messages WHERE room = ? AND seq <= ?", where)
    incarnations.prune(connection, room, *last)
    connection.execute("UPDATE rooms SET first_seq = ? WHERE name = ?", (through + 1, room))


def _count_own(connection: sqlite3.Connection, room: str, through: int) -> None:
    own = connection.execute(
        """
        SELECT count(*), m.user
        FROM messages AS s JOIN members AS m ON m.user = s.sender AND m.room = s.room
        WHERE s.room = ? AND s.seq <= ? AND s.seq > m.read_seq
        GROUP BY m.user
        """,
        (room, through),
    ).fetchall()
    connection.executemany(
        """
        UPDATE members SET read_seq = ?, sent_read = sent_read + ? WHERE user = ? AND room = ?
        """,
        [(through, count, user, room) for count, user in own],
    )
