"""Calls that write messages, and what stands on messages."""

from ...frozen import frozen
from ...model import Format, JsonObject, direct_room
from ..declaration import Choice
from ..declaring import MemberCall, OpenCall, call
from ..field_types import (
    ClientId,
    Emoji,
    MessageSeq,
    MessageType,
    RoomName,
    Seq,
    Text,
    ThreadRoot,
    Uploads,
    UserName,
)
from ..results import Changed, Sent


@call("sendMessage", cost="messages", choice=Choice(("room", "to"), needed=True))
@frozen
class SendMessage(OpenCall[Sent]):
    """Send to a room, or to a person: a direct message, the first of which makes their room.
    Answered when it is on disk. The text is trimmed and as long as connect's limits allow
    (text_empty, text_too_long). Tried again with the same clientId, the first message is the answer
    (duplicate). With thread, it goes into the thread below that message of the main log, and I
    follow the thread. The text is Markdown unless its format is plain; type and data are for
    products. attachments are uploads of mine that are in no message; with them the text may be
    empty.
    """

    text: Text
    room: RoomName | None = None
    to: UserName | None = None
    client_id: ClientId | None = None
    reply_to: Seq | None = None
    thread: ThreadRoot | None = None
    format: Format = "markdown"
    type: MessageType | None = None
    data: JsonObject | None = None
    attachments: Uploads | None = None

    def key(self, user: str) -> str:
        return self.room or direct_room(user, self.to or user)


@call("editMessage", cost="messages")
@frozen
class EditMessage(MemberCall[Changed]):
    """Another text for a message of mine."""

    seq: MessageSeq
    text: Text


@call("deleteMessage", cost="messages")
@frozen
class DeleteMessage(MemberCall[Changed]):
    """Empty a message of mine, or as a moderator anyone's; it keeps its seq."""

    seq: MessageSeq


@frozen
class ReactionCall(MemberCall[Changed]):
    """Changes one of my reactions. It answers with the message's rev."""

    seq: MessageSeq
    emoji: Emoji


@call("addReaction", cost="messages")
@frozen
class AddReaction(ReactionCall):
    """React to a message with one emoji; once more changes nothing. A message has at most 20
    different ones (conflict).
    """


@call("removeReaction", cost="messages")
@frozen
class RemoveReaction(ReactionCall):
    """Take a reaction of mine back; once more changes nothing."""


@call("pinMessage", cost="messages")
@frozen
class PinMessage(MemberCall[Changed]):
    """Pin a message for all; for moderators and owners, and in direct rooms for both. Once more
    changes nothing.
    """

    seq: MessageSeq


@call("unpinMessage", cost="messages")
@frozen
class UnpinMessage(MemberCall[Changed]):
    """Take the pin of a message back."""

    seq: MessageSeq
