"""The records of an export: users, rooms and messages, one JSON object a line. Pure."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, Literal, TypeAlias

import orjson

from ..errors import ChatroomError
from ..frozen import frozen
from ..model import MAX_ATTACHMENTS, MAX_EMOJIS, Visibility
from ..names.emojis import emoji_of
from ..protocol.constraints import MAX_INT, free_text

MAX_TITLE_CHARS: Final = 80
MAX_TOPIC_CHARS: Final = 250
MAX_ID_CHARS: Final = 200
RoomKind: TypeAlias = Literal["room", "direct", "group"]


class ImportFailed(ChatroomError):
    """The export cannot be imported. The message says where and why."""


@frozen
class UserRecord:
    """A person. ``id``: what other records call them."""

    id: str
    name: str
    display_name: str | None = None


@frozen
class RoomRecord:
    """A room. Members are ids of users. ``created_at`` in ms; None: with its first message."""

    id: str
    kind: RoomKind
    name: str
    title: str | None
    topic: str
    visibility: Visibility
    archived: bool
    created_at: int | None
    members: tuple[str, ...]
    owners: tuple[str, ...]


@frozen
class ReactionRecord:
    emoji: str
    users: tuple[str, ...]


@frozen
class FileRecord:
    """A file. ``path`` is relative to the directory of the export."""

    path: str
    name: str


@frozen
class MessageRecord:
    """A message. ``thread`` and ``reply_to`` are ids of messages of the same room; times in ms;
    ``format``: None means markdown."""

    id: str
    room: str
    sender: str
    time: int
    text: str
    thread: str | None
    reply_to: str | None
    edited_at: int | None
    pinned_by: str | None
    reactions: tuple[ReactionRecord, ...]
    files: tuple[FileRecord, ...]
    format: Literal["plain"] | None = None

    @property
    def people(self) -> tuple[str, ...]:
        """The ids of all users whom it names."""
        pinned = () if self.pinned_by is None else (self.pinned_by,)
        return (self.sender, *pinned, *(user for each in self.reactions for user in each.users))


Record: TypeAlias = UserRecord | RoomRecord | MessageRecord


def decode(line: bytes) -> Record:
    """Return the record of a line.

    :raises ValueError: what is wrong with it.
    """
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"is not JSON in UTF-8: {error}") from None
    if type(found) is not dict:
        raise ValueError("is no JSON object")
    match found.pop("type", None):
        case "message":
            return _message(found)
        case "room":
            return _room(found)
        case "user":
            return _user(found)
        case _:
            raise ValueError('type: must be "user", "room" or "message"')


def _user(found: dict[str, Any]) -> UserRecord:
    name = _take(found, "name", _id)
    record = UserRecord(
        id=_take(found, "id", _id, name),
        name=name,
        display_name=_take(found, "displayName", _display_name, None),
    )
    _require_empty(found)
    return record


def _room(found: dict[str, Any]) -> RoomRecord:
    kind: RoomKind = _take(found, "kind", partial(_one_of, ("room", "direct", "group")), "room")
    plain = kind == "room"
    name = _take(found, "name", _id) if plain else ""
    record = RoomRecord(
        id=_take(found, "id", _id, name) if plain else _take(found, "id", _id),
        kind=kind,
        name=name,
        title=_take(
            found, "title", partial(free_text, max_chars=MAX_TITLE_CHARS, min_chars=1), None
        ),
        topic=_take(found, "topic", partial(free_text, max_chars=MAX_TOPIC_CHARS), ""),
        visibility=(
            _take(found, "visibility", partial(_one_of, ("public", "private")), "private")
            if plain
            else "private"
        ),
        archived=_take(found, "archived", _flag, False),
        created_at=_take(found, "createdAt", _time, None),
        members=_take(found, "members", _ids, ()),
        owners=_take(found, "owners", _ids, ()),
    )
    _require_empty(found)
    if kind == "direct" and (not 1 <= len(record.members) <= 2 or record.owners):
        raise ValueError("members: a direct room has one or two, and no owners")
    if missing := set(record.owners) - set(record.members):
        raise ValueError(f"owners: {min(missing)} is not among the members")
    return record


def _message(found: dict[str, Any]) -> MessageRecord:
    take = found.pop
    reactions, files = take("reactions", None), take("files", None)
    thread, reply_to = take("thread", None), take("replyTo", None)
    edited_at, pinned_by = take("editedAt", None), take("pinnedBy", None)
    text, form = take("text", ""), take("format", None)
    if type(text) is not str:
        raise ValueError("text: must be a string")
    if form not in (None, "markdown", "plain"):
        raise ValueError("format: must be one of markdown, plain")
    record = MessageRecord(
        id=_checked("id", take("id", None), _id),
        room=_checked("room", take("room", None), _id),
        sender=_checked("sender", take("sender", None), _id),
        time=_checked("time", take("time", None), _time),
        text=text.strip(),
        thread=None if thread is None else _checked("thread", thread, _id),
        reply_to=None if reply_to is None else _checked("replyTo", reply_to, _id),
        edited_at=None if edited_at is None else _checked("editedAt", edited_at, _time),
        pinned_by=None if pinned_by is None else _checked("pinnedBy", pinned_by, _id),
        reactions=() if reactions is None else _checked("reactions", reactions, _reactions),
        files=() if files is None else _checked("files", files, _files),
        format="plain" if form == "plain" else None,
    )
    if found:
        _require_empty(found)
    if not record.text and not record.files:
        raise ValueError("text: a message without files needs one")
    return record


def _reactions(value: object) -> tuple[ReactionRecord, ...]:
    reactions: dict[str, tuple[str, ...]] = {}
    for each in _objects(value):
        emoji, users = _take(each, "emoji", _emoji), _take(each, "users", _ids)
        _require_empty(each)
        reactions[emoji] = tuple(dict.fromkeys((*reactions.get(emoji, ()), *users)))
    if len(reactions) > MAX_EMOJIS:
        raise ValueError(f"at most {MAX_EMOJIS} emojis")
    return tuple(ReactionRecord(emoji, users) for emoji, users in reactions.items())


def _files(value: object) -> tuple[FileRecord, ...]:
    files = []
    for each in _objects(value):
        path = _take(each, "path", _path)
        files.append(FileRecord(path, _take(each, "name", _string, path)))
        _require_empty(each)
    if len(files) > MAX_ATTACHMENTS:
        raise ValueError(f"at most {MAX_ATTACHMENTS} files")
    return tuple(files)


# ---- checks of values

_REQUIRED: Final = object()


def _take(
    found: dict[str, Any], key: str, check: Callable[[Any], Any], default: object = _REQUIRED
) -> Any:
    """Remove a field and return its checked value. Null counts as missing."""
    value = found.pop(key, None)
    if value is None:
        if default is _REQUIRED:
            raise ValueError(f"{key}: is missing")
        return default
    return _checked(key, value, check)


def _checked(key: str, value: object, check: Callable[[Any], Any]) -> Any:
    try:
        return check(value)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None


def _require_empty(rest: Mapping[str, object]) -> None:
    """:raises ValueError: fields are left, which would be lost."""
    if rest:
        raise ValueError(f"{next(iter(rest))[:64]}: there is no such field")


def _objects(value: object) -> list[dict[str, Any]]:
    if type(value) is not list or any(type(each) is not dict for each in value):
        raise ValueError("must be an array of objects")
    return value


def _string(value: object) -> str:
    if type(value) is not str:
        raise ValueError("must be a string")
    return value


def _id(value: object) -> str:
    if type(value) is not str or not 0 < len(value) <= MAX_ID_CHARS:
        raise ValueError(f"must be a string of 1 to {MAX_ID_CHARS} characters")
    return value


def _ids(value: object) -> tuple[str, ...]:
    if type(value) is not list:
        raise ValueError("must be an array of ids")
    return tuple(dict.fromkeys(map(_id, value)))


def _display_name(value: object) -> str:
    return free_text(value, 80, 1)


def _one_of(allowed: tuple[str, ...], value: object) -> str:
    if type(value) is not str or value not in allowed:
        raise ValueError(f"must be one of {', '.join(allowed)}")
    return value


def _flag(value: object) -> bool:
    if type(value) is not bool:
        raise ValueError("must be true or false")
    return value


def _time(value: object) -> int:
    if type(value) is not int or not 0 < value <= MAX_INT:
        raise ValueError("must be a time in ms since 1970, an integer")
    return value


def _emoji(value: object) -> str:
    emoji = emoji_of(_string(value))
    if emoji is None:
        raise ValueError("must be one emoji")
    return emoji


def _path(value: object) -> str:
    path = _string(value)
    parts = path.split("/")
    if not path or path.startswith("/") or ".." in parts or "\0" in path:
        raise ValueError("must be a path below the directory of the export")
    return path
