"""An independent count of who has what unread, kept from calls and their replies alone (I4).

Knows the contract, not the code: it shares no rule with the server.
"""

from typing import Any, Final

import attrs

from chatroom.model import Level, direct_pair
from chatroom.protocol import results
from chatroom.room import mail

TEXTS: Final[dict[str, tuple[str, ...]]] = {
    "hello": (),
    "hello @bob": ("bob",),
    "@alice, @carol.": ("alice", "carol"),
    "@room": ("room",),
    "all in the @room, and @dave": ("room", "dave"),
    "mail to x@bob": (),
}
"""Texts, and whom they mention, members or not."""


@attrs.frozen
class Op:
    """A call of someone's on a room."""

    kind: Any
    user: str
    room: str
    args: tuple[Any, ...] = ()


@attrs.define
class Note:
    sender: str
    text: str
    mentions: set[str]
    deleted: bool = False


@attrs.define
class Seat:
    cursor: int
    level: Level = "all"


@attrs.frozen
class Count:
    """What an inbox has to say of a room."""

    room: str
    head: int
    rev: int
    cursor: int
    unread: int
    mentions: int
    level: Level
    last: str | None


@attrs.define
class Book:
    """One room."""

    head: int = 0
    rev: int = 0
    seats: dict[str, Seat] = attrs.Factory(dict)
    notes: dict[int, Note] = attrs.Factory(dict)

    def write(self, sender: str, text: str) -> None:
        self.head += 1
        self.rev += 1
        self.notes[self.head] = Note(sender, text, self.mentioned(sender, text))

    def mentioned(self, sender: str, text: str) -> set[str]:
        there = {"room", *self.seats} - {sender}
        return there & set(TEXTS[text])

    def sit(self, user: str) -> None:
        self.seats.setdefault(user, Seat(self.head))

    def prune(self, keep: int) -> None:
        through = max([seq for seq in self.notes if seq <= self.head - keep], default=0)
        self.notes = {seq: note for seq, note in self.notes.items() if seq > through}
        for seat in self.seats.values():
            seat.cursor = max(seat.cursor, through)

    def count(self, name: str, user: str) -> Count:
        seat = self.seats[user]
        new = [
            note
            for seq, note in self.notes.items()
            if seq > seat.cursor and note.sender != user and not note.deleted
        ]
        last = self.notes.get(self.head)
        return Count(
            room=name,
            head=self.head,
            rev=self.rev,
            cursor=seat.cursor,
            unread=len(new),
            mentions=sum(bool({user, "room"} & note.mentions) for note in new),
            level=seat.level,
            last=None if last is None else "" if last.deleted else last.text,
        )


@attrs.define
class Ledger:
    books: dict[str, Book] = attrs.Factory(dict)

    def book(self, room: str) -> Book:
        return self.books.setdefault(room, Book())

    def counts(self, user: str) -> list[Count]:
        return [
            book.count(name, user)
            for name, book in sorted(self.books.items())
            if user in book.seats
        ]

    def enter(self, op: Op, result: Any) -> None:
        """``result`` is not a refusal."""
        book = self.book(op.room)
        match op.kind:
            case mail.Send:
                self._sent(book, op, result)
            case mail.Edit:
                seq, text = op.args
                note = book.notes[seq]
                if note.text != text:
                    note.text, note.mentions = text, book.mentioned(op.user, text)
                    book.rev += 1
                    assert result.rev == book.rev
            case mail.Delete:
                note = book.notes[op.args[0]]
                if not note.deleted:
                    note.deleted = True
                    book.rev += 1
                    assert result.rev == book.rev
            case mail.MarkRead:
                seat = book.seats[op.user]
                seat.cursor = max(seat.cursor, op.args[0])
            case mail.SetLevel:
                book.seats[op.user].level = op.args[0]
            case mail.Join | mail.Create:
                book.sit(op.user)
            case mail.Invite:
                book.sit(op.args[0])
            case mail.Leave:
                del book.seats[op.user]
            case mail.Remove | mail.Ban:
                book.seats.pop(op.args[0], None)
            case mail.Unban:
                pass  # nobody sits down by it
            case _:
                raise NotImplementedError(op.kind)

    def _sent(self, book: Book, op: Op, sent: results.Sent) -> None:
        if sent.duplicate:
            assert book.notes[sent.seq].sender == op.user
            return
        if not book.seats and (pair := direct_pair(op.room)):
            for user in set(pair):
                book.sit(user)
        book.write(op.user, op.args[0])
        assert (sent.seq, sent.rev) == (book.head, book.rev)
