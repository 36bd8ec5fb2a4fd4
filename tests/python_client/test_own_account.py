"""Calls about the own account in Python: password, tokens and sessions, over a real socket."""

import attrs
import pytest

from chatroom.client import (
    CannotConnect,
    Forbidden,
    NotFound,
    SessionEnded,
    TokenExpiring,
    Unauthenticated,
    accounts,
    connect,
)
from chatroom.clock import DAY_MS

from .servers import open_site

OLD, NEW = "correct horse", "battery staple"


async def test_every_call() -> None:
    async with open_site() as site:
        url = site.url
        first = await accounts.sign_up(url, "alice", OLD, label="laptop")
        cron = await accounts.create_token(url, first, label="cron", days=7)
        async with connect(url, cron.token) as chat:
            listed, mine = await accounts.list_tokens(url, first)
            assert (mine.label, mine.current, mine.sessions) == ("laptop", True, ())
            assert (listed.id, listed.label) == (cron.id, "cron")
            assert listed.expires_at == cron.expires_at
            [session] = listed.sessions
            assert (session.session_id, session.address) == (chat.session_id, "127.0.0.1")
            await accounts.end_session(url, first, chat.session_id)
            with pytest.raises(SessionEnded) as ended:
                async for _ in chat.events():
                    pass
            assert ended.value.code == 4501
        with pytest.raises(NotFound):
            await accounts.end_session(url, first, "nonsense")
        await accounts.revoke_token(url, first, cron.id)
        with pytest.raises(Unauthenticated):
            await accounts.list_tokens(url, cron.token)
        renewed = await accounts.renew_token(url, first)
        with pytest.raises(Forbidden):
            await accounts.change_password(url, renewed.token, "wrong horse", NEW)
        changed = await accounts.change_password(url, renewed.token, OLD, NEW)
        [kept] = await accounts.list_tokens(url, changed.token)
        assert kept.id == changed.id
        await accounts.log_out(url, changed.token)
        with pytest.raises(Unauthenticated):
            await accounts.renew_token(url, changed.token)
        one, other = [await accounts.log_in(url, "alice", NEW) for _ in range(2)]
        await accounts.log_out(url, one, everywhere=True)
        with pytest.raises(Unauthenticated):
            await accounts.list_tokens(url, other)
    with pytest.raises(CannotConnect):
        await accounts.renew_token(url, first)


async def test_the_end_of_a_token_is_an_event() -> None:
    async with open_site() as site:
        issue = site.world.node.accounts.issue_tokens
        [(_, token)] = await issue(["alice"], create=True, days=1)
        [kept] = await site.world.store.tokens("alice", 0, 9)
        # Most of the token's day is over.
        await site.world.store.replace_token(
            kept.digest,
            attrs.evolve(kept, created_at=kept.created_at - DAY_MS),
        )
        async with connect(site.url, token) as chat:
            assert await anext(chat.events()) == TokenExpiring(kept.expires_at)
