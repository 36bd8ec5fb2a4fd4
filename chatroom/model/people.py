"""Accounts."""

from typing import Literal, NewType, TypeAlias

import attrs

from ..frozen import frozen

Settings = NewType("Settings", str)
"""What an account's clients keep on the server: a JSON object in its canonical form."""
ServerRole: TypeAlias = Literal["admin", "member"]
"""What an account may do on the server. Roles in rooms are separate."""


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
class Status:
    """What a person shows beside the name, at most until a time (ms since the epoch)."""

    text: str = ""
    emoji: str | None = None
    until: int | None = None

    @property
    def is_empty(self) -> bool:
        return not self.text and self.emoji is None

    def holds(self, now: int) -> bool:
        return self.until is None or now < self.until


@frozen
class Profile(User):
    """An account as those see it who may see its profile.

    :ivar status: None if there is none, or if it has ended.
    :ivar avatar: the id of the upload of a picture.
    """

    status: Status | None = None
    avatar: str | None = None

    def at(self, now: int) -> "Profile":
        """Return the profile as it is shown at a time."""
        if self.status is None or self.status.holds(now):
            return self
        return attrs.evolve(self, status=None)


@frozen
class AccountSettings:
    """The settings of an account.

    :ivar number: the number of times they were set.
    """

    settings: Settings = Settings("{}")
    number: int = 0


@frozen
class Account:
    """An account.

    :ivar password: an argon2id hash; None: log-in by token only.
    :ivar lookalike: set by the store: see :class:`User`.
    :ivar erased_at: when the person was erased, in ms since the epoch; None: not. The name stays.
    """

    name: str
    display_name: str
    password: str | None
    created_at: int
    disabled: bool = False
    lookalike: bool = False
    role: ServerRole = "member"
    erased_at: int | None = None


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
