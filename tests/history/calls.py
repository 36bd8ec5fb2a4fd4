"""Operations reassembled from entries, and the messages and inbox entries that replies and events
show (docs/protocol.md)."""

from collections.abc import Iterable, Iterator
from typing import Final

import attrs

from .entries import Begin, End, Fact, Json, Outcome, Saw, user_of

FOREVER: Final = 1 << 62
"""The end time of an operation without an end."""


@attrs.define
class Call:
    """An operation. ``begun`` and ``ended`` are positions in the recording, ``start`` and ``end``
    are times."""

    begun: int
    process: str
    user: str
    method: str
    args: Json
    start: int
    room: str
    """"" if it has none."""
    ended: int = -1
    end: int = FOREVER
    outcome: Outcome = "info"
    seen: Json = attrs.Factory(dict)

    @classmethod
    def of(cls, position: int, begin: Begin) -> "Call":
        user, args = user_of(begin.process), begin.args
        to = args.get("to")
        room = str(args.get("room", "")) if to is None else direct(user, to)
        return cls(position, begin.process, user, begin.call, args, begin.at, room)

    def finish(self, position: int, end: End) -> None:
        self.ended, self.outcome = position, end.outcome
        if end.outcome == "info":
            return  # the server may still do it
        self.end, self.seen = end.at, end.seen


class Part:
    """A part of the checker. It gets all entries in order."""

    def began(self, call: Call) -> None: ...

    def ended(self, call: Call) -> None: ...

    def saw(self, position: int, saw: Saw) -> None: ...

    def fact(self, fact: Fact) -> None: ...

    def finish(self) -> None:
        """Called at the end. Calls that never ended were passed to :meth:`ended` as ``info``."""


def direct(one: str, other: str) -> str:
    first, second = sorted((one, other))
    return f"@{first}:{second}"


def messages_in(reply: Json) -> Iterator[Json]:
    """Yield all messages in a reply, including the last messages of rooms."""
    yield from reply.get("messages", ())
    for entry in entries_in(reply):
        if (last := entry.get("lastMessage")) is not None:
            yield last


def entries_in(reply: Json) -> Iterable[Json]:
    """Return the inbox entries in a reply to ``getInbox``, ``connect``, ``markRead`` or
    ``setNotifications``."""
    if "rooms" in reply:
        return [entry for entry in reply["rooms"] if "unread" in entry]
    if "inbox" in reply:
        return entries_in(reply["inbox"])
    return (reply,) if "unread" in reply and "readSeq" in reply else ()


def shown_by(saw: Saw) -> Iterator[Json]:
    """Yield the messages in an event."""
    if saw.what in ("newMessage", "messageChanged"):
        yield saw.value
    elif saw.what == "unread" and (last := saw.value.get("lastMessage")) is not None:
        yield last
