"""Reads, writes and closes that do not wait. They save a connection some passes of the event loop.

Streams with TLS, and those of tests, are not sockets.
"""

import os

import trio


def read_now(stream: trio.abc.Stream, max_bytes: int) -> bytes | None:
    """Return what has arrived. None if :meth:`receive_some` must wait for it, or raise."""
    if not isinstance(stream, trio.SocketStream):
        return None
    try:
        return os.read(stream.socket.fileno(), max_bytes)
    except OSError:
        return None


def write_now(stream: trio.abc.Stream, data: bytes) -> bytes:
    """Return what must be left to :meth:`send_all`, which then may raise."""
    if not isinstance(stream, trio.SocketStream):
        return data
    try:
        return data[os.write(stream.socket.fileno(), data) :]
    except OSError:
        return data


async def close(stream: trio.abc.Stream, seconds: float) -> None:
    """Close within ``seconds``. A socket is closed at once."""
    if isinstance(stream, trio.SocketStream):
        stream.socket.close()
        return
    with trio.move_on_after(seconds):
        await stream.aclose()
