"""Calls on what people show of themselves, and on the settings of the own account."""

from ...frozen import frozen
from ...model import AccountSettings, Profile, Settings
from ..declaration import Paged
from ..declaring import InboxCall, call
from ..field_types import Bound, Cursor, Limit, NewAvatar, NewStatus, Query, ShownUsers, Title
from ..results import Avatars, FoundPeople, People
from .pages import DEFAULT_LIMIT


@call("setProfile", cost="joins")
@frozen
class SetProfile(InboxCall[Profile]):
    """Change what others see of me; what is left out stays. A status without text and emoji
    removes the present one. The avatar is a picture that I have uploaded and that is in no message;
    an empty id removes it.
    """

    display_name: Title | None = None
    status: NewStatus | None = None
    avatar: NewAvatar | None = None


@call("getUsers", when_read_only=True)
@frozen
class GetUsers(InboxCall[People]):
    """The profiles of people, by name: mine, and those of people with whom I share a room, or of
    everyone if the server is set so or I am an admin. Others are left out, as are names that do not
    exist. Admins see roles on the server and which accounts are disabled.
    """

    users: ShownUsers


@call("getAvatars", when_read_only=True)
@frozen
class GetAvatars(InboxCall[Avatars]):
    """Links to the avatars of people whose profiles I see, by name, for me alone and for five
    minutes.
    """

    users: ShownUsers


@call("listUsers", page=Paged(item_bytes=2048, price=2))
@frozen
class ListUsers(InboxCall[FoundPeople]):
    """The people whose profiles getUsers shows me, by name; query is the beginning of a word of the
    name or display name, in any case and without accents. A page may hold fewer people than limit
    while next is set.
    """

    query: Query | None = None
    after: Cursor | None = None
    limit: Limit = DEFAULT_LIMIT


@call("setSettings", cost="joins")
@frozen
class SetSettings(InboxCall[AccountSettings]):
    """Replace the settings of my account, which the server stores and does not read. With number,
    only if that is the number of the present ones, else conflict.
    """

    settings: Settings
    number: Bound | None = None


@call("getSettings", when_read_only=True)
@frozen
class GetSettings(InboxCall[AccountSettings]):
    """The settings of my account: {} with the number 0 at first. Each change adds 1 to that."""
