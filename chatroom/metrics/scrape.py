"""What a scrape reads: the components that count, and what is summed up at each scrape."""

from collections.abc import Mapping
from typing import Protocol

import attrs

from ..actors.supervisor import Supervisor
from ..config import Config
from ..consumers.runner import ConsumerRunner
from ..files.janitor import Janitor
from ..files.pictures import Pictures
from ..files.uploads import Uploads
from ..http.admission import Admission
from ..hub.memory_budget import MemoryBudget
from ..hub.session_registry import SessionRegistry
from ..push.service import Push
from ..room.usage_meter import UsageMeter
from ..session.authentication import Authentication
from ..session.counts import SessionCounts
from ..session.sessions import Sessions
from ..store.load import StoreLoad
from ..store.store import Store


class CountingNode(Protocol):
    """The components of a :class:`.Node` that have counters."""

    config: Config
    store: Store
    admission: Admission
    sessions: Sessions
    counts: SessionCounts
    authentication: Authentication
    registry: SessionRegistry
    budget: MemoryBudget
    actors: Supervisor
    meter: UsageMeter
    consumers: list[ConsumerRunner]
    push: Push
    uploads: Uploads
    pictures: Pictures
    janitor: Janitor


@attrs.define
class Mailboxes:
    """Totals over the awake actors of one kind."""

    actors: int = 0
    waiting: int = 0
    fullest: int = 0


@attrs.frozen
class DiskUse:
    """Sizes in bytes."""

    database: int
    wal: int
    free: int


@attrs.frozen(eq=False)
class Scrape:
    """The data for one answer. ``disk`` is None if the disk use could not be read."""

    node: CountingNode
    load: StoreLoad
    mailboxes: Mapping[str, Mailboxes]
    disk: DiskUse | None
