"""Strategies for the next step. Calls are drawn with values from the present state."""

from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st

from ..following.two_nodes import Line
from ..inbox.histories import TEXTS
from ..push.devices import Device
from .contract import user_of
from .device import Call

if TYPE_CHECKING:
    from .machine import Machine

PEOPLE: Final = ("alice", "bob", "carol", "dave")
DEVICES: Final = ("alice.phone", "alice.laptop", "bob.phone", "bob.laptop", "carol.phone")
"""Devices of the people with accounts at the start. dave signs up later."""
ALL: Final = {"limit": 200}
"""For a list: everything on one page."""
LATER: Final = "dave.phone"
ROOMS: Final = ("lobby", "den", "hall", "yard")
"""``den`` is private, the others are public."""
_TEXTS: Final = (*TEXTS, "  hello ", "\u00fc\U0001f600", "\U0001f600" * 201)
_EMOJIS: Final = ("\U0001f44d", "\u2764\ufe0f")
_CONTENTS: Final[tuple[dict[str, Any], ...]] = (
    {"format": "plain"},
    {"format": "markdown", "type": "poll", "data": {"b": [1, None], "a": "\u00fc"}},
    {"data": {}},
)
_Draw = Callable[[st.SearchStrategy[Any]], Any]


def _pick(draw: _Draw, *values: Any) -> Any:
    """Draw a value. Hypothesis shrinks towards the first."""
    return draw(st.sampled_from(values))


def _seldom(draw: _Draw) -> bool:
    return bool(draw(st.integers(0, 7)) == 7)


def _call(device: str, method: str, **params: Any) -> Call:
    return Call(
        device, method, {name: value for name, value in params.items() if value is not None}
    )


def _place(draw: _Draw, chat: "Machine", role: str = "") -> tuple[str, str]:
    """Draw a session and a room, mostly one in which its owner has that role."""
    places = [
        (device, room.name)
        for device in chat.connected()
        for room in chat.contract.chat.rooms.values()
        if (member := room.members.get(user_of(device))) and role in ("", member.role)
    ]
    if places and not _seldom(draw):
        return draw(st.sampled_from(places))  # type: ignore[no-any-return]
    return _pick(draw, *chat.connected()), _pick(draw, *ROOMS)


def _head(chat: "Machine", room: str) -> int:
    rooms = chat.contract.chat.rooms
    return rooms[room].head_seq if room in rooms else 0


def _seq(draw: _Draw, chat: "Machine", room: str, *backs: int) -> int:
    """Draw a seq, counted back from the head. Below 0 it is past the head."""
    return int(max(_head(chat, room) - _pick(draw, *backs), 0))


def _client_id(draw: _Draw, chat: "Machine") -> str | None:
    return None if _seldom(draw) else chat.new_client_id()


@st.composite
def _in_room(
    draw: _Draw, /, *methods: str, role: str = "", **params: st.SearchStrategy[Any]
) -> Call:
    """Draw one of these calls in a room, mostly by a member with that role."""
    device, room = _place(draw, draw(st.runner()), role)
    drawn = {name: draw(values) for name, values in params.items()}
    return _call(device, _pick(draw, *methods), room=room, **drawn)


leaves = partial(_in_room, "leaveRoom")
levels = partial(_in_room, "setNotifications", level=st.sampled_from(("none", "mentions", "all")))
subscribes = partial(_in_room, "subscribe", limit=st.sampled_from((None, 1, 3)))
unsubscribes = partial(_in_room, "unsubscribe")
sanction_lists = partial(_in_room, "listBans", "listMutes", role="owner")
sanctions = partial(
    _in_room,
    role="owner",
    user=st.sampled_from(PEOPLE[::-1]),
    reason=st.sampled_from((None, "noise")),
    until=st.sampled_from((None, 1 << 50)),
)
moderations = partial(_in_room, role="owner", user=st.sampled_from(PEOPLE[::-1]))


# ---- messages


