"""Log consumers: registration, cursors, and the rooms that moved."""

from collections.abc import Iterable, Mapping
from typing import Final

from ..events import MessageChanged, MessagePosted
from ..room_log import Changes, Decision, Posts
from .connection import Connection
from .log import changes, posts

_MOVES: Final = (MessagePosted, MessageChanged)  # a union would be made anew for each event


def moved_in(outcomes: Iterable[object]) -> list[str]:
    """Return the rooms whose rev has changed, from the outcomes of a group."""
    rooms = []
    for outcome in outcomes:
        if isinstance(outcome, Decision):
            for entry in outcome.entries:
                if isinstance(entry, _MOVES):
                    rooms.append(entry.message.room)
                    break  # the other events are of the same room
    return rooms


# ---- reads


def moved_rooms(
    connection: Connection, consumer: str, after: str, limit: int
) -> tuple[list[str], str | None]:
    rows = connection.execute(
        """
        SELECT r.name, r.head_rev > coalesce(c.rev, 0) FROM rooms AS r
        LEFT JOIN consumer_cursors AS c ON c.room = r.name AND c.consumer = :consumer
        WHERE r.name > :after ORDER BY r.name LIMIT :limit
        """,
        {"consumer": consumer, "after": after, "limit": limit},
    ).fetchall()
    return [name for name, moved in rows if moved], rows[-1][0] if len(rows) == limit else None


def unhandled(connection: Connection, consumer: str, room: str, since: int, limit: int) -> Changes:
    return changes(connection, room, _cursor(connection, consumer, room, since), limit)


def unhandled_posts(
    connection: Connection, consumer: str, room: str, since: int, limit: int, young: range
) -> Posts:
    return posts(connection, room, _cursor(connection, consumer, room, since), limit, young)


def _cursor(connection: Connection, consumer: str, room: str, since: int) -> int:
    row = connection.execute(
        "SELECT rev FROM consumer_cursors WHERE room = :room AND consumer = :consumer",
        {"room": room, "consumer": consumer},
    ).fetchone()
    return max(since, row[0]) if row else since


# ---- writes


def add_consumer(connection: Connection, name: str, *, from_now: bool) -> None:
    where = {"name": name}
    added = connection.execute(
        "INSERT INTO consumers (name) VALUES (:name) ON CONFLICT DO NOTHING", where
    )
    if added.rowcount and from_now:
        connection.execute(
            """
            INSERT INTO consumer_cursors (room, consumer, rev)
            SELECT name, :name, head_rev FROM rooms WHERE head_rev > 0
            """,
            where,
        )


def remove_consumer(connection: Connection, name: str) -> None:
    where = {"name": name}
    connection.execute("DELETE FROM consumers WHERE name = :name", where)
    connection.execute("DELETE FROM consumer_cursors WHERE consumer = :name", where)


def move_consumer_cursors(connection: Connection, consumer: str, revs: Mapping[str, int]) -> None:
    connection.executemany(
        """
        INSERT INTO consumer_cursors (room, consumer, rev)
        SELECT r.name, c.name, :rev FROM rooms AS r, consumers AS c
        WHERE r.name = :room AND c.name = :consumer
        ON CONFLICT (room, consumer) DO UPDATE SET rev = excluded.rev
            WHERE excluded.rev > consumer_cursors.rev
        """,
        [{"room": room, "consumer": consumer, "rev": rev} for room, rev in revs.items()],
    )
