"""Accounts that were disabled or enabled, whose rooms may need another owner.

Disabling or enabling an account notes it here in the same commit. So a note outlasts a kill.
"""

from typing import Protocol

import attrs


@attrs.frozen
class Handover:
    """A note. ``number`` rises when it is noted again before it is done."""

    user: str
    number: int


class HandoverStore(Protocol):
    async def handovers(self, after: str, limit: int) -> list[Handover]:
        """Return up to ``limit`` notes, by user, after ``after``."""

    async def ownerless(self, user: str, after: str, limit: int) -> list[str]:
        """Return up to ``limit`` rooms of the user, by name, after ``after``: those without an
        owner who can act, but with a member who can. Direct rooms have no owners."""

    async def forget_handover(self, handover: Handover) -> None:
        """Delete a note, unless it was noted again."""
