"""Making accounts and tokens: the common part of log-ins and operators."""

import logging
from collections.abc import Callable
from typing import Final

import attrs
import trio

from ..clock import DAY_MS, wall_ms
from ..config import Config
from ..errors import Refused
from ..model import Account, Token
from ..protocol.constraints import free_text
from .hash_queue import Caller
from .identities import Identities, NoSessions, Revoker
from .name_rules import folded, new_account
from .passwords import PasswordHashing, check_password
from .sign_up_limits import SignUpLimits, SignUpStore
from .tokens import mint

logger = logging.getLogger(__name__)

HERE: Final = Caller()
MAX_DAYS: Final = 3650
MAX_LABEL_CHARS: Final = 80


class Issuing:
    def __init__(
        self,
        store: SignUpStore,
        config: Config,
        *,
        revoker: Revoker | None = None,
        passwords: PasswordHashing | None = None,
        now: Callable[[], int] = wall_ms,
        due: Callable[[], int] | None = None,
    ) -> None:
        """:param now: ms since the epoch, for timestamps; ``due`` is what expiry is judged by."""
        self._store = store
        self._config = config
        # `or` would not do: a keeper of sessions that has none yet may count as false.
        self._revoker = NoSessions() if revoker is None else revoker
        self._passwords = PasswordHashing() if passwords is None else passwords
        self._now = now
        self._due = due or now
        self._sign_ups = SignUpLimits(store, config.enforced, now)
        self._identities = Identities(store, self._revoker, self._due)
        # Held from looking at a password or a state to acting on it. Without it a log-in that is
        # under way while the password changes would still leave a token, or, rehashing, even put
        # the old password back. A commit is short against a hash, so nobody waits for it.
        self._changing = trio.Lock()

    async def _create(
        self,
        name: str,
        password: str | None,
        display_name: str | None,
        caller: Caller = HERE,
    ) -> Account:
        account = new_account(folded(name), None, display_name, self._now())
        if password is not None:
            check_password(password, account.name)
        # A name that is taken already is not worth a hash.
        taken = await self._store.account(account.name) is not None
        if not taken:
            if password is not None:
                hashed = await self._passwords.hash(password, caller)
                account = attrs.evolve(account, password=hashed)
            taken = account.name not in await self._store.add_accounts([account])
            account = await self._store.account(account.name) or account
        if taken:
            raise Refused("conflict", f"{account.name}: the name is taken")
        logger.info("account added", extra={"user": account.name})
        return account

    async def _issue(
        self, seen: Account, label: str, life_ms: int, renewed: str | None = None
    ) -> tuple[str, Token] | None:
        """A token, None if the account is no longer as it was seen. ``renewed`` is a new hash of
        the same password. Where there are too many, the oldest token makes room."""
        minted = mint(seen.name, self._now(), life_ms, label)
        async with self._changing:
            if await self._store.account(seen.name) != seen:
                return None
            if renewed is not None:
                await self._store.set_password(seen.name, renewed)
            await self._add(minted[1])
        return minted

    async def _add(self, token: Token) -> None:
        for digest in await self._store.add_tokens([token], self._config.max_tokens):
            with self._identities.revoking(digest):  # it is removed already
                logger.info("the oldest token made room", extra={"user": token.user})

    @property
    def _full_life_ms(self) -> int:
        return self._config.token_days * DAY_MS


def life_ms(days: int) -> int:
    """:raises Refused: ``invalid_params``"""
    if not 1 <= days <= MAX_DAYS:
        raise Refused("invalid_params", f"days: must be an integer from 1 to {MAX_DAYS}")
    return days * DAY_MS


def checked_label(label: str | None) -> str:
    """:raises Refused: ``invalid_params``"""
    try:
        return free_text(label or "", MAX_LABEL_CHARS)
    except ValueError as error:
        raise Refused("invalid_params", f"label: {error}") from None
