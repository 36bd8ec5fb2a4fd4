"""Calls about the session itself."""

from ...frozen import frozen
from ..declaring import SessionCall, call
from ..field_types import Secret
from ..results import Connected


@call("connect", when_read_only=True)
@frozen
class Connect(SessionCall[Connected]):
    """The first call, once: who this session is. The token may be left out if the upgrade request
    had it as a bearer token.
    """

    token: Secret | None = None
