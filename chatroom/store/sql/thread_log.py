"""Threads: their messages and summaries, and who follows them."""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Final

import attrs

from ...model import FollowedThread, ListedThread, Message, Thread
from ..events import PostedInThread, ThreadFollowed, ThreadUnfollowed
from ..threads import KnownThread, ThreadList, WantedThread
from .connection import Connection
from .rows import PREVIEW, PREVIEW_OF_M, Columns, among, json_array

_THREAD: Final = Columns(Thread)
"""Columns of ``threads``."""
_FOLLOWED: Final = Columns(FollowedThread, without=("following",))
"""Columns of ``followed_threads``."""


# ---- in the writer's transaction


def find_threads(
    connection: Connection,
    room: str,
    wanted: Iterable[WantedThread],
    messages: Mapping[int, Message],
) -> dict[int, KnownThread]:
    """Return what is known of the wanted threads, by root.

    :param messages: the messages that the batch names, by seq.
    """
    users: dict[int, set[str]] = {}
    for each in wanted:
        message = messages.get(each.seq)
        root = each.seq if message is None else message.thread or each.seq
        users.setdefault(root, set()).update(each.users)
    return {root: _known(connection, room, root, names) for root, names in users.items()}


def _known(connection: Connection, room: str, root: int, names: set[str]) -> KnownThread:
    where = {"room": room, "root": root, "names": json_array(names)}
    owner = connection.execute(
        """
        SELECT m.user FROM messages AS r JOIN members AS m ON m.user = r.sender AND m.room = r.room
        WHERE r.room = :room AND r.seq = :root
        """,
        where,
    ).fetchone()
    read = connection.execute(
        f"""
        SELECT user, read_seq FROM followers_now
        WHERE room = :room AND root = :root AND user {among("names")}
        """,
        where,
    )
    (summary,) = summaries(connection, room, [root]) or (None,)
    return KnownThread(summary, owner[0] if owner else None, dict(read.fetchall()))


def post(connection: Connection, room: str, entry: PostedInThread) -> None:
    """Number a message, and replace the summary of its thread."""
    message, thread = entry.message, entry.thread
    connection.execute(
        """
        INSERT INTO thread_messages (room, root, seq, sender, number, place, own)
        VALUES (
            :room, :root, :seq, :sender, :number,
            1 + coalesce((
                SELECT place FROM thread_messages
                WHERE room = :room AND root = :root ORDER BY seq DESC LIMIT 1
            ), 0),
            1 + coalesce((
                SELECT own FROM thread_messages
                WHERE room = :room AND root = :root AND sender = :sender
                ORDER BY seq DESC LIMIT 1
            ), 0)
        )
        """,
        {
            "room": room,
            "root": thread.root,
            "seq": message.seq,
            "sender": message.sender,
            "number": entry.number,
        },
    )
    connection.execute(
        f"""
        INSERT INTO threads (room, {_THREAD}) VALUES (:room, {_THREAD.parameters})
        ON CONFLICT (room, root) DO UPDATE SET {_THREAD.replaced}
        """,
        {"room": room, **_THREAD.named(thread)},
    )


def follow(connection: Connection, room: str, entry: ThreadFollowed) -> ThreadFollowed:
    """Write the follower's cursor. Return the event with all fields filled in."""
    connection.execute(
        """
        INSERT INTO followers (user, room, root, read_seq) VALUES (:user, :room, :root, :seq)
        ON CONFLICT (user, room, root)
            DO UPDATE SET read_seq = max(followers.read_seq, excluded.read_seq)
        """,
        {"user": entry.user, "room": room, "root": entry.root, "seq": entry.read_seq},
    )
    (followed,) = followed_threads(connection, entry.user, room, entry.root)
    return attrs.evolve(entry, followed=followed, rev=_head_rev(connection, room))


def unfollow(connection: Connection, room: str, entry: ThreadUnfollowed) -> ThreadUnfollowed:
    connection.execute(
        "DELETE FROM followers WHERE user = :user AND room = :room AND root = :root",
        {"user": entry.user, "room": room, "root": entry.root},
    )
    return attrs.evolve(entry, rev=_head_rev(connection, room))


def _head_rev(connection: Connection, room: str) -> int:
    (rev,) = connection.execute(
        "SELECT head_rev FROM rooms WHERE name = :room", {"room": room}
    ).fetchone()
    return int(rev)


def unfollow_all(connection: Connection, room: str, user: str) -> None:
    """End all following of a user who leaves the room."""
    connection.execute(
        "DELETE FROM followers WHERE user = :user AND room = :room", {"user": user, "room": room}
    )


