"""Accepting connections, when the system says that one has gone wrong."""

import errno
from typing import cast

import pytest
import trio
from trio.testing import MockClock

from chatroom.wire.accepting import PatientListener


class Failing:
    """Fails so, and then lets somebody in."""

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
async def test_one_connection_that_went_wrong(
    number: int, autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Linux tells of it when it is accepted; the next one has nothing to do with it."""
    failing = Failing(*[number] * 100)
    accepted = await PatientListener(cast("trio.SocketListener", failing)).accept()
    assert cast("object", accepted) is failing.stream
    assert trio.current_time() < 30
    assert not caplog.records


async def test_what_is_wrong_with_the_listener_is_raised() -> None:
    failing = Failing(errno.EBADF)
    with pytest.raises(OSError, match="as asked"):
        await PatientListener(cast("trio.SocketListener", failing)).accept()
