"""Healing the listeners of a room whose actor failed between a commit and telling it.

It is done as for every gap: watchers come back and resume, inboxes read anew. No rev
tells who came, who went and who owns the room now, so :func:`heal` reads that anew too, for all
inboxes that are awake.
"""

from collections.abc import Callable

from ..actors.supervisor import Supervisor
from ..errors import CloseCode
from ..hub.channel import Channel
from ..hub.channels import Channels
from ..inbox import mail as inbox
from ..model import Role
from ..store.rooms import RoomStore


async def heal(
    topic: Channel,
    head: int,
    *,
    store: RoomStore,
    topics: Channels,
    actors: Supervisor,
    tell_member: Callable[[str, Role | None], None],
) -> None:
    """``head`` is the rev of what is committed; ``tell_member`` tells a person's new role."""
    room = topic.room
    _hang_up(topic)
    awake = actors.awake_in(inbox.KIND)
    people = await store.people(room, awake)
    for user in awake:
        member, was_in = people.members.get(user), user in topic.inboxes
        if not actors.awake(inbox.address(user)):
            continue
        if member is None:
            topics.leave(room, user)  # also an inbox that is arriving by an older reading
            if not was_in:
                continue
            tell_member(user, None)
        elif not was_in:
            topics.enter(room, user)
            tell_member(user, member.role)
        elif topic.heir and topic.heir.user == user and topic.heir.role != member.role:
            tell_member(user, member.role)
        gap = inbox.Forward(room, topic.rev or 0, head, None)
        actors.push(inbox.address(user), gap)


def contain(topic: Channel, actors: Supervisor) -> None:
    """Until the room can be healed, nobody goes on by an earlier state (I5)."""
    _hang_up(topic)
    rev = topic.rev or 0
    for user in topic.inboxes:
        actors.push(inbox.address(user), inbox.Forward(topic.room, rev, rev, None))


def _hang_up(topic: Channel) -> None:
    for line in topic.watchers.values():
        line.end(CloseCode.RESTART)
