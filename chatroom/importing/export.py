"""A whole export, read and checked before anything is written.

Texts stay in the file: of each message it is kept where its line is, what it is called and when it
was sent, which takes about 200 bytes.
"""

from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import attrs

from ..config import Config
from .records import (
    ImportFailed,
    MessageRecord,
    Record,
    RoomRecord,
    UserRecord,
    decode,
)

Progress = Callable[[int], None]
"""Is told how many bytes or messages more are done."""
REPORTED_BYTES: Final = 1 << 20


@attrs.define(eq=False)
class Log:
    """The messages of one room, by their number in the file.

    :ivar order: these numbers in the order of time; of messages of the same ms, that of the file.
    """

    ids: dict[str, int] = attrs.field(factory=dict)
    times: "array[int]" = attrs.field(factory=lambda: array("q"))
    offsets: "array[int]" = attrs.field(factory=lambda: array("q"))
    lines: "array[int]" = attrs.field(factory=lambda: array("q"))
    threads: dict[int, str] = attrs.field(factory=dict)
    quotes: dict[int, str] = attrs.field(factory=dict)
    order: list[int] = attrs.field(factory=list)
    reactions: int = 0
    files: int = 0
    pins: int = 0

    def add(self, record: MessageRecord, offset: int, line: int) -> None:
        """:raises ValueError: another message has the id."""
        number = len(self.times)
        if self.ids.setdefault(record.id, number) != number:
            raise ValueError(f"id: line {self.lines[self.ids[record.id]]} has the same")
        self.times.append(record.time)
        self.offsets.append(offset)
        self.lines.append(line)
        if record.thread is not None:
            self.threads[number] = record.thread
        if record.reply_to is not None:
            self.quotes[number] = record.reply_to
        self.reactions += sum(len(each.users) for each in record.reactions)
        self.files += len(record.files)
        self.pins += record.pinned_by is not None

    def sort(self) -> None:
        """Put the messages into order, and check what they refer to.

        :raises Misplaced: a message refers to one that is not before it.
        """
        self.order = sorted(range(len(self.times)), key=self.times.__getitem__)
        for key, references in (("thread", self.threads), ("replyTo", self.quotes)):
            for number, wanted in references.items():
                found = self.ids.get(wanted)
                if found is None:
                    raise Misplaced(self.lines[number], f"{key}: no message has the id {wanted}")
                if (self.times[found], found) >= (self.times[number], number):
                    raise Misplaced(self.lines[number], f"{key}: {wanted} is not before it in time")
                if key == "thread" and found in self.threads:
                    raise Misplaced(self.lines[number], f"{key}: {wanted} is in a thread itself")


class Misplaced(ValueError):
    """:ivar line: the number of the line that is wrong."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line


@attrs.define(eq=False)
class Export:
    """:ivar path: the file of records.
    :ivar directory: that to which the paths of files are relative.
    :ivar users: by id; likewise ``rooms``.
    """

    path: Path
    directory: Path
    users: dict[str, UserRecord] = attrs.field(factory=dict)
    rooms: dict[str, RoomRecord] = attrs.field(factory=dict)
    logs: dict[str, Log] = attrs.field(factory=dict)

    @property
    def messages(self) -> int:
        return sum(len(log.times) for log in self.logs.values())

    def log(self, room: str) -> Log:
        return self.logs.get(room) or Log()

    def created_at(self, room: str) -> int:
        """Return when a room was made, in ms."""
        log, created_at = self.log(room), self.rooms[room].created_at
        first = log.times[log.order[0]] if log.order else None
        return min(each for each in (created_at, first) if each is not None)

    def read(self, room: str) -> Iterator[MessageRecord]:
        """Read the messages of a room again, in order."""
        log = self.log(room)
        with self.path.open("rb") as file:
            for number in log.order:
                file.seek(log.offsets[number])
                record = decode(file.readline())
                if not isinstance(record, MessageRecord):
                    raise ImportFailed(f"{self.path}: was changed meanwhile")
                yield record


def read_export(
    path: Path, config: Config, now: int, progress: Progress, files: Path | None = None
) -> Export:
    """Read all records of a file and check them.

    :param now: ms since the epoch. Nothing may be later.
    :param files: the directory to which the paths of files are relative; None: that of the file.
    :raises ImportFailed: one of them is wrong; file and line are named.
    """
    export = Export(path, files or path.parent)
    check = _Checks(config, now, export.directory)
    line, offset, told = 0, 0, 0
    people: dict[str, int] = {}
    try:
        with path.open("rb") as file:
            for content in file:
                line += 1
                if not content.isspace():
                    record = decode(content)
                    for user in _people(record):
                        people.setdefault(user, line)
                    check(record)
                    _add(export, record, offset, line)
                offset += len(content)
                if offset - told > REPORTED_BYTES:
                    progress(offset - told)
                    told = offset
        progress(offset - told)
        _check_references(export, people)
    except Misplaced as wrong:
        raise ImportFailed(f"{path}, line {wrong.line}: {wrong}") from None
    except ValueError as error:
        raise ImportFailed(f"{path}, line {line}: {error}") from None
    except OSError as error:
        raise ImportFailed(f"{path}: {error.strerror}") from None
    return export


def _people(record: Record) -> tuple[str, ...]:
    match record:
        case MessageRecord():
            return record.people
        case RoomRecord():
            return record.members
        case UserRecord():
            return ()


def _add(export: Export, record: Record, offset: int, line: int) -> None:
    match record:
        case MessageRecord():
            log = export.logs.get(record.room)
            if log is None:
                log = export.logs[record.room] = Log()
            log.add(record, offset, line)
        case RoomRecord():
            if export.rooms.setdefault(record.id, record) is not record:
                raise ValueError("id: another room has the same")
        case UserRecord():
            if export.users.setdefault(record.id, record) is not record:
                raise ValueError("id: another user has the same")


def _check_references(export: Export, people: dict[str, int]) -> None:
    """:raises Misplaced: a record refers to one that is not in the file."""
    for user, line in people.items():
        if user not in export.users:
            raise Misplaced(line, f"no user has the id {user}")
    for room, log in export.logs.items():
        if room not in export.rooms:
            raise Misplaced(log.lines[0], f"room: no room has the id {room}")
        log.sort()
    for room, record in export.rooms.items():
        if record.created_at is None and room not in export.logs:
            raise ImportFailed(f"{export.path}: room {room}: has neither createdAt nor messages")


@attrs.frozen
class _Checks:
    """What a record must fulfil on this server."""

    config: Config
    now: int
    directory: Path

    def __call__(self, record: Record) -> None:
        """:raises ValueError:"""
        if isinstance(record, RoomRecord):
            self._past("createdAt", record.created_at)
        if not isinstance(record, MessageRecord):
            return
        self._past("time", record.time)
        self._past("editedAt", record.edited_at)
        text, config = record.text, self.config
        if len(text) * 4 > min(config.text_chars, config.text_bytes) and (
            len(text) > config.text_chars or len(text.encode()) > config.text_bytes
        ):
            raise ValueError(
                f"text: at most {config.text_chars} characters and {config.text_bytes} bytes of"
                " UTF-8 (settings text_chars and text_bytes)"
            )
        for file in record.files:
            path = (self.directory / file.path).resolve()
            if not path.is_relative_to(self.directory.resolve()) or not path.is_file():
                raise ValueError(f"files: there is no file {file.path}")

    def _past(self, key: str, time: int | None) -> None:
        if time is not None and time > self.now:
            raise ValueError(f"{key}: is in the future")
