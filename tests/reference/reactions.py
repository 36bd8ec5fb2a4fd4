"""The reactions to a message of the model."""

from typing import Final, TypeAlias

from chatroom.model import Reaction
from chatroom.store.reactions import ReactionChange

SHOWN: Final = 10
"""Users whom a message names for each emoji."""
Emojis: TypeAlias = dict[str, list[str]]
"""The users who reacted to a message, in order, by emoji."""


def reacted(before: Emojis, reaction: ReactionChange) -> Emojis:
    """:raises LookupError: the reaction is impossible."""
    emojis = {emoji: list(users) for emoji, users in before.items()}
    users = emojis.setdefault(reaction.emoji, [])
    if (reaction.user in users) is reaction.added:
        raise LookupError(f"{reaction} changes nothing")
    if reaction.added:
        users.append(reaction.user)
    else:
        users.remove(reaction.user)
    if len(users) != reaction.count:
        raise LookupError(f"{reaction} has another count")
    return {emoji: users for emoji, users in emojis.items() if users}


def shown(emojis: Emojis) -> tuple[Reaction, ...]:
    """Return the reactions as a message shows them."""
    return tuple(
        Reaction(emoji, len(users), tuple(users[:SHOWN])) for emoji, users in emojis.items()
    )
