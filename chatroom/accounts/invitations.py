"""Codes of invitations: made, stored as digests, and checked at a sign-up."""

import secrets
from collections.abc import Callable
from typing import Final, Literal

import attrs

from ..errors import Refused
from ..model import Invitation
from ..store.invitations import InvitationStore
from .tokens import digest_of

_CODE_BYTES: Final = 24
"""Random bytes of a code: too many to be guessed."""

SignUpMode = Literal["open", "invite", "closed"]


def mint_invitation(by: str | None, now: int) -> tuple[str, Invitation]:
    """Return a new code and the record of its invitation, which leads nowhere yet."""
    code = secrets.token_urlsafe(_CODE_BYTES)
    return code, Invitation(secrets.token_hex(8), digest_of(code), by, now)


def not_valid(reason: str) -> Refused:
    """Return the refusal of a code, the same for all causes."""
    return Refused(reason, "invitation: it is not valid, or not any more")


@attrs.frozen
class Invitations:
    """:param now: returns ms since the epoch."""

    store: InvitationStore
    mode: SignUpMode
    now: Callable[[], int]

    async def offer_admin(self) -> str | None:
        """Return a code by which one account becomes the server's first admin. Codes that this
        returned before are not valid any more. None if there is an admin."""
        code, invitation = mint_invitation(None, self.now())
        offered = attrs.evolve(invitation, server=True, role="admin", max_uses=1)
        return code if await self.store.offer_admin(offered) else None

    async def check_sign_up(self, name: str, code: str | None) -> bytes | None:
        """Check whether an account may be added, before the password is hashed. Returns the digest
        of the code, which the commit checks again.

        :raises Refused: ``forbidden``; ``conflict``: the account was added by the same code.
        """
        if code is None:
            if self.mode == "open":
                return None
            how = "by invitation" if self.mode == "invite" else "closed"
            raise Refused("forbidden", f"sign-up is {how}: ask the server's operator")
        digest = digest_of(code)
        known = await self.store.invitation(digest, name)
        if known is None:
            raise not_valid("forbidden")
        found, used = known
        if used:
            raise Refused("conflict", f"{name}: the name is taken")
        if not found.open_at(self.now()) or not self._signs_up(found):
            raise not_valid("forbidden")
        return digest

    def _signs_up(self, found: Invitation) -> bool:
        if found.role == "admin" or self.mode == "open":
            return True
        return self.mode == "invite" and found.server
