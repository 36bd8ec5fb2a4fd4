"""Rooms and their members."""

from typing import Literal, TypeAlias

import attrs

from ..frozen import frozen

Role: TypeAlias = Literal["owner", "moderator", "member"]
Visibility: TypeAlias = Literal["public", "private"]
Kind: TypeAlias = Literal["room", "direct"]
Who: TypeAlias = Literal["all", "moderators"]
"""All members, or moderators and owners only."""
Level: TypeAlias = Literal["all", "mentions", "none"]


@frozen
class RoomPolicy:
    """Who may do what in a room.

    :ivar posting: who may send and edit messages.
    :ivar inviting: who may invite.
    :ivar slow_mode_s: the least time between two messages of a member who is no moderator; 0: off.
    :ivar archived: nobody may send or edit.
    :ivar restricts: a message needs more than membership.
    """

    posting: Who = "all"
    inviting: Who = "moderators"
    slow_mode_s: int = 0
    archived: bool = False
    restricts: bool = attrs.field(init=False, eq=False, repr=False)

    @restricts.default
    def _restricts(self) -> bool:
        return self.posting != "all" or self.slow_mode_s > 0 or self.archived


DEFAULT_POLICY = RoomPolicy()


@frozen
class Room:
    """A room as committed. Times are in ms since the epoch.

    :ivar head_rev: ``head_rev - head_seq`` is the number of changes in its history.
    :ivar first_seq: the oldest seq not pruned: 1 at first, ``head_seq + 1`` if all are pruned.
    :ivar members: the number of members.
    :ivar threaded: the number of messages in threads in its history.
    :ivar pruned_threaded: how many of them are pruned.
    :ivar version: the number of its last commit, from 1. Only commits of read cursors and of
        notification levels alone are not numbered.
    """

    name: str
    kind: Kind
    visibility: Visibility
    title: str
    topic: str
    created_at: int
    head_seq: int = 0
    head_rev: int = 0
    first_seq: int = 1
    last_timestamp: int = 0
    members: int = 0
    version: int = 0
    threaded: int = 0
    pruned_threaded: int = 0
    policy: RoomPolicy = DEFAULT_POLICY

    def at(self, head_seq: int, head_rev: int, last_timestamp: int, version: int) -> "Room":
        """Return a copy with another head. It is created for each batch, and :func:`attrs.evolve`
        takes twice as long.
        """
        return Room(
            name=self.name,
            kind=self.kind,
            visibility=self.visibility,
            title=self.title,
            topic=self.topic,
            created_at=self.created_at,
            head_seq=head_seq,
            head_rev=head_rev,
            first_seq=self.first_seq,
            last_timestamp=last_timestamp,
            members=self.members,
            version=version,
            threaded=self.threaded,
            pruned_threaded=self.pruned_threaded,
            policy=self.policy,
        )


@frozen
class Member:
    """A user's membership of a room.

    :ivar joined_version: the room's version at joining: the order in which members succeed.
    :ivar read_seq: the read cursor.
    :ivar sent: the number of messages the user sent since joining.
    :ivar sent_read: how many of those are at or below the cursor.
    """

    room: str
    user: str
    display_name: str
    role: Role
    joined_at: int
    joined_version: int = 0
    read_seq: int = 0
    sent: int = 0
    sent_read: int = 0
    level: Level = "all"
    lookalike: bool = False


@frozen
class Sanction:
    """A ban or a mute.

    :ivar until: its end, in ms since the epoch; None if it has none. Nothing happens at that time:
        the end is compared in each decision.
    :ivar reason: for people; empty if there is none.
    """

    until: int | None = None
    reason: str = ""

    def holds(self, now: int) -> bool:
        return self.until is None or now < self.until

    def left(self, now: int) -> int | None:
        """Return the ms until the end; None if there is none."""
        return None if self.until is None else self.until - now

    @property
    def why(self) -> str:
        """The reason as the end of a sentence."""
        return f": {self.reason}" if self.reason else ""
