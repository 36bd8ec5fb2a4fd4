"""Rows to values: the columns are those of the tables and views in :mod:`.schema`, in order."""

from collections.abc import Iterable
from typing import Any

import orjson

from ...model import Account, Member, Message, Room


def room_of(row: tuple[Any, ...]) -> Room:
    """Of a row of ``rooms``, without the last column."""
    return Room(*row[:11])


def member_of(row: tuple[Any, ...]) -> Member:
    """Of a row of ``members_now``."""
    return Member(*row)


def message_of(row: tuple[Any, ...]) -> Message:
    """Of a row of ``messages_now``, with or without the last column."""
    deleted, mentions = row[9:11]
    names = tuple(orjson.loads(mentions)) if mentions else ()
    return Message(*(*row[:9], bool(deleted), names))


def account_of(row: tuple[Any, ...]) -> Account:
    """Of a row of ``users``."""
    return Account(*(*row[:4], bool(row[4])))


def json_array(values: Iterable[object]) -> str:
    """Many values as one bound parameter, for ``json_each``: no limit to their number."""
    return orjson.dumps(list(values)).decode()
