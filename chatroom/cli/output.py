"""Print messages to standard output, which may be a pipe."""

import os
import sys
from collections.abc import Callable, Iterable
from functools import partial

import trio

from ..model import Message
from ..protocol.codec import encode_json
from .sanitize import line_of, plain_json


def formatter(as_json: bool) -> Callable[[Message], str]:
    return (lambda message: plain_json(encode_json(message))) if as_json else line_of


async def write(lines: Iterable[str]) -> None:
    """Write lines to standard output, in a thread: a slow reader must not block the connection.

    :raises BrokenPipeError: the reader has closed the pipe.
    """
    data = "".join(f"{line}\n" for line in lines).encode()
    await trio.to_thread.run_sync(
        partial(_write, sys.stdout.fileno(), data), abandon_on_cancel=True
    )


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
