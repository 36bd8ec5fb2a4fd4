"""START HERE: run the server: nest the nurseries, accept connections, drain on a signal.

The nurseries nest like the layers. Connections are in the innermost and stop first. Then the actors
stop. The store's writer stops last, when nothing writes any more.
"""

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from functools import cache, partial

import trio

from . import __version__
from .admin.control_socket import CONTROL, serve_control
from .admin.data_directory import lock_directory
from .config import Config, changed
from .consumers.log_consumer import LogConsumer
from .consumers.search_indexer import search_consumer
from .endpoints import make_tls, open_endpoints
from .errors import StorageUnavailable
from .files.sharing import check_directory
from .http.metrics_server import serve_metrics
from .net.tls import Tls
from .node import Node, metrics_of
from .process import raise_file_limit, stop_signals, tune_gc
from .reloading import run_reloads
from .store.clock_keeper import restored_clock
from .store.opening import open_store
from .store.sql.gil_yield import YieldToThreads
from .systemd import notify, run_watchdog

logger = logging.getLogger(__name__)


async def serve(
    config: Config,
    *,
    init: bool = False,
    reload: Callable[[], Config] | None = None,
    announce: Callable[[str, str | None], None],
    consumers: Sequence[LogConsumer] = (),
) -> None:
    """Run the server until SIGTERM or SIGINT. A second signal aborts the drain.

    :param init: create a new database in a directory that has lost its database.
    :param reload: returns the settings as their sources are now, on SIGHUP; None: that signal is
        not handled.
    :param announce: called once when it accepts connections: with the address, ``host:port`` or
        ``unix:PATH``, and with the code that makes the first admin, if there is no admin.
    :param consumers: log consumers to run beside that of the search.
    :raises StartError: tells the operator what to change.
    :raises StorageFailed: the disk failed; acknowledged data is safe.
    """
    raise_file_limit()
    tls = make_tls(config)
    with lock_directory(config.data) as found:
        store = open_store(config.database, config.data, found, init=init)
        try:
            trio.lowlevel.add_instrument(YieldToThreads(store))
            async with trio.open_nursery() as writing:
                await writing.start(store.run)
                await check_directory(store, config.files_directory)
                clock = await restored_clock(store)
                node = Node(
                    config,
                    store,
                    clock=clock,
                    consumers=[search_consumer(store), *consumers],
                    alone=config.database is None,
                )
                async with trio.open_nursery() as acting:
                    acting.start_soon(run_watchdog)
                    await acting.start(node.run)
                    await acting.start(serve_control, node.administration, config.data / CONTROL)
                    metrics = cache(partial(metrics_of, node))
                    node.administration.metrics = lambda: metrics().render()
                    if config.metrics_listen is not None:
                        await acting.start(serve_metrics, config.metrics_listen, metrics().render)
                    if tls is not None:
                        acting.start_soon(tls.run)
                    if reload is not None:
                        await acting.start(run_reloads, config, reload, tls)
                    await _serve_connections(node, config, tls, announce)
                    acting.cancel_scope.cancel()
                writing.cancel_scope.cancel()
        finally:
            store.close()


async def _serve_connections(
    node: Node, config: Config, tls: Tls | None, announce: Callable[[str, str | None], None]
) -> None:
    try:
        admin_code = await node.accounts.invitations.offer_admin()
    except StorageUnavailable as error:
        logger.warning("cannot offer to become an admin: %s", error)
        admin_code = None
    with stop_signals() as signals:
        async with (
            open_endpoints(config, node.admission, tls) as endpoints,
            trio.open_nursery() as connections,
        ):
            node.administration.on_accounts.url = config.url(endpoints.address)
            accepting = await connections.start(endpoints.accept, connections)
            announce(endpoints.address, admin_code)
            started = {
                "version": __version__,
                "address": endpoints.address,
                "epoch": node.store.epoch,
            }
            logger.info("started", extra={**started, "settings": changed(config)})
            tune_gc()
            notify("READY=1", f"STATUS=ready at {endpoints.address}")
            await anext(signals)
            notify("STOPPING=1", "STATUS=answering the last calls")
            logger.info("draining", extra={"sessions": len(node.sessions)})
            accepting.cancel()
            async with trio.open_nursery() as draining:
                draining.start_soon(_cancel_at, signals, draining.cancel_scope)
                with trio.move_on_after(config.drain_timeout_s):
                    await node.drain()
                draining.cancel_scope.cancel()
            connections.cancel_scope.cancel()
    logger.info("stopped")


async def _cancel_at(signals: AsyncIterator[int], scope: trio.CancelScope) -> None:
    await anext(signals)
    scope.cancel()
