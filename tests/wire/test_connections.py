"""Connections: which are accepted, admitted and evicted."""

import errno
from collections.abc import Callable, Sequence
from typing import cast

import attrs
import pytest
import trio
from trio.testing import MockClock, memory_stream_pair

from chatroom.errors import Refused
from chatroom.limit_settings import Rate
from chatroom.net.connections import LOG_IN_GRACE_S, Connection, ConnectionLimits, Connections
from chatroom.net.http_messages import Response
from chatroom.net.listener import REFUSAL_TIMEOUT_S, RetryingListener, refuse

from .clients import ScriptedPeer
from .http_server import GET, replies


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


# ---- accepting, when the system reports errors


async def accept_after(
    numbers: Sequence[int], make_room: Callable[[], None] = lambda: None
) -> None:
    """Accept from a listener that raises these errors first."""
    errors, stream = list(numbers), object()

    class Failing:
        async def accept(self) -> object:
            await trio.lowlevel.checkpoint()
            if errors:
                raise OSError(errors.pop(0), "as asked")
            return stream

    listener = RetryingListener(cast("trio.SocketListener", Failing()), make_room)
    assert cast("object", await listener.accept()) is stream


@pytest.mark.parametrize(
    "number", [errno.ECONNABORTED, errno.EPROTO, errno.ENETDOWN, errno.EHOSTUNREACH, errno.EPERM]
)
async def test_failed_connection_does_not_stop_accepting(
    number: int, autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Linux reports the error of a connection when it is accepted. It does not concern others."""
    await accept_after([number] * 100)
    assert trio.current_time() < 30
    assert not caplog.records


async def test_listener_error_is_raised() -> None:
    with pytest.raises(OSError, match="as asked"):
        await accept_after([errno.EBADF])


async def test_out_of_descriptors_makes_room(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    asked = list[float]()
    await accept_after([errno.EMFILE] * 3, lambda: asked.append(trio.current_time()))
    assert asked == pytest.approx([0, 0.1, 0.2])
    assert len(caplog.records) == 1


async def test_refused_connection_gets_a_reason(autojump_clock: MockClock) -> None:
    refused = Refused("busy", "no place", 5000)
    for pieces in ([GET], [GET, GET], []):
        stream = ScriptedPeer(pieces)
        await refuse(stream, Response.json_error(503, refused))
        [reply] = replies(stream.sent)
        assert (reply.status, reply.reason) == (503, "busy")
        assert reply.headers["retry-after"] == "5"
        assert reply.headers["connection"] == "close"


async def test_refused_connection_that_stays_is_cut_off(autojump_clock: MockClock) -> None:
    client, server = memory_stream_pair()
    await refuse(server, Response(503))
    assert trio.current_time() == REFUSAL_TIMEOUT_S
    assert await client.receive_some() != b""
    assert await client.receive_some() == b""