@st.composite
def sends(draw: _Draw) -> Call:
    chat = draw(st.runner())
    device, room = _place(draw, chat)
    text, client_id = _pick(draw, *_TEXTS), _client_id(draw, chat)
    head = _head(chat, room)
    reply_to = draw(st.integers(1, head)) if head and _seldom(draw) else None
    more = _pick(draw, *_CONTENTS) if _seldom(draw) else {}
    if _seldom(draw):
        more = more | {"attachments": _files(draw, chat, user_of(device))}
        text = _pick(draw, text, " ")
    place = {"room": room, "clientId": client_id, "replyTo": reply_to}
    return _call(device, "sendMessage", text=text, **place, **more)


def _files(draw: _Draw, chat: "Machine", user: str) -> list[str]:
    """Draw ids of uploads, mostly of this user and in no message."""
    uploads = chat.contract.chat.uploads
    own = [id_ for id_, upload in uploads.items() if upload.user == user]
    known = own if own and not _seldom(draw) else sorted(chat.uploads)
    return draw(st.lists(st.sampled_from(known), min_size=1, max_size=2, unique=True))  # type: ignore[no-any-return]


def _root(draw: _Draw, chat: "Machine", room: str) -> int:
    """Draw the root of a thread, mostly a possible one."""
    rooms = chat.contract.chat.rooms
    log = rooms[room].log if room in rooms else {}
    roots = [seq for seq in reversed(log) if log[seq].thread is None]
    roots += [root for root in rooms[room].writers if root not in roots] if log else []
    if roots and not _seldom(draw):
        return int(draw(st.sampled_from(roots)))
    return max(_seq(draw, chat, room, 0, 1, 2, -1), 1)


@st.composite
def answers(draw: _Draw) -> Call:
    """Draw a message in a thread."""
    call, chat = draw(sends()), draw(st.runner())
    root = _root(draw, chat, call.params["room"])
    return _call(call.device, call.method, **call.params, thread=root)


@st.composite
def follows(draw: _Draw) -> Call:
    """Draw a call on whether or how far somebody reads a thread."""
    chat = draw(st.runner())
    device, room = _place(draw, chat)
    method = _pick(draw, "markRead", "markRead", "followThread", "unfollowThread", "getThreads")
    if method == "getThreads":
        return _call(device, method, room=_pick(draw, None, room))
    root = _root(draw, chat, room)
    seq = _seq(draw, chat, room, 0, 0, 1, 2, 4, -1) if method == "markRead" else None
    return _call(device, method, room=room, thread=root, seq=seq)


@st.composite
def direct_messages(draw: _Draw) -> Call:
    chat = draw(st.runner())
    to, text = _pick(draw, *PEOPLE), _pick(draw, *_TEXTS)
    device, client_id = _pick(draw, *chat.connected()), _client_id(draw, chat)
    return _call(device, "sendMessage", to=to, text=text, clientId=client_id)


def _sent_before(chat: "Machine") -> Sequence[Call]:
    """Return the sent messages as calls of each connected device of their sender, latest first."""
    return [
        Call(device, call.method, call.params)
        for call in reversed(chat.sent)
        for device in chat.connected()
        if user_of(device) == user_of(call.device)
    ]


@st.composite
def resends(draw: _Draw) -> Call:
    again = _sent_before(draw(st.runner()))
    call: Call = draw(st.sampled_from(again) if again else sends())
    return call


@st.composite
def forgeries(draw: _Draw) -> Call:
    """Draw a message with a used clientId, but another text or another room."""
    call = draw(resends())
    if draw(st.booleans()):
        return Call(call.device, call.method, call.params | {"text": _pick(draw, *_TEXTS)})
    params = {name: value for name, value in call.params.items() if name != "to"}
    return Call(call.device, call.method, params | {"room": _pick(draw, *ROOMS)})


def _message(draw: _Draw, chat: "Machine") -> tuple[str, str, int]:
    """Draw a session and a message, mostly one sent by its owner."""
    own = [
        (device, message.room, message.seq)
        for room in chat.contract.chat.rooms.values()
        for message in reversed(room.log.values())
        for device in chat.connected()
        if message.sender == user_of(device)
    ]
    if own and not _seldom(draw):
        return draw(st.sampled_from(own))  # type: ignore[no-any-return]
    device, room = _place(draw, chat)
    return device, room, max(_seq(draw, chat, room, 0, 1, 2, 4, -1), 1)


