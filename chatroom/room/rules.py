"""Decide a batch: from the committed state and the calls to events and replies. Pure.

The store calls this inside its transaction. The same arguments always give the same decision. The
rules of the calls are in :mod:`.messages`, :mod:`.membership`, :mod:`.moderation`,
:mod:`.settings` and :mod:`.threads`.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import attrs

from ..errors import Refused
from ..hub.envelope import AnyEnvelope
from ..model import mention_candidates
from ..protocol.calls import MarkRead
from ..protocol.declaring import Call
from ..protocol.results import Joined
from ..store.events import (
    MemberUnbanned,
    MemberUnmuted,
    MessagesPruned,
    RoleChanged,
    RoomDeleted,
)
from ..store.reactions import WantedReaction
from ..store.room_log import Decision, Prefetched
from ..store.threads import WantedThread
from . import membership, messages, moderation, reactions, settings, threads
from .ahead import NOTHING_AHEAD, Ahead
from .deciding import merge
from .draft import Draft
from .permissions import require_role
from .quotas import Terms
from .state import RoomState

NEAR_SEQS: Final = 256
"""Maximum number of messages that the writer examines to count unread ones."""
RULES: Final = merge(
    membership.RULES,
    messages.RULES,
    moderation.RULES,
    reactions.RULES,
    settings.RULES,
    threads.RULES,
)


@attrs.frozen
class Left:
    """What a person who is erased has left in a room, or some of it.

    :ivar ahead: with the person's successor and messages.
    :ivar reactions: each as seq and emoji.
    :ivar next: the seq before which to look for more; None: there is no more.
    """

    ahead: Ahead
    reactions: tuple[tuple[int, str], ...]
    next: int | None


@attrs.define
class Needed:
    """What a batch depends on besides its room, according to the types of its calls' fields.

    :ivar names: callers, and people named in fields.
    :ivar mentioned: names that a text may mention.
    :ivar cursors: callers whose replies show a read cursor.
    :ivar client_ids: pairs of sender and clientId.
    """

    names: list[str] = attrs.field(factory=list)
    mentioned: list[str] = attrs.field(factory=list)
    cursors: list[str] = attrs.field(factory=list)
    client_ids: list[tuple[str, str]] = attrs.field(factory=list)
    seqs: list[int] = attrs.field(factory=list)
    reactions: list[WantedReaction] = attrs.field(factory=list)
    uploads: list[str] = attrs.field(factory=list)
    threads: list[WantedThread] = attrs.field(factory=list)


def needed(envelopes: Iterable[AnyEnvelope]) -> Needed:
    needed = Needed()
    for envelope in envelopes:
        user, call = envelope.user, envelope.call
        declared = call.declared
        needed.names.append(user)
        if declared.reply is Joined:
            needed.cursors.append(user)
        for field in declared.people:
            if (name := getattr(call, field)) is not None:
                needed.names.append(name)
        for field in declared.messages:
            if (seq := getattr(call, field)) is not None:
                needed.seqs.append(seq)
                for emoji in declared.emojis:
                    needed.reactions.append(WantedReaction(seq, getattr(call, emoji), user))
                if declared.in_threads:
                    needed.threads.append(WantedThread(seq, _involved(user, call)))
        for field in declared.client_ids:
            if (client_id := getattr(call, field)) is not None:
                needed.client_ids.append((user, client_id))
        for field in declared.uploads:
            if ids := getattr(call, field):
                needed.uploads += ids
        for field in declared.texts:
            for candidates in mention_candidates(getattr(call, field)):
                needed.mentioned += candidates
    return needed


def _involved(user: str, call: Call[Any]) -> tuple[str, ...]:
    """Return the caller, and all names that the call's texts may mention."""
    texts = [getattr(call, field) for field in call.declared.texts]
    named = [name for text in texts for names in mention_candidates(text) for name in names]
    return (user, *named)


