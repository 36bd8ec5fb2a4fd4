"""The rules of reactions. Pure."""

from typing import Final

from ..errors import Refused
from ..model import MAX_EMOJIS, Member, Room
from ..protocol import results
from ..protocol.calls import AddReaction, RemoveReaction
from .deciding import Rules
from .draft import Draft
from .messages import require_voice
from .posting import require_open

RULES: Final = Rules()
decides = RULES.decides


@decides(AddReaction)
def add(draft: Draft, room: Room, member: Member, call: AddReaction) -> results.Changed:
    user, emoji = member.user, call.emoji
    was = draft.require_kept(call.seq)
    if user in draft.reactors(call.seq, emoji).users:
        return results.Changed(was.rev)
    if not was.reacted(emoji) and len(was.reactions) >= MAX_EMOJIS:
        raise Refused("conflict", f"emoji: the message has {MAX_EMOJIS} different ones already")
    if draft.restricted:
        require_open(room)
        require_voice(draft, member)
    return results.Changed(draft.react(was, emoji, user, added=True).rev)


@decides(RemoveReaction)
def remove(draft: Draft, room: Room, member: Member, call: RemoveReaction) -> results.Changed:
    user, emoji = member.user, call.emoji
    was = draft.require_kept(call.seq)
    if user not in draft.reactors(call.seq, emoji).users:
        return results.Changed(was.rev)
    return results.Changed(draft.react(was, emoji, user, added=False).rev)
