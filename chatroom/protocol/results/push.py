"""Endpoints of notifications."""

from ...frozen import frozen
from ...model import PushOutcome


@frozen
class PushKey:
    """The public key of the server, in base64url: what a device gives to its push service as
    ``applicationServerKey``.
    """

    key: str


@frozen
class ListedEndpoint:
    """``label`` is that of the log-in that added it, ``current`` whether that is this session's.
    ``failing``: the last attempt failed.
    """

    endpoint: str
    created_at: int
    label: str
    current: bool
    failing: bool


@frozen
class PushEndpoints:
    endpoints: tuple[ListedEndpoint, ...]


@frozen
class PushTested:
    """``status`` is that of the push service's answer, if there was one."""

    outcome: PushOutcome
    status: int | None = None
