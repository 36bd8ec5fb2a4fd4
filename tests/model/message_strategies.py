"""Strategies for calls on messages."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from .calls import Call
from .contract import user_of
from .drawing import (
    CONTENTS,
    EMOJIS,
    PEOPLE,
    ROOMS,
    TEXTS,
    Draw,
    draw_client_id,
    draw_root,
    draw_seq,
    head_of,
    make,
    pick,
    place_of,
    seldom,
)

if TYPE_CHECKING:
    from .machine import Machine


@st.composite
def sends(draw: Draw) -> Call:
    chat = draw(st.runner())
    device, room = place_of(draw, chat)
    text, client_id = pick(draw, *TEXTS), draw_client_id(draw, chat)
    head = head_of(chat, room)
    reply_to = draw(st.integers(1, head)) if head and seldom(draw) else None
    more = pick(draw, *CONTENTS) if seldom(draw) else {}
    if seldom(draw):
        more = more | {"attachments": _files(draw, chat, user_of(device))}
        text = pick(draw, text, " ")
    place = {"room": room, "clientId": client_id, "replyTo": reply_to}
    return make(device, "sendMessage", text=text, **place, **more)


def _files(draw: Draw, chat: "Machine", user: str) -> list[str]:
    """Draw ids of uploads, mostly of this user and in no message."""
    uploads = chat.contract.chat.uploads
    own = [id_ for id_, upload in uploads.items() if upload.user == user]
    known = own if own and not seldom(draw) else sorted(chat.uploads)
    return draw(st.lists(st.sampled_from(known), min_size=1, max_size=2, unique=True))  # type: ignore[no-any-return]


@st.composite
def answers(draw: Draw) -> Call:
    """Draw a message in a thread."""
    call, chat = draw(sends()), draw(st.runner())
    root = draw_root(draw, chat, call.params["room"])
    return make(call.device, call.method, **call.params, thread=root)


@st.composite
def follows(draw: Draw) -> Call:
    """Draw a call on whether or how far somebody reads a thread."""
    chat = draw(st.runner())
    device, room = place_of(draw, chat)
    method = pick(draw, "markRead", "markRead", "followThread", "unfollowThread", "getThreads")
    if method == "getThreads":
        return make(device, method, room=pick(draw, None, room))
    root = draw_root(draw, chat, room)
    seq = draw_seq(draw, chat, room, 0, 0, 1, 2, 4, -1) if method == "markRead" else None
    return make(device, method, room=room, thread=root, seq=seq)


@st.composite
def direct_messages(draw: Draw) -> Call:
    chat = draw(st.runner())
    to, text = pick(draw, *PEOPLE), pick(draw, *TEXTS)
    device, client_id = pick(draw, *chat.connected()), draw_client_id(draw, chat)
    return make(device, "sendMessage", to=to, text=text, clientId=client_id)


def _sent_before(chat: "Machine") -> Sequence[Call]:
    """Return the sent messages as calls of each connected device of their sender, latest first."""
    return [
        Call(device, call.method, call.params)
        for call in reversed(chat.sent)
        for device in chat.connected()
        if user_of(device) == user_of(call.device)
    ]


@st.composite
def resends(draw: Draw) -> Call:
    again = _sent_before(draw(st.runner()))
    call: Call = draw(st.sampled_from(again) if again else sends())
    return call


@st.composite
def forgeries(draw: Draw) -> Call:
    """Draw a message with a used clientId, but another text or another room."""
    call = draw(resends())
    if draw(st.booleans()):
        return Call(call.device, call.method, call.params | {"text": pick(draw, *TEXTS)})
    params = {name: value for name, value in call.params.items() if name != "to"}
    return Call(call.device, call.method, params | {"room": pick(draw, *ROOMS)})


def _message(draw: Draw, chat: "Machine") -> tuple[str, str, int]:
    """Draw a session and a message, mostly one sent by its owner."""
    own = [
        (device, message.room, message.seq)
        for room in chat.contract.chat.rooms.values()
        for message in reversed(room.log.values())
        for device in chat.connected()
        if message.sender == user_of(device)
    ]
    if own and not seldom(draw):
        return draw(st.sampled_from(own))  # type: ignore[no-any-return]
    device, room = place_of(draw, chat)
    return device, room, max(draw_seq(draw, chat, room, 0, 1, 2, 4, -1), 1)


@st.composite
def edits(draw: Draw) -> Call:
    device, room, seq = _message(draw, draw(st.runner()))
    return make(device, "editMessage", room=room, seq=seq, text=pick(draw, *TEXTS))


@st.composite
def deletes(draw: Draw) -> Call:
    device, room, seq = _message(draw, draw(st.runner()))
    return make(device, "deleteMessage", room=room, seq=seq)


@st.composite
def reactions(draw: Draw) -> Call:
    chat = draw(st.runner())
    device, room = place_of(draw, chat)
    seq = max(draw_seq(draw, chat, room, 0, 0, 1, 2, 4, -1), 1)
    method = pick(draw, "addReaction", "addReaction", "removeReaction", "listReactions")
    emoji = None if method == "listReactions" else pick(draw, *EMOJIS)
    return make(device, method, room=room, seq=seq, emoji=emoji)


@st.composite
def pins(draw: Draw) -> Call:
    chat = draw(st.runner())
    device, room = place_of(draw, chat, "owner")
    seq = max(draw_seq(draw, chat, room, 0, 1, 2, -1), 1)
    method = pick(draw, "pinMessage", "unpinMessage", "listPins", "getMessage")
    return make(device, method, room=room, seq=None if method == "listPins" else seq)
