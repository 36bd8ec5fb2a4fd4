"""A room's replica: the state of the room on this node, and the step that publishes each commit.

Commits of this node and of other nodes take the same way. They are applied in the order of their
versions, each once. The replica also finds commits that it has missed.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Final

import trio

from ..actors.supervisor import Supervisor
from ..hub.channel import Channel
from ..hub.envelope import AnyEnvelope, ReplyTo
from ..hub.hub import Hub
from ..inbox import mail as inbox
from ..model import Room
from ..store.events import MemberAdded, MemberRemoved, RoleChanged, RoomDeleted, RoomEvent
from ..store.news import FollowedRoomStore, RoomNews
from . import mail
from .publisher import Publisher
from .resync import hang_up, heal
from .state import RoomState
from .usage_meter import UsageMeter

MEMBERS_PER_TICK: Final = 100
"""Members notified of a room's deletion before other tasks run."""
MAX_CATCH_UPS: Final = 10
"""Maximum number of reads of missed commits, until other mail is handled. If the last one found
none, the room is read anew instead."""


class Replica:
    """:ivar alone: no other node writes to the store."""

    def __init__(
        self,
        state: RoomState,
        channel: Channel,
        *,
        store: FollowedRoomStore,
        hub: Hub,
        actors: Supervisor,
        meter: UsageMeter,
        alone: bool,
    ) -> None:
        self.state: Final = state
        self.channel: Final = channel
        self.alone: Final = alone
        self._store = store
        self._hub = hub
        self._actors = actors
        self._publisher = Publisher(channel, hub, actors, meter)
        self._applied = trio.lowlevel.ParkingLot()
        # The version that was read, and the last one whose roles were published since.
        self._read_version = self._roles_version = 0
        # People told of a change of their own role when the listeners were healed.
        self._healed_user = ""

    async def start(self) -> None:
        """Heal the listeners if they may have missed something, before the room handles mail."""
        channel = self.channel
        missed = channel.version not in (None, self.state.version)
        # An inbox that is reading may have an older version, in which somebody is still a member.
        older = not self.alone and self._hub.inboxes.reads.users
        if channel.unpublished or missed or older:
            await self._heal(self.state.room)
        self._reset_channel()

    async def look_up(
        self,
        names: Collection[str],
        mentioned: Collection[str] = (),
        cursors: Collection[str] = (),
    ) -> None:
        """Look up people who are not in the state.

        Call this only between commits of the room, so that the result matches the state.

        :param cursors: members whose cursors must be those of the store. Moving one at another node
            is no new version of the room.
        """
        if unknown := self.state.unknown(names, mentioned):
            self.state.learn(unknown, await self._store.people(self.state.name, unknown))
        if cursors and not self.alone:
            found = await self._store.people(self.state.name, cursors)
            for user, member in found.members.items():
                self.state.advance(user, member.read_seq)

    # ---- after a commit: one step, in this order

    def apply(
        self,
        events: Sequence[RoomEvent],
        requests: Sequence[AnyEnvelope] = (),
        outcomes: Sequence[object] = (),
        *,
        own: bool = True,
    ) -> None:
        """Apply the events of a commit, reply to its calls, and publish the events.

        :param own: this node committed them.
        """
        state, channel = self.state, self.channel
        room = state.room
        from_rev = room.head_rev if room else 0
        state.apply(events)
        room = state.room
        to_rev = channel.version = 0
        if room is not None:
            channel.version, channel.members = room.version, room.members
            to_rev = room.head_rev
        by_inbox: dict[str, list[ReplyTo]] = defaultdict(list)
        for request, outcome in zip(requests, outcomes, strict=True):
            if outcome is None:  # the inbox replies
                by_inbox[request.user].append(request.reply_to)
            else:
                self._hub.reply(request.reply_to, outcome)
        for event in events:
            self._publisher.publish(event, own=own)
        self._publisher.forward(from_rev, to_rev, events, by_inbox)
        channel.unpublished, channel.changing = False, None
        self._applied.unpark_all()

    async def apply_any(
        self,
        events: Sequence[RoomEvent],
        requests: Sequence[AnyEnvelope] = (),
        outcomes: Sequence[object] = (),
        *,
        own: bool = True,
    ) -> None:
        """Apply a commit that may delete the room. Then notify its members too.

        The room does not exist for anybody after the commit. Members are notified in slices, since
        no later event of the room can overtake the notification.
        """
        rev = self.state.log_head.head_rev
        self.apply(events, requests, outcomes, own=own)
        if not any(isinstance(event, RoomDeleted) for event in events):
            return
        followers = self._hub.detach_all(self.channel)
        for number, user in enumerate(followers):
            if number % MEMBERS_PER_TICK == 0:
                await trio.lowlevel.checkpoint()
            self._publisher.publish_member(user, None)
            gone = inbox.Forward(self.state.name, rev, rev, (MemberRemoved(user),))
            self._actors.push(inbox.address(user), gone)

    # ---- commits of other nodes

    async def follow(self, news: RoomNews) -> None:
        """Apply the commit if it is the next one, and catch up if it is a later one."""
        events, version = news.events, self.state.version
        # A room that does not exist may have been deleted since the news: ask the store.
        if events and self.state.room and news.version == version + 1:
            await self.apply_any(events, own=False)
        elif news.version > version:
            await self.catch_up()
        else:
            await self._publish_roles(news)

    async def catch_up(self) -> None:
        """Apply the commits since the state's version, or read the room anew if some are no longer
        kept. Return although there are more if other nodes commit them faster than they are read.
        """
        name = self.state.name
        for _ in range(MAX_CATCH_UPS):
            missed = await self._store.since(name, self.state.version)
            if missed is None:
                break
            for news in missed:
                await self.apply_any(news.events, own=False)
            room = await self._store.room(name)
            if (room.version if room else 0) == self.state.version:
                return
        if not missed:
            await self.read_anew()

    async def read_anew(self) -> None:
        """Read the room, and bring all listeners up to date with it."""
        epoch = self._hub.channels.epoch
        room = await self._store.room(self.state.name)
        await self._heal(room)  # if it fails, the state still shows that commits are missed (I5)
        hang_up(self.channel)  # watchers that came meanwhile lack what is skipped now
        self.state.reset(room)
        self._reset_channel()
        self.channel.epoch = epoch
        self._applied.unpark_all()

    async def _publish_roles(self, news: RoomNews) -> None:
        """Publish the roles that a commit changed, unless the commit was published here.

        The room may have been read after the commit. People who joined by it follow the room.
        """
        if not self._roles_version < news.version <= self._read_version:
            return
        self._roles_version = news.version
        users = [
            event.member.user if isinstance(event, MemberAdded) else event.user
            for event in news.events
            if isinstance(event, MemberAdded | RoleChanged)
        ]
        await self.look_up(users)
        for user in users:
            member, address = self.state.member(user), inbox.address(user)
            if member is None or user == self._healed_user or not self._actors.awake(address):
                continue
            self._publisher.publish_member(user, member.role)
            if not self._hub.inboxes.follows(user, self.state.name):
                self._hub.inboxes.follow(user, self.state.name)
                rev = self.state.log_head.head_rev
                self._actors.push(address, inbox.Forward(self.state.name, rev, rev, None))

    async def _heal(self, room: Room | None) -> None:
        """Bring all listeners up to date with the room as read from the store."""
        changing = self.channel.changing
        self._healed_user = changing.user if changing else ""
        await heal(
            self.channel,
            room.head_rev if room else 0,
            store=self._store,
            hub=self._hub,
            actors=self._actors,
            publish_member=self._publisher.publish_member,
        )
        self.channel.unpublished = False

    def _reset_channel(self) -> None:
        room, head = self.state.room, self.state.log_head
        members = room.members if room else 0
        self._read_version, self._roles_version = head.version, 0
        private = room is not None and room.visibility == "private"
        self.channel.reset(head.main.last, head.head_rev, head.version, members, private=private)

    # ---- replies from the store

    async def reach(self, version: int) -> bool:
        """Wait until the state has the version of a reply from the store; 0 for no room.

        Otherwise it could say that somebody is a member who was removed before the reply (I5).

        Returns False, and has the room catch up, if the state has no room and the store has one.
        """
        state = self.state
        if not version and state.room:
            version = state.version + 1  # it was deleted
        if state.version >= version:
            return True
        if not self.alone:
            self._actors.push(mail.address(state.name), RoomNews(state.name, version))
            if not state.room:
                return False
        while state.room and state.version < version:
            await self._applied.park()
        return True

    async def reach_store(self, user: str) -> bool:
        """Wait for the store's version, so that each node shows what was acknowledged by any.

        The cursor of ``user`` is taken from the store too. Returns False as :meth:`reach` does.
        """
        name = self.state.name
        found = await self._store.people(name, [user])
        reached = await self.reach((await self._store.versions([name])).get(name, 0))
        if reached and (member := found.members.get(user)) is not None:
            self.state.advance(user, member.read_seq)
        return reached
