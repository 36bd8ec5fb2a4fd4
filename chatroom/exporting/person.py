"""The export of what the server has of one person, as JSON lines and files: see docs/privacy.md."""

from typing import Any, Final

from ..errors import Refused
from ..model import Message
from ..store.sql import exporting
from ..store.sql.connection import Connection
from .everything import content_of
from .target import Target

PERSON: Final = "person.jsonl"
"""Name of the file of records."""


def export_person(connection: Connection, target: Target, name: str) -> None:
    """Write all that the server has of a person: no secrets, and no texts of others.

    :param connection: in a read transaction.
    :raises Refused: ``not_found``
    """
    if not exporting.is_account(connection, name):
        raise Refused("not_found", f"no such user: {name}")
    for kind, rows in exporting.PERSON.items():
        for fields in exporting.rows_of(connection, rows, name):
            if "digest" in fields:
                fields["path"] = target.copy(fields.pop("digest"))
            target.add(kind, fields)
    for room in exporting.all_rooms(connection):
        for page in exporting.messages_of(connection, room.name, name):
            uploads = [attachment.id for message in page for attachment in message.attachments]
            digests = exporting.digests_of(connection, uploads) if uploads else {}
            for message in page:
                target.add("message", _place(message) | content_of(message, digests, target))


def _place(message: Message) -> dict[str, Any]:
    return {
        "room": message.room,
        "seq": message.seq,
        "time": message.timestamp,
        "thread": message.thread,
        "replyTo": message.reply_to,
        "editedAt": message.edited_at,
        "deleted": message.deleted,
    }
