"""Invitations by link: their codes, who may make them, and until when they are valid.

A code is stored as a digest. An invitation is valid while who made it may still invite.
"""

import secrets
from collections.abc import Awaitable, Callable
from typing import Final, Literal, TypeAlias

import attrs

from ..errors import Refused
from ..model import Invitation
from ..protocol import results
from ..protocol.codec import parse_number
from ..setting_types import unix_path
from ..store.invitations import InvitationStore, Invited, Inviter, Judge, Offer
from .tokens import digest_of

_CODE_BYTES: Final = 24
"""Random bytes of a code: too many to be guessed."""

EnterByCode: TypeAlias = Callable[[str, str, str], Awaitable[None]]
"""Makes a user a member of a room by a code."""
SignUpMode: TypeAlias = Literal["open", "invite", "closed"]


# ---- pure


def refuse_inviting(inviter: Inviter, invitation: Invitation) -> Refused | None:
    """Return why an account may not invite like this."""
    if not inviter.can_act:
        return Refused("forbidden", "the account is disabled")
    if invitation.server and not inviter.admin:
        return Refused("forbidden", "server: only admins of the server may do this")
    if invitation.room is None:
        return None
    room, member = inviter.room, inviter.member
    if room is None or (member is None and room.visibility == "private"):
        return Refused("not_found", "room: there is no such room")
    if member is None:
        return Refused("forbidden", "room: join it first")
    if room.kind == "direct":
        return Refused("forbidden", "room: this is not possible in a direct room")
    if member.role == "member" and room.policy.inviting == "moderators":
        return Refused("forbidden", "room: only moderators and owners may do this")
    return None


def is_valid(offer: Offer, now: int) -> bool:
    """Return whether a person may come by an invitation, for the first time or again."""
    invitation = offer.invitation
    counted = attrs.evolve(invitation, max_uses=None) if offer.used else invitation
    if not counted.open_at(now) or (invitation.room is not None and offer.room is None):
        return False
    if invitation.role == "admin":
        return not offer.has_admin and not offer.used
    return offer.inviter is None or refuse_inviting(offer.inviter, invitation) is None


def not_valid(reason: str = "not_found") -> Refused:
    """Return the refusal of a code, the same for all causes."""
    return Refused(reason, "the invitation is not valid, or not any more")


def judge_at(now: int, reason: str, leads: Callable[[Invitation], bool]) -> Judge:
    """Return the judge of an offer that refuses with this reason.

    :param leads: whether an invitation leads where somebody wants to go by it.
    """

    def judge(offer: Offer | None) -> Refused | None:
        if offer is None or not leads(offer.invitation) or not is_valid(offer, now):
            return not_valid(reason)
        return None

    return judge


def mint_invitation(by: str | None, now: int) -> tuple[str, Invitation]:
    """Return a new code and the record of its invitation, which leads nowhere yet."""
    code = secrets.token_hex(_CODE_BYTES)
    return code, Invitation(secrets.token_hex(8), digest_of(code), by, now)


def link(base: str, code: str) -> str:
    """Return the link of an invitation.

    :param base: the address of the server.
    """
    known = "https://ADDRESS" if unix_path(base) else base.rstrip("/")
    return f"{known}/?invitation={code}"


# ---- with the store


@attrs.frozen
class Invitations:
    """:param now: returns ms since the epoch.
    :param maximum: open invitations of one account; None: any number.
    """

    store: InvitationStore
    mode: SignUpMode
    now: Callable[[], int]
    maximum: int | None = None

    async def offer_admin(self) -> str | None:
        """Return a code by which one account becomes the server's first admin. Codes that this
        returned before are not valid any more. None if there is an admin."""
        code, invitation = mint_invitation(None, self.now())
        offered = attrs.evolve(invitation, server=True, role="admin", max_uses=1)
        return code if await self.store.offer_admin(offered) else None

    async def create(
        self,
        by: str | None,
        *,
        server: bool,
        room: str | None,
        expires_at: int | None = None,
        max_uses: int | None = None,
    ) -> tuple[str, Invitation]:
        """Make an invitation. Returns its code too, which is not stored.

        :raises Refused: ``invalid_params``, ``forbidden``, ``not_found``, ``quota_exceeded``.
        """
        now = self.now()
        if room is None and not server:
            raise Refused("invalid_params", "room, server: at least one of them")
        if expires_at is not None and expires_at <= now:
            raise Refused("invalid_params", "expiresAt: is in the past")
        code, minted = mint_invitation(by, now)
        invitation = attrs.evolve(
            minted, server=server, room=room, expires_at=expires_at, max_uses=max_uses
        )

        def judge(inviter: Inviter) -> Refused | None:
            refused = refuse_inviting(inviter, invitation)
            if refused is None and self.maximum is not None and inviter.open >= self.maximum:
                return Refused("quota_exceeded", "you have too many invitations; revoke some")
            return refused

        refused = await self.store.add_invitation(invitation, judge)
        if refused is not None:
            raise refused
        return code, invitation

    async def listing(
        self, asker: str | None, room: str | None, after: str | None, limit: int
    ) -> results.Invitations:
        """Return a page of the invitations that an account sees; an operator (None) sees all.

        :raises Refused: ``invalid_params``: ``after`` is not from a reply.
        """
        since = None if after is None else _parse_cursor(after)
        page = await self.store.invitations(asker, room, since, limit)
        return results.Invitations(
            tuple(map(_listed, page.invitations)),
            None if page.next is None else "{}.{}".format(*page.next),
        )

    # ---- sign-up

    async def check_sign_up(self, name: str, code: str | None) -> bytes | None:
        """Check whether an account may be added, before the password is hashed. Returns the digest
        of the code, which the commit judges again by :meth:`sign_up_judge`.

        :raises Refused: ``forbidden``; ``conflict``: the account was added by the same code.
        """
        if code is None:
            if self.mode == "open":
                return None
            how = "by invitation" if self.mode == "invite" else "closed"
            raise Refused("forbidden", f"sign-up is {how}: ask the server's operator")
        digest = digest_of(code)
        offer = await self.store.offer(digest, name)
        if offer is not None and offer.used:
            raise Refused("conflict", f"{name}: the name is taken")
        if (refused := self.sign_up_judge()(offer)) is not None:
            raise refused
        return digest

    def sign_up_judge(self) -> Judge:
        return judge_at(self.now(), "forbidden", self._signs_up)

    def _signs_up(self, invitation: Invitation) -> bool:
        if invitation.role == "admin" or self.mode == "open":
            return True
        return self.mode == "invite" and invitation.server


def _listed(invited: Invited) -> results.ListedInvitation:
    invitation = invited.invitation
    return results.ListedInvitation(
        id=invitation.id,
        timestamp=invitation.created_at,
        server=invitation.server,
        uses=invitation.uses,
        users=invited.users,
        by=invitation.by,
        room=invitation.room,
        expires_at=invitation.expires_at,
        max_uses=invitation.max_uses,
        revoked_at=invitation.revoked_at,
    )


def _parse_cursor(after: str) -> tuple[int, str]:
    """:raises Refused: the cursor is not from a reply."""
    at, _, last = after.partition(".")
    return parse_number(at), last
