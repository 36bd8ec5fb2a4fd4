"""A plain client, written from docs/protocol.md: JSON-RPC over trio-websocket.

It shares no code with the server, so that it can disagree with it. It works over any stream, a
socket or one in memory. Every wait has a deadline.
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, cast

import attrs
import h11
import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, wrap_client_stream

DEADLINE_S: Final = 30
"""Timeout of all waits, which only a server that hangs exceeds."""
SUBPROTOCOL: Final = "chatroom.v1"

Json = dict[str, Any]


class CallFailed(Exception):
    """The ``error`` of a reply."""

    def __init__(self, error: Json) -> None:
        super().__init__(f"{error['data']['reason']}: {error['message']}")
        self.code: int = error["code"]
        self.message: str = error["message"]
        self.data: Json = error["data"]
        self.reason: str = error["data"]["reason"]


class PausableStream(trio.abc.Stream):
    """A stream whose reads can be paused. Data then stays in the network's buffers."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self._open = trio.Event()
        self._open.set()

    def pause(self) -> None:
        self._open = trio.Event()

    def resume(self) -> None:
        self._open.set()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        await self._open.wait()
        data = await self._stream.receive_some(max_bytes)
        await self._open.wait()
        return data

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        await self._stream.aclose()


def call_frame(method: str, call_id: int | str | None = None, **params: object) -> str:
    """Return a call as JSON. ``call_id`` None: without an id."""
    named = {} if call_id is None else {"id": call_id}
    return json.dumps({"jsonrpc": "2.0", **named, "method": method, "params": params})


class Client:
    """One WebSocket.

    :ivar sent: all frames sent by :meth:`send`, in order.
    :ivar frames: all frames received, in order.
    :ivar untaken: events that no test has read yet.
    """

    def __init__(self, connection: WebSocketConnection, stream: PausableStream) -> None:
        self._stream = stream
        self._connection = connection
        self.sent: Final[list[str | bytes]] = []
        self.frames: Final[list[Json]] = []
        self.untaken: Final[list[Json]] = []
        self.connected: Json = {}
        self.closed_code: int | None = None
        self._replies: dict[int | str | None, list[Json]] = {}
        self._next_id = 0
        self._changed = trio.Event()

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol chosen by the server."""
        return self._connection.subprotocol

    # ---- calls

    async def call(self, method: str, **params: object) -> Any:
        """Make a call and return its result. :raises CallFailed: with the error's reason."""
        return await self.reply(await self.begin(method, **params))

    async def begin(self, method: str, **params: object) -> int:
        """Send a call without waiting, and return its id for :meth:`reply`."""
        self._next_id += 1
        await self.send(call_frame(method, self._next_id, **params))
        return self._next_id

    async def reply(self, call_id: int | str | None) -> Any:
        reply = await self._taken(lambda: self._take_reply(call_id), f"the reply to {call_id!r}")
        if "error" in reply:
            raise CallFailed(reply["error"])
        return reply["result"]

    async def refused(self, method: str, **params: object) -> CallFailed:
        """Make a call that must fail, and return the failure."""
        try:
            result = await self.call(method, **params)
        except CallFailed as failed:
            return failed
        raise AssertionError(f"{method} {params} was not refused but answered {result}")

    async def connect(self, token: str | None = None) -> Json:
        params = {} if token is None else {"token": token}
        self.connected.update(await self.call("connect", **params))
        return self.connected

    # ---- events

    async def event(self, method: str, **matching: object) -> Any:
        """Wait for the next event of a kind with these params, and return all its params. Other
        events stay unread."""
        what = f"an event {method} {matching or ''}"
        return await self._taken(lambda: self._take_event(method, matching), what)

    def pending(self, *methods: str) -> list[Json]:
        """Return the unread events, of some kinds or of all."""
        return [event for event in self.untaken if not methods or event["method"] in methods]

    # ---- frames

    async def send(self, frame: str | bytes) -> None:
        self.sent.append(frame)
        with trio.fail_after(DEADLINE_S):
            await self._connection.send_message(frame)

    async def send_raw(self, data: bytes) -> None:
        """Send bytes below the WebSocket, such as frames that trio-websocket cannot make."""
        with trio.fail_after(DEADLINE_S):
            await self._stream.send_all(data)

    async def ping(self) -> None:
        """Ping the server and wait for the pong."""
        with trio.fail_after(DEADLINE_S):
            await self._connection.ping()

    async def wait_closed(self, deadline_s: float = DEADLINE_S) -> int:
        """Wait until the connection is closed. Return the close code, or 1006 if there is none."""
        with trio.fail_after(deadline_s):
            while self.closed_code is None:
                await self._changed.wait()
        return self.closed_code

    def pause(self) -> None:
        """Stop reading, so that pings are not answered either."""
        self._stream.pause()

    def resume(self) -> None:
        self._stream.resume()

    async def cut(self) -> None:
        """Close the stream without a close frame."""
        await trio.aclose_forcefully(self._stream)
        await self.wait_closed()

    # ---- inside

    async def read(self) -> None:
        try:
            while True:
                message = await self._connection.get_message()
                assert isinstance(message, str), "the server sends text frames only"
                self._file(json.loads(message))
        except ConnectionClosed as closed:
            self.closed_code = closed.reason.code if closed.reason else 1006
        self._notify()

    def _file(self, frame: Json) -> None:
        assert frame["jsonrpc"] == "2.0"
        self.frames.append(frame)
        if "method" in frame:
            assert "id" not in frame
            self.untaken.append(frame)
        else:
            assert ("result" in frame) != ("error" in frame)
            self._replies.setdefault(frame["id"], []).append(frame)
        self._notify()

    def _notify(self) -> None:
        self._changed.set()
        self._changed = trio.Event()

    async def _taken(self, take: Any, what: str) -> Json:
        with trio.move_on_after(DEADLINE_S):
            while (found := take()) is None:
                if self.closed_code is not None:
                    raise AssertionError(f"closed with {self.closed_code} before {what}")
                await self._changed.wait()
            return cast("Json", found)
        raise AssertionError(f"no {what} in {DEADLINE_S} s; untaken: {self.untaken[-10:]}")

    def _take_reply(self, call_id: int | str | None) -> Json | None:
        waiting = self._replies.get(call_id)
        return waiting.pop(0) if waiting else None

    def _take_event(self, method: str, matching: Mapping[str, object]) -> Json | None:
        for number, event in enumerate(self.untaken):
            params = event["params"]
            if event["method"] == method and matching.items() <= params.items():
                del self.untaken[number]
                return cast("Json", params)
        return None


