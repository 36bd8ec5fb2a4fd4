"""Counts behind quotas: usage by account and day, and the number of accounts."""

import itertools
from collections.abc import Iterable

from ..conditions import UsageKind
from ..quotas import DayUsage
from .connection import Connection


def usage(connection: Connection, day: int, after: str, limit: int) -> list[DayUsage]:
    users = [
        user
        for (user,) in connection.execute(
            """
            SELECT DISTINCT user FROM usage
            WHERE day = :day AND user > :after ORDER BY user LIMIT :limit
            """,
            {"day": day, "after": after, "limit": limit},
        )
    ]
    if not users:
        return []
    rows = connection.execute(
        """
        SELECT user, kind, count FROM usage
        WHERE day = :day AND user >= :first AND user <= :last ORDER BY user
        """,
        {"day": day, "first": users[0], "last": users[-1]},
    )
    return [
        DayUsage(user, {kind: count for _, kind, count in counts})
        for user, counts in itertools.groupby(rows, lambda row: str(row[0]))
    ]


def add_usage(connection: Connection, day: int, counts: Iterable[DayUsage]) -> None:
    for each in counts:
        for kind, count in each.counts.items():
            count_usage(connection, day, each.user, kind, count)


def count_usage(connection: Connection, day: int, user: str, kind: UsageKind, count: int) -> None:
    connection.execute(
        """
        INSERT INTO usage (day, user, kind, count) VALUES (:day, :user, :kind, :count)
        ON CONFLICT (day, user, kind) DO UPDATE SET count = usage.count + excluded.count
        """,
        {"day": day, "user": user, "kind": kind, "count": count},
    )


def forget_usage(connection: Connection, before: int) -> None:
    connection.execute("DELETE FROM usage WHERE day < :before", {"before": before})


def count_accounts(connection: Connection, limit: int) -> int:
    (count,) = connection.execute(
        "SELECT count(*) FROM (SELECT 1 FROM users LIMIT :limit) AS found", {"limit": limit}
    ).fetchone()
    return int(count)
