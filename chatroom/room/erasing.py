"""What people who were erased have left in rooms: where it is, and batches that erase it."""

from typing import Final

from ..store.conditions import Wanted
from ..store.erasures import ErasureStore
from ..store.reactions import WantedReaction
from ..store.room_log import Batch
from ..store.rooms import RoomStore
from .ahead import Ahead
from .rules import Left, decide_erase_person
from .state import RoomState

ERASED_SLICE: Final = 100
"""Maximum number of messages, or of reactions, that are erased in one commit."""
PAGE: Final = 100
"""Accounts or rooms of one read."""


async def left_of(store: RoomStore, room: str, user: str, before: int | None) -> Left:
    """Look up some of what a person has left in a room: messages, then reactions to those of
    others.

    :param before: look at messages before this seq; None: at all messages.
    """
    written = await store.written_by(room, user, 0, before, ERASED_SLICE)
    reactions: tuple[tuple[int, str], ...] = ()
    if not written.seqs and written.next is None:
        reactions = await store.reacted_by(room, user, ERASED_SLICE)
    left = written.next
    if left is None and (written.seqs or reactions):
        left = 1  # no messages, but perhaps reactions
    successor = await store.successor(room, user)
    return Left(Ahead(successor, True, written), reactions, left)


def erase_person_batch(state: RoomState, user: str, now: int, left: Left) -> Batch:
    """:param state: has looked up the person."""
    seqs = (*left.ahead.written.seqs, *(seq for seq, _ in left.reactions))
    return Batch(
        state.name,
        lambda found: decide_erase_person(state, found, user, now, left),
        seqs=seqs,
        wanted=Wanted(successor=(user, left.ahead.successor)),
        version=state.version,
        reactions=tuple(WantedReaction(seq, emoji, user) for seq, emoji in left.reactions),
    )


async def pending(store: ErasureStore) -> list[str]:
    """Return the people who were erased, and of whom something may be left."""
    found: list[str] = []
    while users := await store.erasures(found[-1] if found else "", PAGE):
        found += users
    return found


async def rooms_with(store: ErasureStore, user: str) -> list[str]:
    """Return the rooms that may have something of a user."""
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        rooms, after = await store.rooms_with(user, after, PAGE)
        found += rooms
    return found
