"""The rules of a room at work: from committed state and a batch of calls to entries and replies.

Pure, and run inside the store's transaction: the same arguments always give the same decision. The
rules of each call are in :mod:`.messages` and :mod:`.membership`.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import attrs

from ..errors import Refused
from ..hub.envelope import AnyEnvelope
from ..model import Member, mention_candidates
from ..protocol.calls import MarkRead
from ..protocol.declaring import Call
from ..store.events import MessagesPruned, RoomDeleted
from ..store.room_log import Decision, Prefetched
from . import membership, messages
from .deciding import Rule
from .draft import Draft
from .permissions import require_moderator
from .quotas import Terms
from .state import RoomState

NEAR_SEQS: Final = 256
"""Messages that the writer may pass to count what is unread."""
RULES: Final[Mapping[type[Call[Any]], Rule]] = MappingProxyType(
    {**membership.RULES.by_call, **messages.RULES.by_call}
)


@attrs.define
class Needed:
    """What a batch turns on beside its room, found by the types of the fields of its calls.

    ``names`` are those who make the calls or are named in them, ``mentioned`` those whom a text may
    mention. ``client_ids`` have the sender before them.
    """

    names: list[str] = attrs.field(factory=list)
    mentioned: list[str] = attrs.field(factory=list)
    client_ids: list[tuple[str, str]] = attrs.field(factory=list)
    seqs: list[int] = attrs.field(factory=list)


def needed(envelopes: Iterable[AnyEnvelope]) -> Needed:
    needed = Needed()
    for envelope in envelopes:
        user, call = envelope.user, envelope.call
        declared = call.declared
        needed.names.append(user)
        for field in declared.people:
            if (name := getattr(call, field)) is not None:
                needed.names.append(name)
        for field in declared.messages:
            if (seq := getattr(call, field)) is not None:
                needed.seqs.append(seq)
        for field in declared.client_ids:
            if (client_id := getattr(call, field)) is not None:
                needed.client_ids.append((user, client_id))
        for field in declared.texts:
            if (text := getattr(call, field)) is not None:
                for candidates in mention_candidates(text):
                    needed.mentioned += candidates
    return needed


def far_reads_in(state: RoomState, envelopes: Iterable[AnyEnvelope]) -> dict[str, set[int]]:
    """Where read cursors may move to, by user, if the way there or the rest above it is long.

    That is the greatest seq asked for up to the head; and the head itself, for a seq that is past
    it, and is right only if the batch posts as many messages.
    """
    head_seq = state.stand.head_seq
    far: dict[str, set[int]] = {}
    for envelope in envelopes:
        call, user = envelope.call, envelope.user
        if not isinstance(call, MarkRead) or not (member := state.member(user)):
            continue
        seq = min(call.seq, head_seq)
        if seq > member.read_seq and max(seq - member.read_seq, head_seq - seq) > NEAR_SEQS:
            far.setdefault(user, set()).add(seq)
    for seqs in far.values():
        below = [seq for seq in seqs if seq < head_seq]
        seqs.difference_update(sorted(below)[:-1])
    return far


def decide(
    state: RoomState,
    envelopes: Sequence[AnyEnvelope],
    found: Prefetched,
    *,
    now: int,
    successor: Member | None = None,
    terms: Terms | None = None,
) -> Decision:
    """``now`` in ms; ``successor``: who is next in line should an owner leave; ``terms``: which
    quotas hold.

    An outcome is the call's reply; None, where the caller's inbox replies; or a Refused, and then
    there are no entries of the call.
    """
    draft = Draft(state, found, now, successor, terms)
    outcomes = tuple([_decide(draft, envelope) for envelope in envelopes])
    return Decision((*draft.entries, *draft.reads.values()), outcomes)


def _decide(draft: Draft, envelope: AnyEnvelope) -> object:
    user, call = envelope.user, envelope.call
    rule = RULES[type(call)]
    try:
        if rule.needs == "nothing":
            return rule.function(draft, user, call)
        room, member = draft.require_member(user)
        if rule.needs == "moderator":
            require_moderator(room, member)
        return rule.function(draft, room, member, call)
    except Refused as refused:
        return refused


def decide_prune(through: int) -> Decision:
    return Decision((MessagesPruned(through),))


def decide_retire(state: RoomState, now: int) -> Decision:
    """An operator deletes the room. The outcome is None, or a Refused."""
    if state.room is None:
        return Decision((), (Refused("not_found", "there is no such room"),))
    if state.room.kind == "direct":
        return Decision((), (Refused("forbidden", "a direct room cannot be deleted"),))
    return Decision((RoomDeleted(now),), (None,))
