"""The integrity check behind ``chatroom check``: reads every page and every row.

Checks SQLite's rules and those of our tables: counters and other redundant columns must agree with
the log.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

from ...errors import StartError
from ..sql.deleted_rooms import ERASED
from ..sql.sent_spans import wrong_spans
from .commit_mark import reached_by, read_mark
from .connection import connect_read_only, primary_code
from .file_integrity import WRONG_ATTACHMENTS, referenced_blobs, wrong_files
from .schema import check_ours, data_set_of
from .search_integrity import WRONG_DOCUMENTS, add_functions, wrong_entries
from .startup import (
    FILE,
    compare,
    explained,
    is_missing,
    truncated,
)
from .wal_files import missing_pages

_MAX_FAULTS: Final = 20
"""Reported of each kind."""

_WRONG_ROOMS: Final[Mapping[str, str]] = {
    "its seqs have a gap": """
        SELECT r.name FROM rooms AS r
        LEFT JOIN (
            SELECT room, count(*) AS messages, min(seq) AS first, max(seq) AS last
            FROM messages GROUP BY room
        ) AS m ON m.room = r.name
        WHERE coalesce(m.messages, 0) <> r.head_seq - r.first_seq + 1
           OR coalesce(m.first, r.first_seq) <> r.first_seq
           OR coalesce(m.last, r.head_seq) <> r.head_seq
    """,
    "its changes do not add up to its revision": """
        SELECT r.name FROM rooms AS r
        JOIN (SELECT room, max(ordinal) AS last FROM changes GROUP BY room) AS c ON c.room = r.name
        WHERE c.last <> r.head_rev - r.head_seq
    """,
    "a message does not match its last change": """
        SELECT m.room FROM messages AS m
        LEFT JOIN (SELECT room, seq, max(rev) AS rev FROM changes GROUP BY room, seq) AS c
            ON c.room = m.room AND c.seq = m.seq
        WHERE c.rev IS NOT m.changed_rev AND m.room NOT IN (SELECT name FROM retired)
    """,
    "its deletions do not match its messages": """
        WITH found AS (SELECT room, seq, sender, thread FROM messages WHERE deleted),
             kept AS (SELECT room, seq, sender, thread FROM deletions)
        SELECT room FROM (
            SELECT room FROM (SELECT * FROM found EXCEPT SELECT * FROM kept)
            UNION SELECT room FROM (SELECT * FROM kept EXCEPT SELECT * FROM found)
        ) WHERE room NOT IN (SELECT name FROM retired)
    """,
    "its mentions do not match its messages": """
        WITH found AS (
                 SELECT m.room, j.value AS user, m.seq, m.sender, m.thread
                 FROM messages AS m, json_each(m.mentions) AS j
             ),
             kept AS (SELECT room, user, seq, sender, thread FROM mentions)
        SELECT room FROM (
            SELECT room FROM (SELECT * FROM found EXCEPT SELECT * FROM kept)
            UNION SELECT room FROM (SELECT * FROM kept EXCEPT SELECT * FROM found)
        ) WHERE room NOT IN (SELECT name FROM retired)
    """,
    "its reactions do not match its messages": """
        WITH found AS (
                 SELECT m.room, m.seq, j.value ->> 0 AS emoji, j.value ->> 1 AS count,
                        j.value ->> 2 AS users
                 FROM messages AS m, json_each(m.reactions) AS j
             ),
             kept AS (
                 SELECT room, seq, emoji, count(*) AS count,
                        json_group_array(user) FILTER (WHERE place <= 10) AS users
                 FROM (
                     SELECT room, seq, emoji, user,
                            row_number() OVER (PARTITION BY room, seq, emoji ORDER BY rev) AS place
                     FROM reactions ORDER BY room, seq, emoji, rev
                 )
                 GROUP BY room, seq, emoji
             )
        SELECT room FROM (
            SELECT room FROM (SELECT * FROM found EXCEPT SELECT * FROM kept)
            UNION SELECT room FROM (SELECT * FROM kept EXCEPT SELECT * FROM found)
        ) WHERE room NOT IN (SELECT name FROM retired)
    """,
    "its pins do not match its messages": """
        WITH found AS (SELECT room, seq FROM messages WHERE pinned_by IS NOT NULL),
             kept AS (SELECT room, seq FROM pins)
        SELECT room FROM (
            SELECT room FROM (SELECT * FROM found EXCEPT SELECT * FROM kept)
            UNION SELECT room FROM (SELECT * FROM kept EXCEPT SELECT * FROM found)
        ) WHERE room NOT IN (SELECT name FROM retired)
    """,
    "its threads do not match its messages": """
        WITH found AS (
                 SELECT room, thread AS root, seq, sender,
                        row_number() OVER (PARTITION BY room ORDER BY seq) AS number,
                        row_number() OVER (PARTITION BY room, thread ORDER BY seq) AS place,
                        row_number() OVER (PARTITION BY room, thread, sender ORDER BY seq) AS own
                 FROM messages WHERE thread IS NOT NULL
             ),
             kept AS (
                 -- Numbers of pruned messages are not given again.
                 SELECT room, root, seq, sender,
                        number - min(number) OVER (PARTITION BY room) + 1 AS number,
                        place - min(place) OVER (PARTITION BY room, root) + 1 AS place,
                        own - min(own) OVER (PARTITION BY room, root, sender) + 1 AS own
                 FROM thread_messages
             )
        SELECT room FROM (
            SELECT room FROM (SELECT * FROM found EXCEPT SELECT * FROM kept)
            UNION SELECT room FROM (SELECT * FROM kept EXCEPT SELECT * FROM found)
        ) WHERE room NOT IN (SELECT name FROM retired)
    """,
    "the summary of a thread is wrong": """
        SELECT coalesce(t.room, m.room) AS room FROM threads AS t FULL JOIN (
            SELECT room, thread AS root, count(*) AS count, max(seq) AS last_seq,
                   max(timestamp) AS last_timestamp
            FROM messages WHERE thread IS NOT NULL GROUP BY room, thread
        ) AS m ON m.room = t.room AND m.root = t.root
        WHERE ((t.count, t.last_seq, t.last_timestamp)
               IS NOT (m.count, m.last_seq, m.last_timestamp))
          AND coalesce(t.room, m.room) NOT IN (SELECT name FROM retired)
    """,
    "its count of messages in threads is wrong": """
        SELECT r.name FROM rooms AS r
        LEFT JOIN (
            SELECT room, count(*) AS count, max(number) AS last
            FROM thread_messages GROUP BY room
        ) AS t ON t.room = r.name
        WHERE r.threaded - r.pruned_threaded <> coalesce(t.count, 0)
           OR r.threaded <> coalesce(t.last, r.threaded)
    """,
    "its last message of the main log is wrong": """
        SELECT r.name FROM rooms AS r
        JOIN (
            SELECT room, max(seq) AS last, timestamp FROM messages
            WHERE thread IS NULL GROUP BY room
        ) AS m ON m.room = r.name
        WHERE (r.last_main_seq, r.last_main_timestamp) <> (m.last, m.timestamp)
    """,
    "somebody follows a thread who is no member": """
        SELECT f.room FROM followers AS f
        LEFT JOIN members AS m ON m.user = f.user AND m.room = f.room
        WHERE m.user IS NULL AND f.room NOT IN (SELECT name FROM retired)
    """,
    "its incarnations do not match its revision": """
        SELECT i.room FROM (
            SELECT room, first_rev, lag(first_rev, 1, 0) OVER (
                PARTITION BY room ORDER BY incarnation
            ) AS before FROM room_incarnations
        ) AS i
        JOIN rooms AS r ON r.name = i.room
        WHERE i.first_rev <= i.before OR i.first_rev > r.head_rev
    """,
    "its count of members is wrong": """
        SELECT r.name FROM rooms AS r
        LEFT JOIN (SELECT room, count(*) AS count FROM members GROUP BY room) AS m
            ON m.room = r.name
        WHERE coalesce(m.count, 0) <> r.members
    """,
    "a read cursor is past its last message": """
        SELECT r.name FROM rooms AS r JOIN members AS m ON m.room = r.name
        WHERE m.read_seq > r.head_seq
    """,
    "a member's count of sent messages is wrong": """
        SELECT n.room FROM members_now AS n
        LEFT JOIN (
            SELECT s.room, s.sender, count(*) AS count
            FROM messages AS s JOIN members AS m ON m.room = s.room AND m.user = s.sender
            WHERE s.seq > m.read_seq AND s.thread IS NULL
            GROUP BY s.room, s.sender
        ) AS s ON s.room = n.room AND s.sender = n.user
        WHERE n.sent - n.sent_read <> coalesce(s.count, 0)
    """,
    "its counts of sent messages by span are wrong": wrong_spans(),
    "a consumer's cursor is past its revision": """
        SELECT r.name FROM rooms AS r JOIN consumer_cursors AS c ON c.room = r.name
        WHERE c.rev > r.head_rev
    """,
    "its files do not match its messages": WRONG_ATTACHMENTS,
    "its search index does not match its messages": WRONG_DOCUMENTS,
    "it exists although its name is retired": "SELECT name FROM rooms NATURAL JOIN retired",
    "it does not exist but has rows": f"""
        WITH found AS ({" UNION ".join(f"SELECT room FROM {table}" for table, _ in ERASED)})
        SELECT room FROM found
        WHERE room NOT IN (SELECT name FROM rooms)
          AND room NOT IN (SELECT name FROM retired WHERE erased = 0)
          AND room <> '' -- of avatars
    """,
}


_WRONG_COUNTS: Final[Mapping[str, str]] = {
    "an invitation's uses are not as counted": """
        SELECT 1 FROM invitations AS i
        FULL JOIN (
            SELECT invitation, count(*) AS count, max(place) AS last FROM invitation_uses
            GROUP BY invitation
        ) AS u ON u.invitation = i.id
        WHERE i.uses IS NOT coalesce(u.count, 0) OR coalesce(u.last, 0) <> coalesce(u.count, 0)
            OR i.uses > i.max_uses
    """,
    "a notification waits for no endpoint": """
        SELECT 1 FROM push_notifications WHERE endpoint NOT IN (SELECT id FROM push_endpoints)
    """,
}
"""Queries that find a row if something is wrong."""


def faults(directory: Path, files: dict[str, int] | None = None) -> list[str]:
    """Return all faults found in the database of ``directory``, as messages for operators. A server
    may use it meanwhile.

    :param files: gets the digests and sizes of the files to which the database refers.
    :raises StartError: the database cannot be read at all.
    """
    path = directory / FILE
    with explained(path):
        if is_missing(path):
            raise StartError("it does not exist")
        mark = read_mark(directory)  # before the snapshot: a server may be committing
        with closing(connect_read_only(path)) as connection:
            connection.execute("BEGIN")
            check_ours(connection)
            found = _damage(connection)
            if missing := missing_pages(path, connection):
                found.append(truncated(missing))
            if not found:
                add_functions(connection)
                found += _wrong_rooms(connection)
                found += wrong_entries(connection)
                found += _wrong_counts(connection)
                found += wrong_files(connection)
                if files is not None:
                    files.update(referenced_blobs(connection))
            try:
                compare(reached_by(connection, data_set_of(connection)), mark, directory)
            except StartError as behind:
                found.append(str(behind))
    return found


def _damage(connection: sqlite3.Connection) -> list[str]:
    try:
        rows = connection.execute(f"PRAGMA integrity_check({_MAX_FAULTS})").fetchall()
    except sqlite3.DatabaseError as error:
        if primary_code(error) != sqlite3.SQLITE_CORRUPT:
            raise
        return [str(error)]
    return [line for (text,) in rows if text != "ok" for line in text.splitlines()]


def _wrong_counts(connection: sqlite3.Connection) -> Iterator[str]:
    for what, query in _WRONG_COUNTS.items():
        (found,) = connection.execute(f"SELECT EXISTS ({query})").fetchone()
        if found:
            yield what


def _wrong_rooms(connection: sqlite3.Connection) -> Iterator[str]:
    for what, query in _WRONG_ROOMS.items():
        rooms = connection.execute(
            f"""
            WITH wrong (room) AS ({query})
            SELECT DISTINCT room FROM wrong ORDER BY room LIMIT {_MAX_FAULTS}
            """
        )
        yield from (f"room {room}: {what}" for (room,) in rooms)
