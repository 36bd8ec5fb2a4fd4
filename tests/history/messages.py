"""The facts known of each message: its requests, its place in the log, and its state at each rev.

Compact, because there are many: texts are stored as hashes, entries as positions in the recording.
"""

from collections.abc import Iterator
from typing import Final

import attrs

from .calls import Call
from .entries import Json
from .findings import Timeline

EMPTY: Final = hash("")


def hash_of(text: str) -> int:
    """Return the hash of a text after trimming, as the server stores it."""
    return hash(text.strip())


@attrs.define
class WriteRequest:
    """A requested text, with one or more attempts: a send with one clientId, or an edit.

    ``start`` and ``begun`` are those of the first attempt. ``open`` counts attempts with an unknown
    outcome. Without any, and if not ``granted``, the wish was refused.
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
    other: "WriteRequest | None" = None

    @property
    def possible(self) -> bool:
        return self.granted + self.open > 0

    def options(self) -> Iterator["WriteRequest"]:
        """Yield this wish and all others with the same clientId, of which at most one was
        granted."""
        wish: WriteRequest | None = self
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
    """A message at one rev. ``full`` is a hash of all its fields; None if it is only known from the
    reply to a send or edit. ``at`` and ``position``: where it was first known."""

    rev: int
    text: int
    full: int | None
    edited: bool
    deleted: bool
    at: int
    position: int

    def show(self, shown: "Version") -> None:
        """Add the fields of a shown version to one known from a reply only."""
        self.text, self.full = shown.text, shown.full
        self.edited, self.deleted = shown.edited, shown.deleted


@attrs.define
class LoggedMessage(Version):
    """A message at its first known version, with its other versions, if any.

    ``known``: the highest known rev over time, once there are several versions. ``final``: it is in
    the log read at the end. ``acked``: it was acknowledged to its sender. ``thread``: its root.
    """

    sender: str
    client_id: str | None
    timestamp: int | None
    wish: WriteRequest | None
    final: bool = False
    acked: bool = False
    thread: int | None = None
    others: dict[int, Version] | None = None
    known: Timeline | None = None

    def is_of(self, sender: str, client_id: str | None, timestamp: int | None) -> bool:
        """Return whether the known fields have these values."""
        same_time = None in (timestamp, self.timestamp) or timestamp == self.timestamp
        return same_time and (self.sender, self.client_id) == (sender, client_id)

    def is_shown(self, shown: Json) -> bool:
        same = self.is_of(shown["sender"], shown.get("clientId"), shown.get("timestamp"))
        return same and self.thread == shown.get("thread")

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
        """Return whether it had this text at a rev before ``before``."""
        return any(v.text == text and v.rev < before for v in self.versions())

    def versions(self) -> list[Version]:
        """Return all versions, by rev."""
        if self.others is None:
            return [self]
        return sorted([self, *self.others.values()], key=lambda version: version.rev)


def version_of(shown: Json, at: int, position: int) -> Version:
    """Return the version of a message in an event or page. It is the same for all readers."""
    text, deleted = hash(shown["text"]), bool(shown.get("deleted", False))
    edited_at = shown.get("editedAt")
    full = hash(
        (
            text,
            deleted,
            edited_at,
            shown.get("replyTo"),
            shown.get("thread"),
            tuple(shown.get("mentions", ())),
            shown.get("format"),
            shown.get("type"),
        )
    )
    return Version(shown["rev"], text, full, edited_at is not None, deleted, at, position)


@attrs.define
class RoomLog:
    """The log of a room. ``changes``: requested edits and deletes, by seq and text, which is empty
    for a delete. ``acked``: the greatest acknowledged seq over time; ``acked_main``:
    of the main log. ``first`` and ``head`` are
    those of the final reading, or 0. ``unnamed``: sends without a clientId, by sender and text.
    ``mentions``: by seq, the last known mentions with their rev.
    """

    placed: dict[int, LoggedMessage] = attrs.field(factory=dict)
    changes: dict[int, dict[int, WriteRequest]] = attrs.field(factory=dict)
    acked: Timeline = attrs.field(factory=Timeline)
    acked_main: Timeline = attrs.field(factory=Timeline)
    unnamed: dict[tuple[str, int], WriteRequest] = attrs.field(factory=dict)
    mentions: dict[int, tuple[int, tuple[str, ...]]] = attrs.field(factory=dict)
    first: int = 1
    head: int = 0
