"""The real server in this process, on the failing disk: start, kill, restart."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import attrs
import pytest
import trio
from trio.testing import memory_stream_pair

from chatroom.clock import Clock
from chatroom.config import Config
from chatroom.errors import ChatroomError, Refused
from chatroom.node import Node
from chatroom.room import mail

from ..client import Answer, Client, http, websocket
from .device import Reply
from .disk import Disk, Faults, copy_after_kill, hash_inline, open_disk

EPOCH_MS: Final = 1_700_000_000_000
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
    """Runs the server. Each incarnation has a new data directory below ``directory``."""

    node: Node
    disk: Disk

    def __init__(self, directory: Path, patch: pytest.MonkeyPatch, lag: int) -> None:
        hash_inline(patch, lag)
        self.faults: Final = Faults()
        self.dead = False
        self.set_back_ms = 0
        self._lag = lag
        self._directory = directory
        self._lives = 0

    def clock(self) -> int:
        return EPOCH_MS + round(trio.current_time() * 1000) - self.set_back_ms

    @property
    def _data(self) -> Path:
        return self._directory / f"life-{self._lives}"

    async def start(self, nursery: trio.Nursery) -> None:
        self.disk = open_disk(self._data, self.faults, self._lag)
        self.dead = False
        await nursery.start(self._live)

    async def _live(self, *, task_status: trio.TaskStatus[None]) -> None:
        disk = self.disk
        self._ended = trio.Event()
        try:
            with trio.CancelScope() as self._scope:
                async with trio.open_nursery() as writing:
                    await writing.start(disk.run)
                    config = Config(data=self._data, rate_limits="off")
                    self.node = Node(config, disk, clock=Clock(self.clock, None))
                    async with trio.open_nursery() as self._acting:
                        await self._acting.start(self.node.run)
                        task_status.started()
        except* ChatroomError:  # errors that end `chatroom serve`
            self.dead = True
        finally:
            disk._connection.close()
            disk._readers.close()
            disk._mark.close()
            self._ended.set()

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

    def stream(self) -> trio.abc.Stream:
        ours, theirs = memory_stream_pair()
        self._acting.start_soon(self.node.admission.handle, theirs, "192.0.2.1")
        return ours

    @asynccontextmanager
    async def socket(self) -> AsyncIterator[Client]:
        async with websocket(self.stream()) as client:
            yield client

    async def http(self, method: str, path: str, body: object = None, token: str = "") -> Answer:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return await http(self.stream(), method, path, body, headers)

    async def prune(self, room: str, keep: int) -> None:
        """Prune a room, as housekeeping does."""
        if room in (await self.disk.prunable(keep, None, "", 1000))[0]:
            await self.node.actors.post(mail.address(room), mail.Prune(keep, None))

    def delete(self, room: str) -> Deletion:
        deletion = Deletion()
        self._acting.start_soon(deletion.run, self.node, room)
        return deletion

    async def erased(self) -> None:
        """Wait until all deleted rooms are erased."""
        query = "SELECT count(*) FROM retired WHERE erased = 0"
        while self.disk._connection.execute(query).fetchone()[0]:  # noqa: ASYNC110
            await trio.sleep(1)