def prune(connection: Connection, room: str, first: int, through: int) -> int:
    """Delete the rows of messages up to seq ``through``, the threads without any left, and
    their followers. Return how many messages in threads the room has lost in all.

    :param first: the first message that was left.
    """
    where = {"room": room, "first": first, "through": through}
    counts = connection.execute(
        """
        SELECT count(*), root FROM thread_messages
        WHERE room = :room AND seq <= :through GROUP BY root
        """,
        where,
    ).fetchall()
    number = connection.execute(
        """
        SELECT number FROM thread_messages
        WHERE room = :room AND seq <= :through ORDER BY seq DESC LIMIT 1
        """,
        where,
    ).fetchone()
    connection.execute("DELETE FROM thread_messages WHERE room = :room AND seq <= :through", where)
    pruned = [{"room": room, "root": root, "count": count} for count, root in counts]
    connection.executemany(
        "UPDATE threads SET count = count - :count WHERE room = :room AND root = :root", pruned
    )
    connection.executemany(
        "DELETE FROM threads WHERE room = :room AND root = :root AND count = 0", pruned
    )
    # A thread whose messages are gone, or a root that never had any.
    connection.executemany(
        """
        DELETE FROM followers WHERE room = :room AND root = :root AND NOT EXISTS (
            SELECT 1 FROM threads AS t WHERE t.room = :room AND t.root = :root
        )
        """,
        pruned,
    )
    connection.execute(
        """
        DELETE FROM followers
        WHERE room = :room AND root BETWEEN :first AND :through AND NOT EXISTS (
            SELECT 1 FROM threads AS t WHERE t.room = :room AND t.root = followers.root
        )
        """,
        where,
    )
    if number is not None:
        return int(number[0])
    row = connection.execute(
        "SELECT pruned_threaded FROM rooms WHERE name = :room", where
    ).fetchone()
    return int(row[0]) if row else 0


# ---- reads


def summaries(connection: Connection, room: str, roots: Sequence[int]) -> tuple[Thread, ...]:
    """Return those of the threads that have messages, by root."""
    any_thread = "SELECT 1 FROM threads WHERE room = :room LIMIT 1"
    if not roots or connection.execute(any_thread, {"room": room}).fetchone() is None:
        return ()
    rows = connection.execute(
        f"""
        SELECT {_THREAD} FROM threads WHERE room = :room AND root {among("roots")} ORDER BY root
        """,
        {"room": room, "roots": json_array(roots)},
    )
    return tuple(map(_THREAD.value, rows))


def followed_threads(
    connection: Connection, user: str, room: str | None = None, root: int | None = None
) -> list[FollowedThread]:
    """Return the threads that a user follows: all, those of a room, or one."""
    conditions = ["user = :user"]
    if room is not None:
        conditions.append("room = :room")
    if root is not None:
        conditions.append("root = :root")
    rows = connection.execute(
        f"SELECT {_FOLLOWED} FROM followed_threads WHERE {' AND '.join(conditions)}",
        {"user": user, "room": room, "root": root},
    )
    return sorted(map(_FOLLOWED.value, rows), key=attrgetter("room", "root"))


def threads(
    connection: Connection,
    user: str,
    room: str | None,
    after: tuple[int, str, int] | None,
    limit: int,
) -> ThreadList:
    """Return followed threads that have messages, newest activity first."""
    conditions = ["f.user = :user"]
    if room is not None:
        conditions.append("f.room = :room")
    if after is not None:
        conditions.append("(-t.last_timestamp, t.room, t.root) > (-:at, :after_room, :after_root)")
    at, after_room, after_root = after or (0, "", 0)
    page = connection.execute(
        f"""
        SELECT f.room, {_THREAD.of("t")}
        FROM followers AS f JOIN threads AS t ON t.room = f.room AND t.root = f.root
        JOIN rooms AS r ON r.name = f.room
        WHERE {" AND ".join(conditions)}
        ORDER BY t.last_timestamp DESC, t.room, t.root LIMIT :limit
        """,
        {
            "user": user,
            "room": room,
            "at": at,
            "after_room": after_room,
            "after_root": after_root,
            "limit": limit + 1,
        },
    ).fetchall()
    listed = []
    for name, *row in page[:limit]:
        thread = _THREAD.value(row)
        (followed,) = followed_threads(connection, user, name, thread.root)
        root = connection.execute(
            f"SELECT {PREVIEW_OF_M} FROM messages_now AS m WHERE m.room = :room AND m.seq = :root",
            {"room": name, "root": thread.root},
        ).fetchone()
        preview = None if root is None else PREVIEW.value(root)
        listed.append(ListedThread(followed, thread, preview))
    if len(page) <= limit:
        return ThreadList(tuple(listed), None)
    last = listed[-1]
    place = last.thread.last_timestamp, last.followed.room, last.thread.root
    return ThreadList(tuple(listed), place)
