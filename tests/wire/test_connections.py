"""Limits of connections: which are admitted and which are evicted, with a settable clock."""

import attrs
import pytest

from chatroom.config import Rate
from chatroom.errors import Refused
from chatroom.net.connections import LOG_IN_GRACE_S, Connection, ConnectionLimits, Connections


@attrs.define
class Port:
    connections: Connections
    now: float = 0
    cut: list[str] = attrs.Factory(list)

    @classmethod
    def of(
        cls, all_: int | None = None, per_address: int | None = None, rate: Rate | None = None
    ) -> "Port":
        return cls(Connections(ConnectionLimits(all_, per_address, rate)))

    def enter(self, address: str, name: str = "", *, full: bool = False) -> Connection:
        name = name or address
        return self.connections.enter(address, self.now, lambda: self.cut.append(name), full=full)

    @property
    def counts(self) -> tuple[int, int]:
        """The number of connections, and of those that are not authenticated."""
        return len(self.connections), self.connections.unauthenticated

    def refused(self, address: str, *, full: bool = False) -> Refused:
        with pytest.raises(Refused) as caught:
            self.enter(address, full=full)
        assert caught.value.retry_after_ms
        return caught.value


def test_unauthenticated_connections_per_address_are_limited() -> None:
    port = Port.of(per_address=2)
    first, _ = port.enter("a"), port.enter("a")
    assert port.refused("a").reason == "rate_limited"
    port.enter("b")
    port.connections.authenticated(first)
    port.enter("a")
    assert port.refused("a").reason == "rate_limited"
    assert port.counts == (4, 3)


def test_authenticated_and_closed_connections_do_not_count() -> None:
    port = Port.of(all_=10, per_address=2, rate=Rate(burst=5, per_minute=60))
    for _ in range(1000):
        port.connections.authenticated(port.enter("office"))
    assert port.counts == (1000, 0)
    port = Port.of(all_=1, per_address=1)
    for _ in range(3):
        port.connections.leave(port.enter("a"))
    assert (port.counts, port.cut) == ((0, 0), [])


def test_idle_and_then_old_connections_are_evicted_before_others() -> None:
    port = Port.of(per_address=2)
    answering, idle = port.enter("a", "answering"), port.enter("a", "idle")
    answering.answering = idle.idle = True
    port.enter("a", "old")
    assert port.cut == ["idle"]
    port.now = LOG_IN_GRACE_S - 1
    assert port.refused("a").reason == "rate_limited"
    port.now = LOG_IN_GRACE_S
    port.enter("a", "new")
    assert port.cut == ["idle", "old"]
    assert port.refused("a").reason == "rate_limited"


def test_address_with_most_connections_is_evicted_first() -> None:
    port = Port.of(all_=4)
    port.enter("person")
    for number in range(3):
        port.enter("attacker", f"attacker {number}")
    port.enter("another")
    assert port.cut == ["attacker 0"]
    # If all addresses have one connection, a new one evicts nobody.
    port.enter("third")
    assert port.cut == ["attacker 0", "attacker 1"]
    assert port.refused("attacker").reason == "busy"
    assert port.refused("fifth").reason == "busy"
    port.now = LOG_IN_GRACE_S
    port.enter("fifth", "fifth")
    assert port.cut == ["attacker 0", "attacker 1", "person"]


def test_file_limit_refuses_new_connections() -> None:
    port = Port.of()
    port.connections.authenticated(port.enter("a", "authenticated"))
    assert port.refused("b", full=True).reason == "busy"
    assert not port.connections.make_room(port.now)
    port.enter("b", "waiting")
    port.now = LOG_IN_GRACE_S
    assert port.connections.make_room(port.now)
    assert port.cut == ["waiting"]
    port.enter("c", "more")
    assert port.refused("d", full=True).reason == "busy"


def test_rate_of_new_connections_is_limited() -> None:
    port = Port.of(rate=Rate(burst=2, per_minute=60))
    for _ in range(2):
        port.connections.leave(port.enter("a"))
    refused = port.refused("a")
    assert (refused.reason, refused.retry_after_ms) == ("rate_limited", 1000)
    port.enter("b")
    port.now = 1
    port.enter("a")
    assert port.refused("a").reason == "rate_limited"
    port.now = 60
    port.connections.forget_full(port.now)
    assert [port.enter("a"), port.enter("a")]
    assert port.refused("a").reason == "rate_limited"


def test_proxied_connections_count_for_their_clients() -> None:
    port = Port.of(per_address=1, rate=Rate(burst=2, per_minute=60))
    connections = [port.enter("", f"proxied {number}") for number in range(5)]

    def move(number: int, address: str, *, opens: bool = False) -> None:
        port.connections.move(connections[number], address, port.now, opens=opens)

    move(0, "a", opens=True)
    with pytest.raises(Refused):
        move(1, "a", opens=True)
    for address in ("b", "c"):  # one connection may serve several clients in succession
        move(1, address)
    move(2, "b")
    with pytest.raises(Refused):
        move(3, "c")
    port.connections.authenticated(connections[0])
    move(3, "a", opens=True)
    for connection in connections:
        port.connections.leave(connection)
    assert port.counts == (0, 0)
    assert port.cut == []


def test_evicted_connection_counts_until_it_has_closed() -> None:
    port = Port.of(per_address=1)
    old = port.enter("a", "old")
    old.idle = True
    new = port.enter("a", "new")
    assert port.counts == (2, 1)
    port.connections.authenticated(old)
    port.connections.leave(old)
    port.connections.leave(new)
    assert port.counts == (0, 0)
