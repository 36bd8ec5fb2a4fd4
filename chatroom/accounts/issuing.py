"""Create accounts and tokens: shared by log-ins and operators."""

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
from .invitations import Invitations
from .name_rules import folded, new_account
from .passwords import PasswordHashing, check_password
from .sign_up_limits import SignUpLimits, SignUpStore
from .tokens import mint

logger = logging.getLogger(__name__)

LOCAL_CALLER: Final = Caller()
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
        hand_on: Callable[[], None] = lambda: None,
        erased: Callable[[str], None] = lambda _: None,
        profile_set: Callable[[str], None] = lambda _: None,
    ) -> None:
        """
        :param now: returns the time for timestamps, in ms since the epoch.
        :param due: returns the time for expiry, in ms since the epoch.
        :param hand_on: called after an account was disabled or enabled.
        :param erased: called with the name after an account was erased.
        :param profile_set: called with the name after an operator or admin has renamed an account.
        """
        self._hand_on = hand_on
        self._erased = erased
        self._profile_set = profile_set
        self._store = store
        self._config = config
        # Not `or`: a Revoker without sessions may be false.
        self._revoker = NoSessions() if revoker is None else revoker
        self._passwords = PasswordHashing() if passwords is None else passwords
        self._now = now
        self._due = due or now
        self._sign_ups = SignUpLimits(store, config.enforced, now)
        self.invitations: Final = Invitations(
            store,
            config.signup,
            now,
            None if config.enforced is None else config.enforced.invitations,
        )
        self.identities = Identities(store, self._revoker, self._due)
        # Held from reading an account's state until acting on it. Otherwise a log-in during a
        # password change could still issue a token, or its rehash could restore the old password.
        # A commit is short compared with a hash, so contention is low.
        self._changing = trio.Lock()

    async def _create(
        self,
        name: str,
        password: str | None,
        display_name: str | None,
        caller: Caller = LOCAL_CALLER,
        invitation: bytes | None = None,
    ) -> Account:
        """:param invitation: the digest of the code by which the account comes."""
        account = new_account(folded(name), None, display_name, self._now())
        if password is not None:
            check_password(password, account.name)
        # Check the name first, to save the hash.
        taken = await self._store.account(account.name) is not None
        if not taken:
            if password is not None:
                hashed = await self._passwords.hash(password, caller)
                account = attrs.evolve(account, password=hashed)
            if invitation is None:
                taken = account.name not in await self._store.add_accounts([account])
            else:
                judge = self.invitations.sign_up_judge()
                refused = await self._store.add_invited(
                    account, invitation, account.created_at, judge
                )
                if refused is not None:
                    raise refused
            account = await self._store.account(account.name) or account
        if taken:
            raise Refused("conflict", f"{account.name}: the name is taken")
        logger.info("account added", extra={"user": account.name})
        return account

    async def _issue(
        self, seen: Account, label: str, life_ms: int, renewed: str | None = None
    ) -> tuple[str, Token] | None:
        """Issue a token. At ``max_tokens`` it replaces the oldest one.

        None: the account has changed since it was ``seen``.

        :param renewed: a new hash of the same password, to be stored.
        """
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
            with self.identities.revoking(digest):  # deleted already
                logger.info("oldest token replaced", extra={"user": token.user})

    @property
    def _full_life_ms(self) -> int:
        return self._config.token_days * DAY_MS


def life_ms(days: int) -> int:
    """Convert days to ms. :raises Refused: ``invalid_params``"""
    if not 1 <= days <= MAX_DAYS:
        raise Refused("invalid_params", f"days: must be an integer from 1 to {MAX_DAYS}")
    return days * DAY_MS


def checked_label(label: str | None) -> str:
    """Return the label of a token. :raises Refused: ``invalid_params``"""
    try:
        return free_text(label or "", MAX_LABEL_CHARS)
    except ValueError as error:
        raise Refused("invalid_params", f"label: {error}") from None
