"""A hundred who do not read, beside a hundred who do, in one room under load.

What is kept for the slow is bounded, and so is the server's memory; the others get everything, and
the slow, closed as such, get the rest when they come back. ``python -m bench slow-readers`` tells
what the others notice of it.

``SLOW_MESSAGES=20000 pytest tests/network/test_slow_readers.py`` for a longer load.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import attrs
import trio

from bench.dialect import JSON_RPC, frame
from bench.peer import READ_BYTES, Peer

from ..server.process import Server, running
from .acks import frames

ROOM: Final = {"room": "general"}
MESSAGES: Final = int(os.environ.get("SLOW_MESSAGES", "1000"))
"""More than an outbox and the network's buffers hold of messages of that size."""
TEXT: Final = "x" * 3900
SLOW: Final = 100
READERS: Final = 100
WINDOW: Final = 100
"""Messages that the last of the readers may be behind."""
OUTBOX_BYTES: Final = 3 << 20
"""The least that may be set."""
STORE_BYTES: Final = 80 << 20
"""What SQLite may take for its caches: 64 MiB where it writes, and less where it reads."""
SEQ: Final = re.compile(rb'"seq":(\d+),"rev":(\d+),')
DEADLINE_S: Final = 60 + MESSAGES / 100


@attrs.define(eq=False)
class Heard:
    """The seqs of new messages in the order in which they came, and how it ended."""

    seqs: list[int] = attrs.field(factory=list)
    code: int = 1006

    def take(self, payload: bytes) -> None:
        if JSON_RPC.message in payload[:60]:
            found = SEQ.search(payload[:200])
            assert found is not None
            assert found[1] == found[2]  # nothing is edited
            self.seqs.append(int(found[1]))


async def join(server: Server, token: str) -> Peer:
    peer = await Peer.connect(*server.address, token, JSON_RPC)
    for method, params in (("connect", {}), ("joinRoom", ROOM), ("subscribe", ROOM)):
        await peer.call(method, **params)
    return peer


async def load(readers: Sequence[Peer]) -> list[Heard]:
    """By turns they send, as fast as all of them read."""
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
            params = {**ROOM, "text": f"{number} {TEXT}"}
            peer = readers[number % len(readers)]
            await peer.send(frame(JSON_RPC.encode("sendMessage", params, number)))
    return heard


async def wake(peer: Peer) -> Heard:
    """Read what is there, to the end."""
    heard, rest = Heard(), b""
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
                peer.close()
                return heard
            heard.take(found[4:])  # 4: such frames have two bytes for the length
        if not data:
            return heard


async def resume(server: Server, token: str, epoch: str, rev: int) -> list[Any]:
    """What has come since."""
    peer, messages, more = await Peer.connect(*server.address, token, JSON_RPC), [], True
    await peer.call("connect")
    while more:
        page = await peer.call("subscribe", **ROOM, epoch=epoch, sinceRev=rev, limit=200)
        assert page["recovered"] is True
        messages += page["messages"]
        rev, more = page["nextRev"], page["hasMore"]
    peer.close()
    return messages


async def test_slow_readers_cost_what_was_configured_and_lose_nothing(tmp_path: Path) -> None:
    settings = tmp_path / "chatroom.toml"
    settings.write_text(f"outbox_bytes = {OUTBOX_BYTES}\n")
    with running(tmp_path, "--config", str(settings)) as server, trio.fail_after(DEADLINE_S):
        names = [f"person{number}" for number in range(SLOW + READERS)]
        lines = (await server.command("token", "--create", *names)).splitlines()
        tokens = [line.split()[1] for line in lines]
        peers = [await join(server, token) for token in tokens]
        slow, readers = peers[:SLOW], peers[SLOW:]
        epoch = (await readers[0].call("subscribe", **ROOM))["epoch"]
        before = memory(server, "VmRSS")
        everything = list(range(1, MESSAGES + 1))
        assert all(heard.seqs == everything for heard in await load(readers))

        grown = memory(server, "VmHWM") - before
        print(f"the server grew by {grown >> 20} MiB at most")  # noqa: T201 - shown if it fails
        assert grown <= SLOW * OUTBOX_BYTES + STORE_BYTES

        log: dict[int, str] = {}

        async def come_back(peer: Peer, token: str) -> None:
            heard = await wake(peer)
            assert heard.code == 4008
            seen = len(heard.seqs)
            assert heard.seqs == everything[:seen]
            assert seen < MESSAGES
            rest = await resume(server, token, epoch, seen)
            assert [message["seq"] for message in rest] == everything[seen:]
            for message in rest:
                assert log.setdefault(message["seq"], message["text"]) == message["text"]

        async with trio.open_nursery() as nursery:
            for peer, token in zip(slow, tokens[:SLOW], strict=True):
                nursery.start_soon(come_back, peer, token)
        assert len(set(log.values())) == len(log)
        for peer in readers:
            peer.close()


def memory(server: Server, what: str) -> int:
    """Bytes: ``VmRSS`` now, ``VmHWM`` the most that it ever was."""
    pid = int((server.data / "lock").read_text())
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(rf"^{what}:\s+(\d+) kB$", status, re.MULTILINE)
    assert found is not None
    return int(found[1]) << 10
