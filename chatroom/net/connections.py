"""Limits on the number of connections, and the choice of the one to evict at a limit. No I/O.

A connection is unauthenticated until its session has connected with a valid token. Only
unauthenticated connections count against their address. Any number of people may therefore share
an address, as in an office, and an attacker who only opens connections stops at the limit.

At a limit, either the new connection is refused or an old one is closed. Always refusing would let
an attacker with idle connections keep everybody out. Always closing would let an attacker who opens
connections fast enough disconnect everybody. An old connection is therefore closed only if it
cannot be a person about to log in:

- a connection idle between two HTTP requests: a browser opens another silently;
- a connection that has been open for :data:`LOG_IN_GRACE_S`, is still unauthenticated and has no
  request in progress;
- at a limit of the whole server, the oldest connection of the address with most unauthenticated
  ones, if that address has at least two more than the new connection's. A person alone at an
  address gets in as long as an attacker has fewer addresses than the server accepts connections.

If there is no such connection, the new one is refused.
"""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final

import attrs

from ..errors import Refused, rate_limited
from ..limit_settings import Rate
from .buckets import BoundedDict, Buckets

LOG_IN_GRACE_S: Final = 3
"""Enough for a client to log in, on slow networks too."""
FULL_RETRY_S: Final = 5
MAX_EXAMINED: Final = 100
"""Connections examined for eviction per new connection."""
MAX_RATE_ADDRESSES: Final = 10_000
"""Addresses whose rate of new connections is tracked; a further one evicts the oldest."""


@attrs.frozen
class ConnectionLimits:
    """``rate`` limits new connections per address; authenticating refunds one. None: no limit."""

    unauthenticated: int | None = None
    unauthenticated_per_address: int | None = None
    rate: Rate | None = None


@attrs.define(eq=False)
class Connection:
    """State of one open connection.

    :ivar address: empty until a trusted proxy names the client (``proxied``).
    :ivar answering: a request has been read and its answer is not sent yet.
    :ivar idle: waiting for the next request.
    """

    address: str
    since: float
    abort: Callable[[], None]
    answering: bool = False
    idle: bool = False
    proxied: bool = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.proxied = not self.address

    def is_evictable(self, now: float) -> bool:
        return not self.answering and (self.idle or now - self.since >= LOG_IN_GRACE_S)


class Connections:
    def __init__(self, limits: ConnectionLimits) -> None:
        self._limits = limits
        self._rates: Buckets | None = None
        if limits.rate is not None:
            self._rates = Buckets(limits.rate, full_at=BoundedDict(MAX_RATE_ADDRESSES))
        self._count = 0
        # Unauthenticated connections, oldest first: all of them, and by address. The addresses by
        # their number of unauthenticated connections.
        self._waiting: dict[Connection, None] = {}
        self._by_address: dict[str, dict[Connection, None]] = {}
        self._by_count: dict[int, dict[str, None]] = {}
        self.closed = 0
        """Connections closed to make room."""
        self.accepted = 0

    def __len__(self) -> int:
        """Open connections, authenticated or not."""
        return self._count

    @property
    def unauthenticated(self) -> int:
        return len(self._waiting)

    def enter(
        self, address: str, now: float, abort: Callable[[], None], *, full: bool = False
    ) -> Connection:
        """Add a new connection.

        :param abort: closes the connection at once.
        :param full: the server cannot have more open connections.
        :raises Refused: ``rate_limited`` for the address, ``busy`` for the server.
        """
        self._check_rate(address, now)
        self._make_room_at(address, now)
        limit = self._limits.unauthenticated
        full = full or (limit is not None and len(self._waiting) >= limit)
        if full and not self._make_room(address, now):
            raise Refused("busy", "the server has too many connections", FULL_RETRY_S * 1000)
        self._spend_rate(address, now)
        connection = Connection(address, now, abort)
        self._count += 1
        self.accepted += 1
        self._wait(connection)
        return connection

    def move(
        self, connection: Connection, address: str, now: float, *, opens: bool = False
    ) -> None:
        """Count a proxy's connection under the client's address of its latest request.

        :param opens: the request upgrades the connection, so it counts as a new connection of that
            address.
        :raises Refused: ``rate_limited``; the connection is unchanged.
        """
        if opens:
            self._check_rate(address, now)
        if connection.address != address and connection in self._waiting:
            self._make_room_at(address, now)
            self._stop_waiting(connection)
            connection.address = address
            self._wait(connection)
        if opens:
            self._spend_rate(address, now)

    def authenticated(self, connection: Connection) -> None:
        if connection in self._waiting:
            self._stop_waiting(connection)
            if self._rates is not None:
                self._rates.refund(connection.address)

    def leave(self, connection: Connection) -> None:
        self._count -= 1
        if connection in self._waiting:
            self._stop_waiting(connection)

    def make_room(self, now: float) -> bool:
        """Close one evictable connection. Returns False if there is none."""
        return self._make_room("", now)

    def forget_full(self, now: float) -> None:
        """Drop the rate entries of addresses whose burst is full again."""
        if self._rates is not None:
            self._rates.forget_full(now)

    # ---- inside

    def _check_rate(self, address: str, now: float) -> None:
        if self._rates is None or not address:
            return
        if wait := self._rates.wait(address, now):
            raise rate_limited(wait, "too many new connections from this address")

    def _spend_rate(self, address: str, now: float) -> None:
        if self._rates is not None and address:
            self._rates.spend(address, now)

    def _make_room_at(self, address: str, now: float) -> None:
        """:raises Refused: the address is at its limit, and none of its connections can go."""
        limit, here = self._limits.unauthenticated_per_address, self._by_address.get(address)
        if limit is None or not address or here is None or len(here) < limit:
            return
        if not self._close(_first_evictable(here, now)):
            message = "too many connections from this address have not logged in"
            raise rate_limited(LOG_IN_GRACE_S, message)

    def _make_room(self, address: str, now: float) -> bool:
        own_count = len(self._by_address.get(address, ()))
        max_count = max(self._by_count, default=0)
        if max_count >= own_count + 2:
            largest = self._by_address[next(iter(self._by_count[max_count]))]
            if self._close(_first_evictable(largest, now) or _oldest_unanswered(largest)):
                return True
        return self._close(_first_evictable(self._waiting, now))

    def _close(self, connection: Connection | None) -> bool:
        if connection is None:
            return False
        self._stop_waiting(connection)
        self.closed += 1
        connection.abort()
        return True

    def _wait(self, connection: Connection) -> None:
        self._waiting[connection] = None
        if connection.address:
            here = self._by_address.setdefault(connection.address, {})
            here[connection] = None
            self._recount(connection.address, len(here) - 1, len(here))

    def _stop_waiting(self, connection: Connection) -> None:
        del self._waiting[connection]
        if connection.address:
            here = self._by_address[connection.address]
            del here[connection]
            self._recount(connection.address, len(here) + 1, len(here))
            if not here:
                del self._by_address[connection.address]

    def _recount(self, address: str, before: int, after: int) -> None:
        if before:
            same = self._by_count[before]
            del same[address]
            if not same:
                del self._by_count[before]
        if after:
            self._by_count.setdefault(after, {})[address] = None


def _first_evictable(connections: Iterable[Connection], now: float) -> Connection | None:
    examined = islice(connections, MAX_EXAMINED)
    return next((each for each in examined if each.is_evictable(now)), None)


def _oldest_unanswered(connections: Iterable[Connection]) -> Connection | None:
    return next((each for each in connections if not each.answering), None)
