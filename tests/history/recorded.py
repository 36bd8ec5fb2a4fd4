"""A recorded client: each call with its outcome, and each event, in order of arrival. ::

    async with server.session(token) as client:
        with recorded(client, recorder, "alice") as alice:
            await alice.call("joinRoom", room="general")
            await alice.call("sendMessage", room="general", text="hello", clientId="c1")

Calls without a reply at the end of the context are recorded as ``info``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..client import Client, Json
from .recorder import Operation, Recorder


class Recorded:
    """A connected client whose calls and events are recorded."""

    def __init__(self, client: Client, recorder: Recorder, process: str) -> None:
        self.client = client
        self.process = process
        self._recorder = recorder
        self._open: dict[int | str | None, Operation] = {}
        self._beginning = 0
        self._drained = len(client.frames)

    async def call(self, method: str, **params: Any) -> Any:
        """As :meth:`tests.client.Client.call`."""
        return await self.reply(await self.begin(method, **params))

    async def begin(self, method: str, **params: Any) -> int:
        operation = self._recorder.operation(self.process, method, **params)
        self._beginning += 1
        try:
            call_id = await self.client.begin(method, **params)
            self._open[call_id] = operation
        finally:
            self._beginning -= 1
        return call_id

    async def reply(self, call_id: int) -> Any:
        try:
            return await self.client.reply(call_id)
        finally:
            self.drain()

    def drain(self) -> None:
        """Record the frames received so far. Recording them late is sound, because it only weakens
        the conclusions."""
        frames = self.client.frames
        while self._drained < len(frames):
            frame = frames[self._drained]
            if self._beginning and "method" not in frame and frame["id"] not in self._open:
                return  # the reply came before begin() returned: record it the next time
            self._file(frame)
            self._drained += 1

    def _file(self, frame: Json) -> None:
        if "method" in frame:
            self._recorder.saw(self.process, frame["method"], frame["params"])
        elif operation := self._open.pop(frame["id"], None):
            if "result" in frame:
                operation.ok(frame["result"])
            else:
                operation.refused(frame["error"]["data"]["reason"])

    def close(self) -> None:
        """Record unanswered calls as ``info``."""
        self.drain()
        while self._open:
            self._open.popitem()[1].info("no reply")


@contextmanager
def recorded(client: Client, recorder: Recorder, user: str) -> Iterator[Recorded]:
    """Record a client as a new process of ``user``."""
    recording = Recorded(client, recorder, recorder.process(user))
    try:
        yield recording
    finally:
        recording.close()
