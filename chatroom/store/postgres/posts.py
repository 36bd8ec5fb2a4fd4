"""A group of posts to main logs, as most groups are, in one statement: so a process that is frozen
holds no lock.

The rules decide before the statement. It compares the versions on which they decided, and looks for
their clientIds. If a room is behind or a clientId is known, it writes nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs
import orjson

from ..events import MessagePosted
from ..room_log import Batch, Decision, Prefetched
from ..sql.jobs import Job
from ..sql.rows import MESSAGE_POSTED
from ..sql.sent_spans import SPAN_SEQS
from .room_locks import FOR_CHANGES

_NOTHING: Final = Prefetched(originals={}, messages={})
TAKEN_OVER: Final = "CHAT1"
"""The error code if the row of the node has another commit's id: see :mod:`.commits`."""


@attrs.frozen(eq=False)
class Posts:
    """:ivar heads: a row for each room: its version and head before and after.
    :ivar rows: the messages.
    """

    decisions: Sequence[Decision]
    heads: Sequence[Mapping[str, Any]]
    rows: Sequence[Mapping[str, Any]]

    def parameters(self) -> dict[str, str]:
        return {
            "heads": orjson.dumps(self.heads).decode(),
            "posts": orjson.dumps(self.rows).decode(),
        }


NOT_OURS: Final = "the database has not the last commit of this server; was it put back?"

COMMIT: Final = "SELECT commit_posts(:commit, :last, :node, :incarnation, :heads, :posts, :feed)"

FUNCTION: Final = f"""
    CREATE FUNCTION commit_posts(
        a_commit text, a_last text, a_node bigint, a_incarnation bigint, a_heads text,
        a_posts text, a_feed text
    ) RETURNS boolean LANGUAGE plpgsql AS $$
    DECLARE
        heads json := a_heads::json;
        posts json := a_posts::json;
    BEGIN
        -- In an order that all nodes have, so that none waits for another.
        PERFORM 1 FROM rooms
        WHERE name = ANY(ARRAY(SELECT h.name FROM json_to_recordset(heads) AS h (name text)))
        ORDER BY name FOR {FOR_CHANGES};
        IF EXISTS (
            SELECT 1 FROM json_to_recordset(heads) AS h (name text, version bigint, base bigint)
            LEFT JOIN rooms AS r
                ON r.name = h.name AND r.version = h.version AND r.head_seq = h.base
            WHERE r.name IS NULL
        ) OR EXISTS (
            SELECT 1 FROM json_populate_recordset(NULL::messages, posts) AS p
            JOIN messages AS m ON m.client_id = p.client_id AND m.sender = p.sender
        ) THEN
            RETURN false;
        END IF;
        UPDATE nodes SET last_commit = a_commit
        WHERE number = a_node AND last_commit = a_last;
        IF NOT FOUND THEN
            RAISE '{NOT_OURS}' USING ERRCODE = '{TAKEN_OVER}';
        END IF;
        INSERT INTO room_incarnations (room, incarnation, first_rev)
        SELECT r.name, a_incarnation, r.head_rev + 1
        FROM json_to_recordset(heads) AS h (name text) JOIN rooms AS r ON r.name = h.name
        WHERE r.incarnation <> a_incarnation;
        UPDATE rooms AS r SET version = r.version + 1, incarnation = a_incarnation,
            head_seq = h.seq, head_rev = h.rev, last_timestamp = h.timestamp,
            last_main_seq = h.seq, last_main_timestamp = h.timestamp
        FROM json_to_recordset(heads) AS h (name text, seq bigint, rev bigint, timestamp bigint)
        WHERE r.name = h.name;
        INSERT INTO messages (room, text_hash, {MESSAGE_POSTED})
        SELECT room, text_hash, {MESSAGE_POSTED}
        FROM json_populate_recordset(NULL::messages, posts);
        UPDATE members AS m SET sent = m.sent + s.count
        FROM (
            SELECT p.room, p.sender, count(*) AS count
            FROM json_populate_recordset(NULL::messages, posts) AS p GROUP BY 1, 2
        ) AS s
        WHERE m."user" = s.sender AND m.room = s.room;
        INSERT INTO mentions (room, "user", seq, sender)
        SELECT DISTINCT p.room, u.name, p.seq, p.sender
        FROM json_populate_recordset(NULL::messages, posts) AS p,
             json_array_elements_text(p.mentions::json) AS u (name)
        WHERE p.mentions IS NOT NULL;
        IF a_feed IS NOT NULL THEN
            INSERT INTO feed (room, version, events)
            SELECT room, version, events FROM json_populate_recordset(NULL::feed, a_feed::json);
        END IF;
        RETURN true;
    END $$
"""


def decided(jobs: Sequence[Job]) -> Posts | None:
    """Decide the batches of the jobs; None if they do not all just post to a main log, or if the
    rules of one raise."""
    decisions: list[Decision] = []
    heads: list[Mapping[str, Any]] = []
    rows: list[Mapping[str, Any]] = []
    keys = 0
    for job in jobs:
        batch = job.batch
        if batch is None or not _is_plain(batch):
            return None
        try:
            decision = batch.decide(_NOTHING)
        except Exception:  # it is decided again, in a transaction
            return None
        if not decision.entries:
            return None
        for entry in decision.entries:
            if type(entry) is not MessagePosted:
                return None
            message = entry.message
            if message.attachments or not message.seq % SPAN_SEQS:
                return None
            hash_ = None if entry.original is None else f"\\x{entry.original.text_hash.hex()}"
            rows.append({"room": batch.room, "text_hash": hash_, **MESSAGE_POSTED.named(message)})
            keys += message.client_id is not None
        heads.append(
            {
                "name": batch.room,
                "version": batch.version,
                "base": message.seq - len(decision.entries),
                "seq": message.seq,
                "rev": message.rev,
                "timestamp": message.timestamp,
            }
        )
        decisions.append(decision)
    given = {(row["sender"], row["client_id"]) for row in rows if row["client_id"] is not None}
    return Posts(decisions, heads, rows) if len(given) == keys else None


def _is_plain(batch: Batch) -> bool:
    """Return whether the batch needs nothing from the database but the original messages."""
    return batch.version is not None and not (
        batch.seqs
        or batch.wanted
        or batch.reads
        or batch.reactions
        or batch.uploads
        or batch.threads
    )
