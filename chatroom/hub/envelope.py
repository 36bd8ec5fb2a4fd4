"""A call of a session on its way to a room or an inbox. Plain data."""

from typing import Any, Generic, TypeAlias, TypeVar

import attrs

from ..protocol.declaring import Call
from .pending_calls import ReplyTo

C_co = TypeVar("C_co", bound=Call[Any], covariant=True)


@attrs.frozen
class Envelope(Generic[C_co]):
    """``user`` is the session's identity, never taken from the call (I7)."""

    user: str
    reply_to: ReplyTo
    call: C_co


AnyEnvelope: TypeAlias = Envelope[Call[Any]]
