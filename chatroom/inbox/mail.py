"""What an inbox is sent: envelopes with calls of its person, and what rooms tell it. Plain data."""

from collections.abc import Hashable
from typing import Final, Self, TypeAlias

import attrs

from ..actors.mailbox import Mergeable
from ..actors.supervisor import Address
from ..hub.envelope import AnyEnvelope
from ..hub.pending_calls import ReplyTo
from ..store.events import RoomEvent

KIND: Final = "userInbox"
MOST_ENTRIES: Final = 10_000
"""Past that a waiting forward is dropped to a gap, and the room's entry read from the store."""


def address(user: str) -> Address:
    return Address(KIND, user)


@attrs.frozen
class Forward(Mergeable):
    """What was committed in a room: its log from ``from_rev`` (exclusive) to ``to_rev``, and what
    concerns this person alone (joining, reading). ``entries`` None is a gap: it must be read anew.
    ``replies`` are calls to be answered with the person's entry after that.
    """

    room: str
    from_rev: int
    to_rev: int
    entries: tuple[RoomEvent, ...] | None
    replies: tuple[ReplyTo, ...] = ()

    @property
    def merge_key(self) -> Hashable:
        return self.room

    @property
    def urgent(self) -> bool:
        return bool(self.replies)

    def merged(self, later: Self) -> Self:
        entries = None
        if (
            self.entries is not None
            and later.entries is not None
            and self.to_rev == later.from_rev
            and len(self.entries) + len(later.entries) <= MOST_ENTRIES
        ):
            entries = self.entries + later.entries
        replies = self.replies + later.replies
        return type(self)(self.room, self.from_rev, later.to_rev, entries, replies)


@attrs.frozen
class Eased(Mergeable):
    """A session that was not told of everything has space for more."""

    @property
    def merge_key(self) -> Hashable:
        return type(self)

    def merged(self, later: Self) -> Self:
        return later


InboxMail: TypeAlias = AnyEnvelope | Forward | Eased
