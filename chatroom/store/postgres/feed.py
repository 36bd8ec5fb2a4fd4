"""The feed: the latest commits of all rooms, for other nodes that have missed the news of them.

Its rows are written in the commits themselves, while other nodes are alive. The table is not
logged: after a crash of PostgreSQL it is empty, and rooms are read anew.
"""

from typing import Any, Final

import orjson

from ..news import RoomNews
from ..news_codec import EncodedCommits, decode_events
from ..sql.connection import Connection
from ..sql.news import KEPT_COMMITS

KEPT_S: Final = 30
"""Time for which rows are kept."""

TABLE: Final = (
    """
    CREATE UNLOGGED TABLE feed (
        room text COLLATE "C",
        version bigint,
        events text NOT NULL, -- JSON: see news_codec.py
        at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (room, version)
    )
    """,
)
INSERT: Final = """
    INSERT INTO feed (room, version, events)
    SELECT room, version, events FROM json_populate_recordset(NULL::feed, CAST(:feed AS json))
"""
TRIM: Final = f"DELETE FROM feed WHERE at < now() - interval '{KEPT_S}s'"


def rows(commits: EncodedCommits) -> str:
    """Return the rows for these commits, as a JSON array."""
    found: list[dict[str, Any]] = [
        {"room": room, "version": version, "events": events.decode()}
        for (room, version), events in commits.items()
    ]
    return orjson.dumps(found).decode()


def since(connection: Connection, room: str, version: int) -> list[RoomNews] | None:
    """Return the commits of the room after ``version``; None if the next one is not there."""
    row = connection.execute(
        "SELECT version FROM rooms WHERE name = :room", {"room": room}
    ).fetchone()
    if (row[0] if row else 0) == version:
        return []  # also of a deleted room, whose commits are still there
    found = connection.execute(
        f"""
        SELECT version, events FROM feed WHERE room = :room AND version > :version
        ORDER BY version LIMIT {KEPT_COMMITS}
        """,
        {"room": room, "version": version},
    ).fetchall()
    news: list[RoomNews] = []
    for number, events in found:
        if number != version + len(news) + 1:
            break
        news.append(RoomNews(room, number, decode_events(events)))
    return news or None
