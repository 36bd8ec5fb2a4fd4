"""What is known of each message: who wanted it, where it was placed, how it looked at each rev.

Kept small, for there are many: texts as hashes, entries as positions in the recording.
"""

from collections.abc import Iterator
from typing import Final

import attrs

from .calls import Call
from .entries import Json
from .findings import Timeline

EMPTY: Final = hash("")


def hash_of(text: str) -> int:
    """Of a text as it is kept: trimmed."""
    return hash(text.strip())


@attrs.define
class Wish:
    """A text that someone asked for, once or over and over, by one clientId or in one edit.

    ``start`` and ``begun`` are of the first attempt. ``open`` counts attempts that may have worked
    or may do so yet; without any, and not ``granted``, it was refused.
    """

    room: str
    text: int
    start: int
    begun: int
    open: int = 0
    granted: int = 0
    seq: int = 0
    ended: int = -1
    found: int = -1
    other: "Wish | None" = None

    @property
    def possible(self) -> bool:
        return self.granted + self.open > 0

    def options(self) -> Iterator["Wish"]:
        """With all others under the same clientId: at most one of them can have been granted."""
        wish: Wish | None = self
        while wish is not None:
            yield wish
            wish = wish.other

    def settle(self, call: Call) -> None:
        if call.outcome == "ok":
            self.granted += 1
            self.ended = call.ended
        if call.outcome != "info":
            self.open -= 1


@attrs.define
class Version:
    """A message at one rev. ``full`` covers all that is shown of it; None if only a reply to a
    call told of it. ``at`` and ``position``: where it was first known."""

    rev: int
    text: int
    full: int | None
    edited: bool
    deleted: bool
    at: int
    position: int

    def show(self, shown: "Version") -> None:
        """As it is shown, when only a reply told of it."""
        self.text, self.full = shown.text, shown.full
        self.edited, self.deleted = shown.edited, shown.deleted


@attrs.define
class Placed(Version):
    """A message as it was first known, with its other versions if there are any.

    ``known``: up to which rev it was known at a time, once there is more than one.
    ``final``: it is in the log that was read in the end. ``acked``: its sender was told of it.
    """

    sender: str
    client_id: str | None
    timestamp: int | None
    wish: Wish | None
    final: bool = False
    acked: bool = False
    others: dict[int, Version] | None = None
    known: Timeline | None = None

    def is_of(self, sender: str, client_id: str | None, timestamp: int | None) -> bool:
        """Whether that is what is told of it, as far as it is told."""
        same_time = None in (timestamp, self.timestamp) or timestamp == self.timestamp
        return same_time and (self.sender, self.client_id) == (sender, client_id)

    def is_shown(self, shown: Json) -> bool:
        return self.is_of(shown["sender"], shown.get("clientId"), shown.get("timestamp"))

    def at_rev(self, rev: int) -> Version | None:
        if rev == self.rev:
            return self
        return None if self.others is None else self.others.get(rev)

    def add(self, version: Version) -> None:
        if self.others is None or self.known is None:
            self.others, self.known = {}, Timeline()
            self.known.add(self.at, self.rev, self.position)
        self.others[version.rev] = version
        self.known.add(version.at, version.rev, version.position)

    def had(self, text: int, before: int) -> bool:
        """Whether it had that text at an earlier rev."""
        return any(v.text == text and v.rev < before for v in self.versions())

    def versions(self) -> list[Version]:
        """By rev."""
        if self.others is None:
            return [self]
        return sorted([self, *self.others.values()], key=lambda version: version.rev)


def version_of(shown: Json, at: int, position: int) -> Version:
    """Of a message as events and pages show it, the same to everybody."""
    text, deleted = hash(shown["text"]), bool(shown.get("deleted", False))
    edited_at = shown.get("editedAt")
    full = hash(
        (
            text,
            deleted,
            edited_at,
            shown.get("replyTo"),
            tuple(shown.get("mentions", ())),
        )
    )
    return Version(shown["rev"], text, full, edited_at is not None, deleted, at, position)


@attrs.define
class RoomLog:
    """``changes``: the edits that were asked for, by seq and text; a deletion's text is empty.

    ``acked``: the greatest seq acknowledged by a time. ``first`` and ``head`` are of the final
    reading, 0 without one. ``unnamed``: sends without a clientId, by sender and text.
    ``mentions``: by seq, the last ones known with their rev, of messages that have any.
    """

    placed: dict[int, Placed] = attrs.field(factory=dict)
    changes: dict[int, dict[int, Wish]] = attrs.field(factory=dict)
    acked: Timeline = attrs.field(factory=Timeline)
    unnamed: dict[tuple[str, int], Wish] = attrs.field(factory=dict)
    mentions: dict[int, tuple[int, tuple[str, ...]]] = attrs.field(factory=dict)
    first: int = 1
    head: int = 0
