"""The benchmarks with servers that are forked: ``python -m tests.bench.forked NAME``.

Their start takes a fifth of the CPU, and there are more than twenty of them.
"""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import attrs
import trio

from bench import server
from bench.__main__ import main

from ..server.commands import ENVIRONMENT, launched
from ..server.forked import ForkedProcess

MODULE: Final = "chatroom.cli"
"""Other modules import more than the process that forks has imported."""
START_PROCESS: Final = server.start_process


@attrs.frozen
class Started:
    """What :func:`bench.server.running` uses of a process."""

    process: ForkedProcess
    stdout: trio.abc.ReceiveStream

    @property
    def pid(self) -> int:
        return self.process.pid

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)


def start(command: Sequence[str], checkout: Path) -> Started:
    read, write = os.pipe()
    with open(os.devnull, "rb") as nothing, open(write, "wb") as output:
        streams = nothing, output, sys.stderr.buffer
        process = launched(command, ENVIRONMENT, streams, checkout)
    assert isinstance(process, ForkedProcess)
    return Started(process, trio.lowlevel.FdStream(read))


async def start_process(
    command: Sequence[str], checkout: Path, *, task_status: trio.TaskStatus[Any]
) -> None:
    if MODULE not in command:
        await START_PROCESS(command, checkout, task_status=task_status)
        return
    started = start(command, checkout)
    try:
        async with started.stdout:
            task_status.started(started)
            await trio.lowlevel.wait_readable(started.process.ended)
    finally:
        started.process.kill()


if __name__ == "__main__":
    setattr(server, "start_process", start_process)  # noqa: B010 - as in tests/quick_hasher.py
    main()
