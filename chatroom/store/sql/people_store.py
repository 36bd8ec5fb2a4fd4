"""Profiles, and the settings of accounts."""

from collections.abc import Collection

from ...model import AccountSettings, Profile, Settings, Status
from ..people import AccountNews, Avatar, PeoplePage, RoomsOf
from . import people
from .database import SqlDatabase


class SqlPeopleStore(SqlDatabase):
    """Profiles, and the settings of accounts."""

    async def set_profile(
        self,
        user: str,
        display_name: str | None,
        status: Status | None,
        avatar: str | None = None,
    ) -> Profile | None:
        return await self._write(people.set_profile, user, display_name, status, avatar)

    async def avatars(
        self, user: str, rooms: Collection[str] | None, names: Collection[str]
    ) -> list[Avatar]:
        return await self._readers.read(people.avatars, user, rooms, names)

    async def known_people(
        self, user: str, rooms: Collection[str] | None, names: Collection[str]
    ) -> PeoplePage:
        return await self._readers.read(people.known_people, user, rooms, names)

    async def find_people(
        self, user: str, rooms: Collection[str] | None, query: str | None, after: str, limit: int
    ) -> PeoplePage:
        return await self._readers.read_long(
            user, people.find_people, user, rooms, query, after, limit
        )

    async def rooms_of(self, users: Collection[str]) -> list[RoomsOf]:
        return await self._readers.read_long("", people.rooms_of, users)

    async def status_ends(self, after: tuple[int, str], limit: int) -> list[tuple[int, str]]:
        return await self._readers.read(people.status_ends, after, limit)

    async def settings(self, user: str) -> AccountSettings:
        return await self._readers.read(people.settings, user)

    async def set_settings(
        self, user: str, settings: Settings, number: int | None
    ) -> AccountSettings | None:
        return await self._write(people.set_settings, user, settings, number)

    async def account_news(self, after: int, limit: int) -> list[AccountNews]:
        return await self._readers.read(people.account_news, after, limit)

    async def last_account_news(self) -> int:
        return await self._readers.read(people.last_account_news)
