"""Asking for one administrative operation: of the server that has the data directory, or of the
directory itself when none runs.
"""

from collections.abc import Collection
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import trio

from ..accounts.accounts import Accounts
from ..admin.control_socket import CONTROL, exchange
from ..admin.data_directory import DirectoryInUse, lock_directory
from ..admin.operations import Operations, decode_reply, encode_request
from ..config import Config
from ..errors import StartError
from ..room.operations import StoredRooms
from ..store.clock_keeper import ClockKeeper, restored_clock
from ..store.sqlite import SqliteStore

T = TypeVar("T")
# A server that starts or ends, or another command, has the lock but no socket for a moment.
_PATIENCE_S: Final = 5
_AGAIN_S: Final = 0.1


def ask(config: Config, method: str, params: object, shape: type[T], *, begin: bool = False) -> T:
    """:raises Refused: as the operation was. :raises StartError: as :func:`reply`."""
    request = encode_request(method, params)
    return decode_reply(trio.run(partial(reply, config, request, begin=begin)), shape)


async def reply(config: Config, request: bytes, *, begin: bool = False) -> bytes:
    """
    :param begin: the operation may make a database where there is none. Others are refused there:
        they find nothing, and the directory is most likely not the one that was meant.
    :raises StartError: if neither server nor directory can be had.
    """
    patience = trio.current_time() + _PATIENCE_S
    while True:
        if not begin and _is_missing(config.data):
            raise _nothing_in(config)
        try:
            with lock_directory(config.data) as found:
                if not begin and not found:
                    raise _nothing_in(config)
                return await _from_directory(config, found, request)
        except DirectoryInUse as in_use:
            try:
                return await exchange(config.data / CONTROL, request)
            except OSError as error:
                if trio.current_time() > patience:
                    raise StartError(f"{in_use}; and it cannot be asked: {error}") from None
        await trio.sleep(_AGAIN_S)


def _is_missing(directory: Path) -> bool:
    try:
        return not directory.exists()
    except OSError:  # what is wrong is told by whoever opens it
        return False


def _nothing_in(config: Config) -> StartError:
    return StartError(f"there is no database in {config.data}: name its directory with --data")


async def _from_directory(config: Config, found: Collection[str], request: bytes) -> bytes:
    with closing(SqliteStore.open(config.data, found)) as store:
        async with trio.open_nursery() as nursery:
            await nursery.start(store.run)
            clock = await restored_clock(store)
            administration = Operations(
                Accounts(store, config, now=clock, due=clock.due),
                ClockKeeper(clock, store),
                StoredRooms(store, clock),
            )
            answer = await administration.answer(request)
            nursery.cancel_scope.cancel()
    return answer
