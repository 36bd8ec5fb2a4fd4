"""Bring listeners up to date after a room's actor failed between a commit and its publication.

Watchers are disconnected and resume; inboxes read the room again, as after every gap. Changes of
membership and roles have no rev, so :func:`heal` reads the members too, for all awake inboxes.
"""

from collections.abc import Callable

from ..actors.supervisor import Supervisor
from ..errors import CloseCode
from ..hub.channel import Channel
from ..hub.hub import Hub
from ..inbox import mail as inbox
from ..model import Role
from ..store.rooms import RoomStore


async def heal(
    channel: Channel,
    head: int,
    *,
    store: RoomStore,
    hub: Hub,
    actors: Supervisor,
    publish_member: Callable[[str, Role | None], None],
) -> None:
    """Bring all listeners up to date.

    :param head: the committed rev of the room.
    :param publish_member: publishes a person's new role; None for a removed member.
    """
    room, changing = channel.room, channel.changing
    hang_up(channel)
    for user in hub.online.elsewhere.of(room):
        hub.online.elsewhere.doubt(user)
    awake = actors.awake_in(inbox.KIND)
    people = await store.people(room, awake)
    for user in awake:
        member, was_in = people.members.get(user), hub.inboxes.follows(user, room)
        if not actors.awake(inbox.address(user)):
            continue
        if member is None:
            hub.detach(user, channel)  # also an inbox that is reading its rooms now
            if not was_in:
                continue
            publish_member(user, None)
        elif not was_in:
            hub.inboxes.follow(user, room)
            publish_member(user, member.role)
        elif changing and changing.user == user and changing.role != member.role:
            publish_member(user, member.role)
        gap = inbox.Forward(room, channel.rev or 0, head, None)
        actors.push(inbox.address(user), gap)


def contain(channel: Channel, actors: Supervisor) -> None:
    """Disconnect the watchers and send inboxes a gap, while the room cannot be healed.

    So nobody continues with an outdated state (I5).
    """
    hang_up(channel)
    rev = channel.rev or 0
    for user in channel.inboxes:
        actors.push(inbox.address(user), inbox.Forward(channel.room, rev, rev, None))


def hang_up(channel: Channel) -> None:
    """Disconnect the watchers, who resume."""
    for session in channel.watchers.values():
        session.end(CloseCode.RESTART)
