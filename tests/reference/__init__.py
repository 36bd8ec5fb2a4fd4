"""A reference model of rooms and inboxes, written from docs/protocol.md.

It recounts everything on each request. It shares values and events with the server, but no rules.
"""

from .room import PageModel, RoomModel
from .server import ServerModel

__all__ = ["PageModel", "RoomModel", "ServerModel"]
