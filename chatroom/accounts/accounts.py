"""Accounts: signing up, logging in and out, one's own password and tokens.

The operators' part stands in :mod:`.operators`, the checking of tokens in :mod:`.identities`. Knows
neither sessions nor rooms nor HTTP.
"""

import logging
from typing import Final

import attrs
import trio

from ..clock import DAY_MS
from ..errors import Refused
from ..model import Account, Token, User, is_name
from .hash_queue import Caller
from .identities import RENEWAL_GRACE_MS, Identity, user_of
from .issuing import HERE, checked_label, life_ms
from .name_rules import folded
from .operators import Operators
from .passwords import check_password
from .tokens import digest_of, mint

logger = logging.getLogger(__name__)

EXPIRED_KEPT_MS: Final = 30 * DAY_MS
"""How long an expired token stays in the store, in case the clock was wrong."""
MAX_LISTED: Final = 1000
"""Tokens in a list; operators may issue more."""


class WrongPassword(Refused):
    """The password that was given is not the account's."""


@attrs.frozen
class Issued:
    """A new token, in the one moment in which it is known, and what is kept of it."""

    token: str
    kept: Token


class Accounts(Operators):
    async def sign_up(
        self,
        name: str,
        password: str,
        display_name: str | None = None,
        *,
        label: str | None = None,
        caller: Caller = HERE,
    ) -> tuple[User, str]:
        checked = checked_label(label)
        if self._config.signup == "closed":
            raise Refused("forbidden", "sign-up is closed: ask this server's operator")
        async with self._sign_ups.one_more():
            account = await self._create(name, password, display_name, caller)
        minted = await self._issue(account, checked, self._full_life_ms)
        if minted is None:
            raise Refused("unauthenticated", "the account was changed just now: log in")
        return user_of(account), minted[0]

    async def log_in(
        self, name: str, password: str, *, label: str | None = None, caller: Caller = HERE
    ) -> tuple[User, str]:
        """:raises WrongPassword: ``unauthenticated``, the same and at the same cost for an unknown
        name, a disabled account, one without a password, and a wrong password.
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

    def remembers(self, token: str) -> bool:
        """Whether :meth:`authenticate` answers without the store."""
        return self._identities.remembers(token)

    async def authenticate(self, token: str) -> Identity:
        """As :meth:`.Identities.authenticate`."""
        return await self._identities.authenticate(token)

    async def log_out(self, token: str) -> None:
        """Ends every session of that token; an unknown one is ended already."""
        digest, ended = digest_of(token), b""
        while (current := self._identities.current(digest)) != ended:
            await self._remove(current)
            # A renewal that was committed before, in the same group, has its turn.
            await trio.lowlevel.checkpoint()
            ended = current

    # ---- one's own password and tokens

    async def change_password(
        self, identity: Identity, old: str, new: str, *, caller: Caller = HERE
    ) -> Issued:
        """Ends all tokens. The sessions of the one that is used go on under the new one, others
        end.

        :raises WrongPassword: ``forbidden``
        """
        name = identity.user.name
        check_password(new, name)
        account = await self._own_account(identity)
        if account.password is None:
            raise Refused("forbidden", "the account has no password: ask this server's operator")
        if not await self._passwords.verify(account.password, old, caller):
            raise WrongPassword("forbidden", "old: is not the password")
        hashed = await self._passwords.hash(new, caller)
        issued = self._successor(identity)
        async with self._changing:
            if await self._own_account(identity) != account:
                raise Refused("unauthenticated", "the account was changed just now: log in")
            with self._identities.revoking_all(name, but=issued.kept.digest):
                await self._store.reset_password(name, hashed, [issued.kept])
                self._revoker.renew_token(identity.digest, issued.kept)
        logger.info("password changed", extra={"user": name})
        return issued

    async def renew(self, identity: Identity) -> Issued:
        """A token of the same life in place of this one, which stands for it a little longer.

        It has the same id: whoever was shown that can revoke it, however often it is renewed.
        """
        issued = self._successor(identity, identity.token.id)
        with self._identities.renewing(identity.digest, issued.kept, RENEWAL_GRACE_MS):
            if not await self._store.replace_token(identity.digest, issued.kept):
                raise Refused("unauthenticated", "unknown, expired or revoked token")
        return issued

    async def own_tokens(self, identity: Identity) -> list[Token]:
        """Those that have not expired, the newest first."""
        return await self._store.tokens(identity.user.name, self._due(), MAX_LISTED)

    async def create_token(
        self, identity: Identity, label: str | None = None, days: int | None = None
    ) -> Issued:
        """It lives at most as long as the one that is used does from its beginning, so that a
        stolen token of short life cannot be turned into one of long life.

        :raises Refused: ``quota_exceeded``, for as many tokens as an account may have.
        """
        checked, most_ms = checked_label(label), _life_of(identity.token)
        wanted_ms = most_ms if days is None else life_ms(days)
        if wanted_ms > most_ms:
            raise Refused("invalid_params", f"days: at most {most_ms // DAY_MS}, as this token has")
        account = await self._own_account(identity)
        most = self._config.max_tokens
        if len(await self._store.tokens(account.name, self._due(), most)) >= most:
            raise Refused("quota_exceeded", f"{account.name} has {most} tokens: revoke some")
        minted = await self._issue(account, checked, wanted_ms)
        if minted is None:
            raise Refused("unauthenticated", "the account was changed just now: log in")
        return Issued(*minted)

    async def revoke_token(self, identity: Identity, token_id: str) -> None:
        """:raises Refused: ``not_found``, also for the token of somebody else."""
        name, found = identity.user.name, False
        # Again, since it may be renewed between the look-up and the commit.
        while (token := await self._store.own_token(name, token_id)) is not None:
            found = True
            await self._remove(token.digest)
        if not found:
            raise Refused("not_found", "id: there is no such token")

    # ---- for housekeeping

    async def remove_expired(self) -> None:
        """Expired tokens are refused at once, and deleted when nobody can want them back."""
        before = self._due() - EXPIRED_KEPT_MS
        self._identities.forget_expired(before)
        await self._identities.keep_used()
        await self._store.remove_expired_tokens(before)

    # ---- inside

    def _successor(self, identity: Identity, token_id: str | None = None) -> Issued:
        old = identity.token
        token, kept = mint(old.user, self._now(), _life_of(old), old.label)
        return Issued(token, kept if token_id is None else attrs.evolve(kept, id=token_id))

    async def _own_account(self, identity: Identity) -> Account:
        """:raises Refused: the token has been revoked meanwhile."""
        found = await self._store.token(identity.digest)
        if found is None or found[1].disabled:
            raise Refused("unauthenticated", "unknown, expired or revoked token")
        return found[1]

    async def _remove(self, digest: bytes) -> None:
        with self._identities.revoking(digest):
            await self._store.remove_token(digest)


def _life_of(token: Token) -> int:
    return token.expires_at - token.created_at
