"""People, their profiles, and how they come."""

import attrs

from ...frozen import frozen
from ...model import AuditEntry, Profile, ServerRole


@frozen
class Person(Profile):
    """``serverRole`` and ``disabled`` are told to admins alone."""

    online: bool = attrs.field(kw_only=True)
    server_role: ServerRole | None = attrs.field(default=None, kw_only=True)
    disabled: bool = attrs.field(default=False, kw_only=True)


@frozen
class People:
    users: tuple[Person, ...]


@frozen
class AvatarLink:
    """``id``: as in the profile. ``url``: of a thumbnail, or of the picture if it is small."""

    user: str
    id: str
    url: str


@frozen
class Avatars:
    """Paths with a query, to append to the server's address. They are for me alone, and end at
    ``expiresAt``.
    """

    expires_at: int
    avatars: tuple[AvatarLink, ...]


@frozen
class FoundPeople:
    users: tuple[Person, ...]
    next: str | None


@frozen
class Accepted:
    """What an invitation has led to: a room, or the role of the first admin."""

    room: str | None = None
    server_role: ServerRole | None = None


@frozen
class NewInvitation:
    """The code is shown only here. A link to the page has it as ``/?invitation=CODE``."""

    id: str
    code: str


@frozen
class ListedInvitation:
    """``users`` are the last 100 people who came by it, the last one first."""

    id: str
    timestamp: int
    server: bool
    uses: int
    users: tuple[str, ...]
    by: str | None = None
    room: str | None = None
    expires_at: int | None = None
    max_uses: int | None = None
    revoked_at: int | None = None


@frozen
class Invitations:
    invitations: tuple[ListedInvitation, ...]
    next: str | None


@frozen
class Audit:
    """Acts on others, newest first. ``by`` is left out where the operator or the server itself did
    it.
    """

    entries: tuple[AuditEntry, ...]
    next: str | None
