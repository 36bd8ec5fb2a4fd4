"""A Slack export as records: users, conversations, and the messages of each."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import orjson

from ...config import Config
from ...model import RoomPolicy
from ...protocol.constraints import free_text
from ..export import Export, Progress
from ..names import account_names, room_names
from ..records import MAX_TITLE_CHARS, MAX_TOPIC_CHARS, ImportFailed, RoomRecord, UserRecord
from .messages import Conversation, Shared
from .source import Json, Source, index_files
from .text import Names, plain

_ROOMS: Final = (
    ("channels.json", "room", "public"),
    ("groups.json", "room", "private"),
    ("dms.json", "direct", "private"),
    ("mpims.json", "group", "private"),
)


def convert(
    source: Source,
    target: Path,
    config: Config,
    files: Path | None,
    prefix: str,
    progress: Progress,
) -> list[str]:
    """Write the records of a Slack export into a file. Return lines for people about what is left
    out.

    :param files: a directory with the files, which an export does not have.
    :param progress: is told how many files of the export more are done.
    :raises ImportFailed: the export is not what Slack makes; file and message are named.
    """
    users = {_id(source, "users.json", each): each for each in source.objects("users.json")}
    rooms = [
        (kind, visibility, name, each)
        for name, kind, visibility in _ROOMS
        for each in source.objects(name)
    ]
    names = _names(source, users, rooms, prefix)
    shared = Shared(config, names, index_files(files), dict(users))
    try:
        with target.open("wb") as file:
            for record in _records(source, rooms, shared, progress):
                file.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))
    except OSError as error:
        raise ImportFailed(f"{target}: {error.strerror}; TMPDIR names another place") from None
    return [f"left out: {what}: {count:,}" for what, count in sorted(shared.skipped.items())]


def _records(
    source: Source, rooms: list[tuple[str, str, str, Json]], shared: Shared, progress: Progress
) -> Iterator[Json]:
    for kind, visibility, name, each in rooms:
        key = _id(source, name, each)
        pins = {
            str(pin.get("id")): str(pin["user"])
            for pin in each.get("pins") or []
            if pin.get("user")
        }
        conversation = Conversation(shared, key, pins)
        folder = key if kind == "direct" else str(each.get("name") or key)
        written = 0
        for record in _messages(source, folder, conversation, progress):
            yield record
            written += 1
        if kind == "direct" and not written:
            shared.skipped["direct room without messages"] += 1
        else:
            yield _room(each, key, kind, visibility, conversation, shared)
    for key, user in shared.users.items():
        if user.get("is_bot") and key not in shared.named:
            shared.skipped["bot that wrote nothing"] += 1
        else:
            yield _user(user)


def _messages(
    source: Source, folder: str, conversation: Conversation, progress: Progress
) -> Iterator[Json]:
    for name in source.days.get(folder, ()):
        found = source.objects(name)
        # In the order of time, so that the root of a thread comes first.
        order = sorted(range(len(found)), key=lambda number: str(found[number].get("ts")))
        for number in order:
            try:
                yield from conversation.records(found[number])
            except (ValueError, AttributeError, TypeError) as error:
                raise ImportFailed(
                    f"{source.path}, {name}, message {number + 1}: {error}"
                ) from None
        progress(1)


def _names(
    source: Source, users: dict[str, Json], rooms: list[tuple[str, str, str, Json]], prefix: str
) -> Names:
    """Return the names that the importer will give, for mentions in texts."""
    export = Export(source.path, source.path)
    for key, user in users.items():
        export.users[key] = UserRecord(key, _user_name(user))
    for kind, _, file, each in rooms:
        if kind == "room":
            key = _id(source, file, each)
            export.rooms[key] = RoomRecord(
                key,
                "room",
                str(each.get("name") or key),
                None,
                "",
                "public",
                RoomPolicy(),
                None,
                (),
                (),
            )
    accounts = account_names(export)
    return Names(accounts, room_names(export, accounts, prefix))


def _id(source: Source, name: str, found: Json) -> str:
    value = found.get("id")
    if type(value) is not str or not value:
        raise ImportFailed(f"{source.path}, {name}: one has no id")
    return value


def _user_name(user: Json) -> str:
    return str(user.get("name") or user["id"])


def _user(user: Json) -> Json:
    profile = user.get("profile") or {}
    record: Json = {"type": "user", "id": user["id"], "name": _user_name(user)}
    for name in (
        profile.get("display_name"),
        profile.get("real_name"),
        user.get("real_name"),
    ):
        try:
            if name:
                return {**record, "displayName": free_text(name, 80, 1)}
        except ValueError:
            continue
    return record


def _room(
    found: Json,
    key: str,
    kind: str,
    visibility: str,
    conversation: Conversation,
    shared: Shared,
) -> Json:
    members = list(dict.fromkeys(str(user) for user in found.get("members") or []))
    if kind != "direct":
        members = [user for user in members if not shared.users.get(user, {}).get("is_bot")]
    for user in members:
        conversation.note(user)
    record: Json = {"type": "room", "kind": kind, "id": key, "members": members}
    if type(created := found.get("created")) is int and created > 0:
        record["createdAt"] = created * 1000
    if kind == "direct":
        return record
    record["owners"] = _owners(found, members, shared)
    record["archived"] = found.get("is_archived") is True
    if kind == "group":
        return record
    about = [(found.get(name) or {}).get("value") or "" for name in ("topic", "purpose")]
    topic = plain(str(about[0] or about[1]), shared.names)[:MAX_TOPIC_CHARS]
    name = str(found.get("name") or key)
    record |= {"name": name, "visibility": visibility}
    try:
        record["topic"] = free_text(topic, MAX_TOPIC_CHARS)
        record["title"] = free_text(name, MAX_TITLE_CHARS, 1)
    except ValueError:
        shared.skipped["topic or title with characters that are not shown"] += 1
    return record


def _owners(found: Json, members: list[str], shared: Shared) -> list[str]:
    """Return who made the channel, or else the admins of the workspace, as far as members."""
    if found.get("creator") in members:
        return [str(found["creator"])]
    return [
        user
        for user in members
        if shared.users[user].get("is_owner") or shared.users[user].get("is_admin")
    ]
