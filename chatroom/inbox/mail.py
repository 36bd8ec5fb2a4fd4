"""Mail of an inbox: envelopes with its owner's calls, forwards from rooms, and news of other nodes.
Plain data. :func:`refuse` answers the mail that no inbox has handled.
"""

from collections.abc import Hashable
from typing import Final, Self, TypeAlias

from ..actors.actor import Address
from ..actors.mailbox import Mergeable
from ..errors import unhandled
from ..frozen import frozen
from ..hub.envelope import AnyEnvelope, Envelope, ReplyTo
from ..hub.hub import Hub
from ..model import User
from ..store.events import RoomEvent
from ..store.news import InboxNews

KIND: Final = "userInbox"
MAX_ENTRIES: Final = 10_000
"""Maximum number of events in a waiting forward. A longer one becomes a gap, and the inbox reads
the room's entry from the store."""


def address(user: str) -> Address:
    return Address(KIND, user)


@frozen
class Forward(Mergeable):
    """Commits of a room: its log from ``from_rev`` (exclusive) to ``to_rev``, and events that
    concern only this person, such as joining and reading.

    :ivar entries: the events; None for a gap, after which the room's entry must be read again.
    :ivar replies: calls to answer with the room's entry after these events.
    """

    room: str
    from_rev: int
    to_rev: int
    entries: tuple[RoomEvent, ...] | None
    replies: tuple[ReplyTo, ...] = ()

    @property
    def merge_key(self) -> Hashable:
        return self.room

    def merged(self, later: Self) -> Self:
        entries = None
        if (
            self.entries is not None
            and later.entries is not None
            and self.to_rev == later.from_rev
            and len(self.entries) + len(later.entries) <= MAX_ENTRIES
        ):
            entries = self.entries + later.entries
        replies = self.replies + later.replies
        return type(self)(self.room, self.from_rev, later.to_rev, entries, replies)


@frozen
class Eased(Mergeable):
    """Notice that a session to which not everything was sent has space again."""

    @property
    def merge_key(self) -> Hashable:
        return type(self)

    def merged(self, later: Self) -> Self:
        return later


@frozen
class PartnerChanged(Mergeable):
    """The other person of a direct room, after a change of the profile."""

    room: str
    partner: User

    @property
    def merge_key(self) -> Hashable:
        return type(self), self.room

    def merged(self, later: Self) -> Self:
        return later


InboxMail: TypeAlias = AnyEnvelope | Forward | Eased | PartnerChanged | InboxNews


def refuse(
    hub: Hub, batch: list[InboxMail], retry_after_s: float | None, cause: Exception | None
) -> None:
    """Refuse the calls of a batch, as :attr:`.ActorType.refuse`. One that was answered before is
    not answered again. A forward without replies needs nothing: the inbox reads it from the store
    later.
    """
    for mail in batch:
        if isinstance(mail, Envelope):
            hub.reply(mail.reply_to, unhandled(retry_after_s, cause))
        elif isinstance(mail, Forward):
            for reply_to in mail.replies:  # what they asked for is committed
                hub.reply(reply_to, unhandled(retry_after_s, None))
