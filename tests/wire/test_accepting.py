"""Accepting connections when the system reports errors."""

import errno
from typing import cast

import pytest
import trio
from trio.testing import MockClock, memory_stream_pair

from chatroom.errors import Refused
from chatroom.net.http_messages import Response
from chatroom.net.listener import REFUSAL_TIMEOUT_S, RetryingListener, refuse

from .clients import ScriptedPeer
from .http_server import GET, replies


class Failing:
    """A listener that raises these errors first, and then accepts."""

    def __init__(self, *numbers: int) -> None:
        self._numbers = list(numbers)
        self.stream = object()

    async def accept(self) -> object:
        await trio.lowlevel.checkpoint()
        if self._numbers:
            raise OSError(self._numbers.pop(0), "as asked")
        return self.stream


@pytest.mark.parametrize(
    "number", [errno.ECONNABORTED, errno.EPROTO, errno.ENETDOWN, errno.EHOSTUNREACH, errno.EPERM]
)
async def test_failed_connection_does_not_stop_accepting(
    number: int, autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Linux reports the error of a connection when it is accepted. It does not concern others."""
    failing = Failing(*[number] * 100)
    accepted = await RetryingListener(cast("trio.SocketListener", failing)).accept()
    assert cast("object", accepted) is failing.stream
    assert trio.current_time() < 30
    assert not caplog.records


async def test_listener_error_is_raised() -> None:
    failing = Failing(errno.EBADF)
    with pytest.raises(OSError, match="as asked"):
        await RetryingListener(cast("trio.SocketListener", failing)).accept()


async def test_out_of_descriptors_makes_room(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    asked = list[float]()

    def make_room() -> None:
        asked.append(trio.current_time())

    failing = Failing(*[errno.EMFILE] * 3)
    listener = RetryingListener(cast("trio.SocketListener", failing), make_room)
    assert cast("object", await listener.accept()) is failing.stream
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
