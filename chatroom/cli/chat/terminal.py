"""Run the terminal chat: the connection in Trio and the screen in asyncio, in one thread.

prompt_toolkit needs an asyncio loop, so Trio runs as its guest. When one of them ends, the other is
ended too, and the terminal is restored.
"""

import asyncio
import signal
from functools import partial
from typing import Any

import trio
from prompt_toolkit.application import Application

from ...client import SessionEnded, connect
from ..client_options import leaves
from .controller import Controller
from .screen import Screen
from .state import State
from .sync import Sync


def chat_on_terminal(url: str, token: str, room: str | None) -> None:
    """Run until the user quits. :raises CannotConnect: :raises SessionEnded:"""
    try:
        asyncio.run(_host(url, token, room))
    except BaseExceptionGroup as group:  # all tasks that wait for the server raise it
        ended = [leaf for leaf in leaves(group) if isinstance(leaf, SessionEnded)]
        raise ended[0] if ended else group from None


async def _host(url: str, token: str, room: str | None) -> None:
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Any] = loop.create_future()  # of an Outcome
    scope = trio.CancelScope()
    # End in order on signals, or the terminal would stay in raw mode.
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, scope.cancel)
    trio.lowlevel.start_guest_run(
        partial(_guest, scope, loop, url, token, room),
        run_sync_soon_threadsafe=loop.call_soon_threadsafe,
        done_callback=done.set_result,
        host_uses_signal_set_wakeup_fd=True,
    )
    try:
        ended = await asyncio.shield(done)
    except asyncio.CancelledError:  # Ctrl-C before the screen handles it as a key
        scope.cancel()
        await done
        raise
    ended.unwrap()


async def _guest(
    scope: trio.CancelScope,
    loop: asyncio.AbstractEventLoop,
    url: str,
    token: str,
    room: str | None,
) -> None:
    with scope:
        async with connect(url, token, patient=True) as chat:
            state = State(chat.user.name, url, users=chat.users, server_state=chat.server)
            screen = Screen(state)
            sync = Sync(chat, state, screen.redraw)
            controller = Controller(chat, state, sync, screen.size)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(sync.run, room)
                nursery.start_soon(
                    _run_screen, loop, screen.application(controller), nursery.cancel_scope
                )
                await controller.quit_requested.wait()
                nursery.cancel_scope.cancel()


async def _run_screen(
    loop: asyncio.AbstractEventLoop, application: Application[None], scope: trio.CancelScope
) -> None:
    """Run the screen. If cancelled, restore the terminal first."""
    over = trio.Event()
    task = loop.create_task(application.run_async(handle_sigint=False))
    task.add_done_callback(lambda _: over.set())
    try:
        await over.wait()
    finally:
        if application.is_running:
            application.exit()
        with trio.CancelScope(shield=True, deadline=trio.current_time() + 5):
            await over.wait()
    scope.cancel()
    if not task.cancelled() and isinstance(task.exception(), EOFError):
        return  # the terminal is gone
    task.result()
