"""The export of everything, in the records that an import reads: see docs/importing.md."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import orjson

from ..model import DEFAULT_POLICY, Message, Room, direct_pair, is_group
from ..store.sql import exporting
from ..store.sql.connection import Connection
from .target import Target

EVERYTHING: Final = "export.jsonl"
"""Name of the file of records."""


def export_everything(
    connection: Connection, target: Target, progress: Callable[[int], None]
) -> None:
    """Write all accounts, rooms and messages.

    :param connection: in a read transaction.
    :param progress: is told how many messages more are written.
    """
    for account in exporting.all_accounts(connection):
        shown = account.display_name
        fields = {"name": account.name, "displayName": None if shown == account.name else shown}
        target.add("user", fields)
    for room in exporting.all_rooms(connection):
        target.add("room", _room(connection, room))
        for page in exporting.messages_of(connection, room.name):
            for fields in _messages(connection, room, page, target):
                target.add("message", fields)
            progress(len(page))


def _room(connection: Connection, room: Room) -> dict[str, Any]:
    members = exporting.members_of(connection, room.name)
    if direct_pair(room.name) is not None:
        return {
            "kind": "direct",
            "id": room.name,
            "createdAt": room.created_at,
            "members": sorted(member.user for member in members),
        }
    policy = room.policy
    group = is_group(room.name)
    return {
        "kind": "group" if group else None,
        "id": room.name if group else None,
        "name": None if group else room.name,
        "title": room.title,
        "topic": room.topic,
        "visibility": None if group else room.visibility,
        "archived": policy.archived,
        "posting": policy.posting if policy.posting != DEFAULT_POLICY.posting else None,
        "inviting": policy.inviting if policy.inviting != DEFAULT_POLICY.inviting else None,
        "slowModeS": policy.slow_mode_s,
        "createdAt": room.created_at,
        "members": [member.user for member in members],
        "owners": [member.user for member in members if member.role == "owner"],
        "moderators": [member.user for member in members if member.role == "moderator"],
    }


def _messages(
    connection: Connection, room: Room, page: list[Message], target: Target
) -> Iterator[dict[str, Any]]:
    reactors = exporting.reactors_of(connection, room.name, page)
    uploads = [attachment.id for message in page for attachment in message.attachments]
    digests = exporting.digests_of(connection, uploads) if uploads else {}
    for message in page:
        fields: dict[str, Any] = {
            "id": str(message.seq),
            "room": room.name,
            "sender": message.sender,
            "time": message.timestamp,
        }
        # Messages that are pruned cannot be referred to.
        for key, seq in (("thread", message.thread), ("replyTo", message.reply_to)):
            if seq is not None and seq >= room.first_seq:
                fields[key] = str(seq)
        yield (
            fields
            | content_of(message, digests, target)
            | {
                "editedAt": None if message.deleted else message.edited_at,
                "pinnedBy": message.pinned_by,
                "reactions": [
                    {"emoji": each.emoji, "users": reactors[message.seq][each.emoji]}
                    for each in message.reactions
                ],
                "deleted": message.deleted,
            }
        )


def content_of(message: Message, digests: Mapping[str, str], target: Target) -> dict[str, Any]:
    """Return what a message says, and copy its files."""
    files, missing = [], []
    for each in message.attachments:
        path = target.copy(digests[each.id]) if each.id in digests else None
        if path is None:
            missing.append(f"[{each.name}]")
        else:
            files.append({"path": path, "name": each.name})
    return {
        "text": "\n".join([message.text, *missing] if message.text else missing),
        "format": message.format,
        "messageType": message.type,
        "data": None if message.data is None else orjson.loads(message.data),
        "files": files,
    }
