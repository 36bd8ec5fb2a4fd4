"""What a client is told unasked."""

from typing import TypeAlias

import attrs

from ..model import Message
from ..protocol.events import MemberChanged, Presence, TokenExpiring, Typing
from ..protocol.results import InboxEntry


@attrs.frozen
class NewMessage:
    """A message seen for the first time: in each room once each, ascending by seq.

    One that was edited or deleted before it was seen comes as it is now.
    """

    message: Message


@attrs.frozen
class MessageChanged:
    """A message seen before was edited or deleted: ``message`` is the whole of it, as it is now."""

    message: Message


@attrs.frozen
class Resynced:
    """What was missed cannot be told one by one; ``messages`` take its place, and what is new goes
    on after them. They are the latest, or what was kept of the missed ones.

    ``reason`` is ``epoch_changed`` (the server was restored from a backup), ``ahead`` (it lost
    what had been seen) or ``pruned`` (the missed messages are no longer kept).
    """

    room: str
    reason: str
    messages: tuple[Message, ...]


@attrs.frozen
class Unread:
    """An inbox entry that changed."""

    entry: InboxEntry


@attrs.frozen
class ConnectionChanged:
    """``connected`` False: calls wait, and what happens is caught up with afterwards."""

    connected: bool


Event: TypeAlias = (
    NewMessage
    | MessageChanged
    | Resynced
    | Unread
    | Typing
    | Presence
    | MemberChanged
    | ConnectionChanged
    | TokenExpiring
)
