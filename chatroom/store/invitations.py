"""Invitations by link: see :class:`chatroom.model.Invitation`."""

from collections.abc import Callable
from typing import Protocol, TypeAlias

import attrs

from ..errors import Refused
from ..model import Account, Invitation, Member, Room
from .administration import Act


@attrs.frozen
class Inviter:
    """What the right to invite depends on.

    :ivar can_act: the account is not disabled.
    :ivar admin: it is an admin of the server, and can act.
    :ivar room: the invitation's room, if it exists.
    :ivar member: the account as a member of the room.
    :ivar open: the number of invitations that the account has made and that are open, as far as
        they are looked up.
    """

    can_act: bool = False
    admin: bool = False
    room: Room | None = None
    member: Member | None = None
    open: int = 0


@attrs.frozen
class Offer:
    """An invitation in one snapshot, as it concerns one person.

    :ivar used: the person has come by it.
    :ivar entered: and has become a member of its room. After a sign-up that may be yet to come.
    :ivar inviter: who made it; None: an operator, or the server itself.
    :ivar room: its room, if it exists.
    :ivar has_admin: the server has an admin who can act.
    """

    invitation: Invitation
    used: bool
    entered: bool
    inviter: Inviter | None
    room: Room | None
    has_admin: bool


@attrs.frozen
class Invited:
    """An invitation in a list. ``users``: who came by it last, at most :data:`MAX_INVITED`."""

    invitation: Invitation
    users: tuple[str, ...]


@attrs.frozen
class InvitationPage:
    """Some invitations, newest first. ``next`` is where to continue; None at the end."""

    invitations: tuple[Invited, ...]
    next: tuple[int, str] | None = None


MAX_INVITED = 100

Judge: TypeAlias = Callable[[Offer | None], Refused | None]
"""Runs inside the transaction. Returns why an offer must not be taken."""


class InvitationStore(Protocol):
    async def offer(self, digest: bytes, user: str) -> Offer | None:
        """Return the invitation with this digest of its code."""

    async def offer_admin(self, invitation: Invitation) -> bool:
        """Add an invitation by which an account becomes the first admin, in place of earlier ones.
        Return False, and add nothing, if there is an admin."""

    async def add_invitation(
        self, invitation: Invitation, judge: Callable[[Inviter], Refused | None]
    ) -> Refused | None:
        """Add an invitation, unless the judge refuses it. An operator is not judged."""

    async def add_invited(
        self, account: Account, digest: bytes, at: int, judge: Judge
    ) -> Refused | None:
        """Add an account that comes by an invitation, and count that, in one commit.

        Returns ``conflict`` if the name is taken.
        """

    async def become_admin(self, user: str, digest: bytes, at: int, judge: Judge) -> Refused | None:
        """Make an account the first admin by such an invitation, and count that, in one commit."""

    async def invitations(
        self,
        asker: str | None,
        room: str | None,
        since: tuple[int, str] | None,
        limit: int,
    ) -> InvitationPage:
        """Return up to ``limit`` invitations, newest first.

        :param asker: sees those that the account made, as a moderator or owner those of the
            ``room``, and as an admin all of the server; None: an operator, who sees all.
        :param since: the ``next`` of the page before.
        """

    async def revoke_invitation(self, invitation_id: str, act: Act) -> bool:
        """Revoke an invitation. Return False if its author does not see it, or there is none."""
