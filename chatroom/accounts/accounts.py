"""Accounts: signing up, logging in and out, what a token is worth, and the administration of all
that.

Whatever is revoked is told to the :class:`Revoker` in the step in which the store's commit has
returned, so that live sessions end. Knows neither sessions nor rooms nor HTTP.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final, Protocol

import attrs
import trio

from ..clock import DAY_MS, wall_ms
from ..config import Config
from ..errors import Refused, StorageUnavailable, unavailable
from ..model import Account, User, is_name
from ..store.store import Store
from .naming import folded, new_account
from .passwords import Passwords, check_password
from .tokens import digest_of, mint
from .turns import Caller

_log = logging.getLogger(__name__)

EXPIRED_KEPT_MS: Final = 30 * DAY_MS
"""How long an expired token stays in the store, in case the clock was wrong."""
_CHUNK: Final = 1000
_KNOWN: Final = 10_000
_HERE: Final = Caller()
# A revocation is seen through although its caller goes away: it ends live sessions.
_REVOKE_TIMEOUT_S: Final = 10


class Revoker(Protocol):
    """Whoever keeps live sessions; both calls are synchronous and raise nothing."""

    def revoke_token(self, digest: bytes) -> None: ...

    def revoke_user(self, name: str) -> None: ...


class NoSessions:
    """The Revoker of a process that has no sessions."""

    def revoke_token(self, digest: bytes) -> None:
        pass

    def revoke_user(self, name: str) -> None:
        pass


@attrs.frozen
class Identity:
    """Whom a token speaks for, until when (ms since the epoch)."""

    user: User
    digest: bytes
    expires_at: int


class Accounts:
    def __init__(
        self,
        store: Store,
        config: Config,
        *,
        revoker: Revoker | None = None,
        passwords: Passwords | None = None,
        now: Callable[[], int] = wall_ms,
        due: Callable[[], int] | None = None,
    ) -> None:
        """:param now: ms since the epoch, for timestamps; ``due`` is what expiry is judged by."""
        self._store = store
        self._config = config
        # `or` would not do: what keeps sessions may have a length, and have none yet.
        self._revoker = NoSessions() if revoker is None else revoker
        self._passwords = Passwords() if passwords is None else passwords
        self._now = now
        self._due = due or now
        self._revocations = 0
        # Whether one of them took too long, and may be written yet.
        self._unsettled = False
        # Whom a token speaks for, until something is revoked: a client comes back by it often.
        self._known: dict[bytes, Identity] = {}
        # Held from looking at a password or a state to acting on it. Without it a log-in that is
        # under way while the password changes would still leave a token, or, rehashing, even put
        # the old password back. A commit is short against a hash, so nobody waits for it.
        self._changing = trio.Lock()

    # ---- for people

    async def sign_up(
        self,
        name: str,
        password: str,
        display_name: str | None = None,
        *,
        caller: Caller = _HERE,
    ) -> tuple[User, str]:
        if self._config.signup == "closed":
            raise Refused("forbidden", "sign-up is closed: ask whoever runs this server")
        account = await self._create(name, password, display_name, caller)
        token = await self._issue(account)
        if token is None:
            raise Refused("unauthenticated", "the account was changed just now: log in")
        return _user(account), token

    async def log_in(self, name: str, password: str, *, caller: Caller = _HERE) -> tuple[User, str]:
        """:raises Refused: ``unauthenticated``, the same and at the same cost for an unknown
        name, a disabled account, one without a password, and a wrong password.
        """
        name = folded(name)
        while True:
            account = await self._store.account(name) if is_name(name) else None
            known = None if account is None or account.disabled else account.password
            right = await self._passwords.verify(known, password, caller)
            if not right or account is None or known is None:
                raise Refused("unauthenticated", "wrong name or password")
            outdated = self._passwords.outdated(known)
            renewed = await self._passwords.hash(password, caller) if outdated else None
            if (token := await self._issue(account, renewed)) is not None:
                return _user(account), token

    def remembers(self, token: str) -> bool:
        """Whether :meth:`authenticate` answers without the store."""
        return digest_of(token) in self._known

    async def authenticate(self, token: str) -> Identity:
        """What this returns holds at the moment it returns: a caller that registers its session
        before it awaits anything misses no revocation.
        """
        digest = digest_of(token)
        identity = self._known.get(digest) or await self._look_up(digest)
        if identity is None or identity.expires_at <= self._due():
            raise Refused("unauthenticated", "unknown, expired or revoked token")
        return identity

    async def _look_up(self, digest: bytes) -> Identity | None:
        while True:
            revocations = self._revocations
            if self._unsettled:
                await self._settle()
            try:
                found = await self._store.token(digest)
            except StorageUnavailable as error:
                raise unavailable(error) from None
            # Something was revoked, perhaps this, after the read saw it: read again.
            if revocations == self._revocations:
                break
        if found is None or found[1].disabled:
            return None
        kept, account = found
        if len(self._known) >= _KNOWN:
            self._known.clear()
        identity = Identity(_user(account), digest, kept.expires_at)
        self._known[digest] = identity
        return identity

    async def _settle(self) -> None:
        """Wait for what is being revoked: a token that is still there might be gone in a moment."""
        revocations = self._revocations
        with suppress(
            StorageUnavailable
        ):  # then what came before it has failed or has been written too
            await self._store.remove_expired_tokens(0)
        if revocations == self._revocations:
            self._unsettled = False

    async def log_out(self, token: str) -> None:
        """Ends every session of that token; an unknown one is ended already."""
        digest = digest_of(token)
        with self._ending(lambda: self._revoker.revoke_token(digest)):
            await self._store.remove_token(digest)

    # ---- for operators

    async def add(
        self, name: str, password: str | None = None, display_name: str | None = None
    ) -> User:
        return _user(await self._create(name, password, display_name))

    async def set_password(self, name: str, password: str) -> None:
        """Whoever came in by the old one has to log in again: tokens and sessions end."""
        check_password(password, name)
        await self._existing(name)
        hashed = await self._passwords.hash(password)
        async with self._changing:
            with self._ending(lambda: self._revoker.revoke_user(name)):
                # First: if it is cut off here, it is seen not to have been done.
                await self._store.remove_tokens(name)
                await self._store.set_password(name, hashed)
        _log.info("password set", extra={"user": name})

    async def disable(self, name: str) -> None:
        await self._existing(name)
        async with self._changing:
            with self._ending(lambda: self._revoker.revoke_user(name)):
                await self._store.remove_tokens(name)  # first, as above
                await self._store.set_disabled(name, True)
        _log.info("account disabled", extra={"user": name})

    async def enable(self, name: str) -> None:
        """The password is what it was; the tokens stay gone."""
        await self._existing(name)
        await self._store.set_disabled(name, False)
        _log.info("account enabled", extra={"user": name})

    async def listing(self, after: str = "", limit: int = _CHUNK) -> list[Account]:
        """By name, those after ``after``."""
        return await self._store.accounts(after, limit)

    async def issue_tokens(
        self, names: Sequence[str], create: bool = False
    ) -> list[tuple[str, str]]:
        """A token for each of the names, in their order; ``create`` makes accounts that are
        missing, without a password.

        :raises Refused: naming whom it cannot be done for, and then it is done for none.
        """
        known = {name: await self._store.account(name) for name in dict.fromkeys(names)}
        if disabled := [name for name, account in known.items() if account and account.disabled]:
            raise Refused("forbidden", f"disabled: {_some(disabled)}")
        missing = [name for name, account in known.items() if account is None]
        if missing and not create:
            raise Refused("not_found", f"no such user: {_some(missing)}")
        now = self._now()
        made = [new_account(name, None, None, now) for name in missing]
        for start in range(0, len(made), _CHUNK):
            await self._store.add_accounts(made[start : start + _CHUNK])
        minted = [mint(name, now, self._config.token_days * DAY_MS) for name in names]
        for start in range(0, len(minted), _CHUNK):
            await self._store.add_tokens([kept for _, kept in minted[start : start + _CHUNK]])
        _log.info("tokens issued", extra={"tokens": len(minted), "new_accounts": len(made)})
        return [(kept.user, token) for token, kept in minted]

    # ---- for housekeeping

    async def remove_expired(self) -> None:
        """Expired tokens are refused at once, and deleted when nobody can want them back."""
        await self._store.remove_expired_tokens(self._due() - EXPIRED_KEPT_MS)

    # ---- inside

    async def _create(
        self,
        name: str,
        password: str | None,
        display_name: str | None,
        caller: Caller = _HERE,
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
        _log.info("account added", extra={"user": account.name})
        return account

    async def _issue(self, seen: Account, renewed: str | None = None) -> str | None:
        """A token; None if the account is no longer as it was seen. ``renewed`` is a new hash of
        the same password."""
        token, kept = mint(seen.name, self._now(), self._config.token_days * DAY_MS)
        async with self._changing:
            if await self._store.account(seen.name) != seen:
                return None
            if renewed is not None:
                await self._store.set_password(seen.name, renewed)
            await self._store.add_tokens([kept])
        return token

    async def _existing(self, name: str) -> None:
        if await self._store.account(name) is None:
            raise Refused("not_found", f"no such user: {name}")

    @contextmanager
    def _ending(self, revoke: Callable[[], None]) -> Iterator[None]:
        """For what ends sessions. A commit that fails or takes too long may still have been
        written, so the sessions end in any case; and the caller's going away stops nothing.
        """
        try:
            with trio.fail_after(_REVOKE_TIMEOUT_S, shield=True):
                try:
                    yield
                finally:
                    self._revocations += 1
                    self._known.clear()
                    revoke()
        except trio.TooSlowError:
            self._unsettled = True
            raise Refused("busy", "the disk is slow: try again") from None


def _user(account: Account) -> User:
    return User(account.name, account.display_name, account.lookalike)


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(name[:64] for name in names[:10])
    return f"{shown} and {len(names) - 10} more" if len(names) > 10 else shown
