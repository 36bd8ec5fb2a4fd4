"""The rooms and sessions of a simulated server. Pure."""

from collections import deque
from collections.abc import Collection, Sequence
from typing import Any

import attrs

from .entries import Json, user_of


class Refused(Exception):
    pass


@attrs.define
class SimRoom:
    """A room. ``members`` are in the order of joining, and the first one is the owner.
    ``retired``: the room was deleted, and only its name is left.
    """

    private: bool = False
    retired: bool = False
    members: dict[str, None] = attrs.field(factory=dict)
    banned: set[str] = attrs.field(factory=set)
    messages: list[Json] = attrs.field(factory=list)
    cursors: dict[str, int] = attrs.field(factory=dict)
    levels: dict[str, str] = attrs.field(factory=dict)
    rev: int = 0
    first: int = 1
    begun: dict[str, int] = attrs.field(factory=dict)
    """epoch -> the first rev written in it"""

    def rise(self, epoch: str) -> None:
        """Increment the rev."""
        self.rev += 1
        self.begun.setdefault(epoch, self.rev)

    def last_valid_rev(self, epochs: Sequence[str], epoch: str) -> int:
        if epoch not in epochs:
            return -1
        later = [self.begun[e] for e in epochs[epochs.index(epoch) + 1 :] if e in self.begun]
        return min(later) - 1 if later else self.rev

    @property
    def head(self) -> int:
        return len(self.messages)

    def role(self, user: str) -> str | None:
        if user not in self.members:
            return None
        return "owner" if user == next(iter(self.members)) else "member"

    def kept(self) -> list[Json]:
        return self.messages[self.first - 1 :]

    def entry(self, name: str, user: str) -> Json:
        read = self.cursors[user]
        unread = [
            m for m in self.messages[read:] if m["sender"] != user and not m.get("deleted", False)
        ]
        entry: Json = {"room": name, "headSeq": self.head, "readSeq": read, "unread": len(unread)}
        names = [m.get("mentions", ()) for m in unread]
        entry["notifications"] = self.levels.get(user, "all")
        entry["mentions"] = sum(user in there or "room" in there for there in names)
        if self.kept():
            entry["lastMessage"] = self.kept()[-1]
        return entry


@attrs.define(eq=False)
class SimSession:
    """A session. ``line``: frames in transit, replies as (number, outcome, seen) and events as
    (what, value). ``revs``: the client's cursors by room, as rev and epoch.
    """

    process: str
    line: deque[tuple[Any, ...]] = attrs.field(factory=deque)
    watching: set[str] = attrs.field(factory=set)
    calls: dict[int, tuple[str, Json]] = attrs.field(factory=dict)
    revs: dict[str, tuple[int, str]] = attrs.field(factory=dict)

    @property
    def user(self) -> str:
        return user_of(self.process)


def mentions(text: str, sender: str, members: Collection[str]) -> list[str]:
    there = (word[1:] for word in text.split() if word.startswith("@"))
    return [name for name in there if name != sender and name in {*members, "room"}]
