"""The control socket: how a command reaches the server that holds the data directory.

One connection carries one line to the server and one line back. Whoever may open the socket (the
user that the server runs as) may do everything, so there is no log-in. Knows the lines, not what
they say.
"""

import logging
from pathlib import Path
from typing import Final

import trio

from ..errors import Refused, StorageFailed
from ..net.listener import RetryingListener
from ..net.unix_socket import short_path, unix_listener
from ..protocol.codec import encode_refusal
from .operations import Operations

_log = logging.getLogger(__name__)

CONTROL: Final = "control.sock"
"""Its name in the data directory."""

# Much more than any of the operations needs.
_LINE_BYTES: Final = 16 << 20
_PEER_TIMEOUT_S: Final = 10
_WORK_TIMEOUT_S: Final = 60


async def serve_control(
    administration: Operations,
    path: Path,
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serves until cancelled. The caller holds the directory's lock, so a socket that is there
    already is what a killed server left.

    :raises StartError: there can be no socket.
    """

    async def serve_one(stream: trio.SocketStream) -> None:
        async with stream:
            try:
                with trio.fail_after(_PEER_TIMEOUT_S):
                    line = await _read_line(stream)
                if line is not None:
                    reply = await _answer(administration, line)
                    with trio.fail_after(_PEER_TIMEOUT_S):
                        await stream.send_all(reply + b"\n")
            except (trio.BrokenResourceError, trio.TooSlowError):
                _log.warning("a command went away before it had its answer")

    with unix_listener(path, 0o600) as listener:
        async with trio.open_nursery() as nursery:
            await nursery.start(trio.serve_listeners, serve_one, [RetryingListener(listener)])
            task_status.started()


async def exchange(path: Path, request: bytes) -> bytes:
    """The server's answer to a line.

    :raises OSError: if no server listens.
    :raises Refused: if it did not answer; what was asked for may have been done.
    """
    if len(request) > _LINE_BYTES:
        raise Refused("invalid_params", "too much at once: do it in parts")
    with short_path(path) as name:
        stream = await trio.open_unix_socket(name)
    async with stream:
        try:
            with trio.fail_after(_WORK_TIMEOUT_S + 2 * _PEER_TIMEOUT_S):
                await stream.send_all(request + b"\n")
                reply = await _read_line(stream)
        except (trio.BrokenResourceError, trio.TooSlowError):
            reply = None
    if reply is None:
        raise Refused("internal", "the server went away before it answered")
    return reply


async def _answer(administration: Operations, line: bytes) -> bytes:
    try:
        with trio.fail_after(_WORK_TIMEOUT_S):
            return await administration.answer(line)
    except StorageFailed:
        raise
    except trio.TooSlowError:
        refused = Refused("busy", "it took too long, and may have been done")
    except Exception:
        _log.exception("an operation failed")
        refused = Refused("internal", "the operation failed: see the server's log")
    return encode_refusal(None, refused)


async def _read_line(stream: trio.SocketStream) -> bytes | None:
    """None: the peer ended first, or would not end its line."""
    line = bytearray()
    while len(line) <= _LINE_BYTES:
        received = await stream.receive_some()
        if not received:
            return None
        line += received
        if received.endswith(b"\n"):  # one line a connection: nothing follows it
            return bytes(line[:-1])
    return None
