"""Accounts, over HTTP: sign-up, log-in, and the user's own password, tokens and sessions.

Each function raises CannotConnect if the server is unavailable, Unauthenticated if the name, the
password or the token is wrong, and the subclass of CallRefused of the reason for other refusals.
"""

import ssl
from typing import TypeAlias, TypeVar

from ..protocol import account_bodies
from ..protocol.account_bodies import IssuedToken, ListedToken
from .http import call, http_url

__all__ = [
    "change_password",
    "create_token",
    "delete_account",
    "end_session",
    "http_url",
    "list_tokens",
    "log_in",
    "log_out",
    "renew_token",
    "revoke_token",
    "sign_up",
]

T = TypeVar("T")
Context: TypeAlias = ssl.SSLContext | None


async def log_in(
    url: str, name: str, password: str, *, label: str | None = None, ssl_context: Context = None
) -> str:
    """Log in. Returns a new token. ``label`` identifies it in the owner's list of tokens.

    >>> async def talk(url: str) -> None:
    ...     token = await log_in(url, "alice", "correct horse")
    ...     async with connect(url, token) as chat:
    ...         await chat.send("general", "hello")
    """
    body = account_bodies.LogIn(name, password, label)
    shape = account_bodies.LoggedIn
    return (await call(url, "/api/login", shape, body=body, ssl_context=ssl_context)).token


async def sign_up(
    url: str,
    name: str,
    password: str,
    *,
    display_name: str | None = None,
    label: str | None = None,
    invitation: str | None = None,
    ssl_context: Context = None,
) -> str:
    """Create an account. Returns a token for it.

    :param invitation: the code of an invitation.
    :raises Conflict: the name is taken.
    :raises Forbidden: sign-up is closed on this server, or the invitation is not valid.
    """
    body = account_bodies.SignUp(name, password, display_name, label, invitation)
    shape = account_bodies.LoggedIn
    return (await call(url, "/api/signup", shape, body=body, ssl_context=ssl_context)).token


async def log_out(
    url: str, token: str, *, everywhere: bool = False, ssl_context: Context = None
) -> None:
    """Delete the token and end its sessions.

    :param everywhere: delete all tokens of the account.
    """
    body = account_bodies.LogOut(everywhere)
    await _post(url, "/api/logout", account_bodies.Nothing, body, token, ssl_context)


async def change_password(
    url: str, token: str, old: str, new: str, *, ssl_context: Context = None
) -> IssuedToken:
    """Change the password. Returns a new token, under which this token's sessions continue.

    All other tokens are deleted and their sessions end.

    :raises Forbidden: ``old`` is wrong, or the account has no password.
    """
    body = account_bodies.ChangePassword(old, new)
    return await _post(url, "/api/password", IssuedToken, body, token, ssl_context)


async def delete_account(
    url: str, token: str, password: str, *, ssl_context: Context = None
) -> None:
    """Delete the account for ever, with its profile, messages and files. The name stays taken.

    :raises Forbidden: the password is wrong, or the account has none.
    :raises Conflict: the account is the server's last admin.
    """
    body = account_bodies.DeleteAccount(password)
    await _post(url, "/api/account/delete", account_bodies.Nothing, body, token, ssl_context)


async def renew_token(url: str, token: str, *, ssl_context: Context = None) -> IssuedToken:
    """Replace the token by one with the same lifetime."""
    return await _post(url, "/api/renew", IssuedToken, account_bodies.Nothing(), token, ssl_context)


async def list_tokens(
    url: str, token: str, *, ssl_context: Context = None
) -> tuple[ListedToken, ...]:
    """Return the account's tokens, newest first, each with its live sessions."""
    shape = account_bodies.ListedTokens
    return (await call(url, "/api/tokens", shape, token=token, ssl_context=ssl_context)).tokens


async def create_token(
    url: str,
    token: str,
    *,
    label: str | None = None,
    days: int | None = None,
    ssl_context: Context = None,
) -> IssuedToken:
    """Create another token. Its lifetime is at most this token's.

    :raises QuotaExceeded: the account has the maximum number of tokens.
    """
    body = account_bodies.NewToken(label, days)
    return await _post(url, "/api/tokens", IssuedToken, body, token, ssl_context)


async def revoke_token(url: str, token: str, token_id: str, *, ssl_context: Context = None) -> None:
    """Delete a token of the account by its id. :raises NotFound: no token has it."""
    body = account_bodies.OfToken(token_id)
    await _post(url, "/api/tokens/revoke", account_bodies.Nothing, body, token, ssl_context)


async def end_session(
    url: str, token: str, session_id: str, *, ssl_context: Context = None
) -> None:
    """End a session of the account. :raises NotFound: no session has that id."""
    body = account_bodies.OfSession(session_id)
    await _post(url, "/api/sessions/end", account_bodies.Nothing, body, token, ssl_context)


async def _post(
    url: str, path: str, shape: type[T], body: object, token: str, ssl_context: Context
) -> T:
    return await call(url, path, shape, body=body, token=token, ssl_context=ssl_context)
