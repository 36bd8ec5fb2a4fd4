"""Calls on what people show of themselves, and on the settings of the user's account."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

from ..model import AccountSettings, Profile, Settings, Status
from ..protocol import results
from ..protocol.calls import GetAvatars, GetSettings, GetUsers, ListUsers, SetProfile, SetSettings
from ..protocol.constraints import MAX_SETTINGS_BYTES, json_object
from ..protocol.field_types import (
    Bound,
    Cursor,
    Limit,
    NewAvatar,
    NewStatus,
    Query,
    ShownUsers,
    Title,
)
from .call_methods import CallMethods, optional
from .files import FileTransfer


class PeopleCalls(CallMethods):
    """Calls on what people show of themselves, and on the settings of the user's account."""

    @property
    @abstractmethod
    def files(self) -> FileTransfer: ...

    async def set_profile(
        self,
        *,
        display_name: str | None = None,
        status: Status | None = None,
        avatar: str | None = None,
    ) -> Profile:
        """Set what is not None. ``Status()`` and an empty avatar remove the present one.

        :param avatar: the id of a picture that :meth:`.Chat.upload` has returned, and that is in no
            message.

        >>> from chatroom.client import Chat, Status
        >>> async def go_to_lunch(chat: Chat) -> None:
        ...     await chat.set_profile(status=Status("at lunch"))
        """
        return await self.call(
            SetProfile(
                optional(Title, display_name),
                optional(NewStatus, status),
                optional(NewAvatar, avatar),
            )
        )

    async def get_users(self, names: Iterable[str]) -> tuple[results.Person, ...]:
        """Return the profiles of up to 100 people with whom the user shares a room, by name. Others
        are left out. ``Chat.users`` keeps profiles up to date.
        """
        return (await self.call(GetUsers(ShownUsers(tuple(names))))).users

    async def get_avatars(self, names: Iterable[str]) -> dict[str, str]:
        """Return URLs of the avatars of up to 100 people, by name, for five minutes. They need no
        token; whoever has one reads as this account."""
        found = await self.call(GetAvatars(ShownUsers(tuple(names))))
        return {each.user: self.files.absolute(each.url) for each in found.avatars}

    async def list_users(
        self, query: str | None = None, *, after: str | None = None, limit: int = results.PAGE
    ) -> results.FoundPeople:
        """List the people with whom the user shares a room.

        :param query: the beginning of a word of a name or display name.
        """
        call = ListUsers(optional(Query, query), optional(Cursor, after), Limit(limit))
        return await self.call(call)

    async def get_settings(self) -> AccountSettings:
        """Return the settings of the account, as JSON, and their number."""
        return await self.call(GetSettings())

    async def set_settings(
        self, settings: Mapping[str, Any], *, number: int | None = None
    ) -> AccountSettings:
        """Replace the settings of the account, an object of up to 16 KiB as JSON.

        :param number: that of the settings that were read. If others have been set since, the call
            raises ``Conflict``. If the connection is lost meanwhile, so may a call that was done.
        """
        kept = Settings(json_object(dict(settings), MAX_SETTINGS_BYTES))
        return await self.call(SetSettings(kept, optional(Bound, number)))
