"""Endpoints of push services: see :class:`chatroom.store.push.PushStore`."""

from collections.abc import Mapping
from typing import Final

from ...model import PushEndpoint
from ..push import CONSUMER, ListedEndpoint, PushUse, Waiting
from .connection import Connection
from .consumers import add_consumer, remove_consumer
from .rows import Columns

ENDPOINT: Final = Columns(PushEndpoint)
_LISTED: Final = Columns(ListedEndpoint)
"""Columns of ``push_endpoints``."""


# ---- reads


def push_key(connection: Connection) -> str:
    (key,) = connection.execute("SELECT value FROM meta WHERE name = 'push_key'").fetchone()
    return str(key)


def push_endpoint(connection: Connection, user: str, url: str) -> PushEndpoint | None:
    row = connection.execute(
        f"SELECT {ENDPOINT} FROM push_endpoints WHERE url = :url AND user = :user",
        {"url": url, "user": user},
    ).fetchone()
    return ENDPOINT.value(row) if row else None


def push_endpoints(connection: Connection, user: str, now: int) -> list[ListedEndpoint]:
    columns = _LISTED.of("e", label="t.label", failing="e.failures > 0")
    rows = connection.execute(
        f"""
        SELECT {columns} FROM push_endpoints AS e
        JOIN tokens AS t ON t.user = e.user AND t.id = e.token_id AND t.expires_at > :now
        WHERE e.user = :user ORDER BY e.id
        """,
        {"user": user, "now": now},
    )
    return [_LISTED.value(row) for row in rows]


def push_use(connection: Connection) -> PushUse:
    endpoints, consumer = connection.execute(
        """
        SELECT EXISTS (SELECT 1 FROM push_endpoints),
               EXISTS (SELECT 1 FROM consumers WHERE name = :name)
        """,
        {"name": CONSUMER},
    ).fetchone()
    return PushUse(bool(endpoints), bool(consumer))


# ---- writes


def add_push_endpoint(
    connection: Connection, endpoint: PushEndpoint, host: str, maximum: int
) -> Waiting | None:
    where = {"url": endpoint.url, "user": endpoint.user}
    remove_endpoints(connection, "url = :url AND user <> :user", where)
    remove_endpoints(
        connection,
        """
        user = :user AND url <> :url AND NOT EXISTS (
            SELECT 1 FROM tokens AS t WHERE t.user = :user AND t.id = token_id
        )
        """,
        where,
    )
    (others,) = connection.execute(
        "SELECT count(*) FROM push_endpoints WHERE user = :user AND url <> :url", where
    ).fetchone()
    if others >= maximum:
        return None
    connection.execute(
        f"""
        INSERT INTO push_endpoints ({ENDPOINT}, host) VALUES ({ENDPOINT.parameters}, :host)
        ON CONFLICT (url) DO UPDATE SET p256dh = excluded.p256dh, auth = excluded.auth,
            token_id = excluded.token_id
        """,
        {**ENDPOINT.named(endpoint), "host": host},
    )
    add_consumer(connection, CONSUMER, from_now=True)
    number, retry_at = connection.execute(
        "SELECT id, retry_at FROM push_endpoints WHERE url = :url", where
    ).fetchone()
    return Waiting(number, host, retry_at)


def end_push_use(connection: Connection) -> None:
    if not push_use(connection).endpoints:
        remove_consumer(connection, CONSUMER)


def remove_push_endpoint(connection: Connection, user: str, url: str) -> None:
    remove_endpoints(connection, "url = :url AND user = :user", {"url": url, "user": user})


def remove_endpoints(connection: Connection, which: str, where: Mapping[str, str | int]) -> None:
    """Remove the endpoints of a condition, and the notifications that wait for them."""
    rows = connection.execute(f"SELECT id FROM push_endpoints WHERE {which}", where).fetchall()
    for statement in (
        "DELETE FROM push_notifications WHERE endpoint = ?",
        "DELETE FROM push_endpoints WHERE id = ?",
    ):
        connection.executemany(statement, rows)
