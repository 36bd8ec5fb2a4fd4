"""Checks of a data directory, opened as at the start of a server, against all facts told."""

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import attrs

from chatroom.accounts.tokens import digest_of
from chatroom.admin.data_directory import lock_directory
from chatroom.config import FILES_DIRECTORY
from chatroom.errors import StartError
from chatroom.files.copies import damaged
from chatroom.files.disk import blob_path
from chatroom.files.disk import digest_of as file_digest
from chatroom.model import InboxRoom, Message
from chatroom.store.room_log import Bounds, Page
from chatroom.store.sql import accounts, inbox, log
from chatroom.store.sql.incarnations import last_valid_rev
from chatroom.store.sql.rooms import people
from chatroom.store.sqlite import SqliteStore
from chatroom.store.sqlite.integrity import faults

from .couriers import digest_sent
from .moves import AFTER, Membership, Move, memberships
from .observations import SAID, FileSent, Ledger, SentCall

EVERYTHING: Final = 1 << 30


@attrs.frozen
class Log:
    head_seq: int
    head_rev: int
    messages: Sequence[Message]
    changes: Sequence[Message]
    """The messages by rev, as a resume from rev 0 returns them."""


@attrs.frozen
class Contents:
    valid: Mapping[tuple[str, str | None], int | None]
    """(epoch, room) -> the last rev of valid cursors; None: the epoch is unknown"""
    logs: Mapping[str, Log]
    inboxes: Mapping[str, Mapping[str, InboxRoom]]
    """user -> room -> entry"""
    tokens: Mapping[str, str]
    """token -> user"""
    memberships: Mapping[tuple[str, str], Membership]
    """(room, user) -> membership"""
    files: Mapping[FileSent, str | None]
    """File of a message -> its digest; None if the message does not have it"""


@attrs.define(eq=False)
class Verifier:
    """``asked``: all calls that clients made, whatever their outcome."""

    asked: Mapping[str, SentCall]
    rooms: Collection[str]
    _texts: dict[tuple[str, str], str] = attrs.Factory(dict)
    """(sender, clientId) -> text"""
    _later: set[tuple[str, int, str]] = attrs.Factory(set)
    """(room, seq, text) of edits and deletes; the text of a delete is empty"""
    _files: dict[str, str] = attrs.Factory(dict)
    """upload -> SHA-256"""
    _moves: dict[str, list[Move]] = attrs.Factory(dict)
    """user -> all changes of membership that they requested, in order"""

    def __attrs_post_init__(self) -> None:
        for call in self.asked.values():
            params = call.params
            if call.method == "sendMessage":
                self._texts[call.user, params["clientId"]] = params["text"]
                for upload in params.get("attachments", ()):
                    self._files[upload] = digest_sent(params["text"])
            elif call.method in ("editMessage", "deleteMessage"):
                self._later.add((params["room"], params["seq"], params.get("text", "")))
            elif call.method in AFTER:
                moves = self._moves.setdefault(call.user, [])
                if (move := Move.of(call.user, call.method, params)) not in moves:
                    moves.append(move)

    def posted(self, user: str, client_id: str) -> str:
        """Return the text sent with that clientId."""
        return self._texts[user, client_id]

    def digest(self, file: FileSent) -> str:
        """Return the SHA-256 of a file as it was sent."""
        return self._files[file.upload]

    def problems(self, directory: Path, ledger: Ledger) -> list[str]:
        """Return the problems found. Those that begin with "lost" concern acknowledged facts."""
        try:
            with lock_directory(directory):
                found = self._read(directory, ledger)
        except (StartError, sqlite3.Error, LookupError) as error:
            return [f"unusable: {error!r}"]
        return [
            *self._lost(ledger, found),
            *self._lost_files(directory, found),
            *self._wrong(found),
            *_unsound(directory),
        ]

    # ---- reading

    def _read(self, directory: Path, ledger: Ledger) -> Contents:
        store = SqliteStore.open(directory)
        # The store's queries without its threads, because there are very many.
        connection = store._connection
        try:
            users = {user for user, _ in ledger.members} | set(ledger.tokens)
            about = dict.fromkeys(move.about for moves in self._moves.values() for move in moves)
            dens = dict.fromkeys(room for room, _ in about)
            owners = {
                token: accounts.token(connection, digest_of(token))
                for token in ledger.tokens.values()
            }
            return Contents(
                {
                    (epoch, room): last_valid_rev(connection, room, epoch)
                    if room
                    else _is_known(connection, epoch)
                    for epoch, room in ledger.epochs
                },
                {room: _log(connection, room) for room in (*self.rooms, *dens)},
                {
                    user: {entry.room: entry for entry in inbox.inbox(connection, user)}
                    for user in users
                },
                {token: owner[1].name for token, owner in owners.items() if owner is not None},
                {(room, user): _stand(connection, room, user) for room, user in about},
                {sent: _digest(connection, sent) for sent in ledger.files},
            )
        finally:
            store.close()

    # ---- checks

    def _lost(self, ledger: Ledger, found: Contents) -> Iterator[str]:
        for (epoch, room), rev in ledger.epochs.items():
            last = found.valid[epoch, room]
            if last is None or last < rev:
                yield f"lost: the cursor at {rev} of {epoch} in {room}: it is good up to {last}"
        for user, token in ledger.tokens.items():
            if found.tokens.get(token) != user:
                yield f"lost: the token of {user}"
        for user, room in ledger.members:
            if room not in found.inboxes[user]:
                yield f"lost: {user} is no member of {room}"
        yield from self._undone(ledger, found)
        for (user, room), seq in ledger.cursors.items():
            entry = found.inboxes.get(user, {}).get(room)
            if entry is None or entry.read_seq < seq:
                yield f"lost: {user} had read {room} up to {seq}: {entry}"
        for room, rev in ledger.heads.items():
            if found.logs[room].head_rev < rev:
                yield f"lost: {room} was at rev {rev}: it is at {found.logs[room].head_rev}"
        messages = {(room, m.seq): m for room, kept in found.logs.items() for m in kept.messages}
        for place, stated in ledger.messages.items():
            message = messages.get(place)
            if message is None or message.rev < stated.rev:
                yield f"lost: {stated}; there is {message}"
            elif any(
                getattr(stated, name) not in (None, getattr(message, name)) for name in SAID
            ) or (message.rev == stated.rev and message.text != stated.text):
                yield f"lost: {stated}; it has become {message}"

    def _lost_files(self, directory: Path, found: Contents) -> Iterator[str]:
        for sent, digest in found.files.items():
            if digest is None or digest != self.digest(sent):
                yield f"lost: {sent}; its digest is {digest}"
                continue
            path = blob_path(directory / FILES_DIRECTORY, digest)
            if not path.is_file() or file_digest(path) != digest:
                yield f"lost: {sent}; there is another file, or none"

    def _undone(self, ledger: Ledger, found: Contents) -> Iterator[str]:
        """Check each user's changes of membership: all answered ones are done, the next one may be,
        and no later one is."""
        for by, moves in self._moves.items():
            done = ledger.moved.get(by, [])
            surely, maybe = memberships(done), memberships(moves[: len(done) + 1])
            for about in {move.about for move in moves}:
                may_be = {surely.get(about, "out"), maybe.get(about, "out")}
                if (stand := found.memberships[about]) not in may_be:
                    yield f"lost: {about} is {stand}, not {may_be}, after {done[-1:]}"

    def _wrong(self, found: Contents) -> Iterator[str]:
        ids = Counter[tuple[str, str | None]]()
        for room, kept in found.logs.items():
            if [message.seq for message in kept.messages] != list(range(1, kept.head_seq + 1)):
                yield f"wrong: the seqs of {room} are not 1 to {kept.head_seq}"
            if list(kept.changes) != sorted(kept.messages, key=lambda message: message.rev):
                yield f"wrong: a resume of {room} tells another log"
            if kept.changes and kept.changes[-1].rev != kept.head_rev:
                yield f"wrong: {room} is at rev {kept.head_rev}, not {kept.changes[-1].rev}"
            times = [message.timestamp for message in kept.messages]
            if times != sorted(times):
                yield f"wrong: the timestamps of {room}"
            for message in kept.messages:
                key = message.sender, message.client_id
                ids[key] += 1
                first = self._texts.get((message.sender, message.client_id or ""))
                later = (room, message.seq, message.text)
                if first is None or (message.text != first and later not in self._later):
                    yield f"wrong: nobody asked for {message}"
        for key, count in ids.items():
            if count > 1:
                yield f"wrong: {count} messages for one clientId, {key}"
        for user, entries in found.inboxes.items():
            for room, entry in entries.items():
                unread = sum(
                    message.seq > entry.read_seq and message.sender != user and not message.deleted
                    for message in found.logs[room].messages
                )
                if entry.unread != unread:
                    yield f"wrong: {entry.unread} unread for {user} in {room}, not {unread}"


