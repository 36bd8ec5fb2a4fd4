"""A room as its actor sees it: its row, its people and its log."""

from collections.abc import Collection, Mapping
from typing import Protocol

import attrs

from ..model import Member, Room
from .room_log import RoomLogStore


@attrs.frozen
class People:
    """What a room has to know about some names before it decides.

    ``members`` has only those who are members; ``banned`` and ``users`` (name -> display name of an
    existing account) only those of the names that are.
    """

    members: Mapping[str, Member]
    banned: frozenset[str]
    users: Mapping[str, str]


class RoomStore(RoomLogStore, Protocol):
    async def room(self, name: str) -> Room | None: ...

    async def people(self, room: str, names: Collection[str]) -> People: ...

    async def successor(self, room: str, leaving: str) -> Member | None:
        """Who is first in line apart from that member: by role, then by time of joining."""

    async def members(self, room: str, after: str, limit: int, *, asker: str = "") -> list[Member]:
        """By name, those after ``after``."""
