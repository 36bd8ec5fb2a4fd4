"""What every engine checks in ``chatroom check``: counters and other redundant columns must agree
with the log."""

from collections.abc import Iterator, Mapping
from typing import Final

from .connection import Connection
from .deleted_rooms import ERASED
from .file_integrity import WRONG_ATTACHMENTS
from .row_sets import different_rooms
from .sent_spans import wrong_spans

MAX_FAULTS: Final = 20
"""Reported of each kind."""

WRONG_ROOMS: Final[Mapping[str, str]] = {
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
        WHERE c.rev IS DISTINCT FROM m.changed_rev AND m.room NOT IN (SELECT name FROM retired)
    """,
    "its deletions do not match its messages": different_rooms(
        "SELECT room, seq, sender, thread FROM messages WHERE deleted",
        "SELECT room, seq, sender, thread FROM deletions",
    ),
    "its mentions do not match its messages": different_rooms(
        """
        SELECT m.room, json_extract(m.mentions, '$[' || j.key || ']') AS user, m.seq, m.sender,
               m.thread
        FROM messages AS m, json_each(m.mentions) AS j
        """,
        "SELECT room, user, seq, sender, thread FROM mentions",
    ),
    # Of an emoji, a message has the first ten users.
    "its reactions do not match its messages": different_rooms(
        """
        SELECT m.room, m.seq, json_extract(m.reactions, '$[' || j.key || '][0]') AS emoji,
               CAST(json_extract(m.reactions, '$[' || j.key || '][1]') AS INTEGER) AS count,
               u.key + 1 AS place,
               json_extract(m.reactions, '$[' || j.key || '][2][' || u.key || ']') AS user
        FROM messages AS m, json_each(m.reactions) AS j,
             json_each(json_extract(m.reactions, '$[' || j.key || '][2]')) AS u
        """,
        """
        SELECT * FROM (
            SELECT room, seq, emoji, count(*) OVER (PARTITION BY room, seq, emoji) AS count,
                   row_number() OVER (PARTITION BY room, seq, emoji ORDER BY rev) AS place, user
            FROM reactions
        ) AS r WHERE place <= 10
        """,
    ),
    "its pins do not match its messages": different_rooms(
        "SELECT room, seq FROM messages WHERE pinned_by IS NOT NULL", "SELECT room, seq FROM pins"
    ),
    "its threads do not match its messages": different_rooms(
        """
        SELECT room, thread AS root, seq, sender,
               row_number() OVER (PARTITION BY room ORDER BY seq) AS number,
               row_number() OVER (PARTITION BY room, thread ORDER BY seq) AS place,
               row_number() OVER (PARTITION BY room, thread, sender ORDER BY seq) AS own
        FROM messages WHERE thread IS NOT NULL
        """,
        # Numbers of pruned messages are not given again.
        """
        SELECT room, root, seq, sender,
               number - min(number) OVER (PARTITION BY room) + 1 AS number,
               place - min(place) OVER (PARTITION BY room, root) + 1 AS place,
               own - min(own) OVER (PARTITION BY room, root, sender) + 1 AS own
        FROM thread_messages
        """,
    ),
    "the summary of a thread is wrong": """
        SELECT coalesce(t.room, m.room) AS room FROM threads AS t FULL JOIN (
            SELECT room, thread AS root, count(*) AS count, max(seq) AS last_seq,
                   max(timestamp) AS last_timestamp
            FROM messages WHERE thread IS NOT NULL GROUP BY room, thread
        ) AS m ON m.room = t.room AND m.root = t.root
        WHERE (t.count IS DISTINCT FROM m.count OR t.last_seq IS DISTINCT FROM m.last_seq
               OR t.last_timestamp IS DISTINCT FROM m.last_timestamp)
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
        JOIN (SELECT room, max(seq) AS seq FROM messages WHERE thread IS NULL GROUP BY room) AS last
            ON last.room = r.name
        JOIN messages AS m ON m.room = last.room AND m.seq = last.seq
        WHERE r.last_main_seq <> m.seq OR r.last_main_timestamp <> m.timestamp
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
    "it exists although its name is retired": "SELECT name FROM rooms NATURAL JOIN retired",
    "it does not exist but has rows": f"""
        SELECT room FROM (
            {" UNION ".join(f"SELECT room FROM {table}" for table, _ in ERASED)}
        ) AS found
        WHERE room NOT IN (SELECT name FROM rooms)
          AND room NOT IN (SELECT name FROM retired WHERE erased = FALSE)
          AND room <> '' -- of avatars
    """,
}
"""Queries that find the rooms in which something is wrong."""

_WRONG_COUNTS: Final[Mapping[str, str]] = {
    "an invitation's uses are not as counted": """
        SELECT 1 FROM invitations AS i
        FULL JOIN (
            SELECT invitation, count(*) AS count, max(place) AS last FROM invitation_uses
            GROUP BY invitation
        ) AS u ON u.invitation = i.id
        WHERE i.uses IS DISTINCT FROM coalesce(u.count, 0)
            OR coalesce(u.last, 0) <> coalesce(u.count, 0) OR i.uses > i.max_uses
    """,
    "a notification waits for no endpoint": """
        SELECT 1 FROM push_notifications WHERE endpoint NOT IN (SELECT id FROM push_endpoints)
    """,
}
"""Queries that find a row if something is wrong."""


def wrong_rooms(connection: Connection, queries: Mapping[str, str] = WRONG_ROOMS) -> Iterator[str]:
    for what, query in queries.items():
        rooms = connection.execute(
            f"""
            WITH wrong (room) AS ({query})
            SELECT DISTINCT room FROM wrong ORDER BY room LIMIT {MAX_FAULTS}
            """
        )
        yield from (f"room {room}: {what}" for (room,) in rooms)


def wrong_counts(connection: Connection) -> Iterator[str]:
    for what, query in _WRONG_COUNTS.items():
        (found,) = connection.execute(f"SELECT EXISTS ({query})").fetchone()
        if found:
            yield what