@st.composite
def edits(draw: _Draw) -> Call:
    device, room, seq = _message(draw, draw(st.runner()))
    return _call(device, "editMessage", room=room, seq=seq, text=_pick(draw, *_TEXTS))


@st.composite
def deletes(draw: _Draw) -> Call:
    device, room, seq = _message(draw, draw(st.runner()))
    return _call(device, "deleteMessage", room=room, seq=seq)


@st.composite
def reactions(draw: _Draw) -> Call:
    chat = draw(st.runner())
    device, room = _place(draw, chat)
    seq = max(_seq(draw, chat, room, 0, 0, 1, 2, 4, -1), 1)
    method = _pick(draw, "addReaction", "addReaction", "removeReaction", "listReactions")
    emoji = None if method == "listReactions" else _pick(draw, *_EMOJIS)
    return _call(device, method, room=room, seq=seq, emoji=emoji)


@st.composite
def pins(draw: _Draw) -> Call:
    chat = draw(st.runner())
    device, room = _place(draw, chat, "owner")
    seq = max(_seq(draw, chat, room, 0, 1, 2, -1), 1)
    method = _pick(draw, "pinMessage", "unpinMessage", "listPins", "getMessage")
    return _call(device, method, room=room, seq=None if method == "listPins" else seq)


# ---- people


@st.composite
def profiles(draw: _Draw) -> Call:
    """Draw a call on statuses or settings. Names stay, since inboxes and lists show them too."""
    device = _pick(draw, *draw(st.runner()).connected())
    kind = _pick(draw, "setProfile", "getUsers", "getUsers", "listUsers", "settings")
    match kind:
        case "setProfile":
            status: Any = _pick(draw, {"text": "busy"}, {"text": "", "emoji": _EMOJIS[1]}, {})
            return _call(device, kind, status=status)
        case "getUsers":
            return _call(device, kind, users=draw(st.lists(st.sampled_from(PEOPLE), min_size=1)))
        case "listUsers":
            return _call(device, kind, query=_pick(draw, None, "al", "d"), limit=200)
        case _:
            pass
    number = _pick(draw, None, 0, 1, 2)
    if _seldom(draw):
        return _call(device, "getSettings")
    return _call(device, "setSettings", settings={"n": draw(st.integers(0, 9))}, number=number)


# ---- membership


@st.composite
def joins(draw: _Draw) -> Call:
    chat = draw(st.runner())
    device, room = _pick(draw, *chat.connected()), _pick(draw, *ROOMS)
    if room == "den" and draw(st.booleans()):
        return _call(device, "createRoom", room=room, visibility="private")
    return _call(device, "joinRoom", room=room, create=_pick(draw, None, False))


@st.composite
def settings(draw: _Draw) -> Call:
    device, room = _place(draw, draw(st.runner()), "owner")
    name, *values = _pick(
        draw,
        ("visibility", "private", "public"),
        ("posting", "moderators", "all"),
        ("inviting", "all", "moderators"),
        ("archived", True, False),
        ("title", "Hall", "Yard"),
        ("topic", "", "weather"),
    )
    return _call(device, "setRoom", room=room, **{name: _pick(draw, *values)})


@st.composite
def roles(draw: _Draw) -> Call:
    device, room = _place(draw, draw(st.runner()), "owner")
    role = _pick(draw, "moderator", "member", "owner")
    return _call(device, "setRole", room=room, user=_pick(draw, *PEOPLE[::-1]), role=role)


def _of_admin(draw: _Draw, chat: "Machine") -> str:
    """Draw a session, mostly one of an admin of the server."""
    sessions = [each for each in chat.connected() if chat.contract.chat.is_admin(user_of(each))]
    return _pick(draw, *(chat.connected() if _seldom(draw) or not sessions else sessions))  # type: ignore[no-any-return]


