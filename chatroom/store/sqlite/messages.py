"""Messages to rows: what is posted, what is changed later, and what hangs on either.

Each function runs in the writer's transaction.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence

from ..events import MessageChanged, MessagePosted
from .rows import json_array


def one_row(
    connection: sqlite3.Connection, sql: str, values: tuple[object, ...] | dict[str, object]
) -> None:
    """:raises LookupError: no row was hit, so the room's rules have decided on a wrong state. The
    values stay out of the message, which is logged: a message's text may be among them.
    """
    if connection.execute(sql, values).rowcount != 1:
        raise LookupError(f"no row: {sql}")


def post(connection: sqlite3.Connection, room: str, posts: Sequence[MessagePosted]) -> None:
    connection.executemany(
        """
        INSERT INTO messages
            (room, seq, rev, sender, text, timestamp, client_id, text_hash, reply_to, edited_at,
             deleted, mentions)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
            (
                room,
                message.seq,
                message.rev,
                message.sender,
                message.text,
                message.timestamp,
                message.client_id,
                post.original and post.original.text_hash,
                message.reply_to,
                message.edited_at,
                message.deleted,
                json_array(message.mentions) if message.mentions else None,
            )
            for post in posts
            for message in (post.message,)
        ],
    )
    _mention(
        connection,
        [
            (room, user, post.message.seq, post.message.sender)
            for post in posts
            for user in set(post.message.mentions)
        ],
    )
    sent = Counter(post.message.sender for post in posts)
    connection.executemany(
        "UPDATE members SET sent = sent + ? WHERE user = ? AND room = ?",
        [(count, sender, room) for sender, count in sent.items()],
    )


def _mention(connection: sqlite3.Connection, rows: Iterable[tuple[str, str, int, str]]) -> None:
    connection.executemany(
        "INSERT INTO mentions (room, user, seq, sender) VALUES (?, ?, ?, ?)", rows
    )


def change(connection: sqlite3.Connection, room: str, entry: MessageChanged) -> None:
    message, was = entry.message, entry.was
    one_row(
        connection,
        """
        UPDATE messages SET text = ?, changed_rev = ?, edited_at = ?, deleted = ?, mentions = ?
        WHERE room = ? AND seq = ?
        """,
        (
            message.text,
            message.rev,
            message.edited_at,
            message.deleted,
            json_array(message.mentions) if message.mentions else None,
            room,
            message.seq,
        ),
    )
    # A rev is a post or a change: those that are not the head's posts are changes.
    connection.execute(
        """
        INSERT INTO changes (room, rev, ordinal, seq, kind) VALUES (
            :room, :rev,
            :rev - (SELECT seq FROM messages WHERE room = :room ORDER BY seq DESC LIMIT 1),
            :seq, :kind
        )
        """,
        {"room": room, "rev": message.rev, "seq": message.seq, "kind": entry.kind},
    )
    connection.executemany(
        "DELETE FROM mentions WHERE room = ? AND user = ? AND seq = ?",
        [(room, user, was.seq) for user in was.mentions],
    )
    if message.deleted and not was.deleted:
        connection.execute(
            "INSERT INTO deletions (room, seq, sender) VALUES (?, ?, ?)",
            (room, message.seq, message.sender),
        )
    if not message.deleted:
        _mention(
            connection,
            [(room, user, message.seq, message.sender) for user in set(message.mentions)],
        )
