"""Tokens: their owners, revocation and renewal.

Recently used tokens are cached, because clients reconnect often. A revocation is reported to the
:class:`Revoker` in the same step in which the store's commit returns, so that live sessions end.
Knows neither passwords nor sessions.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from typing import Final, Protocol

import attrs
import trio

from ..clock import DAY_MS
from ..errors import Refused, StorageUnavailable, unavailable
from ..model import Account, ServerRole, Token, User
from ..store.tokens import TokenStore
from .tokens import digest_of

RENEWAL_GRACE_MS: Final = 5 * 60 * 1000
"""How long a renewed token remains valid, in case the response with the new one is lost."""
MAX_CACHED: Final = 10_000
"""Cached tokens."""
REVOKE_TIMEOUT_S: Final = 10
"""For a revocation, which is shielded from cancellation because it must end live sessions."""


class Revoker(Protocol):
    """Ends live sessions. All calls are synchronous and raise nothing."""

    def revoke_token(self, digest: bytes) -> None: ...

    def revoke_user(self, name: str, but: bytes | None = None) -> None:
        """End all sessions of the account, except those of the token with the digest ``but``."""

    def renew_token(self, digest: bytes, token: Token) -> None:
        """Move the sessions of the token with this digest to another token."""

    def tokens_of(self, name: str) -> list[Token]:
        """Return the tokens of the account's live sessions."""


class NoSessions:
    """Null object for processes without sessions (the command line)."""

    def revoke_token(self, digest: bytes) -> None:
        pass

    def revoke_user(self, name: str, but: bytes | None = None) -> None:
        pass

    def renew_token(self, digest: bytes, token: Token) -> None:
        pass

    def tokens_of(self, name: str) -> list[Token]:
        return []


@attrs.frozen
class Identity:
    """A valid token and its owner, with the role on the server as of the look-up."""

    user: User
    token: Token
    role: ServerRole = "member"

    @property
    def digest(self) -> bytes:
        return self.token.digest

    @property
    def expires_at(self) -> int:
        """In ms since the epoch."""
        return self.token.expires_at


def user_of(account: Account) -> User:
    return User(account.name, account.display_name, account.lookalike)


