"""Run an administrative operation: in the server that locks the data directory, or, if no server
runs, directly on the directory.
"""

from collections.abc import Collection
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import trio

from ..admin.control_socket import CONTROL, exchange
from ..admin.data_directory import DirectoryInUse, lock_directory
from ..admin.lines import decode_reply, encode_request, result_of
from ..config import Config
from ..errors import StartError

T = TypeVar("T")
# A starting or stopping server, or another command, briefly holds the lock without a socket.
_TIMEOUT_S: Final = 5
_RETRY_S: Final = 0.1


def ask(config: Config, method: str, params: object, shape: type[T], *, begin: bool = False) -> T:
    """Run an operation and return its result. For ``begin``, see :func:`reply`.

    :raises Refused: the operation was refused.
    :raises StartError: neither a server nor the directory is available.
    """
    request = encode_request(method, params)
    return decode_reply(trio.run(partial(reply, config, request, begin=begin)), shape)


def ask_for_json(config: Config, method: str, params: object) -> Any:
    """Run an operation and return its result as it was sent. Raises as :func:`ask`."""
    return result_of(trio.run(partial(reply, config, encode_request(method, params))))


async def reply(config: Config, request: bytes, *, begin: bool = False) -> bytes:
    """Run an encoded operation and return the encoded reply.

    :param begin: create a missing database. Without it, a missing database is an error, since the
        directory is probably the wrong one.
    :raises StartError: neither a server nor the directory is available.
    """
    deadline = trio.current_time() + _TIMEOUT_S
    while True:
        if not begin and config.database is None and _is_missing(config.data):
            raise _no_database(config)
        try:
            with lock_directory(config.data) as found:
                if not begin and not found and config.database is None:
                    raise _no_database(config)
                return await _from_directory(config, found, request)
        except DirectoryInUse as in_use:
            try:
                return await exchange(config.data / CONTROL, request)
            except OSError as error:
                if trio.current_time() > deadline:
                    raise StartError(f"{in_use}; cannot connect to it: {error}") from None
        await trio.sleep(_RETRY_S)


def _is_missing(directory: Path) -> bool:
    try:
        return not directory.exists()
    except OSError:  # opening it will report the error
        return False


def _no_database(config: Config) -> StartError:
    return StartError(f"there is no database in {config.data}: name its directory with --data")


async def _from_directory(config: Config, found: Collection[str], request: bytes) -> bytes:
    # Lazy imports: a command that finds a running server needs none of them.
    from ..accounts.accounts import Accounts
    from ..admin.operations import Operations
    from ..admin.server_state import ServerStateKeeper
    from ..room.stored_operations import StoredRooms
    from ..store.clock_keeper import ClockKeeper, restored_clock
    from ..store.opening import open_store

    with closing(open_store(config.database, config.data, found)) as store:
        async with trio.open_nursery() as nursery:
            await nursery.start(store.run)
            clock = await restored_clock(store)
            administration = Operations(
                config,
                Accounts(store, config, now=clock, due=clock.due),
                ClockKeeper(clock, store),
                StoredRooms(store, clock),
                ServerStateKeeper(config, store, clock),
                store,
                clock,
            )
            answer = await administration.answer(request)
            nursery.cancel_scope.cancel()
    return answer
