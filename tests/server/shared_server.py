"""A server that many tests share. Each test has its own names of users and rooms."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import attrs

from ..client import Client
from .process import Server


@attrs.frozen
class Site:
    server: Server
    suffix: str
    tokens: dict[str, str] = attrs.Factory(dict)

    def name(self, word: str) -> str:
        return f"{word}.{self.suffix}"

    async def token(self, word: str) -> str:
        """Return a token of the user, who signs up first if necessary."""
        if word not in self.tokens:
            self.tokens[word] = await self.server.sign_up(self.name(word))
        return self.tokens[word]

    @asynccontextmanager
    async def session(self, word: str) -> AsyncIterator[Client]:
        async with self.server.session(await self.token(word)) as client:
            yield client

    @asynccontextmanager
    async def sessions(self, *words: str) -> AsyncIterator[Sequence[Client]]:
        async with AsyncExitStack() as stack:
            yield [await stack.enter_async_context(self.session(word)) for word in words]
