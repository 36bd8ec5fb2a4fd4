"""What a node runs because other nodes may be on its store."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final

import trio

from .accounts.identities import Identities
from .actors.supervisor import Supervisor
from .consumers.runner import ConsumerRunner
from .following import Following
from .hub.hub import Hub
from .hub.presence import Presence
from .inbox.account_events import AccountEvents
from .leading import Leading
from .nodes.accounts import SharedAccounts
from .nodes.log_ins import SharedLogIns
from .nodes.presence import SharedPresence
from .nodes.turns import SharedTurns
from .nodes.typing import SharedTyping
from .push.service import Push
from .session.authentication import Authentication
from .store.store import Store


class OtherNodes:
    """
    :param runners: of all log consumers but that of notifications.
    """

    def __init__(
        self,
        store: Store,
        hub: Hub,
        actors: Supervisor,
        *,
        presence: Presence,
        identities: Identities,
        account_events: AccountEvents,
        authentication: Authentication,
        runners: Sequence[ConsumerRunner],
        push: Push,
    ) -> None:
        self.following: Final = Following(store, hub, actors)
        self._leading = Leading(store, [*runners, push.runner], push)
        self._presence = SharedPresence(store, hub, presence)
        self._hearing = (
            SharedTyping(store.bus, hub),
            SharedTurns(store.bus, hub),
            SharedAccounts(store.bus, identities, account_events),
            SharedLogIns(store.bus, authentication),
        )

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Tell and hear until cancelled."""
        with ExitStack() as hearing:
            for each in self._hearing:
                hearing.enter_context(each.hearing())
            async with trio.open_nursery() as nursery:
                await nursery.start(self._presence.run)
                await nursery.start(self.following.run)
                nursery.start_soon(self._leading.run)
                task_status.started()
