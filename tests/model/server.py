"""The real server in this process, one node or two, on the failing disk: start, kill, restart."""

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import attrs
import pytest
import trio

from chatroom.clock import Clock
from chatroom.config import Config
from chatroom.consumers.search_indexer import search_consumer
from chatroom.errors import ChatroomError, Refused
from chatroom.node import Node
from chatroom.room import mail
from chatroom.store.housekeeping import Kept

from ..following.two_nodes import HEALED_S, Line
from ..session.node_harness import EPOCH_MS, OFFLINE, Port
from .calls import Reply
from .disk import Disk, DiskOfNode, Faults, copy_after_kill, hash_inline, open_disk

SETTLE_S: Final = 0.25
PASSWORD: Final = "correct horse"  # noqa: S105


@attrs.define
class Deletion:
    """The deletion of a room by an operator, with its outcome."""

    reply: Reply = attrs.Factory(Reply)
    over: trio.Event = attrs.Factory(trio.Event)

    async def run(self, node: Node, room: str) -> None:
        try:
            await node.rooms.delete(room)
            self.reply = Reply({})
        except Refused as refused:
            self.reply = Reply(reason=refused.reason)
        finally:
            self.over.set()

    async def wait(self) -> Reply:
        """Wait for the end of the deletion or of the server."""
        await self.over.wait()
        return self.reply

    def now(self) -> Reply:
        return self.reply


class Place:
    """Runs the server. Each incarnation has a new data directory below ``directory``.

    :param lines: carry news to each of several nodes. Without them there is one node.
    :ivar settle_s: virtual seconds until all events of a call have arrived.
    """

    ports: list[Port]
    disk: Disk

    def __init__(
        self, directory: Path, patch: pytest.MonkeyPatch, lag: int, lines: Sequence[Line] = ()
    ) -> None:
        hash_inline(patch, lag)
        self.faults: Final = Faults()
        self.dead = False
        self.set_back_ms = 0
        self._lag = lag
        self._directory = directory
        self._lives = 0
        self._lines = lines
        self._turns = 0
        self.ports = [NotImplemented] * max(1, len(lines))  # until they run
        self.settle_s: Final = SETTLE_S + (HEALED_S if lines else 0)

    def clock(self) -> int:
        return EPOCH_MS + round(trio.current_time() * 1000) - self.set_back_ms

    @property
    def _data(self) -> Path:
        return self._directory / f"life-{self._lives}"

    def open(self) -> Disk:
        return open_disk(self._data, self.faults, self._lag)

    async def start(self, nursery: trio.Nursery) -> None:
        self.disk = self.open()
        self.dead = False
        await nursery.start(self._live)

    async def _live(self, *, task_status: trio.TaskStatus[None]) -> None:
        disk = self.disk
        self._ended = trio.Event()
        try:
            with trio.CancelScope() as self._scope:
                async with trio.open_nursery() as writing:
                    await writing.start(disk.run)
                    async with trio.open_nursery() as self._acting:
                        for number in range(len(self.ports)):
                            await self._acting.start(self._run_node, number)
                        task_status.started()
        except* ChatroomError:  # errors that end `chatroom serve`
            self.dead = True
        finally:
            disk.abandon()
            self._ended.set()

    @asynccontextmanager
    async def access(self, number: int) -> AsyncIterator[Disk]:
        """Give a node access to the store."""
        yield DiskOfNode(self.disk, self._lines[number]) if self._lines else self.disk

    async def _run_node(self, number: int, *, task_status: trio.TaskStatus[None]) -> None:
        async with self.access(number) as store:
            await self._run_on(store, number, task_status)

    async def _run_on(self, store: Disk, number: int, task_status: trio.TaskStatus[None]) -> None:
        config = Config(data=self._data, rate_limits="off")
        clock = Clock(self.clock, None)
        consumers = [search_consumer(store, cpu_s=lambda: 0.0)]
        node = Node(
            config,
            store,
            clock=clock,
            consumers=consumers,
            make_push=OFFLINE,
            alone=not self._lines,
        )
        async with trio.open_nursery() as nursery:
            await nursery.start(node.run)
            self.ports[number] = Port(node, nursery)
            task_status.started()

    def copy(self) -> None:
        """Kill the server: only the present contents of the files remain."""
        before = self._data
        self._lives += 1
        copy_after_kill(before, self._data)

    def save(self) -> None:
        """Copy the data directory of the running server, replacing an earlier copy."""
        shutil.rmtree(self._directory / "saved", ignore_errors=True)
        copy_after_kill(self._data, self._directory / "saved")

    def put_back(self) -> None:
        """Kill the server. The next start uses the copy."""
        self._lives += 1
        copy_after_kill(self._directory / "saved", self._data)

    async def bury(self) -> None:
        """Cancel the tasks of a killed server, which must have no effect any more."""
        self._scope.cancel()
        await self._ended.wait()

    def turn(self) -> Port:
        """Return a node, each by turns."""
        self._turns += 1
        return self.ports[self._turns % len(self.ports)]

    async def replace(self, port: Port) -> None:
        """Kill a node, and start another on the same store. Other nodes go on."""
        port.nursery.cancel_scope.cancel()
        await self._acting.start(self._run_node, self.ports.index(port))

    async def prune(self, room: str, keep: int) -> None:
        """Prune a room, as housekeeping does."""
        found, _ = await self.disk.prunable(Kept(keep, None, 0), "", 1000)
        if room in [each.room for each in found]:
            await self.turn().node.actors.post(mail.address(room), mail.Prune(keep, None))

    def delete(self, room: str) -> Deletion:
        deletion = Deletion()
        self._acting.start_soon(deletion.run, self.turn().node, room)
        return deletion

    async def erased(self) -> None:
        """Wait until all deleted rooms are erased."""
        await self._none_left("retired WHERE NOT erased")

    async def people_erased(self) -> None:
        """Wait until rooms have nothing of people who were erased."""
        await self._none_left("erasures")

    async def handed_on(self) -> None:
        """Wait until the rooms of people who were disabled or enabled have other owners."""
        await self._none_left("handovers")

    async def _none_left(self, rows: str) -> None:
        while self._has_rows(rows):  # noqa: ASYNC110
            await trio.sleep(1)

    def _has_rows(self, rows: str) -> bool:
        """:param rows: what follows FROM."""
        found = self.disk._connection.execute(f"SELECT EXISTS (SELECT 1 FROM {rows})")  # noqa: S608
        return bool(found.fetchone()[0])
