"""The constraint of each of the :mod:`.field_types`."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from .. import model
from . import field_types, results
from .constraints import (
    MAX_DATA_BYTES,
    MAX_DIGITS,
    MAX_INT,
    MAX_PASSWORD_CHARS,
    MAX_SETTINGS_BYTES,
    MIN_PASSWORD_CHARS,
    UPLOAD_ID,
    Constraint,
    account_name,
    base64url,
    emoji,
    integer,
    json_object,
    matching,
    name,
    names,
    room_name,
    string,
    trimmed,
    uploads,
)


def status(value: object) -> model.Status:
    """Return a status, with its text trimmed as by :func:`free_text`.

    :raises ValueError: it is invalid.
    """
    if type(value) is not dict or not value.keys() <= _STATUS.keys():
        raise ValueError(f"must be an object with at most {', '.join(_STATUS)}")
    fields: dict[str, Any] = {}
    for key, given in value.items():
        try:
            if given is not None:
                fields[key] = _STATUS[key].check(given)
        except ValueError as error:
            raise ValueError(f"its {key} {error}") from None
    return model.Status(**fields)


def _json_schema(max_bytes: int) -> dict[str, object]:
    return {
        "type": "object",
        "additionalProperties": True,
        "description": f"At most {max_bytes} bytes as JSON.",
    }


_FROM_NEXT: Final = "from the next of a reply"
_STATUS: Final[Mapping[str, Constraint]] = MappingProxyType(
    {"text": trimmed(100), "emoji": emoji(), "until": integer(0, MAX_INT)}
)
"""The fields of a status."""
CONSTRAINTS: Final[Mapping[Any, Constraint]] = MappingProxyType(
    {
        field_types.RoomName: room_name(),
        field_types.OwnRoomName: name(),
        field_types.UserName: name(),
        field_types.AccountName: account_name(),
        field_types.NewPassword: string(MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS),
        field_types.UserNames: names(20),
        field_types.ShownUsers: names(100),
        field_types.Text: string(results.FRAME_BYTES),
        field_types.Emoji: emoji(),
        field_types.UploadId: matching(UPLOAD_ID.pattern, 32, "the id of an upload"),
        field_types.Uploads: uploads(model.MAX_ATTACHMENTS),
        field_types.MessageType: name(),
        model.JsonObject: Constraint(json_object, _json_schema(MAX_DATA_BYTES)),
        model.Settings: Constraint(
            partial(json_object, max_bytes=MAX_SETTINGS_BYTES), _json_schema(MAX_SETTINGS_BYTES)
        ),
        field_types.NewAvatar: matching(
            f"({UPLOAD_ID.pattern})?", 32, "the id of an upload, or empty"
        ),
        field_types.NewStatus: Constraint(
            status,
            {
                "type": "object",
                "properties": {
                    key: {"anyOf": [dict(one.schema), {"type": "null"}]}
                    for key, one in _STATUS.items()
                },
                "additionalProperties": False,
            },
        ),
        field_types.Title: trimmed(80, 1),
        field_types.ServerName: trimmed(80),
        field_types.Accent: matching("(#[0-9a-f]{6})?", 7, "#rrggbb in lower case, or empty"),
        field_types.ReadOnlyReason: trimmed(250),
        field_types.AnnouncementText: trimmed(500),
        field_types.Topic: trimmed(250),
        field_types.Reason: trimmed(250),
        field_types.Pause: integer(0, 6 * 3600),
        field_types.Kept: integer(1, 10**10),
        field_types.Time: integer(0, MAX_INT),
        field_types.ClientId: string(64, 1),
        field_types.Secret: string(256),
        field_types.Code: string(64, 1),
        field_types.EndpointUrl: matching(
            r"https?://[!-~]+", 2000, "an https address of at most 2000 characters"
        ),
        field_types.PublicKey: base64url(65, first="B"),
        field_types.AuthSecret: base64url(16),
        field_types.InvitationId: string(64, 1),
        field_types.Uses: integer(1, 100_000),
        field_types.Query: string(80),
        field_types.SearchQuery: string(256, 1),
        field_types.Cursor: string(256),
        field_types.NumberCursor: matching(f"[0-9]{{1,{MAX_DIGITS}}}", MAX_DIGITS, _FROM_NEXT),
        field_types.InvitationCursor: matching(
            rf"[0-9]{{1,{MAX_DIGITS}}}\.[!-~]{{1,64}}", MAX_DIGITS + 65, _FROM_NEXT
        ),
        field_types.Limit: integer(1, results.MAX_PAGE),
        field_types.MessageSeq: integer(1, MAX_INT),
        field_types.ThreadRoot: integer(1, MAX_INT),
        field_types.Seq: integer(1, MAX_INT),
        field_types.Bound: integer(0, MAX_INT),
    }
)
