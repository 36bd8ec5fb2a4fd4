"""Strategies for the next step: calls that read, several calls at once, and the rest."""

from functools import partial
from random import Random
from typing import Final

from hypothesis import strategies as st

from ..following.two_nodes import Line
from ..push.devices import Device
from .calls import Call
from .contract import user_of
from .drawing import (
    PEOPLE,
    ROOMS,
    Draw,
    draw_root,
    draw_seq,
    head_of,
    in_room,
    make,
    pick,
    place_of,
    seldom,
)
from .member_strategies import (
    acceptances,
    appearances,
    entrances,
    invitations,
    joins,
    leaves,
    moderations,
    profiles,
    roles,
    server_roles,
    settings,
)
from .message_strategies import (
    answers,
    deletes,
    direct_messages,
    edits,
    follows,
    pins,
    reactions,
    resends,
    sends,
)

levels = partial(in_room, "setNotifications", level=st.sampled_from(("none", "mentions", "all")))
subscribes = partial(in_room, "subscribe", limit=st.sampled_from((None, 1, 3)))
unsubscribes = partial(in_room, "unsubscribe")
sanction_lists = partial(in_room, "listBans", "listMutes", role="owner")


@st.composite
def reads(draw: Draw) -> Call:
    chat = draw(st.runner())
    device, room = place_of(draw, chat)
    return make(device, "markRead", room=room, seq=draw_seq(draw, chat, room, 0, 0, 1, 2, 4, -1))


@st.composite
def pages(draw: Draw) -> Call:
    chat = draw(st.runner())
    device, room = place_of(draw, chat)
    if draw(st.booleans()):
        if seldom(draw):
            return make(device, "getMentions")
        return make(device, "getUnread", room=room)
    bound = {pick(draw, "after", "before"): draw(st.integers(0, head_of(chat, room) + 2))}
    if draw(st.booleans()):
        bound["thread"] = draw_root(draw, chat, room)
    whole = pick(draw, None, True)
    limit = draw(st.integers(1, 4))
    return make(device, "getHistory", room=room, limit=limit, whole=whole, **bound)


@st.composite
def searches(draw: Draw) -> Call:
    """Draw a search, mostly over all rooms."""
    device, room = place_of(draw, draw(st.runner()))
    return make(
        device,
        "searchMessages",
        query=pick(draw, "hello", "h", "al", "bob mail", '"hello bob"', "\U0001f600", "?!"),
        room=pick(draw, None, None, room),
        sender=pick(draw, None, None, *PEOPLE),
        limit=200,
    )


@st.composite
def resumes(draw: Draw) -> Call:
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
    resume: Call = chat.resume_of(*draw(st.sampled_from(known)), pick(draw, None, 1, 2))
    return resume


@st.composite
def prunings(draw: Draw) -> Call:
    chat = draw(st.runner())
    room = pick(draw, *chat.contract.chat.rooms)
    return make("server", "prune", room=room, keep=draw(st.integers(0, 3)))


@st.composite
def blocks(draw: Draw) -> Call:
    device = pick(draw, *draw(st.runner()).connected())
    method = pick(draw, "blockUser", "unblockUser", "listBlocked")
    return make(device, method, user=None if method == "listBlocked" else pick(draw, *PEOPLE))


@st.composite
def endpoints(draw: Draw) -> Call:
    """Draw a call on one of two endpoints, which anybody may add."""
    device = pick(draw, *draw(st.runner()).connected())
    method = pick(draw, "addPushEndpoint", "removePushEndpoint", "listPushEndpoints")
    if method == "listPushEndpoints":
        return make(device, method)
    params = Device(pick(draw, "https://push.example/1", "https://push.example/2")).params
    named = params if method == "addPushEndpoint" else {"endpoint": params["endpoint"]}
    return make(device, method, **named)


@st.composite
def deletions(draw: Draw) -> Call:
    """Draw a deletion, mostly of an expendable room, since names are few and never reused."""
    return make("server", "deleteRoom", room=pick(draw, *ROOMS[::-1], "@alice:bob"))


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
def several(draw: Draw) -> list[Call]:
    """Draw calls of different sessions, none if nobody is connected.

    No two set the same person's level, since both replies may show the last one.
    """
    calls: dict[str, Call] = {}
    levelled: set[str] = set()
    for _ in range(draw(st.integers(0, 3 if draw(st.runner()).connected() else 0))):
        call = draw(pick(draw, *_WRITES)())
        if call.method == "setNotifications":
            if (user := user_of(call.device)) in levelled:
                continue
            levelled.add(user)
        calls.setdefault(call.device, call)
    return list(calls.values())


# ---- several nodes


@st.composite
def lines(draw: Draw) -> Line:
    """Draw how news reaches a node, and how long its commits take."""
    lose, double, delay_s = pick(draw, (0, 0, 0), (1, 0, 0), (0, 1, 0), (0.3, 0.3, 0.5))
    dice = Random(draw(st.integers(0, 99)))  # noqa: S311
    return Line(dice, lose, double, delay_s, pick(draw, 0, 0.01))
