"""A room as its actor sees it: its row, its members and its log."""

from collections.abc import Collection, Mapping
from typing import Literal, Protocol, TypeAlias

import attrs

from ..model import Member, Room, Sanction, User
from .room_log import RoomLogStore


@attrs.frozen
class People:
    """What a room needs to know about some names before it decides.

    ``members``, ``banned`` and ``muted`` contain the names that are members, banned or muted, and
    also those whose ban or mute has ended. ``users`` maps the names of existing accounts to display
    names. ``slowed`` has when they last sent in slow mode.
    """

    members: Mapping[str, Member]
    banned: Mapping[str, Sanction]
    users: Mapping[str, str]
    muted: Mapping[str, Sanction] = attrs.field(factory=dict)
    slowed: Mapping[str, int] = attrs.field(factory=dict)


@attrs.frozen
class MemberPage:
    """Some members of a room, by name, and the version of the room at which they are members.

    Both are empty or 0 if there is no such room. ``next`` is the name after which to continue; None
    at the end. With a query a page may be short although more members match, because one call looks
    at a bounded number of members.
    """

    members: tuple[Member, ...]
    version: int
    next: str | None = None


SanctionKind: TypeAlias = Literal["ban", "mute"]


@attrs.frozen
class Sanctioned:
    """A ban or mute, who imposed it, and when (ms)."""

    user: User
    by: str
    at: int
    sanction: Sanction


@attrs.frozen
class SanctionPage:
    """Some bans or mutes of a room, by name, also those that have ended, and the version of the
    room at which they are imposed. ``next`` is the name after which to continue; None at the end.
    """

    sanctions: tuple[Sanctioned, ...]
    version: int
    next: str | None = None


class RoomStore(RoomLogStore, Protocol):
    async def room(self, name: str) -> Room | None: ...

    async def people(self, room: str, names: Collection[str]) -> People: ...

    async def successor(self, room: str, leaving: str) -> Member | None:
        """Return the member, other than ``leaving``, who becomes the next owner: of those whose
        accounts are not disabled the one with the highest role, of these the one who joined first.
        None if there is nobody."""

    async def members(
        self, room: str, after: str, limit: int, *, query: str | None = None, asker: str = ""
    ) -> MemberPage:
        """Return up to ``limit`` members whose name is greater than ``after``, by name.

        ``query``: only those of whose name or display name words begin with the query's.
        """

    async def sanctions(
        self, room: str, kind: SanctionKind, after: str, limit: int, *, asker: str = ""
    ) -> SanctionPage:
        """Return up to ``limit`` bans or mutes of people whose name is greater than ``after``."""
