"""The check of files: what is counted of uploads and blobs, and which blobs must be on disk."""

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Final

from ..files import FILE_OVERHEAD_BYTES

WRONG_ATTACHMENTS: Final = """
    WITH found AS (
             SELECT m.room, m.seq, j.value ->> 0 AS id
             FROM messages AS m, json_each(m.attachments) AS j
         ),
         kept AS (SELECT room, seq, id FROM uploads WHERE room <> '' AND complete)
    SELECT room FROM (
        SELECT room FROM (SELECT * FROM found EXCEPT SELECT * FROM kept)
        UNION SELECT room FROM (SELECT * FROM kept EXCEPT SELECT * FROM found)
    ) WHERE room NOT IN (SELECT name FROM retired)
"""
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
    "an avatar is not that of its account": """
        WITH kept AS (SELECT user, id FROM uploads WHERE room = ''),
             shown AS (SELECT name, avatar FROM users WHERE avatar IS NOT NULL)
        SELECT 1 FROM (
            SELECT * FROM (SELECT * FROM kept EXCEPT SELECT * FROM shown)
            UNION SELECT * FROM (SELECT * FROM shown EXCEPT SELECT * FROM kept)
        )
    """,
    "what accounts keep in files is not as counted": f"""
        WITH found AS (
                 SELECT user, sum(length + {FILE_OVERHEAD_BYTES}) AS bytes,
                        sum(room IS NULL) AS waiting
                 FROM (SELECT user, length, room FROM uploads
                       UNION ALL SELECT '*', length, room FROM uploads)
                 GROUP BY user
             ),
             kept AS (
                 SELECT user, bytes, waiting FROM file_usage WHERE bytes <> 0 OR waiting <> 0
             )
        SELECT 1 FROM (
            SELECT * FROM (SELECT * FROM found EXCEPT SELECT * FROM kept)
            UNION SELECT * FROM (SELECT * FROM kept EXCEPT SELECT * FROM found)
        )
    """,
}


def wrong_files(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield the faults in what is counted."""
    for what, query in _WRONG.items():
        (found,) = connection.execute(f"SELECT EXISTS ({query})").fetchone()
        if found:
            yield what


def referenced_blobs(connection: sqlite3.Connection) -> dict[str, int]:
    """Return the digests of all blobs that must be on disk, with their sizes."""
    return dict(connection.execute("SELECT digest, max(size) FROM upload_parts GROUP BY digest"))
