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
    assert (len(port.connections), port.connections.unauthenticated) == (4, 3)


def test_authenticated_connections_do_not_count() -> None:
    port = Port.of(all_=10, per_address=2, rate=Rate(burst=5, per_minute=60))
    for _ in range(1000):
        port.connections.authenticated(port.enter("office"))
    assert (len(port.connections), port.connections.unauthenticated) == (1000, 0)
    assert port.cut == []


def test_closed_connection_frees_its_place() -> None:
    port = Port.of(all_=1, per_address=1)
    for _ in range(3):
        connection = port.enter("a")
        port.connections.leave(connection)
    assert len(port.connections) == 0
    assert port.cut == []


def test_oldest_unauthenticated_connection_is_evicted() -> None:
    port = Port.of(per_address=2)
    port.enter("a", "old")
    port.now = LOG_IN_GRACE_S - 1
    port.enter("a", "new")
    assert port.refused("a").reason == "rate_limited"
    port.now = LOG_IN_GRACE_S
    port.enter("a")
    assert port.cut == ["old"]
    assert port.refused("a").reason == "rate_limited"


def test_idle_connection_is_evicted_before_a_busy_one() -> None:
    port = Port.of(per_address=2)
    answering, idle = port.enter("a", "answering"), port.enter("a", "idle")
    answering.answering = idle.idle = True
    port.enter("a", "newest")
    assert port.cut == ["idle"]
    port.now = LOG_IN_GRACE_S
    port.enter("a")
    assert port.cut == ["idle", "newest"]


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
    port.connections.move(connections[0], "a", port.now, opens=True)
    with pytest.raises(Refused):
        port.connections.move(connections[1], "a", port.now, opens=True)
    port.connections.move(connections[1], "b", port.now)
    # One connection may serve several clients in succession.
    port.connections.move(connections[1], "c", port.now)
    port.connections.move(connections[2], "b", port.now)
    with pytest.raises(Refused):
        port.connections.move(connections[3], "c", port.now)
    port.connections.authenticated(connections[0])
    port.connections.move(connections[3], "a", port.now, opens=True)
    for connection in connections:
        port.connections.leave(connection)
    assert (len(port.connections), port.connections.unauthenticated) == (0, 0)
    assert port.cut == []


def test_evicted_connection_counts_until_it_has_closed() -> None:
    port = Port.of(per_address=1)
    old = port.enter("a", "old")
    old.idle = True
    new = port.enter("a", "new")
    assert (len(port.connections), port.connections.unauthenticated) == (2, 1)
    port.connections.authenticated(old)
    port.connections.leave(old)
    port.connections.leave(new)
    assert (len(port.connections), port.connections.unauthenticated) == (0, 0)
