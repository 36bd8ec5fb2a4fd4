"""Commands on the server: its admins, audit and invitations, and lists for moderators."""

from typing import Literal

import attrs


@attrs.frozen
class ServerCommand:
    pass


@attrs.frozen
class SetAdmin(ServerCommand):
    name: str
    admin: bool


@attrs.frozen
class SetDisabled(ServerCommand):
    name: str
    disabled: bool


@attrs.frozen
class EnterRoom(ServerCommand):
    room: str


@attrs.frozen
class ShowAudit(ServerCommand):
    """``everywhere``: of the whole server, not only of the open room."""

    everywhere: bool = False


@attrs.frozen
class ShowSanctions(ServerCommand):
    kind: Literal["ban", "mute"]


@attrs.frozen
class CreateLink(ServerCommand):
    """Make an invitation to the open room.

    :ivar uses: for how many people; None: for any number.
    :ivar for_s: for how long, in seconds; None: for good.
    :ivar server: people may also sign up by it.
    """

    uses: int | None = None
    for_s: int | None = None
    server: bool = False


@attrs.frozen
class ShowLinks(ServerCommand):
    pass


@attrs.frozen
class RevokeLink(ServerCommand):
    link: str


@attrs.frozen
class Dismiss(ServerCommand):
    """Show the announcement of the server no longer."""


@attrs.frozen
class AcceptLink(ServerCommand):
    code: str