@st.composite
def server_roles(draw: _Draw) -> Call:
    device, user = _of_admin(draw, draw(st.runner())), _pick(draw, *PEOPLE[::-1])
    return _call(device, "setServerRole", user=user, role=_pick(draw, "admin", "member"))


@st.composite
def appearances(draw: _Draw) -> Call:
    device = _of_admin(draw, draw(st.runner()))
    name, accent = _pick(draw, None, "Blue House", ""), _pick(draw, None, "#3f6f8f", "")
    return _call(device, "setServer", name=name, accent=accent)


@st.composite
def disablings(draw: _Draw) -> Call:
    """Draw that somebody is disabled or enabled again."""
    chat = draw(st.runner())
    device, disabled = _of_admin(draw, chat), sorted(chat.contract.chat.disabled)
    if disabled and draw(st.booleans()):
        return _call(device, "enableAccount", user=_pick(draw, *disabled, *PEOPLE))
    return _call(device, "disableAccount", user=_pick(draw, *PEOPLE[::-1]))


@st.composite
def entrances(draw: _Draw) -> Call:
    """Draw that an admin enters a room, mostly an abandoned one."""
    chat = draw(st.runner())
    model = chat.contract.chat
    abandoned = [name for name, room in model.rooms.items() if model.is_abandoned(room)]
    rooms = ROOMS if _seldom(draw) or not abandoned else abandoned
    return _call(_of_admin(draw, chat), "enterRoom", room=_pick(draw, *rooms))


@st.composite
def abandonments(draw: _Draw) -> list[Call]:
    """Draw that all members who are connected leave a room, mostly an expendable one, and that an
    admin enters it."""
    chat = draw(st.runner())
    rooms = [room for room in chat.contract.chat.rooms.values() if room.kind == "room"]
    room = _pick(draw, *(rooms[::-1] or ROOMS))
    name, members = (room, ()) if isinstance(room, str) else (room.name, room.members)
    leaving = {user_of(device): device for device in chat.connected() if user_of(device) in members}
    calls = [_call(device, "leaveRoom", room=name) for device in leaving.values()]
    return [*calls, _call(_of_admin(draw, chat), "enterRoom", room=name)]


@st.composite
def audits(draw: _Draw) -> Call:
    device, room = _place(draw, draw(st.runner()))
    return _call(device, "listAudit", room=_pick(draw, None, room), **ALL)


@st.composite
def invitations(draw: _Draw) -> Call:
    """Draw a call on invitations, mostly a new one."""
    chat = draw(st.runner())
    device, room = _place(draw, chat, "owner")
    method = _pick(draw, *["createInvitation"] * 2, "revokeInvitation", "listInvitations")
    if method == "revokeInvitation":
        made = [each.id for each in chat.contract.chat.invitations if each.id]
        return _call(device, method, id=_pick(draw, *made[::-1], "0"))
    if method == "listInvitations":
        return _call(device, method, room=_pick(draw, None, room), **ALL)
    server = _pick(draw, None, True)
    device = _of_admin(draw, chat) if server and draw(st.booleans()) else device
    limits = {"maxUses": _pick(draw, None, 1, 2), "expiresAt": _pick(draw, None, 1 << 50, 1)}
    return _call(device, method, room=None if _seldom(draw) else room, server=server, **limits)


@st.composite
def acceptances(draw: _Draw) -> Call:
    chat = draw(st.runner())
    device = _pick(draw, *chat.connected()[::-1])
    return _call(device, "acceptInvitation", code=_pick(draw, *chat.codes[::-1], "0"))


# ---- reading


@st.composite
def reads(draw: _Draw) -> Call:
    chat = draw(st.runner())
    device, room = _place(draw, chat)
    return _call(device, "markRead", room=room, seq=_seq(draw, chat, room, 0, 0, 1, 2, 4, -1))


@st.composite
def pages(draw: _Draw) -> Call:
    chat = draw(st.runner())
    device, room = _place(draw, chat)
    if draw(st.booleans()):
        if _seldom(draw):
            return _call(device, "getMentions")
        return _call(device, "getUnread", room=room)
    bound = {_pick(draw, "after", "before"): draw(st.integers(0, _head(chat, room) + 2))}
    if draw(st.booleans()):
        bound["thread"] = _root(draw, chat, room)
    whole = _pick(draw, None, True)
    limit = draw(st.integers(1, 4))
    return _call(device, "getHistory", room=room, limit=limit, whole=whole, **bound)


