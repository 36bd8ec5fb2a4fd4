"""Facts that clients were told, and that must never be lost: parsed from the server's bytes.

Facts are monotonic: a later one about the same thing has a higher rev or cursor, or agrees.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal, TypeAlias

import attrs

from .moves import AFTER, DEN, Move
from .operations import Sent

Json: TypeAlias = dict[str, Any]


@attrs.frozen
class SentCall:
    """A call as a client sent it. Ids are unique among all calls of all clients."""

    user: str
    method: str
    params: Json


@attrs.frozen
class MessageState:
    """The state of a message at a rev. Unknown fields are None."""

    room: str
    seq: int
    rev: int
    text: str | None = None
    """The text at that rev, "" if it is deleted."""
    sender: str | None = None
    client_id: str | None = None
    timestamp: int | None = None


@attrs.frozen
class AtLeast:
    """A number that never falls, in one of the tables of :class:`Ledger`."""

    table: Literal["cursors", "heads", "members", "epochs"]
    key: Any
    number: int = 0


@attrs.frozen
class TokenIssued:
    user: str
    token: str


@attrs.frozen
class MembershipChanged:
    """A change of membership that was done, by the call answered or by an earlier one."""

    by: str
    move: Move


@attrs.frozen
class FileSent:
    """A message with a file. ``upload``: the id of the upload that it was."""

    room: str
    seq: int
    upload: str


Fact: TypeAlias = MessageState | AtLeast | TokenIssued | MembershipChanged | FileSent


def facts(sent: Iterable[Sent], asked: Mapping[str, SentCall]) -> Iterator[tuple[int, Fact]]:
    """Yield facts with the line of the trace after which the client may know them."""
    connections: dict[str, _Connection] = {}
    for step in sent:
        connection = connections.setdefault(step.socket, _Connection(asked))
        for fact in connection.feed(step.data):
            yield step.start, fact


@attrs.define(eq=False)
class _Connection:
    """Parses the server's bytes on one socket: an HTTP response, after a 101 unmasked frames."""

    asked: Mapping[str, SentCall]
    user: str | None = None
    _data: bytes = b""
    _upgraded: bool = False

    def feed(self, data: bytes) -> Iterator[Fact]:
        self._data += data
        while True:
            text = self._frame() if self._upgraded else self._reply()
            if text is None:
                return
            if text:
                value = json.loads(text)
                yield from self._told(value) if "jsonrpc" in value else _enrolled(value)

    def _reply(self) -> bytes | None:
        head, end, rest = self._data.partition(b"\r\n\r\n")
        if not end or not head.startswith(b"HTTP/1.1 "):
            return None
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        self._upgraded = head.startswith(b"HTTP/1.1 101")
        size = int(fields.get(b"content-length", 0))
        if len(rest) < size:
            return None
        self._data = rest[size:]
        return rest[:size]

    def _frame(self) -> bytes | None:
        """Return the text of the next frame, empty for a control frame; None if it is
        incomplete."""
        if len(self._data) < 2:
            return None
        kind, length = self._data[0], self._data[1]
        start = {126: 4, 127: 10}.get(length, 2)
        if start > 2:
            length = int.from_bytes(self._data[2:start], "big")
        if len(self._data) < start + length:
            return None
        assert kind & 0x80, "a frame in pieces"
        text, self._data = self._data[start : start + length], self._data[start + length :]
        return text if kind == 0x81 else b""

    # ---- JSON-RPC

    def _told(self, frame: Json) -> Iterator[Fact]:
        params = frame.get("params", {})
        match frame.get("method"):
            case "newMessage" | "messageChanged":
                yield from _stated(params)
                yield AtLeast("epochs", (params["epoch"], params["room"]), params["rev"])
            case "unread":
                yield from self._cursors(params)
            case None if "result" in frame and frame["id"] in self.asked:
                yield from self._answered(self.asked[frame["id"]], frame["result"])
            case None if (asked := self.asked.get(frame["id"])) and asked.method in AFTER:
                # Refused: it was done before the crash that cut off its first answer.
                yield MembershipChanged(asked.user, Move.of(asked.user, asked.method, asked.params))
            case _:
                pass  # nothing that lasts

    def _answered(self, asked: SentCall, result: Json) -> Iterator[Fact]:
        params = asked.params
        match asked.method:
            case "connect":
                self.user = asked.user
                yield AtLeast("epochs", (result["epoch"], None))
                yield from self._cursors(*result["inbox"]["rooms"])
            case "joinRoom":
                yield AtLeast("members", (asked.user, params["room"]))
            case "subscribe":
                yield AtLeast("heads", params["room"], result["headRev"])
                yield AtLeast("epochs", (result["epoch"], params["room"]), result["nextRev"])
                for message in result["messages"]:
                    yield from _stated(message)
            case "sendMessage":
                # A duplicate is answered with the rev of the post, at which the text was this one.
                yield MessageState(
                    result["room"],
                    result["seq"],
                    result["rev"],
                    params["text"],
                    asked.user,
                    params["clientId"],
                    result["timestamp"],
                )
                for upload in params.get("attachments", ()):
                    yield FileSent(result["room"], result["seq"], upload)
            case "editMessage" | "deleteMessage":
                text = params.get("text", "")
                yield MessageState(params["room"], params["seq"], result["rev"], text)
            case "markRead":
                yield from self._cursors(result)
            case method if method in AFTER:
                yield MembershipChanged(asked.user, Move.of(asked.user, method, params))
            case _:
                pass  # these replies have no durable facts

    def _cursors(self, *entries: Json) -> Iterator[Fact]:
        for entry in entries:
            if not entry["room"].startswith(DEN):  # there the membership implies it
                yield AtLeast("cursors", (self.user, entry["room"]), entry["readSeq"])


