"""The check of files: what is counted of uploads and blobs, and which blobs must be on disk."""

from collections.abc import Iterator, Mapping
from typing import Final

from ..files import FILE_OVERHEAD_BYTES
from .connection import Connection
from .row_sets import difference, different_rooms

WRONG_ATTACHMENTS: Final = different_rooms(
    """
    SELECT m.room, m.seq, json_extract(m.attachments, '$[' || j.key || '][0]') AS id
    FROM messages AS m, json_each(m.attachments) AS j
    """,
    "SELECT room, seq, id FROM uploads WHERE room <> '' AND complete",
)
"""A query for rooms, as those of :mod:`.integrity`."""

_WRONG: Final[Mapping[str, str]] = {
    "a file's references are not as counted": """
        SELECT 1 FROM blobs AS b
        LEFT JOIN (SELECT digest, count(*) AS refs FROM upload_parts GROUP BY digest) AS p
            ON p.digest = b.digest
        WHERE b.refs <> coalesce(p.refs, 0) OR (b.doomed AND b.refs > 0)
    """,
    "an upload refers to no file": """
        SELECT 1 FROM uploads AS u
        WHERE u.complete AND NOT EXISTS (
            SELECT 1 FROM upload_parts AS p JOIN blobs AS b ON b.digest = p.digest
            WHERE p.upload = u.id AND p.part = 'file'
        )
    """,
    "an avatar is not that of its account": difference(
        "SELECT user, id FROM uploads WHERE room = ''",
        "SELECT name, avatar FROM users WHERE avatar IS NOT NULL",
    ),
    "what accounts keep in files is not as counted": difference(
        f"""
        SELECT user, sum(length + {FILE_OVERHEAD_BYTES}) AS bytes,
               count(*) FILTER (WHERE room IS NULL) AS waiting
        FROM (
            SELECT user, length, room FROM uploads UNION ALL SELECT '*', length, room FROM uploads
        ) AS u
        GROUP BY user
        """,
        "SELECT user, bytes, waiting FROM file_usage WHERE bytes <> 0 OR waiting <> 0",
    ),
}


def wrong_files(connection: Connection) -> Iterator[str]:
    """Yield the faults in what is counted."""
    for what, query in _WRONG.items():
        (found,) = connection.execute(f"SELECT EXISTS ({query})").fetchone()
        if found:
            yield what


def referenced_blobs(connection: Connection) -> dict[str, int]:
    """Return the digests of all blobs that must be on disk, with their sizes."""
    query = "SELECT digest, max(size) FROM upload_parts GROUP BY digest"
    return dict(connection.execute(query).fetchall())
