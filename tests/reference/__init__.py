"""The reference model of rooms, inboxes and calls, written from docs/protocol.md.

It recounts everything on each request. It shares values and events with the server, but no rules.
"""

from .calls import ChatModel
from .outcome import Done, Refusal
from .pages import PagesModel
from .room import RoomModel
from .room_reads import PageModel
from .server import ServerModel
from .sessions import Change, SessionsModel
from .wire import wire

__all__ = [
    "Change",
    "ChatModel",
    "Done",
    "PageModel",
    "PagesModel",
    "Refusal",
    "RoomModel",
    "ServerModel",
    "SessionsModel",
    "wire",
]
