"""The types of a call's fields. A type defines the valid values and what the handler looks up.

:mod:`.field_constraints` has the check and the schema of each type. Before a room decides a call,
it looks up the person of each :class:`UserName`, the message of each :class:`MessageSeq`, who
reacted to it with an :class:`Emoji`, the receipt of a :class:`ClientId`, the people whom a
:class:`Text` mentions, and :class:`Uploads`.
"""

from typing import NewType

from ..model import Status

RoomName = NewType("RoomName", str)
"""The name of any room, including direct ones (``@alice:bob``)."""
OwnRoomName = NewType("OwnRoomName", str)
"""The name of a room that can be created or joined, so not of a direct one."""
UserName = NewType("UserName", str)
UserNames = NewType("UserNames", tuple[str, ...])
"""1 to 20 names. The handler looks the people up."""
ShownUsers = NewType("ShownUsers", tuple[str, ...])
"""1 to 100 names of people whose profiles are asked for."""
NewAvatar = NewType("NewAvatar", str)
"""The id of an upload, or an empty string for no avatar."""
NewStatus = NewType("NewStatus", Status)
"""A person's status: text of up to 100 characters, emoji and end, each of which may be left out.
Without text and emoji it is none."""
Text = NewType("Text", str)
"""A message's text. The session trims it and refuses an empty or too long one."""
Uploads = NewType("Uploads", tuple[str, ...])
"""The ids of 1 to 10 uploads. The room looks them up, and gives them to the message."""
UploadId = NewType("UploadId", str)
Emoji = NewType("Emoji", str)
"""One emoji, fully qualified. A call that has one has a :class:`MessageSeq` too, and changes the
caller's reaction."""
AccountName = NewType("AccountName", str)
"""The name of an account, in any case, as people and operators type it."""
NewPassword = NewType("NewPassword", str)
"""A password to be set, which is refused too if it is a common one or made of the name."""
MessageType = NewType("MessageType", str)
"""What a message is to the product that sends it: 1 to 64 characters, in the form of a name."""
Title = NewType("Title", str)
"""A room's title: 1 to 80 characters, trimmed, without control characters."""
ServerName = NewType("ServerName", str)
"""The server's name: like a title, or empty for that of the settings."""
Accent = NewType("Accent", str)
"""A colour, ``#rrggbb`` in lower case, or empty for that of the settings."""
ReadOnlyReason = NewType("ReadOnlyReason", str)
"""Why the server is read-only: like a topic, or empty if it is not."""
AnnouncementText = NewType("AnnouncementText", str)
"""A notice to everybody: up to 500 characters, trimmed, without control characters; or empty."""
Topic = NewType("Topic", str)
"""A room's topic: up to 250 characters, trimmed, without control characters."""
Pause = NewType("Pause", int)
"""A time in seconds, up to six hours."""
Reason = NewType("Reason", str)
"""Why a moderator does something: like a topic."""
Kept = NewType("Kept", int)
"""A number of days or messages that are kept."""
Time = NewType("Time", int)
"""A time in ms since the epoch."""
ClientId = NewType("ClientId", str)
Secret = NewType("Secret", str)
"""A token: up to 256 characters of printable ASCII."""
Code = NewType("Code", str)
"""The code of an invitation: up to 64 characters of printable ASCII."""
EndpointUrl = NewType("EndpointUrl", str)
"""The address of a device at a push service."""
PublicKey = NewType("PublicKey", str)
"""A point of the curve P-256, uncompressed, in base64url without padding."""
AuthSecret = NewType("AuthSecret", str)
"""16 bytes in base64url without padding."""
InvitationId = NewType("InvitationId", str)
Uses = NewType("Uses", int)
"""How many people may come by an invitation, from 1."""
Query = NewType("Query", str)
SearchQuery = NewType("SearchQuery", str)
"""What to search for in messages: words, and phrases in quotes."""
Cursor = NewType("Cursor", str)
"""An opaque position in a list, from the ``next`` of a reply."""
NumberCursor = NewType("NumberCursor", str)
"""A cursor that is a number."""
InvitationCursor = NewType("InvitationCursor", str)
"""A cursor that is the time and the id of an invitation."""
Limit = NewType("Limit", int)
MessageSeq = NewType("MessageSeq", int)
"""The seq of the message that the call is about, from 1. The room looks the message up."""
ThreadRoot = NewType("ThreadRoot", int)
"""The seq of the message below which a thread is. The room looks up the message, the thread, and
which of the caller and the mentioned people follow it."""
Seq = NewType("Seq", int)
"""The seq of a message, from 1."""
Bound = NewType("Bound", int)
"""The seq or rev at which a page starts, from 0."""
