"""Notifications of messages that somebody has not read: START HERE.

- :mod:`.decider`, a log consumer, decides after the grace time who is notified of a message.
- :mod:`.sender` sends what was decided: :mod:`.schedule` says when, :mod:`.ledger` keeps what came
  of it.
- :mod:`.keys` and :mod:`.requests` make a request, :mod:`chatroom.net.outgoing` sends it.

Until an account adds an endpoint, nothing of this runs, and the consumer is not registered.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

import attrs
import trio

from ..config import Config
from ..consumers.runner import ConsumerRunner
from ..errors import Refused, StorageFailed
from ..model import PushEndpoint
from ..store.consumers import ConsumerStore
from ..store.push import MAX_ENDPOINTS, ListedEndpoint, PushStore
from .decider import Decider, push_consumer
from .requests import PushText, text_of_test
from .sender import GONE, Attempted, IsWanted, Sender

if TYPE_CHECKING:
    from ..net.outgoing import Answered
    from .keys import ServerKey

logger = logging.getLogger(__name__)

MAX_TESTS: Final = 8
"""Test notifications at the same time."""
RETRY_S: Final = 5.0
CLOSE_S: Final = 2.0
"""Time to close connections at the end."""


class PushedStore(PushStore, ConsumerStore, Protocol):
    """The store of notifications and of their log consumer."""


class Poster(Protocol):
    """Sends requests: see :class:`chatroom.net.outgoing.Outgoing`."""

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, wanted: IsWanted
    ) -> "Answered": ...

    async def aclose(self) -> None: ...


@attrs.frozen
class PushSettings:
    """See :class:`chatroom.config.Config`."""

    grace_s: float
    contact: str | None
    allows_private: bool
    shows_text: bool
    max_endpoints: int

    @classmethod
    def of(cls, config: Config) -> "PushSettings":
        quotas = config.enforced
        return cls(
            grace_s=config.push_grace_s,
            contact=config.push_contact,
            allows_private=config.push_allow_private == "on",
            shows_text=config.push_text == "on",
            max_endpoints=min((quotas and quotas.push_endpoints) or MAX_ENDPOINTS, MAX_ENDPOINTS),
        )


class Push:
    """
    :param clock: returns ms since the epoch.
    :param poster: made when the first endpoint is there; None for requests over the network.
    :param cpu_s: see :class:`.consumers.pace.Pace`.
    """

    def __init__(
        self,
        store: PushedStore,
        settings: PushSettings,
        clock: Callable[[], int],
        *,
        poster: Callable[[], Poster] | None = None,
        cpu_s: Callable[[], float] | None = None,
    ) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._make_poster = poster or self._outgoing
        self._added = trio.Event()
        self._runs = False
        self._tests = trio.Semaphore(MAX_TESTS)
        self._poster: Poster | None = None
        self._key: ServerKey | None = None
        self.sender: Final = Sender(store, self._attempt, clock, shows_text=settings.shows_text)
        self.decider: Final = Decider(store, clock, self.sender.schedule.add)
        consumer = push_consumer(self.decider, clock, settings.grace_s, cpu_s)
        self.runner: Final = ConsumerRunner(consumer, store)

    async def run(self) -> None:
        """Decide and send until cancelled, from the first endpoint on.

        :raises StorageFailed: the process must end.
        """
        await self._wait_for_endpoints()
        self._runs = True
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self.sender.run)
                nursery.start_soon(self.runner.run)
        finally:
            if self._poster is not None:
                with trio.move_on_after(CLOSE_S, shield=True):
                    await self._poster.aclose()

    async def look_again(self) -> None:
        """Find what other nodes have added to the store."""
        if self._runs:
            await self.sender.find()
        elif (await self._store.push_use()).endpoints:
            self._added.set()

    async def _wait_for_endpoints(self) -> None:
        while not self._added.is_set():
            try:
                use = await self._store.push_use()
                if use.endpoints:
                    return
                if use.consumer:
                    await self._store.end_push_use()
            except StorageFailed:
                raise
            except Exception as error:
                logger.warning("endpoints of notifications not found: %s", error)
                with trio.move_on_after(RETRY_S):
                    await self._added.wait()
            else:
                await self._added.wait()

    # ---- calls

    async def public_key(self) -> str:
        """Return what a device gives to its push service."""
        return (await self._server_key()).public

    async def add(self, endpoint: PushEndpoint) -> None:
        """:raises Refused: the endpoint is invalid, or there are too many."""
        from .keys import is_public_key

        host = self._checked_host(endpoint.url)
        if not is_public_key(endpoint.p256dh):
            raise Refused("invalid_params", "p256dh: must be a point of the curve P-256")
        waiting = await self._store.add_push_endpoint(
            endpoint, host, maximum=self._settings.max_endpoints
        )
        if waiting is None:
            raise Refused("quota_exceeded", "you have reached the limit of endpoints")
        # Notifications may wait for it, which another log-in was to get.
        self.sender.add_waiting(waiting)
        self._added.set()

    async def remove(self, user: str, url: str) -> None:
        await self._store.remove_push_endpoint(user, url)

    async def endpoints(self, user: str) -> list[ListedEndpoint]:
        return await self._store.push_endpoints(user, self._clock())

    async def test(self, user: str, url: str) -> Attempted:
        """Send a test notification to an endpoint of the user.

        :raises Refused: there is no such endpoint.
        """
        endpoint = await self._store.push_endpoint(user, url)
        if endpoint is None:
            raise Refused("not_found", "endpoint: you have no such endpoint")
        async with self._tests:
            text = text_of_test(user, self._clock())
            return await self._attempt(endpoint, text, _always) or Attempted("failed")

    def _checked_host(self, url: str) -> str:
        """Return the host of an endpoint's URL.

        :raises Refused: the URL is invalid, or its host is an address that must not be reached.
        """
        from ..net.checked_backend import is_public

        try:
            parts = urlsplit(url)
            host = parts.hostname
            parts.port  # noqa: B018 (raises a ValueError)
        except ValueError:
            host = None
        if not host or parts.username is not None or parts.fragment:
            raise Refused("invalid_params", "endpoint: must be https://HOST/PATH")
        if not self._settings.allows_private:
            if parts.scheme != "https":
                raise Refused("invalid_params", "endpoint: must be https://HOST/PATH")
            with suppress(ValueError):  # a name, which is resolved for each connection
                if not is_public(host):
                    raise Refused("invalid_params", "endpoint: must have a public address")
        return host.lower()

    # ---- requests

    async def _attempt(
        self, endpoint: PushEndpoint, text: PushText, wanted: IsWanted
    ) -> Attempted | None:
        # Lazy imports: servers without endpoints save 25 ms and some MB.
        from ..net.outgoing import Unreachable, Withdrawn
        from .keys import encrypt

        key = await self._server_key()
        if self._poster is None:
            self._poster = self._make_poster()
        try:
            self._checked_host(endpoint.url)  # as the settings are now
            answered = await self._poster.post(
                endpoint.url,
                {**text.headers, "Authorization": key.authorization(endpoint.url)},
                encrypt(text.plain, endpoint.p256dh, endpoint.auth),
                wanted,
            )
        except Withdrawn:
            return None
        except (Unreachable, Refused) as error:
            logger.debug("endpoint not reached: %s", error)
            return Attempted("failed")
        status = answered.status
        if 200 <= status < 300:
            return Attempted("sent", status)
        return Attempted("gone" if status in GONE else "failed", status, answered.retry_after_s)

    async def _server_key(self) -> "ServerKey":
        from .keys import ServerKey

        if self._key is None:
            key = await self._store.push_key()
            self._key = ServerKey(key, self._settings.contact, self._clock)
        return self._key

    def _outgoing(self) -> Poster:
        from ..net.checked_backend import CheckedBackend, is_public
        from ..net.outgoing import Outgoing

        permits = (lambda _: True) if self._settings.allows_private else is_public
        return Outgoing(CheckedBackend(permits))


async def _always() -> bool:
    return True
