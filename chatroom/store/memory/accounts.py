"""The part of the store in memory that keeps accounts and tokens."""

from collections.abc import Collection, Iterable, Sequence

import attrs
import trio

from ...model import Account, Token, User
from ...names.lookalikes import looks, reserved_looks


class MemoryAccounts:
    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}
        self._tokens: dict[bytes, Token] = {}
        self._looks = set(reserved_looks())

    async def account(self, name: str) -> Account | None:
        await trio.lowlevel.checkpoint()
        return self._accounts.get(name)

    async def accounts(self, after: str = "", limit: int = 1000) -> list[Account]:
        await trio.lowlevel.checkpoint()
        return [self._accounts[name] for name in sorted(self._accounts) if name > after][:limit]

    async def known(self, names: Collection[str]) -> list[Account]:
        await trio.lowlevel.checkpoint()
        return [self._accounts[name] for name in self._existing(set(names))]

    async def add_accounts(
        self, accounts: Sequence[Account], tokens: Sequence[Token] = ()
    ) -> set[str]:
        await trio.lowlevel.checkpoint()
        added = set()
        for account in accounts:
            if account.name not in self._accounts:
                added.add(account.name)
                lookalike = self._look_taken(account)
                self._accounts[account.name] = attrs.evolve(account, lookalike=lookalike)
        self._add_tokens(tokens)
        return added

    def _look_taken(self, new: Account) -> bool:
        keys = looks(new.name, new.display_name)
        taken = not keys.isdisjoint(self._looks)
        self._looks |= keys
        return taken

    async def set_password(self, name: str, password: str | None) -> None:
        await trio.lowlevel.checkpoint()
        for known in self._existing([name]):
            self._accounts[known] = attrs.evolve(self._accounts[known], password=password)

    async def set_disabled(self, name: str, disabled: bool) -> None:
        await trio.lowlevel.checkpoint()
        for known in self._existing([name]):
            self._accounts[known] = attrs.evolve(self._accounts[known], disabled=disabled)

    async def reset_password(
        self, name: str, password: str | None, tokens: Sequence[Token] = ()
    ) -> None:
        await trio.lowlevel.checkpoint()
        self._remove_tokens(name)
        for known in self._existing([name]):
            self._accounts[known] = attrs.evolve(self._accounts[known], password=password)
        self._add_tokens(tokens)

    async def add_tokens(self, tokens: Sequence[Token], most: int | None = None) -> list[bytes]:
        await trio.lowlevel.checkpoint()
        displaced = []
        for token in tokens:
            now = token.created_at
            theirs = [
                each
                for each in self._tokens.values()
                if each.user == token.user and each.expires_at > now
            ]
            if most is not None and len(theirs) >= most:
                oldest = min(theirs, key=lambda each: each.created_at)
                displaced.append(oldest.digest)
                del self._tokens[oldest.digest]
            self._add_tokens([token])
        return displaced

    def _add_tokens(self, tokens: Sequence[Token]) -> None:
        self._tokens |= {token.digest: token for token in tokens}

    async def replace_token(self, digest: bytes, token: Token) -> bool:
        await trio.lowlevel.checkpoint()
        if self._tokens.pop(digest, None) is None:
            return False
        self._add_tokens([token])
        return True

    async def own_token(self, user: str, token_id: str) -> Token | None:
        await trio.lowlevel.checkpoint()
        for token in self._tokens.values():
            if (token.user, token.id) == (user, token_id):
                return token
        return None

    async def tokens(self, user: str, now: int, limit: int) -> list[Token]:
        await trio.lowlevel.checkpoint()
        theirs = [t for t in self._tokens.values() if t.user == user and t.expires_at > now]
        return sorted(theirs, key=lambda token: (-token.created_at, token.id))[:limit]

    async def set_used(self, digests: Collection[bytes], now: int) -> None:
        await trio.lowlevel.checkpoint()
        for digest in digests:
            if digest in self._tokens:
                self._tokens[digest] = attrs.evolve(self._tokens[digest], last_used_at=now)

    async def token(self, digest: bytes) -> tuple[Token, Account] | None:
        await trio.lowlevel.checkpoint()
        token = self._tokens.get(digest)
        if token is None or token.user not in self._accounts:
            return None
        return token, self._accounts[token.user]

    async def remove_token(self, digest: bytes) -> None:
        await trio.lowlevel.checkpoint()
        self._tokens.pop(digest, None)

    async def remove_tokens(self, user: str) -> None:
        await trio.lowlevel.checkpoint()
        self._remove_tokens(user)

    def _remove_tokens(self, user: str) -> None:
        self._tokens = {key: token for key, token in self._tokens.items() if token.user != user}

    async def remove_expired_tokens(self, now: int) -> None:
        await trio.lowlevel.checkpoint()
        self._tokens = {key: token for key, token in self._tokens.items() if token.expires_at > now}

    # ---- for the other parts

    def _existing(self, names: Iterable[str]) -> list[str]:
        return [name for name in names if name in self._accounts]

    def _user(self, name: str) -> User:
        account = self._accounts.get(name)
        return User(name, account.display_name, account.lookalike) if account else User(name, name)