def far_reads_in(state: RoomState, envelopes: Iterable[AnyEnvelope]) -> dict[str, set[int]]:
    """Return, by user, the seqs to which read cursors may move far.

    A move is far if more than :data:`NEAR_SEQS` messages are between the cursor and the seq, or
    between the seq and the head. The seqs are the greatest one below the head, and the head itself
    for a call with that seq or a greater one. A greater one is valid only if the batch posts as
    many messages.
    """
    head_seq = state.room.head_seq if state.room else 0
    far: dict[str, set[int]] = {}
    for envelope in envelopes:
        call, user = envelope.call, envelope.user
        if not isinstance(call, MarkRead) or call.thread or not (member := state.member(user)):
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
    ahead: Ahead = NOTHING_AHEAD,
    terms: Terms | None = None,
) -> Decision:
    """Decide a batch of calls.

    The outcome of a call is its reply, None if the caller's inbox replies, or a Refused. A refused
    call adds no events.

    :param now: ms since the epoch.
    :param ahead: what was looked up for a call that is alone in its batch.
    :param terms: quotas that apply to the whole batch.
    """
    draft = Draft(state, found, now, ahead, terms)
    outcomes = tuple([_decide(draft, envelope) for envelope in envelopes])
    entries = (*draft.entries, *draft.follows.values(), *draft.reads.values())
    return Decision(entries, outcomes)


def _decide(draft: Draft, envelope: AnyEnvelope) -> object:
    user, call = envelope.user, envelope.call
    rule = RULES[type(call)]
    try:
        if rule.for_outsiders:
            return rule.function(draft, user, call)
        room, member = draft.require_member(user)
        if not rule.for_all:
            require_role(rule.permission, room, member)
        return rule.function(draft, room, member, call)
    except Refused as refused:
        return refused


def decide_prune(through: int) -> Decision:
    return Decision((MessagesPruned(through),))


def decide_admit(
    state: RoomState, found: Prefetched, user: str, now: int, terms: Terms
) -> Decision:
    """Make a user a member by an invitation. The outcome is a result or a Refused."""
    draft = Draft(state, found, now, terms=terms)
    try:
        outcome: object = membership.admit(draft, user)
    except Refused as refused:
        outcome = refused
    return Decision(tuple(draft.entries), (outcome,))


def decide_hand_on(state: RoomState, found: Prefetched, now: int) -> Decision:
    """Make the heir the owner, if no owner can act."""
    draft, heir = Draft(state, found, now), found.context.heir
    if state.room is not None and heir is not None:
        draft.entries.append(RoleChanged(heir.user, "owner"))
        draft.audit(None, "setRole", heir.user, {"role": "owner", "was": heir.role})
    return Decision(tuple(draft.entries), (None,))


def decide_erase_person(
    state: RoomState, found: Prefetched, user: str, now: int, left: Left
) -> Decision:
    """Erase what a person has left in the room. The outcome is the seq before which to go on.

    Of a direct room the person stays a member, since it is the other one's too.
    """
    draft = Draft(state, found, now, left.ahead)
    room, member = draft.room, draft.member(user)
    if room is None:
        return Decision((), (None,))
    if member is not None and room.kind != "direct":
        membership.hand_over(draft, member)
    person = draft.person(user)
    if person.ban is not None:
        draft.entries.append(MemberUnbanned(user))
    if state.muted.get(user) is not None:
        draft.entries.append(MemberUnmuted(user))
    for seq in left.ahead.written.seqs:
        if (message := draft.message(seq)) is not None:
            messages.erase(draft, message, forget=True)
    for seq, emoji in left.reactions:
        message = draft.message(seq)
        if message is not None and user in draft.reactors(seq, emoji).users:
            draft.react(message, emoji, user, added=False)
    return Decision(tuple(draft.entries), (left.next,))


def decide_retire(state: RoomState, found: Prefetched, now: int) -> Decision:
    """Decide the deletion of the room by an operator. The outcome is None or a Refused."""
    if state.room is None:
        return Decision((), (Refused("not_found", "there is no such room"),))
    if state.room.kind == "direct":
        return Decision((), (Refused("forbidden", "a direct room cannot be deleted"),))
    draft = Draft(state, found, now)
    draft.audit(None, "deleteRoom")
    draft.entries.append(RoomDeleted(draft.stamp))
    return Decision(tuple(draft.entries), (None,))
