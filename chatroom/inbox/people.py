"""Calls on profiles and on the settings of an account. A background task of the inbox handles them.

A person sees the profiles of those with whom they share a room, or of everyone, as the settings and
the person's role on the server say. A name that does not exist is treated like one of a stranger.
"""

from collections.abc import Awaitable, Callable, Collection
from typing import Any, Final, TypeAlias, TypeVar, get_args

import attrs

from ..errors import Refused
from ..files.links import Links
from ..hub.envelope import Envelope
from ..hub.hub import Hub
from ..protocol import results
from ..protocol.calls import GetAvatars, GetSettings, GetUsers, ListUsers, SetProfile, SetSettings
from ..protocol.declaring import Call
from ..store.people import PeoplePage, PeopleStore
from .account_events import AccountEvents
from .ordered_calls import OrderedCalls

T = TypeVar("T")
PeopleCall: TypeAlias = SetProfile | GetUsers | GetAvatars | ListUsers | SetSettings | GetSettings


class PeopleCalls:
    """The calls of one person, in order of arrival.

    :param clock: returns ms since the epoch.
    :param events: tells others of what this person sets.
    :param lists_everyone: people see the profiles of everyone.
    """

    calls: Final[tuple[type[Call[Any]], ...]] = get_args(PeopleCall)

    def __init__(
        self,
        user: str,
        store: PeopleStore,
        hub: Hub,
        clock: Callable[[], int],
        events: AccountEvents,
        links: Links,
        *,
        lists_everyone: bool,
    ) -> None:
        self._user = user
        self._store = store
        self._hub = hub
        self._clock = clock
        self._events = events
        self._lists_everyone = lists_everyone
        self._links = links
        self.handle: Final = OrderedCalls(user, "people", hub, self._do).handle

    async def _do(self, envelope: Envelope[PeopleCall]) -> object:
        call = envelope.call
        match call:
            case SetProfile():
                profile = await self._store.set_profile(
                    self._user, call.display_name, call.status, call.avatar
                )
                if profile is None:
                    raise Refused("not_found", "avatar: there is no such picture of yours")
                self._events.set(self._user, renamed=call.display_name is not None)
                return profile.at(self._clock())
            case GetUsers(users):
                found = await self._read(
                    lambda rooms: self._store.known_people(self._user, rooms, users)
                )
                return results.People(self._shown(found))
            case GetAvatars(users):
                return await self._avatars(users, envelope.reply_to.session)
            case ListUsers(query, after, limit):
                found = await self._read(
                    lambda rooms: self._store.find_people(
                        self._user, rooms, query, after or "", limit
                    )
                )
                return results.FoundPeople(self._shown(found), found.next)
            case SetSettings(settings, number):
                stored = await self._store.set_settings(self._user, settings, number)
                if stored is None:
                    raise Refused("conflict", "number: the settings were changed since")
                self._events.set(self._user)
                return stored
            case GetSettings():
                return await self._store.settings(self._user)

    async def _avatars(self, users: Collection[str], session: str) -> results.Avatars:
        """Return links. Each use of one is checked once more."""
        found = await self._read(lambda rooms: self._store.avatars(self._user, rooms, users))
        log_in, until = self._hub.sessions.token(session).id, self._links.end()
        return results.Avatars(
            until,
            tuple(
                results.AvatarLink(
                    each.user,
                    each.upload,
                    self._links.make(each.upload, each.part, log_in, until),
                )
                for each in found
            ),
        )

    async def _read(self, read: Callable[[frozenset[str] | None], Awaitable[T]]) -> T:
        """Read people in the rooms of this person. Read again if a room was left meanwhile (I5)."""
        if self._lists_everyone:
            return await read(None)
        while True:
            rooms = self._hub.inboxes.rooms_of(self._user)
            found = await read(rooms)
            if rooms <= self._hub.inboxes.rooms_of(self._user):
                return found

    def _shown(self, found: PeoplePage) -> tuple[results.Person, ...]:
        now = self._clock()
        return tuple(
            results.Person(
                **attrs.asdict(profile.at(now), recurse=False),
                online=profile.name in self._hub.online,
                server_role=standing.role if standing else None,
                disabled=standing is not None and standing.disabled,
            )
            for profile in found.people
            for standing in (found.standings.get(profile.name),)
        )
