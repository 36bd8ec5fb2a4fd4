"""The HTTP calls that people make about their accounts: the bodies that are asked and answered."""

import attrs

from ..model import User

# ---- asked


@attrs.frozen
class SignUp:
    name: str
    password: str
    display_name: str | None = None
    label: str | None = None


@attrs.frozen
class LogIn:
    name: str
    password: str
    label: str | None = None


@attrs.frozen
class ChangePassword:
    old: str
    new: str


@attrs.frozen
class NewToken:
    """``days`` of life; left out, as many as the token has that asks."""

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


# ---- answered


@attrs.frozen
class LoggedIn:
    user: User
    token: str


@attrs.frozen
class IssuedToken:
    """A new token; it is told this once."""

    token: str
    id: str
    label: str
    expires_at: int


@attrs.frozen
class LiveSession:
    session_id: str
    address: str
    connected_at: int


@attrs.frozen
class ListedToken:
    """``current`` is the token that asks. ``last_used_at`` is as of some moment of that day."""

    id: str
    label: str
    created_at: int
    expires_at: int
    current: bool
    sessions: tuple[LiveSession, ...]
    last_used_at: int | None = None


@attrs.frozen
class ListedTokens:
    """The newest first."""

    tokens: tuple[ListedToken, ...]
