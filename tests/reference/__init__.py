"""What rooms and inboxes must come to, written from docs/protocol.md: everything is counted anew
whenever it is asked for. Shares values and events with the server, and none of its rules.
"""

from .room import PageModel, RoomModel
from .server import ServerModel

__all__ = ["PageModel", "RoomModel", "ServerModel"]
