"""protocol.md's calls as a table: what each takes, one good example, and what is bad about others.

Written from the document, not from the server's code.
"""

from typing import Any, Final

import attrs

WRONG_TYPES: Final[dict[str, tuple[object, ...]]] = {
    "string": (7, True, None, ["general"], {"a": 1}, 1.5),
    "number": ("7", True, None, [7], {}, 1.5, 1.0),
    "boolean": (1, 0, "true", None, [], {}),
}
_NAMES: Final = ("", "General", "a" * 65, "a b", "a/b", ".a", "-a", "_a", "\u00e4b", "a\n", " a")
"""No name of a person, and none of a room."""


@attrs.frozen
class Param:
    """``bad``: of the right type, and nevertheless out of the question."""

    type: str
    bad: tuple[object, ...]
    required: bool = True

    def optional(self) -> "Param":
        return attrs.evolve(self, required=False)


_DIRECT: Final = ("@bob", "@bob:", "@:bob", "@bob:alice", "@alice:bob:carol", "@Alice:bob", "@")
ROOM: Final = Param("string", (*_NAMES, *_DIRECT))
OWN_ROOM: Final = Param("string", (*_NAMES, *_DIRECT, "@alice:bob"))
USER: Final = Param("string", (*_NAMES, "@bob"))
TEXT: Final = Param("string", ())  # its lengths have reasons of their own
SEQ: Final = Param("number", (0, -1))
BOUND: Final = Param("number", (-1,))
LIMIT: Final = Param("number", (0, -1, 201), required=False)
BOOLEAN: Final = Param("boolean", ())
CURSOR: Final = Param("string", ("a" * 257,), required=False)
CLIENT_ID: Final = Param("string", ("", "a" * 65), required=False)


def _one_of(*words: str) -> Param:
    return Param("string", ("", "nonsense", words[0].upper(), words[0] + " "))


@attrs.frozen
class Call:
    """``good``: an example that alice, the owner of the room ``general``, may call.

    ``extra``: optional params beside those of the example, each good with it. ``needs_room``:
    whether the room must exist, and whoever calls be a member.
    """

    params: dict[str, Param]
    good: dict[str, Any]
    extra: dict[str, Any] = attrs.Factory(dict)
    needs_room: bool = True


_ROOM: Final[dict[str, Any]] = {"room": "general"}
_MEMBER: Final = {"room": ROOM, "user": USER}

CALLS: Final[dict[str, Call]] = {
    "joinRoom": Call(
        {"room": OWN_ROOM, "create": BOOLEAN.optional()},
        _ROOM,
        {"create": False},
        needs_room=False,
    ),
    "createRoom": Call(
        {
            "room": OWN_ROOM,
            "visibility": _one_of("public", "private"),
            "title": Param("string", ("", "  ", "a" * 81, "a\nb", "a\u009fb"), required=False),
            "topic": Param("string", ("a" * 251, "a\nb"), required=False),
        },
        {"room": "other", "visibility": "private"},
        {"title": "Other", "topic": "what else"},
        needs_room=False,
    ),
    "leaveRoom": Call({"room": ROOM}, _ROOM),
    "listRooms": Call(
        {
            "query": Param("string", ("a" * 81,), required=False),
            "after": CURSOR,
            "limit": LIMIT,
        },
        {},
        {"query": "gen", "after": "a", "limit": 200},
        needs_room=False,
    ),
    "listMembers": Call(
        {"room": ROOM, "after": CURSOR, "limit": LIMIT}, _ROOM, {"after": "a", "limit": 1}
    ),
    "invite": Call(_MEMBER, _ROOM | {"user": "carol"}),
    "removeMember": Call(_MEMBER, _ROOM | {"user": "bob"}),
    "ban": Call(_MEMBER, _ROOM | {"user": "bob"}),
    "unban": Call(_MEMBER, _ROOM | {"user": "bob"}),
    "blockUser": Call({"user": USER}, {"user": "bob"}, needs_room=False),
    "unblockUser": Call({"user": USER}, {"user": "bob"}, needs_room=False),
    "listBlocked": Call(
        {"after": CURSOR, "limit": LIMIT}, {}, {"after": "a", "limit": 1}, needs_room=False
    ),
    "subscribe": Call(
        {
            "room": ROOM,
            "epoch": Param("string", (), required=False),
            "sinceRev": BOUND.optional(),
            "limit": LIMIT,
        },
        _ROOM,
        {"epoch": "memory", "sinceRev": 0, "limit": 200},
    ),
    "unsubscribe": Call({"room": ROOM}, _ROOM),
    "sendMessage": Call(
        {
            "text": TEXT,
            "room": ROOM.optional(),
            "to": USER.optional(),
            "clientId": CLIENT_ID,
            "replyTo": attrs.evolve(SEQ, required=False),
        },
        _ROOM | {"text": "hello"},
        {"clientId": "a" * 64, "replyTo": 1},
    ),
    "editMessage": Call(
        {"room": ROOM, "seq": SEQ, "text": TEXT}, _ROOM | {"seq": 1, "text": "hello again"}
    ),
    "deleteMessage": Call({"room": ROOM, "seq": SEQ}, _ROOM | {"seq": 1}),
    "getHistory": Call(
        {
            "room": ROOM,
            "before": BOUND.optional(),
            "after": BOUND.optional(),
            "around": BOUND.optional(),
            "limit": LIMIT,
        },
        _ROOM,
        {"after": 0, "limit": 200},
    ),
    "getInbox": Call({"after": CURSOR, "limit": LIMIT}, {}, {"limit": 1}, needs_room=False),
    "getUnread": Call({"room": ROOM, "limit": LIMIT}, _ROOM, {"limit": 1}),
    "markRead": Call({"room": ROOM, "seq": BOUND}, _ROOM | {"seq": 1}),
    "setTyping": Call({"room": ROOM, "typing": BOOLEAN}, _ROOM | {"typing": True}),
    "setNotifications": Call(
        {"room": ROOM, "level": _one_of("all", "mentions", "none")}, _ROOM | {"level": "none"}
    ),
}
LATER: Final = ("setRole", "addReaction", "removeReaction", "searchMessages")
"""Calls of protocol.md that come with later issues."""
