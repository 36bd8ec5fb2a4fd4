"""A consumer that indexes messages, as a search index would, and the check of its index."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

import attrs

from chatroom.model import Message
from chatroom.store.room_log import Changes

Entry: TypeAlias = tuple[int, int, str, bool]
"""The indexed fields of a message: seq, rev, text, and whether it was deleted."""


def entry_of(message: Message) -> Entry:
    return message.seq, message.rev, message.text, message.deleted


@attrs.frozen
class Page:
    """A page that was handed to a consumer, as a recording has it."""

    room: str
    entries: list[Entry]
    next_rev: int
    pruned: bool

    @classmethod
    def of(cls, room: str, page: Changes) -> "Page":
        return cls(room, [*map(entry_of, page.messages)], page.next_rev, page.pruned)


@attrs.define(eq=False)
class Index:
    """The last state of each message, by room and seq.

    It ignores messages up to the highest rev that it has reached in their room. So it lacks
    whatever was not handed at all, or was handed after a later page.
    """

    rooms: dict[str, dict[int, Entry]] = attrs.field(factory=dict)
    reached: dict[str, int] = attrs.field(factory=dict)
    found: list[str] = attrs.field(factory=list)
    """Faults of the pages themselves."""
    pages: int = 0
    repeated: int = 0
    """Messages that were handed again."""

    def take(self, page: Page) -> None:
        self.pages += 1
        indexed, reached = self.rooms.setdefault(page.room, {}), self.reached.get(page.room, 0)
        revs = [rev for _, rev, _, _ in page.entries]
        if revs != sorted(set(revs)) or revs[-1:] > [page.next_rev]:
            self.found.append(f"{page.room}: revs {revs} of a page up to {page.next_rev}")
        if page.pruned and revs:
            self.found.append(f"{page.room}: a gap with messages")
        for entry in page.entries:
            seq, rev, *_ = entry
            if rev > reached:
                indexed[seq] = entry
            else:
                self.repeated += 1
        self.reached[page.room] = max(reached, page.next_rev)

    def faults(self, logs: Mapping[str, Iterable[Entry]]) -> list[str]:
        """Compare the index with the unpruned messages of existing rooms."""
        found = [*self.found]
        for room, log in logs.items():
            indexed = self.rooms.get(room, {})
            found += [
                f"{room}: {entry} is indexed as {indexed.get(entry[0])}"
                for entry in log
                if indexed.get(entry[0]) != entry
            ]
        return found
