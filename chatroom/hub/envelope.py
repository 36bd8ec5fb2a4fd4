"""The mail that carries a session's call to a room or an inbox. Plain data."""

from typing import Any, Generic, TypeAlias, TypeVar

from ..frozen import frozen
from ..protocol.declaring import Call

C_co = TypeVar("C_co", bound=Call[Any], covariant=True)


@frozen
class ReplyTo:
    """The address for the reply to one call. Plain data, so that mail can carry it."""

    session: str
    call: int


@frozen
class Envelope(Generic[C_co]):
    """A call with its user and the address for its reply.

    :ivar user: the session's account, never a value from the call (I7).
    """

    user: str
    reply_to: ReplyTo
    call: C_co


AnyEnvelope: TypeAlias = Envelope[Call[Any]]