def _stated(message: Json) -> Iterator[Fact]:
    yield MessageState(
        message["room"],
        message["seq"],
        message["rev"],
        message["text"],
        message["sender"],
        message.get("clientId"),
        message["timestamp"],
    )
    for attached in message.get("attachments", ()):
        yield FileSent(message["room"], message["seq"], attached["id"])


def _enrolled(value: Json) -> Iterator[Fact]:
    if "token" in value:
        yield TokenIssued(value["user"]["name"], value["token"])


SAID: Final = ("sender", "client_id", "timestamp")
"""Fields that do not depend on the rev."""


@attrs.define(eq=False)
class Ledger:
    """All facts told up to some line."""

    messages: dict[tuple[str, int], MessageState] = attrs.Factory(dict)
    cursors: dict[tuple[str, str], int] = attrs.Factory(dict)
    heads: dict[str, int] = attrs.Factory(dict)
    members: dict[tuple[str, str], int] = attrs.Factory(dict)
    tokens: dict[str, str] = attrs.Factory(dict)
    epochs: dict[tuple[str, str | None], int] = attrs.Factory(dict)
    """(epoch, room) -> the highest rev that clients know; without a room, a cursor in any room"""
    moved: dict[str, list[Move]] = attrs.Factory(dict)
    files: set[FileSent] = attrs.Factory(set)

    def files_in(self, room: str, seq: int) -> list[FileSent]:
        return [file for file in self.files if (file.room, file.seq) == (room, seq)]

    def take(self, fact: Fact) -> None:
        match fact:
            case MessageState():
                key = fact.room, fact.seq
                known = self.messages.get(key)
                self.messages[key] = fact if known is None else _merged(known, fact)
            case AtLeast(table, key, number):
                numbers: dict[Any, int] = getattr(self, table)
                numbers[key] = max(number, numbers.get(key, 0))
            case TokenIssued(user, token):
                self.tokens[user] = token
            case FileSent():
                self.files.add(fact)
            case MembershipChanged(by, move):
                moved = self.moved.setdefault(by, [])
                if move not in moved:
                    moved.append(move)


def _merged(known: MessageState, fact: MessageState) -> MessageState:
    """Merge two facts about a message at one rev.

    :raises AssertionError: they contradict each other.
    """
    older, newer = sorted((known, fact), key=lambda stated: stated.rev)
    if older.rev == newer.rev:
        assert older.text == newer.text, (known, fact)
    same = {name: getattr(older, name) for name in SAID if getattr(newer, name) is None}
    for name in SAID:
        one, other = getattr(older, name), getattr(newer, name)
        assert one == other or None in (one, other), (known, fact)
    return attrs.evolve(newer, **same)
