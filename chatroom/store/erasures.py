"""Accounts that were erased, until nothing of what they wrote is left in rooms.

Erasing an account notes it here in the same commit. So a note outlasts a kill.
"""

from typing import Protocol

from .administration import Act, Denial


class ErasureStore(Protocol):
    async def erase_account(self, name: str, act: Act, *, own: bool = False) -> Denial | None:
        """Erase what the store has of an account outside of rooms, and note the rest. The name
        stays, disabled for ever.

        :param own: the author of the act is the account itself, which need not be an admin.
        """

    async def erasure_denial(self, name: str, act: Act, *, own: bool = False) -> Denial | None:
        """Return why that would be denied now."""

    async def erasures(self, after: str, limit: int) -> list[str]:
        """Return up to ``limit`` notes, by user, after ``after``."""

    async def rooms_with(self, user: str, after: str, limit: int) -> tuple[list[str], str | None]:
        """Look at the ``limit`` rooms after ``after``, by name. Return the names of those that may
        have something of a user, and the name after which to continue; None at the end."""

    async def forget_erasure(self, user: str) -> None:
        """Delete a note."""
