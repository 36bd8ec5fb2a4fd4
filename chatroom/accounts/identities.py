"""Tokens: whom each speaks for, and how they are revoked and renewed.

Tokens that were used lately are kept in memory, since a client comes back by its token often.
A revocation is told to the :class:`Revoker` in the step in which the store's commit has returned,
so that live sessions end. Knows neither passwords nor sessions.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final, Protocol

import attrs
import trio

from ..clock import DAY_MS
from ..errors import Refused, StorageUnavailable, unavailable
from ..model import Account, Token, User
from ..store.tokens import TokenStore
from .tokens import digest_of

RENEWAL_GRACE_MS: Final = 5 * 60 * 1000
"""How long a renewed token still stands for the new one: the answer with that may be lost."""
MAX_KNOWN: Final = 10_000
"""Tokens in memory."""
# A revocation is seen through although its caller goes away: it ends live sessions.
REVOKE_TIMEOUT_S: Final = 10


class Revoker(Protocol):
    """The keeper of live sessions; all calls are synchronous and raise nothing."""

    def revoke_token(self, digest: bytes) -> None: ...

    def revoke_user(self, name: str, but: bytes | None = None) -> None:
        """All sessions of the account but those of the token with that digest."""

    def renew_token(self, digest: bytes, token: Token) -> None:
        """The sessions of the one token are the other's from here on."""


class NoSessions:
    """The Revoker of a process that has no sessions."""

    def revoke_token(self, digest: bytes) -> None:
        pass

    def revoke_user(self, name: str, but: bytes | None = None) -> None:
        pass

    def renew_token(self, digest: bytes, token: Token) -> None:
        pass


@attrs.frozen
class Identity:
    """A valid token and its owner."""

    user: User
    token: Token

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
    """``due`` gives ms since the epoch, by which expiry is judged."""

    def __init__(self, store: TokenStore, revoker: Revoker, due: Callable[[], int]) -> None:
        self._store = store
        self._revoker = revoker
        self._due = due
        self._revocations = 0
        # Whether one of them took too long, and may be written yet.
        self._unsettled = False
        self._known: dict[bytes, Identity] = {}
        # By the digest of a renewed token: its successor's, and until when it stands for that.
        self._renewed: dict[bytes, tuple[bytes, int]] = {}
        self._used: dict[bytes, int] = {}

    # ---- looking up tokens

    def remembers(self, token: str) -> bool:
        """Whether :meth:`authenticate` answers without the store."""
        return self.current(digest_of(token)) in self._known

    async def authenticate(self, token: str) -> Identity:
        """The result holds at the moment of return: a caller that registers its session before it
        awaits anything misses no revocation.

        :raises Refused: ``unauthenticated``
        """
        digest = self.current(digest_of(token))
        identity = self._known.get(digest) or await self._look_up(digest)
        now = self._due()
        if identity is None or identity.expires_at <= now:
            raise Refused("unauthenticated", "unknown, expired or revoked token")
        if now - (identity.token.last_used_at or 0) >= DAY_MS:
            self._note_used(identity, now)
        return identity

    def current(self, digest: bytes) -> bytes:
        """That of the token which has taken its place, or the same."""
        renewed, until = self._renewed.get(digest, (digest, 0))
        return renewed if until > self._due() else digest

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
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        identity = Identity(user_of(account), kept)
        self._known[digest] = identity
        return identity

    async def _settle(self) -> None:
        """Wait for what is being revoked: a token that is still there might be gone in a moment."""
        revocations = self._revocations
        # When it returns, or is refused, all earlier writes have failed or are written.
        with suppress(StorageUnavailable):
            await self._store.remove_expired_tokens(0)
        if revocations == self._revocations:
            self._unsettled = False

    # ---- revoking and renewing

    @contextmanager
    def revoking(self, token: bytes) -> Iterator[None]:
        """Around the commit that removes the token with this digest."""
        with self._seen_through(
            lambda identity: identity.digest == token, lambda: self._revoker.revoke_token(token)
        ):
            yield

    @contextmanager
    def revoking_all(self, user: str, but: bytes | None = None) -> Iterator[None]:
        """Around the commits that remove all tokens of the account but one."""
        with self._seen_through(
            lambda identity: identity.user.name == user,
            lambda: self._revoker.revoke_user(user, but),
        ):
            yield

    @contextmanager
    def renewing(self, old: bytes, new: Token, grace_ms: int = 0) -> Iterator[None]:
        """Around the commit in which ``new`` takes the place of the token with the digest ``old``,
        which stands for the new one for a while."""
        with self._seen_through(lambda identity: identity.digest == old, lambda: None):
            yield
            self._revoker.renew_token(old, new)
            if grace_ms:
                if len(self._renewed) >= MAX_KNOWN:
                    self._renewed.clear()
                until = self._due() + grace_ms
                for digest in [d for d, (current, _) in self._renewed.items() if current == old]:
                    self._renewed[digest] = (new.digest, until)
                self._renewed[old] = (new.digest, until)

    @contextmanager
    def _seen_through(
        self, ends: Callable[[Identity], bool], revoke: Callable[[], None]
    ) -> Iterator[None]:
        """A commit that fails or takes too long may still have been written, so the sessions end
        in any case; and the caller's going away stops nothing.
        """
        try:
            with trio.fail_after(REVOKE_TIMEOUT_S, shield=True):
                try:
                    yield
                finally:
                    self._revocations += 1
                    for digest in [d for d, known in self._known.items() if ends(known)]:
                        del self._known[digest]
                    revoke()
        except trio.TooSlowError:
            self._unsettled = True
            raise Refused("busy", "the disk is slow: try again") from None

    # ---- for housekeeping

    def _note_used(self, identity: Identity, now: int) -> None:
        token = attrs.evolve(identity.token, last_used_at=now)
        self._known[token.digest] = Identity(identity.user, token)
        if len(self._used) < MAX_KNOWN:
            self._used[token.digest] = now

    async def keep_used(self) -> None:
        """Write which tokens were used since the last time; each at most once a day."""
        if used := self._used:
            self._used = {}
            await self._store.set_used(list(used), max(used.values()))

    def forget_expired(self, before: int) -> None:
        """Forget tokens that had expired by ``before``: their rows are about to be removed, so they
        are refused even if the clock is set back."""
        for digest in [d for d, known in self._known.items() if known.expires_at <= before]:
            del self._known[digest]
        now = self._due()
        for digest in [d for d, (_, until) in self._renewed.items() if until <= now]:
            del self._renewed[digest]
