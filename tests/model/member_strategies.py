"""Strategies for calls on people, and on who may do what."""

from functools import partial
from typing import Any

from hypothesis import strategies as st

from .calls import Call
from .contract import user_of
from .drawing import (
    ALL,
    EMOJIS,
    PEOPLE,
    ROOMS,
    Draw,
    admin_session,
    in_room,
    make,
    pick,
    place_of,
    seldom,
)

leaves = partial(in_room, "leaveRoom")
sanctions = partial(
    in_room,
    role="owner",
    user=st.sampled_from(PEOPLE[::-1]),
    reason=st.sampled_from((None, "noise")),
    until=st.sampled_from((None, 1 << 50)),
)
moderations = partial(in_room, role="owner", user=st.sampled_from(PEOPLE[::-1]))


@st.composite
def profiles(draw: Draw) -> Call:
    """Draw a call on statuses or settings. Names stay, since inboxes and lists show them too."""
    device = pick(draw, *draw(st.runner()).connected())
    kind = pick(draw, "setProfile", "getUsers", "getUsers", "listUsers", "settings")
    match kind:
        case "setProfile":
            status: Any = pick(draw, {"text": "busy"}, {"text": "", "emoji": EMOJIS[1]}, {})
            return make(device, kind, status=status)
        case "getUsers":
            return make(device, kind, users=draw(st.lists(st.sampled_from(PEOPLE), min_size=1)))
        case "listUsers":
            return make(device, kind, query=pick(draw, None, "al", "d"), limit=200)
        case _:
            pass
    number = pick(draw, None, 0, 1, 2)
    if seldom(draw):
        return make(device, "getSettings")
    return make(device, "setSettings", settings={"n": draw(st.integers(0, 9))}, number=number)


@st.composite
def joins(draw: Draw) -> Call:
    chat = draw(st.runner())
    device, room = pick(draw, *chat.connected()), pick(draw, *ROOMS)
    if room == "den" and draw(st.booleans()):
        return make(device, "createRoom", room=room, visibility="private")
    return make(device, "joinRoom", room=room, create=pick(draw, None, False))


@st.composite
def settings(draw: Draw) -> Call:
    device, room = place_of(draw, draw(st.runner()), "owner")
    name, *values = pick(
        draw,
        ("visibility", "private", "public"),
        ("posting", "moderators", "all"),
        ("inviting", "all", "moderators"),
        ("archived", True, False),
        ("title", "Hall", "Yard"),
        ("topic", "", "weather"),
    )
    return make(device, "setRoom", room=room, **{name: pick(draw, *values)})


@st.composite
def roles(draw: Draw) -> Call:
    device, room = place_of(draw, draw(st.runner()), "owner")
    role = pick(draw, "moderator", "member", "owner")
    return make(device, "setRole", room=room, user=pick(draw, *PEOPLE[::-1]), role=role)


@st.composite
def server_roles(draw: Draw) -> Call:
    device, user = admin_session(draw, draw(st.runner())), pick(draw, *PEOPLE[::-1])
    return make(device, "setServerRole", user=user, role=pick(draw, "admin", "member"))


@st.composite
def appearances(draw: Draw) -> Call:
    device = admin_session(draw, draw(st.runner()))
    name, accent = pick(draw, None, "Blue House", ""), pick(draw, None, "#3f6f8f", "")
    return make(device, "setServer", name=name, accent=accent)


@st.composite
def announcements(draw: Draw) -> Call:
    device = admin_session(draw, draw(st.runner()))
    return make(device, "announce", text=pick(draw, "tea", ""), until=pick(draw, None, 1 << 50))


@st.composite
def closings(draw: Draw) -> Call:
    """Draw that the server becomes read-only."""
    return make(admin_session(draw, draw(st.runner())), "setServer", readOnly="we move")


@st.composite
def disablings(draw: Draw) -> Call:
    """Draw that somebody is disabled or enabled again."""
    chat = draw(st.runner())
    device, disabled = admin_session(draw, chat), sorted(chat.contract.chat.disabled)
    if disabled and draw(st.booleans()):
        return make(device, "enableAccount", user=pick(draw, *disabled, *PEOPLE))
    return make(device, "disableAccount", user=pick(draw, *PEOPLE[::-1]))


@st.composite
def erasures(draw: Draw) -> Call:
    device = admin_session(draw, draw(st.runner()))
    return make(device, "eraseAccount", user=pick(draw, *PEOPLE[::-1]))


@st.composite
def entrances(draw: Draw) -> Call:
    """Draw that an admin enters a room, mostly an abandoned one."""
    chat = draw(st.runner())
    model = chat.contract.chat
    abandoned = [name for name, room in model.rooms.items() if model.is_abandoned(room)]
    rooms = ROOMS if seldom(draw) or not abandoned else abandoned
    return make(admin_session(draw, chat), "enterRoom", room=pick(draw, *rooms))


@st.composite
def abandonments(draw: Draw) -> list[Call]:
    """Draw that all members who are connected leave a room, mostly an expendable one, and that an
    admin enters it."""
    chat = draw(st.runner())
    rooms = [room for room in chat.contract.chat.rooms.values() if room.kind == "room"]
    room = pick(draw, *(rooms[::-1] or ROOMS))
    name, members = (room, ()) if isinstance(room, str) else (room.name, room.members)
    leaving = {user_of(device): device for device in chat.connected() if user_of(device) in members}
    calls = [make(device, "leaveRoom", room=name) for device in leaving.values()]
    return [*calls, make(admin_session(draw, chat), "enterRoom", room=name)]


@st.composite
def audits(draw: Draw) -> Call:
    device, room = place_of(draw, draw(st.runner()))
    return make(device, "listAudit", room=pick(draw, None, room), **ALL)


@st.composite
def invitations(draw: Draw) -> Call:
    """Draw a call on invitations, mostly a new one."""
    chat = draw(st.runner())
    device, room = place_of(draw, chat, "owner")
    method = pick(draw, *["createInvitation"] * 2, "revokeInvitation", "listInvitations")
    if method == "revokeInvitation":
        made = [each.id for each in chat.contract.chat.invitations if each.id]
        return make(device, method, id=pick(draw, *made[::-1], "0"))
    if method == "listInvitations":
        return make(device, method, room=pick(draw, None, room), **ALL)
    server = pick(draw, None, True)
    device = admin_session(draw, chat) if server and draw(st.booleans()) else device
    limits = {"maxUses": pick(draw, None, 1, 2), "expiresAt": pick(draw, None, 1 << 50, 1)}
    return make(device, method, room=None if seldom(draw) else room, server=server, **limits)


@st.composite
def acceptances(draw: Draw) -> Call:
    chat = draw(st.runner())
    device = pick(draw, *chat.connected()[::-1])
    return make(device, "acceptInvitation", code=pick(draw, *chat.codes[::-1], "0"))
