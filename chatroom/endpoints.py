"""Where the server accepts connections: its addresses, with TLS or without."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Final

import attrs
import trio

from .config import Config
from .errors import StartError
from .http.admission import Admission
from .http.redirects import HTTPS_PORT
from .net.listener import RetryingListener, accept_connections, bound_address, listening
from .net.tls import Tls
from .setting_types import unix_path
from .systemd import inherited_listeners

BACKLOG: Final = 1024


@attrs.frozen
class Endpoints:
    """:ivar address: ``host:port``, or ``unix:PATH``."""

    address: str
    _admission: Admission
    _accepting: Sequence[tuple[trio.SocketListener, Callable[[trio.SocketStream], Awaitable[None]]]]

    async def accept(
        self,
        connections: trio.Nursery,
        *,
        task_status: trio.TaskStatus[trio.CancelScope],
    ) -> None:
        """Accept until cancelled. Each connection is handled by a task in ``connections``."""
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:
                for listener, handle in self._accepting:
                    patient = RetryingListener(listener, self._admission.make_room)
                    nursery.start_soon(accept_connections, patient, handle, connections)
                task_status.started(scope)


@asynccontextmanager
async def open_endpoints(
    config: Config, admission: Admission, tls: Tls | None
) -> AsyncIterator[Endpoints]:
    """Listen on the sockets of systemd, if there are any, else on the address of the settings; and
    for redirects.

    :raises StartError: it cannot listen.
    """
    async with AsyncExitStack() as stack:
        listeners = inherited_listeners() or await stack.enter_async_context(
            listening(config.listen, BACKLOG)
        )
        handle = partial(admission.handle_socket, tls=tls)
        accepting = [(each, handle) for each in listeners]
        address = bound_address(listeners[0])
        if config.redirect_listen is not None:
            redirect = partial(admission.handle_socket, https_port=_port(address))
            from_http = await stack.enter_async_context(listening(config.redirect_listen, BACKLOG))
            accepting += [(each, redirect) for each in from_http]
        yield Endpoints(address, admission, accepting)


def _port(address: str) -> int:
    return HTTPS_PORT if unix_path(address) else int(address.rpartition(":")[2])


def make_tls(config: Config) -> Tls | None:
    """Return what encrypts connections, if the settings have a certificate.

    :raises StartError: the files cannot be used, or settings contradict one another.
    """
    if config.tls_certificate is not None:
        return Tls(config.tls_certificate, config.tls_key)
    for name in ("tls_key", "redirect_listen"):
        if getattr(config, name) is not None:
            raise StartError(f"{name}: needs tls_certificate")
    return None
