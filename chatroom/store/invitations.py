"""Invitations by link: see :class:`chatroom.model.Invitation`."""

from typing import Protocol

from ..model import Account, Invitation
from .administration import Denial


class InvitationStore(Protocol):
    async def invitation(self, digest: bytes, user: str) -> tuple[Invitation, bool] | None:
        """Return an invitation, and whether ``user`` has come by it."""

    async def offer_admin(self, invitation: Invitation) -> bool:
        """Add an invitation by which an account becomes the first admin, in place of earlier ones.
        Return False, and add nothing, if there is an admin."""

    async def add_invited(self, account: Account, digest: bytes, at: int) -> Denial | None:
        """Add an account that comes by an invitation, and count that, in one commit.

        Returns ``conflict`` if the name is taken, ``forbidden`` if the invitation is not valid.
        """

    async def become_admin(self, user: str, digest: bytes, at: int) -> Denial | None:
        """Make an account the first admin by such an invitation, and count that, in one commit.
        Returns ``not_found`` if the invitation is not valid."""
