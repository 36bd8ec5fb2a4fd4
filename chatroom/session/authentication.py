"""Log-ins, sign-ups and tokens, under the limits of :mod:`.log_ins`."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Literal, TypeAlias

import trio

from ..accounts.accounts import Accounts, Issued, WrongPassword
from ..accounts.hash_queue import Caller
from ..accounts.identities import Identity
from ..accounts.name_rules import folded
from ..clock import DAY_MS
from ..config import Config
from ..errors import Refused
from ..model import Token, User, is_name
from ..net.addresses import networks_of
from ..net.buckets import BoundedDict
from .failed_log_ins import FailedLogIns
from .log_ins import MAX_KEYS, LogIns

What: TypeAlias = Literal["failed", "known"]

logger = logging.getLogger(__name__)


class Authentication:
    """
    :ivar told: called with ``failed`` after a wrong password, and with ``known`` after a log-in or
        when a token is first used from an address; then the account and the address.
    """

    def __init__(self, accounts: Accounts, config: Config) -> None:
        self._accounts = accounts
        self._limits = LogIns(config)
        self.failures = FailedLogIns()
        self.told: Callable[[What, str, str], object] = lambda *_: None
        self._warned: BoundedDict[str, int] = BoundedDict(MAX_KEYS)

    async def sign_up(
        self,
        name: str,
        password: str,
        display_name: str | None,
        address: str,
        label: str | None = None,
        invitation: str | None = None,
    ) -> tuple[User, str]:
        """:raises Refused: over a limit, or as :meth:`.Accounts.sign_up`."""
        now = trio.current_time()
        self._limits.spend_sign_up(address, now)
        caller = Caller(networks_of(address)[-1], known=False)
        return await self._accounts.sign_up(
            name,
            password,
            display_name,
            label=label,
            caller=caller,
            invitation=invitation,
        )

    async def log_in(
        self, name: str, password: str, address: str, label: str | None = None
    ) -> tuple[User, str]:
        """:raises Refused: over a limit, or as :meth:`.Accounts.log_in`."""
        async with self._attempt("log-in", folded(name), address) as caller:
            return await self._accounts.log_in(name, password, label=label, caller=caller)

    async def change_password(self, identity: Identity, old: str, new: str, address: str) -> Issued:
        """Change the password. Checking the old one counts as a log-in attempt.

        :raises Refused: over a limit, or as :meth:`.Accounts.change_password`.
        """
        async with self._attempt("password change", identity.user.name, address) as caller:
            return await self._accounts.change_password(identity, old, new, caller=caller)

    async def delete_account(self, identity: Identity, password: str, address: str) -> None:
        """Delete the account. Checking the password counts as a log-in attempt.

        :raises Refused: over a limit, or as :meth:`.Accounts.delete_own`.
        """
        async with self._attempt("deletion", identity.user.name, address) as caller:
            await self._accounts.delete_own(identity, password, caller=caller)

    def spend_call(self, identity: Identity, address: str) -> None:
        """Count a request of an account about itself. :raises Refused: ``rate_limited``"""
        self._limits.spend_call(identity.user.name, address, trio.current_time())

    async def authenticate(self, token: str, address: str) -> Identity:
        """Return the owner of a token. As after :meth:`.Accounts.authenticate`, the result holds at
        the moment of return.

        :raises Refused: ``unauthenticated``, or ``rate_limited`` after many unknown tokens.
        """
        now = trio.current_time()
        # Recently used tokens need no look-up, so unknown tokens from the same address cannot
        # lock them out.
        identity = self._accounts.remembered(token)
        if began := identity is None:
            self._limits.begin_token(address, now)
            identity = await self._accounts.authenticate(token)
        if self._limits.used_token(identity.user.name, address, now, began=began):
            self.told("known", identity.user.name, address)
        return identity

    def hear(self, what: What, account: str, address: str) -> None:
        """Count what another node was :attr:`told`."""
        now = trio.current_time()
        if what == "failed":
            self._limits.failed_elsewhere(account, address, now)
        else:
            self._limits.known_elsewhere(account, address, now)

    def note_expiring(self, token: Token, now_ms: int) -> None:
        """Log that a token expires soon, once a day per token, however often clients reconnect."""
        if now_ms - self._warned.get(token.id, 0) >= DAY_MS:
            self._warned[token.id] = now_ms
            extra = {"user": token.user, "token": token.id, "expires_at": token.expires_at}
            logger.info("token expires soon", extra=extra)

    def forget(self, now: float) -> None:
        self._limits.forget(now)
        self.failures.forget(now)

    @asynccontextmanager
    async def _attempt(self, what: str, name: str, address: str) -> AsyncIterator[Caller]:
        """Limit and log the password check in the block.

        WrongPassword counts as a failure. Any other exception withdraws the attempt.
        """
        account = name if is_name(name) else ""
        now = trio.current_time()
        try:
            attempt = self._limits.begin(account, address, now)
            try:
                yield Caller(attempt.networks[-1], attempt.known)
            except Refused as refused:
                if isinstance(refused, WrongPassword):
                    self.told("failed", account, address)
                else:
                    self._limits.withdrawn(attempt)
                raise
            except Exception:
                self._limits.withdrawn(attempt)
                raise
        except Refused as refused:
            if isinstance(refused, WrongPassword) or refused.reason == "rate_limited":
                self.failures.note(what, account, address, refused, now)
            raise
        self._limits.succeeded(attempt, now)
        self.told("known", account, address)
