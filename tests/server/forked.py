"""Python modules run in forked processes, which need not import what a server or a command imports.

That takes half a second of CPU, in each of the hundreds of processes that tests start. Here one
process, :mod:`multiprocessing`'s fork server, imports it once for each process of pytest.
"""

import os
import runpy
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from subprocess import TimeoutExpired
from threading import Lock
from typing import IO, Final

_FORKING: Final = get_context("forkserver")
_FORKING.set_forkserver_preload(["__main__", "tests.server.imported"])
_LOCK: Final = Lock()
"""Held while exit codes are read, since a start reads those of all processes."""


class ForkedProcess:
    """``python -m module arguments``, with what :class:`subprocess.Popen` has of the same name.

    :param streams: its standard input, output and error.
    :param directory: its working directory.
    :param held: it waits for :meth:`go_on` before it does anything.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        streams: Sequence[IO[bytes]],
        directory: Path,
        *,
        held: bool = False,
    ) -> None:
        self.args: Final = (module, *arguments)
        gate, self._gate = _FORKING.Pipe(duplex=False)
        passed = [Connection(os.dup(stream.fileno())) for stream in streams]
        self._process = _FORKING.Process(
            target=_run,
            args=(module, arguments, dict(environment), passed, directory, gate),
            daemon=True,
        )
        with _LOCK:
            self._process.start()
        for connection in (*passed, gate):
            connection.close()
        if not held:
            self.go_on()

    def go_on(self) -> None:
        self._gate.close()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def ended(self) -> int:
        """A file descriptor that is readable once the process has ended."""
        return self._process.sentinel

    def poll(self) -> int | None:
        with _LOCK:
            return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        wait([self.ended], timeout)
        code = self.poll()
        if code is None:
            raise TimeoutExpired(self.args, timeout or 0)
        return code

    def send_signal(self, how: signal.Signals) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):  # the fork server has waited for it before us
                os.kill(self.pid, how)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _run(
    module: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    streams: Sequence[Connection],
    directory: Path,
    gate: Connection,
) -> None:
    """Be that process, in a session of its own, once the other end of the gate is closed."""
    wait([gate])
    gate.close()
    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream.fileno(), number)
        stream.close()
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - open until exit
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(directory)
    sys.argv[1:] = arguments
    runpy.run_module(module, run_name="__main__", alter_sys=True)
