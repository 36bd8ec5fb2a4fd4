"""Clients that write and watch under load, across restarts, and check what they receive."""

import itertools
from collections.abc import Iterator

import attrs
from trio_websocket import ConnectionClosed

from ..client import Client, Json

A_ROUND = 300
"""Messages that a writer sends before it waits, without waiting for a reply between them."""


@attrs.define(eq=False)
class Writer:
    """One user's messages to one room, each with its text as the clientId.

    ``places``: seqs of acknowledged texts. ``unsettled``: texts that were refused or not answered,
    in order. They are sent first in the next round.
    """

    name: str
    room: str
    places: dict[str, int] = attrs.field(factory=dict)
    unsettled: list[str] = attrs.field(factory=list)
    refused: int = 0
    unanswered: int = 0
    settled_later: int = 0
    _numbers: Iterator[int] = attrs.field(factory=itertools.count)
    _sent: list[tuple[int, str]] = attrs.field(factory=list)

    async def write(self, client: Client) -> None:
        """Send the messages of a round, or until the connection is closed."""
        new = (f"{self.name} {number}" for number in self._numbers)
        texts = list(itertools.islice(itertools.chain(self.unsettled, new), A_ROUND))
        self.unsettled, self._sent = texts, []
        for text in texts:
            try:
                call = await client.begin("sendMessage", room=self.room, text=text, clientId=text)
            except ConnectionClosed:
                return
            self._sent.append((call, text))

    def settle(self, client: Client, *, clean: bool) -> None:
        """Read the remaining replies after the connection was closed. ``clean``: it was closed by a
        drain, so that unacknowledged messages were not written."""
        replies = {frame["id"]: frame for frame in client.frames if "id" in frame}
        acknowledged = list[str]()
        for call, text in self._sent:
            reply = replies.get(call)
            if reply is None:
                self.unanswered += 1
            elif "error" in reply:
                assert reply["error"]["data"]["reason"] == "busy", reply
                self.refused += 1
            else:
                self._acknowledge(text, reply["result"], clean)
                acknowledged.append(text)
        sent = [text for _, text in self._sent]
        assert acknowledged == sent[: len(acknowledged)], "a drain refuses all that comes later"
        self.unsettled = [text for text in self.unsettled if text not in self.places]

    def _acknowledge(self, text: str, sent: Json, clean: bool) -> None:
        assert sent["room"] == self.room
        if sent["duplicate"]:
            assert not clean, f"{text} was written by a server that drained without answering it"
            self.settled_later += 1
        else:
            assert sent["seq"] > max(self.places.values(), default=0), "out of order"
        assert text not in self.places
        self.places[text] = sent["seq"]


@attrs.define(eq=False)
class Watcher:
    """Receives all messages of its rooms, across resumes: each once, in order."""

    told: dict[str, list[Json]]
    epoch: str | None = None

    async def resume(self, client: Client) -> None:
        for room, told in self.told.items():
            more = True
            while more:
                since = {"epoch": self.epoch, "sinceRev": len(told)} if self.epoch else {}
                page = await client.call("subscribe", room=room, **since)
                for message in page["messages"]:
                    self.take(message)
                more = page["hasMore"]
        self.epoch = client.connected["epoch"]

    def hear(self, client: Client) -> None:
        """Process the events received."""
        for event in client.pending("newMessage"):
            client.untaken.remove(event)
            self.take(event["params"])

    def take(self, message: Json) -> None:
        told = self.told[message["room"]]
        assert message["seq"] == message["rev"] == len(told) + 1, (message, told[-1:])
        told.append({name: value for name, value in message.items() if name != "epoch"})
