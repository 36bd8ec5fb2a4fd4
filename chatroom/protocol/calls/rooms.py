"""Calls on rooms as a whole: enter, make, set, leave, subscribe, list."""

from ...frozen import frozen
from ...model import Visibility, Who, group_room
from ..declaration import Paged
from ..declaring import InboxCall, MemberCall, ModeratorCall, OpenCall, OwnerCall, call
from ..field_types import (
    Bound,
    ClientId,
    Cursor,
    Limit,
    OwnRoomName,
    Pause,
    Query,
    RoomName,
    Seq,
    Title,
    Topic,
    UserNames,
)
from ..results import Empty, Joined, Rooms, RoomSettings, Subscribed
from .pages import DEFAULT_LIMIT, MESSAGES


@frozen
class EntryCall(OpenCall[Joined]):
    """Makes its sender a member of a room, or makes the room."""


@call("joinRoom", cost="joins", own_batch=True)
@frozen
class JoinRoom(EntryCall):
    """Join a public room, made if it does not exist; with create false, only if it does."""

    room: OwnRoomName
    create: bool = True

    def key(self, user: str) -> str:
        return self.room


@call("createRoom", cost="joins", own_batch=True)
@frozen
class CreateRoom(EntryCall):
    """Make a room and own it; conflict if the name is taken."""

    room: OwnRoomName
    visibility: Visibility
    title: Title | None = None
    topic: Topic | None = None

    def key(self, user: str) -> str:
        return self.room


@call("createGroup", cost="joins", own_batch=True)
@frozen
class CreateGroup(EntryCall):
    """Make a private room of these people and me, which I own. The server gives its name. Tried
    again with the same clientId, the first group is the answer.
    """

    users: UserNames
    client_id: ClientId

    def key(self, user: str) -> str:
        return group_room(user, self.client_id)


@call("enterRoom", cost="joins", own_batch=True)
@frozen
class EnterRoom(EntryCall):
    """Become an owner of an abandoned room, private ones too; for admins of the server. A room is
    abandoned while no owner has an account that is enabled. The audit shows it to the members.
    """

    room: RoomName

    def key(self, user: str) -> str:
        return self.room


@call("deleteRoom", cost="joins", own_batch=True)
@frozen
class DeleteRoom(OwnerCall[Empty]):
    """Delete a room with all of its messages; for owners. Its name is never given again."""


@call("setRoom", cost="joins", own_batch=True)
@frozen
class SetRoom(ModeratorCall[RoomSettings]):
    """Change settings of a room; what is left out stays. For moderators and owners; visibility and
    archived are for owners.
    """

    title: Title | None = None
    topic: Topic | None = None
    visibility: Visibility | None = None
    posting: Who | None = None
    inviting: Who | None = None
    slow_mode_s: Pause | None = None
    archived: bool | None = None


@call("leaveRoom", own_batch=True)
@frozen
class LeaveRoom(MemberCall[Empty]):
    """End my membership."""


@call("subscribe", page=MESSAGES)
@frozen
class Subscribe(MemberCall[Subscribed]):
    """Receive a room's events from here on: with epoch and sinceRev, after what was missed
    (recovered), else after the latest page. While hasMore, not subscribed yet: ask again with
    sinceRev as nextRev.
    """

    epoch: str | None = None
    since_rev: Bound | None = None
    limit: Limit | None = None


@call("unsubscribe", when_read_only=True)
@frozen
class Unsubscribe(MemberCall[Empty]):
    """Stop receiving a room's events; the inbox still counts them."""


@call("setTyping", cost="typing", when_read_only=True)
@frozen
class SetTyping(MemberCall[Empty]):
    """Tell the room's watchers that I type, or not: in the main log, or with thread in the thread
    below that message, which is not looked up. In a room I type in one place; the last one counts.
    """

    typing: bool
    thread: Seq | None = None


@call("listRooms", page=Paged(item_bytes=2048, price=2))
@frozen
class ListRooms(InboxCall[Rooms]):
    """Public rooms and mine, by name; query is a part of the name or title, in any case. A page may
    hold fewer rooms than limit while next is set.
    """

    query: Query | None = None
    after: Cursor | None = None
    limit: Limit = DEFAULT_LIMIT