class Identities:
    """Looks up and revokes tokens.

    :param due: returns the time for expiry, in ms since the epoch.

    :ivar changed: called after each write that ends or replaces tokens, or changes an account.
    :ivar renewed: called after each renewal, with the digests of the old token and of the new one.
    """

    def __init__(self, store: TokenStore, revoker: Revoker, due: Callable[[], int]) -> None:
        self._store = store
        self._revoker = revoker
        self._due = due
        self._revocations = 0
        # A revocation timed out, and may still be written.
        self._unsettled = False
        self._cached: dict[bytes, Identity] = {}
        # By the digest of a renewed token: its successor's digest, and how long it stays valid.
        self._renewed: dict[bytes, tuple[bytes, int]] = {}
        self._used: dict[bytes, int] = {}
        self.changed: Callable[[], object] = lambda: None
        self.renewed: Callable[[bytes, bytes], object] = lambda _old, _new: None

    # ---- looking up tokens

    def remembered(self, token: str) -> Identity | None:
        """Like :meth:`authenticate`, but None if that needs the store.

        :raises Refused: ``unauthenticated``
        """
        identity = self._cached.get(self.current(digest_of(token)))
        return None if identity is None else self._checked(identity)

    async def authenticate(self, token: str) -> Identity:
        """Return the token and its owner.

        The result holds at the moment of return: a caller that registers its session before it
        awaits anything misses no revocation.

        :raises Refused: ``unauthenticated``
        """
        digest = self.current(digest_of(token))
        return self._checked(self._cached.get(digest) or await self._look_up(digest))

    def _checked(self, identity: Identity | None) -> Identity:
        now = self._due()
        if identity is None or identity.expires_at <= now:
            raise Refused("unauthenticated", "unknown, expired or revoked token")
        if now - (identity.token.last_used_at or 0) >= DAY_MS:
            self._note_used(identity, now)
        return identity

    def current(self, digest: bytes) -> bytes:
        """Return the digest of the token that replaced this one, or the same digest."""
        renewed = self._renewed.get(digest)
        return renewed[0] if renewed is not None and renewed[1] > self._due() else digest

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
        record, account = found
        if len(self._cached) >= MAX_CACHED:
            self._cached.clear()
        identity = Identity(user_of(account), record, account.role)
        self._cached[digest] = identity
        return identity

    async def _settle(self) -> None:
        """Wait for pending revocations, so that a token about to be deleted is not accepted."""
        revocations = self._revocations
        # When this returns or is refused, all earlier writes are written or have failed.
        with suppress(StorageUnavailable):
            await self._store.remove_expired_tokens(0)
        if revocations == self._revocations:
            self._unsettled = False

    # ---- revoking and renewing

    @contextmanager
    def revoking(self, token: bytes) -> Iterator[None]:
        """Wrap the commit that deletes the token with this digest."""
        with self._invalidating(
            lambda identity: identity.digest == token, lambda: self._revoker.revoke_token(token)
        ):
            yield

    @contextmanager
    def revoking_all(self, user: str, but: bytes | None = None) -> Iterator[None]:
        """Wrap the commits that delete all tokens of the account, except ``but``."""
        with self._invalidating(
            lambda identity: identity.user.name == user,
            lambda: self._revoker.revoke_user(user, but),
        ):
            yield

    @contextmanager
    def changing(self, user: str) -> Iterator[None]:
        """Wrap the commit that changes an account whose tokens stay valid."""
        with self._invalidating(lambda identity: identity.user.name == user, lambda: None):
            yield

    @contextmanager
    def renewing(self, old: bytes, new: Token, grace_ms: int = 0) -> Iterator[None]:
        """Wrap the commit that replaces the token with the digest ``old`` by ``new``.

        The old token remains valid for ``grace_ms``.
        """
        with self._invalidating(lambda identity: identity.digest == old, lambda: None):
            yield
            self._revoker.renew_token(old, new)
            if grace_ms:
                self.note_renewed(old, new.digest, grace_ms)
                self.renewed(old, new.digest)

    def note_renewed(self, old: bytes, new: bytes, grace_ms: int = RENEWAL_GRACE_MS) -> None:
        """Let the token with the digest ``old`` stand for its successor for ``grace_ms``."""
        if len(self._renewed) >= MAX_CACHED:
            self._renewed.clear()
        until = self._due() + grace_ms
        for digest in [d for d, (current, _) in self._renewed.items() if current == old]:
            self._renewed[digest] = (new, until)
        self._renewed[old] = (new, until)

    @contextmanager
    def _invalidating(
        self, ends: Callable[[Identity], bool], revoke: Callable[[], None]
    ) -> Iterator[None]:
        """Invalidate tokens after the commit in the block, shielded from cancellation.

        Sessions end in any case, since a commit that fails or times out may have been written.
        """
        try:
            with trio.fail_after(REVOKE_TIMEOUT_S, shield=True):
                try:
                    yield
                finally:
                    self._revocations += 1
                    for digest in [d for d, known in self._cached.items() if ends(known)]:
                        del self._cached[digest]
                    revoke()
                    self.changed()
        except trio.TooSlowError:
            self._unsettled = True
            raise Refused("busy", "the disk is slow: retry later") from None

    def forget(self, *users: str) -> None:
        """Drop what is cached of accounts, after they were changed."""
        self._revocations += 1  # so that a look-up in progress reads it again
        for digest in [d for d, known in self._cached.items() if known.user.name in users]:
            del self._cached[digest]

    async def compare(self, users: Collection[str]) -> None:
        """Learn what another node has done to the tokens of accounts: end the sessions of those
        that have ended, and move the sessions of renewed ones.
        """
        self.forget(*users)
        # Before the read, which does not see a token that is added after it.
        held = [token for user in users for token in self._revoker.tokens_of(user)]
        if not held:
            return
        stored = await self._store.tokens_with({token.id for token in held})
        current = {token.id: token for token in stored}
        for token in held:
            if (now := current.get(token.id)) is None:
                self._revoker.revoke_token(token.digest)
            elif now.digest != token.digest:
                self._revoker.renew_token(token.digest, now)

    # ---- for housekeeping

    def _note_used(self, identity: Identity, now: int) -> None:
        token = attrs.evolve(identity.token, last_used_at=now)
        self._cached[token.digest] = attrs.evolve(identity, token=token)
        if len(self._used) < MAX_CACHED:
            self._used[token.digest] = now

    async def store_used(self) -> None:
        """Write which tokens were used since the last call. Each is written at most once a day."""
        if used := self._used:
            self._used = {}
            await self._store.set_used(list(used), max(used.values()))

    def forget_expired(self, before: int) -> None:
        """Drop cached tokens that expired by ``before``.

        Their rows are about to be deleted, so they are refused even if the clock is set back.
        """
        for digest in [d for d, known in self._cached.items() if known.expires_at <= before]:
            del self._cached[digest]
        now = self._due()
        for digest in [d for d, (_, until) in self._renewed.items() if until <= now]:
            del self._renewed[digest]