def _is_known(connection: sqlite3.Connection, epoch: str) -> int | None:
    known = connection.execute("SELECT 0 FROM incarnations WHERE id = ?", (epoch,)).fetchone()
    return None if known is None else 0


def _stand(connection: sqlite3.Connection, room: str, user: str) -> Membership:
    found = people(connection, room, [user])
    if user in found.members:
        return "in"
    return "banned" if user in found.banned else "out"


def _digest(connection: sqlite3.Connection, sent: FileSent) -> str | None:
    row = connection.execute(
        """
        SELECT p.digest FROM uploads AS u JOIN upload_parts AS p ON p.upload = u.id
        WHERE u.id = ? AND u.room = ? AND u.seq = ? AND u.complete AND p.part = 'file'
        """,
        (sent.upload, sent.room, sent.seq),
    ).fetchone()
    return None if row is None else str(row[0])


def _unsound(directory: Path) -> Iterator[str]:
    """Yield what ``chatroom check`` finds."""
    files: dict[str, int] = {}
    try:
        found = [*faults(directory, files), *damaged(files, directory / FILES_DIRECTORY)]
    except StartError as error:
        found = [repr(error)]
    if found:
        yield f"unsound: {found}"


def _log(connection: sqlite3.Connection, room: str) -> Log:
    messages: list[Message] = []
    page: Page | None = None
    while page is None or (page.more_after and page.messages):
        page = log.page(connection, room, EVERYTHING, Bounds(after=len(messages)))
        messages += page.messages
    changes: list[Message] = []
    rev, since = 0, -1
    while since < rev < page.head_rev:
        since = rev
        some = log.changes(connection, room, since, EVERYTHING)
        changes += some.messages
        rev = some.next_rev
    return Log(page.head_seq, page.head_rev, messages, changes)
