"""What the strategies of calls have in common: values from the present state of the machine."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st

from ..inbox import histories
from .calls import Call
from .contract import user_of

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
TEXTS: Final = (*histories.TEXTS, "  hello ", "\u00fc\U0001f600", "\U0001f600" * 201)
EMOJIS: Final = ("\U0001f44d", "\u2764\ufe0f")
CONTENTS: Final[tuple[dict[str, Any], ...]] = (
    {"format": "plain"},
    {"format": "markdown", "type": "poll", "data": {"b": [1, None], "a": "\u00fc"}},
    {"data": {}},
)
Draw = Callable[[st.SearchStrategy[Any]], Any]


def pick(draw: Draw, *values: Any) -> Any:
    """Draw a value. Hypothesis shrinks towards the first."""
    return draw(st.sampled_from(values))


def seldom(draw: Draw) -> bool:
    return bool(draw(st.integers(0, 7)) == 7)


def make(device: str, method: str, **params: Any) -> Call:
    return Call(
        device, method, {name: value for name, value in params.items() if value is not None}
    )


def place_of(draw: Draw, chat: "Machine", role: str = "") -> tuple[str, str]:
    """Draw a session and a room, mostly one in which its owner has that role."""
    places = [
        (device, room.name)
        for device in chat.connected()
        for room in chat.contract.chat.rooms.values()
        if (member := room.members.get(user_of(device))) and role in ("", member.role)
    ]
    if places and not seldom(draw):
        return draw(st.sampled_from(places))  # type: ignore[no-any-return]
    return pick(draw, *chat.connected()), pick(draw, *ROOMS)


def head_of(chat: "Machine", room: str) -> int:
    rooms = chat.contract.chat.rooms
    return rooms[room].head_seq if room in rooms else 0


def draw_seq(draw: Draw, chat: "Machine", room: str, *backs: int) -> int:
    """Draw a seq, counted back from the head. Below 0 it is past the head."""
    return int(max(head_of(chat, room) - pick(draw, *backs), 0))


def draw_client_id(draw: Draw, chat: "Machine") -> str | None:
    return None if seldom(draw) else chat.new_client_id()


@st.composite
def in_room(draw: Draw, /, *methods: str, role: str = "", **params: st.SearchStrategy[Any]) -> Call:
    """Draw one of these calls in a room, mostly by a member with that role."""
    device, room = place_of(draw, draw(st.runner()), role)
    drawn = {name: draw(values) for name, values in params.items()}
    return make(device, pick(draw, *methods), room=room, **drawn)


def draw_root(draw: Draw, chat: "Machine", room: str) -> int:
    """Draw the root of a thread, mostly a possible one."""
    rooms = chat.contract.chat.rooms
    log = rooms[room].log if room in rooms else {}
    roots = [seq for seq in reversed(log) if log[seq].thread is None]
    roots += [root for root in rooms[room].writers if root not in roots] if log else []
    if roots and not seldom(draw):
        return int(draw(st.sampled_from(roots)))
    return max(draw_seq(draw, chat, room, 0, 1, 2, -1), 1)


def admin_session(draw: Draw, chat: "Machine") -> str:
    """Draw a session, mostly one of an admin of the server."""
    sessions = [each for each in chat.connected() if chat.contract.chat.is_admin(user_of(each))]
    return pick(draw, *(chat.connected() if seldom(draw) or not sessions else sessions))  # type: ignore[no-any-return]
