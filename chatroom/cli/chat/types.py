"""Plain words of the terminal chat, for the state and for those who act on it."""

from typing import TypeAlias

import attrs


@attrs.frozen
class ReadInbox:
    """The list of rooms may have changed in ways that were not told one by one."""


@attrs.frozen
class Open:
    """``room`` None: whichever is next."""

    room: str | None


Wish: TypeAlias = ReadInbox | Open


@attrs.frozen
class Facts:
    """What is known of the room that is shown. ``online`` is empty where it is not told."""

    title: str = ""
    topic: str = ""
    online: frozenset[str] = frozenset()


@attrs.frozen
class Pending:
    """A line of mine that is on its way; ``kept``: on the server, and its event has yet to come."""

    client_id: str
    room: str
    text: str
    kept: bool = False