@st.composite
def searches(draw: _Draw) -> Call:
    """Draw a search, mostly over all rooms."""
    device, room = _place(draw, draw(st.runner()))
    return _call(
        device,
        "searchMessages",
        query=_pick(draw, "hello", "h", "al", "bob mail", '"hello bob"', "\U0001f600", "?!"),
        room=_pick(draw, None, None, room),
        sender=_pick(draw, None, None, *PEOPLE),
        limit=200,
    )


@st.composite
def resumes(draw: _Draw) -> Call:
    """Draw a resume of a device, as after a lost connection."""
    chat = draw(st.runner())
    known = [
        (device, room)
        for device in chat.connected()
        for room in chat.devices[device].views
        if room not in chat.devices[device].watching
    ]
    if not known:
        call: Call = draw(subscribes())
        return call
    resume: Call = chat.resume_of(*draw(st.sampled_from(known)), _pick(draw, None, 1, 2))
    return resume


@st.composite
def prunings(draw: _Draw) -> Call:
    chat = draw(st.runner())
    room = _pick(draw, *chat.contract.chat.rooms)
    return _call("server", "prune", room=room, keep=draw(st.integers(0, 3)))


@st.composite
def blocks(draw: _Draw) -> Call:
    device = _pick(draw, *draw(st.runner()).connected())
    method = _pick(draw, "blockUser", "unblockUser", "listBlocked")
    return _call(device, method, user=None if method == "listBlocked" else _pick(draw, *PEOPLE))


@st.composite
def endpoints(draw: _Draw) -> Call:
    """Draw a call on one of two endpoints, which anybody may add."""
    device = _pick(draw, *draw(st.runner()).connected())
    method = _pick(draw, "addPushEndpoint", "removePushEndpoint", "listPushEndpoints")
    if method == "listPushEndpoints":
        return _call(device, method)
    params = Device(_pick(draw, "https://push.example/1", "https://push.example/2")).params
    named = params if method == "addPushEndpoint" else {"endpoint": params["endpoint"]}
    return _call(device, method, **named)


@st.composite
def deletions(draw: _Draw) -> Call:
    """Draw a deletion, mostly of an expendable room, since names are few and never reused."""
    return _call("server", "deleteRoom", room=_pick(draw, *ROOMS[::-1], "@alice:bob"))


# ---- concurrent calls

_WRITES: Final = (
    sends,
    sends,
    answers,
    follows,
    direct_messages,
    resends,
    edits,
    reactions,
    pins,
    deletes,
    reads,
    levels,
    joins,
    leaves,
    partial(moderations, "ban", "invite"),
    invitations,
    acceptances,
    server_roles,
    appearances,
    entrances,
    roles,
    settings,
    blocks,
    endpoints,
    profiles,
    resumes,
)


@st.composite
def several(draw: _Draw) -> list[Call]:
    """Draw calls of different sessions, none if nobody is connected.

    No two set the same person's level, since both replies may show the last one.
    """
    calls: dict[str, Call] = {}
    levelled: set[str] = set()
    for _ in range(draw(st.integers(0, 3 if draw(st.runner()).connected() else 0))):
        call = draw(_pick(draw, *_WRITES)())
        if call.method == "setNotifications":
            if (user := user_of(call.device)) in levelled:
                continue
            levelled.add(user)
        calls.setdefault(call.device, call)
    return list(calls.values())


# ---- several nodes


@st.composite
def lines(draw: _Draw) -> Line:
    """Draw how news reaches a node, and how long its commits take."""
    lose, double, delay_s = _pick(draw, (0, 0, 0), (1, 0, 0), (0, 1, 0), (0.3, 0.3, 0.5))
    dice = Random(draw(st.integers(0, 99)))  # noqa: S311
    return Line(dice, lose, double, delay_s, _pick(draw, 0, 0.01))
