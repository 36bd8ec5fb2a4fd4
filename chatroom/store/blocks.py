"""Blocks: the people that each account does not want to hear from."""

from typing import Protocol

from ..model import User


class BlockStore(Protocol):
    async def set_blocked(self, user: str, other: str, at: int, *, most: int | None) -> str | None:
        """``user`` blocks ``other`` from here on; once more changes nothing. Not done, it returns
        why: ``not_found``, or ``quota_exceeded`` when ``user`` blocks ``most`` people already.
        """

    async def unset_blocked(self, user: str, other: str) -> None: ...

    async def blocked(self, user: str, after: str, limit: int) -> list[User]:
        """The people that ``user`` blocks, by name, those after ``after``."""
