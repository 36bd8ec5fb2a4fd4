"""The channels of one process by room. One exists while its room is awake or has listeners."""

from typing import Final

from .channel import Channel
from .elsewhere import Elsewhere


class Channels:
    """
    :param elsewhere: people online at other nodes, whom a new channel counts.
    :ivar epoch: the store's epoch, which a new channel has.
    """

    def __init__(self, epoch: str, elsewhere: Elsewhere) -> None:
        self.epoch = epoch
        self.by_room: Final[dict[str, Channel]] = {}
        self._elsewhere = elsewhere

    def all(self) -> list[Channel]:
        return list(self.by_room.values())

    def open(self, room: str) -> Channel:
        """Return the room's channel. It is made if there is none."""
        channel = self.by_room.get(room)
        if channel is None:
            online = len(self._elsewhere.of(room))
            channel = self.by_room[room] = Channel(room, self.epoch, online=online)
        return channel

    def drop_if_idle(self, channel: Channel) -> None:
        if not (channel.awake or channel.watchers or channel.inboxes):
            del self.by_room[channel.room]
