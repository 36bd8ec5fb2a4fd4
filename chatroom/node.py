"""START HERE: build the node, nest the nurseries, shut down.

The nurseries nest like the layers. Connections are in the innermost and stop first. Then the actors
stop. The store's writer stops last, when nothing writes any more.
"""

import logging
import math
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

import trio

from . import __version__
from .accounts.accounts import Accounts
from .actors.actor import ActorType
from .actors.supervisor import Supervisor
from .admin.control_socket import CONTROL, serve_control
from .admin.data_directory import lock_directory
from .admin.operations import Operations
from .clock import Clock
from .config import Config, changed
from .consumers.log_consumer import LogConsumer
from .consumers.runner import ConsumerRunner
from .errors import StartError, StorageFailed, StorageUnavailable, failed
from .following import Following
from .housekeeping import Housekeeping
from .http.account_routes import AccountRoutes
from .http.admission import Admission
from .http.metrics_server import serve_metrics
from .http.routes import Routes
from .hub.envelope import Envelope
from .hub.flusher import Flusher
from .hub.hub import Hub
from .hub.memory_budget import MemoryBudget
from .hub.presence import Presence
from .hub.session_registry import SessionRegistry
from .inbox import mail as inbox_mail
from .inbox.actor import InboxActor
from .inbox.blocking import BlockList
from .net.listener import RetryingListener, bound_address
from .process import raise_file_limit, stop_signals, tune_gc
from .room import mail as room_mail
from .room.actor import RoomActor
from .room.operations import Eraser, LiveRooms
from .room.usage_meter import UsageMeter
from .session.authentication import Authentication
from .session.counts import SessionCounts
from .session.limits import Limits
from .session.services import Services
from .session.sessions import Sessions
from .store.clock_keeper import ClockKeeper, restored_clock
from .store.sqlite import SqliteStore, YieldToThreads
from .store.sqlite.startup import FILE
from .store.store import Store

if TYPE_CHECKING:
    from .metrics.collector import Metrics

logger = logging.getLogger(__name__)

BACKLOG: Final = 1024


async def serve(
    config: Config,
    *,
    init: bool = False,
    announce: Callable[[str], None],
    consumers: Sequence[LogConsumer] = (),
) -> None:
    """Run the server until SIGTERM or SIGINT. A second signal aborts the drain.

    :param init: create a new database in a directory that has lost its database.
    :param announce: called once with the address, ``host:port``, when it accepts connections.
    :param consumers: log consumers to run.
    :raises StartError: tells the operator what to change.
    :raises StorageFailed: the disk failed; acknowledged data is safe.
    """
    raise_file_limit()
    with lock_directory(config.data) as found:
        store = SqliteStore.open(config.data, found, init=init)
        try:
            trio.lowlevel.add_instrument(YieldToThreads(store))
            async with trio.open_nursery() as writing:
                await writing.start(store.run)
                clock = await restored_clock(store)
                node = Node(config, store, clock=clock, consumers=consumers)
                async with trio.open_nursery() as acting:
                    await acting.start(node.run)
                    await acting.start(serve_control, node.administration, config.data / CONTROL)
                    if config.metrics_listen is not None:
                        render = metrics_of(node).render
                        await acting.start(serve_metrics, config.metrics_listen, render)
                    await _serve_connections(node, config, announce)
                    acting.cancel_scope.cancel()
                writing.cancel_scope.cancel()
        finally:
            store.close()


def metrics_of(node: "Node") -> "Metrics":
    # A lazy import: it takes 45 ms and 1.5 MB, which servers without metrics save.
    from .metrics.collector import Metrics
    from .metrics.rows import Parts

    parts = Parts(
        store=node.store,
        admission=node.admission,
        sessions=node.sessions,
        counts=node.counts,
        authentication=node.authentication,
        registry=node.registry,
        budget=node.budget,
        actors=node.actors,
        meter=node.meter,
        consumers=node.consumers,
        database=node.config.data / FILE,
    )
    return Metrics(parts)


async def _serve_connections(node: "Node", config: Config, announce: Callable[[str], None]) -> None:
    host, port = config.address
    try:
        listeners = await trio.open_tcp_listeners(port, host=host, backlog=BACKLOG)
    except OSError as error:
        raise StartError(f"cannot listen on {config.listen}: {error.strerror or error}") from None
    with stop_signals() as signals:
        async with trio.open_nursery() as connections:
            accepting = await connections.start(_accept, node, listeners, connections)
            announce(address := bound_address(listeners[0]))
            started = {
                "version": __version__,
                "address": address,
                "epoch": node.store.epoch,
            }
            logger.info("started", extra={**started, "settings": changed(config)})
            tune_gc()
            await anext(signals)
            logger.info("draining", extra={"sessions": len(node.sessions)})
            accepting.cancel()
            async with trio.open_nursery() as draining:
                draining.start_soon(_cancel_at, signals, draining.cancel_scope)
                with trio.move_on_after(config.drain_timeout_s):
                    await node.drain()
                draining.cancel_scope.cancel()
            connections.cancel_scope.cancel()
    logger.info("stopped")


