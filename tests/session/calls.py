"""Valid and invalid examples of each call, written from protocol.md.

The params of each call and their types come from the declarations.
"""

from collections.abc import Iterator
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

import attrs

from chatroom.model import JsonObject, Settings
from chatroom.protocol import field_types
from chatroom.protocol.calls import CALLS as DECLARED
from chatroom.protocol.calls import SendMessage
from chatroom.protocol.declaration import camel
from chatroom.protocol.declaring import MemberCall

from ..push.devices import Device

_WRONG_TYPES: Final[dict[str, tuple[object, ...]]] = {
    "string": (7, True, None, ["general"], {"a": 1}, 1.5),
    "number": ("7", True, None, [7], {}, 1.5, 1.0),
    "array": ("bob", 7, None, True, {"0": "bob"}),
    "object": (7, True, None, "a", [], [{}], 1.5),
    "boolean": (1, 0, "true", None, [], {}),
}
_NAMES: Final = ("", "General", "a" * 65, "a b", "a/b", ".a", "-a", "_a", "\u00e4b", "a\n", " a")
"""Invalid as names of people and of rooms."""
_UNKNOWN: Final = ("nonsense", "sender", "timestamp", "client_id", "since_rev", "reply_to", "")
"""Names of fields in the server, or plausible ones. A sender is a parameter of searches alone."""


@attrs.frozen
class Param:
    """A parameter. ``bad`` values have the right type, but are invalid."""

    type: str
    bad: tuple[object, ...]
    required: bool = True
    nullable: bool = False


_DIRECT: Final = (
    *("@bob", "@bob:", "@:bob", "@bob:alice", "@alice:bob:carol", "@Alice:bob", "@"),
    "@" + "a" * 65 + ":b",
    *("~", "~" + "a" * 23, "~" + "g" * 24, "~" + "A" * 24),
)
_CONTROLS: Final = ("a\nb", "a\u009fb", "a\u2028b")
_PARAMS: Final[dict[Any, Param]] = {
    field_types.RoomName: Param("string", (*_NAMES, *_DIRECT)),
    field_types.OwnRoomName: Param("string", (*_NAMES, *_DIRECT, "@alice:bob")),
    field_types.UserName: Param("string", (*_NAMES, "@bob")),
    field_types.UserNames: Param(
        "array", ([], ["bob"] * 21, ["bob", 7], ["Bob"], [None], [["bob"]], [""])
    ),
    field_types.ShownUsers: Param("array", ([], ["bob"] * 101, ["bob", 7], ["Bob"], [""])),
    field_types.NewAvatar: Param("string", ("a" * 31, "A" * 32, "g" * 32, " ")),
    field_types.NewStatus: Param(
        "object",
        (
            *({"mood": "good"}, {"text": 7}, {"text": "a" * 101}, {"text": "a\u202eb"}),
            *({"emoji": ":+1:"}, {"emoji": "a"}, {"until": -1}, {"until": "7"}, {"text": "a\nb"}),
        ),
    ),
    Settings: Param("object", ({"a": "x" * 16384},)),
    field_types.Text: Param("string", ()),  # wrong lengths have reasons of their own
    field_types.UploadId: Param("string", ("", "a" * 31, "A" * 32, "g" * 32)),
    field_types.Uploads: Param(
        "array",
        ([], ["a" * 32] * 2, [f"{n:032}" for n in range(11)], ["a" * 32, 7], [""], [None]),
    ),
    field_types.Emoji: Param("string", ("", "a", "1", "\U0001f44d\U0001f44d", ":+1:")),
    field_types.MessageType: Param("string", _NAMES),
    JsonObject: Param("object", ({"a": "x" * 8192},)),
    field_types.Title: Param(
        "string", ("", "  ", "\u00a0", "a" * 81, "a\nb", "a\u009fb", "a\u2028b")
    ),
    field_types.EndpointUrl: Param(
        "string",
        ("", "push.example/a", "ftp://a/b", "https://", "https://a/ b", "https://a/\u00e4"),
    ),
    field_types.PublicKey: Param(
        "string", ("", "B" * 86, "A" * 87, "B" * 87 + "=", "B" * 86 + "+")
    ),
    field_types.AuthSecret: Param("string", ("", "a" * 21, "a" * 22 + "=", "a" * 21 + "/")),
    field_types.ServerName: Param("string", ("a" * 81, *_CONTROLS)),
    field_types.Accent: Param("string", ("red", "#3f6f8", "#3F6F8F", "#3f6f8f ", "3f6f8f")),
    field_types.Topic: Param("string", ("a" * 251, *_CONTROLS)),
    field_types.ReadOnlyReason: Param("string", ("a" * 251, *_CONTROLS)),
    field_types.AnnouncementText: Param("string", ("a" * 501, *_CONTROLS)),
    field_types.Code: Param("string", ("", "a" * 65)),
    field_types.InvitationId: Param("string", ("", "a" * 65)),
    field_types.Uses: Param("number", (0, -1, 100_001)),
    field_types.Query: Param("string", ("a" * 81,)),
    field_types.SearchQuery: Param("string", ("", "a" * 257)),
    field_types.Cursor: Param("string", ("a" * 257,)),
    field_types.NumberCursor: Param("string", ("", "a", "-1", "1.0", "1" * 19)),
    field_types.InvitationCursor: Param("string", ("", "1", "1.", ".a", "a.a", "1." + "a" * 65)),
    field_types.Reason: Param("string", ("a" * 251, *_CONTROLS)),
    field_types.Pause: Param("number", (-1, 6 * 3600 + 1)),
    field_types.Time: Param("number", (-1,)),
    field_types.ClientId: Param("string", ("", "a" * 65)),
    field_types.MessageSeq: Param("number", (0, -1)),
    field_types.ThreadRoot: Param("number", (0, -1)),
    field_types.Seq: Param("number", (0, -1)),
    field_types.Bound: Param("number", (-1,)),
    field_types.Limit: Param("number", (0, -1, 201)),
    bool: Param("boolean", ()),
    str: Param("string", ()),
}


