"""Conditions of a decision beside the room itself: blocks, acquaintance and quotas. Plain data.

A batch says what its rules want to know (:class:`Wanted`), and the store looks it up inside the
transaction (:class:`Context`), so that it is as new as the commit.
"""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

import attrs

from ..clock import DAY_MS

UsageKind: TypeAlias = Literal["rooms", "directs", "strangers", "messages", "bytes", "sign-ups"]
"""Counted by day: rooms and direct rooms made, people contacted who share no room with the
account, messages and edits, their bytes of UTF-8, and (under the name ``*``) sign-ups."""

Pair: TypeAlias = tuple[str, str]


def day_of(now: int) -> int:
    """The number of the UTC day of a time in ms."""
    return now // DAY_MS


def until_tomorrow(now: int) -> int:
    """Milliseconds until the next UTC day."""
    return DAY_MS - now % DAY_MS


@attrs.frozen
class Wanted:
    """``blocks`` are (person, somebody whom they may have blocked); ``pairs`` are two people who
    may share a room; ``accounts`` are those whose :class:`Usage` of ``day`` matters; ``retired``:
    whether the batch's room may have a name that is retired.
    """

    blocks: tuple[Pair, ...] = ()
    pairs: tuple[Pair, ...] = ()
    accounts: tuple[str, ...] = ()
    day: int = 0
    retired: bool = False


@attrs.frozen
class Usage:
    """An account's use of its quotas. ``rooms`` and ``directs`` are memberships; ``made``
    are the rooms of its making that exist; ``today`` counts the kinds of that day.
    """

    created_at: int
    rooms: int
    directs: int
    made: int
    today: Mapping[UsageKind, int]


@attrs.frozen
class Context:
    """``blocks`` and ``acquainted`` have only those of the wanted pairs that are so; ``usage`` only
    accounts that exist.
    """

    blocks: frozenset[Pair] = frozenset()
    acquainted: frozenset[Pair] = frozenset()
    usage: Mapping[str, Usage] = attrs.field(factory=dict)
    retired: bool = False


NO_CONTEXT: Final = Context()
