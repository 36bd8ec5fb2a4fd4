"""The types of a call's fields. A type says what a value must be, and what its handler looks up.

:mod:`.constraints` has the check and the schema of each type. A room looks up, before it decides,
each person named by a :class:`UserName`, each message named by a :class:`MessageSeq`, the receipt
of a :class:`ClientId`, and the people whom a :class:`Text` mentions.
"""

from typing import NewType

RoomName = NewType("RoomName", str)
"""The name of any room, direct ones (``@alice:bob``) too."""
OwnRoomName = NewType("OwnRoomName", str)
"""A name that a room can be made or joined by: never a direct one."""
UserName = NewType("UserName", str)
Text = NewType("Text", str)
"""A message's text. The session trims it, and refuses it if it is empty or too long."""
Title = NewType("Title", str)
"""What people read: 1 to 80 characters, trimmed, no control characters."""
Topic = NewType("Topic", str)
"""Up to 250 characters, trimmed, no control characters."""
ClientId = NewType("ClientId", str)
Secret = NewType("Secret", str)
"""A token: printable ASCII up to 256 characters."""
Query = NewType("Query", str)
Cursor = NewType("Cursor", str)
"""An opaque place in a list, from a reply's ``next``."""
Limit = NewType("Limit", int)
MessageSeq = NewType("MessageSeq", int)
"""The number of a message that the call is about, from 1."""
Seq = NewType("Seq", int)
"""A message's number, from 1."""
Bound = NewType("Bound", int)
"""A seq or rev that a page starts from, from 0."""