def _param(field: "attrs.Attribute[Any]") -> Param:
    kind: Any = field.type
    if get_origin(kind) in (UnionType, Union):
        kind = get_args(kind)[0]
    if get_origin(kind) is Literal:
        words = get_args(kind)
        param = Param("string", ("", "nonsense", words[0].upper(), words[0] + " "))
    else:
        param = _PARAMS[kind]
    required, nullable = field.default is attrs.NOTHING, field.default is None
    return attrs.evolve(param, required=required, nullable=nullable)


@attrs.frozen
class Call:
    """Examples of a call.

    :ivar good: params of a valid call by alice, the owner of the room ``general``.
    :ivar extra: optional params, each valid together with ``good``.
    :ivar needs_room: the room must exist, and the caller must be a member.
    """

    name: str
    good: dict[str, Any]
    extra: dict[str, Any]

    @property
    def params(self) -> dict[str, Param]:
        return {camel(field.name): _param(field) for field in attrs.fields(DECLARED[self.name])}

    @property
    def needs_room(self) -> bool:
        return issubclass(DECLARED[self.name], MemberCall | SendMessage)

    def good_params(self) -> list[dict[str, Any]]:
        return [
            self.good,
            self.good | self.extra,
            *(self.good | {name: value} for name, value in self.extra.items()),
        ]

    def bad_params(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield invalid params with the field that the error has to name."""
        for name in filter(lambda name: name not in self.params, _UNKNOWN):
            yield name, self.good | {name: "alice"}
        for name, param in self.params.items():
            if param.required:
                yield name, {other: value for other, value in self.good.items() if other != name}
            for value in (*_WRONG_TYPES[param.type], *param.bad):
                if value is not None or not param.nullable:
                    yield name, self.good | {name: value}


_ROOM: Final[dict[str, Any]] = {"room": "general"}
_MESSAGE: Final = _ROOM | {"seq": 1}
_BOB: Final = {"user": "bob"}
_ENDPOINT: Final[dict[str, Any]] = {"endpoint": "https://push.example/alice"}
_EXAMPLES: Final[dict[str, tuple[dict[str, Any], dict[str, Any]]]] = {
    "joinRoom": (_ROOM, {"create": False}),
    "createRoom": (
        {"room": "other", "visibility": "private"},
        {"title": "Other", "topic": "what else"},
    ),
    "setRoom": (
        _ROOM,
        {"title": "The Room", "topic": "what it is for", "visibility": "public"}
        | {"posting": "all", "inviting": "all", "slowModeS": 0, "archived": False},
    ),
    "createGroup": ({"users": ["bob", "carol"], "clientId": "a" * 64}, {}),
    "deleteRoom": (_ROOM, {}),
    "leaveRoom": (_ROOM, {}),
    "listRooms": ({}, {"query": "gen", "after": "a", "limit": 200}),
    "listMembers": (_ROOM, {"query": "ali", "after": "a", "limit": 1}),
    "invite": (_ROOM | {"user": "carol"}, {}),
    "removeMember": (_ROOM | _BOB, {}),
    "ban": (_ROOM | _BOB, {"until": 1 << 50, "reason": "noise"}),
    "unban": (_ROOM | _BOB, {}),
    "mute": (_ROOM | _BOB, {"until": 1 << 50, "reason": "noise"}),
    "unmute": (_ROOM | _BOB, {}),
    "listBans": (_ROOM, {"after": "a", "limit": 1}),
    "listMutes": (_ROOM, {"after": "a", "limit": 1}),
    "deleteMessagesOf": (_ROOM | _BOB | {"since": 0}, {"before": 1}),
    "setRole": (_ROOM | _BOB | {"role": "moderator"}, {}),
    "blockUser": (_BOB, {}),
    "unblockUser": (_BOB, {}),
    "listBlocked": ({}, {"after": "a", "limit": 1}),
    "subscribe": (_ROOM, {"epoch": "memory", "sinceRev": 0, "limit": 200}),
    "unsubscribe": (_ROOM, {}),
    "sendMessage": (
        _ROOM | {"text": "hello"},
        {
            "clientId": "a" * 64,
            "replyTo": 1,
            "thread": 1,
            "format": "plain",
            "type": "poll",
            "data": {"a": [1.5, None, {"b": True}]},
            "attachments": [f"{2:032x}"],
        },
    ),
    "editMessage": (_MESSAGE | {"text": "hello again"}, {}),
    "deleteMessage": (_MESSAGE, {}),
    "addReaction": (_MESSAGE | {"emoji": "\U0001f44d"}, {}),
    "removeReaction": (_MESSAGE | {"emoji": "\u2764"}, {}),
    "listReactions": (_MESSAGE, {"after": "1:\u2764\ufe0f", "limit": 1}),
    "pinMessage": (_MESSAGE, {}),
    "unpinMessage": (_MESSAGE, {}),
    "listPins": (_ROOM, {"after": "7", "limit": 1}),
    "getMessage": (_MESSAGE, {}),
    "getFile": (_MESSAGE | {"id": f"{1:032x}"}, {}),
    "getMentions": ({}, {"after": "7", "limit": 1}),
    "getHistory": (_ROOM, {"after": 0, "limit": 200, "thread": 1, "whole": True}),
    "getThreads": ({}, {"room": "general", "after": "7:1:general", "limit": 1}),
    "followThread": (_ROOM | {"thread": 1}, {}),
    "unfollowThread": (_ROOM | {"thread": 1}, {}),
    "searchMessages": (
        {"query": "hello"},
        {
            "room": "general",
            "sender": "alice",
            "before": 2**53,
            "after": 0,
            "has": "link",
            "limit": 200,
            "cursor": "1700000000000.1.general",
        },
    ),
    "setServer": ({}, {"name": "Blue House", "accent": "#3f6f8f", "readOnly": ""}),
    "announce": ({"text": "tea at five"}, {"until": 1 << 50}),
    "setServerRole": (_BOB | {"role": "member"}, {}),
    "disableAccount": (_BOB, {}),
    "enableAccount": (_BOB, {}),
    "eraseAccount": (_BOB, {}),
    "listAudit": (
        {},
        {
            "room": "general",
            "by": "bob",
            "user": "bob",
            "act": "ban",
            "since": 1,
            "until": 1 << 50,
            "after": "7",
            "limit": 1,
        },
    ),
    "enterRoom": ({"room": "general"}, {}),
    "createInvitation": (_ROOM, {"server": True, "expiresAt": 1 << 50, "maxUses": 1}),
    "listInvitations": ({}, {"room": "general", "after": "7.a", "limit": 1}),
    "revokeInvitation": ({"id": "an id"}, {}),
    "acceptInvitation": ({"code": "a" * 64}, {}),
    "getInbox": ({}, {"limit": 1}),
    "getUnread": (_ROOM, {"limit": 1}),
    "getPushKey": ({}, {}),
    "addPushEndpoint": (Device(_ENDPOINT["endpoint"]).params, {}),
    "removePushEndpoint": (_ENDPOINT, {}),
    "listPushEndpoints": ({}, {}),
    "testPush": (_ENDPOINT, {}),
    "markRead": (_MESSAGE, {"thread": 1}),
    "setTyping": (_ROOM | {"typing": True}, {}),
    "setProfile": (
        {},
        {"displayName": "Alice A.", "status": {"text": "at lunch", "emoji": "\u2764", "until": 0}},
    ),
    "getAvatars": ({"users": ["bob", "alice"]}, {}),
    "getUsers": ({"users": ["bob", "alice"]}, {}),
    "listUsers": ({}, {"query": "ali", "after": "a", "limit": 1}),
    "setSettings": ({"settings": {"theme": "dark"}}, {}),
    "getSettings": ({}, {}),
    "setNotifications": (_ROOM | {"level": "none"}, {}),
}
CALLS: Final = {name: Call(name, good, extra) for name, (good, extra) in _EXAMPLES.items()}
