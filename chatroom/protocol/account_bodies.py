"""Request and response bodies of the HTTP calls of an account about itself, and of a stranger about
the server."""

import attrs

from ..model import User

# ---- requests


@attrs.frozen
class SignUp:
    name: str
    password: str
    display_name: str | None = None
    label: str | None = None
    invitation: str | None = None


@attrs.frozen
class LogIn:
    name: str
    password: str
    label: str | None = None


@attrs.frozen
class LogOut:
    """``everywhere``: delete all tokens of the account."""

    everywhere: bool = False


@attrs.frozen
class ChangePassword:
    old: str
    new: str


@attrs.frozen
class DeleteAccount:
    password: str


@attrs.frozen
class NewToken:
    """Create a token. ``days`` is its lifetime; by default, that of the requesting token."""

    label: str | None = None
    days: int | None = None


@attrs.frozen
class OfToken:
    id: str


@attrs.frozen
class OfSession:
    session_id: str


@attrs.frozen
class Nothing:
    pass


# ---- responses


@attrs.frozen
class LoggedIn:
    """``room``: which the invitation to sign up has led to."""

    user: User
    token: str
    room: str | None = None


@attrs.frozen
class LoggedInByCookie:
    """Like :class:`LoggedIn`, with the token in the cookie."""

    user: User
    room: str | None = None


@attrs.frozen
class IssuedToken:
    """A new token. The server shows it only here."""

    token: str
    id: str
    label: str
    expires_at: int


@attrs.frozen
class IssuedCookie:
    """Like :class:`IssuedToken`, with the token in the cookie."""

    id: str
    label: str
    expires_at: int


@attrs.frozen
class ServerInfo:
    """What a log-in screen shows of the server.

    :ivar accent: a colour, ``#rrggbb``; None: the page's own.
    :ivar needs_admin: there is no admin yet, or none whose account is enabled.
    :ivar languages: of the page, as tags of BCP 47.
    """

    name: str
    signup: str
    needs_admin: bool
    languages: tuple[str, ...]
    version: str
    protocol: int
    accent: str | None = None


@attrs.frozen
class LiveSession:
    session_id: str
    address: str
    connected_at: int


@attrs.frozen
class ListedToken:
    """A token of the account.

    :ivar current: whether it is the requesting token.
    :ivar last_used_at: a time on the day of the last use.
    """

    id: str
    label: str
    created_at: int
    expires_at: int
    current: bool
    sessions: tuple[LiveSession, ...]
    last_used_at: int | None = None


@attrs.frozen
class ListedTokens:
    """The account's tokens, newest first."""

    tokens: tuple[ListedToken, ...]
