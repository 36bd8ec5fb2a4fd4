"""Processes of tests: forked if that can be, and ``chatroom`` commands run to their end."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Final, TypeAlias

import attrs
import trio

import chatroom

from ..client import DEADLINE_S
from .forked import ForkedProcess

COMMAND: Final = [sys.executable, "-m", "chatroom.cli"]
QUICK: Final = [sys.executable, "-m", "tests.quick_hasher"]
"""The same with passwords hashed, and files of the page compressed, at minimal cost."""
ENVIRONMENT: Final = {
    **{name: value for name, value in os.environ.items() if not name.startswith("CHATROOM_")},
    "PYTHONPATH": str(Path(chatroom.__file__).parent.parent),
}
_PATH: Final = ENVIRONMENT["PYTHONPATH"]
Process: TypeAlias = subprocess.Popen[bytes] | ForkedProcess


def launched(
    command: Sequence[str],
    environment: Mapping[str, str],
    streams: Sequence[IO[bytes]],
    directory: Path | None = None,
    pass_fds: Sequence[int] = (),
    *,
    held: bool = False,
) -> Process:
    """Start a process.

    It is forked if the command is ``python -m``, and Python would import nothing before the module.

    :param streams: its standard input, output and error.
    :param directory: the working directory.
    :param pass_fds: file descriptors to pass on.
    :param held: a forked process waits for :meth:`ForkedProcess.go_on`.
    """
    plain = not pass_fds and environment.get("PYTHONPATH") == _PATH
    if plain and command[:2] == [sys.executable, "-m"]:
        _, _, module, *arguments = command
        here = directory or Path.cwd()
        return ForkedProcess(module, arguments, environment, streams, here, held=held)
    stdin, stdout, stderr = streams
    return subprocess.Popen(
        command,
        cwd=directory,
        env=environment,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        pass_fds=pass_fds,
    )


@attrs.frozen
class CommandResult:
    """The result of a command."""

    code: int
    out: str
    error: str


def complete(
    *arguments: str,
    typed: str | bytes = "",
    before: Sequence[str] = (),
    environment: Mapping[str, str] = ENVIRONMENT,
    directory: Path | None = None,
) -> CommandResult:
    """Run a ``chatroom`` command to its end.

    :param typed: its standard input.
    :param before: words before the command, such as those of ``strace``.
    :param directory: the working directory.
    """
    with ExitStack() as stack:
        files = [stack.enter_context(TemporaryFile()) for _ in range(3)]
        files[0].write(typed.encode() if isinstance(typed, str) else typed)
        files[0].seek(0)
        process = launched([*before, *QUICK, *arguments], environment, files, directory)
        try:
            code = process.wait(DEADLINE_S)
        finally:
            process.kill()
        for file in files[1:]:
            file.seek(0)
        return CommandResult(code, *(file.read().decode() for file in files[1:]))


async def run_command(*arguments: str, **options: Any) -> CommandResult:
    """See :func:`complete`."""
    return await trio.to_thread.run_sync(partial(complete, *arguments, **options))
