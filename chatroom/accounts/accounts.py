"""Accounts: sign-up, log-in, log-out, a user's own password and tokens.

:mod:`.operators` has the operators' functions, :mod:`.identities` checks tokens. Knows neither
sessions nor rooms nor HTTP.
"""

import logging
from collections.abc import Collection
from typing import Final

import attrs
import trio

from ..clock import DAY_MS
from ..errors import Refused
from ..model import Account, Invitation, Token, User, is_name
from .hash_queue import Caller
from .identities import RENEWAL_GRACE_MS, Identity, user_of
from .invitations import EnterByCode, is_valid, judge_at, not_valid
from .issuing import LOCAL_CALLER, checked_label, life_ms
from .name_rules import folded
from .operators import Operators
from .passwords import check_password
from .tokens import digest_of, mint

logger = logging.getLogger(__name__)

EXPIRED_RETENTION_MS: Final = 30 * DAY_MS
"""How long an expired token stays in the store, in case the clock was wrong."""
MAX_LISTED: Final = 1000
"""Tokens in a list. An account may have more, issued by operators."""


class WrongPassword(Refused):
    """The password is not the account's."""


@attrs.frozen
class Issued:
    """A new token in plain text, which is not stored, and its stored record."""

    token: str
    record: Token


class Accounts(Operators):
    async def sign_up(
        self,
        name: str,
        password: str,
        display_name: str | None = None,
        *,
        label: str | None = None,
        caller: Caller = LOCAL_CALLER,
        invitation: str | None = None,
    ) -> tuple[User, str]:
        """Create an account. Returns it with a token.

        :param invitation: the code of an invitation, whose use is counted in the commit that adds
            the account.
        :raises Refused: ``forbidden`` (closed, or the invitation is not valid), ``invalid_params``,
            ``conflict``, ``quota_exceeded``, ``busy``; ``unauthenticated`` if the account changed
            meanwhile.
        """
        checked = checked_label(label)
        digest = await self.invitations.check_sign_up(folded(name), invitation)
        async with self._sign_ups.reserve():
            account = await self._create(name, password, display_name, caller, digest)
        minted = await self._issue(account, checked, self._full_life_ms)
        if minted is None:
            raise Refused("unauthenticated", "the account has just changed: log in again")
        return user_of(account), minted[0]

    async def log_in(
        self, name: str, password: str, *, label: str | None = None, caller: Caller = LOCAL_CALLER
    ) -> tuple[User, str]:
        """Check a password. Returns the account with a new token.

        :raises WrongPassword: ``unauthenticated``. An unknown name, a disabled account, an account
            without a password and a wrong password get the same message at the same cost.
        """
        name, checked = folded(name), checked_label(label)
        while True:
            account = await self._store.account(name) if is_name(name) else None
            known = None if account is None or account.disabled else account.password
            right = await self._passwords.verify(known, password, caller)
            if not right or account is None or known is None:
                raise WrongPassword("unauthenticated", "wrong name or password")
            outdated = self._passwords.outdated(known)
            renewed = await self._passwords.hash(password, caller) if outdated else None
            minted = await self._issue(account, checked, self._full_life_ms, renewed)
            if minted is not None:
                return user_of(account), minted[0]

    async def accept(self, user: str, code: str, enter_room: EnterByCode) -> Invitation:
        """Let an account come by an invitation. Once more changes nothing.

        :param enter_room: called if the invitation leads to a room.
        :raises Refused: ``not_found``: the code is not valid; ``conflict``: it is only for people
            without an account; or as ``enter_room`` raises.
        """
        now, digest = self._now(), digest_of(code)
        offer = await self._store.offer(digest, user)
        invitation = None if offer is None else offer.invitation
        if invitation is not None and invitation.role == "admin":
            await self._become_admin(user, digest, now)
        elif offer is None or invitation is None or not is_valid(offer, now):
            raise not_valid()
        elif invitation.room is None:
            raise Refused("conflict", "invitation: is for people who have no account yet")
        else:
            await enter_room(user, invitation.room, code)
        return invitation

    async def _become_admin(self, user: str, digest: bytes, now: int) -> None:
        judge = judge_at(now, "not_found", lambda invitation: invitation.role == "admin")
        async with self._changing:
            with self.identities.changing(user):
                refused = await self._store.become_admin(user, digest, now, judge)
        if refused is not None:
            raise refused
        logger.info("first admin", extra={"user": user})

    def remembered(self, token: str) -> Identity | None:
        """See :meth:`.Identities.remembered`."""
        return self.identities.remembered(token)

    def forget(self, user: str) -> None:
        """Drop what is cached of an account, after its profile was changed."""
        self.identities.forget(user)

    async def compare(self, users: Collection[str]) -> None:
        """See :meth:`.Identities.compare`."""
        await self.identities.compare(users)

    async def authenticate(self, token: str) -> Identity:
        """See :meth:`.Identities.authenticate`."""
        return await self.identities.authenticate(token)

    async def log_out(self, token: str) -> None:
        """Delete a token and end its sessions. An unknown token is ignored."""
        digest, ended = digest_of(token), b""
        while (current := self.identities.current(digest)) != ended:
            await self._remove(current)
            # Let a renewal committed earlier in the same group finish.
            await trio.lowlevel.checkpoint()
            ended = current

    async def log_out_everywhere(self, user: str) -> None:
        """Delete all tokens of the account and end its sessions."""
        with self.identities.revoking_all(user):
            await self._store.remove_tokens(user)
        logger.info("logged out everywhere", extra={"user": user})

    # ---- a user's own password and tokens

    async def change_password(
        self, identity: Identity, old: str, new: str, *, caller: Caller = LOCAL_CALLER
    ) -> Issued:
        """Change the password and delete all tokens.

        The sessions of the token in use continue under the new token. All other sessions end.

        :raises WrongPassword: ``forbidden``
        """
        name = identity.user.name
        check_password(new, name)
        account = await self._own_account(identity)
        if account.password is None:
            raise Refused("forbidden", "the account has no password: ask the server's operator")
        if not await self._passwords.verify(account.password, old, caller):
            raise WrongPassword("forbidden", "old: wrong password")
        hashed = await self._passwords.hash(new, caller)
        issued = self._successor(identity)
        async with self._changing:
            if await self._own_account(identity) != account:
                raise Refused("unauthenticated", "the account has just changed: log in again")
            with self.identities.revoking_all(name, but=issued.record.digest):
                await self._store.reset_password(name, hashed, [issued.record])
                self._revoker.renew_token(identity.digest, issued.record)
        logger.info("password changed", extra={"user": name})
        return issued

    async def delete_own(
        self, identity: Identity, password: str, *, caller: Caller = LOCAL_CALLER
    ) -> None:
        """Erase the account, for its owner: see :meth:`erase`.

        :raises WrongPassword: ``forbidden``
        :raises Refused: ``forbidden``: the account has no password; ``conflict``: the last admin.
        """
        account = await self._own_account(identity)
        if account.password is None:
            raise Refused("forbidden", "the account has no password: ask the server's operator")
        if not await self._passwords.verify(account.password, password, caller):
            raise WrongPassword("forbidden", "password: wrong password")
        await self.erase(account.name, by=account.name, own=True)

    async def renew(self, identity: Identity) -> Issued:
        """Replace a token by one with the same lifetime and id.

        The old token stays valid for :data:`.RENEWAL_GRACE_MS`. The id is the same, so that a token
        seen in a list can be revoked however often it is renewed.
        """
        issued = self._successor(identity, identity.token.id)
        with self.identities.renewing(identity.digest, issued.record, RENEWAL_GRACE_MS):
            if not await self._store.replace_token(identity.digest, issued.record):
                raise Refused("unauthenticated", "unknown, expired or revoked token")
        return issued

    async def own_tokens(self, identity: Identity) -> list[Token]:
        """Return the account's unexpired tokens, newest first, at most :data:`MAX_LISTED`."""
        return await self._store.tokens(identity.user.name, self._due(), MAX_LISTED)

    async def create_token(
        self, identity: Identity, label: str | None = None, days: int | None = None
    ) -> Issued:
        """Create another token. Its lifetime is at most the whole lifetime of the token in use, so
        that a stolen short-lived token cannot be turned into a long-lived one.

        :raises Refused: ``invalid_params``; ``quota_exceeded`` at ``max_tokens``.
        """
        checked, max_life_ms = checked_label(label), _life_of(identity.token)
        wanted_ms = max_life_ms if days is None else life_ms(days)
        if wanted_ms > max_life_ms:
            limit = f"days: must be at most {max_life_ms // DAY_MS}, the lifetime of this token"
            raise Refused("invalid_params", limit)
        account = await self._own_account(identity)
        max_tokens = self._config.max_tokens
        if len(await self._store.tokens(account.name, self._due(), max_tokens)) >= max_tokens:
            raise Refused("quota_exceeded", f"{account.name} has {max_tokens} tokens: revoke some")
        minted = await self._issue(account, checked, wanted_ms)
        if minted is None:
            raise Refused("unauthenticated", "the account has just changed: log in again")
        return Issued(*minted)

    async def revoke_token(self, identity: Identity, token_id: str) -> None:
        """Delete a token of the account and end its sessions.

        :raises Refused: ``not_found``, also for another account's token.
        """
        name, found = identity.user.name, False
        # Repeat, since the token may be renewed between the look-up and the commit.
        while (token := await self._store.own_token(name, token_id)) is not None:
            found = True
            await self._remove(token.digest)
        if not found:
            raise Refused("not_found", "id: no such token")

    # ---- for housekeeping

    async def remove_expired(self) -> None:
        """Delete tokens that expired more than :data:`EXPIRED_RETENTION_MS` ago. Called
        periodically; expired tokens are refused at once."""
        before = self._due() - EXPIRED_RETENTION_MS
        self.identities.forget_expired(before)
        await self.identities.store_used()
        await self._store.remove_expired_tokens(before)

    # ---- inside

    def _successor(self, identity: Identity, token_id: str | None = None) -> Issued:
        old = identity.token
        token, record = mint(old.user, self._now(), _life_of(old), old.label)
        return Issued(token, record if token_id is None else attrs.evolve(record, id=token_id))

    async def _own_account(self, identity: Identity) -> Account:
        """:raises Refused: ``unauthenticated``: the token was revoked meanwhile."""
        found = await self._store.token(identity.digest)
        if found is None or found[1].disabled:
            raise Refused("unauthenticated", "unknown, expired or revoked token")
        return found[1]

    async def _remove(self, digest: bytes) -> None:
        with self.identities.revoking(digest):
            await self._store.remove_token(digest)


def _life_of(token: Token) -> int:
    return token.expires_at - token.created_at
