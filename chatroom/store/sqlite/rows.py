"""Rows to values, and the columns that each of them is made of, in the order of its class."""

from collections.abc import Iterable
from typing import Any, Final

import orjson

from ...model import PREVIEW_CHARS, Account, Member, Message, Preview, Room


def columns(table: str, names: str) -> str:
    """The columns of one table in a statement that joins several."""
    return ", ".join(f"{table}.{name}" for name in names.split(", "))


ROOM: Final = (
    "name, kind, visibility, title, topic, created_at, head_seq, head_rev, first_seq,"
    " last_timestamp, members"
)
MEMBER: Final = (
    "room, user, display_name, role, joined_at, read_seq, sent, sent_read, level, lookalike"
)
MESSAGE: Final = (
    "room, seq, rev, sender, text, timestamp, client_id, reply_to, edited_at, deleted, mentions"
)
PREVIEW: Final = (
    f"m.room, m.seq, m.rev, m.sender, substr(m.text, 1, {PREVIEW_CHARS + 1}), m.timestamp,"
    " m.client_id, m.reply_to, m.edited_at, m.deleted, m.mentions"
)
"""Of ``messages_now AS m``; one character more than is shown, to know whether there are more."""
ACCOUNT: Final = "name, display_name, password, created_at, disabled, lookalike"
TOKEN: Final = "digest, user, created_at, expires_at, id, label, last_used_at"  # noqa: S105


def room_of(row: tuple[Any, ...]) -> Room:
    """Of the columns :data:`ROOM` of ``rooms``."""
    return Room(*row)


def member_of(row: tuple[Any, ...]) -> Member:
    """Of the columns :data:`MEMBER` of ``members_now``."""
    return Member(*(*row[:9], bool(row[9])))


def message_of(row: tuple[Any, ...]) -> Message:
    """Of the columns :data:`MESSAGE` of ``messages_now``."""
    deleted, mentions = row[9:]
    names = tuple(orjson.loads(mentions)) if mentions else ()
    return Message(*(*row[:9], bool(deleted), names))


def preview_of(row: tuple[Any, ...]) -> Preview:
    """Of the columns :data:`PREVIEW`."""
    text, (deleted, mentions) = row[4], row[9:]
    names = tuple(orjson.loads(mentions)) if mentions else ()
    truncated = len(text) > PREVIEW_CHARS
    return Preview(*(*row[:4], text[:PREVIEW_CHARS], *row[5:9], bool(deleted), names, truncated))


def account_of(row: tuple[Any, ...]) -> Account:
    """Of the columns :data:`ACCOUNT` of ``users``."""
    return Account(*(*row[:4], bool(row[4]), bool(row[5])))


def json_array(values: Iterable[object]) -> str:
    """Many values as one bound parameter, for ``json_each``: no limit to their number."""
    return orjson.dumps(list(values)).decode()
