"""What admins do to accounts. Each act is judged by the roles in its own commit."""

from typing import Literal, Protocol, TypeAlias

import attrs

from ..model import ServerRole, ServerState, Token

Denial: TypeAlias = Literal["forbidden", "not_found", "conflict", "erased"]
"""Why an act was not done: its author is no admin; there is no such account; it would leave the
server without an admin; or the account was erased."""


@attrs.frozen
class Act:
    """Who does something as an admin, and when.

    :ivar at: ms since the epoch.
    :ivar by: an account; None: an operator on the command line, who may do everything.
    """

    at: int
    by: str | None = None


@attrs.frozen
class ServerChange:
    """Fields of the server's state to set. None: as it is; empty: not set any more."""

    name: str | None = None
    accent: str | None = None
    read_only: str | None = None


class AdministrationStore(Protocol):
    async def has_admin(self) -> bool:
        """Return whether the server has an admin whose account is not disabled."""

    async def set_server_role(self, name: str, role: ServerRole, act: Act) -> Denial | None:
        """Set an account's role on the server."""

    async def denial(self, name: str, act: Act, *, stays_admin: bool) -> Denial | None:
        """Return why an act on an account would be denied now.

        :param stays_admin: an admin is still one after it.
        """

    async def server_state(self, default: ServerState) -> ServerState:
        """Return the server's state. ``default`` has the name and the colour if none is set."""

    async def set_server(
        self, change: ServerChange, default: ServerState, act: Act
    ) -> ServerState | None:
        """Set what the change has, and return the server's state.

        Returns None, and changes nothing, if the author of the act is no admin."""

    async def announce(
        self, text: str, until: int | None, default: ServerState, act: Act
    ) -> ServerState | None:
        """Set the announcement, or with an empty text none, and return the server's state.

        Returns None, and changes nothing, if the author of the act is no admin."""

    async def set_disabled(self, name: str, disabled: bool, act: Act) -> Denial | None:
        """Disable an account and delete its tokens, or enable it, in one commit."""

    async def rename(self, name: str, display_name: str, act: Act) -> Denial | None:
        """Set an account's display name."""

    async def reset_password_of(self, name: str, password: str, act: Act) -> Denial | None:
        """Set an account's password, a hash, and delete its tokens."""

    async def end_log_ins(self, name: str, act: Act, token: Token | None = None) -> Denial | None:
        """Delete an account's tokens, or one of them. One that is gone is ``not_found``."""
