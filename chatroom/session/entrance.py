"""How a person gets in: log-ins, sign-ups and tokens, under the limits of :mod:`.log_ins`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import trio

from ..accounts.accounts import Accounts, Identity
from ..accounts.naming import folded
from ..accounts.turns import Caller
from ..config import Config
from ..errors import Refused
from ..model import User, is_name
from .failures import Failures
from .log_ins import LogIns, networks

FAILURES: Final = frozenset({"unauthenticated", "rate_limited"})
"""Reasons that are the caller's fault, and logged."""


class Entrance:
    def __init__(self, accounts: Accounts, config: Config) -> None:
        self._accounts = accounts
        self._limits = LogIns(config)
        self._failures = Failures()

    async def sign_up(
        self, name: str, password: str, display_name: str | None, address: str
    ) -> tuple[User, str]:
        """:raises Refused:"""
        now = trio.current_time()
        self._limits.take_sign_up(address, now)
        caller = Caller(networks(address)[-1], known=False)
        return await self._accounts.sign_up(name, password, display_name, caller=caller)

    async def log_in(self, name: str, password: str, address: str) -> tuple[User, str]:
        """:raises Refused:"""
        async with self._attempt("log-in", folded(name), address) as caller:
            return await self._accounts.log_in(name, password, caller=caller)

    async def authenticate(self, token: str, address: str) -> Identity:
        """As :meth:`.Accounts.authenticate`, which returns last.

        :raises Refused: ``unauthenticated``, or ``rate_limited`` after many unknown tokens.
        """
        now = trio.current_time()
        # A token that was used lately is not looked up, and nobody else's tokens keep it out.
        if began := not self._accounts.remembers(token):
            self._limits.begin_token(address, now)
        identity = await self._accounts.authenticate(token)
        self._limits.used_token(identity.user.name, address, now, began=began)
        return identity

    def forget(self, now: float) -> None:
        self._limits.forget(now)
        self._failures.forget(now)

    @asynccontextmanager
    async def _attempt(self, what: str, name: str, address: str) -> AsyncIterator[Caller]:
        """What is done within it looks at a password: refused, it was the wrong one."""
        account = name if is_name(name) else ""
        now = trio.current_time()
        try:
            attempt = self._limits.begin(account, address, now)
            try:
                yield Caller(attempt.networks[-1], attempt.known)
            except Refused as refused:
                if refused.reason != "unauthenticated":
                    self._limits.withdrawn(attempt)
                raise
            except BaseException:
                self._limits.withdrawn(attempt)
                raise
        except Refused as refused:
            if refused.reason in FAILURES:
                self._failures.note(what, account, address, refused, now)
            raise
        self._limits.succeeded(attempt, now)
