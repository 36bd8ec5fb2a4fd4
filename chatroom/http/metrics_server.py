"""``GET /metrics`` on a separate socket.

On the public port, behind a proxy on this machine, every stranger would come from loopback, so
access could not be restricted by address.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Final

import trio

from ..errors import Refused
from ..net.http import Timeouts, serve_http
from ..net.http_messages import Request, Response
from ..net.listener import RetryingListener, bound_address, listening

PATH: Final = "/metrics"
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
MAX_CONNECTIONS: Final = 4
"""Further connections are closed, since each takes one of the reserved file descriptors."""
TIMEOUTS: Final = Timeouts(idle=120)
"""Longer than usual scrape intervals, since scrapers reuse their connection."""
BACKLOG: Final = 16

logger = logging.getLogger(__name__)


async def serve_metrics(
    address: str,
    render: Callable[[], Awaitable[bytes]],
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until cancelled. :raises StartError: it cannot listen on the address."""
    open_now: set[trio.SocketStream] = set()

    async def answer(request: Request) -> Response:
        if request.path != PATH:
            return Response.json_error(404, Refused("not_found", f"not found; see {PATH}"))
        if request.method != "GET":
            return Response.json_error(405, Refused("invalid_request", "the method must be GET"))
        return Response(200, await render(), CONTENT_TYPE)

    async def handle(stream: trio.SocketStream) -> None:
        if len(open_now) >= MAX_CONNECTIONS:
            await trio.aclose_forcefully(stream)
            return
        open_now.add(stream)
        try:
            await serve_http(stream, address, answer, answer, timeouts=TIMEOUTS)
        except Exception:
            logger.exception("a connection for metrics failed")
        finally:
            open_now.discard(stream)

    purpose = " for metrics"
    async with listening(address, BACKLOG, purpose) as listeners, trio.open_nursery() as nursery:
        patient = [RetryingListener(each) for each in listeners]
        await nursery.start(trio.serve_listeners, handle, patient)
        logger.info("serving metrics", extra={"address": bound_address(listeners[0])})
        task_status.started()
