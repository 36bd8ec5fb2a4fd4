"""What a room looks up in the store before it decides a call. Pure."""

from typing import Final

import attrs

from ..model import Member
from ..store.room_log import Written


@attrs.frozen
class Ahead:
    """What the room looked up in the store before the batch, for a call that is alone in it.

    :ivar successor: who owns the room if the caller does not: another owner, or the next one.
    :ivar has_successor: that was looked up.
    :ivar written: messages of the person that the call names.
    """

    successor: Member | None = None
    has_successor: bool = False
    written: Written = attrs.field(factory=Written)


NOTHING_AHEAD: Final = Ahead()
