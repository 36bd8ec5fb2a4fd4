"""What a page says beside its messages, whose bytes are the same for every reader. Pure."""

from collections.abc import Callable, Iterable
from typing import Final

from ..frozen import frozen
from ..model import Message, OwnReactions, Quoted
from .reactions import has_unnamed, own_reactions


@frozen
class Beside:
    """In the snapshot of the messages: the asker's own reactions to them, and the messages that
    they answer, by seq, except pruned ones.
    """

    own_reactions: tuple[OwnReactions, ...] = ()
    quoted: tuple[Quoted, ...] = ()


NOTHING_BESIDE: Final = Beside()


def told_beside(
    messages: Iterable[Message], user: str, first_seq: int, find: Callable[[int], Message | None]
) -> Beside | None:
    """Return what the page of these messages says beside them; None if that needs the store.

    :param first_seq: the first message that is not pruned.
    :param find: returns a message of the room, if it is in memory.
    """
    noted = [each for each in messages if each.reactions or each.reply_to is not None]
    if not noted:
        return NOTHING_BESIDE
    if has_unnamed(noted):
        return None
    quoted = []
    for seq in answered(noted):
        if seq >= first_seq:
            message = find(seq)
            if message is None:
                return None
            quoted.append(message.quote())
    return Beside(own_reactions(noted, user), tuple(quoted))


def answered(messages: Iterable[Message]) -> list[int]:
    """Return the seqs of the messages that these answer, ascending."""
    return sorted({each.reply_to for each in messages if each.reply_to is not None})
