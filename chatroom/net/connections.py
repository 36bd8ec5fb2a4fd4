"""How many connections there may be, and which one has to go when there are too many. No I/O.

A connection is unauthenticated until its session has connected with a good token; it counts against
its address until then, and no longer. So any number of people may share an address, as an office
does, while an attacker that only opens connections gets no further than the limit.

Past a limit there are two ways to make room, refusing the new connection or closing an old one.
If it only refused, an attacker with idle connections would keep everybody out. If it only closed,
an attacker who opens new ones fast enough would throw everybody out. So a connection is closed
where it is certain that it is not a person who is about to log in:

- one that waits between two HTTP requests: a browser opens another without a word;
- one that has been here for some seconds and is still not authenticated, nor being answered;
- where all addresses compete, the oldest of the address that holds most of them, if that has at
  least two more than the newcomer's. So a person who comes alone gets in, as long as one attacker
  has fewer addresses than there are places.

Where there is no such connection, the new one is refused.
"""

import math
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final

import attrs

from ..config import Rate
from ..errors import Refused
from .buckets import Buckets, Recent

SETTLING_S: Final = 3
"""A client that means to log in has done it in this time, on slow networks too."""
FULL_RETRY_S: Final = 5
MAX_LOOKED_AT: Final = 100
"""Connections that one newcomer makes this look at."""
MAX_KEPT_RATES: Final = 10_000
"""Addresses; past that the one that came longest ago is forgotten."""


@attrs.frozen
class ConnectionLimits:
    """None: no limit. ``rate`` is that of one address; a connection that authenticates is given
    back."""

    unauthenticated: int | None = None
    unauthenticated_per_address: int | None = None
    rate: Rate | None = None


@attrs.define(eq=False)
class Connection:
    """``answering``: a request is read and its answer has not left; ``idle``: it waits for the next
    request. ``address`` is empty for as long as a trusted proxy (``proxied``) has not said whose
    it is."""

    address: str
    since: float
    cut: Callable[[], None]
    answering: bool = False
    idle: bool = False
    proxied: bool = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.proxied = not self.address

    def may_go(self, now: float) -> bool:
        return not self.answering and (self.idle or now - self.since >= SETTLING_S)


class Connections:
    def __init__(self, limits: ConnectionLimits) -> None:
        self._limits = limits
        self._rates: Buckets | None = None
        if limits.rate is not None:
            self._rates = Buckets(limits.rate, full_at=Recent(MAX_KEPT_RATES))
        self._count = 0
        # Those that are unauthenticated, oldest first: all, by address, and the addresses by how
        # many they have.
        self._waiting: dict[Connection, None] = {}
        self._by_address: dict[str, dict[Connection, None]] = {}
        self._by_count: dict[int, dict[str, None]] = {}
        self.closed = 0
        """Connections that had to make room."""

    def __len__(self) -> int:
        """All that are open, authenticated ones too."""
        return self._count

    @property
    def unauthenticated(self) -> int:
        return len(self._waiting)

    def enter(
        self, address: str, now: float, cut: Callable[[], None], *, full: bool = False
    ) -> Connection:
        """A new connection. ``cut`` closes it at once; ``full``: no more can be open in all.

        :raises Refused: ``rate_limited`` for the address, ``busy`` for the server.
        """
        self._check_rate(address, now)
        self._make_room_at(address, now)
        most = self._limits.unauthenticated
        full = full or (most is not None and len(self._waiting) >= most)
        if full and not self._make_room(address, now):
            raise Refused("busy", "the server has no place left", FULL_RETRY_S * 1000)
        self._take(address, now)
        connection = Connection(address, now, cut)
        self._count += 1
        self._wait(connection)
        return connection

    def move(
        self, connection: Connection, address: str, now: float, *, opens: bool = False
    ) -> None:
        """A trusted proxy has said whose request came on the connection; ``opens``: it is one that
        takes the connection for itself, and counts as a new one of that address.

        :raises Refused: ``rate_limited``; the connection stays what it was.
        """
        if opens:
            self._check_rate(address, now)
        if connection.address != address and connection in self._waiting:
            self._make_room_at(address, now)
            self._stop_waiting(connection)
            connection.address = address
            self._wait(connection)
        if opens:
            self._take(address, now)

    def authenticated(self, connection: Connection) -> None:
        if connection in self._waiting:
            self._stop_waiting(connection)
            if self._rates is not None:
                self._rates.give_back(connection.address)

    def leave(self, connection: Connection) -> None:
        self._count -= 1
        if connection in self._waiting:
            self._stop_waiting(connection)

    def make_room(self, now: float) -> bool:
        """Close one that is unauthenticated, if any may go: nothing more can be opened."""
        return self._make_room("", now)

    def forget_full(self, now: float) -> None:
        """For housekeeping: an address that has its whole burst need not be kept."""
        if self._rates is not None:
            self._rates.forget_full(now)

    # ---- inside

    def _check_rate(self, address: str, now: float) -> None:
        if self._rates is None or not address:
            return
        if wait := self._rates.wait(address, now):
            message = "too many new connections from this address"
            raise Refused("rate_limited", message, math.ceil(wait * 1000))

    def _take(self, address: str, now: float) -> None:
        if self._rates is not None and address:
            self._rates.take(address, now)

    def _make_room_at(self, address: str, now: float) -> None:
        """:raises Refused: there are too many at that address, and none may go."""
        most, here = self._limits.unauthenticated_per_address, self._by_address.get(address)
        if most is None or not address or here is None or len(here) < most:
            return
        if not self._close(_spare(here, now)):
            message = "too many connections from this address have not logged in"
            raise Refused("rate_limited", message, SETTLING_S * 1000)

    def _make_room(self, address: str, now: float) -> bool:
        mine = len(self._by_address.get(address, ()))
        most = max(self._by_count, default=0)
        if most >= mine + 2:
            greediest = self._by_address[next(iter(self._by_count[most]))]
            if self._close(_spare(greediest, now) or _oldest(greediest)):
                return True
        return self._close(_spare(self._waiting, now))

    def _close(self, connection: Connection | None) -> bool:
        if connection is None:
            return False
        self._stop_waiting(connection)
        self.closed += 1
        connection.cut()
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


def _spare(connections: Iterable[Connection], now: float) -> Connection | None:
    looked_at = islice(connections, MAX_LOOKED_AT)
    return next((each for each in looked_at if each.may_go(now)), None)


def _oldest(connections: Iterable[Connection]) -> Connection | None:
    return next((each for each in connections if not each.answering), None)