async def _accept(
    node: "Node",
    listeners: list[trio.SocketListener],
    connections: trio.Nursery,
    *,
    task_status: trio.TaskStatus[trio.CancelScope],
) -> None:
    with trio.CancelScope() as scope:
        serving = partial(trio.serve_listeners, handler_nursery=connections)
        async with trio.open_nursery() as nursery:
            patient = [RetryingListener(each, node.admission.make_room) for each in listeners]
            await nursery.start(serving, node.admission.handle_socket, patient)
            task_status.started(scope)


async def _cancel_at(signals: AsyncIterator[int], scope: trio.CancelScope) -> None:
    await anext(signals)
    scope.cancel()


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
        alone: bool = True,
    ) -> None:
        """:param alone: no other node writes to the store, so there is nobody to follow."""
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
            store, config, revoker=self.registry, now=clock, due=clock.due
        )
        self.authentication = Authentication(self.accounts, config)
        self.limits = Limits(config)
        self.meter = UsageMeter(store, config, clock)
        self.eraser = Eraser(store)
        self.consumers = [ConsumerRunner(consumer, store) for consumer in consumers]
        self.sessions = Sessions()
        self.counts = SessionCounts()
        self.actors = Supervisor(
            {
                room_mail.KIND: ActorType(
                    self.make_room,
                    self._refuse,
                    config.room_idle_s,
                    alone=room_mail.is_own_batch,
                    gathers=True,
                ),
                inbox_mail.KIND: ActorType(self.make_inbox, self._refuse, config.inbox_idle_s),
            },
            fatal=(StorageFailed,),
            blameless=(StorageUnavailable,),
        )
        self.following = None if alone else Following(store, self.hub, self.actors)
        api = Routes(
            AccountRoutes(self.accounts, self.authentication, self.registry),
            trouble=store.trouble,
            damage=store.damage,
            warnings=self._warnings,
        )
        self.rooms = LiveRooms(store, self.actors, self.hub, self.eraser)
        self.administration = Operations(self.accounts, self.timekeeper, self.rooms)
        services = Services(
            config=config,
            epoch=store.epoch,
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
        )
        self.admission = Admission(
            config,
            api=api,
            authentication=self.authentication,
            sessions=self.sessions,
            services=services,
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
        )

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Run everything except the connections, until cancelled."""
        async with trio.open_nursery() as nursery:
            await nursery.start(self.actors.run)
            await nursery.start(self.flusher.run)
            await nursery.start(self.presence.run)
            await nursery.start(self.sessions.run)
            await nursery.start(self.meter.run)
            if self.following is not None:
                await nursery.start(self.following.run)
            nursery.start_soon(self.eraser.run)
            nursery.start_soon(self.housekeeping.run)
            for consumer in self.consumers:
                nursery.start_soon(consumer.run)
            task_status.started()

    async def drain(self) -> None:
        """Refuse new calls, answer those in flight, and close all sessions with 1012 (restart).

        The caller sets a deadline. If cancelled, this still closes all sessions.
        """
        await self.sessions.drain()
        await self.admission.requests.wait_for_none()

    def _warnings(self) -> tuple[str, ...]:
        """Return notices for the operator, for ``/healthz``."""
        warning = self.clock.warning()
        return () if warning is None else (warning,)

    # ---- actors

    def make_room(self, name: str) -> RoomActor:
        return RoomActor(
            name,
            store=self.store,
            hub=self.hub,
            actors=self.actors,
            clock=self.clock,
            meter=self.meter,
            alone=self.following is None,
        )

    def make_inbox(self, user: str) -> InboxActor:
        quotas = self.config.enforced
        max_blocked = None if quotas is None else quotas.blocked
        return InboxActor(
            user,
            store=self.store,
            hub=self.hub,
            unread_interval_s=self.config.unread_interval_ms / 1000,
            blocking=BlockList(user, self.store, self.hub, self.clock, max_blocked),
            eased=partial(self.actors.push, inbox_mail.address(user), inbox_mail.Eased()),
            alone=self.following is None,
        )

    def _refuse(
        self, batch: list[room_mail.RoomMail | inbox_mail.InboxMail], retry_after_s: float | None
    ) -> None:
        """Refuse the calls of mail that no actor handled.

        A call that was answered before is not answered again. A forward without replies needs
        nothing: the inbox reads it from the store later.
        """
        refused = failed(None if retry_after_s is None else math.ceil(retry_after_s * 1000))
        for mail in batch:
            if isinstance(mail, inbox_mail.Forward):
                for reply_to in mail.replies:
                    self.hub.reply(reply_to, refused)
            elif isinstance(mail, Envelope | room_mail.Retire):
                self.hub.reply(mail.reply_to, refused)
