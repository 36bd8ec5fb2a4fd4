"""Accounts."""

from ..frozen import frozen


@frozen
class User:
    """An account as others see it.

    :ivar lookalike: the name or display name looks like that of an older account. Clients should
        show the account's name too.
    """

    name: str
    display_name: str
    lookalike: bool = False


@frozen
class Account:
    """An account.

    :ivar password: an argon2id hash; None: log-in by token only.
    :ivar lookalike: set by the store: see :class:`User`.
    """

    name: str
    display_name: str
    password: str | None
    created_at: int
    disabled: bool = False
    lookalike: bool = False


@frozen
class Token:
    """The stored record of a bearer token. Times are in ms since the epoch.

    :ivar digest: the token's SHA-256; the token itself is not stored.
    :ivar id: random, by which the owner refers to it.
    :ivar last_used_at: updated at most once a day.
    """

    digest: bytes
    user: str
    created_at: int
    expires_at: int
    id: str
    label: str = ""
    last_used_at: int | None = None
