"""Reactions: rows of single users beside the summary in the message's row."""

from collections import Counter
from collections.abc import Iterable

from ...model import MAX_SHOWN_USERS, Message
from ..events import MessageChanged
from ..reactions import (
    ListedReaction,
    ReactionList,
    Reactors,
    WantedReaction,
    has_unnamed,
)
from .connection import Connection
from .rows import USER, among, json_array

# ---- in the writer's transaction


def find_reactors(
    connection: Connection, room: str, wanted: Iterable[WantedReaction]
) -> dict[tuple[int, str], Reactors]:
    wanted = list(wanted)
    calls = Counter((each.seq, each.emoji) for each in wanted)
    return {
        (seq, emoji): Reactors(
            first=_users(
                connection,
                "ORDER BY rev LIMIT :limit",
                {"room": room, "seq": seq, "emoji": emoji, "limit": MAX_SHOWN_USERS + count},
            ),
            users=frozenset(
                _users(
                    connection,
                    f"AND user {among('users')}",
                    {
                        "room": room,
                        "seq": seq,
                        "emoji": emoji,
                        "users": json_array(
                            {each.user for each in wanted if (each.seq, each.emoji) == (seq, emoji)}
                        ),
                    },
                )
            ),
        )
        for (seq, emoji), count in calls.items()
    }


def _users(connection: Connection, which: str, values: dict[str, object]) -> tuple[str, ...]:
    rows = connection.execute(
        f"SELECT user FROM reactions WHERE room = :room AND seq = :seq AND emoji = :emoji {which}",
        values,
    )
    return tuple(user for (user,) in rows)


def write_reactions(connection: Connection, room: str, entry: MessageChanged) -> None:
    """Write the rows of a change of a message: of one reaction, or none for a deleted message."""
    message, change = entry.message, entry.reaction
    if change is not None:
        values = {
            "room": room,
            "seq": message.seq,
            "emoji": change.emoji,
            "rev": message.rev,
            "user": change.user,
        }
        if change.added:
            connection.execute(
                """
                INSERT INTO reactions (room, seq, emoji, rev, user)
                VALUES (:room, :seq, :emoji, :rev, :user)
                """,
                values,
            )
        else:
            removed = connection.execute(
                """
                DELETE FROM reactions
                WHERE room = :room AND user = :user AND seq = :seq AND emoji = :emoji
                """,
                values,
            )
            if removed.rowcount != 1:
                raise LookupError("no such reaction")
    elif entry.was.reactions and not message.reactions:
        connection.execute(
            "DELETE FROM reactions WHERE room = :room AND seq = :seq",
            {"room": room, "seq": message.seq},
        )


# ---- in a read transaction


def find_unnamed(
    connection: Connection, room: str, user: str, messages: Iterable[Message]
) -> set[tuple[int, str]]:
    """Return the seqs and emojis of the user's reactions, if the messages do not tell them."""
    if not user or not has_unnamed(messages):
        return set()
    rows = connection.execute(
        f"""
        SELECT seq, emoji FROM reactions
        WHERE room = :room AND user = :user AND seq {among("seqs")}
        """,
        {"room": room, "user": user, "seqs": json_array(message.seq for message in messages)},
    )
    return set(rows)


def reactions(
    connection: Connection,
    room: str,
    seq: int,
    limit: int,
    after: tuple[str, int],
) -> ReactionList:
    (version,) = connection.execute(
        "SELECT max(version) FROM rooms WHERE name = :room", {"room": room}
    ).fetchone()
    message = connection.execute(
        "SELECT 1 FROM messages WHERE room = :room AND seq = :seq", {"room": room, "seq": seq}
    ).fetchone()
    rows = connection.execute(
        f"""
        SELECT r.emoji, r.rev, {USER.of("u")} FROM reactions AS r JOIN users AS u ON u.name = r.user
        WHERE r.room = :room AND r.seq = :seq AND (r.emoji, r.rev) > (:after_emoji, :after_rev)
        ORDER BY r.emoji, r.rev LIMIT :limit
        """,
        {
            "room": room,
            "seq": seq,
            "after_emoji": after[0],
            "after_rev": after[1],
            "limit": limit,
        },
    )
    found = tuple(ListedReaction(emoji, USER.value(user), rev) for emoji, rev, *user in rows)
    return ReactionList(found, version or 0, exists=message is not None)


def reacted_by(
    connection: Connection, room: str, user: str, limit: int
) -> tuple[tuple[int, str], ...]:
    rows = connection.execute(
        """
        SELECT seq, emoji FROM reactions WHERE room = :room AND user = :user
        ORDER BY seq, emoji LIMIT :limit
        """,
        {"room": room, "user": user, "limit": limit},
    )
    return tuple((seq, emoji) for seq, emoji in rows)
