"""Facts outside the room that a decision depends on: blocks, shared rooms, quotas. Plain data.

A batch states which facts its rules need (:class:`Wanted`). The store looks them up inside the
transaction (:class:`Context`), so that they are as recent as the commit.
"""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

import attrs

from ..clock import DAY_MS
from ..model import Member
from .invitations import Offer

UsageKind: TypeAlias = Literal["rooms", "directs", "strangers", "messages", "bytes", "sign-ups"]
"""Kinds of use counted per account and day: rooms and direct rooms created, users contacted who
share no room with the account (``strangers``), messages and edits, and their bytes of UTF-8.
``sign-ups`` are counted for the whole server, under the name ``*``."""

Pair: TypeAlias = tuple[str, str]


def day_of(now: int) -> int:
    """Return the number of the UTC day, since the epoch, of a time in ms."""
    return now // DAY_MS


def until_tomorrow(now: int) -> int:
    """Return the milliseconds until the next UTC day."""
    return DAY_MS - now % DAY_MS


@attrs.frozen
class Wanted:
    """The facts to look up for a batch.

    ``blocks``: pairs (user, other) for which to look up whether ``user`` blocks ``other``.
    ``pairs``: pairs of users for which to look up whether they share a room. ``accounts``: names
    whose :class:`Usage` on ``day`` to look up. ``retired``: look up whether the name of the
    batch's room is retired. ``admins``: names for which to look up whether they are admins of the
    server. ``abandoned``: look up whether no owner of the room has an account that is enabled.
    ``heir``: look up who is to become the owner then. ``offer``: the digest of an invitation's
    code, and the user for whom to look it up. ``successor``: a member, and the successor of that
    member as it was looked up before the transaction. If it is another one now, or has another
    role, the batch is :class:`~chatroom.errors.Behind`.
    """

    blocks: tuple[Pair, ...] = ()
    pairs: tuple[Pair, ...] = ()
    accounts: tuple[str, ...] = ()
    day: int = 0
    retired: bool = False
    admins: tuple[str, ...] = ()
    abandoned: bool = False
    heir: bool = False
    offer: tuple[bytes, str] | None = None
    successor: tuple[str, Member | None] | None = None


@attrs.frozen
class Usage:
    """An account's use of its quotas.

    ``rooms`` and ``directs`` count its memberships in rooms and direct rooms. ``made`` counts the
    existing rooms that it created. ``today`` has the counts of the day asked for, by kind.
    """

    created_at: int
    rooms: int
    directs: int
    made: int
    today: Mapping[UsageKind, int]


@attrs.frozen
class Context:
    """The facts found for a :class:`Wanted`.

    ``blocks``, ``acquainted`` and ``admins`` contain what is wanted and true. ``usage``
    contains only accounts that exist.
    """

    blocks: frozenset[Pair] = frozenset()
    acquainted: frozenset[Pair] = frozenset()
    usage: Mapping[str, Usage] = attrs.field(factory=dict)
    retired: bool = False
    admins: frozenset[str] = frozenset()
    abandoned: bool = False
    heir: Member | None = None
    offer: Offer | None = None


NO_CONTEXT: Final = Context()
