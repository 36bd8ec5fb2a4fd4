"""Operations put together again, and what the wire's replies and events show (protocol.md)."""

from collections.abc import Iterable, Iterator
from typing import Final

import attrs

from .entries import Begin, End, Fact, Json, Outcome, Saw, user_of

FOREVER: Final = 1 << 62
"""The end of what has none."""


@attrs.define
class Call:
    """``begun`` and ``ended`` are positions in the recording, ``start`` and ``end`` times."""

    begun: int
    process: str
    user: str
    method: str
    args: Json
    start: int
    ended: int = -1
    end: int = FOREVER
    outcome: Outcome = "info"
    seen: Json = attrs.Factory(dict)

    @classmethod
    def of(cls, position: int, begin: Begin) -> "Call":
        user = user_of(begin.process)
        return cls(position, begin.process, user, begin.call, begin.args, begin.at)

    def finish(self, position: int, end: End) -> None:
        self.ended, self.outcome = position, end.outcome
        if end.outcome == "info":
            return  # whatever it was, it may be done later
        self.end, self.seen = end.at, end.seen

    @property
    def room(self) -> str:
        """ "" if it is on none."""
        if (to := self.args.get("to")) is not None:
            return direct(self.user, to)
        return str(self.args.get("room", ""))


class Part:
    """One part of a checker; is told all that happened, in order."""

    def began(self, call: Call) -> None: ...

    def ended(self, call: Call) -> None: ...

    def saw(self, position: int, saw: Saw) -> None: ...

    def fact(self, fact: Fact) -> None: ...

    def finish(self) -> None:
        """After everything; calls that never ended have been told as ended, as ``info``."""


def direct(one: str, other: str) -> str:
    first, second = sorted((one, other))
    return f"@{first}:{second}"


def messages_in(reply: Json) -> Iterator[Json]:
    """All that a reply shows, also as the last ones of rooms."""
    yield from reply.get("messages", ())
    for entry in entries_in(reply):
        if (last := entry.get("lastMessage")) is not None:
            yield last


def entries_in(reply: Json) -> Iterable[Json]:
    """Of an inbox: what ``getInbox``, ``connect``, ``markRead``, ``setNotifications`` answer."""
    if "rooms" in reply:
        return [entry for entry in reply["rooms"] if "unread" in entry]
    if "inbox" in reply:
        return entries_in(reply["inbox"])
    return (reply,) if "unread" in reply and "readSeq" in reply else ()


def shown_by(saw: Saw) -> Iterator[Json]:
    """The messages that an event shows."""
    if saw.what in ("newMessage", "messageChanged"):
        yield saw.value
    elif saw.what == "unread" and (last := saw.value.get("lastMessage")) is not None:
        yield last
