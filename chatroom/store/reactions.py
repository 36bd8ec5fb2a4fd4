"""Reactions: what a batch must know of them, and which are one's own. Pure."""

from collections.abc import Collection, Iterable

import attrs

from ..frozen import frozen
from ..model import Message, OwnReactions, Reaction, User


@frozen
class ReactionChange:
    """``user`` reacted to a message with ``emoji``, or took that back.

    :ivar count: the number of users with this emoji after it.
    """

    emoji: str
    user: str
    added: bool
    count: int


@attrs.frozen
class WantedReaction:
    """A reaction that a batch may add or remove."""

    seq: int
    emoji: str
    user: str


@attrs.frozen
class Reactors:
    """Users who reacted to one message with one emoji, as far as a batch must know them.

    :ivar first: in the order in which they reacted: the first ones, more than a message names by
        the number of the batch's calls on this emoji.
    :ivar users: those of the batch's users who reacted.
    """

    first: tuple[str, ...] = ()
    users: frozenset[str] = frozenset()

    def after(self, change: ReactionChange) -> "Reactors":
        user = change.user
        if not change.added:
            first = tuple(each for each in self.first if each != user)
            return Reactors(first, self.users - {user})
        # Only if all users were known, the next one is the last one.
        first = (*self.first, user) if len(self.first) == change.count - 1 else self.first
        return Reactors(first, self.users | {user})


@attrs.frozen
class ListedReaction:
    """:ivar rev: the room's rev at which the user reacted."""

    emoji: str
    user: User
    rev: int


@attrs.frozen
class ReactionList:
    """A page of the reactions to a message.

    :ivar version: the room's version in the same snapshot.
    :ivar exists: whether there is such a message.
    """

    reactions: tuple[ListedReaction, ...]
    version: int
    exists: bool


def with_reaction(reactions: Iterable[Reaction], new: Reaction) -> tuple[Reaction, ...]:
    """Return the reactions of a message with another count of one emoji. One without users is
    removed.
    """
    changed = {each.emoji: each for each in reactions} | {new.emoji: new}
    return tuple(each for each in changed.values() if each.count)


def has_unnamed(messages: Iterable[Message]) -> bool:
    """Return whether some message has more reactions than it names users."""
    return any(
        reaction.count > len(reaction.users)
        for message in messages
        for reaction in message.reactions
    )


def own_reactions(
    messages: Iterable[Message], user: str, unnamed: Collection[tuple[int, str]] = ()
) -> tuple[OwnReactions, ...]:
    """Return the user's own reactions to these messages.

    :param unnamed: seqs and emojis of reactions of the user, of which the messages may not name
        the user.
    """
    found = []
    for message in messages:
        if message.reactions:
            emojis = tuple(
                reaction.emoji
                for reaction in message.reactions
                if user in reaction.users or (message.seq, reaction.emoji) in unnamed
            )
            if emojis:
                found.append(OwnReactions(message.seq, emojis))
    return tuple(found)
