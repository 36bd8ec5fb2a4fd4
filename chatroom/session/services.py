"""The components that all sessions of a server share."""

import attrs

from ..actors.supervisor import Supervisor
from ..admin.server_state import ServerStateKeeper
from ..clock import Clock
from ..config import Config
from ..hub.flusher import Flusher
from ..hub.hub import Hub
from ..hub.memory_budget import MemoryBudget
from ..hub.presence import Presence
from ..store.access import AccessStore
from .authentication import Authentication
from .counts import SessionCounts
from .limits import Limits


@attrs.frozen(eq=False)
class Services:
    config: Config
    clock: Clock
    authentication: Authentication
    actors: Supervisor
    hub: Hub
    store: AccessStore
    presence: Presence
    flusher: Flusher
    budget: MemoryBudget
    limits: Limits
    counts: SessionCounts
    server: ServerStateKeeper
