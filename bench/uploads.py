"""Many uploads at once: the memory that they take of the server."""

import itertools
from collections.abc import Sequence
from typing import Final

import trio

from .load import Clock, Result
from .server import Server

PIECE: Final = bytes(range(256)) * 256
SAMPLE_S: Final = 0.05


async def uploads(server: Server, *, files: int, size: int) -> Result:
    """Accounts upload a file each at the same time, each a different one, while the server's
    resident memory is sampled."""
    tokens = await server.tokens([f"u{n}" for n in range(files)])
    await _upload(server, tokens[0], len(PIECE), 0)  # what the first upload loads is not counted
    before = server.resident_kb()
    most = [before]
    clock = Clock(server)
    async with trio.open_nursery() as sampling:
        sampling.start_soon(_sample, server, most)
        async with trio.open_nursery() as nursery:
            for number, token in enumerate(tokens):
                nursery.start_soon(_upload, server, token, size, number)
        sampling.cancel_scope.cancel()
    stretch = clock.stop()
    return stretch.result(
        {
            "MB more": (max(most) - before) / 1024,
            "MB/s": files * size / 1e6 / stretch.seconds,
            "CPU ms per MB": stretch.theirs * 1e9 / (files * size),
        }
    )


async def _sample(server: Server, found: list[float]) -> None:
    while True:
        found.append(server.resident_kb())
        await trio.sleep(SAMPLE_S)


async def _upload(server: Server, token: str, size: int, number: int) -> None:
    head = (
        f"POST /api/uploads HTTP/1.1\r\nHost: {server.host}\r\nTus-Resumable: 1.0.0\r\n"
        f"Authorization: Bearer {token}\r\nUpload-Length: {size}\r\nContent-Length: {size}\r\n"
        "Content-Type: application/offset+octet-stream\r\nConnection: close\r\n\r\n"
    )
    async with await trio.open_tcp_stream(server.host, server.port) as stream:
        await stream.send_all(head.encode())
        for piece in _pieces(size, number):
            await stream.send_all(piece)
        answer = b""
        while data := await stream.receive_some(65536):
            answer += data
    if not answer.startswith(b"HTTP/1.1 201 "):
        raise RuntimeError(f"an upload was refused: {answer[:200]!r}")


def _pieces(size: int, number: int) -> Sequence[bytes]:
    """Return a file that begins with its number."""
    first = number.to_bytes(8, "big")
    whole = itertools.repeat(PIECE, max(size - len(first), 0) // len(PIECE))
    rest = PIECE[: max(size - len(first), 0) % len(PIECE)]
    return [first[:size], *whole, rest]
