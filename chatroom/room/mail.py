"""Mail of a room: envelopes with calls, and requests of the server itself. Plain data.

:func:`refuse` answers the mail that no room has handled.
"""

from typing import Final, TypeAlias

import attrs

from ..actors.actor import Address
from ..errors import unhandled
from ..hub.envelope import AnyEnvelope, Envelope, ReplyTo
from ..hub.hub import Hub
from ..store.news import RoomNews

KIND: Final = "room"


def address(room: str) -> Address:
    return Address(KIND, room)


@attrs.frozen
class Prune:
    """Remove old messages.

    :ivar keep_messages: number of messages to keep; None for all.
    :ivar before: remove messages older than this time, in ms since the epoch; None for no limit.
    """

    keep_messages: int | None
    before: int | None


@attrs.frozen
class Retire:
    """Delete the room, for an operator. The reply is None or a Refused."""

    reply_to: ReplyTo


@attrs.frozen
class HandOn:
    """Make somebody the owner, if no owner's account is enabled. The reply is None or a Refused."""

    reply_to: ReplyTo


@attrs.frozen
class Admit:
    """Make a user a member by an invitation. The reply is a result or a Refused.

    :ivar digest: of the invitation's code.
    """

    user: str
    digest: bytes
    reply_to: ReplyTo


@attrs.frozen
class ErasePerson:
    """Erase some of what a person who was erased has left in the room, the membership first. The
    reply is a Refused, or the seq before which to go on; None: nothing is left.

    :ivar before: look at messages before this seq; None: at all messages.
    """

    user: str
    before: int | None
    reply_to: ReplyTo


@attrs.frozen
class ReadAnew:
    """Read the room anew: the database may have lost the last commits."""


OwnMail: TypeAlias = Prune | Retire | HandOn | Admit | ErasePerson
"""Requests of the server itself."""
OthersMail: TypeAlias = RoomNews | ReadAnew
"""Consequences of what other nodes have committed."""
RoomMail: TypeAlias = AnyEnvelope | OwnMail | OthersMail


def is_own_batch(mail: RoomMail) -> bool:
    """Return whether the room handles this mail in a batch of its own."""
    if type(mail) is Envelope:
        return mail.call.declared.own_batch
    return type(mail) in (Retire, HandOn, Admit, ErasePerson)


def refuse(
    hub: Hub, batch: list[RoomMail], retry_after_s: float | None, cause: Exception | None
) -> None:
    """Refuse the calls and requests of a batch, as :attr:`.ActorType.refuse`. One that was
    answered before is not answered again."""
    for mail in batch:
        if isinstance(mail, Envelope | Retire | HandOn | Admit | ErasePerson):
            hub.reply(mail.reply_to, unhandled(retry_after_s, cause))
