"""Accepting connections when the system reports errors."""

import errno
from collections.abc import Callable, Sequence
from typing import cast

import pytest
import trio
from trio.testing import MockClock, memory_stream_pair

from chatroom.errors import Refused
from chatroom.net.http_messages import Response
from chatroom.net.listener import REFUSAL_TIMEOUT_S, RetryingListener, refuse

from .clients import ScriptedPeer
from .http_server import GET, replies


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
