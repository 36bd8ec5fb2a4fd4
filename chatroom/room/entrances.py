"""Entering a room by an invitation."""

import attrs

from ..accounts.tokens import digest_of
from ..actors.supervisor import Supervisor
from ..hub.hub import Hub
from . import mail
from .asking import ask


@attrs.frozen
class Entrances:
    actors: Supervisor
    hub: Hub

    async def enter(self, user: str, room: str, code: str) -> None:
        """Make a user a member by the code of an invitation to the room.

        :raises Refused: ``not_found``: the code is not valid; ``banned``, ``quota_exceeded``; or
            the room's actor failed.
        """
        digest = digest_of(code)
        await ask(self.actors, self.hub, room, lambda reply_to: mail.Admit(user, digest, reply_to))
