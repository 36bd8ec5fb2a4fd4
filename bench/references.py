"""What the same machine can do without a chat server, measured in the same run: the ratios to
these mean more than figures from another machine.
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
    """By name, with the unit in it; so long for each, on the core that the server gets."""
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
    """Of three thirds: it is a limit that is wanted, and whoever disturbs makes it only less."""
    return max(measured(seconds / 3) for _ in range(3))


def rows_a_second(group: int, seconds: float) -> float:
    """Messages in transactions of so many, synced, with indexes by seq and by clientId."""
    with directory() as data:
        store = PlainStore(data)
        count, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            store.add_all([(f"room{n % 100}", TEXT, str(uuid7())) for n in range(group)])
            count += group
        store.close()
    return count / seconds


def sends_a_second(joined: int, seconds: float) -> float:
    """Frames of 250 bytes through non-blocking ``send`` over loopback TCP from Python, so many in
    a call, and somebody who reads: the limit of deliveries. Only the time of sending counts."""
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
