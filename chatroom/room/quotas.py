"""Conditions of a batch that are not part of its room: blocks, quotas, retired names. Pure.

:func:`wanted` returns what the store must look up. :class:`Terms` apply to the whole batch. The
checks are called by the rules.
"""

from collections.abc import Sequence

import attrs

from ..config import Config
from ..errors import Refused
from ..hub.envelope import AnyEnvelope
from ..limit_settings import Quotas
from ..model import direct_pair
from ..protocol.calls import CreateGroup, EnterRoom, EntryCall, Invite
from ..store.conditions import (
    Context,
    Usage,
    Wanted,
    day_of,
    until_tomorrow,
)
from .permissions import no_such_person, only_admins_make_rooms
from .state import RoomState


@attrs.frozen
class Terms:
    """Quotas that apply to a batch.

    :ivar quotas: None if quotas are off.
    :ivar over: senders who have used up their messages or bytes of the day.
    :ivar full: the data has reached its maximum size.
    :ivar admins_make_rooms: nobody else makes rooms.
    :ivar shared_only: strangers are neither written to nor invited.
    """

    quotas: Quotas | None = None
    over: frozenset[str] = frozenset()
    full: bool = False
    admins_make_rooms: bool = False
    shared_only: bool = False


def terms_of(config: Config) -> Terms:
    return Terms(
        config.enforced,
        admins_make_rooms=config.who_makes_rooms == "admins",
        shared_only=config.who_is_written_to == "shared",
    )


def wanted(
    state: RoomState, envelopes: Sequence[AnyEnvelope], terms: Terms, now: int
) -> Wanted | None:
    """Return what the store must look up for a batch.

    That is None for most batches: messages in a room depend only on the room, unless it is direct.
    """
    quotas, day = terms.quotas is not None, day_of(now)
    looks_for_pairs = quotas or terms.shared_only
    user, call = envelopes[0].user, envelopes[0].call
    makers = (user,) if terms.admins_make_rooms else ()
    if isinstance(call, CreateGroup):
        if state.room is not None:
            return None
        others = tuple(name for name in call.users if name != user)
        return Wanted(
            blocks=tuple((name, user) for name in others),
            pairs=tuple((user, name) for name in others) if looks_for_pairs else (),
            accounts=(user, *others) if quotas else (),
            day=day,
            retired=True,
            admins=makers,
        )
    if isinstance(call, EnterRoom):
        return Wanted(admins=(user,), abandoned=True)
    if isinstance(call, EntryCall):  # a call that changes membership is alone in its batch
        if state.member(user) is not None:
            return Wanted(admins=makers) if makers else None
        if not quotas and not makers and state.room is not None:
            return None
        return Wanted(
            accounts=(user,) if quotas else (),
            day=day,
            retired=state.room is None,
            admins=makers,
        )
    if isinstance(call, Invite):
        invited = call.user
        return Wanted(
            blocks=((invited, user),),
            pairs=((user, invited),) if looks_for_pairs else (),
            accounts=(user, invited) if quotas else (),
            day=day,
        )
    # Other calls need a look-up only in a direct room of two, and only if somebody writes.
    if (pair := direct_pair(state.name)) is None or pair[0] == pair[1]:
        return None
    writers = {envelope.user for envelope in envelopes if _writes(envelope)}
    writers.intersection_update(pair)
    blocks = tuple((other_of(pair, user), user) for user in writers)
    if state.room is not None or not looks_for_pairs:
        return Wanted(blocks) if blocks else None
    return Wanted(blocks, (pair,), tuple(writers) if quotas else (), day)


def _writes(envelope: AnyEnvelope) -> bool:
    return bool(envelope.call.declared.texts or envelope.call.declared.emojis)


def other_of(pair: tuple[str, str], user: str) -> str:
    return pair[0] if pair[1] == user else pair[1]


def require_unblocked(context: Context, user: str, other: str) -> None:
    """:raises Refused: ``forbidden``."""
    if (other, user) in context.blocks:
        raise Refused("forbidden", f"{other} does not accept messages or invitations from you")


def require_maker(terms: Terms, context: Context, user: str) -> None:
    """:raises Refused: ``forbidden``; only admins make rooms."""
    if terms.admins_make_rooms and user not in context.admins:
        raise only_admins_make_rooms()


def require_acquainted(terms: Terms, *, stranger: bool) -> None:
    """:raises Refused: ``not_found``, as for a person who does not exist."""
    if stranger and terms.shared_only:
        raise no_such_person()


def require_space(terms: Terms) -> None:
    """:raises Refused: ``storage_full``, a temporary reason: pruning and deleting make space."""
    if terms.full:
        raise Refused("storage_full", "the server is full; try again later")


def require_daily(terms: Terms, user: str, now: int) -> None:
    """:raises Refused: ``quota_exceeded``; the day's messages or bytes are used up."""
    if user in terms.over:
        raise _for_today("you have reached today's limit of messages", now)


def require_making(terms: Terms, usage: Usage | None, now: int) -> None:
    """Check the quotas for creating a room and becoming its member.

    :raises Refused: ``quota_exceeded``.
    """
    quotas = terms.quotas
    if quotas is None or usage is None:
        return
    require_joining(terms, usage)
    if _reached(usage.today.get("rooms", 0), quotas.rooms_per_day):
        raise _for_today("you have reached today's limit of new rooms", now)
    if _reached(usage.made, quotas.rooms_made):
        raise Refused("quota_exceeded", "you have reached the limit of rooms you can make")


def require_joining(terms: Terms, usage: Usage | None) -> None:
    if terms.quotas and usage and _reached(usage.rooms, terms.quotas.rooms):
        raise Refused("quota_exceeded", "you are in too many rooms; leave one first")


def require_place(terms: Terms, usage: Usage | None) -> None:
    """Check that the invited person is in fewer than half of the maximum number of rooms.

    The other half is for rooms that the person joins, so invitations cannot use up the quota.

    :raises Refused: ``quota_exceeded``.
    """
    limit = terms.quotas and terms.quotas.rooms
    if usage and limit and _reached(usage.rooms, max(limit // 2, 1)):
        raise Refused(
            "quota_exceeded", "user: is in too many rooms to be invited, but can still join"
        )


def require_direct(terms: Terms, usage: Usage | None, now: int) -> None:
    """Check the quotas for creating a direct room.

    :raises Refused: ``quota_exceeded``.
    """
    quotas = terms.quotas
    if quotas is None or usage is None:
        return
    if _reached(usage.today.get("directs", 0), quotas.direct_rooms_per_day):
        raise _for_today("you have reached today's limit of new direct conversations", now)
    if _reached(usage.directs, quotas.direct_rooms):
        raise Refused("quota_exceeded", "you have reached the limit of direct conversations")


def require_contact(terms: Terms, usage: Usage | None, now: int, people: int = 1) -> None:
    """Check the quotas for contacting people with whom the account shares no room.

    :raises Refused: ``quota_exceeded``.
    """
    quotas = terms.quotas
    if quotas is None or usage is None:
        return
    young = usage.created_at + int(quotas.stranger_age_s * 1000) - now
    if young > 0:
        raise Refused(
            "quota_exceeded",
            "your account is too new to contact strangers",
            young,
        )
    if _reached(usage.today.get("strangers", 0) + people - 1, quotas.strangers_per_day):
        raise _for_today("you have reached today's limit of strangers to contact", now)


def _reached(count: int, limit: int | None) -> bool:
    return limit is not None and count >= limit


def _for_today(why: str, now: int) -> Refused:
    return Refused("quota_exceeded", why, until_tomorrow(now))
