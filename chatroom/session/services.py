"""The parts that all sessions of a server share."""

import attrs

from ..actors.supervisor import Supervisor
from ..clock import Clock
from ..config import Config
from ..delivery.budget import Budget
from ..delivery.flusher import Flusher
from ..delivery.lines import Lines
from ..delivery.presence import Presence
from ..delivery.topics import Topics
from ..store.store import Store
from .authentication import Authentication
from .limits import Limits


@attrs.frozen(eq=False)
class Services:
    config: Config
    epoch: str
    clock: Clock
    entrance: Authentication
    actors: Supervisor
    lines: Lines
    store: Store
    topics: Topics
    presence: Presence
    flusher: Flusher
    budget: Budget
    limits: Limits
