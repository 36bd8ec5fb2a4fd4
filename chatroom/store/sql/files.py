"""Queries and writes of uploads, blobs and the messages that have them: see
:mod:`chatroom.store.files`. Triggers of the engines count references and usage.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from ...errors import Refused
from ...model import Attachment, Message, Part, Thumbnail
from ..files import (
    FILE_OVERHEAD_BYTES,
    FileLimits,
    Limit,
    OwnUpload,
    ReadableFile,
    StoredPart,
    Upload,
)
from ..housekeeping import FileSize
from .administration import is_admin
from .connection import Connection
from .rows import MESSAGE_CHANGED, Columns, among, json_array

_UPLOAD: Final = Columns(Upload)
"""Columns of ``uploads``."""
_PART: Final = Columns(StoredPart)
"""Columns of ``upload_parts``."""
AVATARS: Final = ""
"""In the column ``room``: the upload is an avatar. No room has this name."""
ALL: Final = "*"
"""The name under which ``file_usage`` counts what all accounts keep."""


# ---- uploads


def add_upload(connection: Connection, upload: Upload, limits: FileLimits) -> Limit | None:
    size = upload.length + FILE_OVERHEAD_BYTES
    kept, waiting = _usage(connection, upload.user)
    if limits.waiting is not None and waiting >= limits.waiting:
        return "uploads"
    if limits.bytes is not None and kept + size > limits.bytes:
        return "account"
    if limits.all_bytes is not None and _usage(connection, ALL)[0] + size > limits.all_bytes:
        return "server"
    connection.execute(
        f"INSERT INTO uploads ({_UPLOAD}) VALUES ({_UPLOAD.parameters})", _UPLOAD.named(upload)
    )
    return None


def _usage(connection: Connection, user: str) -> tuple[int, int]:
    row = connection.execute(
        "SELECT bytes, waiting FROM file_usage WHERE user = :user", {"user": user}
    ).fetchone()
    return row or (0, 0)


def file_sizes(connection: Connection, after: str, limit: int) -> list[FileSize]:
    rows = connection.execute(
        """
        SELECT user, bytes, waiting FROM file_usage WHERE user > :after AND user <> :all
        ORDER BY user LIMIT :limit
        """,
        {"after": after, "limit": limit, "all": ALL},
    )
    return [FileSize(*row) for row in rows]


def upload(connection: Connection, upload: str) -> Upload | None:
    row = connection.execute(
        f"SELECT {_UPLOAD} FROM uploads WHERE id = :id AND room IS NULL", {"id": upload}
    ).fetchone()
    return None if row is None else _UPLOAD.value(row)


def remove_upload(connection: Connection, upload: str) -> bool:
    removed = connection.execute(
        "DELETE FROM uploads WHERE id = :id AND room IS NULL", {"id": upload}
    )
    return removed.rowcount == 1


def old_uploads(connection: Connection, before: int, limit: int) -> list[str]:
    rows = connection.execute(
        """
        SELECT id FROM uploads WHERE room IS NULL AND created_at < :before
        ORDER BY created_at LIMIT :limit
        """,
        {"before": before, "limit": limit},
    )
    return [found for (found,) in rows]


def finish_upload(connection: Connection, upload: str, parts: Sequence[StoredPart]) -> bool:
    digests = {part.digest for part in parts}
    (kept,) = connection.execute(
        f"SELECT count(*) FROM blobs WHERE digest {among('digests')} AND NOT doomed",
        {"digests": json_array(digests)},
    ).fetchone()
    if kept < len(digests):
        return False
    done = connection.execute(
        "UPDATE uploads SET complete = TRUE WHERE id = :id AND room IS NULL AND NOT complete",
        {"id": upload},
    )
    if done.rowcount == 0:
        return False
    connection.executemany(
        f"INSERT INTO upload_parts (upload, {_PART}) VALUES (:upload, {_PART.parameters})",
        [{"upload": upload, **_PART.named(part)} for part in parts],
    )
    return True


# ---- blobs


def claim_blobs(connection: Connection, digests: Collection[str], now: int) -> bool:
    doomed = connection.execute(
        f"SELECT 1 FROM blobs WHERE digest {among('digests')} AND doomed LIMIT 1",
        {"digests": json_array(digests)},
    ).fetchone()
    if doomed is not None:
        return False
    # Another time, for one that is there already: it is kept for a grace from now on.
    connection.executemany(
        """
        INSERT INTO blobs (digest, unused_since) VALUES (:digest, :now)
        ON CONFLICT (digest) DO UPDATE SET unused_since = excluded.unused_since
            WHERE blobs.refs = 0
        """,
        [{"digest": digest, "now": now} for digest in digests],
    )
    return True


def doom_blobs(connection: Connection, now: int, before: int, limit: int) -> list[str]:
    values = {"now": now, "before": before, "limit": limit}
    connection.execute(
        """
        UPDATE blobs SET unused_since = :now
        WHERE refs = 0 AND doomed = FALSE AND unused_since IS NULL
        """,
        values,
    )
    connection.execute(
        """
        UPDATE blobs SET doomed = TRUE
        WHERE refs = 0 AND doomed = FALSE AND unused_since < :before
        """,
        values,
    )
    rows = connection.execute(
        "SELECT digest FROM blobs WHERE refs = 0 AND doomed = TRUE LIMIT :limit", values
    )
    return [digest for (digest,) in rows]


def forget_blobs(connection: Connection, digests: Collection[str]) -> None:
    connection.execute(
        f"DELETE FROM blobs WHERE digest {among('digests')} AND doomed",
        {"digests": json_array(digests)},
    )


# ---- in messages


def find_uploads(connection: Connection, uploads: Collection[str]) -> Mapping[str, OwnUpload]:
    """Return those that are complete and in no message."""
    rows = connection.execute(
        f"""
        SELECT u.id, u.user, u.name, {_PART.of("p")}
        FROM uploads AS u JOIN upload_parts AS p ON p.upload = u.id
        WHERE u.id {among("uploads")} AND u.room IS NULL AND u.complete
        """,
        {"uploads": json_array(uploads)},
    )
    found: dict[str, tuple[str, str, dict[Part, StoredPart]]] = {}
    for id_, user, name, *row in rows:
        part = _PART.value(row)
        found.setdefault(id_, (user, name, {}))[2][part.part] = part
    return {
        id_: OwnUpload(user, _attachment(id_, name, parts))
        for id_, (user, name, parts) in found.items()
    }


def _attachment(id_: str, name: str, parts: Mapping[Part, StoredPart]) -> Attachment:
    file = parts["file"]
    thumbnails = [parts[part] for part in ("small", "large") if part in parts]
    return Attachment(
        id_,
        name,
        file.type,
        file.size,
        file.width,
        file.height,
        tuple(Thumbnail(each.part, each.width or 0, each.height or 0) for each in thumbnails),
    )


def attach(connection: Connection, room: str, message: Message) -> None:
    """Give the uploads of a new message to it.

    :raises LookupError: one of them is in another message, so the room's rules have decided on a
        wrong state.
    """
    ids = [attachment.id for attachment in message.attachments]
    given = connection.execute(
        f"""
        UPDATE uploads SET room = :room, seq = :seq
        WHERE id {among("ids")} AND room IS NULL AND complete
        """,
        {"room": room, "seq": message.seq, "ids": json_array(ids)},
    )
    if given.rowcount != len(ids):
        raise LookupError("an upload is in another message")
    connection.execute(
        "UPDATE messages SET attachments = :attachments WHERE room = :room AND seq = :seq",
        {"room": room, **MESSAGE_CHANGED.named(message)},
    )


def detach(connection: Connection, room: str, seq: int) -> None:
    """Remove the uploads of a message."""
    connection.execute(
        "DELETE FROM uploads WHERE room = :room AND seq = :seq", {"room": room, "seq": seq}
    )


def keep_avatar(connection: Connection, user: str, upload: str) -> bool:
    """Make an upload an avatar. Return False if it is no picture that the user has uploaded, or
    is in a message."""
    kept = connection.execute(
        """
        UPDATE uploads SET room = :avatars
        WHERE id = :upload AND user = :user AND room IS NULL AND complete
          AND EXISTS (
              SELECT 1 FROM upload_parts
              WHERE upload = :upload AND part = 'file' AND width IS NOT NULL
                AND type LIKE 'image/%'
          )
        """,
        {"avatars": AVATARS, "upload": upload, "user": user},
    )
    return kept.rowcount == 1


def remove_avatar(connection: Connection, upload: str) -> None:
    connection.execute(
        "DELETE FROM uploads WHERE id = :upload AND room = :avatars",
        {"avatars": AVATARS, "upload": upload},
    )


def readable_file(
    connection: Connection, upload: str, part: Part, log_in: str, everyone: bool = False
) -> ReadableFile | Refused:
    whose = connection.execute(
        """
        SELECT u.name FROM tokens AS t JOIN users AS u ON u.name = t.user
        WHERE t.id = :id AND NOT u.disabled
        """,
        {"id": log_in},
    ).fetchone()
    if whose is None:
        return Refused("forbidden", "the log-in for which the link was made has ended; get another")
    (user,) = whose
    everyone = everyone or is_admin(connection, user)
    row = connection.execute(
        f"""
        SELECT u.name, {_PART.of("p")}
        FROM uploads AS u JOIN upload_parts AS p ON p.upload = u.id AND p.part = :part
        WHERE u.id = :upload AND CASE WHEN u.room IS NULL THEN u.user = :user
              WHEN u.room = :avatars THEN u.user = :user OR :everyone OR EXISTS (
                  SELECT 1 FROM members AS one
                  JOIN members AS other ON other.user = u.user AND other.room = one.room
                  JOIN rooms AS r ON r.name = one.room
                  WHERE one.user = :user
              )
              ELSE EXISTS (
                  SELECT 1 FROM members AS m JOIN rooms AS r ON r.name = m.room
                  WHERE m.user = :user AND m.room = u.room
              ) END
        """,
        {
            "upload": upload,
            "part": part,
            "user": user,
            "avatars": AVATARS,
            "everyone": everyone,
        },
    ).fetchone()
    if row is None:
        return Refused("not_found", "there is no such file")
    name, *rest = row
    return ReadableFile(name, _PART.value(rest))
