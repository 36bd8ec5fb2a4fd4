"""What a page says beside its messages, whose bytes are the same for every reader. Pure."""

from collections.abc import Callable, Collection, Mapping
from typing import Final

from ..frozen import frozen
from ..model import Message, OwnReactions, Quoted, Thread
from .reactions import has_unnamed, own_reactions


@frozen
class Beside:
    """In the snapshot of the messages: the asker's own reactions to them, the messages that they
    answer, by seq, except pruned ones, and the threads below them, by root.
    """

    own_reactions: tuple[OwnReactions, ...] = ()
    quoted: tuple[Quoted, ...] = ()
    threads: tuple[Thread, ...] = ()


NOTHING_BESIDE: Final = Beside()


def told_beside(
    messages: Collection[Message],
    user: str,
    first_seq: int,
    find: Callable[[int], Message | None],
    threads: Mapping[int, Thread],
) -> Beside | None:
    """Return what the page of these messages says beside them; None if that needs the store.

    :param first_seq: the first message that is not pruned.
    :param find: returns a message of the room, if it is in memory.
    :param threads: all threads below these messages, perhaps others too.
    """
    noted = [each for each in messages if each.reactions or each.reply_to is not None]
    if not noted and not threads:
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
    below = [threads[each.seq] for each in messages if each.seq in threads] if threads else []
    return Beside(own_reactions(noted, user), tuple(quoted), tuple(sorted(below, key=_root)))


def _root(thread: Thread) -> int:
    return thread.root


def answered(messages: Collection[Message]) -> list[int]:
    """Return the seqs of the messages that these answer, ascending."""
    return sorted({each.reply_to for each in messages if each.reply_to is not None})
