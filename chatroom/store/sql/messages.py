"""Writing messages, their changes and mentions, inside the writer's transaction."""

from collections.abc import Mapping, Sequence
from typing import Final

from ...model import Message
from ..events import MessageChanged, MessagePosted, PostedInThread
from .connection import Connection
from .files import attach, detach
from .reactions import write_reactions
from .rows import MESSAGE_CHANGED, MESSAGE_POSTED
from .sent_spans import SPAN_SEQS, count_span

# The statements of each message have positional parameters: named ones take twice as long (row
# "ingest-16" of the benchmarks).
_INSERT: Final = f"""
    INSERT INTO messages (room, text_hash, {MESSAGE_POSTED})
    VALUES (?, ?, {MESSAGE_POSTED.marks})
"""
_COUNT_SENT: Final = "UPDATE members SET sent = sent + ? WHERE user = ? AND room = ?"


def one_row(
    connection: Connection, sql: str, values: Mapping[str, object] | Sequence[object]
) -> None:
    """Execute a statement that must change exactly one row.

    :raises LookupError: it did not, so the room's rules have decided on a wrong state. The error
        message is logged, so it does not contain the values, which may include a message's text.
    """
    if connection.execute(sql, values).rowcount != 1:
        raise LookupError(f"no row: {sql}")


class Posts:
    """Messages to insert together: those of one transaction, until something may depend on them."""

    def __init__(self) -> None:
        self._rows: list[tuple[object, ...]] = []
        self._mentioning: list[tuple[str, Message]] = []
        self._attaching: list[tuple[str, Message]] = []
        self._sent: dict[tuple[str, str], int] = {}
        self._spans: list[tuple[str, int]] = []

    def add(self, room: str, post: MessagePosted) -> None:
        message, original = post.message, post.original
        text_hash = None if original is None else original.text_hash
        self._rows.append((room, text_hash, *MESSAGE_POSTED.row(message)))
        if message.mentions:
            self._mentioning.append((room, message))
        if message.attachments:
            self._attaching.append((room, message))
        if not message.seq % SPAN_SEQS:
            self._spans.append((room, message.seq))
        key = message.sender, room
        self._sent[key] = self._sent.get(key, 0) + 1

    def add_in_thread(self, room: str, post: PostedInThread) -> None:
        """Add a message that does not count in the main log."""
        self.add(room, post)
        self._sent[post.message.sender, room] -= 1

    def write(self, connection: Connection) -> None:
        """Insert the messages with what they have, and add to the counters of their senders."""
        if not self._rows:
            return
        connection.executemany(_INSERT, self._rows)
        for room, message in self._mentioning:
            _insert_mentions(connection, room, message)
        for room, message in self._attaching:
            attach(connection, room, message)
        sent = [(count, *key) for key, count in self._sent.items()]
        connection.executemany(_COUNT_SENT, sent)
        for room, last in self._spans:
            count_span(connection, room, last)
        self._rows.clear()
        self._mentioning.clear()
        self._attaching.clear()
        self._sent.clear()
        self._spans.clear()


def _insert_mentions(connection: Connection, room: str, message: Message) -> None:
    where = {
        "room": room,
        "seq": message.seq,
        "sender": message.sender,
        "thread": message.thread,
    }
    connection.executemany(
        """
        INSERT INTO mentions (room, user, seq, sender, thread)
        VALUES (:room, :user, :seq, :sender, :thread)
        """,
        [{**where, "user": user} for user in set(message.mentions)],
    )


def change(connection: Connection, room: str, entry: MessageChanged) -> None:
    """Update a message, and write the rows of the change: its mentions, reaction, pin and files."""
    message, was = entry.message, entry.was
    one_row(
        connection,
        """
        UPDATE messages SET text = :text, changed_rev = :rev, edited_at = :edited_at,
            deleted = :deleted, mentions = :mentions, reactions = :reactions,
            pinned_by = :pinned_by, format = :format, type = :type, data = :data,
            attachments = :attachments
        WHERE room = :room AND seq = :seq
        """,
        {"room": room, **MESSAGE_CHANGED.named(message)},
    )
    write_reactions(connection, room, entry)
    _write_pin(connection, room, message, was)
    # Each rev is a post or a change, so the number of changes is the rev minus the head seq.
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
    if entry.kind in ("react", "pin"):
        return
    connection.executemany(
        "DELETE FROM mentions WHERE room = :room AND user = :user AND seq = :seq",
        [{"room": room, "user": user, "seq": was.seq} for user in was.mentions],
    )
    if was.client_id is not None and message.client_id is None:
        connection.execute(
            """
            UPDATE messages SET client_id = NULL, text_hash = NULL
            WHERE room = :room AND seq = :seq
            """,
            {"room": room, "seq": message.seq},
        )
    if was.attachments and not message.attachments:
        detach(connection, room, message.seq)
    if message.deleted and not was.deleted:
        connection.execute(
            """
            INSERT INTO deletions (room, seq, sender, thread)
            VALUES (:room, :seq, :sender, :thread)
            """,
            {
                "room": room,
                "seq": message.seq,
                "sender": message.sender,
                "thread": message.thread,
            },
        )
    if not message.deleted:
        _insert_mentions(connection, room, message)


def _write_pin(connection: Connection, room: str, message: Message, was: Message) -> None:
    values = {"room": room, "seq": message.seq, "rev": message.rev}
    if message.pinned_by is not None and was.pinned_by is None:
        connection.execute("INSERT INTO pins (room, rev, seq) VALUES (:room, :rev, :seq)", values)
    elif was.pinned_by is not None and message.pinned_by is None:
        one_row(connection, "DELETE FROM pins WHERE room = :room AND seq = :seq", values)
