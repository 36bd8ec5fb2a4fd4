"""The control socket, by which commands reach the server that locks the data directory.

A connection carries one line to the server and one line back. There is no log-in: file permissions
admit only the user that runs the server, who may do everything. Lines are opaque here.
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
"""File name in the data directory."""

# Far more than any operation needs.
_MAX_LINE_BYTES: Final = 16 << 20
_PEER_TIMEOUT_S: Final = 10
_OPERATION_TIMEOUT_S: Final = 60


async def serve_control(
    administration: Operations,
    path: Path,
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until cancelled.

    The caller holds the directory's lock, so an existing socket file was left by a killed server.

    :raises StartError: the socket cannot be created.
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
                _log.warning("a command disconnected before its answer was sent")

    with unix_listener(path, 0o600) as listener:
        async with trio.open_nursery() as nursery:
            await nursery.start(trio.serve_listeners, serve_one, [RetryingListener(listener)])
            task_status.started()


async def exchange(path: Path, request: bytes) -> bytes:
    """Send a line to the server and return its answer.

    :raises OSError: no server listens.
    :raises Refused: the server did not answer. The operation may have been done.
    """
    if len(request) > _MAX_LINE_BYTES:
        raise Refused("invalid_params", "the request is too large: split it")
    with short_path(path) as name:
        stream = await trio.open_unix_socket(name)
    async with stream:
        try:
            with trio.fail_after(_OPERATION_TIMEOUT_S + 2 * _PEER_TIMEOUT_S):
                await stream.send_all(request + b"\n")
                reply = await _read_line(stream)
        except (trio.BrokenResourceError, trio.TooSlowError):
            reply = None
    if reply is None:
        raise Refused("internal", "the server disconnected before it answered")
    return reply


async def _answer(administration: Operations, line: bytes) -> bytes:
    try:
        with trio.fail_after(_OPERATION_TIMEOUT_S):
            return await administration.answer(line)
    except StorageFailed:
        raise
    except trio.TooSlowError:
        refused = Refused("busy", "the operation timed out, and may have been done")
    except Exception:
        _log.exception("an operation failed")
        refused = Refused("internal", "the operation failed: see the server's log")
    return encode_refusal(None, refused)


async def _read_line(stream: trio.SocketStream) -> bytes | None:
    """Read one line. None: the peer disconnected first, or the line is too long."""
    line = bytearray()
    while len(line) <= _MAX_LINE_BYTES:
        received = await stream.receive_some()
        if not received:
            return None
        line += received
        if received.endswith(b"\n"):  # one line per connection, so nothing follows
            return bytes(line[:-1])
    return None
