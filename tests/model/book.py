"""One room according to protocol.md: its log, its members, and their unread counts.

Written from the document. All counts are recounted on each request.
"""

from collections.abc import Sequence
from typing import Any, Final

import attrs

from ..client import Json
from ..inbox.unread_counts import TEXTS

ROLES: Final = ("owner", "moderator", "member")


class Refusal(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Moment:
    """A time in ms chosen by the server, of which only bounds are known.

    It equals the first number within the bounds that it is compared with, and then only that one.
    """

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Moment):
            return (self.low, self.high) == (other.low, other.high)
        if not isinstance(other, int) or not self.low <= other <= self.high:
            return False
        self.low = self.high = other
        return True

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{self.low}" if self.low == self.high else f"({self.low}..{self.high})"

    def after(self, other: "Moment") -> "Moment":
        return Moment(max(self.low, other.low), max(self.high, other.high))


@attrs.define
class Note:
    """A message. It was posted with ``first_rev`` and ``first_text``."""

    room: str
    seq: int
    first_rev: int
    sender: str
    first_text: str
    timestamp: Moment
    client_id: str | None
    reply_to: int | None
    mentions: set[str]
    rev: int = attrs.field(init=False)
    text: str = attrs.field(init=False)
    edited_at: Moment | None = None
    deleted: bool = False

    def __attrs_post_init__(self) -> None:
        self.rev, self.text = self.first_rev, self.first_text

    def shown(self) -> Json:
        fields = {
            "room": self.room,
            "seq": self.seq,
            "rev": self.rev,
            "sender": self.sender,
            "text": self.text,
            "timestamp": self.timestamp,
            "clientId": self.client_id,
            "replyTo": self.reply_to,
            "editedAt": self.edited_at,
            "deleted": self.deleted or None,
            "mentions": sorted(self.mentions) or None,
        }
        return {name: value for name, value in fields.items() if value is not None}


def as_preview(message: Json) -> Json:
    text = message["text"]
    return message if len(text) <= 200 else message | {"text": text[:200], "truncated": True}


def as_shown(message: Json) -> Json:
    """Normalize a message: the order of mentions is open, and an event has an epoch too."""
    shown = {name: value for name, value in message.items() if name != "epoch"}
    return shown | {"mentions": sorted(shown["mentions"])} if "mentions" in shown else shown


@attrs.define
class Seat:
    role: str
    joined: Moment
    cursor: int
    level: str = "all"


@attrs.define
class Book:
    name: str
    visibility: str
    last_time: Moment
    """Time of the last message, or of the room's creation."""
    kind: str = "room"
    head_seq: int = 0
    head_rev: int = 0
    first_seq: int = 1
    notes: dict[int, Note] = attrs.Factory(dict)
    first_revs: list[int] = attrs.Factory(list)
    """The first revs of all messages ever posted, by seq."""
    seats: dict[str, Seat] = attrs.Factory(dict)
    banned: set[str] = attrs.Factory(set)
    begun: dict[str, int] = attrs.Factory(dict)
    """By epoch: the first rev written in it."""

    def seat(self, user: str) -> Seat:
        """Return a member's seat. :raises Refusal: the person is not a member."""
        if user in self.seats:
            return self.seats[user]
        raise Refusal("not_found" if self.visibility == "private" else "forbidden")

    def note(self, seq: int) -> Note:
        if seq not in self.notes:
            raise Refusal("not_found")
        return self.notes[seq]

    # ---- changes

    def now(self, moment: Moment) -> Moment:
        """Return the time of a change. A room's time does not decrease."""
        return moment.after(self.last_time) if self.head_seq else moment

    def sit(self, user: str, role: str, moment: Moment) -> None:
        """Add a member. All earlier messages count as read."""
        self.seats[user] = Seat(role, self.now(moment), self.head_seq)

    def rise(self, user: str) -> str | None:
        """Remove a member. Returns the new owner, if any: the first to join of the highest role."""
        role = self.seats.pop(user).role
        if role != "owner" or not self.seats:
            return None
        heir = min(
            self.seats,
            key=lambda name: (
                ROLES.index(self.seats[name].role),
                self.seats[name].joined.low,
                name,
            ),
        )
        if self.seats[heir].role == "owner":
            return None
        self.seats[heir].role = "owner"
        return heir

    def post(
        self, sender: str, text: str, moment: Moment, client_id: str | None, reply_to: int | None
    ) -> Note:
        self.last_time = self.now(moment)
        self.head_seq += 1
        self.head_rev += 1
        note = Note(
            self.name,
            self.head_seq,
            self.head_rev,
            sender,
            text,
            self.last_time,
            client_id,
            reply_to,
            self.mentioned(sender, text),
        )
        self.notes[note.seq] = note
        self.first_revs.append(note.rev)
        return note

    def change(self, note: Note) -> None:
        self.head_rev += 1
        note.rev = self.head_rev

    def mentioned(self, sender: str, text: str) -> set[str]:
        return set(TEXTS.get(text, ())) & ({"room", *self.seats} - {sender})

    def prune(self, keep: int) -> None:
        through = self.head_seq - keep
        if through < self.first_seq:
            return
        self.first_seq = through + 1
        self.notes = {seq: note for seq, note in self.notes.items() if seq > through}
        for seat in self.seats.values():
            seat.cursor = max(seat.cursor, through)

    # ---- views

    def messages(self) -> list[Json]:
        return [self.notes[seq].shown() for seq in sorted(self.notes)]

    def changed_since(self, rev: int) -> list[Json]:
        later = [note for note in self.notes.values() if note.rev > rev]
        return [note.shown() for note in sorted(later, key=lambda note: note.rev)]

    def last_valid_rev(self, epochs: Sequence[str], epoch: str) -> int:
        """Return the last rev for which a cursor of ``epoch`` is valid; -1 for none.

        :param epochs: all epochs in order.
        """
        if epoch not in epochs:
            return -1
        later = epochs[epochs.index(epoch) + 1 :]
        return min(
            [self.begun[after] - 1 for after in later if after in self.begun] + [self.head_rev]
        )

    def lost_since(self, rev: int) -> bool:
        """Return whether a message posted after that rev has been pruned."""
        return any(first_rev > rev for first_rev in self.first_revs[: self.first_seq - 1])

    def entry(self, user: str) -> Json:
        """Return the room's entry in the user's inbox."""
        seat = self.seats[user]
        new = [
            note
            for note in self.notes.values()
            if note.seq > seat.cursor and note.sender != user and not note.deleted
        ]
        entry: dict[str, Any] = {
            "room": self.name,
            "kind": self.kind,
            "title": self.name,
            "headSeq": self.head_seq,
            "readSeq": seat.cursor,
            "unread": len(new),
            "mentions": sum(bool({user, "room"} & note.mentions) for note in new),
            "notifications": seat.level,
        }
        if self.kind == "direct":
            one, other = self.name[1:].split(":")
            partner = other if one == user else one
            entry |= {"title": partner, "with": {"name": partner, "displayName": partner}}
        if self.head_seq in self.notes:
            entry["lastMessage"] = as_preview(self.notes[self.head_seq].shown())
        return entry