@asynccontextmanager
async def websocket(
    stream: trio.abc.Stream,
    *,
    headers: Mapping[str, str] | None = None,
    subprotocols: tuple[str, ...] = (SUBPROTOCOL,),
) -> AsyncIterator[Client]:
    """Open a client over a stream, without calling ``connect``. Close the stream at the end."""
    pausable = PausableStream(stream)
    extra = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    async with trio.open_nursery() as nursery:
        try:
            with trio.fail_after(DEADLINE_S):
                connection = await wrap_client_stream(
                    nursery,
                    cast("trio.SocketStream", pausable),
                    "localhost",
                    "/ws",
                    subprotocols=subprotocols,
                    extra_headers=extra,
                )
            client = Client(connection, pausable)
            nursery.start_soon(client.read)
            yield client
            with trio.move_on_after(1):
                client.resume()
                await connection.aclose()
        finally:
            await trio.aclose_forcefully(stream)
            nursery.cancel_scope.cancel()


# ---- plain HTTP


@attrs.frozen
class Answer:
    """A response. ``headers`` have lower-case names."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def reason(self) -> str:
        """The reason of an error."""
        return cast("str", self.json["error"]["reason"])


async def http(
    stream: trio.abc.Stream,
    method: str,
    path: str,
    body: object = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Make one request and close the stream. ``body`` is sent as JSON, or unchanged if it is
    bytes."""
    content = (
        b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    )
    fields = {"Host": "localhost", "Content-Length": str(len(content)), **(headers or {})}
    if method == "POST" or body is not None:
        fields.setdefault("Content-Type", "application/json")
    protocol = h11.Connection(h11.CLIENT)
    data = protocol.send(
        h11.Request(method=method, target=path, headers=list(fields.items()))
    ) + protocol.send(h11.Data(data=content))
    answer: h11.Response | h11.InformationalResponse | None = None
    got = b""
    try:
        with trio.fail_after(DEADLINE_S):
            await stream.send_all(data)
            while not isinstance(event := protocol.next_event(), h11.EndOfMessage):
                if event is h11.PAUSED:  # an accepted upgrade
                    break
                if event is h11.NEED_DATA:
                    protocol.receive_data(bytes(await stream.receive_some(65536)))
                elif isinstance(event, h11.Response | h11.InformationalResponse):
                    answer = event
                elif isinstance(event, h11.Data):
                    got += event.data
    finally:
        await trio.aclose_forcefully(stream)
    assert answer is not None
    names = {name.decode(): value.decode() for name, value in answer.headers}
    return Answer(answer.status_code, names, got)
