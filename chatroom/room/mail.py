"""What a room is sent: envelopes with calls, and what the server itself asks of it. Plain data."""

from typing import Final, TypeAlias

import attrs

from ..actors.supervisor import Address
from ..hub.envelope import AnyEnvelope, Envelope
from ..hub.pending_calls import ReplyTo

KIND: Final = "room"


def address(room: str) -> Address:
    return Address(KIND, room)


@attrs.frozen
class Prune:
    """Keep that many messages, and none older than ``before`` (ms)."""

    keep_messages: int | None
    before: int | None


@attrs.frozen
class Retire:
    """From an operator: delete the room. The reply is None or a Refused."""

    reply_to: ReplyTo


RoomMail: TypeAlias = AnyEnvelope | Prune | Retire


def is_own_batch(mail: RoomMail) -> bool:
    """Whether the room handles it in a batch by itself."""
    if type(mail) is Envelope:
        return mail.call.declared.own_batch
    return type(mail) is Retire
