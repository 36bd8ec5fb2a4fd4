"""The interface to systemd: sockets that are already open, and notifications.

Without systemd, whose variables are then missing, nothing happens. See sd_listen_fds(3),
sd_notify(3) and sd_watchdog_enabled(3).
"""

import logging
import os
import socket
from typing import Final

import trio

from .errors import StartError

FIRST_SOCKET: Final = 3
"""The file descriptor of the first socket, after the standard streams."""

logger = logging.getLogger(__name__)


def inherited_listeners() -> list[trio.SocketListener]:
    """Return listeners on the sockets that systemd opened for this process.

    :raises StartError: one of them does not accept connections.
    """
    if os.environ.pop("LISTEN_PID", None) != str(os.getpid()):
        return []
    end = FIRST_SOCKET + int(os.environ.pop("LISTEN_FDS", "0"))
    return [_listener(descriptor) for descriptor in range(FIRST_SOCKET, end)]


def _listener(descriptor: int) -> trio.SocketListener:
    try:
        os.set_inheritable(descriptor, False)
        inherited = socket.socket(fileno=descriptor)
        if inherited.family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):
            inherited.setblocking(False)
            return trio.SocketListener(trio.socket.from_stdlib_socket(inherited))
    except (OSError, ValueError):  # not a socket; not one that listens for streams
        pass
    raise StartError(f"descriptor {descriptor} of systemd is no socket for connections")


def notify(*states: str) -> None:
    """Send states such as ``READY=1`` to the service manager, without waiting. Log a failure."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):  # an abstract socket
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.setblocking(False)
            manager.sendto("\n".join(states).encode(), address)
    except OSError as error:
        logger.warning("cannot notify the service manager", extra={"error": error.strerror})


async def run_watchdog() -> None:
    """Tell the service manager, if it asks for that, that the event loop runs.

    The service manager restarts a process of which it hears nothing for ``WatchdogSec``. A disk
    that hangs does not stop the event loop, and would not be mended by a restart.
    """
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return
    interval_us = int(os.environ.get("WATCHDOG_USEC", "0"))
    while interval_us:
        notify("WATCHDOG=1")
        await trio.sleep(interval_us / 1e6 / 2)
