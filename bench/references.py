"""References measured on the same machine in the same run, without a chat server. Ratios to them
are more meaningful than figures from another machine.
"""

import socket
import sys
import time
from collections.abc import Callable
from functools import partial

from uuid_utils import uuid7

from .echo import PIPELINED, echoes_a_second, subject
from .plain_store import PlainStore
from .prepared import TEXT
from .server import directory, on_server_core, running

GROUPS = (1, 50, 512)
JOINED = 8
FRAME = b"x" * 250


async def measure(seconds: float) -> dict[str, float]:
    """Measure each reference for ``seconds`` on the server's core. Returns figures by name with
    unit."""
    found: dict[str, float] = {}
    with on_server_core():
        for group in GROUPS:
            rows = partial(rows_a_second, group)
            found[f"synced SQLite rows/s, {group} a commit"] = best(rows, seconds)
        for joined in (1, JOINED):
            sends = partial(sends_a_second, joined)
            found[f"raw sends, frames/s, {joined} a call"] = best(sends, seconds)
    async with running(subject(sys.executable)) as server:
        for together, how in ((1, "one by one"), (PIPELINED, "pipelined")):
            found[f"Trio echo, frames/s, {how}"] = await echoes_a_second(server, together, seconds)
    return found


def best(measured: Callable[[float], float], seconds: float) -> float:
    """Return the best of three measurements: a limit, which disturbances only lower."""
    return max(measured(seconds / 3) for _ in range(3))


def rows_a_second(group: int, seconds: float) -> float:
    """Measure messages per second in synced transactions of ``group``, indexed by seq and
    clientId."""
    with directory() as data:
        store = PlainStore(data)
        count, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            store.add_all([(f"room{n % 100}", TEXT, str(uuid7())) for n in range(group)])
            count += group
        store.close()
    return count / seconds


def sends_a_second(joined: int, seconds: float) -> float:
    """Measure frames of 250 bytes per second by non-blocking ``send`` over loopback TCP, with
    ``joined`` frames per call and a reader: the limit of deliveries. Only sending time counts."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sender = socket.create_connection(listener.getsockname())
        receiver, _ = listener.accept()
    with sender, receiver:
        sender.setblocking(False)
        sender.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        payload, count, sending = FRAME * joined, 0, 0.0
        calls = 200 // joined
        while sending < seconds:
            began = time.perf_counter()
            for _ in range(calls):
                sender.send(payload)
            sending += time.perf_counter() - began
            count += calls * joined
            due = calls * len(payload)
            while due:
                due -= len(receiver.recv(due))
    return count / sending
