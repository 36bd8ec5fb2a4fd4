"""Blocks: the users whose direct messages and invitations an account refuses."""

from typing import Protocol

from ..model import User


class BlockStore(Protocol):
    async def set_blocked(
        self, user: str, other: str, at: int, *, maximum: int | None
    ) -> str | None:
        """Block ``other`` for ``user``, at time ``at`` (ms). Blocking twice changes nothing.

        :returns: None, or the reason for which nothing was written: ``not_found``, or
            ``quota_exceeded`` if ``user`` blocks ``maximum`` accounts already.
        """

    async def unset_blocked(self, user: str, other: str) -> None: ...

    async def blocked(self, user: str, after: str, limit: int) -> list[User]:
        """Return up to ``limit`` users that ``user`` blocks, by name, starting after ``after``."""
