"""Python modules run in forked processes, which need not import what a server imports.

That takes half a second of CPU, in each of the hundreds of servers that tests start. Here one
process, :mod:`multiprocessing`'s fork server, imports it once for each process of pytest.
"""

import os
import runpy
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Final

_FORKING: Final = get_context("forkserver")
_FORKING.set_forkserver_preload(["__main__", "chatroom.cli.commands", "chatroom.server"])


class ForkedProcess:
    """``python -m module arguments``, with what :class:`subprocess.Popen` has of the same name.

    :param log: its standard error is appended to it.
    """

    def __init__(
        self, module: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path
    ) -> None:
        self.args: Final = (module, *arguments)
        self.stdout, output = _FORKING.Pipe(duplex=False)
        self._process = _FORKING.Process(
            target=_run, args=(module, arguments, dict(environment), output, log), daemon=True
        )
        self._process.start()
        output.close()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def ended(self) -> int:
        """A file descriptor that is readable once the process has ended."""
        return self._process.sentinel

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
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
    output: Connection,
    log: Path,
) -> None:
    """Be that process."""
    with log.open("ab") as error:
        os.dup2(error.fileno(), 2)
    os.dup2(output.fileno(), 1)
    output.close()
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[1:] = arguments
    runpy.run_module(module, run_name="__main__", alter_sys=True)
