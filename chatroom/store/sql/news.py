"""News of commits, made from the groups that the writer has written, and the latest kept."""

from collections import OrderedDict
from collections.abc import Collection, Iterable
from typing import Final

from ..events import (
    UNNUMBERED,
    MemberAdded,
    NotificationLevelSet,
    ReadCursorMoved,
    RoomDeleted,
    ThreadFollowed,
    ThreadUnfollowed,
)
from ..news import InboxNews, News, RoomNews
from ..room_log import Batch, Decision
from .connection import Connection
from .rows import among, json_array

KEPT_COMMITS: Final = 100
"""Commits kept of one room. A follower that has missed more reads the room anew."""
KEPT_ROOMS: Final = 1_000
"""Rooms of which commits are kept: those with the latest ones."""


def news_in(committed: Iterable[tuple[Batch | None, object]]) -> list[News]:
    """Return the news of a group.

    :param committed: the batch and the outcome of each job.
    """
    found: list[News] = []
    for batch, outcome in committed:
        if batch is None or batch.version is None or not isinstance(outcome, Decision):
            continue
        numbered = tuple(e for e in outcome.entries if not isinstance(e, UNNUMBERED))
        if numbered:
            found.append(RoomNews(batch.room, batch.version + 1, numbered))
        for entry in outcome.entries:
            match entry:
                case (
                    ReadCursorMoved(user=user)
                    | NotificationLevelSet(user=user)
                    | ThreadFollowed(user=user)
                    | ThreadUnfollowed(user=user)
                ):
                    found.append(InboxNews(user, entry.number, batch.room))
                case MemberAdded(member=member, number=number):
                    found.append(InboxNews(member.user, number, batch.room))
                case _:
                    pass
    return found


class RecentCommits:
    """The latest commits of the rooms that were written last, by version. They may be added in any
    order, and some may be missing."""

    def __init__(self) -> None:
        self._by_room: OrderedDict[str, dict[int, RoomNews]] = OrderedDict()

    def add(self, news: Iterable[News]) -> None:
        """Add what has events. Ignore versions that are kept already."""
        for each in news:
            if not isinstance(each, RoomNews) or not each.events:
                continue
            kept = self._by_room.setdefault(each.room, {})
            kept.setdefault(each.version, each)
            if len(kept) > KEPT_COMMITS:
                del kept[min(kept)]
            self._by_room.move_to_end(each.room)
            if len(self._by_room) > KEPT_ROOMS:
                self._by_room.popitem(last=False)

    def since(self, room: str, version: int) -> list[RoomNews] | None:
        """Return the commits that follow ``version`` without a gap; None if there are later ones
        alone, or none of the room."""
        kept = self._by_room.get(room)
        if not kept:
            return None
        last = max(kept)
        if not version and isinstance(kept[last].events[-1], RoomDeleted):
            return []  # the follower has applied the deletion already
        found: list[RoomNews] = []
        while (following := kept.get(version + len(found) + 1)) is not None:
            found.append(following)
        return found if found or last <= version else None


# ---- reads


def versions(connection: Connection, rooms: Collection[str]) -> dict[str, int]:
    return dict(
        connection.execute(
            f"SELECT name, version FROM rooms WHERE name {among('rooms')}",
            {"rooms": json_array(rooms)},
        ).fetchall()
    )


def inbox_numbers(connection: Connection, users: Collection[str]) -> dict[str, int]:
    return dict(
        connection.execute(
            f"SELECT name, inbox_number FROM users WHERE name {among('users')}",
            {"users": json_array(users)},
        ).fetchall()
    )


# ---- writes


def count_inbox_commit(connection: Connection, user: str) -> int:
    """Count a commit that concerns the user's inbox alone. Return its number."""
    row = connection.execute(
        """
        UPDATE users SET inbox_number = inbox_number + 1 WHERE name = :user RETURNING inbox_number
        """,
        {"user": user},
    ).fetchone()
    return row[0] if row else 0
