"""The whole server according to protocol.md: replies of all calls, and who receives which events.

A pure model, written from the document and not from the code. Where the model decides a point that
protocol.md leaves open, it is marked OPEN.
"""

from typing import Final

import attrs

from ..client import Json
from . import pages
from .book import ROLES, Book, Moment, Note, Refusal
from .pages import as_result, expect

READS: Final = {
    *("subscribe", "unsubscribe", "getHistory", "getUnread", "listMembers", "getInbox"),
    "listBlocked",
}


def user_of(device: str) -> str:
    return device.partition(".")[0]


def direct(one: str, other: str) -> str:
    return "@" + ":".join(sorted((one, other)))


@attrs.define
class Contract:
    """The model, and what each session must receive since the last :meth:`clear`.

    :ivar told: changes of membership by session.
    :ivar moved: by session, the rooms in which its owner's cursor or level has changed.
    """

    epochs: list[str] = attrs.Factory(list)
    """All epochs in order."""
    users: set[str] = attrs.Factory(set)
    books: dict[str, Book] = attrs.Factory(dict)
    ids: dict[tuple[str, str], Note] = attrs.Factory(dict)
    watching: dict[str, set[str]] = attrs.Factory(dict)
    told: dict[str, list[tuple[str, str, str | None]]] = attrs.Factory(dict)
    moved: dict[str, set[str]] = attrs.Factory(dict)
    blocks: set[tuple[str, str]] = attrs.Factory(set)
    """Pairs: the person who blocks, and the blocked person."""
    retired: set[str] = attrs.Factory(set)

    @property
    def epoch(self) -> str:
        return self.epochs[-1]

    def clear(self) -> None:
        for device in self.watching:
            self.told[device], self.moved[device] = [], set()

    # ---- sessions

    def came(self, device: str) -> None:
        self.watching[device] = set()
        self.told[device], self.moved[device] = [], set()

    def went(self, device: str) -> None:
        self.watching.pop(device, None)
        self.told.pop(device, None)
        self.moved.pop(device, None)

    def _tell(self, room: str, user: str, role: str | None) -> None:
        """Note a change of membership for the room's watchers and all sessions of that person."""
        for device, rooms in self.watching.items():
            if room in rooms or user_of(device) == user:
                self.told[device].append((room, user, role))
                if role is None and user_of(device) == user:
                    rooms.discard(room)
                    self.moved[device].discard(room)

    def _move(self, user: str, room: str) -> None:
        for device, rooms in self.moved.items():
            if user_of(device) == user:
                rooms.add(room)

    # ---- calls

    def answer(
        self, device: str, method: str, params: Json, actual: Json | None, now: Moment
    ) -> None:
        """Make a call in the model, and compare the reply.

        :param actual: the server's reply; None if it is unknown.
        :raises AssertionError: the reply is wrong.
        :raises Refusal: the call must be refused.
        """
        revs = {room: book.head_rev for room, book in self.books.items()}
        self._answer(device, method, params, actual, now)
        for room, book in self.books.items():
            if book.head_rev > (before := revs.get(room, 0)):
                book.begun.setdefault(self.epoch, before + 1)

    def _answer(
        self, device: str, method: str, params: Json, actual: Json | None, now: Moment
    ) -> None:
        user = user_of(device)
        match method:
            case "sendMessage":
                expected = self._send(user, params, now)
            case "joinRoom":
                expected = self._join(user, params["room"], params.get("create", True), now)
            case "createRoom":
                expected = self._create(user, params["room"], params["visibility"], now)
            case "blockUser" | "unblockUser":
                expected = self._block(user, params["user"], method == "blockUser")
            case "listBlocked":
                names = sorted(name for by, name in self.blocks if by == user)
                users = [{"name": name, "displayName": name} for name in names]
                expected = {"users": users, "next": None}
            case "deleteRoom":
                self._retire(params["room"])
                expected = {}
            case "prune":
                self._book(params["room"]).prune(params["keep"])
                expected = {}
            case "getInbox":
                books = {room: self.books[room] for room in self.rooms_of(user)}
                pages.check_inbox(user, books, _given(actual))
                return
            case _:
                expected = self._in_room(device, user, method, params, actual, now)
        if actual is not None:
            expect(as_result(actual), expected, f"{device} {method} {params}")

    def _book(self, room: str) -> Book:
        if room not in self.books:
            raise Refusal("not_found")
        return self.books[room]

    def _in_room(
        self, device: str, user: str, method: str, params: Json, actual: Json | None, now: Moment
    ) -> Json:
        book = self._book(params["room"])
        seat = book.seat(user)
        match method:
            case "leaveRoom":
                self._leave(book, user)
            case "editMessage":
                return self._edit(book, user, params["seq"], params["text"].strip(), now)
            case "deleteMessage":
                return self._delete(book, user, params["seq"])
            case "markRead":
                if params["seq"] > book.head_seq:
                    raise Refusal("invalid_params")
                if params["seq"] > seat.cursor:
                    seat.cursor = params["seq"]
                    self._move(user, book.name)
                return book.entry(user)
            case "setNotifications":
                if params["level"] != seat.level:
                    seat.level = params["level"]
                    self._move(user, book.name)
                return book.entry(user)
            case "subscribe":
                return self._subscribe(device, book, params, _given(actual))
            case "unsubscribe":
                self.watching[device].discard(book.name)
            case "getHistory":
                return pages.history(book, self.epoch, params)
            case "getUnread":
                return pages.history(book, self.epoch, {"after": seat.cursor})
            case "listMembers":
                return pages.members(book, _given(actual))
            case "invite" | "removeMember" | "ban" | "unban":
                self._moderate(book, user, method, params["user"], now)
            case _:
                raise NotImplementedError(method)
        return {}

    # ---- blocks

    def _block(self, user: str, other: str, block: bool) -> Json:
        if block and user == other:
            raise Refusal("invalid_params")
        if block:
            self._know(other)
            self.blocks.add((user, other))
        else:
            self.blocks.discard((user, other))
        return {}

    def _require_unblocked(self, user: str, other: str) -> None:
        if (other, user) in self.blocks:
            raise Refusal("forbidden")

    def _require_unblocked_in(self, room: str, user: str) -> None:
        """In a direct room, check that the other person does not block the user."""
        if room.startswith("@"):
            for other in room[1:].split(":"):
                self._require_unblocked(user, other)

    # ---- an operator deletes a room

    def _retire(self, room: str) -> None:
        """Delete the room and its data at once. The machine waits until the server has done so."""
        book = self._book(room)
        if book.kind == "direct":
            raise Refusal("forbidden")
        del self.books[room]
        self.retired.add(room)
        self.ids = {key: note for key, note in self.ids.items() if note.room != room}
        for device, rooms in self.watching.items():
            rooms.discard(room)
            self.moved[device].discard(room)
            if user_of(device) in book.seats:
                self.told[device].append((room, user_of(device), None))

    def _require_free(self, room: str) -> None:
        if room in self.retired:
            raise Refusal("conflict")

    # ---- messages

    def _send(self, user: str, params: Json, now: Moment) -> Json:
        text, client_id = params["text"].strip(), params.get("clientId")
        room = params["room"] if "room" in params else direct(user, params["to"])
        if not text:
            raise Refusal("text_empty")
        if len(text) > 4000:
            raise Refusal("text_too_long")
        note = self.ids.get((user, client_id or ""))
        # As long as the message is kept, and before every permanent refusal.
        if note is not None and self.books[note.room].notes.get(note.seq) is note:
            if (note.room, note.first_text) != (room, text):
                raise Refusal("conflict")
            return _sent(note, duplicate=True)
        if "to" in params and room not in self.books:
            self._know(params["to"])
            self._require_unblocked_in(room, user)
            if "replyTo" in params:
                raise Refusal("invalid_params")
            self._make_direct(room, now)
        book = self._book(room)
        book.seat(user)
        self._require_unblocked_in(room, user)
        if params.get("replyTo", 0) > book.head_seq:
            raise Refusal("invalid_params")
        note = book.post(user, text, now, client_id, params.get("replyTo"))
        if client_id is not None:
            self.ids[user, client_id] = note
        return _sent(note, duplicate=False)

    def _make_direct(self, room: str, now: Moment) -> None:
        book = self.books[room] = Book(room, "private", now, kind="direct")
        for user in sorted(set(room[1:].split(":"))):
            book.sit(user, "member", now)
            self._tell(room, user, "member")

    def _edit(self, book: Book, user: str, seq: int, text: str, now: Moment) -> Json:
        note = book.note(seq)
        if note.sender != user:
            raise Refusal("forbidden")
        if note.deleted:
            raise Refusal("not_found")  # OPEN
        if note.text != text:  # OPEN: the same text is not a change
            self._require_unblocked_in(book.name, user)
            book.change(note)
            note.text, note.mentions = text, book.mentioned(user, text)
            note.edited_at = book.now(now)
        return {"rev": note.rev}

    def _delete(self, book: Book, user: str, seq: int) -> Json:
        note = book.note(seq)
        if user != note.sender and book.seats[user].role == "member":
            raise Refusal("forbidden")
        if not note.deleted:  # OPEN: a second delete is not a change
            book.change(note)
            note.text, note.mentions, note.deleted = "", set(), True
        return {"rev": note.rev}

    # ---- membership

    def _know(self, user: str) -> None:
        if user not in self.users:
            raise Refusal("not_found")

    def _join(self, user: str, room: str, create: bool, now: Moment) -> Json:
        self._require_free(room)
        created = create and room not in self.books
        if created:
            return self._create(user, room, "public", now)
        book = self._book(room)
        if user not in book.seats:
            if book.visibility == "private":
                raise Refusal("not_found")
            if user in book.banned:
                raise Refusal("banned")
            self._sit(book, user, "member" if book.seats else "owner", now)
        return pages.joined(book, user, created=False)

    def _create(self, user: str, room: str, visibility: str, now: Moment) -> Json:
        self._require_free(room)
        if room in self.books:
            raise Refusal("conflict")
        book = self.books[room] = Book(room, visibility, now)
        self._sit(book, user, "owner", now)
        return pages.joined(book, user, created=True)

    def _sit(self, book: Book, user: str, role: str, now: Moment) -> None:
        book.sit(user, role, now)
        self._tell(book.name, user, role)

    def _leave(self, book: Book, user: str) -> None:
        if book.kind == "direct":
            raise Refusal("forbidden")
        self._rise(book, user)

    def _rise(self, book: Book, user: str) -> None:
        heir = book.rise(user)
        self._tell(book.name, user, None)
        if heir is not None:
            self._tell(book.name, heir, "owner")

    def _moderate(self, book: Book, user: str, method: str, target: str, now: Moment) -> None:
        rank = ROLES.index(book.seats[user].role)
        seat = book.seats.get(target)
        if book.kind == "direct" or book.seats[user].role == "member":
            raise Refusal("forbidden")
        if method in ("removeMember", "ban") and seat and ROLES.index(seat.role) <= rank:
            raise Refusal("forbidden")  # OPEN: only for people with a lower role
        self._know(target)
        match method:
            case "invite":
                if target in book.banned:
                    raise Refusal("banned")
                if seat is None:
                    self._require_unblocked(user, target)
                    self._sit(book, target, "member", now)
            case "removeMember":
                if seat is None:
                    raise Refusal("not_found")  # OPEN
                self._rise(book, target)
            case "ban":
                book.banned.add(target)
                if seat is not None:
                    self._rise(book, target)
            case "unban":
                book.banned.discard(target)
            case _:
                raise NotImplementedError(method)

    # ---- reads

    def _subscribe(self, device: str, book: Book, params: Json, actual: Json) -> Json:
        expected = pages.subscribed(book, self.epochs, user_of(device), params, actual)
        if expected["hasMore"]:
            self.watching[device].discard(book.name)
        else:
            self.watching[device].add(book.name)
        return expected

    def rooms_of(self, user: str) -> list[str]:
        return [name for name, book in self.books.items() if user in book.seats]


def _given(actual: Json | None) -> Json:
    if actual is None:
        raise AssertionError("there was no reason not to answer")
    return actual


def _sent(note: Note, *, duplicate: bool) -> Json:
    return {
        "room": note.room,
        "seq": note.seq,
        "rev": note.first_rev,
        "timestamp": note.timestamp,
        "duplicate": duplicate,
    }
