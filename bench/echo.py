"""A bare Trio echo server, as a reference for the cost of the event loop and a socket."""

import time
from functools import partial

import trio

from .server import Server, Subject

FRAME_BYTES = 200
PIPELINED = 64


async def serve() -> None:
    async with trio.open_nursery() as nursery:
        listening = partial(trio.serve_tcp, _echo, 0, host="127.0.0.1")
        listeners = await nursery.start(listening)
        port = listeners[0].socket.getsockname()[1]
        print(f"echo is ready at http://127.0.0.1:{port}", flush=True)


async def _echo(stream: trio.SocketStream) -> None:
    async for data in stream:
        await stream.send_all(data)


async def echoes_a_second(server: Server, together: int, seconds: float) -> float:
    """Measure round trips per second on one connection, with ``together`` frames in flight."""
    count, data = 0, b"x" * FRAME_BYTES * together
    async with await trio.open_tcp_stream(server.host, server.port) as stream:
        stream.setsockopt(trio.socket.IPPROTO_TCP, trio.socket.TCP_NODELAY, 1)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await stream.send_all(data)
            due = len(data)
            while due > 0:
                due -= len(await stream.receive_some(due))
            count += together
    return count / seconds


def subject(python: str) -> Subject:
    return Subject("echo", (python, "-m", "bench.echo"))


if __name__ == "__main__":
    trio.run(serve)
