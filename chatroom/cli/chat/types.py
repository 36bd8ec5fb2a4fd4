"""Plain data of the terminal chat."""

from typing import TypeAlias

import attrs


@attrs.frozen
class ReadInbox:
    """Reload the inbox: it may have changed without single events."""


@attrs.frozen
class Open:
    """Open a room; None: any. ``why`` is shown there."""

    room: str | None
    why: str | None = None


FollowUp: TypeAlias = ReadInbox | Open
"""A request to the server that follows from an event."""


@attrs.frozen
class Facts:
    """Facts about the open room. ``online`` is empty in rooms too large for presence."""

    title: str = ""
    topic: str = ""
    online: frozenset[str] = frozenset()


@attrs.frozen
class Pending:
    """A message being sent. ``stored``: the server has stored it, but its event has not arrived."""

    client_id: str
    room: str
    text: str
    reply_to: int | None = None
    thread: int | None = None
    stored: bool = False
