"""People online in each room: by the listeners of this node, or at another node."""

from collections.abc import Mapping
from typing import Final

from ..protocol import events, results
from .channel import Channel
from .elsewhere import Elsewhere


class OnlinePeople:
    """
    :param channels: those of the hub, by room.
    :param max_members: presence is published only in rooms with at most this many members.

    :ivar here: people online at this node; changed by :class:`.Presence` only.
    :ivar elsewhere: people online at other nodes.
    """

    def __init__(
        self, channels: Mapping[str, Channel], elsewhere: Elsewhere, max_members: int
    ) -> None:
        self._channels = channels
        self._max_members = max_members
        self.here: Final[set[str]] = set()
        self.elsewhere: Final = elsewhere

    def __contains__(self, user: str) -> bool:
        """Return whether a person is online at any node."""
        return user in self.here or user in self.elsewhere

    def users(self) -> list[str]:
        """Return all people who are online, sorted."""
        return sorted(self.here | self.elsewhere.users())

    def is_shown(self, channel: Channel) -> bool:
        """Return whether presence is published in the room, which is not large."""
        return channel.members <= self._max_members

    def of(self, channel: Channel) -> results.Online:
        """Return the number of people online, and in a small room their sorted names."""
        users = None
        if self.is_shown(channel):
            here = channel.inboxes & self.here
            users = tuple(sorted(here | self.elsewhere.of(channel.room)))
        return results.Online(channel.online, users)

    def publish_new_member(self, user: str, channel: Channel) -> None:
        """Publish the presence of a new member who is online to the room's watchers."""
        if user in self.elsewhere:
            self.join(user, channel.room)
            self.elsewhere.doubt(user)  # also one whose rooms are being read
        if user in self and self.is_shown(channel):
            channel.publish(events.Presence(user=user, online=True), beside=user)

    def end_membership(self, user: str, channel: Channel) -> None:
        """Note that a person who may be at another node is no member any more."""
        if user in self.elsewhere:
            self.part(user, channel.room)
            self.elsewhere.doubt(user)

    def join(self, user: str, room: str) -> Channel | None:
        """Note that a member is online at another node. Return the channel if that is new in it."""
        return self._changed(user, room, 1) if self.elsewhere.join(user, room) else None

    def part(self, user: str, room: str) -> Channel | None:
        """Note that a person is at no other node, or no member. Return the channel if the person
        is not online in it any more.
        """
        return self._changed(user, room, -1) if self.elsewhere.part(user, room) else None

    def _changed(self, user: str, room: str, change: int) -> Channel | None:
        channel = self._channels.get(room)
        if channel is None or (user in self.here and user in channel.inboxes):
            return None
        channel.online += change
        return channel

    def counts_here(self, user: str, room: str) -> bool:
        """Return whether a listener of the room is online at this node, and counted for that: a
        person at another node is counted already.
        """
        return user in self.here and user not in self.elsewhere.of(room)
