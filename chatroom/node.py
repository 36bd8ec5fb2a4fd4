"""The node: the components on one store, and the tasks that they need beside the connections."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import trio

from .accounts.accounts import Accounts
from .actors.actor import ActorType
from .actors.supervisor import Supervisor
from .admin.operations import Operations
from .admin.server_state import ServerStateKeeper
from .clock import Clock
from .config import Config
from .consumers.log_consumer import LogConsumer
from .consumers.runner import ConsumerRunner
from .errors import StorageFailed, StorageUnavailable
from .files.disk import Disk
from .files.janitor import Janitor
from .files.links import Links
from .files.pictures import Pictures
from .files.uploads import Uploads
from .housekeeping import Housekeeping, Pruned
from .http.admission import Admission
from .http.assembly import make_routes
from .http.credentials import Credentials
from .hub.flusher import Flusher
from .hub.hub import Hub
from .hub.memory_budget import MemoryBudget
from .hub.presence import Presence
from .hub.session_registry import SessionRegistry
from .inbox import mail as inbox_mail
from .inbox.account_events import AccountEvents
from .inbox.actor import InboxActor
from .inbox.blocking import BlockList
from .inbox.handlers import Makers
from .inbox.lists import InboxLists
from .inbox.people import PeopleCalls
from .inbox.push_calls import PushCalls
from .inbox.searching import Searcher
from .inbox.server_calls import ServerCalls
from .net.origins import Origins
from .other_nodes import OtherNodes
from .push.service import Push, PushSettings
from .room import mail as room_mail
from .room.actor import RoomActor
from .room.asking import call_as
from .room.entrances import Entrances
from .room.erasures import Erasures
from .room.handovers import Handovers
from .room.operations import Eraser, LiveRooms
from .room.usage_meter import UsageMeter
from .session.authentication import Authentication
from .session.counts import SessionCounts
from .session.limits import Limits
from .session.services import Services
from .session.sessions import Sessions
from .store.clock_keeper import ClockKeeper
from .store.store import Store

if TYPE_CHECKING:
    from .metrics.collector import Metrics


class Node:
    """The components of one server, on a given store."""

    def __init__(
        self,
        config: Config,
        store: Store,
        *,
        clock: Clock | None = None,
        accounts: Accounts | None = None,
        consumers: Sequence[LogConsumer] = (),
        make_push: Callable[[Store, PushSettings, Clock], Push] = Push,
        alone: bool = True,
    ) -> None:
        """:param make_push: makes what sends notifications.
        :param alone: no other node writes to the store, so there is nobody to follow."""
        self.config = config
        self.store = store
        self.clock = clock = clock or Clock()
        self.timekeeper = ClockKeeper(clock, store)
        self.registry = SessionRegistry()
        self.flusher = Flusher()
        self.budget = MemoryBudget(config.all_outboxes_bytes)
        self.hub = Hub(store.epoch, self.registry, max_presence_members=config.presence_members)
        self.presence = Presence(self.hub, grace_s=config.presence_grace_s)
        self.accounts = accounts or Accounts(
            store,
            config,
            revoker=self.registry,
            now=clock,
            due=clock.due,
            hand_on=lambda: self.handovers.wake(),
            erased=self._note_erased,
            profile_set=lambda user: self.account_events.set(user, renamed=True),
        )
        self.authentication = Authentication(self.accounts, config)
        self.limits = Limits(config)
        self.meter = UsageMeter(store, config, clock)
        self.eraser = Eraser(store)
        self.pruned = Pruned()
        self.consumers = [ConsumerRunner(consumer, store) for consumer in consumers]
        self.push = make_push(store, PushSettings.of(config), clock)
        self.sessions = Sessions()
        self.counts = SessionCounts()
        self.actors = Supervisor(
            {
                room_mail.KIND: ActorType(
                    self.make_room,
                    partial(room_mail.refuse, self.hub),
                    config.room_idle_s,
                    alone=room_mail.is_own_batch,
                    gathers=True,
                ),
                inbox_mail.KIND: ActorType(
                    self.make_inbox, partial(inbox_mail.refuse, self.hub), config.inbox_idle_s
                ),
            },
            fatal=(StorageFailed,),
            blameless=(StorageUnavailable,),
        )
        self.account_events = AccountEvents(
            store, self.hub, self.actors, clock, self.accounts, alone=alone
        )
        self.server_state = ServerStateKeeper(config, store, clock, self.registry.tell, alone=alone)
        self.entrances = Entrances(self.actors, self.hub)
        self.handler_makers = self._handler_makers()
        self.handovers = Handovers(store, self.actors, self.hub)
        self.erasures = Erasures(store, self.actors, self.hub, self.account_events.tell_profiles)
        self.others: OtherNodes | None = None
        if not alone:
            self.others = OtherNodes(
                store,
                self.hub,
                self.actors,
                presence=self.presence,
                identities=self.accounts.identities,
                account_events=self.account_events,
                authentication=self.authentication,
                runners=self.consumers,
                push=self.push,
            )
        self.disk = Disk(config.files)
        self.links = Links(store.link_key, clock)
        self.pictures = Pictures(self.disk)
        self.uploads = Uploads(config, store, self.disk, self.pictures, clock)
        self.janitor = Janitor(
            store, self.disk, self.uploads, clock, config.file_grace_s, lambda: store.others
        )
        self.rooms = LiveRooms(store, self.actors, self.hub, self.eraser)
        self.administration = Operations(
            config,
            self.accounts,
            self.timekeeper,
            self.rooms,
            self.server_state,
            store,
            clock,
        )
        self.administration.make_call = partial(call_as, self.actors, self.hub)
        self.administration.online = self.hub.online.users
        services = Services(
            config=config,
            clock=clock,
            authentication=self.authentication,
            actors=self.actors,
            hub=self.hub,
            store=store,
            presence=self.presence,
            flusher=self.flusher,
            budget=self.budget,
            limits=self.limits,
            counts=self.counts,
            server=self.server_state,
        )
        origins = Origins(config.origins, loopback=config.loopback)
        credentials = Credentials(store.data_set, origins, clock.due, config.prefix)
        routes = make_routes(
            services,
            store,
            credentials,
            accounts=self.accounts,
            operations=self.administration,
            enter_room=self.entrances.enter,
            disk=self.disk,
            links=self.links,
            uploads=self.uploads,
            alone=alone,
        )
        self.admission = Admission(
            services, routes=routes, credentials=credentials, sessions=self.sessions
        )
        self.housekeeping = Housekeeping(
            config=config,
            store=store,
            clock=clock,
            timekeeper=self.timekeeper,
            accounts=self.accounts,
            actors=self.actors,
            limits=self.limits,
            authentication=self.authentication,
            admission=self.admission,
            janitor=self.janitor,
            pruned=self.pruned,
        )

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Run everything except the connections, until cancelled."""
        async with trio.open_nursery() as nursery:
            await nursery.start(self.server_state.run)
            await nursery.start(self.actors.run)
            await nursery.start(self.flusher.run)
            await nursery.start(self.presence.run)
            await nursery.start(self.sessions.run)
            await nursery.start(self.meter.run)
            await nursery.start(self.account_events.run)
            if self.others is not None:
                await nursery.start(self.others.run)
            nursery.start_soon(self.eraser.run)
            nursery.start_soon(self.handovers.run)
            nursery.start_soon(self.erasures.run)
            nursery.start_soon(self.housekeeping.run)
            nursery.start_soon(self.push.run)
            for consumer in self.consumers:
                nursery.start_soon(consumer.run)
            task_status.started()

    async def drain(self) -> None:
        """Refuse new calls, answer those in flight, and close all sessions with 1012 (restart).

        The caller sets a deadline. If cancelled, this still closes all sessions.
        """
        await self.sessions.drain()
        await self.admission.requests.wait_for_none()

    def _note_erased(self, user: str) -> None:
        self.accounts.forget(user)
        self.erasures.wake()

    # ---- actors

    def make_room(self, name: str) -> RoomActor:
        return RoomActor(
            name,
            store=self.store,
            hub=self.hub,
            actors=self.actors,
            clock=self.clock,
            meter=self.meter,
            links=self.links,
            erase=self.eraser.wake,
            pruned=self.pruned.add,
            alone=self.others is None,
        )

    def make_inbox(self, user: str) -> InboxActor:
        return InboxActor(
            user,
            store=self.store,
            hub=self.hub,
            unread_interval_s=self.config.unread_interval_ms / 1000,
            makers=self.handler_makers,
            eased=partial(self.actors.push, inbox_mail.address(user), inbox_mail.Eased()),
            alone=self.others is None,
        )

    def _handler_makers(self) -> Makers:
        store, hub, clock, config = self.store, self.hub, self.clock, self.config
        max_blocked = None if config.enforced is None else config.enforced.blocked
        lists_everyone = config.who_is_listed == "everyone"
        return {
            BlockList: lambda user: BlockList(user, store, hub, clock, max_blocked),
            InboxLists: lambda user: InboxLists(user, store, hub),
            PeopleCalls: lambda user: PeopleCalls(
                user,
                store,
                hub,
                clock,
                self.account_events,
                self.links,
                lists_everyone=lists_everyone,
            ),
            PushCalls: lambda user: PushCalls(user, self.push, hub, clock),
            Searcher: lambda user: Searcher(user, store, hub),
            ServerCalls: lambda user: ServerCalls(
                user, self.accounts, self.server_state, store, hub, self.entrances.enter
            ),
        }


def metrics_of(node: Node) -> "Metrics":
    # A lazy import: it takes 45 ms and 1.5 MB, which servers without metrics save.
    from .metrics.collector import Metrics

    return Metrics(node)
