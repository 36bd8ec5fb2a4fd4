"""Push notifications: endpoints of accounts, and the notifications that wait for each of them."""

from collections.abc import Collection
from typing import Final, Protocol

import attrs

from ..model import Level, Notification, PushEndpoint

CONSUMER: Final = "push"
"""The log consumer that decides who is notified. It is registered with the first endpoint."""
MAX_AGE_MS: Final = 24 * 60 * 60 * 1000
"""Age of a message of which nobody is notified any more."""
MAX_ENDPOINTS: Final = 200
"""Maximum number of endpoints of an account, also without quotas."""
MAX_WAITING: Final = 200
"""Notifications that wait for one endpoint. Others are dropped."""


@attrs.frozen
class ListedEndpoint:
    """:ivar label: of the log-in.
    :ivar failing: the last attempt failed.
    """

    url: str
    created_at: int
    token_id: str
    label: str
    failing: bool


@attrs.frozen
class PushUse:
    """Whether there are endpoints, and whether the log consumer is registered."""

    endpoints: bool
    consumer: bool


@attrs.frozen
class Reached:
    """An endpoint of a member of a room."""

    user: str
    endpoint: int
    host: str
    level: Level
    read_seq: int


@attrs.frozen
class Waiting:
    """An endpoint for which notifications wait. ``retry_at``: in ms; 0 if it does not fail."""

    endpoint: int
    host: str
    retry_at: int


@attrs.frozen
class NotificationKey:
    """A notification that waits."""

    endpoint: int
    room: str
    seq: int


@attrs.frozen
class EndpointState:
    """How attempts at an endpoint went. Times are in ms.

    :ivar failures: those in a row.
    :ivar failing_since: the first of them; None if there is none.
    """

    failures: int = 0
    failing_since: int | None = None
    retry_at: int = 0


@attrs.frozen
class Turn:
    """The next step for an endpoint.

    :ivar endpoint: None: it is gone.
    :ivar ended: its log-in has ended, or its account is disabled.
    :ivar notification: None: there is none at present.
    :ivar unwanted: notifications before it that must not be sent any more.
    :ivar more: whether there are others after it.
    """

    endpoint: PushEndpoint | None
    state: EndpointState = EndpointState()
    key: NotificationKey | None = None
    notification: Notification | None = None
    unwanted: tuple[NotificationKey, ...] = ()
    more: bool = False
    ended: bool = False


@attrs.frozen
class Outcomes:
    """What came of attempts.

    :ivar done: notifications that were sent or dropped.
    :ivar gone: endpoints to remove, unless another log-in than this has added them meanwhile.
    """

    done: Collection[NotificationKey] = ()
    states: Collection[tuple[int, EndpointState]] = ()
    gone: Collection[tuple[int, str]] = ()


class PushStore(Protocol):
    async def push_key(self) -> str:
        """Return the private key by which push services know this server (RFC 8292), in base64url.
        It was made with the database."""

    async def add_push_endpoint(
        self, endpoint: PushEndpoint, host: str, *, maximum: int
    ) -> Waiting | None:
        """Add an endpoint, and register the log consumer, whose cursors begin at the present heads.

        An endpoint with that URL is replaced, but for its failures and its pause; if it was another
        account's, all of it is, with the notifications that wait for it. Return None if the account
        has ``maximum`` others.
        """

    async def remove_push_endpoint(self, user: str, url: str) -> None: ...

    async def push_endpoint(self, user: str, url: str) -> PushEndpoint | None: ...

    async def push_endpoints(self, user: str, now: int) -> list[ListedEndpoint]:
        """Return the endpoints of log-ins that have not ended, the oldest first."""

    async def push_use(self) -> PushUse: ...

    async def end_push_use(self) -> None:
        """Remove the log consumer if there is no endpoint."""

    async def reached(
        self, room: str, thread: int | None, seq: int, after: str, limit: int
    ) -> tuple[list[Reached], str | None]:
        """Return up to ``limit`` endpoints of members after ``after`` who have not read message
        ``seq`` of the main log, or who follow its ``thread`` and have not read it there. They are
        by user. Return also the user after whom to continue; None at the end.

        A user's endpoints are returned together, so ``limit`` must be more than
        :data:`MAX_ENDPOINTS`.
        The cost depends on the members of the room or on the endpoints of the server, whichever are
        fewer.
        """

    async def add_notifications(self, keys: Collection[NotificationKey]) -> int:
        """Let notifications wait. Those that wait already, those of endpoints that are gone or have
        :data:`MAX_WAITING`, and those of deleted rooms are left out. Return how many were."""

    async def waiting_endpoints(self) -> list[Waiting]: ...

    async def turn(self, endpoint: int, skipped: Collection[NotificationKey], now: int) -> Turn:
        """Return the next notification of an endpoint that is still wanted.

        The account is a member, follows the thread if the message is in one, has not read it, has
        a level that asks for it, and does not block its sender (I5). ``skipped`` are ignored.
        """

    async def save_outcomes(self, outcomes: Outcomes) -> None: ...
