"""One room as protocol.md has it: its log, its members, and what is unread for whom.

Written from the document; counts everything anew whenever it is asked.
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
    """A time that the server has chosen, in ms: some number between two that are known. It equals
    the first such number that it is compared with, and from then on no other."""

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
    """A message. ``first_rev`` and ``first_text`` are those it was posted with."""

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
    """The order of mentions is nobody's business; an event has the epoch beside."""
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
    """Of the last message, before there is one, of the room's making."""
    kind: str = "room"
    head_seq: int = 0
    head_rev: int = 0
    first_seq: int = 1
    notes: dict[int, Note] = attrs.Factory(dict)
    first_revs: list[int] = attrs.Factory(list)
    """Of all that was ever posted, by seq."""
    seats: dict[str, Seat] = attrs.Factory(dict)
    banned: set[str] = attrs.Factory(set)
    begun: dict[str, int] = attrs.Factory(dict)
    """epoch -> the first rev that was written in it"""

    def seat(self, user: str) -> Seat:
        """Every call on a room needs membership."""
        if user in self.seats:
            return self.seats[user]
        raise Refusal("not_found" if self.visibility == "private" else "forbidden")

    def note(self, seq: int) -> Note:
        if seq not in self.notes:
            raise Refusal("not_found")
        return self.notes[seq]

    # ---- what happens

    def now(self, moment: Moment) -> Moment:
        """The room's time does not go back."""
        return moment.after(self.last_time) if self.head_seq else moment

    def sit(self, user: str, role: str, moment: Moment) -> None:
        """What was there before is read."""
        self.seats[user] = Seat(role, self.now(moment), self.head_seq)

    def rise(self, user: str) -> str | None:
        """Who becomes owner by it: the longest-standing of the highest role."""
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

    # ---- what is seen

    def messages(self) -> list[Json]:
        return [self.notes[seq].shown() for seq in sorted(self.notes)]

    def changed_since(self, rev: int) -> list[Json]:
        later = [note for note in self.notes.values() if note.rev > rev]
        return [note.shown() for note in sorted(later, key=lambda note: note.rev)]

    def last_valid_rev(self, epochs: Sequence[str], epoch: str) -> int:
        """Up to which a cursor is good, -1: not at all. ``epochs`` are all, in order."""
        if epoch not in epochs:
            return -1
        later = epochs[epochs.index(epoch) + 1 :]
        return min(
            [self.begun[after] - 1 for after in later if after in self.begun] + [self.head_rev]
        )

    def lost_since(self, rev: int) -> bool:
        """Whether something posted after that is not kept any more."""
        return any(first_rev > rev for first_rev in self.first_revs[: self.first_seq - 1])

    def entry(self, user: str) -> Json:
        """In an inbox."""
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
