"""What people show of themselves, and the settings of their accounts."""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal, Protocol, TypeAlias

import attrs

from ..model import AccountSettings, Part, Profile, ServerRole, Settings, Status

NewsKind: TypeAlias = Literal["profile", "settings", "access"]
"""``access``: a token ended or was replaced, or the role or the state of the account changed."""


@attrs.frozen
class AccountNews:
    """What of an account was changed last, with the number of that write.

    The numbers of all accounts rise together. An account has one number of each kind.
    """

    number: int
    user: str
    kind: NewsKind


@attrs.frozen
class Standing:
    """An account's role on the server, and whether it is disabled."""

    role: ServerRole
    disabled: bool


@attrs.frozen
class PeoplePage:
    """People, by name.

    :ivar next: the last name looked at, or None at the end.
    :ivar standings: by name, if who asks is an admin of the server; else empty.
    """

    people: tuple[Profile, ...]
    next: str | None = None
    standings: Mapping[str, Standing] = attrs.field(factory=dict)


@attrs.frozen
class Avatar:
    """``part``: the thumbnail to show, or the picture itself if it is small."""

    user: str
    upload: str
    part: Part


@attrs.frozen
class RoomsOf:
    """A person's profile, with all rooms of which the person is a member."""

    profile: Profile
    rooms: tuple[str, ...]


class PeopleStore(Protocol):
    """Statuses are returned although they may have ended: see :meth:`.Profile.at`."""

    async def set_profile(
        self,
        user: str,
        display_name: str | None,
        status: Status | None,
        avatar: str | None = None,
    ) -> Profile | None:
        """Set what is not None. An empty status or avatar removes the present one.

        :param avatar: an upload of a picture by the user that is in no message. It is removed with
            the next one. Without such an upload nothing is written, and None is returned.

        A new display name that looks like one of another account is marked, unless this account
        had it before that one.
        """

    async def known_people(
        self, user: str, rooms: Collection[str] | None, names: Collection[str]
    ) -> PeoplePage:
        """Return those of ``names`` who are members of one of ``rooms``, and ``user``.

        :param rooms: None, or if ``user`` is an admin of the server: all accounts.
        """

    async def find_people(
        self, user: str, rooms: Collection[str] | None, query: str | None, after: str, limit: int
    ) -> PeoplePage:
        """Return up to ``limit`` members of ``rooms``, and ``user``, with a name after ``after``.

        :param rooms: as for :meth:`known_people`.
        :param query: the beginning of a word of the name or display name. A page may be short or
            empty although there are more.
        """

    async def avatars(
        self, user: str, rooms: Collection[str] | None, names: Collection[str]
    ) -> Sequence[Avatar]:
        """Return the avatars of the people whom :meth:`known_people` returns, by name."""

    async def rooms_of(self, users: Collection[str]) -> Sequence[RoomsOf]:
        """Return the profiles and rooms of these users."""

    async def status_ends(self, after: tuple[int, str], limit: int) -> Sequence[tuple[int, str]]:
        """Return when statuses end, and whose they are, in order.

        :param after: return those that are greater.
        """

    async def settings(self, user: str) -> AccountSettings: ...

    async def set_settings(
        self, user: str, settings: Settings, number: int | None
    ) -> AccountSettings | None:
        """Replace the settings.

        :param number: that of the present settings; None to replace any.
        :returns: None if the present settings have another number. Nothing was written.
        """

    async def account_news(self, after: int, limit: int) -> Sequence[AccountNews]:
        """Return what was set after the number ``after``, in order."""

    async def last_account_news(self) -> int:
        """Return the number of the last change of any account."""
