"""The records of an export: users, rooms and messages, one JSON object a line. Pure."""

from functools import partial
from typing import Any, Final, Literal, TypeAlias

import attrs
import orjson

from ..errors import ChatroomError
from ..frozen import frozen
from ..model import MAX_ATTACHMENTS, MAX_EMOJIS, JsonObject, RoomPolicy, Visibility
from ..protocol.constraints import free_text, json_object
from . import values
from .values import checked, objects, one_of, require_empty, take

MAX_TITLE_CHARS: Final = 80
MAX_TOPIC_CHARS: Final = 250
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
    """A room. Members are ids of users; owners and moderators are among them. ``created_at`` in ms;
    None: with its first message."""

    id: str
    kind: RoomKind
    name: str
    title: str | None
    topic: str
    visibility: Visibility
    policy: RoomPolicy
    created_at: int | None
    members: tuple[str, ...]
    owners: tuple[str, ...]
    moderators: tuple[str, ...] = ()


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
    ``format``: None means markdown; ``type`` and ``data`` are those of the protocol."""

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
    type: str | None = None
    data: JsonObject | None = None
    deleted: bool = False

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
    name = take(found, "name", values.an_id)
    record = UserRecord(
        id=take(found, "id", values.an_id, name),
        name=name,
        display_name=take(found, "displayName", values.display_name, None),
    )
    require_empty(found)
    return record


def _room(found: dict[str, Any]) -> RoomRecord:
    kind: RoomKind = take(found, "kind", partial(one_of, ("room", "direct", "group")), "room")
    plain = kind == "room"
    name = take(found, "name", values.an_id) if plain else ""
    record = RoomRecord(
        id=take(found, "id", values.an_id, name) if plain else take(found, "id", values.an_id),
        kind=kind,
        name=name,
        title=take(
            found, "title", partial(free_text, max_chars=MAX_TITLE_CHARS, min_chars=1), None
        ),
        topic=take(found, "topic", partial(free_text, max_chars=MAX_TOPIC_CHARS), ""),
        visibility=(
            take(found, "visibility", partial(one_of, ("public", "private")), "private")
            if plain
            else "private"
        ),
        policy=RoomPolicy(
            posting=take(found, "posting", values.who, "all"),
            inviting=take(found, "inviting", values.who, "moderators"),
            slow_mode_s=take(found, "slowModeS", values.seconds, 0),
            archived=take(found, "archived", values.flag, False),
        ),
        created_at=take(found, "createdAt", values.time, None),
        members=take(found, "members", values.ids, ()),
        owners=take(found, "owners", values.ids, ()),
        moderators=take(found, "moderators", values.ids, ()),
    )
    require_empty(found)
    leaders = (*record.owners, *record.moderators)
    if kind == "direct" and (not 1 <= len(record.members) <= 2 or leaders):
        raise ValueError("members: a direct room has one or two, and no owners or moderators")
    for key, named in (("owners", record.owners), ("moderators", record.moderators)):
        if missing := set(named) - set(record.members):
            raise ValueError(f"{key}: {min(missing)} is not among the members")
    return record


def _message(found: dict[str, Any]) -> MessageRecord:
    pop = found.pop
    reactions, files = pop("reactions", None), pop("files", None)
    thread, reply_to = pop("thread", None), pop("replyTo", None)
    edited_at, pinned_by = pop("editedAt", None), pop("pinnedBy", None)
    text, form = pop("text", None), pop("format", None)
    kind, data, deleted = pop("messageType", None), pop("data", None), pop("deleted", None)
    if text is None:
        text = ""
    elif type(text) is not str:
        raise ValueError("text: must be a string")
    if form not in (None, "markdown", "plain"):
        raise ValueError("format: must be one of markdown, plain")
    record = MessageRecord(
        id=checked("id", pop("id", None), values.an_id),
        room=checked("room", pop("room", None), values.an_id),
        sender=checked("sender", pop("sender", None), values.an_id),
        time=checked("time", pop("time", None), values.time),
        text=text.strip(),
        thread=None if thread is None else checked("thread", thread, values.an_id),
        reply_to=None if reply_to is None else checked("replyTo", reply_to, values.an_id),
        edited_at=None if edited_at is None else checked("editedAt", edited_at, values.time),
        pinned_by=None if pinned_by is None else checked("pinnedBy", pinned_by, values.an_id),
        reactions=() if reactions is None else checked("reactions", reactions, _reactions),
        files=() if files is None else checked("files", files, _files),
        format="plain" if form == "plain" else None,
        type=None if kind is None else checked("messageType", kind, values.message_type),
        data=None if data is None else checked("data", data, json_object),
        deleted=deleted is not None and checked("deleted", deleted, values.flag),
    )
    if found:
        require_empty(found)
    if record.deleted and record != _emptied(record):
        raise ValueError("deleted: such a message has no text, files or reactions")
    if not record.text and not record.files and not record.deleted:
        raise ValueError("text: a message without files needs one")
    return record


def _emptied(record: MessageRecord) -> MessageRecord:
    return attrs.evolve(
        record, text="", reactions=(), files=(), pinned_by=None, format=None, type=None, data=None
    )


def _reactions(value: object) -> tuple[ReactionRecord, ...]:
    reactions: dict[str, tuple[str, ...]] = {}
    for each in objects(value):
        emoji, users = (
            take(each, "emoji", values.emoji),
            take(each, "users", values.ids),
        )
        require_empty(each)
        reactions[emoji] = tuple(dict.fromkeys((*reactions.get(emoji, ()), *users)))
    if len(reactions) > MAX_EMOJIS:
        raise ValueError(f"at most {MAX_EMOJIS} emojis")
    return tuple(ReactionRecord(emoji, users) for emoji, users in reactions.items())


def _files(value: object) -> tuple[FileRecord, ...]:
    files = []
    for each in objects(value):
        path = take(each, "path", values.path)
        files.append(FileRecord(path, take(each, "name", values.string, path)))
        require_empty(each)
    if len(files) > MAX_ATTACHMENTS:
        raise ValueError(f"at most {MAX_ATTACHMENTS} files")
    return tuple(files)
