"""A hundred clients that do not read, beside a hundred that do, in one room under load.

The data queued for slow clients is bounded, and so is the server's memory. The others get
everything. Slow clients are closed, and get the rest when they resume. ``python -m bench
slow-readers`` measures the effect on the others.

``SLOW_ROUNDS=20 pytest tests/network/test_slow_readers.py`` repeats it with the same server.
"""

import os
import re
import socket
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import attrs
import trio

from bench.dialect import JSON_RPC, frame
from bench.peer import READ_BYTES, Peer

from ..server.process import Server, running, settings
from .acks import frames

ROOM: Final = {"room": "general"}
ROUNDS: Final = int(os.environ.get("SLOW_ROUNDS", "1"))
MESSAGES: Final = 1000
"""Per round: more than an outbox and the network's buffers hold."""
TEXT: Final = "x" * 3900
SLOW: Final = 100
READERS: Final = 100
WINDOW: Final = 100
"""Messages by which the slowest reader may lag."""
RECEIVE_BYTES: Final = 64 << 10
OUTBOX_BYTES: Final = 3 << 20
"""The minimum of the setting."""
STORE_BYTES: Final = 80 << 20
"""Size of SQLite's caches: 64 MiB for the writer, and less for the readers."""
SEND_S: Final = 10
"""The timeout of a send. A client that exceeds it is cut off without a close frame."""
SEQ: Final = re.compile(rb'"seq":(\d+),"rev":(\d+),')
DEADLINE_S: Final = 180 + 60 * ROUNDS
"""A time limit that only a server that hangs exceeds."""


@attrs.define(eq=False)
class Heard:
    """The seqs of new messages in order of arrival, and the close code."""

    seqs: list[int] = attrs.field(factory=list)
    code: int = 1006

    def take(self, payload: bytes) -> None:
        if JSON_RPC.message in payload[:60]:
            found = SEQ.search(payload[:200])
            assert found is not None
            assert found[1] == found[2]  # no message is edited
            self.seqs.append(int(found[1]))


async def enter(server: Server, token: str, *, slow: bool) -> Peer:
    peer = await Peer.connect(*server.address, token, JSON_RPC)
    if slow:  # else the kernel grows the buffer of a client that has read much
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
    await peer.call("connect")
    return peer


async def load(readers: Sequence[Peer], name: str) -> list[Heard]:
    """Send from the readers in turn, as fast as all of them read."""
    heard = [Heard() for _ in readers]
    somebody_read = trio.lowlevel.ParkingLot()

    async def read(peer: Peer, mine: Heard) -> None:
        while len(mine.seqs) < MESSAGES:
            for payload in await peer.payloads():
                mine.take(payload)
            somebody_read.unpark_all()

    async with trio.open_nursery() as nursery:
        for peer, mine in zip(readers, heard, strict=True):
            nursery.start_soon(read, peer, mine)
        for number in range(MESSAGES):
            while min(len(mine.seqs) for mine in heard) < number - WINDOW:
                await somebody_read.park()
            params = {**ROOM, "text": f"{name} {number} {TEXT}"}
            peer = readers[number % len(readers)]
            await peer.send(frame(JSON_RPC.encode("sendMessage", params, number)))
    return heard


async def wake(peer: Peer) -> Heard:
    """Read to the end of the connection."""
    heard, rest = Heard(), peer._rest
    with closing(peer):
        while True:
            await trio.lowlevel.wait_readable(peer.socket)
            try:
                data = peer.socket.recv(READ_BYTES)
            except ConnectionResetError:
                return heard
            rest += data
            for found in frames(rest):
                rest = rest[len(found) :]
                if found[0] == 0x88:
                    heard.code = int.from_bytes(found[2:4], "big")
                    return heard
                heard.take(found[4:])  # the header of frames of this size has 4 bytes
            if not data:
                return heard


async def resume(server: Server, token: str, epoch: str, rev: int) -> tuple[Peer, list[Any]]:
    """Resume. Return the session, which gets new messages, and the messages since ``rev``."""
    peer, messages, more = await enter(server, token, slow=True), [], True
    while more:
        page = await peer.call("subscribe", **ROOM, epoch=epoch, sinceRev=rev, limit=200)
        assert page["recovered"] is True
        messages += page["messages"]
        rev, more = page["nextRev"], page["hasMore"]
    return peer, messages


async def test_slow_readers_use_bounded_memory_and_lose_nothing(tmp_path: Path) -> None:
    # Slow clients do not answer pings either, and could be closed for that first.
    limits = settings(
        tmp_path,
        f"outbox_bytes = {OUTBOX_BYTES}\nall_outboxes_bytes = {2 * SLOW * OUTBOX_BYTES}\n"
        "ping_interval_s = 3600",
    )
    with running(tmp_path, *limits) as server, trio.fail_after(DEADLINE_S):
        names = [f"person{number}" for number in range(SLOW + READERS)]
        lines = (await server.command("token", "--create", *names)).splitlines()
        tokens = [line.split()[1] for line in lines]
        slow = [await enter(server, token, slow=True) for token in tokens[:SLOW]]
        readers = [await enter(server, token, slow=False) for token in tokens[SLOW:]]
        for peer in (*slow, *readers):
            await peer.call("joinRoom", **ROOM)
            await peer.call("subscribe", **ROOM)
        epoch = (await readers[0].call("subscribe", **ROOM))["epoch"]
        before = memory(server, "VmRSS")
        for number in range(ROUNDS):
            first = number * MESSAGES + 1
            everything = list(range(first, first + MESSAGES))
            began = trio.current_time()
            heard = await load(readers, f"round {number}")
            assert all(mine.seqs == everything for mine in heard)
            grown = memory(server, "VmHWM") - before
            print(f"the server grew by {grown >> 20} MiB at most")  # noqa: T201 - shown if it fails
            assert grown <= SLOW * OUTBOX_BYTES + STORE_BYTES
            slow = await come_back(server, slow, tokens[:SLOW], epoch, everything, began)
        for peer in (*slow, *readers):
            peer.close()


async def come_back(
    server: Server,
    slow: Sequence[Peer],
    tokens: Sequence[str],
    epoch: str,
    everything: list[int],
    began: float,
) -> list[Peer]:
    """Check that all slow clients were closed as slow, read what is left, and get the rest.

    ``began``: when the first message was sent. On a slow machine they may be cut off before they
    read, because the load takes longer than :data:`SEND_S`.
    """
    log: dict[int, str] = {}
    peers: dict[str, Peer] = {}

    async def one(peer: Peer, token: str) -> None:
        heard = await wake(peer)
        cut_off = heard.code == 1006 and trio.current_time() - began >= SEND_S
        assert heard.code == 4008 or cut_off
        seen = len(heard.seqs)
        assert heard.seqs == everything[:seen]
        assert seen < len(everything)
        rev = everything[0] - 1 + seen
        peers[token], rest = await resume(server, token, epoch, rev)
        assert [message["seq"] for message in rest] == everything[seen:]
        for message in rest:
            assert log.setdefault(message["seq"], message["text"]) == message["text"]

    async with trio.open_nursery() as nursery:
        for peer, token in zip(slow, tokens, strict=True):
            nursery.start_soon(one, peer, token)
    assert len(set(log.values())) == len(log)
    return [peers[token] for token in tokens]


def memory(server: Server, what: str) -> int:
    """Return memory of the process in bytes: ``VmRSS`` is the current value, ``VmHWM`` the peak."""
    pid = int((server.data / "lock").read_text())
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(rf"^{what}:\s+(\d+) kB$", status, re.MULTILINE)
    assert found is not None
    return int(found[1]) << 10
